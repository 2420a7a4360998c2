// What is wrong with a word that is none (`50loan`, an unclosed text), and with a condition.
#ifndef BYLAW_COMPILER_SYNTAX_EXPLAIN_WORD_H_
#define BYLAW_COMPILER_SYNTAX_EXPLAIN_WORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diag/diagnostic.h"
#include "compiler/syntax/expect.h"
#include "compiler/syntax/lexer.h"

namespace bylaw::syntax {

bool IsBadWord(uint16_t type);
// The unit of time that an abbreviation such as `ms` or `h` stands for, or "".
std::string_view UnitNamed(std::string_view abbreviation);
std::string BadWordMessage(uint16_t type, std::string_view word);
// The words to write instead, where that is clear: `30min` is `30 minutes`.
std::optional<std::string> BadWordInstead(uint16_t type, std::string_view word);
// How words of this kind are written.
std::string BadWordHelp(uint16_t type, std::string_view word);

// A line whose first misfit lies inside a condition. `lexemes` are the line's without ends of lines.
void ExplainCondition(std::string_view text, source::FileId file, const std::vector<Lexeme>& lexemes,
                      const Expectation& expected, diag::Sink& sink);

// The same for a condition that stands alone.
void ExplainWholeCondition(std::string_view text, source::FileId file, const std::vector<Lexeme>& lexemes,
                           diag::Sink& sink);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_EXPLAIN_WORD_H_
