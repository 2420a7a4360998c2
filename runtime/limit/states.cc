#include "runtime/limit/states.h"

#include <numeric>

#include "runtime/abi/planted_bug.h"

namespace bylaw::limit {

GcraState GcraState::Of(const LimitSpec& spec) {
  const int64_t divisor = std::gcd(spec.quota, spec.period_ns);
  const int64_t period = spec.period_ns / divisor;
  GcraState state{};
  state.cost_max = std::max(spec.quota, spec.burst);
  state.parts = static_cast<uint32_t>(spec.quota / divisor);
  state.step = period / state.parts;
  state.step_part = static_cast<uint32_t>(period % state.parts);
  state.debt_end = kBeginningOfTimeNs / 2;
  const int64_t burst = spec.burst + (abi::Planted(abi::PlantedBug::kBurstPlusOne) ? 1 : 0);
  const Span ahead = burst > 1 ? state.CostOf(burst - 1) : Span{0, 0};
  state.ahead = ahead.whole;
  state.ahead_part = ahead.part;
  return state;
}

}  // namespace bylaw::limit
