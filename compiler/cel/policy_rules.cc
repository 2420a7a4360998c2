// What conditions of a policy ask beyond CEL, and what is said when no form of a function fits.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "compiler/cel/checker.h"

namespace bylaw::cel {
namespace {

using F = value::Function;

bool IsConst(const TypedExpr& expr) { return expr.op == Op::kConst; }

// A whole number written where the other side is a number: 1 means 1.0.
void WidenLiteral(TypedExpr& literal, const Term& other) {
  if (!IsConst(literal) || literal.type != Type::kInt || other.kind != Term::Kind::kDouble) return;
  literal.term = Simple(Term::Kind::kDouble);
  literal.type = Type::kDouble;
  literal.double_value = static_cast<double>(literal.int_value);
}

bool IsComparison(std::string_view name) {
  return name == "_==_" || name == "_!=_" || name == "_<_" || name == "_<=_" || name == "_>_" || name == "_>=_";
}

// "+" of "_+_".
std::string_view Symbol(std::string_view name) { return name.substr(1, name.size() - 2); }

bool IsPartOfInstant(F function) {
  switch (function) {
    case F::kGetDate:
    case F::kGetDayOfMonth:
    case F::kGetDayOfWeek:
    case F::kGetDayOfYear:
    case F::kGetFullYear:
    case F::kGetHours:
    case F::kGetMilliseconds:
    case F::kGetMinutes:
    case F::kGetMonth:
    case F::kGetSeconds:
      return true;
    default:
      return false;
  }
}

// "text.substring(count, count)": a form as it is written.
std::string FormText(std::string_view name, const Overload& overload) {
  std::vector<std::string> params;
  for (const TermPtr& param : overload.params) params.push_back(TermText(*param));
  if (!overload.member) return fmt::format("{}({})", name, fmt::join(params, ", "));
  const std::string target = params[0];
  params.erase(params.begin());
  return fmt::format("{}.{}({})", target, name, fmt::join(params, ", "));
}

}  // namespace

void Checker::Widen(Nodes& args) {
  if (args.size() != 2) return;
  const TermPtr terms[] = {TermOf(*args[0]), TermOf(*args[1])};
  WidenLiteral(*args[0], *terms[1]);
  WidenLiteral(*args[1], *terms[0]);
  if (args[1]->op != Op::kNewList || terms[0]->kind != Term::Kind::kDouble) return;
  for (TypedExprPtr& item : args[1]->args) WidenLiteral(*item, *terms[0]);
  const bool all = std::all_of(args[1]->args.begin(), args[1]->args.end(),
                               [](const TypedExprPtr& item) { return item->type == Type::kDouble; });
  if (all && !args[1]->args.empty()) args[1]->term = ListTerm(Simple(Term::Kind::kDouble));
}

bool Checker::CheckChoice(const TypedExpr& slot, const TypedExpr& constant) {
  if ((slot.op != Op::kSlot && slot.op != Op::kSetting) || !IsConst(constant) || constant.type != Type::kString) {
    return true;
  }
  const abi::SlotInfo& info = slot.op == Op::kSlot ? (*scope_->slots)[slot.slot] : (*scope_->settings)[slot.slot];
  if (info.choices.empty()) return true;
  if (std::find(info.choices.begin(), info.choices.end(), constant.text_value) != info.choices.end()) return true;
  diag::Diagnostic& diagnostic = sink_.Add(diag::Kind::kConditionType, constant.span,
                                           fmt::format("`{}` is never \"{}\"", info.name, constant.text_value));
  diagnostic.help.push_back(fmt::format("it is one of {}", fmt::join(info.choices, ", ")));
  return false;
}

// Whether a constant text compared with a `one of` input is one of its choices.
bool Checker::CheckChoices(std::string_view function, const Nodes& args) {
  if (IsComparison(function)) return CheckChoice(*args[0], *args[1]) && CheckChoice(*args[1], *args[0]);
  if (function != "_in_" || args[1]->op != Op::kNewList) return true;
  return std::all_of(args[1]->args.begin(), args[1]->args.end(),
                     [&](const TypedExprPtr& item) { return CheckChoice(*args[0], *item); });
}

// What is constant is judged now: patterns, zones, durations and points in time.
TypedExprPtr Checker::CheckConstants(const syntax::CelExpr& expr, TypedExprPtr call) {
  const F function = call->function;
  if (function == F::kDyn) {
    return Fail(expr, "a condition knows the type of every value, so dyn() means nothing here", "leave dyn() out");
  }
  if (function == F::kMatches) {
    if (!IsConst(*call->args[1])) {
      return Fail(expr, "matches() asks a text about one constant pattern", "request.NAME.matches(\"…\")");
    }
    const re2::RE2 compiled(call->args[1]->text_value, re2::RE2::Quiet);
    if (compiled.ok()) return call;
    return Fail(
        *expr.args.back(), fmt::format("the pattern is not a regular expression: {}", compiled.error()),
        "close each bracket, and write `\\\\` before a sign that stands for itself, as in \"^eu\\\\.(west|north)$\"");
  }
  value::Arena arena;
  if (IsPartOfInstant(function) && call->args.size() == 2 && IsConst(*call->args[1])) {
    const value::Value args[] = {value::Timestamp(0, 0), value::String(call->args[1]->text_value)};
    if (!value::Call(function, args, arena).is_error()) return call;
    return Fail(*expr.args.back(), fmt::format("\"{}\" is not a time zone", call->args[1]->text_value),
                "request.NAME.getHours(\"Europe/Berlin\")");
  }
  const bool is_duration = function == F::kToDuration;
  if ((!is_duration && function != F::kToTimestamp) || !IsConst(*call->args[0]) ||
      call->args[0]->type != Type::kString) {
    return call;
  }
  const std::string& text = call->args[0]->text_value;
  const value::Value arg = value::String(text);
  const value::Value read = value::Call(function, {&arg, 1}, arena);
  if (read.is_error()) {
    return Fail(expr, fmt::format("\"{}\" is not {}", text, is_duration ? "a duration" : "a point in time"),
                is_duration ? "duration(\"90m\")" : "timestamp(\"2026-07-10T00:00:00Z\")");
  }
  if (!is_duration && value::NanosecondsOf(read) != static_cast<int64_t>(value::NanosecondsOf(read))) {
    return Fail(expr, fmt::format("\"{}\" lies outside the years 1678 to 2261, in which decisions are made", text),
                "timestamp(\"2099-12-31T00:00:00Z\")");
  }
  return call;
}

TypedExprPtr Checker::Misfit(const syntax::CelExpr& expr, std::string_view name, const Nodes& args, bool member) {
  std::vector<std::string> types;
  for (const TypedExprPtr& arg : args) types.push_back(TypeText(*TermOf(*arg)));
  const bool binary = args.size() == 2;
  if (IsComparison(name) && binary) {
    const TermPtr a = TermOf(*args[0]), b = TermOf(*args[1]);
    if (a->kind == b->kind && name != "_==_" && name != "_!=_") {
      return Fail(expr, fmt::format("{} has no order, so `{}` means nothing here", types[0], Symbol(name)));
    }
    std::string help;
    if (a->kind == Term::Kind::kNull || b->kind == Term::Kind::kNull) {
      help = "ask whether a value is there with has(request.NAME)";
    } else if (a->kind == Term::Kind::kMoney || b->kind == Term::Kind::kMoney) {
      help = "write the amount with its currency, as in `request.amount > $500`";
    }
    return Fail(expr, fmt::format("{} cannot be compared with {}", types[0], types[1]), std::move(help));
  }
  if (name == "-_") return Fail(expr, fmt::format("{} has no negative", types[0]));
  if (name == "_in_") {
    const TermPtr whole = TermOf(*args[1]);
    if (whole->kind == Term::Kind::kList) {
      return Fail(expr, fmt::format("{} can never be in a list with {}", types[0], TypeText(*whole->params[0])));
    }
    return Fail(*expr.args[1], "`in` needs a list on its right", "request.channel in [\"web\", \"branch\"]");
  }
  if (name == "_[_]" || name == "_[?_]") {
    return Fail(expr, fmt::format("{} cannot be looked up by {}", types[0], types[1]), "request.tags[0]");
  }
  if (name.starts_with('_') && binary) {
    return Fail(expr, fmt::format("`{}` means nothing between {} and {}", Symbol(name), types[0], types[1]));
  }
  if (name == "size" && types.size() == 1) return Fail(expr, fmt::format("{} has no size", types[0]));
  std::string form;
  for (const Overload& overload : *Overloads(name)) {
    if (form.empty() || overload.member == member) form = FormText(name, overload);
  }
  return Fail(
      expr,
      fmt::format("`{}` does not take {}", name, types.empty() ? "nothing" : fmt::format("{}", fmt::join(types, ", "))),
      fmt::format("write it as {}", form));
}

TypedExprPtr Checker::UnknownFunction(const syntax::CelExpr& expr, std::string_view name) {
  std::vector<std::string_view> known;
  for (const std::string_view function : FunctionNames()) {
    if (!function.starts_with('_') && !function.starts_with('-')) known.push_back(function);
  }
  for (const std::string_view macro : {"has", "all", "exists", "exists_one", "map", "filter"}) known.push_back(macro);
  return Unknown(diag::Kind::kUnknownName, expr, fmt::format("there is no function `{}` in conditions", name),
                 std::string(name), known);
}

}  // namespace bylaw::cel
