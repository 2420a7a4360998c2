// What the simulated callers know of a workflow: how long each step takes, what it is given and what it gives.
#ifndef BYLAW_SIMULATOR_WORLD_H_
#define BYLAW_SIMULATOR_WORLD_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/abi/policy_image.h"
#include "runtime/engine/types.h"
#include "simulator/scenario.h"

namespace bylaw::simulator {

struct StepScript {
  DurationNs takes_ns = 0;
  uint32_t fails_ppm = 0;
  engine::Outcome failure = engine::Outcome::kFailed;
  uint32_t fails_first = 0;            // attempts of each run
  int64_t cost_micros = -1;            // of an attempt; negative: what was reserved
  std::vector<engine::Value> outputs;  // usually
  bool varied = false;                 // some output differs from run to run
};
struct WorkflowScript {
  std::vector<StepScript> steps;  // by StepId
  DurationNs takes_ns = 0;        // all of them
  uint32_t spread_ppm = 0;
  std::vector<engine::Value> inputs;  // usually
  bool varied = false;                // some input differs from run to run
  std::vector<UsualValue> shares;     // of this workflow
};

class World {
 public:
  World(const abi::PolicyImage& image, const Scenario& scenario);
  const WorkflowScript& workflow(WorkflowId id) const { return scripts_[id.index()]; }
  // How long this attempt takes, and how it ends: a function of the seed, the run's number and the attempt (of all its
  // steps, and of this step, from 1), so that every strategy meets the same world.
  DurationNs StepTakes(WorkflowId workflow, StepId step, uint64_t run) const;
  engine::Outcome OutcomeOf(WorkflowId workflow, StepId step, uint64_t run, uint64_t attempt,
                            uint32_t attempt_of_step) const;
  // What the run is given, and what a step of it gives: likewise. Valid until the next call.
  const std::vector<engine::Value>& InputsOf(WorkflowId workflow, uint64_t run);
  const std::vector<engine::Value>& OutputsOf(WorkflowId workflow, StepId step, uint64_t run);

 private:
  WorkflowScript ScriptOf(const abi::PolicyImage& image, const Scenario& scenario, WorkflowId id);
  engine::Value ValueOf(const abi::SlotInfo& slot, uint32_t index, TimeNs starts_at);
  const std::vector<engine::Value>& Drawn(const WorkflowScript& script, const std::vector<engine::Value>& usual,
                                          uint64_t run);

  uint64_t seed_;
  std::vector<WorkflowScript> scripts_;
  std::vector<engine::Value> drawn_;
  std::deque<std::string> strings_;  // stable addresses, as texts_
  std::deque<abi::Text> texts_;
};

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_WORLD_H_
