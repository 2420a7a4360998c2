// What the policy's own guarantees ask for, proved for every tenant in their scope: where data is kept and sent, what
// is never used, what a workflow costs at most, what remains without one endpoint, and who reviews a step.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/sema/candidates.h"
#include "compiler/sema/legality.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"
#include "compiler/verify/worst_case.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using syntax::Requirement;

bool InScope(const Program& program, const syntax::GuaranteeScope& scope, TenantId id) {
  const sema::Tenant& tenant = program.tenants[id.index()];
  if (scope.tier && (!tenant.tier.valid() || program.tiers[tenant.tier.index()].name != scope.tier->text)) return false;
  if (scope.klass && (!tenant.klass.valid() || program.classes[tenant.klass.index()].name != scope.klass->text)) {
    return false;
  }
  if (scope.org && (!tenant.org.valid() || program.orgs[tenant.org.index()].name != scope.org->text)) return false;
  if (!scope.regulation) return true;
  const auto& regulations = program.terms(id).regulations;
  return std::any_of(regulations.begin(), regulations.end(), [&](const sema::Stated<uint32_t>& stated) {
    return program.regulations[stated.value].name == scope.regulation->text;
  });
}

// The places of a requirement as the place clause of a contract.
sema::Terms AsTerms(const Program& program, const syntax::PlaceList& list, sema::PlaceSubject subject) {
  sema::PlaceConstraint constraint;
  constraint.subject = subject;
  for (const syntax::PlaceItem& item : list.items) {
    constraint.places.text += (constraint.places.text.empty() ? "" : ", ") +
                              ((item.adequate_for ? "places adequate for " : "") + item.name.text);
    for (uint32_t i = 0; i < program.places.size(); ++i) {
      if (program.places[i].name != item.name.text) continue;
      if (item.adequate_for) {
        constraint.places.adequate_for.push_back(sema::PlaceId(i));
      } else {
        constraint.places.countries |= program.places[i].countries;
      }
    }
    for (uint32_t i = 0; i < program.regions.size() && !item.adequate_for; ++i) {
      if (program.regions[i].name == item.name.text) constraint.places.regions.push_back(RegionId(i));
    }
  }
  std::sort(constraint.places.adequate_for.begin(), constraint.places.adequate_for.end());
  std::sort(constraint.places.regions.begin(), constraint.places.regions.end());
  sema::Terms terms;
  terms.places.push_back(std::move(constraint));
  return terms;
}

// Proves one requirement for one shape: what breaks it, in words; nothing if it holds.
class Requirements {
 public:
  Requirements(const Facts& facts, ShapeId shape, TenantId tenant)
      : facts_(facts), program_(facts.program()), shape_(facts.shape(shape)), tenant_(tenant) {}

  std::optional<std::string> Breach(const Requirement& requirement) const {
    switch (requirement.kind) {
      case Requirement::Kind::kNeverKeepOutside:
        return KeptOutside(requirement);
      case Requirement::Kind::kNeverSendOutside:
        return SentOutside(requirement);
      case Requirement::Kind::kNeverUse:
        return Uses(requirement);
      case Requirement::Kind::kWorstCaseCost:
        return TooDear(requirement);
      case Requirement::Kind::kAvailability:
        return Unavailable(requirement);
      case Requirement::Kind::kReviewersOnStep:
        return TooFewReviewers(requirement);
      case Requirement::Kind::kSlaAtLeast:
        return std::nullopt;  // neither proved nor refuted: ProveGuarantees says so
    }
    return std::nullopt;
  }

