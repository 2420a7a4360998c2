#include "compiler/plan/window.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace bylaw::plan {
namespace {

bool OnDay(const Window& window, absl::CivilDay day) {
  const uint8_t weekday = static_cast<uint8_t>(absl::GetWeekday(day));  // Monday is 0
  return window.first_day <= window.last_day ? window.first_day <= weekday && weekday <= window.last_day
                                             : weekday >= window.first_day || weekday <= window.last_day;
}

}  // namespace

TimeNs NextOpen(const Window& window, std::string_view time_zone, TimeNs now) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(absl::string_view(time_zone.data(), time_zone.size()), &zone)) zone = absl::UTCTimeZone();
  const absl::Time at = absl::FromUnixNanos(now);
  const absl::CivilDay today = absl::ToCivilDay(at, zone);
  const bool over_midnight = window.to_minute <= window.from_minute;
  // Yesterday's window may still be open; within eight days every weekday has come.
  for (absl::CivilDay day = today - 1; day <= today + 8; ++day) {
    if (!OnDay(window, day)) continue;
    const absl::CivilMinute midnight(day);
    const absl::Time open = absl::FromCivil(midnight + window.from_minute, zone);
    const absl::Time close = absl::FromCivil(midnight + window.to_minute + (over_midnight ? 24 * 60 : 0), zone);
    if (at >= close) continue;
    return at >= open ? now : absl::ToUnixNanos(open);
  }
  return kForeverNs;
}

}  // namespace bylaw::plan
