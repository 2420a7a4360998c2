// Numbers, instants and durations as text. Go's strconv is the yardstick that CEL's conformance cases were written
// with.
#include <charconv>
#include <cmath>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "compiler/value/implementations.h"

namespace bylaw::value {
namespace {

// ".5" for 500 million nanoseconds, "" for none.
std::string Fraction(int64_t nanos) {
  if (nanos == 0) return "";
  std::string digits = std::to_string(nanos);
  digits.insert(0, 9 - digits.size(), '0');
  digits.erase(digits.find_last_not_of('0') + 1);
  return "." + digits;
}

std::string TwoDigits(int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string FourDigits(int64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, 4 - std::min<size_t>(4, digits.size()), '0');
  return digits;
}

std::string Shortest(double number, std::chars_format format) {
  char text[512];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number, format);
  return error == std::errc() ? std::string(text, end) : std::string();
}

}  // namespace

std::string FixedShortest(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return Shortest(number, std::chars_format::fixed);
}

std::string GeneralShortest(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  std::string scientific = Shortest(number, std::chars_format::scientific);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  const size_t digits = static_cast<size_t>(
      std::count_if(scientific.begin(), scientific.begin() + static_cast<ptrdiff_t>(scientific.find('e')),
                    [](char c) { return c >= '0' && c <= '9'; }));
  const int limit = std::max(21, static_cast<int>(digits));
  return exponent < -4 || exponent >= limit ? scientific : Shortest(number, std::chars_format::fixed);
}

std::string PrintTimestamp(const Value& timestamp) {
  const absl::CivilSecond civil = absl::ToCivilSecond(absl::FromUnixSeconds(timestamp.integer), absl::UTCTimeZone());
  return FourDigits(civil.year()) + "-" + TwoDigits(civil.month()) + "-" + TwoDigits(civil.day()) + "T" +
         TwoDigits(civil.hour()) + ":" + TwoDigits(civil.minute()) + ":" + TwoDigits(civil.second()) +
         Fraction(timestamp.nanos()) + "Z";
}

std::string PrintDuration(int64_t ns) {
  const int64_t seconds = ns / 1'000'000'000, nanos = std::abs(ns % 1'000'000'000);
  const std::string sign = ns < 0 && seconds == 0 ? "-" : "";
  return sign + std::to_string(seconds) + Fraction(nanos) + "s";
}

}  // namespace bylaw::value
