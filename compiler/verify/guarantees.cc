// What the policy's own guarantees ask for, proved for every tenant in their scope: where data is kept and sent, what
// is never used, what a workflow costs at most, what remains without one endpoint, and who reviews a step.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "compiler/sema/candidates.h"
#include "compiler/sema/legality.h"
#include "compiler/verify/availability.h"
#include "compiler/verify/sla.h"
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
        const std::vector<RegionId>& regions = program.places[i].regions;  // a place may be made of regions
        constraint.places.regions.insert(constraint.places.regions.end(), regions.begin(), regions.end());
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

// What breaks a requirement, in words, and as questions where decisions show it.
struct Breach {
  std::string text;
  std::vector<Probe> probes;
  std::string help = "tighten the contract until it holds, or say what the guarantee really covers";
};

// Proves one requirement for one shape; nothing if it holds.
class Requirements {
 public:
  Requirements(const Facts& facts, ShapeId shape, TenantId tenant)
      : facts_(facts), program_(facts.program()), shape_id_(shape), shape_(facts.shape(shape)), tenant_(tenant) {}

  std::optional<Breach> Find(const Requirement& requirement) const {
    switch (requirement.kind) {
      case Requirement::Kind::kNeverKeepOutside:
        return InWords(KeptOutside(requirement));
      case Requirement::Kind::kNeverSendOutside:
        return InWords(SentOutside(requirement));
      case Requirement::Kind::kNeverUse:
        return InWords(Uses(requirement));
      case Requirement::Kind::kWorstCaseCost:
        return InWords(TooDear(requirement));
      case Requirement::Kind::kAvailability:
        return Unavailable(requirement);
      case Requirement::Kind::kReviewersOnStep:
        return InWords(TooFewReviewers(requirement),
                       "write `asks … of reviewers` in that step, with the number asked for here");
      case Requirement::Kind::kSlaAtLeast:
        return std::nullopt;  // ProveSlaFor
    }
    return std::nullopt;
  }

 private:
  static std::optional<Breach> InWords(std::optional<std::string> text, const std::string& help = "") {
    if (!text.has_value()) return std::nullopt;
    Breach breach;
    breach.text = *std::move(text);
    if (!help.empty()) breach.help = help;
    return breach;
  }
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
  std::optional<Breach> Unavailable(const Requirement& requirement) const {
    const FailureDomain domain = requirement.what == "endpoint" ? FailureDomain::kEndpoint
                                 : requirement.what == "region" ? FailureDomain::kRegion
                                                                : FailureDomain::kProvider;
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      if (!shape_.works[w].runs) continue;
      for (uint32_t s = 0; s < shape_.works[w].steps.size(); ++s) {
        const StepFacts& step = shape_.works[w].steps[s];
        for (size_t i = 0; i <= step.by_rule.size(); ++i) {
          const Option& option = i == 0 ? step.own : step.by_rule[i - 1];
          if (!option.resource.valid()) continue;
          const std::optional<Outage> outage = FindOutage(facts_, shape_id_, option, domain);
          if (!outage.has_value()) continue;
          Breach breach;
          breach.help = fmt::format(
              "let an endpoint of another {} serve it too, or let it stop there: `route … to … else suspend`",
              requirement.what);
          breach.text = fmt::format("nothing serves step {} of {} without {}", StepOf(WorkflowId(w), StepId(s)).name,
                                    program_.workflows[w].name,
                                    outage->name.empty() ? "whoever runs it, which its endpoints do not say"
                                                         : fmt::format("{} {}", requirement.what, outage->name));
          if (i == 0 && IsProbeable(program_, program_.shapes[shape_id_.index()], WorkflowId(w), StepId(s))) {
            breach.probes.push_back(OutageProbe(facts_, tenant_, WorkflowId(w), StepId(s), option, *outage));
          }
          return breach;
        }
      }
    }
    return std::nullopt;
  }
  // Only reviews that nothing conditions count.
  std::optional<std::string> TooFewReviewers(const Requirement& requirement) const {
    if (!requirement.name.has_value() || !requirement.value.has_value()) return std::nullopt;
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      if (!shape_.works[w].runs) continue;
      const std::vector<sema::Step>& steps = program_.workflows[w].steps;
      for (const sema::Step& step : steps) {
        if (step.name != requirement.name->text) continue;
        int64_t always = 0;
        for (const sema::Ask& ask : step.asks) {
          if (!ask.when.has_value()) always = std::max<int64_t>(always, ask.count);
        }
        always = std::max(always, AskedByRules(WorkflowId(w), StepId(static_cast<uint32_t>(&step - steps.data()))));
        if (always >= requirement.value->integer) continue;
        return fmt::format("step {} of {} surely asks {} of reviewers", step.name, program_.workflows[w].name, always);
      }
    }
    return std::nullopt;
  }

  // By rules without a condition, for this tenant.
  int64_t AskedByRules(WorkflowId workflow, StepId step) const {
    int64_t most = 0;
    const sema::Shape only_this{tenant_, {tenant_}};
    for (const sema::Rule& rule : program_.rules) {
      if (rule.when.has_value() || !MayApply(program_, rule, only_this, workflow, step)) continue;
      for (const sema::RuleEffect& effect : rule.effects) {
        if (effect.kind == syntax::RuleEffect::Kind::kAskReviewers) most = std::max<int64_t>(most, effect.count);
        if (effect.kind == syntax::RuleEffect::Kind::kSendToReviewers) most = std::max<int64_t>(most, 1);
      }
    }
    return most;
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
  const ShapeId shape_id_;
  const ShapeFacts& shape_;
  const TenantId tenant_;
};

