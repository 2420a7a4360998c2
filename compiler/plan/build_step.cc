// One step of one workflow for the tenants of one shape: its calls, rules and rungs.

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "compiler/plan/build_internal.h"

namespace bylaw::plan {
namespace {

using Kind = syntax::RuleEffect::Kind;

Course CourseOf(Kind kind) {
  switch (kind) {
    case Kind::kDeny:
      return Course::kDeny;
    case Kind::kSuspend:
      return Course::kSuspend;
    case Kind::kSendToReviewers:
      return Course::kSend;
    case Kind::kAskReviewers:
      return Course::kAsk;
    case Kind::kWaitUntil:
      return Course::kWait;
    case Kind::kSkip:
      return Course::kSkip;
    case Kind::kUseModel:
    case Kind::kPutInLane:
    case Kind::kNote:
      return Course::kNone;
  }
  BYLAW_UNREACHABLE("rule effect");
}

int64_t Capped(int64_t micros) { return std::clamp(micros, int64_t{0}, kCostMicrosMax); }

RungEffect EffectOf(sema::Rung::Effect effect) {
  switch (effect) {
    case sema::Rung::Effect::kUseModel:
      return RungEffect::kUseModel;
    case sema::Rung::Effect::kSkipOptional:
      return RungEffect::kSkipOptional;
    case sema::Rung::Effect::kSendToReviewers:
      return RungEffect::kSendToReviewers;
    case sema::Rung::Effect::kSuspend:
      return RungEffect::kSuspend;
  }
  BYLAW_UNREACHABLE("rung effect");
}

bool CallsModel(const sema::Step& step) {
  return step.calls == sema::Step::Calls::kModel || step.calls == sema::Step::Calls::kAnyModel;
}

}  // namespace

StepBuilder::StepBuilder(const sema::Program& program, const ProvenanceLayout& layout, Plan& plan)
    : program_(program), layout_(layout), plan_(plan) {}

abi::ClauseRef StepBuilder::ConditionClause(const sema::TypedCondition& condition) {
  const auto [at, added] = condition_clauses_.try_emplace(condition.expr.get(), abi::kNoClause);
  if (added) {
    at->second = static_cast<abi::ClauseRef>(plan_.tables.clauses.size());
    plan_.tables.clauses.Add(MakeClauseInfo(program_.sources.get(), condition.span));
  }
  return at->second;
}

Call StepBuilder::MakeCall(const ShapeFacts& facts, const sema::Step& step, ResourceId resource) const {
  Call call;
  call.resource = resource;
  const sema::Allowed allowed = sema::IsAllowed(program_, *facts.terms, resource);
  call.allowed = allowed.allowed;
  if (!allowed.allowed) {
    const bool is_model = program_.resources[resource.index()].is_model;
    call.contract_clause = layout_.Contract(*facts.terms, resource, is_model, allowed.clause);
  }
  std::vector<uint32_t> server_of(program_.endpoints.size(), UINT32_MAX);
  for (size_t i = 0; i < program_.endpoints.size(); ++i) {
    if (program_.endpoints[i].resource != resource) continue;
    server_of[i] = static_cast<uint32_t>(call.servers.size());
    call.servers.push_back(facts.servers[i]);
  }
  const abi::ClauseRef route = layout_.Route(*facts.terms, resource);
  for (const EndpointId id : sema::CandidateEndpoints(program_, *facts.terms, step, resource)) {
    const sema::Endpoint& endpoint = program_.endpoints[id.index()];
    const sema::StepCost cost = sema::CostAt(program_, step, endpoint);
    if (cost.too_dear || server_of[id.index()] == UINT32_MAX) continue;
    call.candidates.push_back({server_of[id.index()], Capped(cost.hi_micros.value_or(0)),
                               route != abi::kNoClause ? route : Direct(endpoint.clause)});
  }
  call.refusal_clause = !call.candidates.empty()  ? call.candidates.front().clause
                        : route != abi::kNoClause ? route
                                                  : Direct(step.clause);
  return call;
}

uint32_t StepBuilder::CallFor(const ShapeFacts& facts, const sema::Step& step, ResourceId resource,
                              StepProgram& out) const {
  for (size_t i = 0; i < out.calls.size(); ++i) {
    if (out.calls[i].resource == resource) return static_cast<uint32_t>(i);
  }
  out.calls.push_back(MakeCall(facts, step, resource));
  return static_cast<uint32_t>(out.calls.size() - 1);
}

// Whether the tenant has this shape, on the days of an exception if not always.
bool StepBuilder::HasPhaseOf(ShapeId shape, TenantId tenant) const {
  if (program_.tenants[tenant.index()].shape == shape) return true;
  for (size_t i = program_.tenant_count(); i < program_.tenants.size(); ++i) {
    if (program_.tenants[i].phase_of == tenant && program_.tenants[i].shape == shape) return true;
  }
  return false;
}

// Whether the rule may concern a tenant of this shape at this step; `guards` says which, if not all.
bool StepBuilder::InScope(const ShapeFacts& facts, const sema::Rule& rule, WorkflowId workflow, StepId step,
                          std::vector<Guard>* guards) const {
  if (rule.scopes.empty()) return true;
  const size_t members = program_.shapes[facts.id.index()].members.size();
  bool concerns = false, everyone = false;
  for (const sema::RuleScope& scope : rule.scopes) {
    if (scope.workflow.valid() && scope.workflow != workflow) continue;
    if (scope.step.valid() && scope.step != step) continue;
    Guard guard;
    if (scope.tier.valid()) {
      if (!std::binary_search(facts.tiers.begin(), facts.tiers.end(), scope.tier)) continue;
      if (facts.tiers.size() > 1) guard.tier = scope.tier;
    }
    if (scope.tenant.valid()) {
      if (!HasPhaseOf(facts.id, scope.tenant)) continue;
      if (members > 1) guard.tenant = scope.tenant;
    }
    concerns = true;
    everyone = everyone || guard == Guard();
    guards->push_back(guard);
  }
  if (everyone) guards->clear();
  return concerns;
}

Rule StepBuilder::MakeRule(const ShapeFacts& facts, const sema::Rule& rule, const sema::Step& step,
                           StepProgram& out) const {
  Rule made;
  made.when = rule.when.has_value() ? rule.when->expr.get() : nullptr;
  made.clause = Direct(rule.clause);
  for (const sema::RuleEffect& effect : rule.effects) {
    const Course course = CourseOf(effect.kind);
    made.weak = made.weak || course == Course::kNone || course == Course::kWait || course == Course::kSkip;
    if (effect.kind == Kind::kUseModel && CallsModel(step)) made.call = CallFor(facts, step, effect.model, out);
    if (effect.kind == Kind::kPutInLane) made.lane = static_cast<uint8_t>(effect.lane);
    if (course == Course::kSkip && !step.optional) continue;
    if (course >= made.course) continue;
    made.course = course;
    made.reviewers = effect.reviewers.valid() ? effect.reviewers : facts.reviewers;
    made.ask_count = course == Course::kAsk ? std::max(1u, effect.count) : 0;
    made.window = effect.window;
    if (effect.clause.valid()) made.clause = Direct(effect.clause);
  }
  return made;
}

void StepBuilder::AddRules(const ShapeFacts& facts, WorkflowId workflow, StepId step_id, StepProgram& out) const {
  const sema::Step& step = program_.workflows[workflow.index()].steps[step_id.index()];
  for (const sema::Rule& rule : program_.rules) {
    std::vector<Guard> guards;
    if (!InScope(facts, rule, workflow, step_id, &guards)) continue;
    Rule made = MakeRule(facts, rule, step, out);
    made.guards = std::move(guards);
    out.rules.push_back(std::move(made));
  }
}

void StepBuilder::AddAsks(const ShapeFacts& facts, const sema::Step& step, StepProgram& out) const {
  for (const sema::Ask& ask : step.asks) {
    Rule made;
    made.when = ask.when.has_value() ? ask.when->expr.get() : nullptr;
    made.course = Course::kAsk;
    made.reviewers = ask.reviewers.valid() ? ask.reviewers : facts.reviewers;
    made.ask_count = std::max(1u, ask.count);
    made.clause = Direct(ask.clause);
    out.rules.push_back(std::move(made));
  }
}

void StepBuilder::AddRungs(const ShapeFacts& facts, const sema::Step& step, StepProgram& out) const {
  if (!facts.terms->ladder.has_value()) return;
  out.offer_reviewers = facts.reviewers;
  bool person = false;
  for (const sema::Rung& rung : program_.ladders[facts.terms->ladder->value.index()].rungs) {
    Rung& made = out.rungs.emplace_back();
    made.is_percent = rung.is_percent;
    made.below = rung.is_percent ? rung.below_ppm : rung.below_micros;
    made.effect = EffectOf(rung.effect);
    made.clause = Direct(rung.clause);
    if (made.effect == RungEffect::kUseModel && CallsModel(step)) made.call = CallFor(facts, step, rung.model, out);
    if (made.effect != RungEffect::kSendToReviewers) continue;
    made.reviewers = rung.reviewers.valid() ? rung.reviewers : facts.reviewers;
    if (!std::exchange(person, true)) out.offer_reviewers = made.reviewers;
  }
}

StepProgram StepBuilder::Build(const ShapeFacts& facts, WorkflowId workflow_id, StepId step_id) {
  const sema::Workflow& workflow = program_.workflows[workflow_id.index()];
  const sema::Step& step = workflow.steps[step_id.index()];
  StepProgram out;
  out.workflow_name = workflow.name;
  out.step_name = step.name;
  out.optional = step.optional;
  out.step_clause = Direct(step.clause);
  out.store = facts.stores[static_cast<size_t>(syntax::DataClass::kState)];
  out.offer_reviewers = facts.reviewers;
  out.plan = &plan_;
  if (const auto& may_run = facts.terms->may_run; may_run.has_value()) {
    out.may_run = std::find(may_run->value.begin(), may_run->value.end(), workflow_id) != may_run->value.end();
  }
  if (step.when.has_value()) {
    out.when = step.when->expr.get();
    out.when_clause = ConditionClause(*step.when);
  }
  const sema::ChosenResource chosen = sema::ResourceFor(*facts.terms, step);
  if (chosen.resource.valid()) {
    out.calls.push_back(MakeCall(facts, step, chosen.resource));
    for (const Candidate& candidate : out.calls.front().candidates) {
      out.estimate_micros = std::max(out.estimate_micros, candidate.hi_micros);
    }
  } else {
    out.calls_unknown = step.calls != sema::Step::Calls::kNothing;
    out.own_cost_micros = out.estimate_micros = Capped(sema::CostWithoutCall(step));
  }
  if (out.calls_unknown) return out;  // decides nothing else: the contract leaves it without a model
  AddRules(facts, workflow_id, step_id, out);
  AddAsks(facts, step, out);
  AddRungs(facts, step, out);
  return out;
}

}  // namespace bylaw::plan
