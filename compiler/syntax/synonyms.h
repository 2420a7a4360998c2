// Words that people write where the language has another one for the same thing: `max 50`, `2 dollars`, `otherwise`.
#ifndef BYLAW_COMPILER_SYNTAX_SYNONYMS_H_
#define BYLAW_COMPILER_SYNTAX_SYNONYMS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "compiler/syntax/repair.h"

namespace bylaw::syntax {

// The line in our words, if putting them in at or before word `at` makes it a sentence of `entry`; nothing otherwise.
std::optional<std::string> InOurWords(size_t entry, const std::vector<Word>& words, size_t at);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_SYNONYMS_H_
