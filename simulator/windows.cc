// Simulation: how each tenant used its time, as a whole and window by window.
#include <algorithm>

#include "simulator/simulation.h"

namespace bylaw::simulator {

Window* Simulation::WindowAt(TenantResult& result, TimeNs at) {
  if (result_.window_ns == 0) return nullptr;
  const auto index = static_cast<size_t>(at / result_.window_ns);
  if (index >= size_t{2} * scenario_.windows) return nullptr;
  if (index >= result.windows.size()) result.windows.resize(index + 1);
  return &result.windows[index];
}

void Simulation::AccountFor(TenantWatch& watch) {
  const TimeNs from = watch.since, until = Now();
  watch.since = until;
  const bool active = watch.at_once > 0 || watch.waiting > 0;
  if (until == from || !active) return;
  const DurationNs lasted = until - from;
  const bool at_cap = watch.at_once >= watch.cap;
  TenantResult& result = result_.tenants[watch.tenant_result];
  watch.active_ns += lasted;
  watch.at_once_ns += lasted * watch.at_once;
  if (at_cap) watch.at_cap_ns += lasted;
  const double queued_s = static_cast<double>(lasted) * watch.waiting * 1e-9;
  (at_cap ? result.queued_at_cap_seconds : result.queued_for_slots_seconds) += queued_s;
  for (TimeNs at = from; at < until;) {
    Window* const window = WindowAt(result, at);
    if (window == nullptr) return;
    const TimeNs end = std::min(until, (at / result_.window_ns + 1) * result_.window_ns);
    window->slot_ns += (end - at) * watch.serving;
    window->at_once_ns += (end - at) * watch.at_once;
    window->waiting_ns += (end - at) * watch.waiting;
    if (watch.waiting > 0) window->backlogged_ns += end - at;
    at = end;
  }
}

void Simulation::NoteState(TenantWatch& watch, const sched::NodeCounters& counters) {
  AccountFor(watch);
  watch.at_once = counters.at_once;
  watch.waiting = counters.waiting;
  watch.cap = counters.cap;
}

void Simulation::NoteCost(const SimRun& run, const abi::Decision& decision, int64_t cost, engine::Outcome outcome) {
  if (outcome == engine::Outcome::kNotSent) return;
  TenantResult& result = result_.tenants[run.result];
  ++result.attempts;
  result.overruns += cost > decision.reserved_micros;
  if (Window* const window = WindowAt(result, Now())) window->spent_micros += cost;
}

void Simulation::ConcludeShared() {
  const auto samples = static_cast<double>(std::max<size_t>(1, result_.samples.size()));
  for (uint32_t pool = 0; pool < image_->pools.size(); ++pool) {
    result_.pools.push_back({.pool = PoolId(pool),
                             .busy = static_cast<double>(busy_[pool]) / samples,
                             .full = static_cast<double>(full_[pool]) / samples});
  }
  for (uint32_t i = 0; i < image_->reviewers.size(); ++i) {
    result_.reviewers.push_back(
        {.reviewers = ReviewersId(i), .asked = desks_[i].asked(), .waiting_max = desks_[i].waiting_max()});
  }
}

}  // namespace bylaw::simulator
