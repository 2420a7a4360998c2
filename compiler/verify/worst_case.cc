#include "compiler/verify/worst_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "compiler/verify/words.h"

namespace bylaw::verify {

Bounds BoundsOf(const sema::Workflow& workflow) {
  Bounds bounds;
  for (const sema::Step& step : workflow.steps) {
    bounds.retries.push_back(step.retries.has_value() ? step.retries->value : 0);
    bounds.replans.push_back(step.replans.has_value() && step.replan_target.valid() ? step.replans->value : 0);
  }
  return bounds;
}

std::vector<int64_t> AttemptsAtMost(const sema::Workflow& workflow, const WorkFacts& work, const Bounds& bounds) {
  // By position in the order: how many more visits begin there than before it.
  std::vector<__int128> more(workflow.steps.size() + 1, 0);
  for (size_t s = 0; s < workflow.steps.size(); ++s) {
    if (bounds.replans[s] == 0) continue;
    const uint32_t target = work.position[workflow.steps[s].replan_target.index()];
    if (target > work.position[s]) continue;
    more[target] += bounds.replans[s];
    more[work.position[s] + 1] -= bounds.replans[s];
  }
  std::vector<int64_t> attempts(workflow.steps.size());
  __int128 visits = 1;
  for (size_t position = 0; position < workflow.order.size(); ++position) {
    const size_t step = workflow.order[position].index();
    visits += more[position];
    const auto capped = static_cast<int64_t>(std::min<__int128>(visits, std::numeric_limits<int64_t>::max()));
    attempts[step] = SaturatingMultiply(capped, SaturatingAdd(1, bounds.retries[step]));
  }
  return attempts;
}

int64_t WorstCaseMicros(const sema::Workflow& workflow, const WorkFacts& work, const Bounds& bounds) {
  const std::vector<int64_t> attempts = AttemptsAtMost(workflow, work, bounds);
  int64_t total = 0;
  for (size_t i = 0; i < attempts.size(); ++i) {
    total = SaturatingAdd(total, SaturatingMultiply(attempts[i], work.steps[i].base_hi_micros));
  }
  return total;
}

std::string WorstCaseTrace(const sema::Program& program, const sema::Workflow& workflow, const WorkFacts& work) {
  const Bounds bounds = BoundsOf(workflow);
  const std::vector<int64_t> attempts = AttemptsAtMost(workflow, work, bounds);
  std::string trace;
  size_t terms = 0;
  for (const StepId step : workflow.order) {
    const int64_t hi = work.steps[step.index()].base_hi_micros;
    if (hi == 0 || ++terms > kStepsNamedMax) continue;
    if (!trace.empty()) trace += " + ";
    if (attempts[step.index()] > 1) trace += fmt::format("{} x ", attempts[step.index()]);
    trace += BareMoneyText(program, hi);
  }
  if (terms > kStepsNamedMax) trace += fmt::format(" + {} more steps", GroupedText(terms - kStepsNamedMax));
  return fmt::format("{} = {}", trace, MoneyText(program, WorstCaseMicros(workflow, work, bounds)));
}

std::vector<TraceAttempt> DearestRun(const sema::Workflow& workflow, const WorkFacts& work, size_t limit) {
  Bounds left = BoundsOf(workflow);
  const Bounds bounds = left;
  std::vector<TraceAttempt> run;
  for (size_t position = 0; position < workflow.order.size();) {
    const StepId step = workflow.order[position];
    for (int64_t attempt = 0; attempt <= bounds.retries[step.index()]; ++attempt) {
      if (run.size() == limit) return run;
      run.push_back({step, static_cast<uint32_t>(attempt + 1)});
    }
    if (left.replans[step.index()] > 0) {
      --left.replans[step.index()];
      position = work.position[workflow.steps[step.index()].replan_target.index()];
    } else {
      ++position;
    }
  }
  return run;
}

}  // namespace bylaw::verify
