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
#include "runtime/engine/edition.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/policy_parts.h"
#include "runtime/engine/rates.h"
#include "runtime/engine/run.h"
#include "runtime/engine/run_layout.h"
#include "runtime/engine/tables.h"
#include "runtime/engine/timer_wheel.h"
#include "runtime/sched/cost_estimator.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::engine {

inline constexpr uint32_t kNoPool = UINT32_MAX;

// A place in the pools' queues.
struct QueueNode {
  uint32_t pool = kNoPool;  // PoolId; kNoPool: no legal pool
  sched::NodeId node;
  friend bool operator==(const QueueNode&, const QueueNode&) = default;
};

struct TenantState {
  QueueNode home;      // where its work queues
  OrgId org;           // in which it counts there
  bool moved = false;  // it has former homes that are not empty yet: State::former_homes
};

// Homes that a tenant has left, in which its runs still hold slots or count in "at once"; and its terms.
struct FormerHomes {
  sched::TenantOptions terms;
  std::vector<QueueNode> nodes;
};

struct OrgState {
  sched::OrgOptions terms;
  std::vector<QueueNode> parts;  // its node in each pool where members work
  // What its runs at once may be while a lowered cap drains.
  uint32_t ceiling = sched::kUnlimited;

  // Its cap is shared out among several pools.
  bool spread() const { return terms.cap != sched::kUnlimited && parts.size() > 1; }
};

struct PoolState {
  std::unique_ptr<sched::FairQueue> queue;
  std::vector<TenantId> tenant_of_node;                     // None() for orgs
  std::vector<OrgId> org_of_node;                           // the org itself, or the one a tenant's node is in
  std::vector<sched::NodeId> org_nodes;                     // by OrgId
  absl::flat_hash_map<uint64_t, sched::NodeId> left_nodes;  // of homes left, by tenant and org, never iterated
  uint32_t slots = 0;
};

// At `at` on the wall clock a tenant's record in force becomes another.
struct PhaseChange {
  TimeNs at = 0;
  TenantId tenant;
  const abi::TenantRecord* record = nullptr;
};

// Who has approved so far.
struct ReviewState {
  uint32_t asked = 0;  // 0: the review replaces the step
  std::vector<uint32_t> approved_by;
};

// A text, or a list of texts, that the engine keeps: what SlotValue::text or SlotValue::list points to.
struct OwnedTexts {
  explicit OwnedTexts(std::span<const abi::Text> given);
  std::vector<std::string> bytes;
  std::vector<abi::Text> texts;
  abi::TextList list;
};

struct Engine::State {
  State(const Clock* clock, audit::AuditSink* sink, const Options& options);

  // Constant after construction.
  const Clock* clock;
  audit::AuditSink* sink;
  Options options;

  Policies policies;
  Edition* current = nullptr;  // the published one
  // Its exceptions (phases.cc): by tenant the record in force where it is not the tenant's own, never iterated; and
  // what is to change when, by time.
  absl::flat_hash_map<uint32_t, const abi::TenantRecord*> in_force;
  std::vector<PhaseChange> changes;
  size_t next_change = 0;
  budget::Ledger ledger;
  RateGate rates;
  std::vector<TenantState> tenants;
  std::vector<PoolState> pools;
  std::vector<OrgState> orgs;
  absl::flat_hash_map<uint32_t, FormerHomes> former_homes;  // by tenant, never iterated
  std::vector<sched::CostEstimator> estimators;             // tenant × workflow: slot time of a whole run
  size_t estimator_columns = 0;
  std::vector<bool> down, revoked;      // by EndpointId
  std::vector<bool> revoked_resources;  // by ResourceId
  RunSlab runs;
  BlockPool blocks;
  TimerWheel timers;
  absl::flat_hash_map<uint32_t, ReviewState> reviews;           // by run, never iterated
  std::vector<std::vector<std::unique_ptr<OwnedTexts>>> texts;  // by run, as far as any had texts
  uint32_t suspended_head = kNoRun;                             // in order of suspension
  uint32_t suspended_tail = kNoRun;
  std::vector<sched::Event> events;         // scratch
  std::vector<abi::RateSpec> limits;        // scratch
  std::vector<TenantId> relimited_tenants;  // whose limits have changed, until WakeRelimited
  std::vector<EndpointId> relimited_endpoints;
  std::vector<uint64_t> permitted;            // scratch: of a run under an older policy
  std::vector<abi::SlotValue> linked_values;  // scratch: a run's values as the published policy has them
  std::vector<uint64_t> linked_present;
  TimeNs next_lease_check = kForeverNs;   // when a slot may have to be taken back
  TimeNs next_date_wall = kForeverNs;     // when a date changes something for suspended runs
  std::atomic<bool> sink_failed = false;  // set by any thread that awaits
  std::unique_ptr<Durable> durable;       // null: nothing survives the process

