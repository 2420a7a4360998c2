// Typed conditions at random, as the checker could have made them.
#ifndef BYLAW_TESTS_DIFFERENTIAL_RANDOM_CONDITION_H_
#define BYLAW_TESTS_DIFFERENTIAL_RANDOM_CONDITION_H_

#include <string>
#include <vector>

#include "base/prng.h"
#include "compiler/cel/typed.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::differential {

// Few texts, so that equality happens; among them the empty one and one of several bytes a character.
extern const std::vector<std::string> kTexts;

// What the condition may read. Pointers may be null.
struct Names {
  const std::vector<abi::SlotInfo>* slots = nullptr;
  const std::vector<abi::SlotInfo>* settings = nullptr;
};

// A tree of type kBool, at most `depth` operators deep.
cel::TypedExprPtr RandomCondition(Prng& prng, const Names& names, int depth);

}  // namespace bylaw::differential

#endif  // BYLAW_TESTS_DIFFERENTIAL_RANDOM_CONDITION_H_
