// What a condition is for chosen values of its variables, as the reference evaluator says; open where it depends on
// something that was not chosen.
#include <limits>

#include "compiler/verify/condition_parts.h"
#include "compiler/verify/condition_space.h"

namespace bylaw::verify {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

template <typename T>
bool Compare(Op op, const T& a, const T& b) {
  if (op == Op::kEqual) return a == b;
  if (op == Op::kNotEqual) return a != b;
  if (op == Op::kLess) return a < b;
  if (op == Op::kLessEqual) return a <= b;
  if (op == Op::kGreater) return a > b;
  return a >= b;
}

bool CompareAs(Op op, Type type, const SpaceValue& a, const SpaceValue& b) {
  if (type == Type::kDouble) return Compare(op, a.number, b.number);
  if (type == Type::kString) return Compare(op, a.text, b.text);
  return Compare(op, a.integer, b.integer);
}

}  // namespace

std::string ConditionSpace::TenantText(cel::TenantText which) const {
  const sema::Program& program = context_.program;
  const sema::Tenant& tenant = program.tenants[context_.tenant.index()];
  if (which == cel::TenantText::kId) return tenant.name;
  if (which == cel::TenantText::kTier) return tenant.tier.valid() ? program.tiers[tenant.tier.index()].name : "";
  if (which == cel::TenantText::kClass) return tenant.klass.valid() ? program.classes[tenant.klass.index()].name : "";
  return tenant.org.valid() ? program.orgs[tenant.org.index()].name : "";
}

ConditionSpace::Value ConditionSpace::EvalSetting(const TypedExpr& expr) const {
  const sema::Program& program = context_.program;
  std::optional<abi::SlotValue> set = program.settings[expr.slot].default_value;
  for (const auto& [id, stated] : program.terms(context_.tenant).settings) {
    if (id.value() == expr.slot) set = stated.value;
  }
  if (!set.has_value()) return {Truth::kError, {}};
  if (expr.type == Type::kDouble) return {Truth::kTrue, Number(set->number)};
  if (expr.type == Type::kString) return {Truth::kTrue, Text(std::string(set->text->data, set->text->size))};
  return {Truth::kTrue, Whole(expr.type == Type::kBool ? set->integer != 0 : set->integer)};
}

ConditionSpace::Value ConditionSpace::EvalVariable(const TypedExpr& expr) const {
  const bool slot = expr.op == Op::kSlot || expr.op == Op::kHas;
  const Key key(slot ? Op::kSlot : expr.op, slot ? expr.slot : 0);
  const auto it = chosen_.find(key);
  if (it == chosen_.end()) return {Truth::kOpen, {}};
  const SpaceValue& value = variables_.at(key).values[it->second];
  if (expr.op == Op::kHas) return {Truth::kTrue, Whole(value.absent ? 0 : 1)};
  return value.absent ? Value{Truth::kError, {}} : Value{Truth::kTrue, value};
}

ConditionSpace::Value ConditionSpace::EvalJunction(const TypedExpr& expr, bool decides) const {
  const Value a = Eval(*expr.args[0]), b = Eval(*expr.args[1]);
  for (const Value* side : {&a, &b}) {
    if (side->state == Truth::kTrue && (side->value.integer != 0) == decides) return {Truth::kTrue, Whole(decides)};
  }
  if (a.state == Truth::kOpen || b.state == Truth::kOpen) return {Truth::kOpen, {}};
  if (a.state == Truth::kError || b.state == Truth::kError) return {Truth::kError, {}};
  return {Truth::kTrue, Whole(!decides)};
}

ConditionSpace::Value ConditionSpace::EvalArithmetic(const TypedExpr& expr) const {
  const Value a = Eval(*expr.args[0]);
  if (a.state != Truth::kTrue) return a;
  const Value b = Eval(*expr.args[1]);
  if (b.state != Truth::kTrue) return b;
  const int64_t x = a.value.integer, y = b.value.integer;
  const Value error{Truth::kError, {}};
  if (expr.type == Type::kDouble && expr.args[0]->type == Type::kDouble && expr.args[1]->type == Type::kDouble) {
    const double p = a.value.number, q = b.value.number;
    if (expr.op == Op::kAdd) return {Truth::kTrue, Number(p + q)};
    if (expr.op == Op::kSubtract) return {Truth::kTrue, Number(p - q)};
    if (expr.op == Op::kMultiply) return {Truth::kTrue, Number(p * q)};
    if (expr.op == Op::kDivide) return {Truth::kTrue, Number(p / q)};
    return {Truth::kOpen, {}};
  }
  if (!IsWhole(expr.type) || !IsWhole(expr.args[0]->type) || !IsWhole(expr.args[1]->type)) return {Truth::kOpen, {}};
  int64_t out = 0;
  if (expr.op == Op::kAdd) return __builtin_add_overflow(x, y, &out) ? error : Value{Truth::kTrue, Whole(out)};
  if (expr.op == Op::kSubtract) return __builtin_sub_overflow(x, y, &out) ? error : Value{Truth::kTrue, Whole(out)};
  if (expr.op == Op::kMultiply) return __builtin_mul_overflow(x, y, &out) ? error : Value{Truth::kTrue, Whole(out)};
  if (y == 0 || (x == std::numeric_limits<int64_t>::min() && y == -1)) return error;
  return {Truth::kTrue, Whole(expr.op == Op::kDivide ? x / y : x % y)};
}