  // A policy is published (reload.cc), and what it says of each table (terms.cc).
  void Publish(HeldPolicy next);
  absl::Status Reload(const std::shared_ptr<const Policy>& next);
  void GrowTables();
  void GrowEstimators();
  void InheritOverlay();
  void ApplyPools(TimeNs now);
  void ApplyOrgs(TimeNs now);
  void ApplyEndpoints();
  bool ApplyTenant(TenantId tenant, const Policy* before, TimeNs now);  // true: it has another home
  sched::TenantOptions TermsOf(const Policy& policy, const abi::TenantRecord& record) const;
  void ApplyLimits(TenantId tenant, const abi::TenantRecord& record);
  void RetireTenant(TenantId tenant, const Policy* before, TimeNs now);
  void SetTerms(TenantId tenant, const sched::TenantOptions& terms, TimeNs now);
  void LeaveHome(TenantId tenant, TimeNs now);
  void FindHome(TenantId tenant, PoolId pool, OrgId org, const sched::TenantOptions& terms, TimeNs now);
  sched::NodeId OrgNode(PoolId pool, OrgId org);
  void MoveQueuedRuns();
  void WakeRelimited();
  void ShareOrgCap(OrgId org);
  void ShareTenantCap(TenantId tenant);

  // Exceptions come into force and lapse (phases.cc).
  void MakePhases();
  // Adopts every record whose time has come. Cheap when none has.
  void FollowCalendar(TimeNs wall_now) {
    if (next_change < changes.size() && changes[next_change].at <= wall_now) [[unlikely]]
      AdoptPhases(wall_now);
  }
  void AdoptPhases(TimeNs wall_now);
  TimeNs NextPhaseAt(TimeNs wall_now) const;  // on the wall clock

  // Runs of older policies (repin.cc).
  WorkflowLink& LinkOf(Edition& from, WorkflowId workflow);
  void LinkValues(const Run& run, const WorkflowLink& link);
  bool FollowPolicy(uint32_t index);  // false: the run has ended
  bool Rebind(uint32_t index);        // to the published policy; false: it has no place there, and keeps its own
  bool CanFinish(const Run& run, const abi::TenantRecord& record, const WorkflowLink& link, uint16_t from);
  void MoveTo(Run& run, const abi::TenantRecord& record, const WorkflowLink& link, uint16_t place);
  const uint64_t* PermittedToOlder(const Run& run, TimeNs wall_now);
  bool DeniedNow(const Run& run, const abi::StepRequest& request, abi::Decision* decision);

