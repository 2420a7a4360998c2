// Which runs wake when: a hierarchical timing wheel with exact nanosecond times.
//
// Buckets are the digits, base 64, of a time that differs from `base_`: level = the highest digit that differs. A timer
// is moved to a lower level when the wheel reaches its bucket, at most eleven times in its life; set and cancel are
// O(1). Timers of equal times fire in the order in which they were set. An id (a small dense number) has at most one
// timer. INVARIANT(wheel-base): base_ ≤ every time set, so that a bucket's digit is at least the base's digit on its
// level. Algorithm: G. Varghese, A. Lauck, "Hashed and Hierarchical Timing Wheels" (SOSP 1987). Not thread-safe.
#ifndef BYLAW_RUNTIME_ENGINE_TIMER_WHEEL_H_
#define BYLAW_RUNTIME_ENGINE_TIMER_WHEEL_H_

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace bylaw::engine {

class TimerWheel {
 public:
  static constexpr uint32_t kNoTimer = UINT32_MAX;

  void Reserve(uint32_t ids);
  // Sets the timer of `id`, which has none. A time in the past fires at the next PopDue.
  void Set(uint32_t id, TimeNs at);
  // Takes the timer of `id` out; false if it has none.
  bool Cancel(uint32_t id);
  // The id of the earliest timer at or before `now`, taken out; kNoTimer if there is none. `now` must not go back.
  uint32_t PopDue(TimeNs now);
  // Exactly the earliest time set; kForeverNs if none is.
  TimeNs NextTime() const;
  // When the timer of `id` fires; 0 if it has none.
  TimeNs TimeOf(uint32_t id) const { return id < nodes_.size() && nodes_[id].bucket != kUnset ? nodes_[id].time : 0; }
  uint32_t size() const { return size_; }

 private:
  static constexpr int kDigitBits = 6;
  static constexpr int kLevels = 11;
  static constexpr uint32_t kSlots = 64;
  static constexpr uint16_t kUnset = UINT16_MAX;

  struct Node {
    TimeNs time = 0;
    uint32_t previous = kNoTimer;
    uint32_t next = kNoTimer;
    uint16_t bucket = kUnset;
  };
  struct Bucket {
    uint32_t head = kNoTimer;
    uint32_t tail = kNoTimer;
  };

  uint16_t BucketOf(TimeNs time) const;
  void Append(uint16_t bucket, uint32_t id);
  void Unlink(uint32_t id);
  // The first bucket in time, or kUnset.
  uint16_t FirstBucket() const;

  std::vector<Node> nodes_;
  std::array<Bucket, kLevels * kSlots> buckets_;
  std::array<uint64_t, kLevels> occupied_{};
  TimeNs base_ = 0;
  uint32_t size_ = 0;
  mutable TimeNs next_time_ = kForeverNs;
  mutable bool next_time_known_ = true;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_TIMER_WHEEL_H_
