#include "compiler/verify/facts.h"

#include <algorithm>

#include "base/money.h"
#include "compiler/sema/candidates.h"
#include "compiler/sema/legality.h"
#include "compiler/sema/placement.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Rule;
using sema::Rung;
using sema::Shape;
using sema::Step;
using sema::Terms;

bool AppliesTo(const sema::RuleScope& scope, const Program& program, const Shape& shape, WorkflowId workflow,
               StepId step) {
  if (scope.workflow.valid() && scope.workflow != workflow) return false;
  if (scope.step.valid() && scope.step != step) return false;
  return std::any_of(shape.members.begin(), shape.members.end(), [&](TenantId tenant) {
    if (scope.tenant.valid() && scope.tenant != program.TenantOf(tenant)) return false;
    return !scope.tier.valid() || program.tenants[tenant.index()].tier == scope.tier;
  });
}

// INVARIANT(floor-inductive): whatever is chosen before the ladder is payable from the floor, or a rung is.
void SetStepCosts(StepFacts& facts) {
  facts.base_hi_micros = facts.own.hi_micros;
  for (const Option& option : facts.by_rule) {
    facts.base_hi_micros = std::max(facts.base_hi_micros, option.hi_micros);
  }
  facts.cheapest_hi_micros = facts.base_hi_micros;
  for (const std::optional<Option>& option : facts.by_rung) {
    if (option.has_value() && option->usable()) {
      facts.cheapest_hi_micros = std::min(facts.cheapest_hi_micros, option->hi_micros);
    }
  }
}

}  // namespace

int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum = abi::kUnlimitedMicros;
  return AddMicros(a, b, &sum) ? sum : abi::kUnlimitedMicros;
}

int64_t SaturatingMultiply(int64_t a, int64_t b) {
  int64_t product = abi::kUnlimitedMicros;
  return MultiplyMicros(a, b, &product) ? product : abi::kUnlimitedMicros;
}

std::vector<std::vector<TenantId>> MembersOfOrgs(const Program& program) {
  std::vector<std::vector<TenantId>> members(program.orgs.size());
  for (uint32_t i = 0; i < program.tenant_count(); ++i) {
    if (const OrgId org = program.tenants[i].org; org.valid()) members[org.index()].push_back(TenantId(i));
  }
  return members;
}

bool MayRun(const Terms& terms, WorkflowId workflow) {
  return !terms.may_run.has_value() ||
         std::find(terms.may_run->value.begin(), terms.may_run->value.end(), workflow) != terms.may_run->value.end();
}

bool MayApply(const Program& program, const Rule& rule, const Shape& shape, WorkflowId workflow, StepId step) {
  return rule.scopes.empty() || std::any_of(rule.scopes.begin(), rule.scopes.end(), [&](const sema::RuleScope& scope) {
           return AppliesTo(scope, program, shape, workflow, step);
         });
}

bool LeftOut(const Program& program, const Terms& terms, const Step& step) {
  const ResourceId resource = sema::ResourceFor(terms, step).resource;
  return step.optional && resource.valid() && sema::IsAllowed(program, terms, resource).denied;
}

bool IsProbeable(const Program& program, const Shape& shape, WorkflowId workflow, StepId step) {
  const Step& asked = program.workflows[workflow.index()].steps[step.index()];
  if (asked.when.has_value()) return false;
  return std::none_of(program.rules.begin(), program.rules.end(), [&](const Rule& rule) {
    const bool decides = std::any_of(rule.effects.begin(), rule.effects.end(), [](const sema::RuleEffect& effect) {
      return effect.kind != syntax::RuleEffect::Kind::kNote && effect.kind != syntax::RuleEffect::Kind::kPutInLane;
    });
    // A condition that cannot be evaluated without inputs suspends the step, whatever the effect.
    return (decides || rule.when.has_value()) && MayApply(program, rule, shape, workflow, step);
  });
}

Probe DearestProbe(const Facts& facts, TenantId tenant, WorkflowId workflow, StepId step) {
  const Program& program = facts.program();
  const ShapeFacts& shape = facts.shape(program.tenants[tenant.index()].shape);
  Probe probe;
  probe.tenant = tenant;
  probe.workflow = workflow;
  probe.step = step;
  probe.at = program.activation_ns;
  const Option& own = shape.works[workflow.index()].steps[step.index()].own;
  if (!own.dearest.valid()) return probe;
  const std::vector<bool>& legal = shape.legal[own.dearest.index()];
  for (size_t i = legal.size(); i-- > 0;) {
    if (legal[i]) probe.at = facts.instants()[i];
  }
  for (const EndpointId candidate : own.candidates) {
    if (candidate != own.dearest) probe.down.push_back(candidate);
  }
  return probe;
}

Facts::Facts(const Program& program)
    : program_(program), instants_(sema::ChangeInstants(program, program.activation_ns, program.horizon_ns)) {
  shapes_.reserve(program.shapes.size());
  for (const Shape& shape : program.shapes) shapes_.push_back(FactsOfShape(shape));
}

