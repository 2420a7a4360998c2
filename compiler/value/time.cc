// Points in time and durations: reading them, and taking them apart.
#include <cstdlib>
#include <limits>
#include <optional>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "compiler/value/implementations.h"

namespace bylaw::value {
namespace {

// Reads exactly `digits` digits at the front of `text`; -1 if they are not there.
int64_t TakeDigits(std::string_view& text, size_t digits) {
  if (text.size() < digits) return -1;
  int64_t number = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// ".123": nanoseconds; digits beyond the ninth are cut off. -1 if a point stands without digits.
int64_t TakeFraction(std::string_view& text) {
  if (!Take(text, '.')) return 0;
  int64_t nanos = 0;
  size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits < 9) nanos = nanos * 10 + (text[digits] - '0');
  }
  if (digits == 0) return -1;
  for (size_t i = digits; i < 9; ++i) nanos *= 10;
  text.remove_prefix(digits);
  return nanos;
}

// "Z" or "+05:30": seconds east of Greenwich.
std::optional<int64_t> TakeOffset(std::string_view& text) {
  if (Take(text, 'Z')) return 0;
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return std::nullopt;
  text.remove_prefix(1);
  const int64_t hours = TakeDigits(text, 2);
  const bool colon = Take(text, ':');
  const int64_t minutes = TakeDigits(text, 2);
  if (hours < 0 || hours > 23 || !colon || minutes < 0 || minutes > 59) return std::nullopt;
  return (hours * 60 + minutes) * (west ? -60 : 60);
}

// RFC 3339.
Value ReadTimestamp(std::string_view text) {
  const Value bad = Fail(Error::kBadConversion);
  const int64_t year = TakeDigits(text, 4);
  const bool dash = Take(text, '-');
  const int64_t month = TakeDigits(text, 2);
  const bool second_dash = Take(text, '-');
  const int64_t day = TakeDigits(text, 2);
  const bool t = Take(text, 'T');
  const int64_t hour = TakeDigits(text, 2);
  const bool colon = Take(text, ':');
  const int64_t minute = TakeDigits(text, 2);
  const bool second_colon = Take(text, ':');
  const int64_t second = TakeDigits(text, 2);
  if (year < 0 || !dash || !second_dash || !t || !colon || !second_colon || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 59) {
    return bad;
  }
  const absl::CivilDay date(year, month, day);
  if (date.year() != year || date.month() != month || date.day() != day) return bad;  // no such day
  const int64_t nanos = TakeFraction(text);
  const std::optional<int64_t> offset = TakeOffset(text);
  if (nanos < 0 || !offset || !text.empty()) return bad;
  const int64_t days = date - absl::CivilDay(1970, 1, 1);
  const int64_t seconds = days * 86'400 + hour * 3'600 + minute * 60 + second - *offset;
  return TimestampAt(static_cast<WideNs>(seconds) * kSecondInNs + nanos);
}

struct Unit {
  std::string_view name;
  int64_t ns;
};
constexpr Unit kUnits[] = {{"ns", 1},         {"us", 1'000},        {"\u00B5s", 1'000},    {"\u03BCs", 1'000},
                           {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};

// One "1.5h" at the front of `text`, in nanoseconds; nothing if there is none. Never overflows: so many digits are no
// duration.
std::optional<WideNs> TakePart(std::string_view& text) {
  constexpr size_t kDigitsMax = 19;
  size_t digits = 0;
  WideNs whole = 0, fraction = 0, scale = 1;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits) {
    if (digits >= kDigitsMax) return std::nullopt;
    whole = whole * 10 + (text[0] - '0');
  }
  if (Take(text, '.')) {
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits) {
      if (scale > 1'000'000'000'000'000'000) continue;
      fraction = fraction * 10 + (text[0] - '0');
      scale *= 10;
    }
  }
  if (digits == 0) return std::nullopt;
  size_t letters = 0;
  while (letters < text.size() && text[letters] != '.' && (text[letters] < '0' || text[letters] > '9')) ++letters;
  for (const Unit& unit : kUnits) {
    if (text.substr(0, letters) != unit.name) continue;
    text.remove_prefix(letters);
    return whole * unit.ns + fraction * unit.ns / scale;
  }
  return std::nullopt;
}

Value ReadDuration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration(0);
  if (text.empty()) return Fail(Error::kBadConversion);
  WideNs total = 0;
  while (!text.empty()) {
    const std::optional<WideNs> part = TakePart(text);
    if (!part) return Fail(Error::kBadConversion);
    total += *part;
    if (total > WideNs{1} << 64) return Fail(Error::kOutOfRange);
  }
  if (negative) total = -total;
  const auto narrow = static_cast<int64_t>(total);
  return narrow == total ? Duration(narrow) : Fail(Error::kOutOfRange);
}

