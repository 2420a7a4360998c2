// Where calendar windows and months end in a declared time zone.
//
// Civil time by absl::TimeZone: a day is from one local midnight to the next, 23 to 25 hours long where clocks are
// changed. A copy is cheap. Thread-safe.
#ifndef BYLAW_RUNTIME_LIMIT_CALENDAR_H_
#define BYLAW_RUNTIME_LIMIT_CALENDAR_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/time.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::limit {

class ZoneCalendar {
 public:
  ZoneCalendar() : zone_(absl::UTCTimeZone()) {}
  // "Europe/Berlin"; fails if this machine does not know the zone.
  static absl::StatusOr<ZoneCalendar> Create(std::string_view zone);

  // The first instant after the civil day or month that contains the wall-clock instant `wall`.
  TimeNs EndOf(abi::CalendarPeriod period, TimeNs wall) const;
  // Months since January of year 0: grows by one a month.
  int32_t MonthOf(TimeNs wall) const;

 private:
  explicit ZoneCalendar(absl::TimeZone zone) : zone_(zone) {}
  absl::TimeZone zone_;
};

}  // namespace bylaw::limit

#endif  // BYLAW_RUNTIME_LIMIT_CALENDAR_H_
