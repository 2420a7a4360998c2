// Tenants: their tier, class and org, their own clauses, and what they get in effect.
//
// Internal to sema/. What tier, class, org and regulations say together is merged once for all tenants that have them
// in common; tenants that say nothing of their own share one effective Terms.
#ifndef BYLAW_COMPILER_SEMA_TENANTS_H_
#define BYLAW_COMPILER_SEMA_TENANTS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "compiler/sema/context.h"
#include "compiler/sema/names.h"

namespace bylaw::sema {

class Tenancy {
 public:
  explicit Tenancy(Context& context) : context_(context) {}

  // Sets tenant.effective from its tier, class, org and own terms. `at_clause` as in inherit.h.
  void Settle(Tenant& tenant, const Terms& own, bool says_anything, const std::function<void(ClauseId)>& at_clause);

 private:
  struct Base {
    Terms terms;
    uint32_t shared = UINT32_MAX;  // its index in Program::effective, once a tenant shares it
  };
  Base& BaseFor(const Tenant& tenant, const Terms& own);

  Context& context_;
  absl::flat_hash_map<std::vector<uint32_t>, std::unique_ptr<Base>> bases_;
};

// The tier, class and org that a declaration names; an error for one named twice or not at all.
struct Membership {
  TierId tier;
  ClassId klass;
  OrgId org;
};
Membership MembershipOf(Context& context, const std::string& owner, Span owner_span,
                        const std::vector<syntax::Name>& tier, const std::vector<syntax::Name>& klass,
                        const std::vector<syntax::Name>& org);

void ReadTenants(Context& context, const Inventory& inventory, Tenancy& tenancy);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_TENANTS_H_
