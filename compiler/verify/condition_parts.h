// The parts of condition_space.cc and condition_values.cc. Not for use elsewhere.
#ifndef BYLAW_COMPILER_VERIFY_CONDITION_PARTS_H_
#define BYLAW_COMPILER_VERIFY_CONDITION_PARTS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "compiler/verify/condition_space.h"

namespace bylaw::verify {

inline bool IsComparison(cel::Op op) {
  return op == cel::Op::kEqual || op == cel::Op::kNotEqual || op == cel::Op::kLess || op == cel::Op::kLessEqual ||
         op == cel::Op::kGreater || op == cel::Op::kGreaterEqual;
}
inline bool IsArithmetic(cel::Op op) {
  return op == cel::Op::kAdd || op == cel::Op::kSubtract || op == cel::Op::kMultiply || op == cel::Op::kDivide ||
         op == cel::Op::kModulo;
}
inline bool IsTextTest(cel::Op op) {
  return op == cel::Op::kStartsWith || op == cel::Op::kEndsWith || op == cel::Op::kContains;
}
inline bool IsWhole(cel::Type type) {
  return type == cel::Type::kInt || type == cel::Type::kMoney || type == cel::Type::kDuration ||
         type == cel::Type::kTimestamp;
}
inline bool IsKnownType(cel::Type type) {
  return IsWhole(type) || type == cel::Type::kBool || type == cel::Type::kDouble || type == cel::Type::kString;
}

inline SpaceValue Whole(int64_t integer) {
  SpaceValue value;
  value.integer = integer;
  return value;
}
inline SpaceValue Number(double number) {
  SpaceValue value;
  value.number = number;
  return value;
}
inline SpaceValue Text(std::string text) {
  SpaceValue value;
  value.text = std::move(text);
  return value;
}

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_CONDITION_PARTS_H_
