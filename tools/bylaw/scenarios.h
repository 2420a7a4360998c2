// From a scenario in a policy file to what the simulator runs: names to ids, clock times to offsets, contracts to
// promises.
#ifndef BYLAW_TOOLS_BYLAW_SCENARIOS_H_
#define BYLAW_TOOLS_BYLAW_SCENARIOS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/sema/program.h"
#include "runtime/abi/policy_image.h"
#include "simulator/scenario.h"
#include "tools/bylaw/slot_values.h"

namespace bylaw::cli {

// What each tenant was promised (`sla`) and has announced (`expects`, its peak if it states one), by TenantId. The
// declared volume is that of one scenario, whatever its length: a scenario is a day.
std::vector<simulator::Promise> PromisesOf(const sema::Program& program);

// A wall-clock instant on the activation date of the policy, in its time zone.
TimeNs WallAt(const sema::Program& program, int64_t minutes_of_day);

struct PreparedScenario {
  simulator::Scenario scenario;  // strategy and seed are the caller's
  std::vector<TenantId> named;   // tenants with a load of their own: the ones to look at
  std::shared_ptr<SlotValues> texts = std::make_shared<SlotValues>();  // of the scenario's values
  int64_t from_minutes = 0;                                            // time of day at which the scenario starts
};

// InvalidArgument says what the scenario lacks (`run from … to …`) or names in vain.
absl::StatusOr<PreparedScenario> Prepare(const sema::Program& program, const abi::PolicyImage& image,
                                         const sema::Scenario& scenario);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_SCENARIOS_H_
