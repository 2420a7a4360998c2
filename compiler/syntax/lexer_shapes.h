// The shapes of words and numbers that the lexer cuts: pure functions over bytes.
#ifndef BYLAW_COMPILER_SYNTAX_LEXER_SHAPES_H_
#define BYLAW_COMPILER_SYNTAX_LEXER_SHAPES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bylaw::syntax {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool IsHighByte(char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }
inline bool IsWordByte(char c) { return IsLetter(c) || IsDigit(c) || c == '_' || IsHighByte(c); }
inline bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The end of a decimal at `i`: digits with `_` between them, and a fraction; `i` if there is none.
size_t SkipDecimal(std::string_view s, size_t i);
// True if `s` has the shape `shape`, where '0' is any digit.
bool Matches(std::string_view s, std::string_view shape);
// Bytes of a currency sign at `i`, or 0.
size_t SignLength(std::string_view s, size_t i);
// Bytes of the code point that begins with `lead`.
size_t CodePointLength(char lead);
// The token type of a whole chunk that begins like a value.
uint16_t ValueType(std::string_view s);
// `letter (letter|digit)* ([-_.] (letter|digit)+)*`
bool IsName(std::string_view s);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_LEXER_SHAPES_H_
