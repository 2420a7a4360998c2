// The simulator's own account of a tenant's slots: caps, bursts and their pay-back, the urgent lane's share.
#ifndef BYLAW_TESTS_SIM_SLOTS_H_
#define BYLAW_TESTS_SIM_SLOTS_H_

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "tests/sim/world.h"

namespace bylaw::sim {

// A bucket of slot time: drained by what runs above the cap, refilled by what the cap has idle. Once dry, the cap is
// lowered by as much as the burst was, never below 1, until the bucket is full again.
class BurstAccount {
 public:
  void SetTerms(const TenantTerms& terms, uint32_t at_once, TimeNs now) {
    Advance(at_once, now);
    const bool bursts = terms.burst_to > terms.cap && terms.burst_for > 0 && terms.cap != abi::kUnlimited;
    const __int128 capacity = bursts ? __int128{terms.burst_to - terms.cap} * terms.burst_for : 0;
    level_ = bursts_ ? capacity - (capacity_ - level_) : capacity;
    if (!bursts || !bursts_) paying_ = false;
    bursts_ = bursts;
    capacity_ = capacity;
    cap_ = terms.cap;
    ceiling_ = terms.burst_to;
    at_ = now;
  }
  // To be called before `at_once` changes, and before anything is asked.
  void Advance(uint32_t at_once, TimeNs now) {
    if (!bursts_) return;
    level_ = std::min(capacity_, level_ + (__int128{cap_} - at_once) * (now - at_));
    at_ = now;
    if (!paying_ && level_ <= 0) {
      paying_ = true;
    } else if (paying_ && level_ >= capacity_) {
      paying_ = false;
    }
  }
  uint32_t cap() const {
    if (!paying_) return cap_;
    const uint32_t back = ceiling_ - cap_;
    return cap_ > back ? cap_ - back : 1;
  }
  // What it may reach while nobody under its cap waits.
  uint32_t ceiling() const { return bursts_ && !paying_ ? ceiling_ : cap(); }

 private:
  bool bursts_ = false, paying_ = false;
  uint32_t cap_ = abi::kUnlimited, ceiling_ = 0;
  __int128 capacity_ = 0, level_ = 0;
  TimeNs at_ = 0;
};

}  // namespace bylaw::sim

#endif  // BYLAW_TESTS_SIM_SLOTS_H_
