#include "runtime/sched/burst_bucket.h"

#include <algorithm>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"

namespace bylaw::sched {
namespace {

// Far beyond any real burst; keeps products inside 64 bits.
constexpr int64_t kCapacityMax = int64_t{1} << 61;

int64_t Capacity(uint32_t cap, uint32_t ceiling, DurationNs duration) {
  const __int128 exact = static_cast<__int128>(ceiling - cap) * duration;
  return static_cast<int64_t>(std::min<__int128>(exact, kCapacityMax));
}

}  // namespace

BurstBucket::BurstBucket(uint32_t cap, uint32_t ceiling, DurationNs duration, TimeNs now)
    : cap_(cap), ceiling_(ceiling), capacity_(Capacity(cap, ceiling, duration)), level_(capacity_), updated_at_(now) {
  BYLAW_CHECK(cap >= 1 && ceiling > cap && duration > 0, "a burst has a ceiling above its cap and a duration");
}

void BurstBucket::Configure(uint32_t cap, uint32_t ceiling, DurationNs duration) {
  BYLAW_CHECK(cap >= 1 && ceiling > cap && duration > 0, "a burst has a ceiling above its cap and a duration");
  const int64_t owed = capacity_ - level_;
  cap_ = cap;
  ceiling_ = ceiling;
  capacity_ = Capacity(cap, ceiling, duration);
  level_ = capacity_ - owed;
}

BurstBucket::Change BurstBucket::Advance(uint32_t at_once, TimeNs now) {
  const int64_t elapsed = std::max<int64_t>(now - updated_at_, 0);
  const bool drains = !abi::Planted(abi::PlantedBug::kBurstNeverDrains);
  const __int128 flow = at_once <= cap_ || drains ? (static_cast<__int128>(cap_) - at_once) * elapsed : 0;
  const __int128 level = std::clamp<__int128>(level_ + flow, -static_cast<__int128>(kCapacityMax), capacity_);
  level_ = static_cast<int64_t>(level);
  updated_at_ = std::max(updated_at_, now);
  if (!paying_back_ && level_ <= 0) {
    paying_back_ = true;
    return Change::kPaybackBegins;
  }
  if (paying_back_ && level_ >= capacity_) {
    paying_back_ = false;
    return Change::kPaybackEnds;
  }
  return Change::kNothing;
}

TimeNs BurstBucket::NextChange(uint32_t at_once) const {
  const int64_t flow = static_cast<int64_t>(cap_) - at_once;
  if (!paying_back_ && flow < 0) return updated_at_ + (std::max<int64_t>(level_, 0) - flow - 1) / -flow;
  if (paying_back_ && flow > 0) return updated_at_ + (capacity_ - level_ + flow - 1) / flow;
  return kForeverNs;
}

uint32_t BurstBucket::cap_in_force() const {
  if (!paying_back_ || abi::Planted(abi::PlantedBug::kPaybackIgnored)) return cap_;
  const uint32_t payback = ceiling_ - cap_;
  return cap_ > payback ? cap_ - payback : 1;
}

}  // namespace bylaw::sched
