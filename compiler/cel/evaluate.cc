// Leaves, operators and calls; the macros are in evaluate_macros.cc.
#include "compiler/cel/evaluate.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "compiler/cel/cost.h"
#include "compiler/cel/evaluator.h"
#include "compiler/value/search.h"

namespace bylaw::cel {

using value::Error;
using value::Value;

namespace {

value::Function FunctionOf(Op op) {
  using F = value::Function;
  switch (op) {
    case Op::kNegate:
      return F::kNegate;
    case Op::kAdd:
      return F::kAdd;
    case Op::kSubtract:
      return F::kSubtract;
    case Op::kMultiply:
      return F::kMultiply;
    case Op::kDivide:
      return F::kDivide;
    case Op::kModulo:
      return F::kModulo;
    case Op::kEqual:
      return F::kEqual;
    case Op::kNotEqual:
      return F::kNotEqual;
    case Op::kLess:
      return F::kLess;
    case Op::kLessEqual:
      return F::kLessEqual;
    case Op::kGreater:
      return F::kGreater;
    case Op::kGreaterEqual:
      return F::kGreaterEqual;
    case Op::kSize:
      return F::kSize;
    default:
      BYLAW_UNREACHABLE("an operator on values");
  }
}

Value Constant(const TypedExpr& node) {
  switch (node.type) {
    case Type::kBool:
      return value::Bool(node.int_value != 0);
    case Type::kInt:
      return value::Int(node.int_value);
    case Type::kUint:
      return value::Uint(static_cast<uint64_t>(node.int_value));
    case Type::kDouble:
      return value::Double(node.double_value);
    case Type::kString:
      return value::String(node.text_value);
    case Type::kBytes:
      return value::Bytes(node.text_value);
    case Type::kMoney:
      return value::Amount(node.int_value, static_cast<Currency>(node.slot));
    case Type::kDuration:
      return value::Duration(node.int_value);
    case Type::kTimestamp:
      return value::TimestampAt(node.int_value);
    case Type::kTypeOf:
      return value::TypeNamed(node.text_value);
    case Type::kNull:
      return value::Null();
    case Type::kList:
    case Type::kMap:
    case Type::kOptional:
    case Type::kDyn:
      break;
  }
  BYLAW_UNREACHABLE("a constant's type");
}

}  // namespace

Value* Evaluator::Locals() {
  if (locals_ == nullptr) locals_ = arena_.Array<Value>(kLocalsMax + 1);
  return locals_;
}

// `decides`: the value of one side that settles the whole, whatever the other side is.
Value Evaluator::Junction(const TypedExpr& node, bool decides) {
  const Value a = Eval(*node.args[0]);
  if (a.is(value::Kind::kBool) && (a.integer != 0) == decides) return a;
  const Value b = Eval(*node.args[1]);
  if (b.is(value::Kind::kBool) && (b.integer != 0) == decides) return b;
  if (a.is_error()) return a;
  if (b.is_error()) return b;
  const bool both = a.is(value::Kind::kBool) && b.is(value::Kind::kBool);
  return both ? value::Bool(!decides) : value::Fail(Error::kNoSuchOverload);
}

Value Evaluator::Conditional(const TypedExpr& node) {
  const Value condition = Eval(*node.args[0]);
  if (condition.is_error()) return condition;
  if (!condition.is(value::Kind::kBool)) return value::Fail(Error::kNoSuchOverload);
  return Eval(*node.args[condition.integer != 0 ? 1 : 2]);
}

// A function of one or two values, without a detour over the arena.
Value Evaluator::Native(const TypedExpr& node) {
  Value args[2];
  for (size_t i = 0; i < node.args.size(); ++i) {
    args[i] = Eval(*node.args[i]);
    if (args[i].is_error()) return args[i];
  }
  return value::Call(FunctionOf(node.op), {args, node.args.size()}, arena_);
}

Value Evaluator::Call(const TypedExpr& node) {
  auto* args = arena_.Array<Value>(node.args.size());
  for (size_t i = 0; i < node.args.size(); ++i) {
    args[i] = Eval(*node.args[i]);
    if (args[i].is_error()) return args[i];
  }
  return value::Call(node.function, {args, node.args.size()}, arena_);
}

Value Evaluator::Membership(const TypedExpr& node) {
  const Value a = Eval(*node.args[0]);
  if (a.is_error()) return a;
  return value::Bool(std::any_of(node.args.begin() + 1, node.args.end(),
                                 [&](const TypedExprPtr& item) { return value::Same(a, Constant(*item)); }));
}

Value Evaluator::TextTest(const TypedExpr& node) {
  const Value a = Eval(*node.args[0]);
  if (a.is_error()) return a;
  const std::string_view text = a.text(), wanted = node.text_value;
  switch (node.op) {
    case Op::kMatches:
      return value::Bool(re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), leaves_.Pattern(node)));
    case Op::kStartsWith:
      return value::Bool(text.starts_with(wanted));
    case Op::kEndsWith:
      return value::Bool(text.ends_with(wanted));
    default:
      return value::Bool(value::Find(text, wanted, 0) != std::string_view::npos);
  }
}

