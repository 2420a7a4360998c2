#include "compiler/plan/cel_eval.h"

#include <re2/re2.h>

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace bylaw::plan {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

// The value of a node; which member counts follows from the node's type.
struct Value {
  bool error = false;
  int64_t integer = 0;  // also yes/no
  double number = 0;
  std::string_view text;
};

Value Error() { return {.error = true}; }
Value Integer(int64_t integer) { return {.integer = integer}; }
Value Number(double number) { return {.number = number}; }
Value Text(std::string_view text) { return {.text = text}; }

Value Eval(const TypedExpr& expr, const EvalContext& context);

Value FromSlot(Type type, const abi::SlotValue& slot) {
  if (type == Type::kDouble) return Number(slot.number);
  if (type == Type::kString) return Text({slot.text->data, slot.text->size});
  if (type == Type::kBool) return Integer(slot.integer != 0);
  return Integer(slot.integer);
}

bool HasBit(const uint64_t* words, size_t bit) { return (words[bit / 64] >> (bit % 64) & 1) != 0; }

Value Setting(const TypedExpr& expr, const EvalContext& context) {
  const Plan& plan = *context.program->plan;
  const abi::SlotValue* row = plan.tables.settings.data() + context.tenant->settings_begin;
  const uint64_t word = static_cast<uint64_t>(row[plan.setting_count + expr.slot / 64].integer);
  if ((word >> (expr.slot % 64) & 1) == 0) return Error();
  return FromSlot(expr.type, row[expr.slot]);
}

template <typename IdType>
std::string_view NameAt(const std::vector<std::string>& names, IdType id) {
  return id.valid() ? std::string_view(names[id.index()]) : std::string_view();
}

std::string_view TenantText(const TypedExpr& expr, const EvalContext& context) {
  const abi::PolicyImage& tables = context.program->plan->tables;
  switch (expr.tenant_text) {
    case cel::TenantText::kId:
      return NameAt(tables.tenant_names, context.tenant->tenant);
    case cel::TenantText::kTier:
      return NameAt(tables.tiers, context.tenant->tier);
    case cel::TenantText::kClass:
      return NameAt(tables.classes, context.tenant->klass);
    case cel::TenantText::kOrg:
      return context.tenant->org.valid() ? std::string_view(tables.orgs[context.tenant->org.index()].name)
                                         : std::string_view();
  }
  BYLAW_UNREACHABLE("tenant text");
}

Value Checked(Op op, int64_t a, int64_t b) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  int64_t out = 0;
  switch (op) {
    case Op::kAdd:
      return __builtin_add_overflow(a, b, &out) ? Error() : Integer(out);
    case Op::kSubtract:
      return __builtin_sub_overflow(a, b, &out) ? Error() : Integer(out);
    case Op::kMultiply:
      return __builtin_mul_overflow(a, b, &out) ? Error() : Integer(out);
    case Op::kDivide:
      return b == 0 || (a == kLeast && b == -1) ? Error() : Integer(a / b);
    case Op::kModulo:
      return b == 0 || (a == kLeast && b == -1) ? Error() : Integer(a % b);
    default:
      BYLAW_UNREACHABLE("arithmetic");
  }
}

Value Arithmetic(const TypedExpr& expr, const EvalContext& context) {
  const Value a = Eval(*expr.args[0], context);
  if (a.error) return a;
  const Value b = Eval(*expr.args[1], context);
  if (b.error) return b;
  if (expr.type != Type::kDouble) return Checked(expr.op, a.integer, b.integer);
  switch (expr.op) {
    case Op::kAdd:
      return Number(a.number + b.number);
    case Op::kSubtract:
      return Number(a.number - b.number);
    case Op::kMultiply:
      return Number(a.number * b.number);
    case Op::kDivide:
      return Number(a.number / b.number);
    default:
      BYLAW_UNREACHABLE("the checker gives numbers no other arithmetic");
  }
}

template <typename T>
bool Compare(Op op, const T& a, const T& b) {
  switch (op) {
    case Op::kEqual:
      return a == b;
    case Op::kNotEqual:
      return a != b;
    case Op::kLess:
      return a < b;
    case Op::kLessEqual:
      return a <= b;
    case Op::kGreater:
      return a > b;
    case Op::kGreaterEqual:
      return a >= b;
    default:
      BYLAW_UNREACHABLE("comparison");
  }
}

bool CompareAs(Op op, Type type, const Value& a, const Value& b) {
  if (type == Type::kDouble) return Compare(op, a.number, b.number);
  if (type == Type::kString) return Compare(op, a.text, b.text);
  return Compare(op, a.integer, b.integer);
}

