// The last pass of the checker: type variables are replaced by what they turned out to be, and calls whose operands are
// scalars of known types become the native operators of typed.h.
//
// CEL's types are no promise: `dyn` fits everything, so `[1] + dyn(["a"])` is a list(int) that holds a text. A node is
// exact if no such assumption stands behind its type; only an exact node is held as a native scalar, whatever else is
// held as a value whose kind is looked at. So the two engines agree on what the checker was wrong about.
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

bool IsTransform(Op op) { return op == Op::kTransformList || op == Op::kTransformMap || op == Op::kTransformMapEntry; }

bool HoldsDyn(const Term& term) {
  return term.kind == Term::Kind::kDyn || term.nullable ||
         std::any_of(term.params.begin(), term.params.end(), [](const TermPtr& param) { return HoldsDyn(*param); });
}

// Every value of `from` is a value of `to`.
bool Conforms(const Term& from, const Term& to) {
  if (to.kind == Term::Kind::kDyn || (from.kind == Term::Kind::kNull && to.nullable)) return true;
  if (from.kind != to.kind || from.name != to.name || from.params.size() != to.params.size()) return false;
  if (from.nullable && !to.nullable) return false;
  return std::equal(from.params.begin(), from.params.end(), to.params.begin(),
                    [](const TermPtr& a, const TermPtr& b) { return Conforms(*a, *b); });
}

// If what it is made from is exact, so is the node.
bool IsExact(const TypedExpr& node) {
  const Term& term = *node.term;
  const auto conforms = [&](size_t arg, const Term& to) { return Conforms(*node.args[arg]->term, to); };
  switch (node.op) {
    case Op::kConditional:
      return conforms(1, term) && conforms(2, term);
    case Op::kBind:
    case Op::kTransformMapEntry:
    case Op::kOptionalFlatMap:
      return conforms(1, term);
    case Op::kOptionalMap:
    case Op::kTransformList:
      return term.params.empty() || conforms(1, *term.params[0]);
    case Op::kTransformMap:
      return term.params.empty() || conforms(1, *term.params[1]);
    case Op::kNewList:
    case Op::kNewMap:
      for (size_t i = 0; i < node.args.size() && !term.params.empty(); ++i) {
        if (!conforms(i, *term.params[i % term.params.size()])) return false;
      }
      return true;
    case Op::kMaybe:
      return !HoldsDyn(*node.args[0]->term);
    case Op::kCall:
    case Op::kOrElse:
    case Op::kOrValue:
      return std::none_of(node.args.begin(), node.args.end(),
                          [](const TypedExprPtr& arg) { return HoldsDyn(*arg->term); });
    default:
      return true;
  }
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

bool Checker::FinishArgs(TypedExpr& node) {
  const bool maps_optional = node.op == Op::kOptionalMap || node.op == Op::kOptionalFlatMap;
  const bool names_values = maps_optional || node.op == Op::kBind || node.op == Op::kAll || node.op == Op::kExists ||
                            node.op == Op::kExistsOne || IsTransform(node.op);
  bool exact = true;
  for (size_t i = 0; i < node.args.size(); ++i) {
    exact = Finish(*node.args[i]) && exact;
    if (i > 0 || !names_values) continue;
    // What an optional of unknown type holds got a type from how it is used.
    const bool known = !maps_optional || !HoldsDyn(*node.args[0]->term);
    exact_locals_[node.slot] = exact_locals_[node.slot + (node.two ? 1 : 0)] = exact && known;
  }
  return exact;
}

bool Checker::Finish(TypedExpr& node) {
  const bool exact_args = FinishArgs(node);
  node.term = unifier_.Substitute(node.term, /*to_dyn=*/true);
  // What a constant is, and that a logical operator gives yes or no, is known without types too.
  const bool logical = node.op == Op::kAnd || node.op == Op::kOr || node.op == Op::kNot || node.op == Op::kAll ||
                       node.op == Op::kExists || node.op == Op::kExistsOne || node.op == Op::kHasField;
  if (node.op == Op::kConst || (logical && !Checked())) return true;
  const bool exact = logical || (node.op == Op::kLocal ? exact_locals_[node.slot] : exact_args && IsExact(node)) ||
                     (node.op == Op::kCall && AlwaysGivesScalar(node.function));
  node.type = exact ? Lowered(*node.term) : Type::kDyn;
  if (node.op == Op::kCall) BecomeNative(node);
  return exact || IsScalar(node.type);
}

}  // namespace bylaw::cel