Finding MakeFinding(const Program& program, const sema::Guarantee& guarantee, const Requirement& requirement,
                    TenantId tenant, const Breach& breach) {
  Finding finding{
      MakeDiagnostic(diag::Kind::kGuaranteeViolated, requirement.span,
                     fmt::format("guarantee {} does not hold for {}", guarantee.name, TenantName(program, tenant))),
      {},
      {}};
  finding.diagnostic.caret = breach.text;
  finding.diagnostic.notes.push_back({"note", "this tenant", program.SpanOf(program.tenants[tenant.index()].clause)});
  finding.diagnostic.help.push_back(breach.help);
  finding.witness.path.push_back(fmt::format("{}: {}", TenantName(program, tenant), breach.text));
  finding.witness.probes = breach.probes;
  return finding;
}

// `require sla at least 95% within 4 hours`, whatever the contract says.
void ProveSlaFor(const Facts& facts, SlaBound& bound, const Requirement& requirement, TenantId tenant,
                 TheoremResult& result, Findings& findings) {
  if (!requirement.value.has_value() || !requirement.value2.has_value()) return;
  const SlaQuestion question{tenant, requirement.value->integer, requirement.value2->integer};
  SlaSentence sentence{diag::Kind::kGuaranteeViolated, requirement.span};
  if (const auto refusal = bound.Refute(question); refusal.has_value()) {
    Weaken(result.verdict, Verdict::kRefuted);
    findings.Add(sentence.kind, sentence.span, "", {tenant}, [&] {
      Finding finding = SlaRefused(facts, question, *refusal, sentence);
      result.witness = finding.witness;
      return finding;
    });
    return;
  }
  const SlaBound::Proof proof = bound.Prove(question);
  if (proof.why_not.empty()) return;
  Weaken(result.verdict, Verdict::kAdvisory);
  findings.Add(diag::Kind::kSlaAdvisory, sentence.span, "", {tenant},
               [&] { return SlaUndecided(facts, bound, question, proof.why_not, sentence); });
}

// Members of a shape whose answers may differ: budgets do, everything else is the shape's.
void ProveFor(const Facts& facts, SlaBound& bound, const sema::Guarantee& guarantee, TenantId tenant,
              TheoremResult& result, Findings& findings) {
  const Program& program = facts.program();
  const Requirements requirements(facts, program.tenants[tenant.index()].shape, tenant);
  for (const Requirement& requirement : guarantee.decl->requirements) {
    if (requirement.kind == Requirement::Kind::kSlaAtLeast) {
      ProveSlaFor(facts, bound, requirement, tenant, result, findings);
    }
    const std::optional<Breach> breach = requirements.Find(requirement);
    if (!breach.has_value()) continue;
    findings.Add(diag::Kind::kGuaranteeViolated, requirement.span, "", {tenant}, [&] {
      Finding finding = MakeFinding(program, guarantee, requirement, tenant, *breach);
      result.witness = finding.witness;
      return finding;
    });
    Weaken(result.verdict, Verdict::kRefuted);
  }
}

}  // namespace

Outcome ProveGuarantees(const Facts& facts) {
  const Program& program = facts.program();
  Outcome outcome;
  Findings findings;
  SlaBound bound(facts);
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
      ProveFor(facts, bound, guarantee, TenantId(i), result, findings);
    }
    outcome.results.push_back(std::move(result));
  }
  outcome.findings = findings.Take(program);
  return outcome;
}

}  // namespace bylaw::verify
