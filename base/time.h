// Instants and durations of the clock, in nanoseconds; calendar dates and calendar durations apart from them.
//
// TimeNs is nanoseconds since the Unix epoch (wall clock) or since an arbitrary start (monotonic clock); DurationNs is
// a difference of two. A calendar duration (days, weeks, months, years) is not a number of nanoseconds: it compares as
// an interval of days (a month is 28 to 31).
#ifndef BYLAW_BASE_TIME_H_
#define BYLAW_BASE_TIME_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace bylaw {

using TimeNs = int64_t;
using DurationNs = int64_t;

inline constexpr DurationNs kMillisecondNs = 1'000'000;
inline constexpr DurationNs kSecondNs = 1'000 * kMillisecondNs;
inline constexpr DurationNs kMinuteNs = 60 * kSecondNs;
inline constexpr DurationNs kHourNs = 60 * kMinuteNs;
inline constexpr DurationNs kDayNs = 24 * kHourNs;
inline constexpr TimeNs kForeverNs = std::numeric_limits<int64_t>::max();
inline constexpr TimeNs kBeginningOfTimeNs = std::numeric_limits<int64_t>::min();

// a + b; the largest or the smallest duration when the sum lies beyond it.
constexpr DurationNs AddSaturating(DurationNs a, DurationNs b) {
  DurationNs sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<DurationNs>::max() : std::numeric_limits<DurationNs>::min();
}

// "45 seconds", "1 hour", "900 milliseconds", "1.5 minutes": the largest unit that says it briefly.
std::string FormatDuration(DurationNs duration);

// A civil date. Ordered by (year, month, day).
struct Date {
  int32_t year = 1970;
  int8_t month = 1;
  int8_t day = 1;
  friend auto operator<=>(const Date&, const Date&) = default;
};

// True if the date exists in the proleptic Gregorian calendar and its year is 1900 … 2200.
bool IsValidDate(Date date);
// "2026-07-10"; nothing if the text is not a valid date.
std::optional<Date> ParseDate(std::string_view text);
std::string FormatDate(Date date);
// Days since 1970-01-01 and back.
int64_t DaysFromCivil(Date date);
Date CivilFromDays(int64_t days);

enum class CalendarUnit : uint8_t { kDay, kWeek, kMonth, kYear };

struct CalendarDuration {
  int64_t count = 0;
  CalendarUnit unit = CalendarUnit::kDay;
  friend bool operator==(const CalendarDuration&, const CalendarDuration&) = default;
  // The fewest and the most days this can be: a month 28–31, a year 365–366.
  int64_t days_min() const;
  int64_t days_max() const;
};

// "30 days", "1 month", "7 years".
std::string FormatCalendarDuration(CalendarDuration duration);

}  // namespace bylaw

#endif  // BYLAW_BASE_TIME_H_
