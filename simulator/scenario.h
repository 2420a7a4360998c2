// What is to be simulated: loads, how long work takes, what fails. Plain data; times count from the scenario's start.
#ifndef BYLAW_SIMULATOR_SCENARIO_H_
#define BYLAW_SIMULATOR_SCENARIO_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/ids.h"
#include "runtime/engine/types.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::audit {
class AuditSink;
}

namespace bylaw::simulator {

// How the runs of a load lie in its window.
enum class Arrivals : uint8_t {
  kEven,     // at equal distances, the tenants of a load staggered evenly between them
  kPoisson,  // at independent uniform instants by the seed: a Poisson process with the declared number of arrivals
};

// "every tenant on tier T sends 50 runs of W per day": from 0, within the scenario's duration.
// "tenant X sends 5_000 runs of W within 30 minutes from 09:00".
struct Load {
  std::vector<TenantId> tenants = {};  // each of them sends
  WorkflowId workflow = WorkflowId(0);
  uint64_t runs = 0;
  DurationNs from_ns = 0;
  DurationNs within_ns = 0;
  std::optional<abi::Lane> lane = std::nullopt;  // unset: the workflow's
};

// "each W takes about 45 seconds": on its slot, without waits, people and second attempts. The steps share it in
// proportion to what the policy says they take. Without it a run takes what its steps say.
struct ServiceTime {
  WorkflowId workflow = WorkflowId(0);
  DurationNs about_ns = 0;
  uint32_t spread_ppm = 0;  // each run's own factor is uniform in 1 ± spread, by the seed
};

struct Failures {
  WorkflowId workflow = WorkflowId(0);
  StepId step = StepId(0);
  uint32_t share_ppm = 0;  // of the attempts
  engine::Outcome outcome = engine::Outcome::kFailed;
};

// Each run's first `attempts` of the step fail.
struct FirstFailures {
  WorkflowId workflow = WorkflowId(0);
  StepId step = StepId(0);
  uint32_t attempts = 0;
};

// What an attempt of the step really costs; otherwise it is what was reserved.
struct RealCost {
  WorkflowId workflow = WorkflowId(0);
  StepId step = StepId(0);
  int64_t micros = 0;
};

// "request.channel is email in 40% of runs": drawn for each run by the seed. What remains of a slot's runs get the
// value without a share, or the made-up one.
struct UsualValue {
  WorkflowId workflow = WorkflowId(0);
  engine::Value value = {};  // a text outlives the scenario
  uint32_t share_ppm = 0;    // 0: all other runs
};

struct Outage {
  EndpointId endpoint = EndpointId(0);
  TimeNs from_ns = 0;
  TimeNs until_ns = kForeverNs;
};

// What a tenant was promised and has announced.
struct Promise {
  uint64_t declared_runs = UINT64_MAX;  // over the scenario; what comes on top, in order of submission, is its excess
  DurationNs within_ns = kForeverNs;    // `sla 95% within 4 hours`: from accepted Submit to Finish
  uint32_t share_ppm = 0;               // 0: no SLA
};

struct Scenario {
  std::string name;
  TimeNs starts_at_wall = 0;
  DurationNs duration_ns = 0;  // of the loads; the simulation goes on until everything accepted has ended
  std::vector<Load> loads = {};
  std::vector<ServiceTime> service = {};
  std::vector<Failures> failures = {};
  std::vector<FirstFailures> first_failures = {};
  std::vector<RealCost> costs = {};
  std::vector<UsualValue> values = {};
  std::vector<Outage> outages = {};
  std::vector<Promise> promises = {};  // by TenantId; empty: none
  Arrivals arrivals = Arrivals::kEven;
  sched::Strategy strategy = sched::Strategy::kPolicy;
  audit::AuditSink* audit = nullptr;  // where records go, if they are to be kept
  uint64_t seed = 1;
  // So many of the first runs are told step by step (Result::story).
  uint32_t follow = 0;
  // Each tenant's use of time is kept in so many equal windows of the duration, and in as many again after it; 0: not.
  uint32_t windows = 0;
  // Every so many events, and at the end, all invariants are checked (Engine::CheckConsistency); 0: never.
  uint32_t check_every = 0;
};

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_SCENARIO_H_