Value Evaluator::Field(const TypedExpr& node) {
  const Value operand = Eval(*node.args[0]);
  if (operand.is_error()) return operand;
  const Value name = value::String(node.text_value);
  if (node.op == Op::kSelect) return value::SelectField(operand, name, arena_);
  return node.op == Op::kHasField ? value::HasField(operand, name, arena_)
                                  : value::SelectOptional(operand, name, arena_);
}

// `or` gives the optional, `orValue` what it holds; the alternative is looked at only if it is needed.
Value Evaluator::Alternative(const TypedExpr& node) {
  const Value target = Eval(*node.args[0]);
  if (target.is_error()) return target;
  if (!target.is(value::Kind::kOptional)) return value::Fail(Error::kNoSuchOverload);
  if (target.held != nullptr) return node.op == Op::kOrElse ? target : *target.held;
  const Value alternative = Eval(*node.args[1]);
  const bool fits = node.op == Op::kOrValue || alternative.is_error() || alternative.is(value::Kind::kOptional);
  return fits ? alternative : value::Fail(Error::kNoSuchOverload);
}

Value Evaluator::Eval(const TypedExpr& node) {
  if (IsLeaf(node.op)) return leaves_.Read(node, arena_);
  switch (node.op) {
    case Op::kConst:
      return Constant(node);
    case Op::kLocal:
      return Locals()[node.slot];
    case Op::kNot: {
      const Value a = Eval(*node.args[0]);
      if (a.is(value::Kind::kBool)) return value::Bool(a.integer == 0);
      return a.is_error() ? a : value::Fail(Error::kNoSuchOverload);
    }
    case Op::kAnd:
      return Junction(node, false);
    case Op::kOr:
      return Junction(node, true);
    case Op::kConditional:
      return Conditional(node);
    case Op::kIn:
      return Membership(node);
    case Op::kMatches:
    case Op::kStartsWith:
    case Op::kEndsWith:
    case Op::kContains:
      return TextTest(node);
    case Op::kCall:
      return Call(node);
    case Op::kSelect:
    case Op::kSelectOptional:
    case Op::kHasField:
      return Field(node);
    case Op::kOrElse:
    case Op::kOrValue:
      return Alternative(node);
    case Op::kFailure:
      return value::Fail(static_cast<Error>(node.int_value));
    case Op::kMaybe:
      BYLAW_UNREACHABLE("part of a list or map");
    case Op::kNewList:
    case Op::kNewMap:
    case Op::kAll:
    case Op::kExists:
    case Op::kExistsOne:
    case Op::kTransformList:
    case Op::kTransformMap:
    case Op::kTransformMapEntry:
    case Op::kBind:
    case Op::kOptionalMap:
    case Op::kOptionalFlatMap:
      return Aggregate(node);
    default:
      return Native(node);
  }
}

Value Evaluate(const TypedExpr& expr, const Leaves& leaves, value::Arena& arena) {
  return Evaluator(leaves, arena).Eval(expr);
}

struct Bindings::Patterns {
  std::map<const TypedExpr*, std::unique_ptr<const re2::RE2>> compiled;
};

Bindings::Bindings(const TypedExpr& expr, std::span<const Value> variables) : variables_(variables) {
  auto patterns = std::make_unique<Patterns>();
  ForEachPattern(expr, [&](const TypedExpr& node) {
    patterns->compiled.emplace(&node, std::make_unique<const re2::RE2>(node.text_value, re2::RE2::Quiet));
  });
  patterns_ = std::move(patterns);
}

Bindings::~Bindings() = default;

Value Bindings::Read(const TypedExpr& leaf, value::Arena&) const {
  return leaf.slot < variables_.size() ? variables_[leaf.slot] : value::Fail(Error::kUnknownName);
}

const re2::RE2& Bindings::Pattern(const TypedExpr& matches) const { return *patterns_->compiled.at(&matches); }

Value ReadText(const abi::Text& text) {
  return text.size > kTextBytesMax ? value::Fail(Error::kTooLarge) : value::String({text.data, text.size});
}

Value ReadList(const abi::TextList& list) {
  const bool fits =
      list.size <= kListItemsMax &&
      std::all_of(list.items, list.items + list.size, [](const abi::Text& item) { return item.size <= kItemBytesMax; });
  return fits ? value::ListOfTexts(&list) : value::Fail(Error::kTooLarge);
}

}  // namespace bylaw::cel
