#include "runtime/limit/spec.h"

#include <fmt/format.h>

#include <numeric>

namespace bylaw::limit {
namespace {

constexpr DurationNs kPeriodMax = 100 * 366 * kDayNs;

bool InRange(int64_t units) { return units >= 1 && units <= kUnitsMax; }

}  // namespace

LimitSpec SpecOf(const abi::RateSpec& rate) {
  return {.window = rate.window,
          .calendar = rate.calendar,
          .period_ns = rate.window_ns,
          .quota = rate.amount,
          .burst = rate.burst,
          .tokens = rate.tokens};
}

absl::Status Validate(const LimitSpec& spec) {
  if (!InRange(spec.quota)) {
    return absl::InvalidArgumentError(fmt::format("a quota of {} is not between 1 and {}", spec.quota, kUnitsMax));
  }
  if (spec.window == abi::RateWindow::kCalendar) {
    if (spec.calendar == abi::CalendarPeriod::kNone) return absl::InvalidArgumentError("no calendar period");
    return absl::OkStatus();
  }
  if (spec.period_ns < 1 || spec.period_ns > kPeriodMax) {
    return absl::InvalidArgumentError(fmt::format("a period of {} ns is out of range", spec.period_ns));
  }
  if (spec.window != abi::RateWindow::kEvenly) return absl::OkStatus();
  if (!InRange(spec.burst)) {
    return absl::InvalidArgumentError(fmt::format("a burst of {} is not between 1 and {}", spec.burst, kUnitsMax));
  }
  if (spec.quota / std::gcd(spec.quota, spec.period_ns) > INT64_C(0xFFFF'FFFF)) {
    return absl::InvalidArgumentError(
        fmt::format("{} per {} ns is too fine to be paced exactly", spec.quota, spec.period_ns));
  }
  return absl::OkStatus();
}

}  // namespace bylaw::limit
