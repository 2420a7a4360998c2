// V1 for what serves: routes with their fallbacks, and some endpoint for every step and ladder rung.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/candidates.h"
#include "compiler/verify/residency.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

constexpr size_t kEndpointsNamedMax = 4;

size_t FirstUnserved(const ShapeFacts& shape, const Option& option, size_t instants) {
  for (size_t i = 0; i < instants; ++i) {
    const bool served = std::any_of(option.candidates.begin(), option.candidates.end(),
                                    [&](EndpointId id) { return shape.legal[id.index()][i]; });
    if (!served) return i;
  }
  return instants;
}

// What a decision is when nothing may serve: an optional step is left out.
abi::Verdict RefusalOf(const sema::Step& step) { return step.optional ? abi::Verdict::kSkip : abi::Verdict::kSuspend; }

}  // namespace

bool ShapeResidency::AlwaysLegal(EndpointId endpoint) const {
  const std::vector<bool>& legal = shape_.legal[endpoint.index()];
  return std::find(legal.begin(), legal.end(), false) == legal.end();
}

std::optional<ShapeResidency::Use> ShapeResidency::FindUse(ResourceId resource) const {
  std::optional<Use> found;
  for (uint32_t w = 0; w < shape_.works.size(); ++w) {
    if (!shape_.works[w].runs) continue;
    for (uint32_t s = 0; s < shape_.works[w].steps.size(); ++s) {
      const Option& own = shape_.works[w].steps[s].own;
      if (own.resource != resource || !own.allowed) continue;
      const Use use{WorkflowId(w), StepId(s), IsProbeable(program_, members_, WorkflowId(w), StepId(s))};
      if (use.probeable) return use;
      if (!found.has_value()) found = use;
    }
  }
  return found;
}

void ShapeResidency::CheckRoutes() {
  for (const sema::Route& route : shape_.terms->routes) {
    if (!sema::IsAllowed(program_, *shape_.terms, route.resource).denied) CheckRoute(route);
  }
}

// A route is a promise whether or not a step takes it today, unless the contract denies what it is for. One finding a
// kind: the first endpoint at fault stands for the others, which are noted.
void ShapeResidency::CheckRoute(const sema::Route& route) {
  std::vector<std::pair<size_t, PlaceFault>> faults;
  for (size_t i = 0; i < route.endpoints.size(); ++i) {
    const sema::Endpoint& endpoint = program_.endpoints[route.endpoints[i].index()];
    auto fault = FindFault(sema::PlaceSubject::kCalls, endpoint.location, endpoint.name);
    if (fault.has_value()) faults.emplace_back(i, std::move(*fault));
  }
  for (const bool now : {true, false}) {
    const auto is_kind = [&](const auto& fault) { return fault.second.now == now; };
    const auto first = std::find_if(faults.begin(), faults.end(), is_kind);
    if (first == faults.end()) continue;
    const auto groups = MembersByClause([&](const sema::Terms& terms) -> std::optional<ClauseId> {
      const sema::Route* own = sema::RouteFor(terms, route.resource);
      return own == nullptr ? std::nullopt : std::optional(own->clause);
    });
    for (const auto& [clause, tenants] : groups) {
      const sema::Route& own = *sema::RouteFor(program_.terms(tenants.front()), route.resource);
      Finding finding = RouteFinding(own, first->first, first->second, tenants.front());
      for (auto it = std::next(first); it != faults.end(); ++it) {
        if (!is_kind(*it)) continue;
        finding.diagnostic.notes.push_back({"note", it->second.legality.why_not, own.endpoint_spans[it->first]});
      }
      Refute(finding);
      findings_.Add(finding.diagnostic.kind, program_.SpanOf(clause), "", tenants, [&] { return std::move(finding); });
    }
  }
}

