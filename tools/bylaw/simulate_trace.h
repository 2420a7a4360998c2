// `bylaw simulate --trace FILE`: recorded requests on a simulated model server, under each way to choose whose is next.
#ifndef BYLAW_TOOLS_BYLAW_SIMULATE_TRACE_H_
#define BYLAW_TOOLS_BYLAW_SIMULATE_TRACE_H_

#include "tools/bylaw/commands.h"

namespace bylaw::cli {

// `flags.trace` is set. Weights are those of the policy's tenants of the same names, if a policy is given; else 1.
int RunTrace(const Options& options, const SimulateFlags& flags);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_SIMULATE_TRACE_H_
