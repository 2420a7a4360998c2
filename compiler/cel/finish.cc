// The last pass of the checker: type variables are replaced by what they turned out to be, and calls whose operands are
// scalars of known types become the native operators of typed.h.
#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "compiler/cel/checker.h"

namespace bylaw::cel {
namespace {

using F = value::Function;

struct Native {
  F function;
  Op op;
};
constexpr Native kComparisons[] = {{F::kEqual, Op::kEqual},     {F::kNotEqual, Op::kNotEqual},
                                   {F::kLess, Op::kLess},       {F::kLessEqual, Op::kLessEqual},
                                   {F::kGreater, Op::kGreater}, {F::kGreaterEqual, Op::kGreaterEqual}};
constexpr Native kArithmetic[] = {{F::kAdd, Op::kAdd},
                                  {F::kSubtract, Op::kSubtract},
                                  {F::kMultiply, Op::kMultiply},
                                  {F::kDivide, Op::kDivide},
                                  {F::kModulo, Op::kModulo}};
constexpr Native kTextTests[] = {
    {F::kStartsWith, Op::kStartsWith}, {F::kEndsWith, Op::kEndsWith}, {F::kContains, Op::kContains}};

template <size_t N>
std::optional<Op> Find(const Native (&rows)[N], F function) {
  for (const Native& row : rows) {
    if (row.function == function) return row.op;
  }
  return std::nullopt;
}

// The type of `a op b` in native code, or nothing.
std::optional<Type> ArithmeticType(Op op, Type a, Type b) {
  const bool additive = op == Op::kAdd || op == Op::kSubtract;
  const auto are = [&](Type x, Type y) { return a == x && b == y; };
  if (are(Type::kInt, Type::kInt) || are(Type::kUint, Type::kUint)) return a;
  if (are(Type::kDouble, Type::kDouble) && op != Op::kModulo) return a;
  if (are(Type::kMoney, Type::kMoney) && additive) return a;
  if (are(Type::kMoney, Type::kInt) && (op == Op::kMultiply || op == Op::kDivide)) return a;
  if (are(Type::kInt, Type::kMoney) && op == Op::kMultiply) return b;
  if (are(Type::kDuration, Type::kDuration) && additive) return a;
  if (are(Type::kTimestamp, Type::kDuration) && additive) return a;
  if (are(Type::kDuration, Type::kTimestamp) && op == Op::kAdd) return b;
  if (are(Type::kTimestamp, Type::kTimestamp) && op == Op::kSubtract) return Type::kDuration;
  return std::nullopt;
}

bool IsText(const TypedExpr& node) { return node.op == Op::kConst && node.type == Type::kString; }

void BecomeTextTest(TypedExpr& node, Op op) {
  node.op = op;
  node.type = Type::kBool;
  node.text_value = std::move(node.args[1]->text_value);
  node.args.pop_back();
}

// `x in [constants of the type of x]`.
bool BecomeMembership(TypedExpr& node) {
  TypedExpr& list = *node.args[1];
  const Type type = node.args[0]->type;
  const bool native = IsScalar(type) && list.op == Op::kNewList &&
                      std::all_of(list.args.begin(), list.args.end(), [&](const TypedExprPtr& item) {
                        return item->op == Op::kConst && item->type == type;
                      });
  if (!native) return false;
  std::vector<TypedExprPtr> items = std::move(list.args);
  node.args.pop_back();
  for (TypedExprPtr& item : items) node.args.push_back(std::move(item));
  node.op = Op::kIn;
  node.type = Type::kBool;
  return true;
}

// duration("…") and timestamp("…") that can be read, and a timestamp that 64 bits hold, are constants.
bool BecomeTime(TypedExpr& node) {
  const bool duration = node.function == F::kToDuration;
  if ((!duration && node.function != F::kToTimestamp) || node.args.size() != 1 || !IsText(*node.args[0])) return false;
  value::Arena arena;
  const value::Value arg = value::String(node.args[0]->text_value);
  const value::Value read = value::Call(node.function, {&arg, 1}, arena);
  if (read.is_error()) return false;
  const value::WideNs ns = duration ? read.integer : value::NanosecondsOf(read);
  if (ns != static_cast<int64_t>(ns)) return false;
  node.op = Op::kConst;
  node.type = duration ? Type::kDuration : Type::kTimestamp;
  node.int_value = static_cast<int64_t>(ns);
  node.args.clear();
  return true;
}

void BecomeNative(TypedExpr& node) {
  const size_t count = node.args.size();
  const auto type = [&](size_t i) { return node.args[i]->type; };
  if (const auto comparison = Find(kComparisons, node.function);
      comparison && count == 2 && type(0) == type(1) && IsScalar(type(0))) {
    node.op = *comparison;
    node.type = Type::kBool;
    return;
  }
  if (const auto arithmetic = Find(kArithmetic, node.function); arithmetic && count == 2) {
    const std::optional<Type> result = ArithmeticType(*arithmetic, type(0), type(1));
    if (!result) return;
    node.op = *arithmetic;
    node.type = *result;
    return;
  }
  if (const auto test = Find(kTextTests, node.function); test && count == 2) {
    if (type(0) == Type::kString && IsText(*node.args[1])) BecomeTextTest(node, *test);
    return;
  }
  if (node.function == F::kNegate && count == 1 &&
      (type(0) == Type::kInt || type(0) == Type::kDouble || type(0) == Type::kMoney || type(0) == Type::kDuration)) {
    node.op = Op::kNegate;
    node.type = type(0);
  } else if (node.function == F::kIn && count == 2) {
    BecomeMembership(node);
  } else if (node.function == F::kMatches && count == 2 && type(0) == Type::kString && IsText(*node.args[1])) {
    if (re2::RE2(node.args[1]->text_value, re2::RE2::Quiet).ok()) BecomeTextTest(node, Op::kMatches);
  } else if (node.function == F::kSize && count == 1 && type(0) == Type::kString) {
    node.op = Op::kSize;
    node.type = Type::kInt;
  } else {
    BecomeTime(node);
  }
}

}  // namespace

Type Lowered(const Term& term) {
  if (term.nullable) return Type::kDyn;
  switch (term.kind) {
    case Term::Kind::kBool:
      return Type::kBool;
    case Term::Kind::kInt:
      return Type::kInt;
    case Term::Kind::kUint:
      return Type::kUint;
    case Term::Kind::kDouble:
      return Type::kDouble;
    case Term::Kind::kString:
      return Type::kString;
    case Term::Kind::kBytes:
      return Type::kBytes;
    case Term::Kind::kDuration:
      return Type::kDuration;
    case Term::Kind::kTimestamp:
      return Type::kTimestamp;
    case Term::Kind::kMoney:
      return Type::kMoney;
    case Term::Kind::kNull:
      return Type::kNull;
    case Term::Kind::kList:
      return Type::kList;
    case Term::Kind::kMap:
      return Type::kMap;
    case Term::Kind::kType:
      return Type::kTypeOf;
    case Term::Kind::kAbstract:
      return IsOptional(term) ? Type::kOptional : Type::kDyn;
    case Term::Kind::kDyn:
    case Term::Kind::kParam:
      return Type::kDyn;
  }
  BYLAW_UNREACHABLE("type");
}

void Checker::Finish(TypedExpr& node) {
  for (TypedExprPtr& arg : node.args) Finish(*arg);
  node.term = unifier_.Substitute(node.term, /*to_dyn=*/true);
  // What a constant is, and that a logical operator gives yes or no, is known without types too.
  const bool known = node.op == Op::kConst || node.op == Op::kAnd || node.op == Op::kOr || node.op == Op::kNot ||
                     node.op == Op::kAll || node.op == Op::kExists || node.op == Op::kExistsOne;
  if (!known || Checked()) node.type = node.op == Op::kConst ? node.type : Lowered(*node.term);
  if (node.op == Op::kCall) BecomeNative(node);
}

}  // namespace bylaw::cel
