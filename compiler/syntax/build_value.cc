// Leaves: names, values with their units, lists, places, types.
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "compiler/syntax/build.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

std::string WithoutUnderscores(std::string_view digits) {
  std::string plain;
  for (const char c : digits) {
    if (c != '_') plain.push_back(c);
  }
  return plain;
}

// `digits` (with `_`, sign and fraction) times `scale`, exactly; nothing if it overflows or has more decimals than the
// scale can hold.
std::optional<int64_t> Scaled(std::string_view digits, int64_t scale) {
  const std::string plain = WithoutUnderscores(digits);
  const bool negative = plain.starts_with('-');
  __int128 mantissa = 0, divisor = 1;
  bool fraction = false;
  for (size_t i = negative ? 1 : 0; i < plain.size(); ++i) {
    if (plain[i] == '.') {
      fraction = true;
      continue;
    }
    if (divisor > 1'000'000'000'000 && plain[i] == '0') continue;
    mantissa = mantissa * 10 + (plain[i] - '0');
    if (fraction) divisor *= 10;
    if (mantissa > 1'000'000'000'000'000'000 || divisor > 1'000'000'000'000'000) return std::nullopt;
  }
  const __int128 product = mantissa * scale;
  if (product % divisor != 0) return std::nullopt;
  const __int128 result = negative ? -(product / divisor) : product / divisor;
  if (result > std::numeric_limits<int64_t>::max() || result < std::numeric_limits<int64_t>::min()) return std::nullopt;
  return static_cast<int64_t>(result);
}

// Currency and length of the sign that begins `text`.
std::pair<Currency, size_t> SignOf(std::string_view text) {
  for (const Currency currency : {Currency::kUsd, Currency::kEur, Currency::kGbp}) {
    if (text.starts_with(CurrencySymbol(currency))) return {currency, CurrencySymbol(currency).size()};
  }
  return {Currency::kUsd, 0};
}

int64_t ClockUnitNs(size_t unit) {
  switch (unit) {
    case P::MILLISECOND:
    case P::MILLISECONDS:
      return kMillisecondNs;
    case P::SECOND:
    case P::SECONDS:
      return kSecondNs;
    case P::MINUTE:
    case P::MINUTES:
      return kMinuteNs;
    case P::HOUR:
    case P::HOURS:
      return kHourNs;
    default:
      return 0;
  }
}

CalendarUnit CalendarUnitOf(size_t unit) {
  switch (unit) {
    case P::WEEK:
    case P::WEEKS:
      return CalendarUnit::kWeek;
    case P::MONTH:
    case P::MONTHS:
      return CalendarUnit::kMonth;
    case P::YEAR:
    case P::YEARS:
      return CalendarUnit::kYear;
    default:
      return CalendarUnit::kDay;
  }
}

}  // namespace

Span Builder::SpanOf(Ctx ctx) const {
  return {file_, static_cast<uint32_t>(ctx->getStart()->getStartIndex()),
          static_cast<uint32_t>(ctx->getStop()->getStopIndex() + 1)};
}

Span Builder::SpanOf(antlr4::tree::TerminalNode* node) const {
  const antlr4::Token* token = node->getSymbol();
  return {file_, static_cast<uint32_t>(token->getStartIndex()), static_cast<uint32_t>(token->getStopIndex() + 1)};
}

Name Builder::Name(P::NameContext* ctx) const {
  const Span span = SpanOf(ctx);
  return {std::string(TextOf(span)), span};
}

std::optional<Name> Builder::MaybeName(P::NameContext* ctx) const {
  if (ctx == nullptr) return std::nullopt;
  return Name(ctx);
}

std::vector<Name> Builder::Names(P::NameListContext* ctx) const {
  std::vector<syntax::Name> names;
  for (P::NameContext* name : ctx->name()) names.push_back(Name(name));
  return names;
}

void Builder::OutOfRange(Span span, std::string message, std::string help) {
  sink_.Add(diag::Kind::kOutOfRange, span, std::move(message)).help.push_back(std::move(help));
}

Value Builder::Value(P::ValueContext* ctx) {
  if (P::LiteralContext* literal = ctx->literal()) return Value(literal);
  syntax::Value value;
  value.span = SpanOf(ctx->NAME());  // a unit behind it says nothing about a word
  value.kind = Value::Kind::kName;
  value.text = TextOf(value.span);
  return value;
}

