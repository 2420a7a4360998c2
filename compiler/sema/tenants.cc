#include "compiler/sema/tenants.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/contracts.h"
#include "compiler/sema/inherit.h"

namespace bylaw::sema {
namespace {

template <typename IdType>
IdType One(Context& context, std::string_view noun, std::string_view term, const std::string& owner,
           const std::vector<syntax::Name>& names, const NameTable<IdType>& table) {
  for (size_t i = 1; i < names.size(); ++i) context.Repeated(term, owner, names[i].span, names[0].span);
  return names.empty() ? IdType::None() : context.Resolve(noun, names[0], table);
}

}  // namespace

Tenancy::Base& Tenancy::BaseFor(const Tenant& tenant, const Terms& own) {
  std::vector<uint32_t> key = {tenant.tier.value(), tenant.klass.value(), tenant.org.value()};
  for (const Stated<uint32_t>& regulation : own.regulations) key.push_back(regulation.value);
  std::sort(key.begin() + 3, key.end());
  std::unique_ptr<Base>& base = bases_[key];
  if (base != nullptr) return *base;
  base = std::make_unique<Base>();
  const Program& program = context_.program;
  const auto none = std::function<void(ClauseId)>();
  if (tenant.tier.valid()) {
    Inherit(context_, base->terms, program.tiers[tenant.tier.index()].terms, Level::kTier, Merge::kLevel, none);
  }
  if (tenant.klass.valid()) {
    Inherit(context_, base->terms, program.classes[tenant.klass.index()].terms, Level::kClass, Merge::kLevel, none);
  }
  if (tenant.org.valid()) {
    Inherit(context_, base->terms, program.orgs[tenant.org.index()].terms, Level::kOrg, Merge::kLevel, none);
  }
  std::vector<uint32_t> regulations(key.begin() + 3, key.end());
  for (const Stated<uint32_t>& inherited : base->terms.regulations) regulations.push_back(inherited.value);
  std::sort(regulations.begin(), regulations.end());
  regulations.erase(std::unique(regulations.begin(), regulations.end()), regulations.end());
  for (const uint32_t regulation : regulations) {
    Inherit(context_, base->terms, program.regulations[regulation].terms, Level::kRegulation, Merge::kRegulation, none);
  }
  return *base;
}

void Tenancy::Settle(Tenant& tenant, const Terms& own, bool says_anything,
                     const std::function<void(ClauseId)>& at_clause) {
  const ImportCell* importing = context_.import;
  context_.import =
      nullptr;  // what tiers and classes say to each other is no fault of the row that brings them together
  Base& base = BaseFor(tenant, own);
  context_.import = importing;
  std::vector<Terms>& effective = context_.program.effective;
  if (!says_anything) {
    if (base.shared == UINT32_MAX) {
      base.shared = static_cast<uint32_t>(effective.size());
      effective.push_back(base.terms);
    }
    tenant.effective = base.shared;
    return;
  }
  tenant.effective = static_cast<uint32_t>(effective.size());
  effective.push_back(base.terms);
  Inherit(context_, effective.back(), own, Level::kTenant, Merge::kLevel, at_clause);
}

Membership MembershipOf(Context& context, const std::string& owner, Span owner_span,
                        const std::vector<syntax::Name>& tier, const std::vector<syntax::Name>& klass,
                        const std::vector<syntax::Name>& org) {
  Membership membership;
  membership.tier = One(context, "tier", "on tier", owner, tier, context.tiers);
  membership.klass = One(context, "class", "in class", owner, klass, context.classes);
  membership.org = One(context, "org", "in org", owner, org, context.orgs);
  if (tier.empty()) {
    const std::string sample = context.tiers.names().empty() ? "standard" : std::string(context.tiers.names()[0]);
    context.Report(Kind::kMissingTerm, owner_span, fmt::format("{} has no tier", owner))
        .help.push_back(fmt::format("{} on tier {}", owner, sample));
  }
  return membership;
}

void ReadTenants(Context& context, const Inventory& inventory, Tenancy& tenancy) {
  for (size_t i = 0; i < inventory.tenants.size(); ++i) {
    const syntax::TenantDecl& decl = *inventory.tenants[i];
    const std::string owner = "tenant " + decl.name.text;
    Tenant& tenant = context.program.tenants[i];
    const Membership membership = MembershipOf(context, owner, decl.name.span, decl.tier, decl.klass, decl.org);
    tenant.tier = membership.tier;
    tenant.klass = membership.klass;
    tenant.org = membership.org;
    Terms own;
    ClauseReader(context, own, Level::kTenant, owner).Read(decl.clauses);
    tenancy.Settle(tenant, own, !decl.clauses.empty(), nullptr);
  }
}

}  // namespace bylaw::sema