ConditionSpace::Value ConditionSpace::EvalComparison(const TypedExpr& expr) const {
  const Value a = Eval(*expr.args[0]);
  if (a.state != Truth::kTrue) return a;
  bool found = false;
  for (size_t i = 1; i < expr.args.size(); ++i) {
    if (!IsKnownType(expr.args[i]->type) || expr.args[i]->type != expr.args[0]->type) return {Truth::kOpen, {}};
    const Value b = Eval(*expr.args[i]);
    if (b.state != Truth::kTrue) return b;
    found = found || CompareAs(expr.op == Op::kIn ? Op::kEqual : expr.op, expr.args[0]->type, a.value, b.value);
  }
  return {Truth::kTrue, Whole(found)};
}

ConditionSpace::Value ConditionSpace::EvalText(const TypedExpr& expr) const {
  const Value a = Eval(*expr.args[0]);
  if (a.state != Truth::kTrue) return a;
  const std::string& text = a.value.text;
  if (expr.op == Op::kStartsWith) return {Truth::kTrue, Whole(text.starts_with(expr.text_value))};
  if (expr.op == Op::kEndsWith) return {Truth::kTrue, Whole(text.ends_with(expr.text_value))};
  return {Truth::kTrue, Whole(text.find(expr.text_value) != std::string::npos)};
}

ConditionSpace::Value ConditionSpace::Eval(const TypedExpr& expr) const {
  const Value open{Truth::kOpen, {}};
  if (free_ && IsOpaque(expr)) {
    const auto it = opaque_.find(SaidBy(expr));
    if (it == opaque_.end() || it->second == Truth::kOpen) return open;
    if (it->second == Truth::kError) return {Truth::kError, {}};
    return {Truth::kTrue, Whole(it->second == Truth::kTrue)};
  }
  if (!IsKnownType(expr.type)) return open;
  if (expr.op == Op::kConst) {
    if (expr.type == Type::kDouble) return {Truth::kTrue, Number(expr.double_value)};
    if (expr.type == Type::kString) return {Truth::kTrue, Text(expr.text_value)};
    return {Truth::kTrue, Whole(expr.int_value)};
  }
  if (IsVariable(expr) || expr.op == Op::kHas) return EvalVariable(expr);
  if (expr.op == Op::kSetting) return EvalSetting(expr);
  if (expr.op == Op::kTenantText) return {Truth::kTrue, Text(TenantText(expr.tenant_text))};
  const sema::Program& program = context_.program;
  if (expr.op == Op::kWorkflowName && context_.workflow.valid()) {
    return {Truth::kTrue, Text(program.workflows[context_.workflow.index()].name)};
  }
  if (expr.op == Op::kStepName && context_.workflow.valid() && context_.step.valid()) {
    return {Truth::kTrue, Text(program.workflows[context_.workflow.index()].steps[context_.step.index()].name)};
  }
  if (expr.op == Op::kAnd) return EvalJunction(expr, false);
  if (expr.op == Op::kOr) return EvalJunction(expr, true);
  if (expr.op == Op::kNot) {
    const Value a = Eval(*expr.args[0]);
    return a.state == Truth::kTrue ? Value{Truth::kTrue, Whole(a.value.integer == 0)} : a;
  }
  if (expr.op == Op::kConditional) {
    const Value a = Eval(*expr.args[0]);
    return a.state == Truth::kTrue ? Eval(*expr.args[a.value.integer != 0 ? 1 : 2]) : a;
  }
  if (IsArithmetic(expr.op) && expr.args.size() == 2) return EvalArithmetic(expr);
  if ((IsComparison(expr.op) || expr.op == Op::kIn) && expr.args.size() >= 2) return EvalComparison(expr);
  if (IsTextTest(expr.op) && expr.args.size() == 1) return EvalText(expr);
  return open;
}

}  // namespace bylaw::verify