  // Small facts.
  RunId IdOf(uint32_t index) const { return {index, runs[index].generation}; }
  TimeNs Now() const { return clock->MonotonicNow(); }
  const abi::PolicyImage& ImageOf(const Run& run) const { return run.edition->held.image(); }
  // The published policy's record of a tenant; null if it has none.
  const abi::TenantRecord* RecordNow(TenantId tenant) const {
    const TenantId own = current->held.numberings().tenants.Own(tenant);
    if (!own.valid()) return nullptr;
    if (!in_force.empty()) [[unlikely]] {
      if (const auto phase = in_force.find(tenant.value()); phase != in_force.end()) return phase->second;
    }
    return &current->held.image().tenant(own);
  }
  // Whether another contract than the run's own holds for its tenant now: another policy's, or that of another day.
  bool IsOlder(const Run& run) const {
    return run.edition != current || (!changes.empty() && RecordNow(run.tenant) != run.record);
  }
  uint64_t* PresentOf(const Run& run) const { return run.block; }
  abi::SlotValue* ValuesOf(const Run& run) const {
    return reinterpret_cast<abi::SlotValue*>(run.block + run.plan->values_at);
  }
  uint64_t* UsedOf(const Run& run) const { return run.block + run.plan->used_at; }
  uint16_t* CountersOf(const Run& run) const { return reinterpret_cast<uint16_t*>(run.block + run.plan->counters_at); }
  sched::FairQueue& QueueOf(const Run& run) { return *pools[run.pool].queue; }
  sched::CostEstimator& EstimatorOf(const Run& run);
  bool AtEnd(const Run& run) const { return run.position >= run.plan->steps.size(); }
  StepId StepOf(const Run& run) const { return AtEnd(run) ? StepId::None() : run.plan->steps[run.position].step; }

  // Audit (records.cc). False: the sink failed, now or before.
  audit::Record RecordOf(audit::Event event, const Run& run, uint32_t index) const;
  void NameRun(audit::Record* record, const Run& run, uint32_t index) const;
  bool Write(const audit::Record& record);
  bool WriteDecision(uint32_t index, const abi::Decision& decision, const Edition& by);
  bool WriteWhereabouts(audit::Event event, uint32_t index, abi::Verdict verdict, abi::Reason reason);
  void WriteSchedulerEvents(uint32_t pool);
  void EndBasis(uint32_t index, TimeNs wall_now);

  // What survives the process (durable.cc, recover.cc).
  void Cover(uint32_t index);  // after what it has pending or spent has grown
  void NoteRun(uint32_t index);
  void NoteRun(RunId run);  // for any engine and any run
  void KeepNewRun(uint32_t index);
  void KeepTexts(uint32_t index, uint32_t slot, const std::vector<std::string>& values);
  const std::string& TenantName(TenantId tenant) const;
  void NoteEnd(uint32_t index);
  uint32_t LayoutNumber(const Run& run);
  void WriteRun(uint32_t index, bool ended);
  void ShrinkLeases();
  void WriteRateLeases();
  absl::Status RecoverRates(TenantId tenant);  // none: the endpoints'
  uint64_t Seal(bool exact);
  absl::Status Await(uint64_t ticket);
  std::string CheckLeases() const;
  absl::Status Recover();
  absl::Status RecoverTenant(const std::string& name, TenantId tenant, const std::vector<RunLayout>& layouts);
  bool TakeUp(TenantId tenant, const FoundRun& found);
  void TakeUpBlock(uint32_t index, const FoundRun& found);
  void TakeUpTexts(uint32_t index, const FoundRun& found);
  absl::StatusOr<uint64_t> Erase(const std::string* tenant);

