// V9, availability: without any one endpoint, region or provider a legal route remains for every step, or the route
// says aloud that the run suspends.
#include "compiler/verify/availability.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"
#include "compiler/sema/candidates.h"
#include "compiler/sema/legality.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;

std::string DomainOf(const sema::Endpoint& endpoint, FailureDomain domain) {
  switch (domain) {
    case FailureDomain::kEndpoint:
      return endpoint.name;
    case FailureDomain::kRegion:
      return endpoint.location.text;
    case FailureDomain::kProvider:
      return endpoint.provider;
  }
  BYLAW_UNREACHABLE("failure domain");
}

// One shape's steps, each model or tool once.
class ShapeAvailability {
 public:
  ShapeAvailability(const Facts& facts, ShapeId shape, Findings& findings)
      : facts_(facts),
        program_(facts.program()),
        shape_id_(shape),
        shape_(facts.shape(shape)),
        members_(program_.shapes[shape.index()].members),
        findings_(findings) {
    result_.id = "V9";
    result_.subject = "a route without any one endpoint, region or provider for " + TenantsText(program_, members_);
    result_.tenants = members_;
  }

  TheoremResult Prove() {
    for (uint32_t w = 0; w < shape_.works.size(); ++w) {
      if (!shape_.works[w].runs) continue;
      for (uint32_t s = 0; s < shape_.works[w].steps.size(); ++s) {
        const StepFacts& facts = shape_.works[w].steps[s];
        const sema::Step& step = program_.workflows[w].steps[s];
        const ClauseId chosen = sema::ResourceFor(*shape_.terms, step).clause;
        const source::Span calls = step.resource_span.valid() ? step.resource_span : step.span;
        const Use use{WorkflowId(w), StepId(s)};
        Check(facts.own, chosen == step.clause ? calls : program_.SpanOf(chosen), use, true);
        for (const Option& option : facts.by_rule) Check(option, calls, use, false);
      }
    }
    return std::move(result_);
  }

 private:
  struct Use {
    WorkflowId workflow;
    StepId step;
  };

  // The narrowest domain alone: who has one endpoint has one region as well.
  void Check(const Option& option, source::Span step_span, const Use& use, bool own) {
    if (!option.resource.valid() || !option.allowed || !done_.insert(option.resource).second) return;
    for (const FailureDomain domain : {FailureDomain::kEndpoint, FailureDomain::kRegion, FailureDomain::kProvider}) {
      const std::optional<Outage> outage = FindOutage(facts_, shape_id_, option, domain);
      // Who runs an endpoint is only known if it is said.
      if (!outage.has_value() || outage->name.empty()) continue;
      Weaken(result_.verdict, Verdict::kAdvisory);
      // What is left of a route when a place lapses: V1 tells the lapse.
      if (outage->instant > 0 && sema::RouteFor(*shape_.terms, option.resource) != nullptr) return;
      std::map<ClauseId, std::vector<TenantId>> groups;
      for (const TenantId tenant : members_) {
        const sema::Route* route = sema::RouteFor(program_.terms(tenant), option.resource);
        groups[route == nullptr ? ClauseId() : route->clause].push_back(tenant);
      }
      for (const auto& [clause, tenants] : groups) {
        const source::Span span = clause.valid() ? program_.SpanOf(clause) : step_span;
        findings_.Add(diag::Kind::kNoAvailableRoute, span, outage->name, tenants, [&] {
          Finding finding = MakeFinding(option, span, domain, *outage, tenants.front());
          if (own && IsProbeable(program_, program_.shapes[shape_id_.index()], use.workflow, use.step)) {
            finding.witness.probes.push_back(
                OutageProbe(facts_, tenants.front(), use.workflow, use.step, option, *outage));
          }
          if (result_.witness.path.empty()) result_.witness = finding.witness;
          return finding;
        });
      }
      return;
    }
  }