 private:
  // The first instant at which the contract lets the location be used and the guarantee does not.
  std::optional<std::string> Outside(const sema::Terms& required, sema::PlaceSubject subject,
                                     const sema::Location& location, const std::string& name) const {
    for (const TimeNs at : facts_.instants()) {
      if (!sema::LegalAt(program_, *shape_.terms, subject, location, at).legal) continue;
      const sema::Legality legality = sema::LegalAt(program_, required, subject, location, at);
      if (legality.legal) continue;
      std::string text = fmt::format("{} may be used, {}", name, legality.why_not);
      if (at != facts_.instants().front()) text += ", from " + FormatDate(sema::DateAt(program_, at));
      return text;
    }
    return std::nullopt;
  }
  std::optional<std::string> KeptOutside(const Requirement& requirement) const {
    const sema::Terms required = AsTerms(program_, requirement.places, sema::PlaceSubject::kState);
    using syntax::DataClass;
    for (const DataClass data : {DataClass::kState, DataClass::kCheckpoints, DataClass::kAudit, DataClass::kQueues}) {
      for (const StoreId id : sema::CandidateStores(program_, *shape_.terms, data)) {
        const sema::Store& store = program_.stores[id.index()];
        if (auto breach = Outside(required, sema::PlaceSubject::kState, store.location, "store " + store.name)) {
          return breach;
        }
      }
    }
    return std::nullopt;
  }
  std::optional<std::string> SentOutside(const Requirement& requirement) const {
    const sema::Terms required = AsTerms(program_, requirement.places, sema::PlaceSubject::kCalls);
    for (const EndpointId id : UsableEndpoints()) {
      const sema::Endpoint& endpoint = program_.endpoints[id.index()];
      auto breach = Outside(required, sema::PlaceSubject::kCalls, endpoint.location, "endpoint " + endpoint.name);
      if (breach.has_value()) return breach;
    }
    for (const PoolId id : sema::CandidatePools(program_, *shape_.terms)) {
      const sema::Pool& pool = program_.pools[id.index()];
      if (auto breach = Outside(required, sema::PlaceSubject::kCalls, pool.location, "pool " + pool.name)) {
        return breach;
      }
    }
    return std::nullopt;
  }
  std::optional<std::string> Uses(const Requirement& requirement) const {
    if (!requirement.name.has_value()) return std::nullopt;
    const std::string& name = requirement.name->text;
    if (requirement.what == "endpoint") {
      for (const EndpointId id : UsableEndpoints()) {
        if (program_.endpoints[id.index()].name == name) return fmt::format("endpoint {} may serve it", name);
      }
      return std::nullopt;
    }
    std::optional<std::string> used;
    ForEachOption([&](WorkflowId workflow, StepId step, const Option& option) {
      if (used.has_value() || program_.resources[option.resource.index()].name != name) return;
      used = fmt::format("step {} of {} may call {}", StepOf(workflow, step).name, WorkflowOf(workflow).name, name);
    });
    return used;
  }
  std::optional<std::string> TooDear(const Requirement& requirement) const {
    const sema::Maybe<int64_t>& budget = program_.terms(tenant_).budget_workflow;
    if (!requirement.value.has_value() && !budget.has_value()) return std::nullopt;
    const int64_t bound = requirement.value.has_value() ? requirement.value->integer : budget->value;
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      if (!shape_.works[w].runs) continue;
      const sema::Workflow& workflow = program_.workflows[w];
      if (WorstCaseMicros(workflow, shape_.works[w], BoundsOf(workflow)) <= bound) continue;
      return fmt::format("{} may cost {}, more than {}", workflow.name,
                         WorstCaseTrace(program_, workflow, shape_.works[w]), MoneyText(program_, bound));
    }
    return std::nullopt;
  }
  // Some legal candidate must remain whichever endpoint, region or provider is gone, or the route says `else suspend`.
  std::optional<std::string> Unavailable(const Requirement& requirement) const {
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      if (!shape_.works[w].runs) continue;
      for (uint32_t s = 0; s < shape_.works[w].steps.size(); ++s) {
        const Option& own = shape_.works[w].steps[s].own;
        if (!own.resource.valid()) continue;
        const sema::Route* route = sema::RouteFor(*shape_.terms, own.resource);
        if (route != nullptr && route->else_suspend) continue;
        for (size_t i = 0; i < facts_.instants().size(); ++i) {
          std::set<std::string> domains;
          for (const EndpointId id : own.candidates) {
            if (shape_.legal[id.index()][i]) domains.insert(Domain(requirement.what, id));
          }
          if (domains.size() > 1) continue;
          const std::string domain = domains.empty() ? "" : *domains.begin();
          return fmt::format("nothing serves step {} of {} without {} {}", StepOf(WorkflowId(w), StepId(s)).name,
                             program_.workflows[w].name, requirement.what, domain);
        }
      }
    }
    return std::nullopt;
  }
  std::string Domain(std::string_view what, EndpointId id) const {
    const sema::Endpoint& endpoint = program_.endpoints[id.index()];
    if (what == "endpoint") return endpoint.name;
    if (what == "region") return endpoint.location.text;
    return endpoint.provider;  // those that name none stand or fall together
  }
  // Only reviews that nothing conditions count.
  std::optional<std::string> TooFewReviewers(const Requirement& requirement) const {
    if (!requirement.name.has_value() || !requirement.value.has_value()) return std::nullopt;
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      if (!shape_.works[w].runs) continue;
      for (const sema::Step& step : program_.workflows[w].steps) {
        if (step.name != requirement.name->text) continue;
        int64_t always = 0;
        for (const sema::Ask& ask : step.asks) {
          if (!ask.when.has_value()) always = std::max<int64_t>(always, ask.count);
        }
        if (always >= requirement.value->integer) continue;
        return fmt::format("step {} of {} always asks {} of reviewers", step.name, program_.workflows[w].name, always);
      }
    }
    return std::nullopt;
  }

  template <typename Visit>
  void ForEachOption(Visit visit) const {
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      if (!shape_.works[w].runs) continue;
      for (uint32_t s = 0; s < shape_.works[w].steps.size(); ++s) {
        const StepFacts& step = shape_.works[w].steps[s];
        const auto used = [&](const Option& option) {
          if (option.resource.valid() && option.allowed) visit(WorkflowId(w), StepId(s), option);
        };
        used(step.own);
        for (const Option& option : step.by_rule) used(option);
        for (const std::optional<Option>& option : step.by_rung) {
          if (option.has_value()) used(*option);
        }
      }
    }
  }
  // Endpoints that may serve something at some instant.
  std::set<EndpointId> UsableEndpoints() const {
    std::set<EndpointId> usable;
    ForEachOption([&](WorkflowId, StepId, const Option& option) {
      for (const EndpointId id : option.candidates) {
        const std::vector<bool>& legal = shape_.legal[id.index()];
        if (std::find(legal.begin(), legal.end(), true) != legal.end()) usable.insert(id);
      }
    });
    return usable;
  }
  const sema::Workflow& WorkflowOf(WorkflowId id) const { return program_.workflows[id.index()]; }
  const sema::Step& StepOf(WorkflowId workflow, StepId step) const { return WorkflowOf(workflow).steps[step.index()]; }

  const Facts& facts_;
  const Program& program_;
  const ShapeFacts& shape_;
  const TenantId tenant_;
};

