// What function.cc dispatches to, and what the files of this folder share. Not for use outside value/.
#ifndef BYLAW_COMPILER_VALUE_IMPLEMENTATIONS_H_
#define BYLAW_COMPILER_VALUE_IMPLEMENTATIONS_H_

#include <string>
#include <string_view>

#include "compiler/value/arena.h"
#include "compiler/value/function.h"
#include "compiler/value/value.h"

namespace bylaw::value {

#define BYLAW_CEL_FUNCTION(enumerator, name, implementation) Value implementation(Args args, Arena& arena);
#include "compiler/value/function.def"
#undef BYLAW_CEL_FUNCTION

inline Value NoOverload() { return Fail(Error::kNoSuchOverload); }

// True if the arguments have exactly these kinds.
template <typename... Kinds>
bool Are(Args args, Kinds... kinds) {
  size_t i = 0;
  return args.size() == sizeof...(kinds) && (args[i++].is(kinds) && ...);
}

inline bool IsNumber(const Value& value) {
  return value.is(Kind::kInt) || value.is(Kind::kUint) || value.is(Kind::kDouble);
}
inline double AsDouble(const Value& number) {
  if (number.is(Kind::kInt)) return static_cast<double>(number.integer);
  return number.is(Kind::kUint) ? static_cast<double>(number.natural) : number.number;
}

// How two numbers of any kinds are ordered: negative, 0, positive; `unordered` if one is not a number.
struct Order {
  int sign = 0;
  bool unordered = false;
};
Order CompareNumbers(const Value& a, const Value& b);

// compiler/value/text.cc: positions in UTF-8 text, counted in code points.
size_t CodePointCount(std::string_view text);
// The byte at which code point `index` begins; the size of the text for one past the last, npos beyond.
size_t ByteOf(std::string_view text, int64_t index);
bool IsValidUtf8(std::string_view text);

// compiler/value/print.cc
std::string FixedShortest(double number);    // 12300, 0.0045, "NaN", "Infinity", "-Infinity"
std::string GeneralShortest(double number);  // 1e+06, 0.0045, "NaN", "+Inf", "-Inf"
std::string PrintTimestamp(const Value& timestamp);
std::string PrintDuration(int64_t ns);

}  // namespace bylaw::value

#endif  // BYLAW_COMPILER_VALUE_IMPLEMENTATIONS_H_
