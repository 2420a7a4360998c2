// Equality, order and membership.
#include <cmath>
#include <cstring>

#include "compiler/value/aggregate.h"
#include "compiler/value/implementations.h"

namespace bylaw::value {
namespace {

template <typename T>
int Sign(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int CompareIntUint(int64_t a, uint64_t b) { return a < 0 ? -1 : Sign(static_cast<uint64_t>(a), b); }

bool SameLists(const Value& a, const Value& b) {
  if (a.list->size != b.list->size) return false;
  for (uint64_t i = 0; i < a.list->size; ++i) {
    if (!Same(ItemAt(a, i), ItemAt(b, i))) return false;
  }
  return true;
}

bool SameMaps(const Map& a, const Map& b) {
  if (a.size != b.size) return false;
  for (uint64_t i = 0; i < a.size; ++i) {
    const Value* other = Find(b, a.entries[i].key);
    if (other == nullptr || !Same(a.entries[i].value, *other)) return false;
  }
  return true;
}

// The order of two values, or nothing if the language gives them none.
enum class Ordering : uint8_t { kBefore, kSame, kAfter, kUnordered, kNone };

Ordering FromSign(int sign) { return sign < 0 ? Ordering::kBefore : (sign > 0 ? Ordering::kAfter : Ordering::kSame); }

Ordering OrderOf(const Value& a, const Value& b) {
  if (IsNumber(a) && IsNumber(b)) {
    const Order order = CompareNumbers(a, b);
    return order.unordered ? Ordering::kUnordered : FromSign(order.sign);
  }
  if (a.kind() != b.kind()) return Ordering::kNone;
  switch (a.kind()) {
    case Kind::kBool:
    case Kind::kDuration:
      return FromSign(Sign(a.integer, b.integer));
    case Kind::kMoney:
      return a.currency() == b.currency() ? FromSign(Sign(a.integer, b.integer)) : Ordering::kNone;
    case Kind::kTimestamp:
      return FromSign(Sign(NanosecondsOf(a), NanosecondsOf(b)));
    case Kind::kString:
    case Kind::kBytes:
      return FromSign(a.text().compare(b.text()));
    default:
      return Ordering::kNone;
  }
}

template <typename Holds>
Value Compared(Args args, Holds holds) {
  if (args.size() != 2) return NoOverload();
  const Ordering ordering = OrderOf(args[0], args[1]);
  if (ordering == Ordering::kNone) return NoOverload();
  return Bool(ordering != Ordering::kUnordered && holds(ordering));
}

}  // namespace

Order CompareNumbers(const Value& a, const Value& b) {
  if (a.kind() == b.kind() && !a.is(Kind::kDouble)) {
    return {a.is(Kind::kInt) ? Sign(a.integer, b.integer) : Sign(a.natural, b.natural), false};
  }
  if (!a.is(Kind::kDouble) && !b.is(Kind::kDouble)) {
    return {a.is(Kind::kInt) ? CompareIntUint(a.integer, b.natural) : -CompareIntUint(b.integer, a.natural), false};
  }
  const double x = AsDouble(a), y = AsDouble(b);
  return {Sign(x, y), std::isnan(x) || std::isnan(y)};
}

bool Same(const Value& a, const Value& b) {
  if (IsNumber(a) && IsNumber(b)) {
    const Order order = CompareNumbers(a, b);
    return !order.unordered && order.sign == 0;
  }
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
    case Kind::kDuration:
    case Kind::kInt:
    case Kind::kUint:
      return a.integer == b.integer;
    case Kind::kMoney:
    case Kind::kTimestamp:
      return a.meta == b.meta && a.integer == b.integer;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
      return a.text() == b.text();
    case Kind::kList:
      return SameLists(a, b);
    case Kind::kMap:
      return SameMaps(*a.map, *b.map);
    case Kind::kOptional:
      return a.held == nullptr || b.held == nullptr ? a.held == b.held : Same(*a.held, *b.held);
    case Kind::kError:
    case Kind::kDouble:
      break;
  }
  return false;
}

Value EqualTo(Args args, Arena&) { return Bool(Same(args[0], args[1])); }
Value NotEqualTo(Args args, Arena&) { return Bool(!Same(args[0], args[1])); }

Value Less(Args args, Arena&) {
  return Compared(args, [](Ordering o) { return o == Ordering::kBefore; });
}
Value LessEqual(Args args, Arena&) {
  return Compared(args, [](Ordering o) { return o != Ordering::kAfter; });
}
Value Greater(Args args, Arena&) {
  return Compared(args, [](Ordering o) { return o == Ordering::kAfter; });
}
Value GreaterEqual(Args args, Arena&) {
  return Compared(args, [](Ordering o) { return o != Ordering::kBefore; });
}

Value In(Args args, Arena&) {
  if (args.size() != 2) return NoOverload();
  const Value& whole = args[1];
  if (whole.is(Kind::kMap)) return Bool(Find(*whole.map, args[0]) != nullptr);
  if (!whole.is(Kind::kList)) return NoOverload();
  for (uint64_t i = 0; i < whole.list->size; ++i) {
    if (Same(args[0], ItemAt(whole, i))) return Bool(true);
  }
  return Bool(false);
}

}  // namespace bylaw::value
