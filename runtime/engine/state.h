// The engine's insides: its tables and the operations that the public calls are made of. For runtime/engine/*.cc only.
#ifndef BYLAW_RUNTIME_ENGINE_STATE_H_
#define BYLAW_RUNTIME_ENGINE_STATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <atomic>
#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "runtime/audit/record.h"
#include "runtime/audit/sink.h"
#include "runtime/budget/ledger.h"
#include "runtime/engine/durable.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/rates.h"
#include "runtime/engine/run.h"
#include "runtime/engine/run_layout.h"
#include "runtime/engine/tables.h"
#include "runtime/engine/timer_wheel.h"
#include "runtime/policy/store.h"
#include "runtime/route/overlay.h"
#include "runtime/sched/cost_estimator.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::engine {

struct TenantState {
  uint32_t pool = UINT32_MAX;
  sched::NodeId node;
  uint32_t spread_org = UINT32_MAX;  // in State::spread_orgs, if its org is one of them
};

// An org with a cap whose members work in more than one pool, and its node in each of these.
struct SpreadOrg {
  struct Part {
    uint32_t pool;
    sched::NodeId node;
  };
  sched::OrgOptions terms;
  std::vector<Part> parts;
};

struct PoolState {
  std::unique_ptr<sched::FairQueue> queue;
  std::vector<TenantId> tenant_of_node;  // None() for orgs
  std::vector<OrgId> org_of_node;        // None() for tenants
};

// Who has approved so far.
struct ReviewState {
  uint32_t asked = 0;  // 0: the review replaces the step
  std::vector<uint32_t> approved_by;
};

// A text value the engine keeps: what SlotValue::text points to.
struct OwnedText {
  std::string bytes;
  abi::Text text;
};

struct Engine::State {
  // `image` has been published in `store`.
  State(std::shared_ptr<const abi::PolicyImage> image, policy::Store store, RateGate rates, const Clock* clock,
        audit::AuditSink* sink, const Options& options);

  // Constant after construction.
  const Clock* clock;
  audit::AuditSink* sink;
  Options options;
  std::shared_ptr<const abi::PolicyImage> current;  // the published image
  std::unique_ptr<Tables> tables;

  policy::Store store;
  route::Overlay overlay;
  route::PermittedMasks masks;
  budget::Ledger ledger;
  RateGate rates;
  std::vector<TenantState> tenants;
  std::vector<PoolState> pools;
  std::vector<SpreadOrg> spread_orgs;
  std::vector<sched::CostEstimator> estimators;  // tenant × workflow: slot time of a whole run
  RunSlab runs;
  BlockPool blocks;
  TimerWheel timers;
  absl::flat_hash_map<uint32_t, ReviewState> reviews;                            // by run, never iterated
  absl::flat_hash_map<uint32_t, std::vector<std::unique_ptr<OwnedText>>> texts;  // by run, never iterated
  uint32_t suspended_head = kNoRun;                                              // in order of suspension
  uint32_t suspended_tail = kNoRun;
  std::vector<sched::Event> events;       // scratch
  TimeNs next_date_wall = kForeverNs;     // when a date changes something for suspended runs
  std::atomic<bool> sink_failed = false;  // set by any thread that awaits
  std::unique_ptr<Durable> durable;       // null: nothing survives the process

  // Set-up (setup.cc).
  void MakePools();
  void MakeTenants();
  void MakeSpreadOrgs(const std::vector<std::vector<sched::NodeId>>& org_nodes);

  // Small facts.
  RunId IdOf(uint32_t index) const { return {index, runs[index].generation}; }
  TimeNs Now() const { return clock->MonotonicNow(); }
  // The image a run is pinned to; before that, the published one.
  const abi::PolicyImage& ImageOf(const Run& run) const {
    return run.flags & kRunPinned ? store.image(run.epoch) : *current;
  }
  uint64_t* PresentOf(const Run& run) const { return run.block; }
  abi::SlotValue* ValuesOf(const Run& run) const {
    return reinterpret_cast<abi::SlotValue*>(run.block + run.plan->values_at);
  }
  uint64_t* UsedOf(const Run& run) const { return run.block + run.plan->used_at; }
  uint16_t* CountersOf(const Run& run) const { return reinterpret_cast<uint16_t*>(run.block + run.plan->counters_at); }
  PoolState& PoolOf(const Run& run) { return pools[tenants[run.record->tenant.index()].pool]; }
  sched::NodeId NodeOf(const Run& run) const { return tenants[run.record->tenant.index()].node; }
  sched::CostEstimator& EstimatorOf(const Run& run);
  bool AtEnd(const Run& run) const { return run.position >= run.plan->steps.size(); }
  StepId StepOf(const Run& run) const { return AtEnd(run) ? StepId::None() : run.plan->steps[run.position].step; }

