// The sentence that was probably meant: one small change to a line that makes it fit the grammar.
//
// Every suggestion is checked against the grammar before it is made, so a help line is always a sentence that can be
// read.
#ifndef BYLAW_COMPILER_SYNTAX_REPAIR_H_
#define BYLAW_COMPILER_SYNTAX_REPAIR_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/expect.h"
#include "compiler/syntax/lexer.h"

namespace bylaw::syntax {

struct Word {
  uint16_t type = 0;
  std::string text;
  bool space = true;  // before it
};

// The words of a line; ends of lines inside a list are left out.
std::vector<Word> WordsOf(std::string_view text, std::span<const Lexeme> lexemes);
std::vector<Word> WordsOf(std::string_view sentence);
std::string SentenceOf(std::span<const Word> words);
std::vector<uint16_t> TypesOf(std::span<const Word> words);

// One or two sentences of `entry` that are one change away from `words` (or two misspelt words), or nothing if there
// are more or none. `expected` is what the grammar says about `words`.
std::vector<std::string> Repair(size_t entry, const std::vector<Word>& words, const Expectation& expected);

// Up to `limit` examples of the forms in `rules`, those that share most words with the line first; only the best one if
// it stands out. If `near_only`, none that shares no word with the line.
std::vector<std::string> NearestExamples(const std::vector<Word>& words, const std::vector<size_t>& rules, size_t limit,
                                         bool near_only);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_REPAIR_H_
