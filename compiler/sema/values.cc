#include "compiler/sema/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace bylaw::sema {
namespace {

using syntax::TypeExpr;
using syntax::Value;

// "write `at most 50 workflows at once`".
std::string Sentence(Form form, std::string_view value) {
  std::string text(form.pattern);
  const size_t at = text.find("{}");
  if (at != std::string::npos) text.replace(at, 2, value);
  if (at != std::string::npos && value == "1") {  // "1 workflow", not "1 workflows"
    const size_t end = std::min(text.find(' ', at + 2), text.size());
    if (text[end - 1] == 's') text.erase(end - 1, 1);
  }
  return fmt::format("write `{}`", text);
}

std::string_view KindNoun(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kNumber:
      return "a plain number";
    case Value::Kind::kPercent:
      return "a percentage";
    case Value::Kind::kMoney:
      return "money";
    case Value::Kind::kDate:
      return "a date";
    case Value::Kind::kTimeOfDay:
      return "a time of day";
    case Value::Kind::kClock:
      return "a clock duration";
    case Value::Kind::kCalendar:
      return "a calendar duration";
    case Value::Kind::kText:
      return "text";
    case Value::Kind::kName:
      return "a name";
    case Value::Kind::kYesNo:
      return "yes or no";
  }
  BYLAW_UNREACHABLE("value kind");
}

std::string Said(const Context& context, const Value& value) { return context.Said(value.span, value.text); }

bool IsNumeric(Value::Kind wanted) {
  return wanted == Value::Kind::kNumber || wanted == Value::Kind::kMoney || wanted == Value::Kind::kPercent ||
         wanted == Value::Kind::kClock || wanted == Value::Kind::kCalendar;
}

std::string HoursText(int64_t hours) { return fmt::format("{} hour{}", hours, hours == 1 ? "" : "s"); }

// What was probably meant: the value's own number in the unit that the sentence needs; "" where that is a guess.
std::string InWantedUnit(const Context& context, const Value& value, Value::Kind wanted) {
  const std::string said = Said(context, value);
  if (wanted == Value::Kind::kMoney && value.kind == Value::Kind::kNumber && value.number >= 0) {
    return fmt::format("{}{}", CurrencySymbol(context.program.currency), said);
  }
  if (wanted == Value::Kind::kPercent && value.kind == Value::Kind::kNumber) {
    if (value.is_integer && value.integer > 1 && value.integer <= 100) return said + "%";
    if (!value.is_integer && value.number > 0 && value.number < 1) return fmt::format("{:g}%", value.number * 100);
  }
  if (wanted == Value::Kind::kClock && value.kind == Value::Kind::kCalendar) {
    const int64_t days = value.calendar.days_max();
    if (days == value.calendar.days_min() && days > 0 && days <= 31) return HoursText(days * 24);
  }
  if (wanted == Value::Kind::kCalendar && value.kind == Value::Kind::kClock) {
    constexpr DurationNs kDay = 24 * kHourNs;
    const int64_t days = value.integer / kDay;
    if (days > 0 && value.integer % kDay == 0) return fmt::format("{} day{}", days, days == 1 ? "" : "s");
  }
  if (wanted == Value::Kind::kNumber && value.kind == Value::Kind::kPercent) {
    return fmt::format("{:g}", static_cast<double>(value.integer) / 1e6);
  }
  return "";
}

// The value has another kind than `wanted`.
void ReportKind(Context& context, const Value& value, Value::Kind wanted, Form form) {
  const std::string said = Said(context, value);
  const bool word = value.kind == Value::Kind::kName || value.kind == Value::Kind::kText;
  if (word && IsNumeric(wanted)) {
    const std::string bare = value.kind == Value::Kind::kText ? value.text : said;
    diag::Diagnostic& diagnostic =
        context.Report(Kind::kNotANumber, value.span, fmt::format("\"{}\" is not a number", bare));
    const std::optional<int64_t> number = wanted == Value::Kind::kNumber ? NumberWord(bare) : std::nullopt;
    diagnostic.help.push_back(Sentence(form, number ? std::to_string(*number) : std::string(form.sample)));
    return;
  }
  const bool durations = (value.kind == Value::Kind::kClock && wanted == Value::Kind::kCalendar) ||
                         (value.kind == Value::Kind::kCalendar && wanted == Value::Kind::kClock);
  const std::string meant = InWantedUnit(context, value, wanted);
  context
      .Report(durations ? Kind::kDurationMix : Kind::kUnitMismatch, value.span,
              fmt::format("{} is {}; {} is needed here", said, KindNoun(value.kind),
                          wanted == Value::Kind::kNumber ? "a number" : KindNoun(wanted)))
      .help.push_back(Sentence(form, meant.empty() ? form.sample : meant));
}

// `nearest` is the allowed value that is nearest; "" if there is none to name.
void ReportRange(Context& context, const Value& value, std::string_view allowed, Form form,
                 std::string_view nearest = "") {
  // A literal that could not be held has been reported by the parser and stands as 0.
  for (const diag::Diagnostic& known : context.sink.diagnostics()) {
    if (value.span.valid() && known.kind == Kind::kOutOfRange && known.span == value.span) return;
  }
  context.Report(Kind::kOutOfRange, value.span, fmt::format("{} is out of range: {}", Said(context, value), allowed))
      .help.push_back(Sentence(form, nearest.empty() ? form.sample : nearest));
}

}  // namespace

