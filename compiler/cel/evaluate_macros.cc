// Lists, maps and macros.
#include "base/check.h"
#include "compiler/cel/evaluator.h"

namespace bylaw::cel {

using value::Error;
using value::Kind;
using value::Value;

Value Evaluator::Element(const TypedExpr& node, bool* present) {
  *present = true;
  if (node.op != Op::kMaybe) return Eval(node);
  const Value optional = Eval(*node.args[0]);
  if (optional.is_error()) return optional;
  if (!optional.is(Kind::kOptional)) return value::Fail(Error::kNoSuchOverload);
  *present = optional.held != nullptr;
  return *present ? *optional.held : value::Null();
}

Value Evaluator::NewList(const TypedExpr& node) {
  value::ListBuilder list(arena_, node.args.size());
  for (const TypedExprPtr& arg : node.args) {
    bool present = true;
    const Value item = Element(*arg, &present);
    if (item.is_error()) return item;
    if (present) list.Push(item);
  }
  return list.Finish();
}

Value Evaluator::NewMap(const TypedExpr& node) {
  value::MapBuilder map(arena_, node.args.size() / 2);
  for (size_t i = 0; i < node.args.size(); i += 2) {
    const Value key = Eval(*node.args[i]);
    if (key.is_error()) return key;
    bool present = true;
    const Value value = Element(*node.args[i + 1], &present);
    if (value.is_error()) return value;
    if (!present) continue;
    const Value inserted = map.Insert(key, value);
    if (inserted.is_error()) return inserted;
  }
  return map.Finish();
}

// all is &&, exists is ||, and exists_one counts and passes every error on.
Value Evaluator::Fold(const TypedExpr& node) {
  const Value range = Eval(*node.args[0]);
  if (range.is_error()) return range;
  const int64_t size = value::RangeSize(range);
  if (size < 0) return value::Fail(Error::kNoSuchOverload);
  const bool decides = node.op == Op::kExists;
  Value kept = value::Bool(!decides);
  int64_t holding = 0;
  for (int64_t i = 0; i < size; ++i) {
    Value* locals = Locals() + node.slot;
    value::RangeAt(range, i, node.two, locals, locals + 1);
    Value holds = Eval(*node.args[1]);
    if (!holds.is_error() && !holds.is(Kind::kBool)) holds = value::Fail(Error::kNoSuchOverload);
    if (node.op == Op::kExistsOne) {
      if (holds.is_error()) return holds;
      holding += holds.integer;
    } else if (holds.is_error()) {
      kept = holds;
    } else if ((holds.integer != 0) == decides) {
      return holds;
    }
  }
  return node.op == Op::kExistsOne ? value::Bool(holding == 1) : kept;
}

Value Evaluator::Transform(const TypedExpr& node) {
  const Value range = Eval(*node.args[0]);
  if (range.is_error()) return range;
  const int64_t size = value::RangeSize(range);
  if (size < 0) return value::Fail(Error::kNoSuchOverload);
  const bool makes_list = node.op == Op::kTransformList;
  value::ListBuilder list(arena_, makes_list ? static_cast<uint64_t>(size) : 0);
  value::MapBuilder map(arena_, makes_list ? 0 : static_cast<uint64_t>(size));
  for (int64_t i = 0; i < size; ++i) {
    Value* locals = Locals() + node.slot;
    value::RangeAt(range, i, node.two, locals, locals + 1);
    const Value key = *locals;
    if (node.args.size() > 2) {
      const Value chosen = Eval(*node.args[2]);
      if (chosen.is_error()) return chosen;
      if (!chosen.is(Kind::kBool)) return value::Fail(Error::kNoSuchOverload);
      if (chosen.integer == 0) continue;
    }
    const Value made = Eval(*node.args[1]);
    if (made.is_error()) return made;
    if (makes_list) {
      list.Push(made);
      continue;
    }
    const Value inserted = node.op == Op::kTransformMap ? map.Insert(key, made) : value::InsertAll(made, map);
    if (inserted.is_error()) return inserted;
  }
  return makes_list ? list.Finish() : map.Finish();
}

Value Evaluator::OptionalMap(const TypedExpr& node) {
  const Value target = Eval(*node.args[0]);
  if (target.is_error()) return target;
  if (!target.is(Kind::kOptional)) return value::Fail(Error::kNoSuchOverload);
  if (target.held == nullptr) return target;
  Locals()[node.slot] = *target.held;
  const Value made = Eval(*node.args[1]);
  if (made.is_error()) return made;
  if (node.op == Op::kOptionalMap) return value::Optional(made, arena_);
  return made.is(Kind::kOptional) ? made : value::Fail(Error::kNoSuchOverload);
}

Value Evaluator::Aggregate(const TypedExpr& node) {
  switch (node.op) {
    case Op::kNewList:
      return NewList(node);
    case Op::kNewMap:
      return NewMap(node);
    case Op::kAll:
    case Op::kExists:
    case Op::kExistsOne:
      return Fold(node);
    case Op::kTransformList:
    case Op::kTransformMap:
    case Op::kTransformMapEntry:
      return Transform(node);
    case Op::kOptionalMap:
    case Op::kOptionalFlatMap:
      return OptionalMap(node);
    case Op::kBind: {
      // Evaluated even if it is an error: an error counts where the name is used.
      const Value bound = Eval(*node.args[0]);
      Locals()[node.slot] = bound;
      return Eval(*node.args[1]);
    }
    default:
      BYLAW_UNREACHABLE("an aggregate");
  }
}

}  // namespace bylaw::cel
