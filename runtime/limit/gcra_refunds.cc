#include "runtime/limit/gcra_refunds.h"

namespace bylaw::limit {

void GcraRefunds::Observe(const GcraState& state, TimeNs now) {
  if (state.debt_end < now || (state.debt_end == now && state.debt_end_part == 0)) {
    horizon_ = now;
    minima_.clear();
    return;
  }
  if (now == horizon_ || (!minima_.empty() && minima_.back().time == now)) return;
  const GcraState::Span owed = {state.debt_end - now, state.debt_end_part};
  while (!minima_.empty() && minima_.back().owed >= owed) minima_.pop_back();
  if (minima_.size() == kMinimaMax) {
    horizon_ = minima_.front().time;
    minima_.erase(minima_.begin());
  }
  minima_.push_back({now, owed});
}

void GcraRefunds::Refund(GcraState& state, TimeNs at, int64_t units) {
  if (at < horizon_) return;
  GcraState::Span refund = state.CostOf(units);
  for (Minimum& minimum : minima_) {
    if (minimum.time <= at) continue;
    if (refund >= minimum.owed) refund = minimum.owed;
    minimum.owed = state.Less(minimum.owed, refund);
  }
  state.Forgive(refund);
}

}  // namespace bylaw::limit
