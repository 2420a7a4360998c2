#include "compiler/sema/cell_value.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "base/money.h"
#include "base/time.h"

namespace bylaw::sema {
namespace {

using syntax::Value;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "-5_000.25" times `scale`, exactly; nothing for other text, an overflow, or more decimals than the scale holds.
std::optional<int64_t> Scaled(std::string_view text, int64_t scale) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  __int128 units = 0;
  int64_t fraction_scale = scale;
  bool in_fraction = false, digit_before = false;
  for (const char c : text) {
    if (IsDigit(c)) {
      if (!in_fraction) {
        units = units * 10 + (c - '0') * static_cast<__int128>(scale);
      } else {
        if (fraction_scale % 10 != 0 && c != '0') return std::nullopt;
        fraction_scale /= 10;
        units += (c - '0') * static_cast<__int128>(fraction_scale);
      }
      if (units > std::numeric_limits<int64_t>::max()) return std::nullopt;
      digit_before = true;
    } else if (c == '_' && digit_before && !in_fraction) {
      digit_before = false;
    } else if (c == '.' && digit_before && !in_fraction) {
      in_fraction = true;
      digit_before = false;
    } else {
      return std::nullopt;
    }
  }
  if (!digit_before) return std::nullopt;
  const int64_t value = static_cast<int64_t>(units);
  return negative ? -value : value;
}

std::optional<Value> MoneyValue(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  for (const Currency currency : {Currency::kUsd, Currency::kEur, Currency::kGbp}) {
    const std::string_view sign = CurrencySymbol(currency);
    if (!text.starts_with(sign)) continue;
    const std::optional<int64_t> micros = Scaled(text.substr(sign.size()), kMicrosPerUnit);
    if (!micros) return std::nullopt;
    Value value;
    value.kind = Value::Kind::kMoney;
    value.currency = currency;
    value.integer = negative ? -*micros : *micros;
    return value;
  }
  return std::nullopt;
}

std::optional<Value> DurationValue(std::string_view text) {
  struct Unit {
    std::string_view name;
    DurationNs clock;
    CalendarUnit calendar;
  };
  constexpr std::array<Unit, 8> kUnits = {{{"millisecond", kMillisecondNs, CalendarUnit::kDay},
                                           {"second", kSecondNs, CalendarUnit::kDay},
                                           {"minute", kMinuteNs, CalendarUnit::kDay},
                                           {"hour", kHourNs, CalendarUnit::kDay},
                                           {"day", 0, CalendarUnit::kDay},
                                           {"week", 0, CalendarUnit::kWeek},
                                           {"month", 0, CalendarUnit::kMonth},
                                           {"year", 0, CalendarUnit::kYear}}};
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  std::string_view name = text.substr(space + 1);
  if (name.ends_with('s')) name.remove_suffix(1);
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    const std::optional<int64_t> amount = Scaled(text.substr(0, space), unit.clock > 0 ? unit.clock : 1);
    if (!amount) return std::nullopt;
    Value value;
    value.kind = unit.clock > 0 ? Value::Kind::kClock : Value::Kind::kCalendar;
    value.integer = *amount;
    value.calendar = CalendarDuration{unit.clock > 0 ? 0 : *amount, unit.calendar};
    return value;
  }
  return std::nullopt;
}

std::optional<Value> NumberValue(std::string_view text) {
  Value value;
  value.kind = Value::Kind::kNumber;
  if (const std::optional<int64_t> integer = Scaled(text, 1); integer && text.find('.') == std::string_view::npos) {
    value.is_integer = true;
    value.integer = *integer;
    value.number = static_cast<double>(*integer);
    return value;
  }
  if (!Scaled(text, 1'000'000'000)) return std::nullopt;
  std::string digits;
  for (const char c : text) {
    if (c != '_') digits.push_back(c);
  }
  std::from_chars(digits.data(), digits.data() + digits.size(), value.number);
  return value;
}

std::optional<Value> Literal(std::string_view text) {
  if (std::optional<Value> money = MoneyValue(text)) return money;
  Value value;
  if (text.ends_with('%')) {
    const std::optional<int64_t> ppm = Scaled(text.substr(0, text.size() - 1), 10'000);
    if (!ppm) return std::nullopt;
    value.kind = Value::Kind::kPercent;
    value.integer = *ppm;
    return value;
  }
  if (const std::optional<Date> date = ParseDate(text)) {
    value.kind = Value::Kind::kDate;
    value.date = *date;
    return value;
  }
  if (text == "yes" || text == "no") {
    value.kind = Value::Kind::kYesNo;
    value.integer = text == "yes" ? 1 : 0;
    return value;
  }
  if (std::optional<Value> duration = DurationValue(text)) return duration;
  return NumberValue(text);
}

}  // namespace

Value CellValue(std::string_view text, source::Span span) {
  Value value = Literal(text).value_or(Value());
  value.span = span;
  value.text = text;
  return value;
}

}  // namespace bylaw::sema
