// A value of a condition: sixteen bytes that say what they are. The evaluator computes with nothing else; compiled code
// uses it for whatever has no static scalar type, and for what crosses into the functions of this folder.
//
// `meta` holds the kind in its lowest byte and what the kind needs beside its payload above it: the size of a text, the
// nanoseconds of an instant, the currency of an amount. Texts, lists and maps are borrowed from an Arena, from the tree
// of the condition or from the request; a value never owns. Compiled code depends on this layout
// (INVARIANT(value-layout): codegen reads `meta` at 0 and the payload at 8).
#ifndef BYLAW_COMPILER_VALUE_VALUE_H_
#define BYLAW_COMPILER_VALUE_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/money.h"
#include "runtime/abi/decision.h"

namespace bylaw::value {

enum class Kind : uint8_t {
  kError,
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,  // UTF-8
  kBytes,
  kList,
  kMap,
  kType,
  kOptional,
  kDuration,   // nanoseconds
  kTimestamp,  // seconds since the epoch, and nanoseconds
  kMoney,      // micros
};

// Why a value is an error.
enum class Error : uint8_t {
  kNoSuchOverload,
  kUnknownName,
  kAbsent,
  kNoSuchKey,
  kRepeatedKey,
  kBadKey,
  kIndexOutOfRange,
  kDivideByZero,
  kOverflow,
  kOutOfRange,
  kBadConversion,
  kBadArgument,
  kBadPattern,
  kBadFormat,
  kTooLarge,
};
// "division by zero", …
std::string_view ErrorText(Error error);

struct Value;

// The items of a list lie in an array of values, or are the texts of a request's list.
struct List {
  const void* items = nullptr;
  uint64_t size = 0;
};
static_assert(sizeof(List) == sizeof(abi::TextList) && offsetof(abi::TextList, size) == offsetof(List, size));

struct MapEntry;
struct Map {
  const MapEntry* entries = nullptr;  // in the order in which they were written; keys differ
  uint64_t size = 0;
};

struct Value {
  uint64_t meta = 0;
  union {
    int64_t integer = 0;  // bool, int, duration, seconds of a timestamp, money
    uint64_t natural;
    double number;
    const char* data;  // string, bytes, type
    const List* list;
    const Map* map;
    const Value* held;  // optional; null if there is none
  };

  Kind kind() const { return static_cast<Kind>(meta & 0xFF); }
  bool is(Kind wanted) const { return kind() == wanted; }
  bool is_error() const { return kind() == Kind::kError; }
  Error error() const { return static_cast<Error>(meta >> 8); }
  std::string_view text() const { return {data, static_cast<size_t>(meta >> 8)}; }
  int32_t nanos() const { return static_cast<int32_t>(meta >> 8); }
  Currency currency() const { return static_cast<Currency>(meta >> 8); }
  bool is_true() const { return kind() == Kind::kBool && integer != 0; }
  bool is_false() const { return kind() == Kind::kBool && integer == 0; }
};
static_assert(sizeof(Value) == 16 && offsetof(Value, integer) == 8);

struct MapEntry {
  Value key, value;
};

inline constexpr uint64_t kListOfTexts = uint64_t{1} << 8;  // in the meta of a list

constexpr Value Make(Kind kind, uint64_t extra, int64_t payload) {
  Value value;
  value.meta = static_cast<uint64_t>(kind) | extra << 8;
  value.integer = payload;
  return value;
}
constexpr Value Fail(Error error) { return Make(Kind::kError, static_cast<uint64_t>(error), 0); }
constexpr Value Null() { return Make(Kind::kNull, 0, 0); }
constexpr Value Bool(bool holds) { return Make(Kind::kBool, 0, holds ? 1 : 0); }
constexpr Value Int(int64_t integer) { return Make(Kind::kInt, 0, integer); }
constexpr Value Duration(int64_t ns) { return Make(Kind::kDuration, 0, ns); }
constexpr Value Amount(int64_t micros, Currency currency) {
  return Make(Kind::kMoney, static_cast<uint64_t>(currency), micros);
}
constexpr Value Timestamp(int64_t seconds, int32_t nanos) {
  return Make(Kind::kTimestamp, static_cast<uint64_t>(nanos), seconds);
}
inline Value Uint(uint64_t natural) {
  Value value = Make(Kind::kUint, 0, 0);
  value.natural = natural;
  return value;
}
inline Value Double(double number) {
  Value value = Make(Kind::kDouble, 0, 0);
  value.number = number;
  return value;
}
inline Value TextOf(Kind kind, std::string_view text) {
  Value value = Make(kind, text.size(), 0);
  value.data = text.data();
  return value;
}
inline Value String(std::string_view text) { return TextOf(Kind::kString, text); }
inline Value Bytes(std::string_view bytes) { return TextOf(Kind::kBytes, bytes); }
// `name` must outlive the value.
inline Value TypeNamed(std::string_view name) { return TextOf(Kind::kType, name); }
inline Value ListOf(const List* list) {
  Value value = Make(Kind::kList, 0, 0);
  value.list = list;
  return value;
}
inline Value ListOfTexts(const abi::TextList* texts) {
  Value value = Make(Kind::kList, 0, 0);
  value.meta |= kListOfTexts;
  value.list = reinterpret_cast<const List*>(texts);
  return value;
}
inline Value MapOf(const Map* map) {
  Value value = Make(Kind::kMap, 0, 0);
  value.map = map;
  return value;
}
inline Value OptionalOf(const Value* held) {
  Value value = Make(Kind::kOptional, 0, 0);
  value.held = held;
  return value;
}

// Item `index` of a list; the index must be inside.
inline Value ItemAt(const Value& list, uint64_t index) {
  if ((list.meta & kListOfTexts) != 0) {
    const abi::Text& text = static_cast<const abi::Text*>(list.list->items)[index];
    return String({text.data, text.size});
  }
  return static_cast<const Value*>(list.list->items)[index];
}

// Instants as nanoseconds since the epoch: a timestamp of the years 1 to 9999 needs more than 64 bits.
using WideNs = __int128;
inline constexpr WideNs kSecondInNs = 1'000'000'000;
inline WideNs NanosecondsOf(const Value& timestamp) {
  return static_cast<WideNs>(timestamp.integer) * kSecondInNs + timestamp.nanos();
}
// An error if the instant lies outside the years 1 to 9999.
Value TimestampAt(WideNs ns);
inline constexpr int64_t kTimestampSecondsMin = -62'135'596'800;
inline constexpr int64_t kTimestampSecondsMax = 253'402'300'799;

}  // namespace bylaw::value

#endif  // BYLAW_COMPILER_VALUE_VALUE_H_
