// The order of execution: topological, then file order.
#include <fmt/format.h>

#include <algorithm>
#include <queue>

#include "compiler/sema/work.h"

namespace bylaw::sema {
namespace {

void ReportCircle(Context& context, const Workflow& workflow, const std::vector<StepId>& circle) {
  const Step& first = workflow.steps[circle.front().index()];
  std::string told;
  for (const StepId member : circle) told += workflow.steps[member.index()].name + " after ";
  told += first.name;
  context
      .Report(Kind::kStepCycle, first.span,
              circle.size() == 1 ? fmt::format("step {} of {} waits for itself", first.name, workflow.name)
                                 : fmt::format("steps of {} wait for each other: {}", workflow.name, told))
      .help.emplace_back(
          "take one `after` away; a step that may run again says `on failure replans from … at most … times`");
}

void ReportUnreachable(Context& context, const Workflow& workflow, StepId step, StepId waits_for) {
  diag::Diagnostic& diagnostic =
      context.Report(Kind::kUnreachableStep, workflow.steps[step.index()].span,
                     fmt::format("step {} of {} is never reached", workflow.steps[step.index()].name, workflow.name));
  diagnostic.notes.push_back(
      {"note", "it waits for this step, which can never start", workflow.steps[waits_for.index()].span});
  diagnostic.help.emplace_back("break the circle, or let this step come after one that can start");
}

// Each circle, and each step that waits for one: none of them ever starts. `waiting[s] > 0` where s could not be
// ordered. Every step is visited once: from it back along its first predecessor that waits, until a circle closes or
// a step is met whose fate is known.
void ReportWaiting(Context& context, const Workflow& workflow, const std::vector<uint32_t>& waiting) {
  enum class State : uint8_t { kUnseen, kOnPath, kKnown };
  std::vector<State> states(waiting.size(), State::kUnseen);
  for (uint32_t i = 0; i < waiting.size(); ++i) {
    if (waiting[i] == 0 || states[i] != State::kUnseen) continue;
    std::vector<StepId> path;
    StepId at(i);
    while (states[at.index()] == State::kUnseen) {
      states[at.index()] = State::kOnPath;
      path.push_back(at);
      const std::vector<StepId>& after = workflow.steps[at.index()].after;
      at = *std::find_if(after.begin(), after.end(), [&](StepId before) { return waiting[before.index()] > 0; });
    }
    auto closes = path.end();
    if (states[at.index()] == State::kOnPath) {
      closes = std::find(path.begin(), path.end(), at);
      ReportCircle(context, workflow, {closes, path.end()});
    }
    for (auto it = path.begin(); it != closes; ++it) {
      ReportUnreachable(context, workflow, *it, std::next(it) == path.end() ? at : *std::next(it));
    }
    for (const StepId step : path) states[step.index()] = State::kKnown;
  }
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
  ReportWaiting(context, workflow, waiting);
  return {};
}

}  // namespace bylaw::sema