Finding ShapeResidency::RouteFinding(const sema::Route& route, size_t at, const PlaceFault& fault,
                                     TenantId tenant) const {
  const std::string& resource = program_.resources[route.resource.index()].name;
  const source::Span span = at < route.endpoint_spans.size() ? route.endpoint_spans[at] : program_.SpanOf(route.clause);
  Finding finding = MakeFinding({sema::PlaceSubject::kCalls, fmt::format("calls to {} are routed", resource), span,
                                 diag::Kind::kResidencyViolation},
                                fault, tenant);
  diag::Diagnostic& diagnostic = finding.diagnostic;
  const std::optional<Use> use = FindUse(route.resource);
  std::string path = "no step takes this route today";
  if (use.has_value()) {
    const sema::Workflow& workflow = program_.workflows[use->workflow.index()];
    path = fmt::format("{}, step {}", workflow.name, workflow.steps[use->step.index()].name);
    std::vector<std::string> before;
    for (size_t i = 0; i < at; ++i) before.push_back(program_.endpoints[route.endpoints[i].index()].name);
    if (!before.empty()) path += fmt::format(", when {} {} down", JoinAnd(before), before.size() == 1 ? "is" : "are");
    if (!fault.now) path += fmt::format(", from {}", FormatDate(sema::DateAt(program_, fault.at)));
  }
  diagnostic.notes.push_back({"path", path, {}});
  finding.witness.path.push_back(path);
  const std::string own = OwnRoute(route);
  if (own.empty()) {
    diagnostic.help.push_back(fmt::format("no endpoint that serves {} stays legal: declare one that does", resource));
  } else if (program_.clauses[route.clause.index()].level == sema::Level::kTenant) {
    diagnostic.help.push_back(fmt::format("say `{}`", own));
  } else {
    diagnostic.help.push_back(fmt::format("give this tenant its own route: `{}`", own));
  }
  if (!use.has_value() || !use->probeable) return finding;
  const StepFacts& step = shape_.works[use->workflow.index()].steps[use->step.index()];
  const auto& candidates = step.own.candidates;
  if (std::find(candidates.begin(), candidates.end(), route.endpoints[at]) == candidates.end()) return finding;
  Probe probe;
  probe.tenant = tenant;
  probe.workflow = use->workflow;
  probe.step = use->step;
  probe.at = fault.at;
  for (uint32_t i = 0; i < program_.endpoints.size(); ++i) {
    const EndpointId id(i);
    if (id != route.endpoints[at] && program_.endpoints[i].resource == route.resource) probe.down.push_back(id);
  }
  probe.verdict = RefusalOf(program_.workflows[use->workflow.index()].steps[use->step.index()]);
  probe.reason = abi::Reason::kResidency;
  finding.witness.probes.push_back(probe);
  return finding;
}

// The route that stays legal: those of this one that do, else whatever serves and does. Empty if there is none.
std::string ShapeResidency::OwnRoute(const sema::Route& route) const {
  std::vector<EndpointId> legal;
  for (const EndpointId id : route.endpoints) {
    if (AlwaysLegal(id)) legal.push_back(id);
  }
  for (uint32_t i = 0; legal.empty() && i < program_.endpoints.size(); ++i) {
    if (program_.endpoints[i].resource == route.resource && AlwaysLegal(EndpointId(i))) legal.push_back(EndpointId(i));
  }
  if (legal.empty()) return "";
  std::string text = fmt::format("route {} to ", program_.resources[route.resource.index()].name);
  for (size_t i = 0; i < legal.size(); ++i) {
    text += (i > 0 ? " then " : "") + program_.endpoints[legal[i].index()].name;
  }
  return text + " else suspend";
}

void ShapeResidency::CheckServed() {
  std::set<ResourceId> own_done, rung_done;
  for (uint32_t w = 0; w < shape_.works.size(); ++w) {
    if (!shape_.works[w].runs) continue;
    for (uint32_t s = 0; s < shape_.works[w].steps.size(); ++s) {
      const StepFacts& facts = shape_.works[w].steps[s];
      const sema::Step& step = program_.workflows[w].steps[s];
      const Use use{WorkflowId(w), StepId(s), IsProbeable(program_, members_, WorkflowId(w), StepId(s))};
      const ClauseId chosen = sema::ResourceFor(*shape_.terms, step).clause;
      const source::Span calls = step.resource_span.valid() ? step.resource_span : step.span;
      CheckOption(facts.own, chosen == step.clause ? calls : program_.SpanOf(chosen), use, "", own_done);
      for (size_t k = 0; k < facts.by_rung.size(); ++k) {
        if (!facts.by_rung[k].has_value()) continue;
        CheckOption(*facts.by_rung[k], shape_.ladder->rungs[k].span, use, shape_.ladder->name, rung_done);
      }
    }
  }
}

void ShapeResidency::CheckOption(const Option& option, source::Span span, const Use& use, const std::string& rung,
                                 std::set<ResourceId>& done) {
  if (!option.resource.valid() || !option.allowed || !done.insert(option.resource).second) return;
  const sema::Route* route = sema::RouteFor(*shape_.terms, option.resource);
  const size_t unserved = FirstUnserved(shape_, option, facts_.instants().size());
  if (unserved == facts_.instants().size()) {
    for (const EndpointId id : option.candidates) {
      const sema::Endpoint& endpoint = program_.endpoints[id.index()];
      if (AlwaysLegal(id)) FindFault(sema::PlaceSubject::kCalls, endpoint.location, endpoint.name);
    }
    if (rung.empty()) WarnOfOneEndpoint(option, span);
    return;
  }
  // An illegal endpoint in a route has been reported where the route names it.
  const bool told = route != nullptr && std::any_of(route->endpoints.begin(), route->endpoints.end(),
                                                    [&](EndpointId id) { return !AlwaysLegal(id); });
  if (told) return;
  Finding finding = UnservedFinding(option, span, use, rung, unserved);
  Refute(finding);
  findings_.Add(finding.diagnostic.kind, span, program_.resources[option.resource.index()].name, members_.members,
                [&] { return std::move(finding); });
}

