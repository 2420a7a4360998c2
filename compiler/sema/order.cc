// The order of execution: topological, then file order.
#include <fmt/format.h>

#include <algorithm>
#include <queue>

#include "compiler/sema/work.h"

namespace bylaw::sema {
namespace {

// A circle among the steps that could not be ordered: s waits for …, which waits for s.
std::vector<StepId> FindCircle(const Workflow& workflow, const std::vector<uint32_t>& waiting) {
  StepId at;
  for (size_t i = 0; i < waiting.size() && !at.valid(); ++i) {
    if (waiting[i] > 0) at = StepId(static_cast<uint32_t>(i));
  }
  std::vector<StepId> path;
  // Every step that waits has a predecessor that waits: going back must come round.
  while (std::find(path.begin(), path.end(), at) == path.end()) {
    path.push_back(at);
    for (const StepId before : workflow.steps[at.index()].after) {
      if (waiting[before.index()] > 0) {
        at = before;
        break;
      }
    }
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), at));
  return path;
}

}  // namespace

std::vector<StepId> OrderSteps(Context& context, const Workflow& workflow) {
  const size_t count = workflow.steps.size();
  std::vector<uint32_t> waiting(count, 0);
  std::vector<std::vector<StepId>> next(count);
  for (size_t i = 0; i < count; ++i) {
    waiting[i] = static_cast<uint32_t>(workflow.steps[i].after.size());
    for (const StepId before : workflow.steps[i].after) {
      next[before.index()].push_back(StepId(static_cast<uint32_t>(i)));
    }
  }
  std::priority_queue<StepId, std::vector<StepId>, std::greater<>> ready;
  for (size_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) ready.push(StepId(static_cast<uint32_t>(i)));
  }
  std::vector<StepId> order;
  while (!ready.empty()) {
    const StepId step = ready.top();
    ready.pop();
    order.push_back(step);
    for (const StepId after : next[step.index()]) {
      if (--waiting[after.index()] == 0) ready.push(after);
    }
  }
  if (order.size() == count) return order;
  const std::vector<StepId> circle = FindCircle(workflow, waiting);
  std::string told;
  for (const StepId step : circle) told += workflow.steps[step.index()].name + " after ";
  told += workflow.steps[circle[0].index()].name;
  context
      .Report(Kind::kStepCycle, workflow.steps[circle[0].index()].span,
              fmt::format("steps of {} wait for each other: {}", workflow.name, told))
      .help.emplace_back(
          "take one `after` away; a step that may run again says `on failure replans from … at most … times`");
  return {};
}

}  // namespace bylaw::sema