Value Builder::Value(P::SettingValueContext* ctx) {
  if (P::LiteralContext* literal = ctx->literal()) return Value(literal);
  syntax::Value value;
  value.span = SpanOf(ctx);
  value.text = TextOf(value.span);
  value.kind = value.text == "yes" || value.text == "no" ? Value::Kind::kYesNo : Value::Kind::kName;
  if (value.kind == Value::Kind::kYesNo) value.integer = value.text == "yes" ? 1 : 0;
  return value;
}

Value Builder::Value(P::LiteralContext* ctx) {
  syntax::Value value;
  value.span = SpanOf(ctx);
  ReadLiteral(ctx, value);
  return value;
}

void Builder::ReadLiteral(P::LiteralContext* ctx, syntax::Value& value) {
  using VK = syntax::Value::Kind;
  const antlr4::Token* token = ctx->getStart();
  const std::string_view text =
      text_.substr(token->getStartIndex(), token->getStopIndex() + 1 - token->getStartIndex());
  switch (token->getType()) {
    case P::NUMBER:
      if (P::UnitContext* unit = ctx->unit()) return ReadUnit(text, unit->getStart()->getType(), value);
      value.kind = VK::kNumber;
      return ReadNumber(text, value);
    case P::PERCENT: {
      value.kind = VK::kPercent;
      const auto ppm = Scaled(text.substr(0, text.size() - 1), 10'000);
      value.integer = ppm.value_or(0);
      if (!ppm)
        OutOfRange(value.span, fmt::format("{} cannot be held exactly", text),
                   "write at most four decimals, such as 99.9999%");
      return;
    }
    case P::MONEY: {
      value.kind = VK::kMoney;
      const auto money = ReadMoney(text);
      value.currency = SignOf(text.substr(text.starts_with('-') ? 1 : 0)).first;
      value.integer = money ? money->micros : 0;
      if (!money)
        OutOfRange(value.span, fmt::format("{} cannot be held exactly", text),
                   "write at most six decimals and less than nine trillion");
      return;
    }
    case P::DATE:
      value.kind = VK::kDate;
      if (const auto date = ParseDate(text)) {
        value.date = *date;
      } else {
        OutOfRange(value.span, fmt::format("{} is not a date of the calendar", text),
                   "write a date as YEAR-MONTH-DAY, such as 2026-07-10");
      }
      return;
    case P::CLOCK_TIME:
      return ReadTimeOfDay(text, value);
    default:
      value.kind = VK::kText;
      for (size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\') ++i;
        value.text.push_back(text[i]);
      }
  }
}

std::optional<Money> Builder::ReadMoney(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto [currency, length] = SignOf(text.substr(negative ? 1 : 0));
  const auto micros = Scaled(text.substr(length + (negative ? 1 : 0)), kMicrosPerUnit);
  if (!micros) return std::nullopt;
  return Money{negative ? -*micros : *micros, currency};
}

void Builder::ReadTimeOfDay(std::string_view text, syntax::Value& value) {
  value.kind = Value::Kind::kTimeOfDay;
  const size_t colon = text.find(':');
  int hours = 0, minutes = 0;
  std::from_chars(text.data(), text.data() + colon, hours);
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), minutes);
  if (minutes > 59 || hours * 60 + minutes > 24 * 60) {
    OutOfRange(value.span, fmt::format("{} is not a time of day", text),
               "write a time between 00:00 and 24:00, such as 22:30");
    return;
  }
  value.integer = hours * 60 + minutes;
}

void Builder::ReadNumber(std::string_view digits, syntax::Value& value) {
  const std::string plain = WithoutUnderscores(digits);
  value.number = std::strtod(plain.c_str(), nullptr);
  value.is_integer = plain.find('.') == std::string::npos;
  if (!value.is_integer) return;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value.integer);
  if (error != std::errc()) {
    value.integer = 0;
    OutOfRange(value.span, fmt::format("{} is too large", digits), "write a number below nine quintillion");
  }
}

