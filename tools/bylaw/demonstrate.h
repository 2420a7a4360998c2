// Changed numbers shown by the engine: the same thing happens under the old and under the new policy, and ends
// otherwise.
#ifndef BYLAW_TOOLS_BYLAW_DEMONSTRATE_H_
#define BYLAW_TOOLS_BYLAW_DEMONSTRATE_H_

#include <string>
#include <vector>

#include "compiler/driver/compare.h"

namespace bylaw::cli {

// For each change of the report, words such as "with 10 workflows running, loan-approval is submitted: it is queued
// because cap → it gets a slot at once"; empty where the number shows in nothing that a single event can tell, or where
// either policy is not proved and so runs nowhere. Shown are caps, queues, limits on calls, budgets, which workflows
// may run, and where state is kept; what changes for a step is shown by the comparison itself (change::Shown).
std::vector<std::string> Demonstrate(const driver::Comparison& comparison);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_DEMONSTRATE_H_
