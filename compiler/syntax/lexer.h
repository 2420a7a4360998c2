// Text to lexemes: the words of grammar/BylawLexer.g4, cut by hand.
//
// The same tokens as the generated lexer (a test holds the two equal), about ten times as fast, with byte offsets, and
// with the one rule that a lexer grammar cannot say: a newline inside a condition is dropped after an opening bracket,
// a comma or an operator, and ends the condition anywhere else, so that an unclosed parenthesis costs one message. The
// text must be valid UTF-8. Pure functions.
#ifndef BYLAW_COMPILER_SYNTAX_LEXER_H_
#define BYLAW_COMPILER_SYNTAX_LEXER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bylaw::syntax {

// Bytes [begin, end) of the text; `type` is a token type of BylawParser. Comments and spaces are not lexemes.
struct Lexeme {
  uint16_t type = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  friend bool operator==(const Lexeme&, const Lexeme&) = default;
};

struct Lexed {
  std::vector<Lexeme> lexemes;
  bool too_many = false;  // stopped at `tokens_max`
};

// A whole file. A leading byte order mark is passed over.
Lexed LexFile(std::string_view text, size_t tokens_max);
// A condition alone, as it stands between the parentheses; newlines are spaces, and a triple-quoted text may span them.
Lexed LexCondition(std::string_view text, size_t tokens_max);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_LEXER_H_