void Builder::ReadUnit(std::string_view digits, size_t unit, syntax::Value& value) {
  if (const int64_t scale = ClockUnitNs(unit); scale > 0) {
    value.kind = Value::Kind::kClock;
    const auto ns = Scaled(digits, scale);
    value.integer = ns.value_or(0);
    if (!ns)
      OutOfRange(value.span, fmt::format("`{}` cannot be held exactly", TextOf(value.span)),
                 "write a whole number of a smaller unit, below 290 years");
    return;
  }
  value.kind = Value::Kind::kCalendar;
  value.calendar.unit = CalendarUnitOf(unit);
  const auto count = Scaled(digits, 1);
  value.calendar.count = count.value_or(0);
  if (!count || *count > 1'000'000 || *count < -1'000'000) {
    value.calendar.count = 0;
    OutOfRange(value.span,
               fmt::format("`{}` is not a whole number of days, weeks, months or years", TextOf(value.span)),
               "write a whole number, or hours and minutes for a duration of the clock");
  }
}

std::vector<DataClass> Builder::Data(P::DataListContext* ctx) const {
  std::vector<DataClass> data;
  for (P::DataClassContext* item : ctx->dataClass()) data.push_back(Data(item));
  return data;
}

DataClass Builder::Data(P::DataClassContext* ctx) {
  switch (ctx->getStart()->getType()) {
    case P::STATE:
      return DataClass::kState;
    case P::CHECKPOINTS:
      return DataClass::kCheckpoints;
    case P::AUDIT:
      return DataClass::kAudit;
    default:
      return DataClass::kQueues;
  }
}

LaneName Builder::Lane(P::LaneContext* ctx) {
  switch (ctx->getStart()->getType()) {
    case P::URGENT:
      return LaneName::kUrgent;
    case P::NORMAL:
      return LaneName::kNormal;
    default:
      return LaneName::kBackground;
  }
}

PerUnit Builder::Period(P::PeriodContext* ctx) {
  switch (ctx->getStart()->getType()) {
    case P::SECOND:
      return PerUnit::kSecond;
    case P::MINUTE:
      return PerUnit::kMinute;
    case P::HOUR:
      return PerUnit::kHour;
    case P::DAY:
      return PerUnit::kDay;
    default:
      return PerUnit::kMonth;
  }
}

PlaceList Builder::Places(P::PlaceListContext* ctx) const {
  PlaceList list;
  list.span = SpanOf(ctx);
  for (P::PlaceItemContext* item : ctx->placeItem()) {
    list.items.push_back({item->PLACES() != nullptr && item->ADEQUATE() != nullptr, Name(item->name()), SpanOf(item)});
  }
  return list;
}

TypeExpr Builder::Type(P::TypeExprContext* ctx) {
  using TK = TypeExpr::Kind;
  TypeExpr type;
  type.span = SpanOf(ctx);
  const antlr4::Token* first = ctx->getStart();
  if (ctx->nameList() != nullptr) {
    type.kind = TK::kOneOf;
    type.choices = Names(ctx->nameList());
  } else if (ctx->LIST() != nullptr) {
    type.kind = TK::kTextList;
  } else if (first->getType() == P::YES) {
    type.kind = TK::kYesNo;
  } else if (first->getType() == P::MONEY_WORD) {
    type.kind = TK::kMoney;
  } else if (first->getType() == P::TEXT_WORD) {
    type.kind = TK::kText;
  } else if (ctx->DATE_WORD() != nullptr) {
    type.kind = TK::kDate;
  } else if (ctx->DURATION() != nullptr) {
    type.kind = TK::kDuration;
  } else {
    type.kind = ctx->COUNT() != nullptr ? TK::kCount : TK::kNumber;
    if (ctx->FROM() != nullptr) {
      type.from = Value(ctx->value(0));
      type.to = Value(ctx->value(1));
    }
  }
  return type;
}

std::optional<TokenEstimate> Builder::Tokens(P::TokenEstimateContext* ctx) {
  if (ctx == nullptr) return std::nullopt;
  return TokenEstimate{ctx->MOST() != nullptr, Value(ctx->value(0)), Value(ctx->value(1)), SpanOf(ctx)};
}

Condition Builder::Condition(P::ConditionContext* ctx) {
  syntax::Condition condition;
  const Span open = SpanOf(ctx->LPAREN()), close = SpanOf(ctx->C_RPAREN());
  condition.span = Span{file_, open.end, close.begin};
  condition.text = TextOf(condition.span);
  condition.expr = WholeExpression(ctx->expr());
  return condition;
}

}  // namespace bylaw::syntax
