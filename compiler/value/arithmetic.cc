// + - * / % and the sign.
#include <limits>

#include "compiler/value/aggregate.h"
#include "compiler/value/implementations.h"

namespace bylaw::value {
namespace {

Value Overflow() { return Fail(Error::kOverflow); }

// The result of a checked operation on 64 bits, in the kind of `like`.
Value Kept(bool overflow, int64_t result, const Value& like, Error error = Error::kOverflow) {
  if (overflow) return Fail(error);
  Value value = like;
  value.integer = result;
  return value;
}

bool SameCurrency(Args args) { return args[0].currency() == args[1].currency(); }

Value Concatenated(Args args, Arena& arena) {
  const std::string_view a = args[0].text(), b = args[1].text();
  auto* bytes = arena.Array<char>(a.size() + b.size());
  std::copy(a.begin(), a.end(), bytes);
  std::copy(b.begin(), b.end(), bytes + a.size());
  return TextOf(args[0].kind(), {bytes, a.size() + b.size()});
}

Value Joined(Args args, Arena& arena) {
  ListBuilder list(arena, args[0].list->size + args[1].list->size);
  for (const Value& part : args) {
    for (uint64_t i = 0; i < part.list->size; ++i) list.Push(ItemAt(part, i));
  }
  return list.Finish();
}

// `unsigned_op` and `signed_op` are the compiler's checked operations; `plain` is the one on doubles.
template <typename Signed, typename Unsigned, typename Plain>
Value OnNumbers(Args args, Signed on_int, Unsigned on_uint, Plain on_double) {
  if (Are(args, Kind::kInt, Kind::kInt)) {
    int64_t result = 0;
    const bool overflow = on_int(args[0].integer, args[1].integer, &result);
    return Kept(overflow, result, args[0]);
  }
  if (Are(args, Kind::kUint, Kind::kUint)) {
    uint64_t result = 0;
    return on_uint(args[0].natural, args[1].natural, &result) ? Overflow() : Uint(result);
  }
  if (Are(args, Kind::kDouble, Kind::kDouble)) return Double(on_double(args[0].number, args[1].number));
  return NoOverload();
}

// Division and remainder of 64 bits have the same two errors.
template <typename Operation>
Value Divided(int64_t a, int64_t b, const Value& like, Operation operation) {
  if (b == 0) return Fail(Error::kDivideByZero);
  if (a == std::numeric_limits<int64_t>::min() && b == -1) return Overflow();
  return Kept(false, operation(a, b), like);
}

}  // namespace

Value Add(Args args, Arena& arena) {
  if (Are(args, Kind::kString, Kind::kString) || Are(args, Kind::kBytes, Kind::kBytes)) {
    return Concatenated(args, arena);
  }
  if (Are(args, Kind::kList, Kind::kList)) return Joined(args, arena);
  if (Are(args, Kind::kTimestamp, Kind::kDuration)) return TimestampAt(NanosecondsOf(args[0]) + args[1].integer);
  if (Are(args, Kind::kDuration, Kind::kTimestamp)) return TimestampAt(NanosecondsOf(args[1]) + args[0].integer);
  const bool durations = Are(args, Kind::kDuration, Kind::kDuration);
  if (durations || (Are(args, Kind::kMoney, Kind::kMoney) && SameCurrency(args))) {
    int64_t sum = 0;
    const bool overflow = __builtin_add_overflow(args[0].integer, args[1].integer, &sum);
    return Kept(overflow, sum, args[0], durations ? Error::kOutOfRange : Error::kOverflow);
  }
  return OnNumbers(
      args, [](int64_t a, int64_t b, int64_t* out) { return __builtin_add_overflow(a, b, out); },
      [](uint64_t a, uint64_t b, uint64_t* out) { return __builtin_add_overflow(a, b, out); },
      [](double a, double b) { return a + b; });
}

Value Subtract(Args args, Arena&) {
  if (Are(args, Kind::kTimestamp, Kind::kDuration)) return TimestampAt(NanosecondsOf(args[0]) - args[1].integer);
  if (Are(args, Kind::kTimestamp, Kind::kTimestamp)) {
    const WideNs between = NanosecondsOf(args[0]) - NanosecondsOf(args[1]);
    const auto narrow = static_cast<int64_t>(between);
    return narrow == between ? Duration(narrow) : Fail(Error::kOutOfRange);
  }
  const bool durations = Are(args, Kind::kDuration, Kind::kDuration);
  if (durations || (Are(args, Kind::kMoney, Kind::kMoney) && SameCurrency(args))) {
    int64_t difference = 0;
    const bool overflow = __builtin_sub_overflow(args[0].integer, args[1].integer, &difference);
    return Kept(overflow, difference, args[0], durations ? Error::kOutOfRange : Error::kOverflow);
  }
  return OnNumbers(
      args, [](int64_t a, int64_t b, int64_t* out) { return __builtin_sub_overflow(a, b, out); },
      [](uint64_t a, uint64_t b, uint64_t* out) { return __builtin_sub_overflow(a, b, out); },
      [](double a, double b) { return a - b; });
}

Value Multiply(Args args, Arena&) {
  const bool amount_first = Are(args, Kind::kMoney, Kind::kInt);
  if (amount_first || Are(args, Kind::kInt, Kind::kMoney)) {
    int64_t product = 0;
    const bool overflow = __builtin_mul_overflow(args[0].integer, args[1].integer, &product);
    return Kept(overflow, product, args[amount_first ? 0 : 1]);
  }
  return OnNumbers(
      args, [](int64_t a, int64_t b, int64_t* out) { return __builtin_mul_overflow(a, b, out); },
      [](uint64_t a, uint64_t b, uint64_t* out) { return __builtin_mul_overflow(a, b, out); },
      [](double a, double b) { return a * b; });
}

Value Divide(Args args, Arena&) {
  if (Are(args, Kind::kInt, Kind::kInt) || Are(args, Kind::kMoney, Kind::kInt)) {
    return Divided(args[0].integer, args[1].integer, args[0], [](int64_t a, int64_t b) { return a / b; });
  }
  if (Are(args, Kind::kUint, Kind::kUint)) {
    return args[1].natural == 0 ? Fail(Error::kDivideByZero) : Uint(args[0].natural / args[1].natural);
  }
  return Are(args, Kind::kDouble, Kind::kDouble) ? Double(args[0].number / args[1].number) : NoOverload();
}

Value Modulo(Args args, Arena&) {
  if (Are(args, Kind::kInt, Kind::kInt)) {
    return Divided(args[0].integer, args[1].integer, args[0], [](int64_t a, int64_t b) { return a % b; });
  }
  if (!Are(args, Kind::kUint, Kind::kUint)) return NoOverload();
  return args[1].natural == 0 ? Fail(Error::kDivideByZero) : Uint(args[0].natural % args[1].natural);
}

Value Negate(Args args, Arena&) {
  if (Are(args, Kind::kDouble)) return Double(-args[0].number);
  const bool whole = Are(args, Kind::kInt) || Are(args, Kind::kMoney) || Are(args, Kind::kDuration);
  if (!whole) return NoOverload();
  int64_t negative = 0;
  const bool overflow = __builtin_sub_overflow(int64_t{0}, args[0].integer, &negative);
  return Kept(overflow, negative, args[0]);
}

}  // namespace bylaw::value
