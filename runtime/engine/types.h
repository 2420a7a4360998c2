// What goes into and comes out of the engine's calls: plain values, no ownership. Ids are the engine's numbers
// (policy.h), which stay the same over reloads; but steps and slots are those of one policy's workflow.
#ifndef BYLAW_RUNTIME_ENGINE_TYPES_H_
#define BYLAW_RUNTIME_ENGINE_TYPES_H_

#include <cstdint>

#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/ids.h"
#include "runtime/durable/run_name.h"
#include "runtime/policy/store.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::durable {
class Journal;
}

namespace bylaw::engine {

// A decision and the policy whose sentence it is: clause is of that policy's image, what it names has the engine's
// numbers.
struct StepDecision : abi::Decision {
  policy::Epoch epoch = 0;
};

// Names one accepted workflow run; stale once the run has ended.
struct RunId {
  uint32_t index = UINT32_MAX;
  uint32_t generation = 0;
  bool valid() const { return index != UINT32_MAX; }
  friend bool operator==(RunId, RunId) = default;
};

// Where the process stood when it ended, and what of it was found again.
struct Recovery {
  uint64_t runs_taken_up = 0;
  // In the store still, but the policy no longer has their tenant, workflow or step, or a place to run them.
  uint64_t runs_left = 0;
};

// Names everything that was decided before Engine::Seal gave it.
struct CommitTicket {
  uint64_t number = 0;
};

struct Options {
  // What the pools' queues do. The other strategies are there to be compared with: without caps, lanes and refusals.
  sched::Strategy strategy = sched::Strategy::kPolicy;
  // How long a run may stay suspended before it ends where no contract says it, and a review may last before its run is
  // suspended.
  DurationNs suspended_max_ns = 7 * kDayNs;
  DurationNs review_max_ns = kDayNs;
  // Tables are made for so many runs in flight; more of them grow the tables.
  uint32_t runs_expected = 1'024;
  // A turn about which no call has been made for so long (or for as long as the endpoint that it calls may take) has
  // lost its worker: its slot is taken back (slot_lease.cc). 0: never.
  DurationNs slot_lease_ns = 0;
  // Keeps budgets and runs where they survive the process (docs/durability.md); null: nothing does. Must outlive the
  // engine. The rest is about what is kept.
  durable::Journal* journal = nullptr;
  // How much of a month's budget, and of a run's own, may be spent without another durable lease; a crash strands at
  // most so much of each.
  uint32_t lease_month_ppm = 1'000;
  uint32_t lease_run_ppm = 125'000;
  // The same for limits on calls and tokens: how much of a limit's number may be used without another lease.
  uint32_t lease_rate_ppm = 125'000;
  // What a run leaves is kept so long after its end, unless its tenant's contract says longer, or to erase it sooner.
  uint32_t keep_ended_days = 0;
};

// A value of an input or a step's output, by its place in WorkflowInfo::slots. Texts are copied.
struct Value {
  uint32_t slot = 0;
  abi::SlotValue value{};
};

struct SubmitResult {
  bool queued = false;
  RunId run;                                // if queued
  abi::Reason reason = abi::Reason::kNone;  // if refused
  abi::ClauseRef clause = abi::kNoClause;   // if refused: the published policy's sentence that refused, of this tenant
  TimeNs retry_at_ns = 0;                   // if refused: monotonic; kForeverNs if trying again is no use
};

// Where a run stands, as a checkpoint keeps it.
struct Checkpoint {
  StepId step;               // the next step; none: every step is done
  int64_t spent_micros = 0;  // of the workflow's budget
};

// A run that gets a slot now.
struct Turn {
  RunId run;
  TenantId tenant;
  WorkflowId workflow;
  StepId step;                          // to begin, of its policy; none: nothing is left to do but Finish
  policy::Epoch epoch = 0;              // of its policy
  abi::Lane lane = abi::Lane::kNormal;  // as handled: urgent beyond its quota is normal
  bool first = false;                   // the run's first turn: it was pinned to the published policy now
  bool bursting = false;                // above the tenant's cap
  DurationNs estimate_ns = 0;           // slot time charged in advance
};

// The caller's own estimate of this attempt, for limits on tokens; 0: what the policy says.
struct Estimate {
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
};

// What an attempt really took.
struct Usage {
  int64_t cost_micros = 0;
  int64_t tokens = 0;  // input and output; 0: as estimated
};

enum class Outcome : uint8_t {
  kOk,
  kFailed,   // it may have reached the endpoint: charged
  kNotSent,  // provably never sent: not charged
};

enum class Then : uint8_t {
  kStep,       // begin After::step, on the same slot
  kFinish,     // every step is done: call Finish
  kFailed,     // a mandatory step failed for good: the run has ended, its slot is free
  kSuspended,  // parked, its slot is free
  kGone,       // the run had ended meanwhile (cancelled)
};
struct After {
  Then then = Then::kGone;
  StepId step;
};

enum class ReviewOutcome : uint8_t { kApproved, kRejected };

enum class RunState : uint8_t {
  kGone,       // no such run (any more)
  kQueued,     // waits for a slot
  kRunning,    // holds a slot, between steps
  kCalling,    // holds a slot, between BeginStep and EndStep
  kWaiting,    // parked on a rate or a window until its ticket's time
  kReview,     // parked until EndReview
  kSuspended,  // parked until something changes
};

// What is known of a run in flight.
struct RunStatus {
  RunState state = RunState::kGone;
  TenantId tenant;
  WorkflowId workflow;
  policy::Epoch epoch = 0;  // of its policy
  StepId step;              // where it stands; none: before Finish
  uint32_t attempt = 1;     // of this visit of the step
  TimeNs submitted_at_ns = 0;
  TimeNs wakes_at_ns = 0;  // waiting: the ticket; in review or suspended: the deadline
  int64_t spent_micros = 0;
  StepDecision last{};      // the last decision
  durable::RunName name{};  // what it is called in every process, if it is kept
};

// The account of a finished run. Times are monotonic.
struct RunReport {
  TimeNs submitted_at_ns = 0;
  TimeNs first_dispatch_ns = 0;
  TimeNs finished_at_ns = 0;
  DurationNs slot_time_ns = 0;
  int64_t spent_micros = 0;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_TYPES_H_
