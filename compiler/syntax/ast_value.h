// The leaves of the tree: names, values with their units, places, rates and types.
#ifndef BYLAW_COMPILER_SYNTAX_AST_VALUE_H_
#define BYLAW_COMPILER_SYNTAX_AST_VALUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/money.h"
#include "base/time.h"
#include "compiler/source/source.h"

namespace bylaw::syntax {

using source::Span;

struct Name {
  std::string text;
  Span span;
};

// A literal with its unit, or a name standing where a value is expected.
struct Value {
  enum class Kind : uint8_t {
    kNumber,     // number, and integer if is_integer
    kPercent,    // integer: parts per million of one (95% is 950,000)
    kMoney,      // integer: micros; currency
    kDate,       // date
    kTimeOfDay,  // integer: minutes since midnight
    kClock,      // integer: nanoseconds
    kCalendar,   // calendar
    kText,       // text, unescaped
    kName,       // text
    kYesNo,      // integer: 1 for yes
  };
  Kind kind = Kind::kName;
  Span span;
  bool is_integer = false;
  int64_t integer = 0;
  double number = 0;
  Currency currency = Currency::kUsd;
  Date date;
  CalendarDuration calendar;
  std::string text;
};

// What is kept somewhere: state, checkpoints, audit (and queues).
enum class DataClass : uint8_t { kState, kCheckpoints, kAudit, kQueues };

enum class LaneName : uint8_t { kUrgent, kNormal, kBackground };

// One item of a list of places: a place, country or region by name, or `places adequate for NAME`.
struct PlaceItem {
  bool adequate_for = false;
  Name name;
  Span span;
};
struct PlaceList {
  std::vector<PlaceItem> items;
  Span span;
};

enum class PerUnit : uint8_t { kSecond, kMinute, kHour, kDay, kMonth };
enum class WindowKind : uint8_t { kAnchored, kRolling, kCalendar };

// `at most VALUE calls|tokens per [rolling|calendar] UNIT [evenly [with bursts of VALUE]] [to RESOURCE]`
struct RateTerm {
  Value amount;
  bool tokens = false;
  WindowKind window = WindowKind::kAnchored;
  PerUnit per = PerUnit::kHour;
  bool evenly = false;
  std::optional<Value> bursts;
  std::optional<Name> resource;  // absent on endpoints, which limit themselves
  Span span;
};

// `about 2_000 input tokens, 500 output tokens` or `at most …`.
struct TokenEstimate {
  bool at_most = false;
  Value input;
  Value output;
  Span span;
};

// Types of inputs, outputs and settings.
struct TypeExpr {
  enum class Kind : uint8_t { kNumber, kCount, kMoney, kText, kYesNo, kDate, kDuration, kOneOf, kTextList };
  Kind kind = Kind::kText;
  std::optional<Value> from, to;  // `a number from A to B`
  std::vector<Name> choices;      // `one of a, b, c`
  Span span;
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_AST_VALUE_H_
