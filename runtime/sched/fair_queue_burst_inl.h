// BasicFairQueue: bursts above a cap, what is paid back for them, and when that changes. Included by fair_queue_inl.h
// only.
#ifndef BYLAW_RUNTIME_SCHED_FAIR_QUEUE_BURST_INL_H_
#define BYLAW_RUNTIME_SCHED_FAIR_QUEUE_BURST_INL_H_

#include "runtime/sched/fair_queue.h"

namespace bylaw::sched {

template <class Rules>
void BasicFairQueue<Rules>::ApplyBurst(uint32_t id, const TenantOptions& options) {
  NodeDetail& detail = details_[id];
  detail.burst_ceiling = options.burst_ceiling;
  if (detail.burst) AdvanceBurst(id);
  if (uses_caps() && options.burst_ceiling > options.cap && options.burst_duration_ns > 0) {
    if (detail.burst) {
      detail.burst->Configure(options.cap, options.burst_ceiling, options.burst_duration_ns);
    } else {
      detail.burst.emplace(options.cap, options.burst_ceiling, options.burst_duration_ns, now_);
      nodes_[id].flags |= kFlagBurst;
    }
  } else if (detail.burst) {
    detail.burst.reset();
    nodes_[id].flags &= ~(kFlagBurst | kFlagBursting);
  }
  ScheduleBurst(id);
}

// Accounts for the time since the last change of at_once, at a change or at a timer.
template <class Rules>
void BasicFairQueue<Rules>::AdvanceBurst(uint32_t id) {
  BurstBucket& burst = *details_[id].burst;
  const BurstBucket::Change change = burst.Advance(nodes_[id].at_once, now_);
  if (change == BurstBucket::Change::kNothing) return;
  Emit(change == BurstBucket::Change::kPaybackBegins ? EventKind::kPaybackStarted : EventKind::kPaybackEnded, id);
  nodes_[id].cap = burst.cap_in_force();
}

template <class Rules>
void BasicFairQueue<Rules>::ScheduleBurst(uint32_t id) {
  const auto& burst = details_[id].burst;
  const TimeNs next = burst ? burst->NextChange(nodes_[id].at_once) : kForeverNs;
  auto position_of = [this](uint32_t node) -> uint32_t& { return timer_positions_[node]; };
  const uint32_t position = timer_positions_[id];
  if (next == kForeverNs) {
    if (position != kNotInHeap) timers_.Remove(position, position_of);
    return;
  }
  const HeapKey key = MakeHeapKey(OrderedTime(next), id);
  if (position == kNotInHeap) {
    timers_.Push(key, position_of);
  } else {
    timers_.Update(position, key, position_of);
  }
}

template <class Rules>
void BasicFairQueue<Rules>::RunTimers() {
  while (!timers_.empty() && timers_.top() < MakeHeapKey(OrderedTime(now_) + 1, 0)) {
    const uint32_t id = timers_.top_id();
    AdvanceBurst(id);
    ScheduleBurst(id);
    Refresh(id);
  }
}

template <class Rules>
TimeNs BasicFairQueue<Rules>::NextTimer() const {
  return timers_.empty() ? kForeverNs : details_[timers_.top_id()].burst->NextChange(nodes_[timers_.top_id()].at_once);
}

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_FAIR_QUEUE_BURST_INL_H_
