#include "compiler/verify/demand.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/sema/volume.h"
#include "compiler/verify/ladder_game.h"
#include "compiler/verify/words.h"
#include "compiler/verify/worst_case.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Step;

constexpr int64_t kLongestMonth = 31;
constexpr size_t kAttemptsMax = 1'000;

// Whether a rule that does more than to note or to choose a lane may speak about the step.
bool RuleMayChange(const Program& program, const sema::Shape& shape, WorkflowId workflow, StepId step) {
  return std::any_of(program.rules.begin(), program.rules.end(), [&](const sema::Rule& rule) {
    const bool decides = std::any_of(rule.effects.begin(), rule.effects.end(), [](const sema::RuleEffect& effect) {
      return effect.kind != syntax::RuleEffect::Kind::kNote && effect.kind != syntax::RuleEffect::Kind::kPutInLane;
    });
    return decides && MayApply(program, rule, shape, workflow, step);
  });
}

// Whether what an attempt may cost is an estimate: the dearest endpoint is priced per token, the step says `about` how
// many, and no bound of its own covers it.
bool RestsOnEstimate(const Program& program, const Step& step, const Option& option) {
  if (!option.dearest.valid()) return false;
  const sema::Endpoint& endpoint = program.endpoints[option.dearest.index()];
  if (endpoint.cost_per_call.has_value() || step.tokens_at_most) return false;
  return !step.cost_at_most.has_value() || step.resource != endpoint.resource;
}

// Every model or tool that the step may call.
std::vector<const Option*> OptionsOf(const StepFacts& facts) {
  std::vector<const Option*> options = {&facts.own};
  for (const Option& option : facts.by_rule) options.push_back(&option);
  for (const std::optional<Option>& option : facts.by_rung) {
    if (option.has_value()) options.push_back(&*option);
  }
  return options;
}

}  // namespace

