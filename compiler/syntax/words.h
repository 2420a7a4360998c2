// The words of a file with their kinds, for tools that look at text rather than meaning (the formatter, an editor's
// colours).
#ifndef BYLAW_COMPILER_SYNTAX_WORDS_H_
#define BYLAW_COMPILER_SYNTAX_WORDS_H_

#include <cstdint>
#include <string_view>
#include <vector>

namespace bylaw::syntax {

enum class WordKind : uint8_t {
  kKeyword,
  kName,
  kNumber,
  kPercent,
  kMoney,
  kDate,
  kClockTime,
  kText,
  kComma,
  kColon,
  kOpenBrace,
  kCloseBrace,
  kLineEnd,
  kConditionOpen,  // the parenthesis after `when`
  kCondition,      // a word inside a condition, its closing parenthesis included
  kBad,
};

// Bytes [begin, end) of the text. Between two words lie only spaces and comments, and inside conditions also ends of
// lines.
struct FileWord {
  WordKind kind = WordKind::kBad;
  uint32_t begin = 0;
  uint32_t end = 0;
};

// All words of a text that is UTF-8 and within the limits of ParseLimits.
std::vector<FileWord> WordsOfFile(std::string_view text);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_WORDS_H_
