// From a long life that fails to a short script that fails in the same way; and lives in a process of their own, for
// failures that abort it.
#ifndef BYLAW_TESTS_SIM_SHRINK_H_
#define BYLAW_TESTS_SIM_SHRINK_H_

#include <functional>
#include <string>

#include "tests/sim/script.h"

namespace bylaw::sim {

// What is wrong in the life of this script, or "". In a child process: a failed check of the runtime itself is a
// failure like any other, told in its own words.
std::string WrongIn(const Script& script);
// The same for the first `events` that a seed draws; *script gets what happened, as far as it is known.
std::string WrongIn(uint64_t seed, int events, Script* script);

// Two failures are of one kind if they differ in numbers only.
std::string KindOf(const std::string& wrong);

// The least part of `script` that it finds which still fails in the way `script` does (delta debugging: A. Zeller,
// "Yesterday, my program worked", 1999; then one event at a time).
Script Shrink(Script script);

}  // namespace bylaw::sim

#endif  // BYLAW_TESTS_SIM_SHRINK_H_
