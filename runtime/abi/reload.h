// What publishing a new image means for runs that are pinned to an old one: theorem V15 as a table for the engine.
//
// A pinned run keeps the step tables and choices of its own policy; places and denials must hold under both. So it can
// finish where every mandatory step that is left has, at every instant until the horizon, an endpoint that both allow,
// and where its state may stay. A run may instead re-pin (go on under the new policy) at the step of the same name if
// all that the new order puts before that step has run, if the inputs are the same, and if what is left pays the new
// floor. A run that can do neither is to be drained. Conditions, rules and health are not part of it: a run that they
// suspend is suspended under either policy. Immutable; ids of the old image unless said otherwise.
#ifndef BYLAW_RUNTIME_ABI_RELOAD_H_
#define BYLAW_RUNTIME_ABI_RELOAD_H_

#include <cstdint>
#include <vector>

#include "runtime/abi/ids.h"

namespace bylaw::abi {

// What keeps a run from finishing under the policy it is pinned to.
enum class Hindrance : uint8_t {
  kNone,
  kTenantGone,    // the new policy does not know the tenant
  kWorkflowGone,  // … or the workflow, or no longer lets the tenant run it
  kDenied,        // a model or tool that is left to call is denied now
  kIllegal,       // a model or tool that is left to call has no endpoint that is legal under both
  kState,         // the store that keeps its state is gone or illegal now
};

// A run that stands before one step.
struct ReloadPoint {
  Hindrance hindrance = Hindrance::kNone;  // kNone: it finishes as pinned, with `pinned_min_micros` left or more
  StepId blocked;                          // of kDenied and kIllegal: the first step that cannot run
  int64_t pinned_min_micros = 0;
  StepId repin_at;  // of the new workflow; none: it may not re-pin
  int64_t repin_min_micros = 0;

  bool drains() const { return hindrance != Hindrance::kNone && !repin_at.valid(); }
};

struct ReloadTable {
  // By id of the old image: the same thing in the new one, or none.
  std::vector<TenantId> tenants;
  std::vector<WorkflowId> workflows;
  std::vector<EndpointId> endpoints;
  std::vector<ResourceId> resources;
  // slots[workflow of the old image][slot of the new one]: the slot that holds its value, or kNoSlot.
  static constexpr uint32_t kNoSlot = UINT32_MAX;
  std::vector<std::vector<uint32_t>> slots;

  // Tenants of the same old and new shape share a row.
  std::vector<uint32_t> row_of;                             // by TenantId
  std::vector<std::vector<std::vector<ReloadPoint>>> rows;  // [row][workflow][step]

  const ReloadPoint& point(TenantId tenant, WorkflowId workflow, StepId step) const {
    return rows[row_of[tenant.index()]][workflow.index()][step.index()];
  }
};

}  // namespace bylaw::abi

#endif  // BYLAW_RUNTIME_ABI_RELOAD_H_
