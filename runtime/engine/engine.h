// The engine: who runs next, what each step may do, what it costs, and what happens to a run when something goes wrong.
//
// All control flow of the runtime is here; sched, limit, budget, route, policy and audit never include each other. The
// gates of a step, in order: decide() of the pinned policy (contract, rules, residency, health, ladder) → the rate
// limits of the endpoint it chose (the tenant's, then the endpoint's own quota) → the reservation of hi in the ledger.
//
//   Submit → queued ─ Next → running ⇄ BeginStep/EndStep → Finish
//                      ↑        ├─ wait on a rate: slot given back, woken at its ticket ─┐
//                      │        ├─ review: until EndReview                               │
//                      │        └─ suspended: until health, date or policy change, Resume│
//                      └──────── the run keeps its place in time ────────────────────────┘
//
// Sans I/O: time comes from the Clock, records go to the AuditSink, calls to models and tools are made by the caller
// between BeginStep and EndStep. Deterministic: equal calls at equal times give equal answers.
// INVARIANT(slots): a slot is held exactly by the runs that are kRunning or kCalling.
// A worker may die on its slot: Options::slot_lease_ns takes the slot back, and the run goes on under another RunId.
// INVARIANT(no-run-lost): an accepted run is queued, holds a slot, is parked with a timer, or has ended.
// INVARIANT(fail-closed): a decision whose record cannot be written denies; its run is suspended.
// INVARIANT(one-policy): a decision is made under the policy its run is pinned to, or is a denial or a limit of the
// published one; StepDecision::epoch says which, and its clause is that policy's. Decision 90 says what a reload does
// to everything that is under way. BeginStep and EndStep look nothing up by name, and allocate nothing once the tables
// have grown (text outputs apart). A single-threaded object: the caller serialises all calls, the readers included.
// Entry points: Submit, Next, BeginStep, EndStep, Finish, Reload.
#ifndef BYLAW_RUNTIME_ENGINE_ENGINE_H_
#define BYLAW_RUNTIME_ENGINE_ENGINE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "runtime/abi/policy_image.h"
#include "runtime/engine/policy.h"
#include "runtime/engine/types.h"

namespace bylaw::audit {
class AuditSink;
}

namespace bylaw::engine {

class Engine {
 public:
  // `clock` and `sink` must outlive the engine. Fails as Policy::Prepare does.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(std::shared_ptr<const abi::PolicyImage> image,
                                                        const Clock* clock, audit::AuditSink* sink,
                                                        const Options& options);
  ~Engine();

  // Publishes another policy: whole or, on an error, not at all. Runs that have had a turn keep theirs; what has not,
  // and what is suspended and can finish under the new one, follows. Counters, caps, weights, limits and budgets are
  // the new policy's at once; its places and denials hold for the older runs too. O(what has changed), plus the runs
  // that are suspended or whose tenants change pools. Aborted if `next` was prepared to follow another policy than the
  // published one; Unavailable if it cannot be recorded.
  absl::Status Reload(const std::shared_ptr<const Policy>& next);
  // The same with Policy::Prepare, on this thread.
  absl::Status Reload(std::shared_ptr<const abi::PolicyImage> image);
  // The published policy. Its names() are the numbers that all calls take and give.
  const std::shared_ptr<const Policy>& policy() const;
  // By its epoch (from 0, in Turn, RunStatus and StepDecision); null once nothing is pinned to it any more.
  std::shared_ptr<const Policy> PolicyAt(policy::Epoch epoch) const;
  policy::Epoch epoch() const;

