// "bursting to 75 for 10 minutes": a bucket of slot time that bursts drain and idleness refills.
//
// Holds (ceiling − cap) × duration of slot time when full. Drains by n − K while n > K, refills by K − n while n < K.
// When it runs dry the cap becomes K − (ceiling − K), never below 1, until the bucket is full again: what was borrowed
// is paid back at the rate at which it was borrowed. Turns already running are never stopped, so the level may fall
// below zero; that is repaid too. Not thread-safe; time comes in as an argument and never goes back.
#ifndef BYLAW_RUNTIME_SCHED_BURST_BUCKET_H_
#define BYLAW_RUNTIME_SCHED_BURST_BUCKET_H_

#include <cstdint>

#include "base/time.h"

namespace bylaw::sched {

class BurstBucket {
 public:
  enum class Change : uint8_t { kNothing, kPaybackBegins, kPaybackEnds };

  // ceiling > cap ≥ 1, duration > 0. Starts full at `now`.
  BurstBucket(uint32_t cap, uint32_t ceiling, DurationNs duration, TimeNs now);

  // New numbers, the same debt: what was drained and not refilled yet stays owed.
  void Configure(uint32_t cap, uint32_t ceiling, DurationNs duration);

  // Accounts for [last call, now], during which `at_once` workflows ran.
  Change Advance(uint32_t at_once, TimeNs now);

  // When the bucket runs dry or is full again if `at_once` stays as it is; kForeverNs: never.
  TimeNs NextChange(uint32_t at_once) const;

  bool paying_back() const { return paying_back_; }
  // How many may run at once without bursting, and with it.
  uint32_t cap_in_force() const;
  uint32_t ceiling_in_force() const { return paying_back_ ? cap_in_force() : ceiling_; }
  // Slot time left to burst with, in slot-nanoseconds.
  int64_t level() const { return level_; }
  int64_t capacity() const { return capacity_; }

 private:
  uint32_t cap_;
  uint32_t ceiling_;
  int64_t capacity_;
  int64_t level_;
  TimeNs updated_at_;
  bool paying_back_ = false;
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_BURST_BUCKET_H_
