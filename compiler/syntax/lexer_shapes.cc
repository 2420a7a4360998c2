#include "compiler/syntax/lexer_shapes.h"

#include "BylawParser.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

// `digits ('_' digits)*` from `i`; the end, or `i` if there is none.
size_t SkipDigits(std::string_view s, size_t i) {
  size_t end = i;
  while (end < s.size() && IsDigit(s[end])) {
    while (end < s.size() && IsDigit(s[end])) ++end;
    if (end + 1 < s.size() && s[end] == '_' && IsDigit(s[end + 1])) {
      ++end;
    } else {
      break;
    }
  }
  return end;
}

}  // namespace

size_t SkipDecimal(std::string_view s, size_t i) {
  size_t end = SkipDigits(s, i);
  if (end == i) return i;
  if (end + 1 < s.size() && s[end] == '.' && IsDigit(s[end + 1])) {
    ++end;
    while (end < s.size() && IsDigit(s[end])) ++end;
  }
  return end;
}

bool Matches(std::string_view s, std::string_view shape) {
  if (s.size() != shape.size()) return false;
  for (size_t i = 0; i < s.size(); ++i) {
    if (shape[i] == '0' ? !IsDigit(s[i]) : s[i] != shape[i]) return false;
  }
  return true;
}

size_t SignLength(std::string_view s, size_t i) {
  for (const std::string_view sign : {"$", "\xE2\x82\xAC", "\xC2\xA3"}) {
    if (s.substr(i, sign.size()) == sign) return sign.size();
  }
  return 0;
}

size_t CodePointLength(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

uint16_t ValueType(std::string_view s) {
  const size_t sign_at = s[0] == '-' ? 1 : 0;
  if (const size_t sign = SignLength(s, sign_at); sign > 0) {
    const size_t from = sign_at + sign;
    return from < s.size() && SkipDecimal(s, from) == s.size() ? P::MONEY : P::BAD_NUMBER;
  }
  const size_t decimal = SkipDecimal(s, sign_at);
  if (decimal == s.size()) return P::NUMBER;
  if (decimal > sign_at && decimal + 1 == s.size() && s.back() == '%') return P::PERCENT;
  if (Matches(s, "0000-00-00")) return P::DATE;
  if (Matches(s, "00:00") || Matches(s, "0:00")) return P::CLOCK_TIME;
  return P::BAD_NUMBER;
}

bool IsName(std::string_view s) {
  if (!IsLetter(s[0])) return false;
  for (size_t i = 1; i < s.size(); ++i) {
    if (IsLetter(s[i]) || IsDigit(s[i])) continue;
    if (s[i] != '-' && s[i] != '_' && s[i] != '.') return false;
    if (i + 1 == s.size() || !(IsLetter(s[i + 1]) || IsDigit(s[i + 1]))) return false;
  }
  return true;
}

}  // namespace bylaw::syntax
