// The first pass: every declared name gets its id and an empty row, so that sentences may name what stands later.
//
// Internal to sema/.
#ifndef BYLAW_COMPILER_SEMA_NAMES_H_
#define BYLAW_COMPILER_SEMA_NAMES_H_

#include <vector>

#include "compiler/sema/context.h"
#include "compiler/sema/world.h"

namespace bylaw::sema {

// The trees behind the rows of Program: entry i declares row i. A name declared twice is here once.
struct Inventory {
  std::vector<const syntax::EndpointDecl*> endpoints;
  std::vector<const syntax::StoreDecl*> stores;
  std::vector<const syntax::ReviewersDecl*> reviewers;
  std::vector<const syntax::PoolDecl*> pools;
  std::vector<const syntax::TierDecl*> tiers;
  std::vector<const syntax::ClassDecl*> classes;
  std::vector<const syntax::RegulationDecl*> regulations;
  std::vector<const syntax::OrgDecl*> orgs;
  std::vector<const syntax::SettingDecl*> settings;
  std::vector<const syntax::WorkflowDecl*> workflows;
  std::vector<std::vector<const syntax::StepDecl*>> steps;  // by WorkflowId, StepId
  std::vector<const syntax::LadderDecl*> ladders;
  std::vector<const syntax::WindowDecl*> windows;
  std::vector<const syntax::TenantDecl*> tenants;
  std::vector<const syntax::TenantsFromDecl*> imports;
  std::vector<const syntax::Decl*> rules, exceptions, guarantees, tests, scenarios;
};

Inventory CollectNames(Context& context, const std::vector<InputFile>& files);

// Where a declaration is pointed at: its first line.
inline Span HeaderOf(const syntax::Decl& decl) { return decl.header.valid() ? decl.header : decl.span; }

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_NAMES_H_
