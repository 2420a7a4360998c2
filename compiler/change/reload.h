// V15, reload safety: which runs in flight under an old policy can finish when a new one is published.
#ifndef BYLAW_COMPILER_CHANGE_RELOAD_H_
#define BYLAW_COMPILER_CHANGE_RELOAD_H_

#include <string>
#include <vector>

#include "compiler/plan/plan.h"
#include "runtime/abi/reload.h"

namespace bylaw::change {

// `after` has been proved: then V1 and V3 hold for every run that re-pins with its floor left.
abi::ReloadTable BuildReloadTable(const plan::Plan& before, const plan::Plan& after);

// Runs that cannot finish as they were admitted, alike for several tenants.
struct InFlight {
  WorkflowId workflow;            // of the old policy
  bool drains = true;             // else they go on under the new policy
  StepId until;                   // concerned are runs that have not done this step; none: all
  std::string why;                // "model gpt-4 has no endpoint that is legal under both policies"
  int64_t left_min_micros = 0;    // of those that go on: what must be left
  std::vector<TenantId> tenants;  // of the old policy
};
std::vector<InFlight> TellReload(const plan::Plan& before, const abi::ReloadTable& table);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_RELOAD_H_
