#include "base/clock.h"

#include <chrono>

#include "base/check.h"

namespace bylaw {

TimeNs SystemClock::WallNow() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

TimeNs SystemClock::MonotonicNow() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void SimulatedClock::AdvanceTo(TimeNs monotonic) {
  BYLAW_CHECK(monotonic >= elapsed_, "a simulated clock never goes back");
  elapsed_ = monotonic;
}

}  // namespace bylaw
