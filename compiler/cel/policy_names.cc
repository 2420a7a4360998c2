// The names of conditions in a policy: request.*, steps.*, tenant.*, step.*, workflow.*, budget.* and now.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "compiler/cel/checker.h"

namespace bylaw::cel {

Type TypeOf(abi::SlotType type) { return Lowered(*TermOf(type)); }

TermPtr TermOf(abi::SlotType type) {
  switch (type) {
    case abi::SlotType::kNumber:
      return Simple(Term::Kind::kDouble);
    case abi::SlotType::kCount:
      return Simple(Term::Kind::kInt);
    case abi::SlotType::kMoney:
      return Simple(Term::Kind::kMoney);
    case abi::SlotType::kText:
      return Simple(Term::Kind::kString);
    case abi::SlotType::kYesNo:
      return Simple(Term::Kind::kBool);
    case abi::SlotType::kDate:
      return Simple(Term::Kind::kTimestamp);
    case abi::SlotType::kDuration:
      return Simple(Term::Kind::kDuration);
    case abi::SlotType::kTextList:
      return ListTerm(Simple(Term::Kind::kString));
  }
  BYLAW_UNREACHABLE("slot type");
}

namespace {

using Kind = syntax::CelExpr::Kind;

struct Builtin {
  std::string_view base, field;
  Op op;
  Term::Kind type;
};
constexpr Builtin kBuiltins[] = {
    {"step", "name", Op::kStepName, Term::Kind::kString},
    {"step", "attempt", Op::kStepAttempt, Term::Kind::kInt},
    {"step", "estimated_cost", Op::kStepEstimatedCost, Term::Kind::kMoney},
    {"workflow", "name", Op::kWorkflowName, Term::Kind::kString},
    {"workflow", "spent", Op::kWorkflowSpent, Term::Kind::kMoney},
    {"workflow", "age", Op::kWorkflowAge, Term::Kind::kDuration},
    {"budget", "remaining", Op::kBudgetRemaining, Term::Kind::kMoney},
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

TypedExprPtr Checker::PolicyName(const syntax::CelExpr& expr) {
  if (expr.text == "now") return Make(Op::kNow, Simple(Term::Kind::kTimestamp), expr);
  if (TypedExprPtr type = TypeName(expr, expr.text)) return type;
  for (const std::string_view group : {"request", "steps", "tenant", "step", "workflow", "budget"}) {
    if (expr.text == group) {
      return Fail(expr, fmt::format("`{}` is a group of values, not a value", group),
                  fmt::format("name one of them: {}.NAME", group));
    }
  }
  diag::Diagnostic& diagnostic =
      sink_.Add(diag::Kind::kUnknownName, expr.span, fmt::format("`{}` is not known in a condition", expr.text));
  bool is_input = false;
  for (uint32_t i = 0; scope_->slots != nullptr && i < scope_->input_count; ++i) {
    is_input = is_input || (*scope_->slots)[i].name == expr.text;
  }
  diagnostic.help.push_back(is_input ? fmt::format("did you mean `request.{}`?", expr.text)
                                     : "a condition reads request.INPUT, steps.STEP.OUTPUT, tenant.SETTING, step.*, "
                                       "workflow.*, budget.remaining and now");
  return nullptr;
}

TypedExprPtr Checker::RunSlot(const syntax::CelExpr& expr, const std::string& full_name, bool input) {
  if (scope_->slots == nullptr) {
    return Fail(expr,
                fmt::format("`{}` is not known here: this rule holds for every workflow",
                            input ? "request." + full_name : "steps." + full_name),
                "name the workflow: for workflow W");
  }
  const std::vector<abi::SlotInfo>& slots = *scope_->slots;
  const size_t begin = input ? 0 : scope_->input_count;
  const size_t end = input ? scope_->input_count : slots.size();
  std::vector<std::string_view> known;
  for (size_t i = begin; i < end; ++i) {
    if (slots[i].name == full_name) {
      TypedExprPtr node = Make(Op::kSlot, cel::TermOf(slots[i].type), expr);
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
      TypedExprPtr node = Make(Op::kTenantText, Simple(Term::Kind::kString), expr);
      node->tenant_text = field.text;
      return node;
    }
    known.push_back(field.name);
  }
  for (size_t i = 0; scope_->settings != nullptr && i < scope_->settings->size(); ++i) {
    const abi::SlotInfo& setting = (*scope_->settings)[i];
    if (setting.name == expr.text) {
      TypedExprPtr node = Make(Op::kSetting, cel::TermOf(setting.type), expr);
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
    if (builtin.field == expr.text) return Make(builtin.op, Simple(builtin.type), expr);
    known.push_back(builtin.field);
  }
  return Unknown(diag::Kind::kUnknownName, expr, fmt::format("`{}` has no value `{}`", base, expr.text), expr.text,
                 known);
}

std::optional<TypedExprPtr> Checker::PolicySelect(const syntax::CelExpr& expr) {
  const syntax::CelExpr& base = *expr.args[0];
  if (const std::optional<std::string> step = IsLocal("steps") ? std::nullopt : StepNameOf(base)) {
    return RunSlot(expr, fmt::format("{}.{}", *step, expr.text), /*input=*/false);
  }
  if (base.kind != Kind::kIdent || IsLocal(base.text)) return std::nullopt;
  if (base.text == "request") return RunSlot(expr, expr.text, /*input=*/true);
  if (base.text == "tenant") return TenantField(expr);
  if (base.text == "steps") {
    return Fail(expr, fmt::format("`steps.{}` is a step, not a value", expr.text),
                fmt::format("name one of its outputs: steps.{}.OUTPUT", expr.text));
  }
  if (base.text == "step" || base.text == "workflow" || base.text == "budget") return BuiltinField(expr, base.text);
  return std::nullopt;
}

}  // namespace bylaw::cel