// "Europe/Berlin", "+02:30", "02:00". A thread remembers the zone it used last, so that a condition that names one asks
// the system for it once.
bool ReadZone(std::string_view name, absl::TimeZone* zone) {
  thread_local std::string known_name = "UTC";
  thread_local absl::TimeZone known = absl::UTCTimeZone();
  if (name == known_name) return *zone = known, true;
  if (name.find(':') == std::string_view::npos) {
    if (!absl::LoadTimeZone(absl::string_view(name.data(), name.size()), zone)) return false;
  } else {
    std::string_view rest = name;
    const bool west = rest.starts_with('-');
    if (west || rest.starts_with('+')) rest.remove_prefix(1);
    const int64_t hours = TakeDigits(rest, rest.find(':') == 1 ? 1 : 2);
    const bool colon = Take(rest, ':');
    const int64_t minutes = TakeDigits(rest, 2);
    if (hours < 0 || hours > 23 || !colon || minutes < 0 || minutes > 59 || !rest.empty()) return false;
    *zone = absl::FixedTimeZone(static_cast<int>((hours * 60 + minutes) * (west ? -60 : 60)));
  }
  known_name = name;
  known = *zone;
  return true;
}

// A part of an instant's date or time of day in UTC or in the zone of the second argument.
template <typename Part>
Value PartOf(Args args, Part part) {
  const bool in_zone = Are(args, Kind::kTimestamp, Kind::kString);
  if (!in_zone && !Are(args, Kind::kTimestamp)) return NoOverload();
  absl::TimeZone zone = absl::UTCTimeZone();
  if (in_zone && !ReadZone(args[1].text(), &zone)) return Fail(Error::kBadArgument);
  return Int(part(absl::ToCivilSecond(absl::FromUnixSeconds(args[0].integer), zone)));
}

}  // namespace

Value ToTimestamp(Args args, Arena&) {
  if (Are(args, Kind::kTimestamp)) return args[0];
  if (Are(args, Kind::kInt)) return TimestampAt(static_cast<WideNs>(args[0].integer) * kSecondInNs);
  return Are(args, Kind::kString) ? ReadTimestamp(args[0].text()) : NoOverload();
}

Value ToDuration(Args args, Arena&) {
  if (Are(args, Kind::kDuration)) return args[0];
  return Are(args, Kind::kString) ? ReadDuration(args[0].text()) : NoOverload();
}

Value GetFullYear(Args args, Arena&) {
  return PartOf(args, [](absl::CivilSecond at) { return at.year(); });
}
Value GetMonth(Args args, Arena&) {
  return PartOf(args, [](absl::CivilSecond at) { return at.month() - 1; });
}
Value GetDate(Args args, Arena&) {
  return PartOf(args, [](absl::CivilSecond at) { return at.day(); });
}
Value GetDayOfMonth(Args args, Arena&) {
  return PartOf(args, [](absl::CivilSecond at) { return at.day() - 1; });
}
Value GetDayOfYear(Args args, Arena&) {
  return PartOf(args, [](absl::CivilSecond at) { return absl::GetYearDay(absl::CivilDay(at)) - 1; });
}
// Sunday is 0.
Value GetDayOfWeek(Args args, Arena&) {
  return PartOf(args,
                [](absl::CivilSecond at) { return (static_cast<int>(absl::GetWeekday(absl::CivilDay(at))) + 1) % 7; });
}

Value GetHours(Args args, Arena&) {
  if (Are(args, Kind::kDuration)) return Int(args[0].integer / 3'600'000'000'000);
  return PartOf(args, [](absl::CivilSecond at) { return at.hour(); });
}
Value GetMinutes(Args args, Arena&) {
  if (Are(args, Kind::kDuration)) return Int(args[0].integer / 60'000'000'000);
  return PartOf(args, [](absl::CivilSecond at) { return at.minute(); });
}
Value GetSeconds(Args args, Arena&) {
  if (Are(args, Kind::kDuration)) return Int(args[0].integer / 1'000'000'000);
  return PartOf(args, [](absl::CivilSecond at) { return at.second(); });
}
// Of a duration: what is left beside its whole seconds.
Value GetMilliseconds(Args args, Arena&) {
  if (Are(args, Kind::kDuration)) return Int(args[0].integer % 1'000'000'000 / 1'000'000);
  const int64_t milliseconds = args.empty() ? 0 : args[0].nanos() / 1'000'000;
  return PartOf(args, [&](absl::CivilSecond) { return milliseconds; });
}

}  // namespace bylaw::value
