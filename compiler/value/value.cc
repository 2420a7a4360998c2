#include "compiler/value/value.h"

#include "base/check.h"

namespace bylaw::value {

std::string_view ErrorText(Error error) {
  switch (error) {
    case Error::kNoSuchOverload:
      return "the operator or function has no meaning for these values";
    case Error::kUnknownName:
      return "a name that is not known";
    case Error::kAbsent:
      return "a value that is absent";
    case Error::kNoSuchKey:
      return "a key that the map does not have";
    case Error::kRepeatedKey:
      return "a key that a map has twice";
    case Error::kBadKey:
      return "a key that is neither yes or no, nor a whole number, nor text";
    case Error::kIndexOutOfRange:
      return "a position outside the text or list";
    case Error::kDivideByZero:
      return "division by zero";
    case Error::kOverflow:
      return "a number that does not fit";
    case Error::kOutOfRange:
      return "a point in time or a duration out of range";
    case Error::kBadConversion:
      return "a value that cannot be converted";
    case Error::kBadArgument:
      return "an argument that the function does not take";
    case Error::kBadPattern:
      return "a pattern that is not a regular expression";
    case Error::kBadFormat:
      return "a format that does not fit its values";
    case Error::kTooLarge:
      return "a text or list that is too large for a condition";
  }
  BYLAW_UNREACHABLE("error");
}

Value TimestampAt(WideNs ns) {
  WideNs seconds = ns / kSecondInNs;
  WideNs nanos = ns % kSecondInNs;
  if (nanos < 0) {
    nanos += kSecondInNs;
    --seconds;
  }
  if (seconds < kTimestampSecondsMin || seconds > kTimestampSecondsMax) return Fail(Error::kOutOfRange);
  return Timestamp(static_cast<int64_t>(seconds), static_cast<int32_t>(nanos));
}

}  // namespace bylaw::value