  // Audit (records.cc). False: the sink failed, now or before.
  audit::Record RecordOf(audit::Event event, const Run& run, uint32_t index) const;
  void NameRun(audit::Record* record, const Run& run, uint32_t index) const;
  bool Write(const audit::Record& record);
  bool WriteDecision(uint32_t index, const abi::Decision& decision);
  bool WriteWhereabouts(audit::Event event, uint32_t index, abi::Verdict verdict, abi::Reason reason);
  void WriteSchedulerEvents(uint32_t pool);

  // What survives the process (durable.cc, recover.cc).
  void Cover(uint32_t index);  // after what it has pending or spent has grown
  void NoteRun(uint32_t index);
  void NoteRun(RunId run);  // for any engine and any run
  void KeepNewRun(uint32_t index);
  void KeepText(uint32_t index, uint32_t slot, std::string_view text);
  void NoteEnd(uint32_t index);
  uint32_t LayoutNumber(const Run& run);
  void WriteRun(uint32_t index, bool ended);
  void ShrinkLeases();
  uint64_t Seal(bool exact);
  absl::Status Await(uint64_t ticket);
  std::string CheckLeases() const;
  absl::Status Recover();
  absl::Status RecoverTenant(const std::string& name, TenantId tenant, const std::vector<RunLayout>& layouts);
  bool TakeUp(TenantId tenant, const durable::RunName& name, const RunLayout& layout, const KeptState& kept,
              const std::vector<std::pair<uint32_t, std::string>>& texts_kept);
  void TakeUpBlock(uint32_t index, const RunLayout& layout, const std::vector<uint64_t>& block,
                   const std::vector<std::pair<uint32_t, std::string>>& texts_kept);
  absl::StatusOr<uint64_t> Erase(const std::string* tenant);

  // Turns (turns.cc).
  SubmitResult Submit(TenantId tenant, WorkflowId workflow, std::span<const Value> inputs,
                      std::optional<abi::Lane> lane);
  SubmitResult Restore(TenantId tenant, WorkflowId workflow, const Checkpoint& from, std::span<const Value> values);
  SubmitResult Refuse(const abi::TenantRecord& record, WorkflowId workflow, const SubmitResult& why);
  std::optional<Turn> Next(uint32_t pool);
  bool PinAndHold(uint32_t index);  // false: the month's budgets cannot hold the floor
  void EndTurn(Run& run, bool keep_at_once);
  void ShareOrgCap(const Run& run);  // after any change of what counts in "at once"
  void Requeue(uint32_t index, bool held);
  DurationNs TurnEstimate(const Run& run);
  static DurationNs EstimateOfRun(void* state, uint64_t job);
  void StoreValues(uint32_t index, std::span<const Value> values, uint16_t giver);
  void Dispose(uint32_t index);  // of a run that is in no queue, on no slot and has no timer
  RunReport Finish(uint32_t index);
  void End(uint32_t index, abi::Verdict verdict, abi::Reason reason);  // in any state
  SubmitResult RefusalOf(const abi::TenantRecord& record, WorkflowId workflow);
  static int64_t AvailableMonth(const budget::MonthAccounts& months, int32_t month);
  TimeNs NextMonthAt() const;  // monotonic
  abi::ClauseRef BudgetClause(const Run& run, budget::Scope scope) const;

  // Steps (steps.cc).
  abi::Decision BeginStep(uint32_t index, StepId step, const Estimate& estimate);
  void Decide(const Run& run, TimeNs now, TimeNs wall_now, int64_t remaining, abi::Decision* decision);
  void Gate(Run& run, const Estimate& estimate, abi::Decision* decision);
  int64_t RemainingInMonths(const Run& run, int64_t remaining) const;
  void Obey(uint32_t index, abi::Decision* decision);
  void FailClosed(uint32_t index, abi::Decision* decision);
  RateCall CallOf(const Run& run, const abi::Decision& decision, const Estimate& estimate) const;
  budget::Key KeyOf(const Run& run, const abi::Decision& decision) const;
  After EndStep(uint32_t index, const Usage& actual, Outcome outcome, std::span<const Value> outputs);
  After AfterFailure(uint32_t index);
  void Advance(Run& run);
  void Replan(Run& run, uint16_t to);
  After AfterThis(const Run& run) const;
  int64_t FloorBefore(const Run& run, uint16_t position) const;

  // Parking and waking (parking.cc).
  void ParkOnTicket(uint32_t index, TimeNs until);
  void ParkForReview(uint32_t index);
  void Suspend(uint32_t index);
  void Unlist(uint32_t index);
  void WakeSuspended(uint32_t index);
  void WakeAllSuspended(bool only_health);
  void Fire(uint32_t index);
  void EndReviewByTimeout(uint32_t index);
  void Poll();
  TimeNs NextEventTime() const;
  TimeNs NextDateWall(TimeNs wall_now) const;
  absl::Status EndReview(RunId id, ReviewOutcome outcome, uint32_t who, std::span<const Value> outputs);

  // Consistency (check.cc).
  std::string CheckRun(uint32_t index) const;
  std::string CheckTenants(const std::vector<uint32_t>& at_once) const;
  std::string CheckConsistency() const;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_STATE_H_
