// Simulation: the story of the first runs, a line for each decision and each attempt.
#include "simulator/simulation.h"

namespace bylaw::simulator {

StoryLine Simulation::LineOf(uint32_t index, StoryLine::Kind kind, StepId step) const {
  const SimRun& run = runs_[index];
  StoryLine line;
  line.at_ns = Now();
  line.kind = kind;
  line.run = index;
  line.tenant = run.tenant;
  line.workflow = run.workflow;
  line.step = step;
  const int64_t budget = image_->tenant(run.tenant).budget_workflow_micros;
  line.left_micros = budget == abi::kUnlimitedMicros ? budget : budget - engine_->StatusOf(run.id).spent_micros;
  return line;
}

void Simulation::FollowDecision(uint32_t index, StepId step, const abi::Decision& decision) {
  StoryLine line = LineOf(index, StoryLine::Kind::kDecided, step);
  line.decision = decision;
  const SimRun& run = runs_[index];
  line.hi_micros = image_->shape_workflow(image_->tenant(run.tenant), run.workflow).steps[step.index()].hi_max_micros;
  result_.story.push_back(line);
}

void Simulation::FollowAttempt(uint32_t index, StepId step, int64_t cost, engine::Outcome outcome,
                               const engine::After& after) {
  StoryLine line = LineOf(index, StoryLine::Kind::kEnded, step);
  line.decision = decisions_[index];
  line.cost_micros = cost;
  line.outcome = outcome;
  line.next = after.step;
  result_.story.push_back(line);
}

void Simulation::FollowEnd(uint32_t index, bool completed, int64_t spent) {
  StoryLine line = LineOf(index, completed ? StoryLine::Kind::kFinished : StoryLine::Kind::kFailed, StepId::None());
  line.cost_micros = spent;
  result_.story.push_back(line);
}

}  // namespace bylaw::simulator
