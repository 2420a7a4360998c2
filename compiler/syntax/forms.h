// The sentence forms by their rules in the grammar: an example of each, and the declarations whose blocks they stand
// in.
//
// Messages and help lines are made from this table; a test reads every example at its entry, and checks that no rule of
// the grammar that is a form is missing.
#ifndef BYLAW_COMPILER_SYNTAX_FORMS_H_
#define BYLAW_COMPILER_SYNTAX_FORMS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw::syntax {

struct Form {
  size_t rule;               // BylawParser::RuleBudget, …
  std::string_view example;  // "budget $2.00 per workflow"
};

std::span<const Form> Forms();
// The examples of `rule`, the plainest first; none if it is no form.
const std::vector<std::string_view>& ExamplesOf(size_t rule);
// For each rule index whether it is a form.
const std::vector<bool>& IsForm();

// An entry of the grammar and what a person calls the lines read there.
struct Entry {
  size_t rule;             // BylawParser::RuleTierEntry, …
  std::string_view block;  // "a tier"; empty for declarations
};
std::span<const Entry> Entries();
// "a tier"; `entry` is one of Entries(), `header` the first word of the block's header if known.
std::string BlockName(size_t entry, uint16_t header = 0);

// The spelling of a token type that has one, such as "budget" or ","; "" otherwise.
std::string_view SpellingOf(size_t type);
// Whether the type is a word that sentences are made of (a keyword), and not a name, a value or a mark.
bool IsKeyword(size_t type);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_FORMS_H_