Finding ShapeResidency::UnservedFinding(const Option& option, source::Span span, const Use& use,
                                        const std::string& rung, size_t instant) const {
  const TenantId tenant = members_.members.front();
  const sema::Resource& resource = program_.resources[option.resource.index()];
  const sema::Workflow& workflow = program_.workflows[use.workflow.index()];
  const PlaceFault fault{instant == 0, facts_.instants()[instant], {}};
  Finding finding{MakeDiagnostic(fault.now ? diag::Kind::kNoLegalRoute : diag::Kind::kResidencyLapse, span,
                                 fmt::format("{}no endpoint may serve {} for {}", FromDate(fault), resource.name,
                                             TenantName(program_, tenant))),
                  {},
                  {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  size_t serving = 0;
  bool served_elsewhere = false;
  const char* why_not_taken = sema::RouteFor(*shape_.terms, option.resource) != nullptr
                                  ? "not in the route, or dearer than the step's own bound"
                                  : "dearer than the step's own bound";
  ClauseId constraint;
  for (uint32_t i = 0; i < program_.endpoints.size(); ++i) {
    const sema::Endpoint& endpoint = program_.endpoints[i];
    if (endpoint.resource != option.resource) continue;
    const sema::Legality legality =
        sema::LegalAt(program_, *shape_.terms, sema::PlaceSubject::kCalls, endpoint.location, fault.at);
    served_elsewhere = served_elsewhere || legality.legal;
    if (++serving > kEndpointsNamedMax) continue;
    if (!legality.legal) constraint = legality.clause;
    diagnostic.notes.push_back({"note", legality.legal ? why_not_taken : legality.why_not, endpoint.span});
  }
  if (constraint.valid()) AddConstraintNote(diagnostic, constraint, tenant);
  const std::string_view kind = resource.is_model ? "model" : "tool";
  diagnostic.caret = serving == 0 ? fmt::format("no endpoint serves {} {}", kind, resource.name) : "";
  std::string path = fmt::format("{}, step {}", workflow.name, workflow.steps[use.step.index()].name);
  if (!rung.empty()) path += ", on ladder " + rung;
  diagnostic.notes.push_back({"path", path, {}});
  const sema::PlaceConstraint* places = constraint.valid() ? ConstraintOf(constraint) : nullptr;
  if (workflow.steps[use.step.index()].optional && rung.empty()) {
    diagnostic.help.push_back(fmt::format("`must not use {}s {}` leaves the optional step out", kind, resource.name));
  }
  diagnostic.help.push_back(places == nullptr
                                ? fmt::format("declare an endpoint that serves {} {}", kind, resource.name)
                                : fmt::format("declare an endpoint that serves {} {} in {}", kind, resource.name,
                                              PlacesText(places->places)));
  finding.witness.path.push_back(path);
  if (!use.probeable || !rung.empty()) return finding;
  Probe probe;
  probe.tenant = tenant;
  probe.workflow = use.workflow;
  probe.step = use.step;
  probe.at = fault.at;
  probe.verdict = RefusalOf(workflow.steps[use.step.index()]);
  if (serving > 0 && !served_elsewhere) probe.reason = abi::Reason::kResidency;
  finding.witness.probes.push_back(probe);
  return finding;
}

void ShapeResidency::WarnOfOneEndpoint(const Option& option, source::Span step_span) {
  std::vector<EndpointId> legal;
  for (const EndpointId id : option.candidates) {
    if (shape_.legal[id.index()].front()) legal.push_back(id);
  }
  const sema::Route* stated = sema::RouteFor(*shape_.terms, option.resource);
  if (legal.size() != 1 || (stated != nullptr && stated->else_suspend)) return;
  const std::string& resource = program_.resources[option.resource.index()].name;
  const std::string& endpoint = program_.endpoints[legal.front().index()].name;
  const auto groups = MembersByClause([&](const sema::Terms& terms) -> std::optional<ClauseId> {
    const sema::Route* route = sema::RouteFor(terms, option.resource);
    return route == nullptr ? ClauseId() : route->clause;
  });
  for (const auto& [clause, tenants] : groups) {
    const source::Span span = clause.valid() ? program_.SpanOf(clause) : step_span;
    findings_.Add(diag::Kind::kNoAvailableRoute, span, endpoint, tenants, [&] {
      Finding finding{MakeDiagnostic(diag::Kind::kNoAvailableRoute, span,
                                     fmt::format("{} alone may serve {} for {}", endpoint, resource,
                                                 TenantName(program_, tenants.front()))),
                      {},
                      {}};
      finding.diagnostic.help.push_back(
          fmt::format("say what happens without it: `route {} to {} else suspend`, or declare a second endpoint",
                      resource, endpoint));
      return finding;
    });
  }
}

}  // namespace bylaw::verify