Value Comparison(const TypedExpr& expr, const EvalContext& context) {
  const Value a = Eval(*expr.args[0], context);
  if (a.error) return a;
  const Value b = Eval(*expr.args[1], context);
  if (b.error) return b;
  return Integer(CompareAs(expr.op, expr.args[0]->type, a, b));
}

Value Membership(const TypedExpr& expr, const EvalContext& context) {
  const Value a = Eval(*expr.args[0], context);
  if (a.error) return a;
  return Integer(std::any_of(expr.args.begin() + 1, expr.args.end(), [&](const cel::TypedExprPtr& item) {
    return CompareAs(Op::kEqual, expr.args[0]->type, a, Eval(*item, context));
  }));
}

// `decides`: the value of one side that settles the whole, whatever the other side is.
Value Junction(const TypedExpr& expr, const EvalContext& context, bool decides) {
  const Value a = Eval(*expr.args[0], context);
  if (!a.error && (a.integer != 0) == decides) return Integer(decides);
  const Value b = Eval(*expr.args[1], context);
  if (!b.error && (b.integer != 0) == decides) return Integer(decides);
  return a.error || b.error ? Error() : Integer(!decides);
}

Value TextTest(const TypedExpr& expr, const EvalContext& context) {
  const Value a = Eval(*expr.args[0], context);
  if (a.error) return a;
  const std::string_view wanted = expr.text_value;
  switch (expr.op) {
    case Op::kMatches: {
      const re2::RE2& pattern = *context.program->plan->patterns.find(&expr)->second.compiled;
      return Integer(re2::RE2::PartialMatch(re2::StringPiece(a.text.data(), a.text.size()), pattern));
    }
    case Op::kStartsWith:
      return Integer(a.text.starts_with(wanted));
    case Op::kEndsWith:
      return Integer(a.text.ends_with(wanted));
    case Op::kContains:
      return Integer(a.text.find(wanted) != std::string_view::npos);
    default:
      BYLAW_UNREACHABLE("text test");
  }
}

Value Constant(const TypedExpr& expr) {
  if (expr.type == Type::kDouble) return Number(expr.double_value);
  if (expr.type == Type::kString) return Text(expr.text_value);
  return Integer(expr.int_value);
}

Value Unary(const TypedExpr& expr, const EvalContext& context) {
  Value a = Eval(*expr.args[0], context);
  if (a.error) return a;
  if (expr.op == Op::kNot) return Integer(a.integer == 0);
  if (expr.op == Op::kSize) return Integer(CodePoints(a.text));
  return expr.type == Type::kDouble ? Number(-a.number) : Checked(Op::kSubtract, 0, a.integer);
}

Value Eval(const TypedExpr& expr, const EvalContext& context) {
  const abi::StepRequest& request = *context.request;
  switch (expr.op) {
    case Op::kConst:
      return Constant(expr);
    case Op::kSlot:
      return HasBit(request.present, expr.slot) ? FromSlot(expr.type, request.slots[expr.slot]) : Error();
    case Op::kHas:
      return Integer(HasBit(request.present, expr.slot));
    case Op::kSetting:
      return Setting(expr, context);
    case Op::kTenantText:
      return Text(TenantText(expr, context));
    case Op::kStepName:
      return Text(context.program->step_name);
    case Op::kStepAttempt:
      return Integer(request.attempt);
    case Op::kStepEstimatedCost:
      return Integer(context.program->estimate_micros);
    case Op::kWorkflowName:
      return Text(context.program->workflow_name);
    case Op::kWorkflowSpent:
      return Integer(request.spent_micros);
    case Op::kWorkflowAge:
      return Integer(request.age_ns);
    case Op::kBudgetRemaining:
      return Integer(request.remaining_micros);
    case Op::kNow:
      return Integer(request.wall_now_ns);
    case Op::kNot:
    case Op::kNegate:
    case Op::kSize:
      return Unary(expr, context);
    case Op::kAnd:
      return Junction(expr, context, false);
    case Op::kOr:
      return Junction(expr, context, true);
    case Op::kConditional: {
      const Value condition = Eval(*expr.args[0], context);
      return condition.error ? condition : Eval(*expr.args[condition.integer != 0 ? 1 : 2], context);
    }
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo:
      return Arithmetic(expr, context);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return Comparison(expr, context);
    case Op::kIn:
      return Membership(expr, context);
    case Op::kMatches:
    case Op::kStartsWith:
    case Op::kEndsWith:
    case Op::kContains:
      return TextTest(expr, context);
  }
  BYLAW_UNREACHABLE("operator");
}

}  // namespace

int64_t CodePoints(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

Truth Evaluate(const TypedExpr& expr, const EvalContext& context) {
  const Value value = Eval(expr, context);
  return value.error ? Truth::kError : (value.integer != 0 ? Truth::kTrue : Truth::kFalse);
}

}  // namespace bylaw::plan