  // A new run. Refused with a time to retry when the tenant's queue or its part of the pool's room is full, or when
  // what its mandatory steps cost at least no longer fits the budgets of this month. `lane`: unset means the
  // workflow's. The slots of `inputs` are those of the published policy's workflow.
  SubmitResult Submit(TenantId tenant, WorkflowId workflow, std::span<const Value> inputs,
                      std::optional<abi::Lane> lane = std::nullopt);
  // Takes up a run where its checkpoint left it, as after a restart: queued as by Submit and pinned to the published
  // policy. `values` are inputs and outputs of steps before `from.step`. Refused as Submit does.
  SubmitResult Restore(TenantId tenant, WorkflowId workflow, const Checkpoint& from, std::span<const Value> values);
  // Counts calls that were made elsewhere (before a restart, by another node) against the tenant's limits on calls to
  // this model or tool, now; what no longer fits is not counted.
  void CountCalls(TenantId tenant, ResourceId resource, int64_t calls);
  // With Options::journal, and a sink that writes to disk: what the calls so far decided may be acted on once it has
  // been committed. Commit does all of it, on this thread. With several threads, Seal beside the other calls, then
  // Await without the lock they share: it is the one call for any thread at any time, and those that meet share a
  // write. An error stops the engine: nothing proceeds any more; make another one on the same store. SealExactly also
  // gives back what is leased and not spent, before a planned stop.
  absl::Status Commit();
  CommitTicket Seal();
  CommitTicket SealExactly();
  absl::Status Await(CommitTicket ticket);
  // What Create found in the store and took up.
  const Recovery& recovery() const;
  // Erases what ended runs left and nobody may keep any longer; or all that is kept of a tenant's runs, none of which
  // may be in flight. When it returns, not a byte of it is in the store's files, and the audit says so. The number of
  // runs erased. Slow: it rewrites the store.
  absl::StatusOr<uint64_t> EraseDue();
  absl::StatusOr<uint64_t> EraseTenant(const std::string& name);
  // The run that gets a slot of this pool now; nothing if no slot is idle or nobody is eligible. Polls first. A slot
  // given back in one pool may make a run of another pool eligible, where an org with a cap works in both.
  std::optional<Turn> Next(PoolId pool);
  // The step of its own policy that a running run must begin next; none: Finish.
  StepId NextStep(RunId run) const;
  // Steps of these runs (a few dozen) begin or end next. No effect but on time: what each of them reads arrives from
  // memory side by side, where one call after the other would wait for each. For who has several at hand, as a worker
  // that drains a queue of answers. Ids may be stale.
  void Prefetch(std::span<const RunId> runs) const;

  // May the run do this step now (it must be NextStep)? By verdict:
  //   proceed  make the call, then EndStep        skip     the step is passed over: go on with NextStep
  //   wait, review, suspend                       the slot is given back, the run comes back through Next
  //   deny     an optional step is passed over; otherwise the run has ended (or, when fail-closed, is suspended)
  // A run that has ended meanwhile is denied with reason none.
  StepDecision BeginStep(RunId run, StepId step, const Estimate& estimate = {});
  // The attempt is over. `outputs` belong to this step; they count only if the outcome is ok.
  After EndStep(RunId run, const Usage& actual, Outcome outcome, std::span<const Value> outputs = {});
  // Every step is done; the slot is given back and what was reserved is released.
  RunReport Finish(RunId run);

  // A reviewer's word on a run in review; `who`, the caller's number of a person, counts once for each question. The
  // run goes on (after as many approvals as were asked for) or ends; a review that replaced a step may give the step's
  // outputs. Fails if the run is not in review, if `who` has answered before, or if the record cannot be written.
  absl::Status EndReview(RunId run, ReviewOutcome outcome, uint32_t who, std::span<const Value> outputs = {});
  // Tries a suspended run again. Fails if it is not suspended.
  absl::Status Resume(RunId run);
  // Ends a run in any state; a call in flight is charged in full, since it may have been sent. Fails if there is no
  // run.
  absl::Status Cancel(RunId run);

  // The world changes. Suspended runs are tried again when an endpoint comes back.
  void SetEndpointUp(EndpointId endpoint, bool up);
  // At once, for runs in flight too. Can only restrict; holds until a policy is published that no longer has the name.
  void Revoke(EndpointId endpoint);
  void Revoke(ResourceId resource);

  // Wakes what is due: tickets, reviews and suspensions that ran out, dates that changed.
  void Poll();
  // The next monotonic time at which Poll (and then Next) may have something to do although nothing else happened.
  TimeNs NextEventTime() const;

  RunStatus StatusOf(RunId run) const;
  // The runs in flight, in the order of their ids: after a restart, what was taken up.
  std::vector<RunId> Runs() const;
  // A value the run has, by its place in WorkflowInfo::slots; a text is good until the engine's next call.
  std::optional<abi::SlotValue> ValueOf(RunId run, uint32_t slot) const;
  // The published image, in its own numbers: those of policy()->names() as long as there was no reload.
  const abi::PolicyImage& image() const;
  sched::NodeCounters CountersOf(TenantId tenant) const;
  uint32_t SlotsInUse(PoolId pool) const;
  uint32_t Waiting(PoolId pool) const;
  uint32_t RunsInFlight() const;

  // Everything stored, recomputed from its definition: slots, queues, reservations, the ledger's equation. What is
  // wrong, or "". O(runs + tenants), for tests and the simulator.
  std::string CheckConsistency() const;

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_ENGINE_H_