int64_t ShareOf(int64_t ppm, int64_t n) {
  return static_cast<int64_t>((static_cast<__int128>(ppm) * n + 999'999) / 1'000'000);
}

int64_t Volume::PeakWithin(DurationNs span) const {
  int64_t most = INT64_MAX;
  for (const Bound& bound : bounds) most = std::min(most, SaturatingMultiply(bound.runs, span / bound.span_ns + 1));
  return most;
}

namespace {

// What one sentence alone comes to.
Volume VolumeOf(const sema::Expects& expects) {
  const double per_day = sema::PerDay(expects.runs, expects.per);
  Volume volume;
  volume.workflow = expects.workflow;
  volume.clause = volume.monthly_clause = expects.clause;
  volume.per_month = expects.per == syntax::PerUnit::kMonth;
  volume.peak = expects.peak;
  volume.daily = std::llround(std::floor(per_day + 1e-9));
  if (volume.daily == 0 && per_day > 0) volume.daily = 1;
  volume.usual = volume.per_month ? volume.daily : expects.runs;
  volume.monthly = volume.per_month ? expects.runs : SaturatingMultiply(kLongestMonth, volume.daily);
  volume.bounds = {{sema::LengthOf(expects.per), expects.peak}};
  return volume;
}

// Both hold.
void Meet(Volume& volume, const Volume& other) {
  if (other.usual < volume.usual) volume.clause = other.clause;
  if (other.monthly < volume.monthly) {
    volume.monthly_clause = other.monthly_clause;
    volume.per_month = other.per_month;
  }
  volume.usual = std::min(volume.usual, other.usual);
  volume.daily = std::min(volume.daily, other.daily);
  volume.monthly = std::min(volume.monthly, other.monthly);
  volume.peak = std::min(volume.peak, other.peak);
  volume.bounds.insert(volume.bounds.end(), other.bounds.begin(), other.bounds.end());
}

}  // namespace

std::vector<Volume> VolumesOf(const Program&, const sema::Terms& terms) {
  std::vector<Volume> volumes;
  for (const sema::Expects& expects : terms.expects) {
    if (!MayRun(terms, expects.workflow)) continue;
    const auto found = std::find_if(volumes.begin(), volumes.end(),
                                    [&](const Volume& volume) { return volume.workflow == expects.workflow; });
    if (found == volumes.end()) {
      volumes.push_back(VolumeOf(expects));
    } else {
      Meet(*found, VolumeOf(expects));
    }
  }
  return volumes;
}

std::vector<ClauseId> DemandSentences(const sema::Terms& terms) {
  std::vector<ClauseId> sentences;
  const auto add = [&](const auto& term) { sentences.push_back(term.has_value() ? term->clause : ClauseId()); };
  add(terms.sla);
  add(terms.at_once);
  add(terms.burst);
  add(terms.budget_workflow);
  add(terms.budget_month);
  for (const sema::Expects& expects : terms.expects) sentences.push_back(expects.clause);
  sentences.push_back(ClauseId());
  for (const sema::Rate& rate : terms.rates) sentences.push_back(rate.clause);
  return sentences;
}

RunDemand::RunDemand(const Facts& facts, ShapeId shape, WorkflowId workflow, int64_t budget)
    : facts_(facts),
      shape_(shape),
      workflow_(facts.program().workflows[workflow.index()]),
      workflow_id_(workflow),
      work_(facts.shape(shape).works[workflow.index()]),
      budget_(budget) {
  const Bounds bounds = BoundsOf(workflow_);
  attempts_ = AttemptsAtMost(workflow_, work_, bounds);
  failing_run_ = SureAttempts(true);
  smooth_run_ = SureAttempts(false);
  most_micros_ = std::min(budget_, WorstCaseMicros(workflow_, work_, bounds));
  for (const std::vector<StepId>* run : {&failing_run_, &smooth_run_}) {
    int64_t spent = 0;
    for (const StepId step : *run) {
      const StepFacts& step_facts = work_.steps[step.index()];
      if (RestsOnEstimate(facts.program(), workflow_.steps[step.index()], step_facts.own)) continue;
      spent = SaturatingAdd(spent, step_facts.own.hi_micros);
    }
    sure_micros_ = std::max(sure_micros_, spent);
  }
  CountSlotTime();
  may_park_ = WhyMayPark();
}

std::vector<StepId> RunDemand::SureAttempts(bool failing) const {
  std::vector<StepId> sure;
  const ShapeFacts& shape = facts_.shape(shape_);
  const sema::Shape& members = facts_.program().shapes[shape_.index()];
  std::vector<StepId> run = workflow_.order;
  if (failing) {
    run.clear();
    for (const TraceAttempt& attempt : DearestRun(workflow_, work_, kAttemptsMax)) run.push_back(attempt.step);
  }
  int64_t remaining = budget_;
  for (const StepId id : run) {
    const Step& step = workflow_.steps[id.index()];
    const StepFacts& step_facts = work_.steps[id.index()];
    if (step.when.has_value()) continue;
    if (RuleMayChange(facts_.program(), members, workflow_id_, id)) return sure;
    if (step_facts.own.resource.valid() && !step_facts.own.usable()) return sure;
    if (budget_ != abi::kUnlimitedMicros && step_facts.own.hi_micros > 0) {
      const GateQuestion question{shape.ladder, step, step_facts, work_.floors.after[id.index()], budget_};
      const GateChoice choice = PassGate(question, DearestPrices(step_facts), remaining);
      if (choice.kind != GateChoice::Kind::kProceed || choice.hi_micros != step_facts.own.hi_micros) return sure;
      remaining -= choice.hi_micros;
    }
    sure.push_back(id);
  }
  return sure;
}

int64_t RunDemand::UsesOfStep(StepId id, bool tokens) const {
  const Step& step = workflow_.steps[id.index()];
  return tokens ? SaturatingAdd(step.input_tokens, step.output_tokens) : 1;
}

int64_t RunDemand::SureUses(ResourceId resource, bool tokens) const {
  int64_t most = 0;
  for (const std::vector<StepId>* run : {&failing_run_, &smooth_run_}) {
    int64_t uses = 0;
    for (const StepId id : *run) {
      if (work_.steps[id.index()].own.resource == resource) uses = SaturatingAdd(uses, UsesOfStep(id, tokens));
    }
    most = std::max(most, uses);
  }
  return most;
}

int64_t RunDemand::SureUsesAt(EndpointId endpoint, bool tokens) const {
  const std::vector<std::vector<bool>>& legal = facts_.shape(shape_).legal;
  const auto ever = [&](EndpointId id) {
    return std::find(legal[id.index()].begin(), legal[id.index()].end(), true) != legal[id.index()].end();
  };
  int64_t uses = 0;
  for (const StepId id : smooth_run_) {
    const std::vector<EndpointId>& candidates = work_.steps[id.index()].own.candidates;
    const auto first = std::find_if(candidates.begin(), candidates.end(), ever);
    if (first == candidates.end() || *first != endpoint) continue;
    const std::vector<bool>& at = legal[endpoint.index()];
    if (std::find(at.begin(), at.end(), false) == at.end()) uses = SaturatingAdd(uses, UsesOfStep(id, tokens));
  }
  return uses;
}

template <typename Uses, typename Visit>
void RunDemand::ForEachUse(Uses uses, Visit visit) const {
  for (size_t i = 0; i < work_.steps.size(); ++i) {
    const std::vector<const Option*> options = OptionsOf(work_.steps[i]);
    if (std::any_of(options.begin(), options.end(), [&](const Option* option) { return uses(*option); })) {
      visit(StepId(static_cast<uint32_t>(i)), attempts_[i]);
    }
  }
}

template <typename Uses>
std::optional<int64_t> RunDemand::MostOf(Uses uses, bool tokens) const {
  int64_t most = 0;
  bool stated = true;
  ForEachUse(uses, [&](StepId step, int64_t attempts) {
    most = SaturatingAdd(most, SaturatingMultiply(attempts, UsesOfStep(step, tokens)));
    stated = stated && (!tokens || workflow_.steps[step.index()].tokens_at_most);
  });
  return stated ? std::optional(most) : std::nullopt;
}

std::optional<int64_t> RunDemand::MostUses(ResourceId resource, bool tokens) const {
  return MostOf([&](const Option& option) { return option.resource == resource; }, tokens);
}

std::optional<int64_t> RunDemand::MostUsesAt(EndpointId endpoint, bool tokens) const {
  return MostOf(
      [&](const Option& option) {
        return std::find(option.candidates.begin(), option.candidates.end(), endpoint) != option.candidates.end();
      },
      tokens);
}

int64_t RunDemand::LargestUse(ResourceId resource, bool tokens) const {
  int64_t largest = 1;
  if (!tokens) return largest;
  ForEachUse([&](const Option& option) { return option.resource == resource; },
             [&](StepId step, int64_t) { largest = std::max(largest, UsesOfStep(step, tokens)); });
  return largest;
}

void RunDemand::CountSlotTime() {
  const Program& program = facts_.program();
  const sema::Shape& members = program.shapes[shape_.index()];
  DurationNs most = 0;
  bool bounded = true;
  for (uint32_t i = 0; i < work_.steps.size(); ++i) {
    const Step& step = workflow_.steps[i];
    DurationNs about = abi::kUnlimitedMicros, at_most = 0;
    bool timed = true;
    for (const Option* option : OptionsOf(work_.steps[i])) {
      timed = timed && option->resource.valid();  // nothing is called: only the step itself can say
      for (const EndpointId id : option->candidates) {
        const sema::Endpoint& endpoint = program.endpoints[id.index()];
        about = std::min(about, endpoint.takes_about.has_value() ? endpoint.takes_about->value : 0);
        timed = timed && endpoint.takes_at_most.has_value();
        if (endpoint.takes_at_most.has_value()) at_most = std::max(at_most, endpoint.takes_at_most->value);
      }
    }
    if (step.takes_at_most.has_value()) at_most = std::max(at_most, step.takes_at_most->value);
    bounded = bounded && (timed || step.takes_at_most.has_value());
    most = SaturatingAdd(most, SaturatingMultiply(attempts_[i], at_most));
    if (about == abi::kUnlimitedMicros) about = 0;
    if (step.takes_about.has_value()) about = step.takes_about->value;
    const bool surely =
        !step.optional && !step.when.has_value() && !RuleMayChange(program, members, workflow_id_, StepId(i));
    if (surely) usual_slot_ns_ = SaturatingAdd(usual_slot_ns_, about);
  }
  if (bounded) most_slot_ns_ = most;
}

std::string RunDemand::WhyMayPark() const {
  const Program& program = facts_.program();
  const ShapeFacts& shape = facts_.shape(shape_);
  const sema::Shape& members = program.shapes[shape_.index()];
  for (uint32_t i = 0; i < work_.steps.size(); ++i) {
    const Step& step = workflow_.steps[i];
    if (!step.asks.empty()) return fmt::format("step {} of {} may ask reviewers", step.name, workflow_.name);
    for (const sema::Rule& rule : program.rules) {
      const bool may_stop =
          rule.when.has_value() || std::any_of(rule.effects.begin(), rule.effects.end(), [](auto& e) {
            return e.kind != syntax::RuleEffect::Kind::kNote && e.kind != syntax::RuleEffect::Kind::kPutInLane;
          });
      if (may_stop && MayApply(program, rule, members, workflow_id_, StepId(i))) {
        return fmt::format("rule {} may stop step {} of {}", rule.name, step.name, workflow_.name);
      }
    }
    const Option& own = work_.steps[i].own;
    if (step.calls != Step::Calls::kNothing && (!own.resource.valid() || !own.usable())) {
      return fmt::format("nothing may serve step {} of {}", step.name, workflow_.name);
    }
  }
  if (shape.ladder != nullptr) return fmt::format("ladder {} may stop {}", shape.ladder->name, workflow_.name);
  if (most_micros_ >= budget_ && budget_ != abi::kUnlimitedMicros &&
      WorstCaseMicros(workflow_, work_, BoundsOf(workflow_)) > budget_) {
    return fmt::format("the budget may stop {}", workflow_.name);
  }
  return "";
}

}  // namespace bylaw::verify
