// `5_000 runs of W arrive within 30 minutes`, in a test: a simulation of that flood beside everybody's declared volume.
#ifndef BYLAW_TOOLS_BYLAW_TEST_ARRIVALS_H_
#define BYLAW_TOOLS_BYLAW_TEST_ARRIVALS_H_

#include <memory>
#include <vector>

#include "compiler/sema/program.h"
#include "compiler/syntax/ast.h"
#include "runtime/abi/policy_image.h"
#include "tools/bylaw/policy_tests.h"

namespace bylaw::cli {

// Adds what does not hold of the test's `then` lines.
void CheckArrivals(const sema::Program& program, const std::shared_ptr<const abi::PolicyImage>& image, TenantId tenant,
                   const syntax::TestWhen::Arrive& arrive, const syntax::TestDecl& test,
                   std::vector<TestFailure>* failures);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_TEST_ARRIVALS_H_
