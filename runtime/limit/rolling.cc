#include "runtime/limit/rolling.h"

#include <algorithm>
#include <utility>

#include "runtime/limit/states.h"

namespace bylaw::limit {
namespace {

constexpr uint32_t kFirstCapacity = 4;

}  // namespace

TimeNs RollingState::Earliest(const RollingRing& ring, TimeNs now, int64_t cost) {
  if (cost > quota) return kForeverNs;
  Expire(ring, now);
  int64_t over = used - (quota - cost);
  TimeNs at = now;
  for (uint32_t i = 0; over > 0; ++i) {
    const RollingEntry& entry = At(ring, i);
    over -= entry.cost;
    at = AddSaturated(entry.time, period);
  }
  return at;
}

void RollingState::Commit(RollingRing& ring, TimeNs now, int64_t cost) {
  used += cost;
  if (count != 0 && At(ring, count - 1).time >= now) {
    At(ring, count - 1).cost += cost;
    return;
  }
  if (count == capacity) MakeRoom(ring);
  At(ring, count++) = {now, cost};
}

void RollingState::Correct(const RollingRing& ring, TimeNs at, int64_t by) {
  uint32_t low = 0;
  for (uint32_t high = count; low < high;) {
    const uint32_t middle = low + (high - low) / 2;
    if (At(ring, middle).time < at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == count || At(ring, low).time != at) return;
  RollingEntry& entry = At(ring, low);
  by = std::max(by, -entry.cost);
  entry.cost += by;
  used += by;
}

void RollingState::MakeRoom(RollingRing& ring) {
  std::vector<RollingEntry> kept;
  kept.reserve(count + 1);
  for (uint32_t i = 0; i < count; ++i) {
    if (At(ring, i).cost != 0) kept.push_back(At(ring, i));
  }
  // Half empty again: enough room. Otherwise nearly every entry counts a unit or more, and the quota bounds them.
  if (kept.size() > capacity / 2 || capacity == 0) {
    capacity = std::max(kFirstCapacity, capacity * 2);
    ring = std::make_unique_for_overwrite<RollingEntry[]>(capacity);
  }
  std::copy(kept.begin(), kept.end(), ring.get());
  head = 0;
  count = static_cast<uint32_t>(kept.size());
}

RollingOutlook::RollingOutlook(const RollingState& state, const RollingRing& ring)
    : quota_(state.quota), period_(state.period), used_(state.used) {
  entries_.reserve(state.count);
  for (uint32_t i = 0; i < state.count; ++i) entries_.push_back(state.At(ring, i));
}

TimeNs RollingOutlook::Earliest(TimeNs now, int64_t cost) {
  if (cost > quota_) return kForeverNs;
  TimeNs at = now;
  int64_t used = used_;
  for (size_t i = head_; i < entries_.size(); ++i) {
    const TimeNs gone = AddSaturated(entries_[i].time, period_);
    if (gone > at && used <= quota_ - cost) break;
    used -= entries_[i].cost;
    at = std::max(at, gone);
  }
  return at;
}

void RollingOutlook::Commit(TimeNs now, int64_t cost) {
  while (head_ < entries_.size() && entries_[head_].time <= now - period_) used_ -= entries_[head_++].cost;
  entries_.push_back({now, cost});
  used_ += cost;
}

}  // namespace bylaw::limit
