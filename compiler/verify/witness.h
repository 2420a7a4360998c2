// A counterexample a person can follow and the engines can replay.
//
// `path` is the story, a line each, with places. `probes` are the same story as questions to the compiled policy: asked
// of the reference evaluator and of the JIT before the witness is printed. A witness that does not reproduce is our
// bug.
#ifndef BYLAW_COMPILER_VERIFY_WITNESS_H_
#define BYLAW_COMPILER_VERIFY_WITNESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/ids.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::verify {

// A value that a probe gives one input or output of the run.
struct ProbeSlot {
  uint32_t slot = 0;  // in Workflow::slots
  abi::SlotValue value{};
};

// One question to the compiled policy, and what it must answer for the witness to hold: a decision, if a step is named,
// and what the tenant's shape was given. Inputs and outputs are absent unless stated, and whoever has to be asked has
// approved.
struct Probe {
  TenantId tenant;
  WorkflowId workflow;
  StepId step;    // none: no decision is asked for
  TimeNs at = 0;  // wall clock
  std::vector<EndpointId> down;
  std::vector<ProbeSlot> slots;
  int64_t remaining_micros = abi::kUnlimitedMicros;
  std::optional<abi::Verdict> verdict = abi::Verdict::kProceed;  // unset: any
  std::optional<abi::Reason> reason;                             // unset: any
  std::optional<ResourceId> resource;                            // unset: any
  std::optional<EndpointId> endpoint;                            // unset: any
  std::optional<StoreId> store;                                  // unset: any; None: it has none
  std::optional<int64_t> reserved_micros;                        // unset: any
  std::optional<PoolId> pool;                                    // of the shape; unset: any; None: it has none
  std::optional<ReviewersId> reviewers;                          // of the shape; unset: any; None: it has none
};

// How an answer differs from what the probe needs: "verdict=deny", "pool=3"; empty if it does not. `decision` counts
// only if the probe names a step.
std::string Disagreement(const Probe& probe, const abi::Decision& decision, const abi::ShapeInfo& shape);

struct Witness {
  std::vector<std::string> path;
  std::vector<Probe> probes;
};

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_WITNESS_H_