std::optional<int64_t> CountOf(Context& context, const Value& value, Form form, int64_t min, int64_t max) {
  if (value.kind != Value::Kind::kNumber) {
    ReportKind(context, value, Value::Kind::kNumber, form);
    return std::nullopt;
  }
  if (!value.is_integer || value.integer < min || value.integer > max) {
    const bool open = max == kCountMax;  // what memory holds, not what anybody means
    const int64_t nearest = value.is_integer ? std::clamp(value.integer, min, max) : min;
    ReportRange(context, value,
                open ? fmt::format("a whole number of at least {} is needed", min)
                     : fmt::format("a whole number from {} to {} is needed", min, max),
                form, open && nearest == max ? "" : std::to_string(nearest));
    return std::nullopt;
  }
  return value.integer;
}

std::optional<double> NumberOf(Context& context, const Value& value, Form form) {
  if (value.kind != Value::Kind::kNumber) {
    ReportKind(context, value, Value::Kind::kNumber, form);
    return std::nullopt;
  }
  return value.is_integer ? static_cast<double>(value.integer) : value.number;
}

std::optional<int64_t> MicrosOf(Context& context, const Value& value, Form form) {
  if (value.kind != Value::Kind::kMoney) {
    ReportKind(context, value, Value::Kind::kMoney, form);
    return std::nullopt;
  }
  if (!context.currency_known) {
    context.currency_known = true;
    context.currency_span = value.span;
    context.program.currency = value.currency;
  } else if (value.currency != context.program.currency) {
    diag::Diagnostic& diagnostic =
        context.Report(Kind::kCurrencyMix, value.span,
                       fmt::format("{} meets an amount in {}: a policy has one currency", Said(context, value),
                                   CurrencySymbol(context.program.currency)));
    diagnostic.notes.push_back({"note", "this amount sets the policy's currency", context.currency_span});
    diagnostic.help.push_back(Sentence(form, fmt::format("{}…", CurrencySymbol(context.program.currency))));
    return std::nullopt;
  }
  if (value.integer < 0) {
    ReportRange(context, value, "an amount is not negative", form);
    return std::nullopt;
  }
  return value.integer;
}

std::optional<int64_t> ShareOf(Context& context, const Value& value, Form form) {
  if (value.kind != Value::Kind::kPercent) {
    ReportKind(context, value, Value::Kind::kPercent, form);
    return std::nullopt;
  }
  if (value.integer < 0 || value.integer > 1'000'000) {
    ReportRange(context, value, "a share lies between 0% and 100%", form, value.integer < 0 ? "" : "100%");
    return std::nullopt;
  }
  return value.integer;
}

std::optional<DurationNs> ClockOf(Context& context, const Value& value, Form form) {
  if (value.kind != Value::Kind::kClock) {
    ReportKind(context, value, Value::Kind::kClock, form);
    return std::nullopt;
  }
  if (value.integer <= 0) {
    ReportRange(context, value, "a duration is longer than nothing", form);
    return std::nullopt;
  }
  return value.integer;
}

std::optional<CalendarDuration> CalendarOf(Context& context, const Value& value, Form form) {
  if (value.kind != Value::Kind::kCalendar) {
    ReportKind(context, value, Value::Kind::kCalendar, form);
    return std::nullopt;
  }
  constexpr int64_t kDaysMax = 366 * 200;
  if (value.calendar.count <= 0 || value.calendar.count > kDaysMax || value.calendar.days_max() > kDaysMax) {
    ReportRange(context, value, "a calendar duration is from 1 day to 200 years", form);
    return std::nullopt;
  }
  return value.calendar;
}

std::optional<Date> DateOf(Context& context, const Value& value, Form form) {
  if (value.kind != Value::Kind::kDate) {
    ReportKind(context, value, Value::Kind::kDate, form);
    return std::nullopt;
  }
  if (!IsValidDate(value.date)) {
    ReportRange(context, value, "no such day in the years 1900 to 2200", form);
    return std::nullopt;
  }
  return value.date;
}

std::optional<uint16_t> MinuteOf(Context& context, const Value& value, Form form) {
  if (value.kind != Value::Kind::kTimeOfDay) {
    ReportKind(context, value, Value::Kind::kTimeOfDay, form);
    return std::nullopt;
  }
  if (value.integer < 0 || value.integer > 24 * 60) {
    ReportRange(context, value, "a time of day is from 00:00 to 24:00", form);
    return std::nullopt;
  }
  return static_cast<uint16_t>(value.integer);
}

std::optional<std::string> TextOf(Context& context, const Value& value, Form form) {
  if (value.kind != Value::Kind::kText) {
    ReportKind(context, value, Value::Kind::kText, form);
    return std::nullopt;
  }
  return value.text;
}

std::optional<int64_t> NumberWord(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, int64_t>, 31> kWords = {{
      {"zero", 0},     {"none", 0},      {"one", 1},          {"two", 2},
      {"three", 3},    {"four", 4},      {"five", 5},         {"six", 6},
      {"seven", 7},    {"eight", 8},     {"nine", 9},         {"ten", 10},
      {"eleven", 11},  {"twelve", 12},   {"dozen", 12},       {"fifteen", 15},
      {"sixteen", 16}, {"twenty", 20},   {"thirty", 30},      {"forty", 40},
      {"fifty", 50},   {"sixty", 60},    {"seventy", 70},     {"eighty", 80},
      {"ninety", 90},  {"hundred", 100}, {"thousand", 1'000}, {"million", 1'000'000},
      {"once", 1},     {"twice", 2},     {"thrice", 3},
  }};
  for (const auto& [word, number] : kWords) {
    if (word == text) return number;
  }
  return std::nullopt;
}

bool IsName(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !letter(text[0])) return false;
  bool after_separator = false;
  for (const char c : text) {
    const bool separator = c == '-' || c == '_' || c == '.';
    if (!separator && !letter(c) && !digit(c)) return false;
    if (separator && after_separator) return false;
    after_separator = separator;
  }
  return !after_separator;
}

}  // namespace bylaw::sema
