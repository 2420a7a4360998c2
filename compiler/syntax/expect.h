// How far a line fits the grammar, and what could have stood where it stops fitting.
//
// Walks the parser's own transition network over the words of one line, all alternatives at once, so the answer does
// not depend on how the generated parser looks ahead: the first word that no sentence can have there, every word that
// could stand in its place, and the sentence forms that were still possible. Only lines that did not parse come here.
// Pure functions; the network is shared and read only.
#ifndef BYLAW_COMPILER_SYNTAX_EXPECT_H_
#define BYLAW_COMPILER_SYNTAX_EXPECT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bylaw::syntax {

struct Expectation {
  size_t at = 0;         // index of the first word that does not fit; the number of words if the line ends too early
  bool fits = false;     // the whole line is a sentence
  bool may_end = false;  // the sentence could end before word `at`
  std::vector<uint16_t> words;    // token types that may stand at `at`, ascending
  std::vector<uint16_t> at_name;  // of these, the ones that are not merely a name
  std::vector<size_t>
      rules;  // for each way to go on: the innermost rule of `forms` it is in; ascending, without duplicates
};

// `forms` are the rule indexes that stand for a sentence form.
Expectation Expect(size_t entry, std::span<const uint16_t> words, const std::vector<bool>& forms);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_EXPECT_H_
