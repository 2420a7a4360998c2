#include "runtime/limit/calendar.h"

#include <fmt/format.h>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "base/check.h"

namespace bylaw::limit {

absl::StatusOr<ZoneCalendar> ZoneCalendar::Create(std::string_view zone) {
  absl::TimeZone loaded;
  if (!absl::LoadTimeZone(absl::string_view(zone.data(), zone.size()), &loaded)) {
    return absl::NotFoundError(fmt::format("this machine does not know the time zone \"{}\"", zone));
  }
  return ZoneCalendar(loaded);
}

TimeNs ZoneCalendar::EndOf(abi::CalendarPeriod period, TimeNs wall) const {
  const absl::Time time = absl::FromUnixNanos(wall);
  switch (period) {
    case abi::CalendarPeriod::kDay:
      return absl::ToUnixNanos(absl::FromCivil(absl::ToCivilDay(time, zone_) + 1, zone_));
    case abi::CalendarPeriod::kMonth:
      return absl::ToUnixNanos(absl::FromCivil(absl::ToCivilMonth(time, zone_) + 1, zone_));
    case abi::CalendarPeriod::kNone:
      break;
  }
  BYLAW_UNREACHABLE("a calendar window without a period");
}

int32_t ZoneCalendar::MonthOf(TimeNs wall) const {
  const absl::CivilMonth month = absl::ToCivilMonth(absl::FromUnixNanos(wall), zone_);
  return static_cast<int32_t>(month.year() * 12 + month.month() - 1);
}

}  // namespace bylaw::limit
