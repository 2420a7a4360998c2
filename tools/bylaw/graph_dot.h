// A workflow drawn for Graphviz: steps with what they call and cost, what must stay payable behind them (F), retries,
// replans, and the ladder. Pure.
#ifndef BYLAW_TOOLS_BYLAW_GRAPH_DOT_H_
#define BYLAW_TOOLS_BYLAW_GRAPH_DOT_H_

#include <string>

#include "compiler/sema/program.h"
#include "compiler/verify/facts.h"

namespace bylaw::cli {

// For one tenant, or for all that may run the workflow (`tenant` is none): then costs are from the least to the most
// that any of them may pay. DOT, ending in a newline.
std::string WorkflowDot(const verify::Facts& facts, WorkflowId workflow, TenantId tenant);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_GRAPH_DOT_H_
