// What a simulation found. Plain data; times count from the scenario's start.
//
// A run's wait is the time from its accepted Submit to its end in which it was not served, without the time in review
// or suspended: in the queue, or parked on a limit.
#ifndef BYLAW_SIMULATOR_RESULT_H_
#define BYLAW_SIMULATOR_RESULT_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/ids.h"
#include "runtime/engine/types.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::simulator {

struct Percentiles {
  DurationNs p50 = 0, p95 = 0, p99 = 0, max = 0;
  friend bool operator==(const Percentiles&, const Percentiles&) = default;
};
// Of `values`, in any order: the smallest value that at least p of them do not exceed. Zeros for none.
Percentiles PercentilesOf(std::vector<DurationNs> values);

// One tenant in one of the equal windows of a simulation. Exact: what lasts is split among the windows it touches.
struct Window {
  DurationNs slot_ns = 0;        // slots it held, by time
  DurationNs at_once_ns = 0;     // runs under way, parked ones included, by time
  DurationNs waiting_ns = 0;     // runs in its queue, by time
  DurationNs backlogged_ns = 0;  // time in which its queue was not empty
  int64_t spent_micros = 0;      // by attempts that ended in it
  uint32_t completed = 0;        // of the runs that were submitted in it …
  DurationNs wait_ns = 0;        // … their waits together
};

struct TenantResult {
  TenantId tenant;
  uint64_t submitted = 0;  // refused ones included
  uint64_t completed = 0;
  uint64_t failed = 0;      // ended without finishing
  uint64_t refused = 0;     // by Submit
  uint64_t unfinished = 0;  // still in review or suspended when nothing moved any more
  Percentiles wait, run;    // run: Submit to Finish; of completed runs

  // Of the declared volume: runs that were refused, failed, or finished later than promised; whether the promised share
  // was missed. And the same count of the excess over the declared volume, apart.
  uint64_t sla_violations = 0;
  bool sla_broken = false;
  uint64_t excess = 0;
  uint64_t excess_late = 0;

  double slot_seconds = 0;
  double waited_on_limits_seconds = 0;  // part of the waits
  double in_review_seconds = 0;
  double suspended_seconds = 0;
  int64_t spent_micros = 0;
  int64_t spent_run_max_micros = 0;  // by one completed run
  uint64_t attempts = 0;             // of steps
  uint64_t overruns = 0;             // of them: dearer than reserved
  uint32_t running_max = 0;          // most at once
  uint32_t waiting_max = 0;          // most in the queue
  uint32_t demand_max = 0;           // most at once and in the queue together
  // While it had work: how long, runs at once against its cap on average, time at the cap. Of a capped tenant.
  double active_seconds = 0;
  double cap_utilisation = 0;
  double at_cap_seconds = 0;
  // Runs in its queue by time, while it ran as many as it may, and while others or the pool were the reason.
  double queued_at_cap_seconds = 0;
  double queued_for_slots_seconds = 0;

  std::vector<DurationNs> waits;  // of every completed run, in order of submission
  std::vector<Window> windows;    // up to the last one with anything in it
};

// A pool, as it stood at every full minute of the scenario.
struct PoolResult {
  PoolId pool;
  double busy = 0;  // slots, on average
  double full = 0;  // share of the minutes in which no slot was idle
};
// Questions to reviewers.
struct ReviewersResult {
  ReviewersId reviewers;
  uint64_t asked = 0;
  uint64_t waiting_max = 0;
};

enum class EventKind : uint8_t {
  kRunningAtCap,  // its runs at once reached the cap and more wait: value is how many wait
  kQueuePeak,     // the most that waited after kRunningAtCap
  kQueueEmpty,    // nothing of it waits any more, after kRunningAtCap
  kQuotaGone,     // a limit on `resource` is used up; until is when it is back, value how many calls have been made
  kQuotaBack,     // the first call after kQuotaGone
  kRefusing,      // its submissions begin to be refused
  kSuspending,    // its first run is suspended (again), by `reason`
  kEndpointDown,
  kEndpointUp,
};
struct TimelineEvent {
  TimeNs at_ns = 0;
  EventKind kind = EventKind::kQuotaGone;
  TenantId tenant;
  ResourceId resource;
  EndpointId endpoint;
  TimeNs until_ns = 0;
  uint64_t value = 0;
  uint32_t running = 0;  // the tenant's runs at once
  uint32_t waiting = 0;
  abi::Reason reason = abi::Reason::kNone;
};

// A line of the story of a run that is followed: what was decided about a step, how an attempt ended, or the end.
struct StoryLine {
  enum class Kind : uint8_t { kDecided, kEnded, kFinished, kFailed };
  TimeNs at_ns = 0;
  Kind kind = Kind::kDecided;
  uint32_t run = 0;  // in order of submission
  TenantId tenant;
  WorkflowId workflow;
  StepId step;                // none: the run as a whole
  abi::Decision decision{};   // kDecided, kEnded
  int64_t hi_micros = 0;      // kDecided: the most the step may cost
  int64_t cost_micros = 0;    // kEnded: of the attempt; kFinished: of the run
  int64_t left_micros = 0;    // of the workflow's budget, now
  engine::Outcome outcome{};  // kEnded
  StepId next;                // kEnded: what comes after it
};

// The state of all pools at one minute.
struct Sample {
  TimeNs at_ns = 0;
  uint32_t busy = 0;
  uint32_t waiting = 0;
};

// What arithmetic alone says of a load that is more than its tenant may run at once: so many runs, in rounds of so many
// slots, take at least so long. 5,000 runs at 50 slots and 45 seconds each take 75 minutes.
struct ClosedForm {
  TenantId tenant;
  WorkflowId workflow;
  uint64_t runs = 0;
  uint32_t slots = 0;  // its cap, or its pool's slots if those are fewer
  DurationNs each_ns = 0;
  DurationNs takes_ns = 0;
};
// ⌈runs / slots⌉ · each.
DurationNs TakesAtLeast(uint64_t runs, uint32_t slots, DurationNs each_ns);

struct Result {
  sched::Strategy strategy = sched::Strategy::kPolicy;
  std::vector<TenantResult> tenants;  // of all that sent anything, by id
  std::vector<TimelineEvent> timeline;
  std::vector<Sample> samples;
  DurationNs window_ns = 0;  // of TenantResult::windows; 0: none
  std::vector<PoolResult> pools;
  std::vector<ReviewersResult> reviewers;  // by ReviewersId; whom the policy does not name are not counted
  std::vector<StoryLine> story;            // of the first Scenario::follow runs
  std::vector<ClosedForm> closed_forms;

  // Jain's index of slot time divided by weight: 1 is equal, 1/n is one tenant has everything.
  double jain = 1;
  TimeNs makespan_ns = 0;  // when the last run ended
  // Between tenants that had work waiting throughout a minute: slot seconds divided by weight, most against least.
  double max_service_difference = 0, avg_service_difference = 0;
  uint64_t sla_broken_tenants = 0;

  uint64_t engine_calls = 0;
  uint64_t trace_hash = 0;       // of every call's answer, in order: equal for equal seeds
  std::string broken_invariant;  // "" if every check held

  const TenantResult* Find(TenantId tenant) const;
  // The waits of all tenants but these.
  Percentiles WaitOfOthers(std::span<const TenantId> excluded) const;
};

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_RESULT_H_
