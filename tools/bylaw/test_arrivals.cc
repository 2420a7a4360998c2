#include "tools/bylaw/test_arrivals.h"
namespace bylaw::cli {
void CheckArrivals(const sema::Program&, const std::shared_ptr<const abi::PolicyImage>&, TenantId,
                   const syntax::TestWhen::Arrive&, const syntax::TestDecl&, std::vector<TestFailure>*) {}
}
