// Constants and names of conditions.

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "compiler/cel/checker.h"

namespace bylaw::cel {

Type TypeOf(abi::SlotType type) {
  switch (type) {
    case abi::SlotType::kNumber:
      return Type::kDouble;
    case abi::SlotType::kCount:
      return Type::kInt;
    case abi::SlotType::kMoney:
      return Type::kMoney;
    case abi::SlotType::kText:
      return Type::kString;
    case abi::SlotType::kYesNo:
      return Type::kBool;
    case abi::SlotType::kDate:
      return Type::kTimestamp;
    case abi::SlotType::kDuration:
      return Type::kDuration;
  }
  BYLAW_UNREACHABLE("slot type");
}

namespace {

using Kind = syntax::CelExpr::Kind;

struct Builtin {
  std::string_view base, field;
  Op op;
  Type type;
};
constexpr Builtin kBuiltins[] = {
    {"step", "name", Op::kStepName, Type::kString},
    {"step", "attempt", Op::kStepAttempt, Type::kInt},
    {"step", "estimated_cost", Op::kStepEstimatedCost, Type::kMoney},
    {"workflow", "name", Op::kWorkflowName, Type::kString},
    {"workflow", "spent", Op::kWorkflowSpent, Type::kMoney},
    {"workflow", "age", Op::kWorkflowAge, Type::kDuration},
    {"budget", "remaining", Op::kBudgetRemaining, Type::kMoney},
};

struct TenantFieldRow {
  std::string_view name;
  TenantText text;
};
constexpr TenantFieldRow kTenantFields[] = {
    {"id", TenantText::kId}, {"tier", TenantText::kTier}, {"class", TenantText::kClass}, {"org", TenantText::kOrg}};

// `steps.NAME` or `steps["NAME"]`: the step's name.
std::optional<std::string> StepNameOf(const syntax::CelExpr& expr) {
  const auto is_steps = [](const syntax::CelExpr& e) { return e.kind == Kind::kIdent && e.text == "steps"; };
  if (expr.kind == Kind::kSelect && is_steps(*expr.args[0])) return expr.text;
  if (expr.kind == Kind::kCall && expr.text == "_[_]" && is_steps(*expr.args[0]) &&
      expr.args[1]->kind == Kind::kString) {
    return expr.args[1]->text;
  }
  return std::nullopt;
}

}  // namespace

TypedExprPtr Checker::Literal(const syntax::CelExpr& expr) {
  switch (expr.kind) {
    case Kind::kBool: {
      TypedExprPtr node = Make(Op::kConst, Type::kBool, expr);
      node->int_value = expr.bool_value ? 1 : 0;
      return node;
    }
    case Kind::kInt: {
      TypedExprPtr node = Make(Op::kConst, Type::kInt, expr);
      node->int_value = expr.int_value;
      return node;
    }
    case Kind::kDouble: {
      TypedExprPtr node = Make(Op::kConst, Type::kDouble, expr);
      node->double_value = expr.double_value;
      return node;
    }
    case Kind::kString: {
      TypedExprPtr node = Make(Op::kConst, Type::kString, expr);
      node->text_value = expr.text;
      return node;
    }
    case Kind::kMoney: {
      if (expr.money.currency != scope_.currency) {
        sink_.Add(diag::Kind::kCurrencyMix, expr.span,
                  fmt::format("this policy counts in {}, and this amount is in {}", CurrencySymbol(scope_.currency),
                              CurrencySymbol(expr.money.currency)));
        return nullptr;
      }
      TypedExprPtr node = Make(Op::kConst, Type::kMoney, expr);
      node->int_value = expr.money.micros;
      return node;
    }
    case Kind::kUint:
      return Fail(expr, "an unsigned number cannot be compared with anything here", "write it without the `u`");
    case Kind::kBytes:
      return Fail(expr, "bytes cannot be compared with anything here", "write a text: \"…\" without the `b`");
    case Kind::kNull:
      return Fail(expr, "null stands for nothing here", "ask whether a value is there with has(request.NAME)");
    case Kind::kIdent:
    case Kind::kSelect:
    case Kind::kCall:
    case Kind::kMember:
    case Kind::kList:
    case Kind::kMap:
      break;
  }
  BYLAW_UNREACHABLE("not a literal");
}

TypedExprPtr Checker::Name(const syntax::CelExpr& expr) {
  if (expr.text == "now") return Make(Op::kNow, Type::kTimestamp, expr);
  for (const std::string_view group : {"request", "steps", "tenant", "step", "workflow", "budget"}) {
    if (expr.text == group) {
      return Fail(expr, fmt::format("`{}` is a group of values, not a value", group),
                  fmt::format("name one of them: {}.NAME", group));
    }
  }
  diag::Diagnostic& diagnostic =
      sink_.Add(diag::Kind::kUnknownName, expr.span, fmt::format("`{}` is not known in a condition", expr.text));
  bool is_input = false;
  for (uint32_t i = 0; scope_.slots != nullptr && i < scope_.input_count; ++i) {
    is_input = is_input || (*scope_.slots)[i].name == expr.text;
  }
  diagnostic.help.push_back(is_input ? fmt::format("did you mean `request.{}`?", expr.text)
                                     : "a condition reads request.INPUT, steps.STEP.OUTPUT, tenant.SETTING, step.*, "
                                       "workflow.*, budget.remaining and now");
  return nullptr;
}

TypedExprPtr Checker::RunSlot(const syntax::CelExpr& expr, const std::string& full_name, bool input) {
  if (scope_.slots == nullptr) {
    return Fail(expr,
                fmt::format("`{}` is not known here: this rule holds for every workflow",
                            input ? "request." + full_name : "steps." + full_name),
                "name the workflow: for workflow W");
  }
  const std::vector<abi::SlotInfo>& slots = *scope_.slots;
  const size_t begin = input ? 0 : scope_.input_count;
  const size_t end = input ? scope_.input_count : slots.size();
  std::vector<std::string_view> known;
  for (size_t i = begin; i < end; ++i) {
    if (slots[i].name == full_name) {
      TypedExprPtr node = Make(Op::kSlot, TypeOf(slots[i].type), expr);
      node->slot = static_cast<uint32_t>(i);
      return node;
    }
    known.push_back(slots[i].name);
  }
  return Unknown(
      diag::Kind::kUnknownName, expr,
      input ? fmt::format("the workflow has no input `{}`", full_name) : fmt::format("no step gives `{}`", full_name),
      full_name, known);
}

TypedExprPtr Checker::TenantField(const syntax::CelExpr& expr) {
  std::vector<std::string_view> known;
  for (const TenantFieldRow& field : kTenantFields) {
    if (field.name == expr.text) {
      TypedExprPtr node = Make(Op::kTenantText, Type::kString, expr);
      node->tenant_text = field.text;
      return node;
    }
    known.push_back(field.name);
  }
  for (size_t i = 0; scope_.settings != nullptr && i < scope_.settings->size(); ++i) {
    const abi::SlotInfo& setting = (*scope_.settings)[i];
    if (setting.name == expr.text) {
      TypedExprPtr node = Make(Op::kSetting, TypeOf(setting.type), expr);
      node->slot = static_cast<uint32_t>(i);
      return node;
    }
    known.push_back(setting.name);
  }
  return Unknown(diag::Kind::kUnknownSetting, expr, fmt::format("tenants have no setting `{}`", expr.text), expr.text,
                 known);
}

TypedExprPtr Checker::BuiltinField(const syntax::CelExpr& expr, const std::string& base) {
  std::vector<std::string_view> known;
  for (const Builtin& builtin : kBuiltins) {
    if (builtin.base != base) continue;
    if (builtin.field == expr.text) return Make(builtin.op, builtin.type, expr);
    known.push_back(builtin.field);
  }
  return Unknown(diag::Kind::kUnknownName, expr, fmt::format("`{}` has no value `{}`", base, expr.text), expr.text,
                 known);
}

TypedExprPtr Checker::Select(const syntax::CelExpr& expr) {
  const syntax::CelExpr& base = *expr.args[0];
  if (const std::optional<std::string> step = StepNameOf(base)) {
    return RunSlot(expr, fmt::format("{}.{}", *step, expr.text), /*input=*/false);
  }
  if (base.kind == Kind::kIdent) {
    if (base.text == "request") return RunSlot(expr, expr.text, /*input=*/true);
    if (base.text == "tenant") return TenantField(expr);
    if (base.text == "steps") {
      return Fail(expr, fmt::format("`steps.{}` is a step, not a value", expr.text),
                  fmt::format("name one of its outputs: steps.{}.OUTPUT", expr.text));
    }
    if (base.text == "step" || base.text == "workflow" || base.text == "budget") return BuiltinField(expr, base.text);
  }
  const TypedExprPtr typed = Infer(base);
  if (typed == nullptr) return nullptr;
  return Fail(expr, fmt::format("{} has no parts, so `.{}` means nothing here", TypeText(typed->type), expr.text));
}

TypedExprPtr Checker::TimeConstant(const syntax::CelExpr& expr) {
  const bool is_duration = expr.text == "duration";
  if (expr.args.size() != 1 || expr.args[0]->kind != Kind::kString) {
    return Fail(expr, fmt::format("{}() takes one constant text", expr.text),
                is_duration ? "duration(\"90m\")" : "timestamp(\"2026-07-10T00:00:00Z\")");
  }
  const std::string& text = expr.args[0]->text;
  TypedExprPtr node = Make(Op::kConst, is_duration ? Type::kDuration : Type::kTimestamp, expr);
  if (is_duration) {
    absl::Duration duration;
    if (!absl::ParseDuration(absl::string_view(text.data(), text.size()), &duration)) {
      return Fail(expr, fmt::format("\"{}\" is not a duration", text), "duration(\"90m\")");
    }
    node->int_value = absl::ToInt64Nanoseconds(duration);
    return node;
  }
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, absl::string_view(text.data(), text.size()), &time, &error)) {
    return Fail(expr, fmt::format("\"{}\" is not a point in time", text), "timestamp(\"2026-07-10T00:00:00Z\")");
  }
  node->int_value = absl::ToUnixNanos(time);
  return node;
}

}  // namespace bylaw::cel
