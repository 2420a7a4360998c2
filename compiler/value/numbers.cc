// The math extension.
#include <cmath>
#include <limits>

#include "compiler/value/aggregate.h"
#include "compiler/value/implementations.h"

namespace bylaw::value {
namespace {

template <typename Operation>
Value OnDouble(Args args, Operation operation) {
  return Are(args, Kind::kDouble) ? operation(args[0].number) : NoOverload();
}

// The extreme of the arguments, or of one list; `wanted` is the sign of CompareNumbers(next, best) that replaces best.
Value Extreme(Args args, int wanted) {
  const bool list = Are(args, Kind::kList);
  const uint64_t count = list ? args[0].list->size : args.size();
  if (count == 0) return Fail(Error::kBadArgument);
  const auto at = [&](uint64_t i) { return list ? ItemAt(args[0], i) : args[i]; };
  Value best = at(0);
  if (!IsNumber(best)) return NoOverload();
  for (uint64_t i = 1; i < count; ++i) {
    const Value next = at(i);
    if (!IsNumber(next)) return NoOverload();
    const Order order = CompareNumbers(next, best);
    if (!order.unordered && order.sign == wanted) best = next;
  }
  return best;
}

// Bits of two whole numbers of one kind.
template <typename Operation>
Value OnBits(Args args, Operation operation) {
  if (!Are(args, Kind::kInt, Kind::kInt) && !Are(args, Kind::kUint, Kind::kUint)) return NoOverload();
  Value result = args[0];
  result.natural = operation(args[0].natural, args[1].natural);
  return result;
}

// Shifted bits of a whole number; what is shifted in is 0, on the left too.
template <typename Operation>
Value Shifted(Args args, Operation operation) {
  if (!Are(args, Kind::kInt, Kind::kInt) && !Are(args, Kind::kUint, Kind::kInt)) return NoOverload();
  if (args[1].integer < 0) return Fail(Error::kBadArgument);
  Value result = args[0];
  result.natural = args[1].integer > 63 ? 0 : operation(args[0].natural, args[1].integer);
  return result;
}

}  // namespace

Value Greatest(Args args, Arena&) { return Extreme(args, 1); }
Value Least(Args args, Arena&) { return Extreme(args, -1); }

Value Ceil(Args args, Arena&) {
  return OnDouble(args, [](double x) { return Double(std::ceil(x)); });
}
Value Floor(Args args, Arena&) {
  return OnDouble(args, [](double x) { return Double(std::floor(x)); });
}
Value Round(Args args, Arena&) {
  return OnDouble(args, [](double x) { return Double(std::round(x)); });
}
Value Trunc(Args args, Arena&) {
  return OnDouble(args, [](double x) { return Double(std::trunc(x)); });
}
Value IsNan(Args args, Arena&) {
  return OnDouble(args, [](double x) { return Bool(std::isnan(x)); });
}
Value IsInf(Args args, Arena&) {
  return OnDouble(args, [](double x) { return Bool(std::isinf(x)); });
}
Value IsFinite(Args args, Arena&) {
  return OnDouble(args, [](double x) { return Bool(std::isfinite(x)); });
}
Value Sqrt(Args args, Arena&) {
  return args.size() == 1 && IsNumber(args[0]) ? Double(std::sqrt(AsDouble(args[0]))) : NoOverload();
}

Value Abs(Args args, Arena&) {
  if (Are(args, Kind::kUint)) return args[0];
  if (Are(args, Kind::kDouble)) return Double(std::abs(args[0].number));
  if (!Are(args, Kind::kInt)) return NoOverload();
  if (args[0].integer == std::numeric_limits<int64_t>::min()) return Fail(Error::kOverflow);
  return Int(std::abs(args[0].integer));
}

Value Sign(Args args, Arena&) {
  if (Are(args, Kind::kInt)) return Int(args[0].integer > 0 ? 1 : (args[0].integer < 0 ? -1 : 0));
  if (Are(args, Kind::kUint)) return Uint(args[0].natural > 0 ? 1 : 0);
  if (!Are(args, Kind::kDouble)) return NoOverload();
  const double x = args[0].number;
  return Double(std::isnan(x) ? x : (x > 0 ? 1 : (x < 0 ? -1 : 0)));
}

Value BitAnd(Args args, Arena&) {
  return OnBits(args, [](uint64_t a, uint64_t b) { return a & b; });
}
Value BitOr(Args args, Arena&) {
  return OnBits(args, [](uint64_t a, uint64_t b) { return a | b; });
}
Value BitXor(Args args, Arena&) {
  return OnBits(args, [](uint64_t a, uint64_t b) { return a ^ b; });
}
Value BitNot(Args args, Arena&) {
  if (!Are(args, Kind::kInt) && !Are(args, Kind::kUint)) return NoOverload();
  Value result = args[0];
  result.natural = ~args[0].natural;
  return result;
}
Value BitShiftLeft(Args args, Arena&) {
  return Shifted(args, [](uint64_t bits, int64_t by) { return bits << by; });
}
Value BitShiftRight(Args args, Arena&) {
  return Shifted(args, [](uint64_t bits, int64_t by) { return bits >> by; });
}

}  // namespace bylaw::value
