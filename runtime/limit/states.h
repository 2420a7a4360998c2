// The state machines behind the limits: pure arithmetic on small plain values, one for each kind of window.
//
// Each has   Earliest(now, cost)  the first instant ≥ now at which the cost fits if nothing else happens: now itself if
//                                 it fits now, kForeverNs if it never will
//            Commit(now, cost)    takes it; only at an instant at which it fits
// `now` must not go back. Costs are ≥ 1. The meaning of each kind is in spec.h. Not thread-safe.
#ifndef BYLAW_RUNTIME_LIMIT_STATES_H_
#define BYLAW_RUNTIME_LIMIT_STATES_H_

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/time.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/limit/spec.h"

namespace bylaw::limit {

inline TimeNs AddSaturated(TimeNs time, DurationNs by) { return time > kForeverNs - by ? kForeverNs : time + by; }

// A window that opens with a commit and forgets everything at its end; anchored and calendar limits. Calendar limits
// count in wall-clock time.
struct WindowState {
  int64_t quota;
  DurationNs period;
  TimeNs end;    // exclusive; no window is open from then on
  TimeNs begin;  // monotonic, whatever the time base of `end`
  int64_t used;

  TimeNs Earliest(TimeNs now, int64_t cost) const {
    if (cost > quota) return kForeverNs;
    return IsOver(now) || cost <= quota - used ? now : end;
  }
  bool IsOver(TimeNs now) const {
    if (now >= end) return true;
    if (abi::Planted(abi::PlantedBug::kWindowEndsEarly)) return now >= end - period / 4;
    return abi::Planted(abi::PlantedBug::kCalendarReopens) && period == 0 && end - now > kDayNs;
  }
  // Opens a window that ends at new_end(now) unless one is open.
  template <typename NewEnd>
  void Commit(TimeNs now, TimeNs monotonic_now, int64_t cost, NewEnd new_end) {
    if (IsOver(now)) {
      end = new_end(now);
      begin = monotonic_now;
      used = 0;
    }
    used += cost;
  }
  // A cost reserved at monotonic time `at` was `by` more (less, if negative). Only the window it was reserved in cares.
  void Correct(TimeNs at, int64_t by) {
    if (at >= begin) used = std::max<int64_t>(0, used + by);
  }
};

// The generic cell rate algorithm (ITU-T I.371), in exact rational time: `debt_end` (the theoretical arrival time) is a
// whole number of nanoseconds and `debt_end_part` / `parts` of one more.
struct GcraState {
  int64_t cost_max;
  DurationNs step;     // of one unit: period / quota
  DurationNs ahead;    // what may be owed when a call of one unit comes: burst − 1 units
  TimeNs debt_end;     // when everything owed is paid
  uint32_t parts;      // of a nanosecond: the reduced denominator of period / quota
  uint32_t step_part;  // < parts, as all parts
  uint32_t ahead_part;
  uint32_t debt_end_part;

  struct Span {
    DurationNs whole;
    uint32_t part;
    friend auto operator<=>(const Span&, const Span&) = default;
  };

  static GcraState Of(const LimitSpec& spec);
  // The same limit, whatever is owed.
  bool SameNumbers(const GcraState& other) const {
    return cost_max == other.cost_max && CostOf(1) == other.CostOf(1) && parts == other.parts && ahead == other.ahead &&
           ahead_part == other.ahead_part;
  }
  // A call of one unit, which is nearly every call, fits now.
  bool FitsOne(TimeNs now) const {
    const DurationNs owed = debt_end - now;
    return owed < ahead || (owed == ahead && debt_end_part <= ahead_part);
  }
  Span CostOf(int64_t units) const {
    if (units == 1) return {step, step_part};
    const __int128 part = static_cast<__int128>(units) * step_part;
    const __int128 whole = static_cast<__int128>(units) * step + part / parts;
    if (whole > kForeverNs / 2) return {kForeverNs / 2, 0};
    return {static_cast<DurationNs>(whole), static_cast<uint32_t>(part % parts)};
  }

  TimeNs Earliest(TimeNs now, int64_t cost) const {
    if (cost > cost_max) return kForeverNs;
    const Span may_be_owed = Ahead(cost);
    TimeNs at = debt_end - may_be_owed.whole;
    int64_t part = int64_t{debt_end_part} - may_be_owed.part;
    if (part < 0) {
      part += parts;
      --at;
    }
    return std::max(now, at + (part > 0));  // up to a whole nanosecond
  }
  void Commit(TimeNs now, int64_t cost) {
    // Whether anything is still owed is a coin that no branch predictor knows: arithmetic, not a jump.
    const uint32_t owes = debt_end >= now;
    debt_end = std::max(debt_end, now);
    debt_end_part *= owes;
    Owe(CostOf(cost));
  }
  // What may be owed when a call of so many units comes: nothing, if it is more than the burst.
  Span Ahead(int64_t units) const {
    if (units == 1) return {ahead, ahead_part};
    const Span others = CostOf(units - 1), all{ahead, ahead_part};
    return others < all ? Less(all, others) : Span{0, 0};
  }
  void Owe(Span more) {
    debt_end = AddSaturated(debt_end, more.whole);
    const uint64_t part = uint64_t{debt_end_part} + more.part;
    debt_end += part >= parts && debt_end != kForeverNs;
    debt_end_part = static_cast<uint32_t>(part >= parts ? part - parts : part);
  }
  // a − b, b ≤ a.
  Span Less(Span a, Span b) const {
    const bool borrow = a.part < b.part;
    return {a.whole - b.whole - borrow, borrow ? a.part + (parts - b.part) : a.part - b.part};
  }
  void Forgive(Span less) {
    const Span left = Less({debt_end, debt_end_part}, less);
    debt_end = left.whole;
    debt_end_part = left.part;
  }
};

}  // namespace bylaw::limit

#endif  // BYLAW_RUNTIME_LIMIT_STATES_H_
