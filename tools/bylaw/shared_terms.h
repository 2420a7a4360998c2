// What a theorem about one tenant may read of another one.
//
// Theorems that look at several tenants (pools, orgs and quotas that they share) add up minimums, weights, rates and
// declared volumes by shape. No theorem about one tenant reads another's cap, waiting room, budgets or settings: those
// bound and choose for their own tenant alone. The cache of `verify` leans on that, and its property test compares with
// fresh runs; a theorem that comes to read more of other tenants must be answered here.
#ifndef BYLAW_TOOLS_BYLAW_SHARED_TERMS_H_
#define BYLAW_TOOLS_BYLAW_SHARED_TERMS_H_

#include <string>

#include "compiler/sema/program.h"

namespace bylaw::cli {

// Everything of the tenant but the values named above; of these, who states them. Equal texts (of programs with the
// same world) mean that no other tenant can tell the difference.
std::string SharedTerms(const sema::Program& program, TenantId tenant);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_SHARED_TERMS_H_
