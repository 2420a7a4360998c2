// Values of declared types: inputs, outputs and settings.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "compiler/sema/values.h"

namespace bylaw::sema {
namespace {

using syntax::TypeExpr;
using syntax::Value;

// Reserved by CEL for its grammar and its host languages (CEL specification, "Identifiers").
constexpr std::array<std::string_view, 23> kReserved = {
    "as",   "break",   "const",     "continue", "else",   "false", "for", "function", "if",    "import", "in", "let",
    "loop", "package", "namespace", "null",     "return", "true",  "var", "void",     "while", "or",     "not"};

abi::SlotValue Integer(int64_t value) {
  abi::SlotValue slot{};
  slot.integer = value;
  return slot;
}

std::optional<abi::SlotValue> NumberValue(Context& context, const Value& value, const TypeExpr& type, Form form) {
  const std::optional<double> number = NumberOf(context, value, form);
  if (!number) return std::nullopt;
  const auto bound = [](const Value& v) { return v.is_integer ? static_cast<double>(v.integer) : v.number; };
  if ((type.from && *number < bound(*type.from)) || (type.to && *number > bound(*type.to))) {
    context
        .Report(
            Kind::kOutOfRange, value.span,
            fmt::format("{} is out of range: a number from {} to {} is needed", context.Said(value.span, value.text),
                        type.from ? bound(*type.from) : 0, type.to ? bound(*type.to) : 0))
        .help.push_back(fmt::format(fmt::runtime(form.pattern), type.to ? bound(*type.to) : 0));
    return std::nullopt;
  }
  abi::SlotValue slot{};
  slot.number = *number;
  return slot;
}

std::optional<abi::SlotValue> ChoiceValue(Context& context, const Value& value, const TypeExpr& type,
                                          std::string_view what) {
  if (value.kind == Value::Kind::kName || value.kind == Value::Kind::kText) {
    std::vector<std::string_view> choices;
    for (const syntax::Name& choice : type.choices) choices.push_back(choice.text);
    if (std::find(choices.begin(), choices.end(), value.text) == choices.end()) {
      context.Unknown(fmt::format("choice of {}", what), {value.text, value.span}, choices);
      return std::nullopt;
    }
    abi::SlotValue slot{};
    slot.text = context.program.texts->Intern(value.text);
    return slot;
  }
  context.Report(Kind::kUnitMismatch, value.span,
                 fmt::format("{} is not one of the choices of {}", context.Said(value.span, value.text), what));
  return std::nullopt;
}

std::optional<abi::SlotValue> YesNoValue(Context& context, const Value& value, std::string_view what) {
  if (value.kind == Value::Kind::kYesNo) return Integer(value.integer);
  if (value.kind == Value::Kind::kName && (value.text == "yes" || value.text == "no")) {
    return Integer(value.text == "yes" ? 1 : 0);
  }
  context.Report(Kind::kUnitMismatch, value.span,
                 fmt::format("{} is {}; yes or no is needed here", what, context.Said(value.span, value.text)));
  return std::nullopt;
}

void CheckBounds(Context& context, const syntax::Name& name, const TypeExpr& type) {
  if (!type.from || !type.to) return;
  const Form form{"a number from {} to 1", "0"};
  const double from = NumberOf(context, *type.from, form).value_or(0);
  const double to = NumberOf(context, *type.to, form).value_or(from);
  if (from <= to) return;
  context
      .Report(Kind::kOutOfRange, type.span.valid() ? type.span : name.span,
              fmt::format("no number is from {} to {}", from, to))
      .help.push_back(fmt::format("a number from {} to {}", to, from));
}

template <typename T>
std::optional<abi::SlotValue> Wrap(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return Integer(static_cast<int64_t>(*value));
}

}  // namespace

std::optional<abi::SlotValue> SlotValueOf(Context& context, const Value& value, const TypeExpr& type,
                                          std::string_view what) {
  const std::string pattern = fmt::format("{} … {{}}", what);
  switch (type.kind) {
    case TypeExpr::Kind::kNumber:
      return NumberValue(context, value, type, {pattern, "0.5"});
    case TypeExpr::Kind::kCount:
      return Wrap(CountOf(context, value, {pattern, "5"}, 0, std::numeric_limits<int64_t>::max()));
    case TypeExpr::Kind::kMoney:
      return Wrap(MicrosOf(context, value, {pattern, "$500"}));
    case TypeExpr::Kind::kText: {
      const std::optional<std::string> text = TextOf(context, value, {pattern, "\"text\""});
      if (!text) return std::nullopt;
      abi::SlotValue slot{};
      slot.text = context.program.texts->Intern(*text);
      return slot;
    }
    case TypeExpr::Kind::kYesNo:
      return YesNoValue(context, value, what);
    case TypeExpr::Kind::kDate: {
      const std::optional<Date> date = DateOf(context, value, {pattern, "2026-07-10"});
      if (!date) return std::nullopt;
      return Integer(DaysFromCivil(*date) * kDayNs);
    }
    case TypeExpr::Kind::kDuration:
      return Wrap(ClockOf(context, value, {pattern, "30 minutes"}));
    case TypeExpr::Kind::kOneOf:
      return ChoiceValue(context, value, type, what);
    case TypeExpr::Kind::kTextList: {
      const std::optional<std::string> text = TextOf(context, value, {pattern, "\"text\""});
      if (!text) return std::nullopt;
      abi::SlotValue slot{};
      slot.list = context.program.texts->InternList(*text);
      return slot;
    }
  }
  BYLAW_UNREACHABLE("type");
}

std::optional<abi::SlotInfo> SlotInfoOf(Context& context, const syntax::Name& name, const TypeExpr& type) {
  abi::SlotInfo info;
  info.name = name.text;
  switch (type.kind) {
    case TypeExpr::Kind::kNumber:
      info.type = abi::SlotType::kNumber;
      CheckBounds(context, name, type);
      return info;
    case TypeExpr::Kind::kCount:
      info.type = abi::SlotType::kCount;
      return info;
    case TypeExpr::Kind::kMoney:
      info.type = abi::SlotType::kMoney;
      return info;
    case TypeExpr::Kind::kText:
      info.type = abi::SlotType::kText;
      return info;
    case TypeExpr::Kind::kYesNo:
      info.type = abi::SlotType::kYesNo;
      return info;
    case TypeExpr::Kind::kDate:
      info.type = abi::SlotType::kDate;
      return info;
    case TypeExpr::Kind::kDuration:
      info.type = abi::SlotType::kDuration;
      return info;
    case TypeExpr::Kind::kOneOf:
      info.type = abi::SlotType::kText;
      for (const syntax::Name& choice : type.choices) {
        if (std::find(info.choices.begin(), info.choices.end(), choice.text) != info.choices.end()) {
          context.Report(Kind::kDuplicateName, choice.span, fmt::format("choice {} is listed twice", choice.text));
          continue;
        }
        info.choices.push_back(choice.text);
      }
      return info;
    case TypeExpr::Kind::kTextList:
      info.type = abi::SlotType::kTextList;
      return info;
  }
  BYLAW_UNREACHABLE("type");
}

bool CheckConditionName(Context& context, const syntax::Name& name, std::string_view noun) {
  const bool plain = name.text.find_first_of("-.") == std::string::npos;
  const bool reserved = std::find(kReserved.begin(), kReserved.end(), name.text) != kReserved.end();
  if (plain && !reserved) return true;
  std::string better = name.text;
  std::replace_if(better.begin(), better.end(), [](char c) { return c == '-' || c == '.'; }, '_');
  if (reserved) better += "_value";
  context
      .Report(Kind::kUnexpectedText, name.span,
              fmt::format("{} {} cannot be read in conditions: {}", noun, name.text,
                          reserved ? "the word is reserved there" : "a name there has letters, digits and `_` only"))
      .help.push_back(fmt::format("write `{}`", better));
  return false;
}

}  // namespace bylaw::sema
