#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/check.h"

namespace bylaw {
namespace {

struct UnitName {
  DurationNs size;
  std::string_view singular;
};
constexpr std::array<UnitName, 4> kClockUnits = {{
    {kHourNs, "hour"},
    {kMinuteNs, "minute"},
    {kSecondNs, "second"},
    {kMillisecondNs, "millisecond"},
}};

std::string Plural(std::string_view singular, bool one) { return fmt::format("{}{}", singular, one ? "" : "s"); }

bool ParseDigits(std::string_view text, int* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string FormatDuration(DurationNs duration) {
  for (const UnitName& unit : kClockUnits) {
    if (duration % unit.size == 0 && duration != 0) {
      const int64_t count = duration / unit.size;
      return fmt::format("{} {}", count, Plural(unit.singular, count == 1));
    }
  }
  if (duration == 0) return "0 seconds";
  for (const UnitName& unit : kClockUnits) {
    if (duration >= unit.size || unit.size == kMillisecondNs) {
      return fmt::format("{:.4g} {}", static_cast<double>(duration) / static_cast<double>(unit.size),
                         Plural(unit.singular, false));
    }
  }
  BYLAW_UNREACHABLE("clock unit");
}

int64_t DaysFromCivil(Date date) {
  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
  const int64_t y = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t year_of_era = y - era * 400;
  const int64_t month_from_march = (date.month + 9) % 12;
  const int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Date CivilFromDays(int64_t days) {
  const int64_t z = days + 719'468;
  const int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const int64_t day_of_era = z - era * 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return Date{static_cast<int32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), static_cast<int8_t>(month),
              static_cast<int8_t>(day_of_year - (153 * month_from_march + 2) / 5 + 1)};
}

bool IsValidDate(Date date) {
  if (date.year < 1900 || date.year > 2200 || date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) {
    return false;
  }
  return CivilFromDays(DaysFromCivil(date)) == date;
}

std::optional<Date> ParseDate(std::string_view text) {
  int year = 0, month = 0, day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (!ParseDigits(text.substr(0, 4), &year) || !ParseDigits(text.substr(5, 2), &month) ||
      !ParseDigits(text.substr(8, 2), &day)) {
    return std::nullopt;
  }
  const Date date{year, static_cast<int8_t>(month), static_cast<int8_t>(day)};
  return IsValidDate(date) ? std::optional<Date>(date) : std::nullopt;
}

std::string FormatDate(Date date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, static_cast<int>(date.month), static_cast<int>(date.day));
}

int64_t CalendarDuration::days_min() const {
  switch (unit) {
    case CalendarUnit::kDay:
      return count;
    case CalendarUnit::kWeek:
      return count * 7;
    case CalendarUnit::kMonth:
      return count / 12 * 365 + count % 12 * 28;
    case CalendarUnit::kYear:
      return count * 365;
  }
  BYLAW_UNREACHABLE("calendar unit");
}

int64_t CalendarDuration::days_max() const {
  switch (unit) {
    case CalendarUnit::kDay:
      return count;
    case CalendarUnit::kWeek:
      return count * 7;
    case CalendarUnit::kMonth:
      return count / 12 * 366 + count % 12 * 31;
    case CalendarUnit::kYear:
      return count * 366;
  }
  BYLAW_UNREACHABLE("calendar unit");
}

std::string FormatCalendarDuration(CalendarDuration duration) {
  constexpr std::array<std::string_view, 4> kNames = {"day", "week", "month", "year"};
  return fmt::format("{} {}", duration.count, Plural(kNames[static_cast<size_t>(duration.unit)], duration.count == 1));
}

}  // namespace bylaw
