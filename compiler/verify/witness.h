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

// One decision asked of the compiled policy, and what it must answer for the witness to hold. Inputs and outputs are
// absent, and whoever has to be asked has approved.
struct Probe {
  TenantId tenant;
  WorkflowId workflow;
  StepId step;
  TimeNs at = 0;  // wall clock
  std::vector<EndpointId> down;
  int64_t remaining_micros = abi::kUnlimitedMicros;
  abi::Verdict verdict = abi::Verdict::kProceed;
  std::optional<abi::Reason> reason;       // unset: any
  std::optional<EndpointId> endpoint;      // unset: any
  std::optional<int64_t> reserved_micros;  // unset: any
};

struct Witness {
  std::vector<std::string> path;
  std::vector<Probe> probes;
};

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_WITNESS_H_
