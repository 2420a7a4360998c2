// Small policies as text at random, and edits of them: few values of everything, so that every request can be asked.
#ifndef BYLAW_TESTS_PROPERTY_RANDOM_EDIT_H_
#define BYLAW_TESTS_PROPERTY_RANDOM_EDIT_H_

#include <cstdint>
#include <string>

namespace bylaw::property {

struct PolicyPair {
  std::string before, after;
};

// Amounts of money are whole cents, budgets at most 16 cents; conditions compare request.amount with whole dollars from
// 1 to 5, request.channel with its three choices and steps.judge.score with tenths. `hard`: some conditions compute.
// The same seed always gives the same pair.
PolicyPair RandomEdit(uint64_t seed, bool hard);

}  // namespace bylaw::property

#endif  // BYLAW_TESTS_PROPERTY_RANDOM_EDIT_H_