  // Turns (turns.cc).
  SubmitResult Submit(TenantId tenant, WorkflowId workflow, std::span<const Value> inputs,
                      std::optional<abi::Lane> lane);
  SubmitResult Restore(TenantId tenant, WorkflowId workflow, const Checkpoint& from, std::span<const Value> values);
  SubmitResult Refuse(const abi::TenantRecord* record, WorkflowId workflow, const SubmitResult& why);
  std::optional<Turn> Next(uint32_t pool);
  bool PinAndHold(uint32_t index);  // false: the month's budgets cannot hold the floor
  std::optional<Turn> Start(const sched::Turn& turn);
  void EndTurn(Run& run, bool keep_at_once);
  void ShareCaps(const Run& run);  // after any change of what counts in "at once"
  void Requeue(uint32_t index, bool held);
  DurationNs TurnEstimate(const Run& run);
  static DurationNs EstimateOfRun(void* state, uint64_t job);
  void StoreValues(uint32_t index, std::span<const Value> values, uint16_t giver);
  void Dispose(uint32_t index);  // of a run that is in no queue, on no slot and has no timer
  RunReport Finish(uint32_t index);
  void End(uint32_t index, abi::Verdict verdict, abi::Reason reason);  // in any state
  SubmitResult RefusalOf(TenantId tenant, const abi::TenantRecord* record, WorkflowId workflow);
  static int64_t AvailableMonth(const budget::MonthAccounts& months, int32_t month);
  TimeNs NextMonthAt() const;                                              // monotonic
  abi::ClauseRef BudgetClause(const Run& run, budget::Scope scope) const;  // of the published policy
  int64_t BudgetNow(const Run& run) const;

  // Steps (steps.cc).
  StepDecision BeginStep(uint32_t index, StepId step, const Estimate& estimate);
  // Each returns the policy whose sentence decided; the decision names things in the numbers of the run's own.
  const Edition& Decide(const Run& run, TimeNs now, TimeNs wall_now, int64_t remaining, abi::Decision* decision);
  void PrefetchStep(const Run& run) const;
  void Prefetch(std::span<const RunId> ids) const;
  const Edition& Gate(uint32_t index, const Estimate& estimate, abi::Decision* decision);
  int64_t RemainingInMonths(const Run& run, int64_t remaining) const;
  void Obey(uint32_t index, abi::Decision* decision, const Edition& by);
  StepDecision Told(const Run& run, const abi::Decision& decision, policy::Epoch epoch) const;
  void FailClosed(uint32_t index, abi::Decision* decision);
  RateCall CallOf(const Run& run, const abi::Decision& decision, const Estimate& estimate) const;
  budget::Key KeyOf(const Run& run, const abi::Decision& decision) const;
  After EndStep(uint32_t index, const Usage& actual, Outcome outcome, std::span<const Value> outputs);
  After AfterFailure(uint32_t index);
  void Advance(Run& run);
  void Replan(Run& run, uint16_t to);
  After AfterThis(const Run& run) const;
  int64_t FloorBefore(const Run& run, uint16_t position) const;

  // Slots whose holders are lost (slot_lease.cc).
  void HearOf(Run& run);
  TimeNs LeaseEnd(const Run& run) const;
  void TakeBackSlots(TimeNs now);
  void TakeBack(uint32_t index);

  // Parking and waking (parking.cc).
  void ParkOnTicket(uint32_t index, TimeNs until);
  void ParkForReview(uint32_t index);
  void Suspend(uint32_t index);
  void SuspendHomeless(uint32_t index);
  void Unlist(uint32_t index);
  void WakeSuspended(uint32_t index);
  void WakeAllSuspended(bool only_health);
  void Fire(uint32_t index);
  void EndReviewByTimeout(uint32_t index);
  void Poll();
  TimeNs NextEventTime() const;
  TimeNs NextDateWall(TimeNs wall_now) const;
  absl::Status EndReview(RunId id, ReviewOutcome outcome, uint32_t who, std::span<const Value> outputs);

  // The world (overlay.cc).
  void SetUp(EndpointId endpoint, bool up);
  void Revoke(EndpointId endpoint);
  void Revoke(ResourceId resource);
  void WriteRevocation(audit::Record record);

  // Consistency (check.cc).
  sched::NodeCounters CountersOf(TenantId tenant) const;
  std::string CheckRun(uint32_t index) const;
  std::string CheckTenants(const std::vector<uint32_t>& at_once) const;
  std::string CheckEditions() const;
  std::string CheckConsistency() const;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_STATE_H_
