// The limits of spec.h by brute force, for tests: everything admitted so far is kept, and each question is answered
// from the whole history by the definition of the window. Independent of the state machines it is compared with.
#ifndef BYLAW_RUNTIME_LIMIT_LIMIT_MODEL_H_
#define BYLAW_RUNTIME_LIMIT_LIMIT_MODEL_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "runtime/limit/spec.h"

namespace bylaw::limit {

// Calendar windows of a made-up calendar, seven and ten units long in turn.
inline TimeNs UnevenWindowEnd(abi::CalendarPeriod, TimeNs wall) {
  const TimeNs week = (wall >= 0 ? wall : wall - 16) / 17 * 17;
  return wall - week < 7 ? week + 7 : week + 17;
}

struct LimitModel {
  struct Call {
    TimeNs time;
    int64_t cost;
  };
  LimitSpec spec;
  std::vector<Call> calls;

  bool Fits(TimeNs now, int64_t cost) const {
    switch (spec.window) {
      case abi::RateWindow::kAnchored:
        return FitsAnchored(now, cost);
      case abi::RateWindow::kCalendar:
        return FitsCalendar(now, cost);
      case abi::RateWindow::kRolling:
        return FitsRolling(now, cost);
      case abi::RateWindow::kEvenly:
        return FitsEvenly(now, cost);
    }
    BYLAW_UNREACHABLE("a window outside the enumeration");
  }
  // By trying every instant; kForeverNs if none until `horizon` will do.
  TimeNs Earliest(TimeNs now, int64_t cost, TimeNs horizon) const {
    for (TimeNs at = now; at <= horizon; ++at) {
      if (Fits(at, cost)) return at;
    }
    return kForeverNs;
  }

 private:
  bool FitsAnchored(TimeNs now, int64_t cost) const {
    bool open = false;
    TimeNs begin = 0;
    int64_t used = 0;
    for (const Call& call : calls) {
      if (!open || call.time - begin >= spec.period_ns) {
        open = true;
        begin = call.time;
        used = 0;
      }
      used += call.cost;
    }
    if (!open || now - begin >= spec.period_ns) return cost <= spec.quota;
    return used + cost <= spec.quota;
  }
  bool FitsCalendar(TimeNs now, int64_t cost) const {
    int64_t used = 0;
    for (const Call& call : calls) {
      if (UnevenWindowEnd(spec.calendar, call.time) == UnevenWindowEnd(spec.calendar, now)) used += call.cost;
    }
    return used + cost <= spec.quota;
  }
  bool FitsRolling(TimeNs now, int64_t cost) const {
    int64_t used = 0;
    for (const Call& call : calls) used += now - call.time < spec.period_ns ? call.cost : 0;
    return used + cost <= spec.quota;
  }
  // A bucket that holds what is owed, in units of 1 / period: it drains `quota` of them a nanosecond.
  bool FitsEvenly(TimeNs now, int64_t cost) const {
    if (cost > std::max(spec.quota, spec.burst)) return false;
    __int128 owed = 0;
    TimeNs last = 0;
    for (const Call& call : calls) {
      owed = std::max<__int128>(0, owed - static_cast<__int128>(call.time - last) * spec.quota);
      owed += static_cast<__int128>(call.cost) * spec.period_ns;
      last = call.time;
    }
    owed = std::max<__int128>(0, owed - static_cast<__int128>(now - last) * spec.quota);
    return owed + static_cast<__int128>(cost) * spec.period_ns <=
           static_cast<__int128>(std::max(spec.burst, cost)) * spec.period_ns;
  }
};

}  // namespace bylaw::limit

#endif  // BYLAW_RUNTIME_LIMIT_LIMIT_MODEL_H_