  Finding MakeFinding(const Option& option, source::Span span, FailureDomain domain, const Outage& outage,
                      TenantId tenant) const {
    const std::string& resource = program_.resources[option.resource.index()].name;
    std::string from;
    if (outage.instant > 0) {
      from = fmt::format("from {} ", FormatDate(sema::DateAt(program_, facts_.instants()[outage.instant])));
    }
    const bool one = domain == FailureDomain::kEndpoint;
    Finding finding{MakeDiagnostic(diag::Kind::kNoAvailableRoute, span,
                                   one ? fmt::format("{}{} alone may serve {} for {}", from, outage.name, resource,
                                                     TenantName(program_, tenant))
                                       : fmt::format("{}nothing may serve {} for {} without {} {}", from, resource,
                                                     TenantName(program_, tenant), DomainNoun(domain), outage.name)),
                    {},
                    {}};
    std::string route;
    for (const EndpointId id : outage.down) {
      route += (route.empty() ? "" : " then ") + program_.endpoints[id.index()].name;
      if (!one) finding.diagnostic.notes.push_back({"note", "falls with it", program_.endpoints[id.index()].span});
    }
    finding.diagnostic.help.push_back(fmt::format(
        "say what happens without it: `route {} to {} else suspend`, or declare {}", resource, route,
        one ? std::string("a second endpoint") : fmt::format("an endpoint of another {}", DomainNoun(domain))));
    finding.witness.path.push_back(finding.diagnostic.message);
    return finding;
  }

  const Facts& facts_;
  const Program& program_;
  const ShapeId shape_id_;
  const ShapeFacts& shape_;
  const std::vector<TenantId>& members_;
  Findings& findings_;
  TheoremResult result_;
  std::set<ResourceId> done_;
};

}  // namespace

std::string_view DomainNoun(FailureDomain domain) {
  switch (domain) {
    case FailureDomain::kEndpoint:
      return "endpoint";
    case FailureDomain::kRegion:
      return "region";
    case FailureDomain::kProvider:
      return "provider";
  }
  BYLAW_UNREACHABLE("failure domain");
}

std::optional<Outage> FindOutage(const Facts& facts, ShapeId shape_id, const Option& option, FailureDomain domain) {
  const ShapeFacts& shape = facts.shape(shape_id);
  const sema::Route* route = sema::RouteFor(*shape.terms, option.resource);
  if (route != nullptr && route->else_suspend) return std::nullopt;
  for (size_t i = 0; i < facts.instants().size(); ++i) {
    Outage outage{i, "", {}};
    std::set<std::string> names;
    for (const EndpointId id : option.candidates) {
      if (!shape.legal[id.index()][i]) continue;
      names.insert(DomainOf(facts.program().endpoints[id.index()], domain));
      outage.down.push_back(id);
    }
    if (names.size() != 1) continue;
    outage.name = *names.begin();
    return outage;
  }
  return std::nullopt;
}

Probe OutageProbe(const Facts& facts, TenantId tenant, WorkflowId workflow, StepId step, const Option& option,
                  const Outage& outage) {
  const Program& program = facts.program();
  const ShapeFacts& shape = facts.shape(program.tenants[tenant.index()].shape);
  Probe probe;
  probe.tenant = tenant;
  probe.workflow = workflow;
  probe.step = step;
  probe.at = facts.instants()[outage.instant];
  probe.down = outage.down;
  const bool optional = program.workflows[workflow.index()].steps[step.index()].optional;
  probe.verdict = optional ? abi::Verdict::kSkip : abi::Verdict::kSuspend;
  // Decision 10: for residency if only illegal ones are left, and none that is legal but not in the route.
  bool illegal = false, legal = false;
  for (uint32_t i = 0; i < program.endpoints.size(); ++i) {
    const bool down = std::find(outage.down.begin(), outage.down.end(), EndpointId(i)) != outage.down.end();
    if (program.endpoints[i].resource != option.resource || down) continue;
    (shape.legal[i][outage.instant] ? legal : illegal) = true;
  }
  probe.reason = illegal && !legal ? abi::Reason::kResidency : abi::Reason::kAvailability;
  return probe;
}

Outcome ProveAvailability(const Facts& facts) {
  Outcome outcome;
  Findings findings;
  for (uint32_t i = 0; i < facts.shape_count(); ++i) {
    outcome.results.push_back(ShapeAvailability(facts, ShapeId(i), findings).Prove());
  }
  outcome.findings = findings.Take(facts.program());
  return outcome;
}

}  // namespace bylaw::verify
