// What a rate limit says, and what its words mean.
//
//   at most N calls per hour            kAnchored: a window opens at the first call after the last one ended; N calls
//   fit
//                                       in [begin, begin + period); the quota is back at its end
//   at most N calls per rolling hour    kRolling: in no half-open interval of one period are there more than N
//   at most N calls per calendar day    kCalendar: N in each civil day (or month) of the declared zone
//   at most N calls per second evenly   kEvenly (GCRA): each call costs period / N, exactly, not rounded; a call starts
//     [with bursts of B]                when what is owed, itself included, is at most the cost of B calls
//
// A call may cost more than one unit (tokens). It fits if its whole cost fits. One that costs more than N can never fit
// (evenly: more than N and B). Evenly, one that costs more than B starts when nothing is owed, and pays afterwards.
#ifndef BYLAW_RUNTIME_LIMIT_SPEC_H_
#define BYLAW_RUNTIME_LIMIT_SPEC_H_

#include <cstdint>

#include "absl/status/status.h"
#include "base/time.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::limit {

// The largest quota, burst and cost.
inline constexpr int64_t kUnitsMax = int64_t{1} << 40;

struct LimitSpec {
  abi::RateWindow window = abi::RateWindow::kAnchored;
  abi::CalendarPeriod calendar = abi::CalendarPeriod::kNone;  // of kCalendar
  DurationNs period_ns = 0;                                   // of the others
  int64_t quota = 0;                                          // units per period
  int64_t burst = 1;                                          // of kEvenly
  bool tokens = false;                                        // costs are estimates that are settled later
};

// What of a limit still counts, as one pair of numbers: nothing it has admitted counts from `until` on, and what counts
// is at most `units` of `quota`. In the time of its window: wall-clock time if it is a calendar window, else monotonic.
struct Counting {
  int64_t units = 0;
  TimeNs until = kBeginningOfTimeNs;
  int64_t quota = 0;
};

LimitSpec SpecOf(const abi::RateSpec& rate);

// OK, or what is wrong with it: a quota below 1 or above kUnitsMax, no period, a period above a century, or (evenly) a
// fraction period / quota whose denominator needs more than 32 bits.
absl::Status Validate(const LimitSpec& spec);

}  // namespace bylaw::limit

#endif  // BYLAW_RUNTIME_LIMIT_SPEC_H_
