// type() and the conversions between kinds.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "compiler/value/implementations.h"

namespace bylaw::value {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0, kTwoTo64 = 18446744073709551616.0;

Value Kept(Arena& arena, std::string_view text) { return String(arena.Copy(text)); }

// A whole number in decimal, with a sign if it may have one.
template <typename Number>
bool ReadWhole(std::string_view text, Number* out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.starts_with('+')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

bool SameIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

Value ReadDouble(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text;
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (SameIgnoringCase(digits, "nan")) return Double(std::numeric_limits<double>::quiet_NaN());
  if (SameIgnoringCase(digits, "inf") || SameIgnoringCase(digits, "infinity")) {
    return Double(negative ? -INFINITY : INFINITY);
  }
  const bool begins = !digits.empty() && (digits[0] == '.' || (digits[0] >= '0' && digits[0] <= '9'));
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (!begins || end != digits.data() + digits.size()) return Fail(Error::kBadConversion);
  // Too large or too small for from_chars: strtod says infinity or zero.
  if (error == std::errc::result_out_of_range) number = std::strtod(std::string(digits).c_str(), nullptr);
  if (std::isinf(number)) return Fail(Error::kBadConversion);
  return Double(negative ? -number : number);
}

}  // namespace

Value TypeOfValue(Args args, Arena&) {
  switch (args[0].kind()) {
    case Kind::kNull:
      return TypeNamed("null_type");
    case Kind::kBool:
      return TypeNamed("bool");
    case Kind::kInt:
      return TypeNamed("int");
    case Kind::kUint:
      return TypeNamed("uint");
    case Kind::kDouble:
      return TypeNamed("double");
    case Kind::kString:
      return TypeNamed("string");
    case Kind::kBytes:
      return TypeNamed("bytes");
    case Kind::kList:
      return TypeNamed("list");
    case Kind::kMap:
      return TypeNamed("map");
    case Kind::kType:
      return TypeNamed("type");
    case Kind::kOptional:
      return TypeNamed("optional_type");
    case Kind::kDuration:
      return TypeNamed("google.protobuf.Duration");
    case Kind::kTimestamp:
      return TypeNamed("google.protobuf.Timestamp");
    case Kind::kMoney:
      return TypeNamed("money");
    case Kind::kError:
      break;
  }
  return NoOverload();
}

Value ToBool(Args args, Arena&) {
  if (Are(args, Kind::kBool)) return args[0];
  if (!Are(args, Kind::kString)) return NoOverload();
  const std::string_view text = args[0].text();
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return Bool(true);
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return Bool(false);
  }
  return Fail(Error::kBadConversion);
}

Value ToBytes(Args args, Arena&) {
  if (Are(args, Kind::kBytes)) return args[0];
  return Are(args, Kind::kString) ? Bytes(args[0].text()) : NoOverload();
}

Value ToDouble(Args args, Arena&) {
  if (args.size() == 1 && IsNumber(args[0])) return Double(AsDouble(args[0]));
  return Are(args, Kind::kString) ? ReadDouble(args[0].text()) : NoOverload();
}

Value ToInt(Args args, Arena&) {
  if (args.size() != 1) return NoOverload();
  const Value& from = args[0];
  int64_t read = 0;
  switch (from.kind()) {
    case Kind::kInt:
      return from;
    case Kind::kUint:
      return from.integer < 0 ? Fail(Error::kOverflow) : Int(from.integer);
    case Kind::kDouble:
      // Both ends of the range are refused, as the conformance cases say: a double there stands for a larger number
      // too.
      return from.number > -kTwoTo63 && from.number < kTwoTo63 ? Int(static_cast<int64_t>(from.number))
                                                               : Fail(Error::kOverflow);
    case Kind::kString:
      return ReadWhole(from.text(), &read) ? Int(read) : Fail(Error::kBadConversion);
    case Kind::kTimestamp:
    case Kind::kDuration:
      return Int(from.integer);
    default:
      return NoOverload();
  }
}

Value ToUint(Args args, Arena&) {
  if (args.size() != 1) return NoOverload();
  const Value& from = args[0];
  uint64_t read = 0;
  switch (from.kind()) {
    case Kind::kUint:
      return from;
    case Kind::kInt:
      return from.integer < 0 ? Fail(Error::kOverflow) : Uint(from.natural);
    case Kind::kDouble:
      return from.number >= 0 && from.number < kTwoTo64 ? Uint(static_cast<uint64_t>(from.number))
                                                        : Fail(Error::kOverflow);
    case Kind::kString:
      return ReadWhole(from.text(), &read) ? Uint(read) : Fail(Error::kBadConversion);
    default:
      return NoOverload();
  }
}

Value ToString(Args args, Arena& arena) {
  if (args.size() != 1) return NoOverload();
  const Value& from = args[0];
  switch (from.kind()) {
    case Kind::kString:
      return from;
    case Kind::kBool:
      return String(from.integer != 0 ? "true" : "false");
    case Kind::kInt:
      return Kept(arena, std::to_string(from.integer));
    case Kind::kUint:
      return Kept(arena, std::to_string(from.natural));
    case Kind::kDouble:
      return Kept(arena, GeneralShortest(from.number));
    case Kind::kBytes:
      return IsValidUtf8(from.text()) ? String(from.text()) : Fail(Error::kBadConversion);
    case Kind::kDuration:
      return Kept(arena, PrintDuration(from.integer));
    case Kind::kTimestamp:
      return Kept(arena, PrintTimestamp(from));
    case Kind::kMoney:
      return Kept(arena, FormatMoney({from.integer, from.currency()}));
    default:
      return NoOverload();
  }
}

}  // namespace bylaw::value
