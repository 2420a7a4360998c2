// Guarantees, tests and scenarios: their trees stay, their names and values are checked.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/contracts.h"
#include "compiler/sema/rules.h"
#include "compiler/sema/values.h"
#include "compiler/sema/work.h"
#include "compiler/sema/world.h"

namespace bylaw::sema {
namespace {

void CheckScope(Context& context, const syntax::GuaranteeScope& scope) {
  if (scope.regulation) context.Resolve("regulation", *scope.regulation, context.regulations);
  if (scope.tier) context.Resolve("tier", *scope.tier, context.tiers);
  if (scope.klass) context.Resolve("class", *scope.klass, context.classes);
  if (scope.org) context.Resolve("org", *scope.org, context.orgs);
}

void CheckRequirement(Context& context, const syntax::Requirement& requirement) {
  using RK = syntax::Requirement::Kind;
  switch (requirement.kind) {
    case RK::kNeverKeepOutside:
    case RK::kNeverSendOutside:
      PlaceSetOf(context, requirement.places);
      return;
    case RK::kNeverUse:
      if (requirement.what == "endpoint") {
        context.Resolve("endpoint", *requirement.name, context.endpoints);
      } else {
        ResolveResource(context, *requirement.name, requirement.what == "model");
      }
      return;
    case RK::kWorstCaseCost:
      if (requirement.value) MicrosOf(context, *requirement.value, {"require worst case cost at most {}", "$2.00"});
      return;
    case RK::kAvailability:
      return;
    case RK::kSlaAtLeast:
      ShareOf(context, *requirement.value, {"require sla at least {} within 4 hours", "95%"});
      ClockOf(context, *requirement.value2, {"require sla at least 95% within {}", "4 hours"});
      return;
    case RK::kReviewersOnStep:
      CountOf(context, *requirement.value, {"require at least {} reviewers on step decide", "1"}, 1, 255);
      if (!context.step_names.Find(requirement.name->text).valid()) {
        context.Unknown("step of any workflow", *requirement.name, context.step_names.names(), Kind::kUnknownStep);
      }
      return;
  }
}

}  // namespace

void ReadGuarantees(Context& context, const Inventory& inventory) {
  for (const syntax::Decl* whole : inventory.guarantees) {
    const auto& decl = std::get<syntax::GuaranteeDecl>(whole->decl);
    const std::string owner = "guarantee " + decl.name.text;
    if (decl.scopes.empty()) {
      context.Report(Kind::kMissingTerm, decl.name.span, fmt::format("{} does not say for whom", owner))
          .help.emplace_back("for every tenant");
    }
    if (decl.requirements.empty()) {
      context.Report(Kind::kMissingTerm, decl.name.span, fmt::format("{} requires nothing", owner))
          .help.emplace_back("never keep data outside EU");
    }
    for (const syntax::GuaranteeScope& scope : decl.scopes) CheckScope(context, scope);
    for (const syntax::Requirement& requirement : decl.requirements) CheckRequirement(context, requirement);
    if (const syntax::Value* because = OneValue(context, "because", owner, decl.because)) {
      TextOf(context, *because, {"because {}", "\"GDPR Art. 44-45\""});
    }
    context.program.guarantees.push_back(Guarantee{decl.name.text, decl.name.span, &decl});
  }
}

}  // namespace bylaw::sema
