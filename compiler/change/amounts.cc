#include "compiler/change/amounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "compiler/change/search.h"

namespace bylaw::change {
namespace {

void Append(const StepSide& side, int64_t budget, std::vector<int64_t>& out) {
  const plan::StepProgram& program = side.program();
  const int64_t floor = side.entry().floor_after_micros;
  if (program.calls.empty()) out.push_back(floor + program.own_cost_micros);
  for (const plan::Call& call : program.calls) {
    for (const plan::Candidate& candidate : call.candidates) out.push_back(floor + candidate.hi_micros);
  }
  for (const plan::Rung& rung : program.rungs) {
    if (!rung.is_percent) {
      out.push_back(rung.below);
    } else if (budget != abi::kUnlimitedMicros) {
      // The least `left` with left × 1,000,000 >= budget × ppm.
      const __int128 product = static_cast<__int128>(budget) * rung.below;
      out.push_back(static_cast<int64_t>((product + 999'999) / 1'000'000));
    }
  }
}

}  // namespace

std::vector<int64_t> ThresholdsOf(const StepSide& before, const StepSide& after, int64_t budget) {
  std::vector<int64_t> thresholds;
  Append(before, budget, thresholds);
  Append(after, budget, thresholds);
  return thresholds;
}

std::string AmountOrder(const StepSide& before, const StepSide& after) {
  const int64_t budget = after.record->budget_workflow_micros;
  std::vector<int64_t> thresholds = ThresholdsOf(before, after, budget);
  thresholds.push_back(budget);
  thresholds.push_back(0);
  std::vector<uint32_t> order(thresholds.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return thresholds[a] < thresholds[b]; });
  std::string text;
  for (size_t i = 0; i < order.size(); ++i) {
    const bool equal = i > 0 && thresholds[order[i]] == thresholds[order[i - 1]];
    text += fmt::format("{}{}", equal ? '=' : ' ', order[i]);
  }
  return text;
}

}  // namespace bylaw::change