std::vector<std::vector<Floors>> Facts::floors() const {
  std::vector<std::vector<Floors>> floors;
  for (const ShapeFacts& shape : shapes_) {
    std::vector<Floors>& row = floors.emplace_back();
    for (const WorkFacts& work : shape.works) row.push_back(work.floors);
  }
  return floors;
}

ShapeFacts Facts::FactsOfShape(const Shape& shape) const {
  ShapeFacts facts;
  facts.terms = &program_.terms(shape.representative);
  if (facts.terms->ladder.has_value()) facts.ladder = &program_.ladders[facts.terms->ladder->value.index()];
  facts.pool = sema::PoolFor(program_, *facts.terms);
  for (const sema::Endpoint& endpoint : program_.endpoints) {
    std::vector<bool>& row = facts.legal.emplace_back();
    for (const TimeNs at : instants_) {
      row.push_back(sema::LegalAt(program_, *facts.terms, sema::PlaceSubject::kCalls, endpoint.location, at).legal);
    }
  }
  for (uint32_t i = 0; i < program_.workflows.size(); ++i) {
    facts.works.push_back(FactsOfWork(shape, facts, WorkflowId(i)));
  }
  return facts;
}

WorkFacts Facts::FactsOfWork(const Shape& shape, const ShapeFacts& facts, WorkflowId workflow) const {
  const sema::Workflow& stated = program_.workflows[workflow.index()];
  WorkFacts work;
  work.runs = MayRun(*facts.terms, workflow);
  work.position.resize(stated.steps.size());
  for (uint32_t i = 0; i < stated.order.size(); ++i) work.position[stated.order[i].index()] = i;
  for (uint32_t i = 0; i < stated.steps.size(); ++i) {
    work.steps.push_back(FactsOfStep(shape, facts, workflow, StepId(i)));
  }
  work.floors.after.resize(stated.steps.size());
  int64_t floor = 0;
  for (auto it = stated.order.rbegin(); it != stated.order.rend(); ++it) {
    work.floors.after[it->index()] = floor;
    if (!stated.steps[it->index()].optional) {
      floor = SaturatingAdd(floor, work.steps[it->index()].cheapest_hi_micros);
    }
  }
  work.floors.entry = floor;
  return work;
}

StepFacts Facts::FactsOfStep(const Shape& shape, const ShapeFacts& facts, WorkflowId workflow, StepId id) const {
  const Step& step = program_.workflows[workflow.index()].steps[id.index()];
  StepFacts result;
  if (LeftOut(program_, *facts.terms, step)) {
    result.own.costs = {0};
    if (facts.ladder != nullptr) result.by_rung.resize(facts.ladder->rungs.size());
    return result;
  }
  result.own = MakeOption(facts, step, sema::ResourceFor(*facts.terms, step).resource);
  const bool calls_model = step.calls == Step::Calls::kModel || step.calls == Step::Calls::kAnyModel;
  if (calls_model) {
    for (const Rule& rule : program_.rules) {
      if (!MayApply(program_, rule, shape, workflow, id)) continue;
      for (const sema::RuleEffect& effect : rule.effects) {
        if (effect.kind == syntax::RuleEffect::Kind::kUseModel) {
          result.by_rule.push_back(MakeOption(facts, step, effect.model));
        }
      }
    }
  }
  if (facts.ladder != nullptr) {
    for (const Rung& rung : facts.ladder->rungs) {
      std::optional<Option>& option = result.by_rung.emplace_back();
      if (calls_model && rung.effect == Rung::Effect::kUseModel) option = MakeOption(facts, step, rung.model);
    }
  }
  SetStepCosts(result);
  return result;
}

Option Facts::MakeOption(const ShapeFacts& facts, const Step& step, ResourceId resource) const {
  Option option;
  option.resource = resource;
  if (!resource.valid()) {
    option.hi_micros = sema::CostWithoutCall(step);
    option.costs = {option.hi_micros};
    return option;
  }
  option.allowed = sema::IsAllowed(program_, *facts.terms, resource).allowed;
  option.candidates = sema::CandidateEndpoints(program_, *facts.terms, step, resource);
  std::vector<bool> served(instants_.size(), false);
  for (const EndpointId id : option.candidates) {
    const std::vector<bool>& legal = facts.legal[id.index()];
    if (std::find(legal.begin(), legal.end(), true) == legal.end()) continue;
    for (size_t i = 0; i < legal.size(); ++i) served[i] = served[i] || legal[i];
    const std::optional<int64_t> hi = sema::CostAt(program_, step, program_.endpoints[id.index()]).hi_micros;
    option.costs.push_back(hi.value_or(0));
    if (!hi.has_value()) {
      option.unpriced.push_back(id);
    } else if (!option.dearest.valid() || *hi > option.hi_micros) {
      option.hi_micros = *hi;
      option.dearest = id;
    }
  }
  if (option.costs.empty()) option.costs.push_back(0);
  std::sort(option.costs.begin(), option.costs.end());
  option.costs.erase(std::unique(option.costs.begin(), option.costs.end()), option.costs.end());
  option.legal_ever = std::find(served.begin(), served.end(), true) != served.end();
  option.legal_always = std::find(served.begin(), served.end(), false) == served.end();
  return option;
}

}  // namespace bylaw::verify
