// The amounts left of a budget at which a step's answer may change.
#ifndef BYLAW_COMPILER_CHANGE_AMOUNTS_H_
#define BYLAW_COMPILER_CHANGE_AMOUNTS_H_

#include <cstdint>
#include <vector>

#include "compiler/change/grid.h"

namespace bylaw::change {

// In the order of the programs: prices with floors, then thresholds; those of `before` first. Each is the least amount
// at which something becomes payable or a rung is no longer passed.
std::vector<int64_t> ThresholdsOf(const StepSide& before, const StepSide& after, int64_t budget);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_AMOUNTS_H_
