// The simulator: the production engine on a virtual clock, with arrivals, durations and faults drawn from one seed.
//
// Discrete events: arrivals, ends of steps, reviewers' answers, outages, and whatever Engine::NextEventTime says.
// Nothing is approximated: every run goes through Submit, Next, BeginStep, EndStep and Finish. Values a workflow reads
// are the scenario's, or made up: numbers are 1, amounts and counts 0, texts the first of their choices, answers no.
// Reviewers approve, each taking as long as the policy says; outcomes of steps are ok unless the scenario makes them
// fail. Deterministic: the same image, scenario and seed give the same Result, trace_hash included.
#ifndef BYLAW_SIMULATOR_SIMULATE_H_
#define BYLAW_SIMULATOR_SIMULATE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "runtime/abi/policy_image.h"
#include "simulator/result.h"
#include "simulator/scenario.h"

namespace bylaw::simulator {

// Fails if the engine does not take the image.
absl::StatusOr<Result> Simulate(std::shared_ptr<const abi::PolicyImage> image, const Scenario& scenario);

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SIMULATE_H_
