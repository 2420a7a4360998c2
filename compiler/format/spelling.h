// How single words are spelled and which of them a space separates.
#ifndef BYLAW_COMPILER_FORMAT_SPELLING_H_
#define BYLAW_COMPILER_FORMAT_SPELLING_H_

#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/words.h"

namespace bylaw::format {

struct Word {
  syntax::WordKind kind = syntax::WordKind::kBad;
  std::string text;
};

// "5_000", "$0.50", "09:30": the canonical spelling of one value; other words as they are.
std::string Spelling(syntax::WordKind kind, std::string_view text);

// Puts `words.back()` (and the verb before it) into the number that the value before it asks for: `1 calls` becomes `1
// call`.
void Agree(std::vector<Word>& words);

// Where a space stands inside a condition, word after word.
class ConditionSpacing {
 public:
  // Whether a space separates `word` from the one before it; call once for each word of the condition in order.
  bool SpaceBefore(std::string_view word);

 private:
  struct Bracket {
    char open;
    int choices = 0;  // `?` whose `:` is still to come
  };
  bool OperandBefore() const;

  std::vector<Bracket> open_;
  std::string before_ = "(";
  bool sign_before_ = false;  // `-` or `!` that belongs to what follows
};

}  // namespace bylaw::format

#endif  // BYLAW_COMPILER_FORMAT_SPELLING_H_
