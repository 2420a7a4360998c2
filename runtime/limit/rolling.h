// An exact rolling window: the times and costs of everything that may still count, in a ring.
//
// Calls at one instant share an entry, so that entries are as many as distinct instants in one period, and at most as
// many as the quota has units (entries settled to nothing are dropped before the ring would outgrow that). The ring
// doubles when it is full: no allocation once it has grown to what the limit needs. Not thread-safe.
#ifndef BYLAW_RUNTIME_LIMIT_ROLLING_H_
#define BYLAW_RUNTIME_LIMIT_ROLLING_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "runtime/abi/planted_bug.h"

namespace bylaw::limit {

struct RollingEntry {
  TimeNs time;
  int64_t cost;
};
using RollingRing = std::unique_ptr<RollingEntry[]>;

// The counters of a rolling window; its ring is kept beside it (LimiterTable's slots are one cache line).
struct RollingState {
  int64_t quota;
  DurationNs period;
  int64_t used;  // sum of the entries' costs
  uint32_t head;
  uint32_t count;
  uint32_t capacity;  // 0 or a power of two

  RollingEntry& At(const RollingRing& ring, uint32_t i) const { return ring[(head + i) & (capacity - 1)]; }
  // Drops what no longer counts at `now`.
  void Expire(const RollingRing& ring, TimeNs now) {
    const DurationNs kept = abi::Planted(abi::PlantedBug::kRollingForgets) ? period / 2 : period;
    while (count != 0 && At(ring, 0).time <= now - kept) {
      used -= At(ring, 0).cost;
      head = (head + 1) & (capacity - 1);
      --count;
    }
  }
  TimeNs Earliest(const RollingRing& ring, TimeNs now, int64_t cost);
  void Commit(RollingRing& ring, TimeNs now, int64_t cost);
  // A cost reserved at `at` was `by` more (less, if negative). What has expired is left alone.
  void Correct(const RollingRing& ring, TimeNs at, int64_t by);

 private:
  void MakeRoom(RollingRing& ring);
};

// A copy to think ahead with: the same window if the waiting calls before this one go first. For refusals only.
class RollingOutlook {
 public:
  RollingOutlook(const RollingState& state, const RollingRing& ring);
  TimeNs Earliest(TimeNs now, int64_t cost);
  void Commit(TimeNs now, int64_t cost);

 private:
  int64_t quota_;
  DurationNs period_;
  int64_t used_;
  size_t head_ = 0;
  std::vector<RollingEntry> entries_;
};

}  // namespace bylaw::limit

#endif  // BYLAW_RUNTIME_LIMIT_ROLLING_H_