Finding MakeFinding(const Program& program, const sema::Guarantee& guarantee, const Requirement& requirement,
                    TenantId tenant, const std::string& breach) {
  Finding finding{
      MakeDiagnostic(diag::Kind::kGuaranteeViolated, requirement.span,
                     fmt::format("guarantee {} does not hold for {}", guarantee.name, TenantName(program, tenant))),
      {},
      {}};
  finding.diagnostic.caret = breach;
  finding.diagnostic.notes.push_back({"note", "this tenant", program.SpanOf(program.tenants[tenant.index()].clause)});
  finding.diagnostic.help.push_back("tighten the contract until it holds, or say what the guarantee really covers");
  finding.witness.path.push_back(fmt::format("{}: {}", TenantName(program, tenant), breach));
  return finding;
}

// Members of a shape whose answers may differ: budgets do, everything else is the shape's.
void ProveFor(const Facts& facts, const sema::Guarantee& guarantee, TenantId tenant, TheoremResult& result,
              Findings& findings) {
  const Program& program = facts.program();
  const Requirements requirements(facts, program.tenants[tenant.index()].shape, tenant);
  for (const Requirement& requirement : guarantee.decl->requirements) {
    if (requirement.kind == Requirement::Kind::kSlaAtLeast && result.verdict == Verdict::kProved) {
      result.verdict = Verdict::kAdvisory;
      findings.Add(diag::Kind::kSlaAdvisory, requirement.span, "", {tenant}, [&] {
        return Finding{
            MakeDiagnostic(diag::Kind::kSlaAdvisory, requirement.span,
                           fmt::format("guarantee {} about an SLA is neither proved nor refuted", guarantee.name)),
            {},
            {}};
      });
    }
    const std::optional<std::string> breach = requirements.Breach(requirement);
    if (!breach.has_value()) continue;
    findings.Add(diag::Kind::kGuaranteeViolated, requirement.span, "", {tenant}, [&] {
      Finding finding = MakeFinding(program, guarantee, requirement, tenant, *breach);
      result.witness = finding.witness;
      return finding;
    });
    result.verdict = Verdict::kRefuted;
  }
}

}  // namespace

Outcome ProveGuarantees(const Facts& facts) {
  const Program& program = facts.program();
  Outcome outcome;
  Findings findings;
  for (const sema::Guarantee& guarantee : program.guarantees) {
    if (guarantee.decl == nullptr) continue;
    TheoremResult result;
    result.id = "guarantee";
    result.subject = guarantee.name;
    for (uint32_t i = 0; i < program.tenants.size(); ++i) {
      const auto& scopes = guarantee.decl->scopes;
      const bool concerned = scopes.empty() || std::any_of(scopes.begin(), scopes.end(), [&](const auto& scope) {
                               return InScope(program, scope, TenantId(i));
                             });
      if (!concerned) continue;
      result.tenants.push_back(TenantId(i));
      ProveFor(facts, guarantee, TenantId(i), result, findings);
    }
    outcome.results.push_back(std::move(result));
  }
  outcome.findings = findings.Take(program);
  return outcome;
}

}  // namespace bylaw::verify
