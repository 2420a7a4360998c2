// What an engine may do: a model beside it that is told every call and every answer, and says what is wrong.
//
// It knows nothing of how the engine works. It counts slots, runs, calls in windows and money itself, and says before
// each step what the policy, the limits and the budgets leave. Checked at every call:
//   caps (I3), no idle slot (I4), minimums of slots, slots of lost workers given back once and at their time, slots and
//   queues conserved, fairness (I1, I2), lanes and place in time, bursts, backpressure by its formula; the legal mask,
//   health, revocations, one policy a decision; attempts bounded; limits never exceeded and never refused in vain,
//   lines kept; the ledger at every scope, the mandatory rest payable; audit records of what must be recorded; nothing
//   proceeds once they cannot be written; nobody waits beyond its time.
// Numbers of runs are their labels: the n-th submission of the life.
#ifndef BYLAW_TESTS_SIM_MODEL_H_
#define BYLAW_TESTS_SIM_MODEL_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/audit/record.h"
#include "runtime/engine/engine.h"
#include "runtime/sched/fairness_monitor.h"
#include "tests/sim/limits.h"
#include "tests/sim/money.h"
#include "tests/sim/slots.h"
#include "tests/sim/world.h"

namespace bylaw::sim {

using engine::RunState;

inline constexpr int kNoLine = -1;
inline constexpr int kQuotaLine = kLimitKinds;  // of the shared endpoint

struct ModelRun {
  uint32_t label = 0;
  engine::RunId id;
  uint32_t tenant = 0, workflow = 0;
  abi::Lane lane = abi::Lane::kNormal;
  TimeNs submitted = 0;
  RunState state = RunState::kQueued;
  uint32_t pool = 0;
  bool pinned = false, held = false;
  uint32_t epoch = 0;  // of its policy
  TenantTerms terms;   // as pinned
  size_t position = 0;
  uint32_t attempt = 1, replans = 0;
  std::array<uint32_t, 6> attempts = {};  // by step
  uint32_t approvals = 0;
  bool approved = false;  // for this visit
  std::vector<uint32_t> reviewers;
  Purse purse;
  int line = kNoLine;  // the limit it waits for, which one of those there have been, and since when
  uint64_t line_life = 0;
  uint64_t line_ticket = 0;
  uint32_t endpoint = abi::kNoId;  // of the call under way, or the one waited for
  std::array<Limit::Taken, kLimitKinds> taken = {};
  TimeNs quota_taken_at = -1;
  TimeNs wakes_at = 0;  // waiting, in review
  TimeNs suspended_since = kForeverNs;
  DurationNs suspended_max = 0;
  abi::Lane handled = abi::Lane::kNormal;
  TimeNs turn_ends_at = 0;  // in a life about fairness
  TimeNs heard_at = 0;      // of the last call about its turn
  bool dead = false;        // its worker says nothing more
  bool dies = false;        // … from the end of its call, or from its next turn on
  // In a life that is kept: what it is called in every process; what of its own budget was taken at most, and leased
  // beyond that; what another process must know to be spent, and (before its first turn there) does.
  durable::RunName name;
  int64_t peak = 0, chunk_max = 0;
  int64_t spent_least = 0;
  bool taken_up = false;

  void NotePeak() {
    peak = std::max(peak, purse.pending + purse.spent);
    if (purse.limit == abi::kUnlimitedMicros) return;
    chunk_max = std::max(chunk_max, purse.limit * kLeaseRunPpm / 1'000'000);
  }
  bool on_slot() const { return state == RunState::kRunning || state == RunState::kCalling; }
  bool at_once() const { return on_slot() || state == RunState::kWaiting || (state == RunState::kQueued && held); }
};

// What somebody held who has not been heard of for too long.
struct LostSlot {
  uint32_t label = 0;
  engine::RunId id;
};

// What the model expects of a step.
struct StepForecast {
  bool sure = true;      // else waiting for the shared quota is allowed as well
  bool perhaps = false;  // a limit may have room: `also` is allowed instead of `verdict`
  abi::Verdict verdict = abi::Verdict::kProceed;
  abi::Verdict also = abi::Verdict::kProceed;
  abi::Reason reason = abi::Reason::kNone;
  uint32_t endpoint = abi::kNoId;
  int64_t hi = 0, floor_after = 0;
};

class Model {
 public:
  Model(uint64_t seed, const SimulatedClock* clock);

  // What is wrong, or "".
  const std::string& wrong() const { return wrong_; }
  void Wrong(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  // The world (model_world.cc).
  void Publish(const Policy* policy);
  void FollowCalendar();
  void SetUp(uint32_t endpoint, bool up) { down_[endpoint] = !up; }
  void Revoke(uint32_t endpoint) {
    for (auto& revoked : revoked_) revoked[endpoint] = true;
  }
  // Records cannot be written from now on; the engine knows once it has tried.
  void SinkFails() { sink_broken_ = true; }
  void SinkWasTried() { sink_failed_ = sink_broken_; }
  bool up(uint32_t endpoint) const { return !down_[endpoint]; }
  bool revoked(uint32_t endpoint) const { return revoked_.back()[endpoint]; }
  // Whether it can be said how many calls fit its limits now: not while a lease counts, after a crash.
  bool CountsSurely(uint32_t tenant, uint32_t resource) const;
  void CountCalls(uint32_t tenant, uint32_t resource, int64_t calls);

  // Runs and slots (model_slots.cc).
  bool Accepts(uint32_t tenant, uint32_t workflow);
  ModelRun& Submitted(uint32_t label, engine::RunId id, uint32_t tenant, uint32_t workflow, abi::Lane lane);
  // `spent`: of the run's own budget, as the engine says.
  void TakeTurn(const engine::Turn& turn, uint32_t pool, DurationNs planned_ns, int64_t spent);
  // The run that was just submitted goes on from its checkpoint.
  void Restored(ModelRun& run, size_t position, int64_t spent);
  void SlotsAreIdle(uint32_t pool);
  void MoveTo(ModelRun& run, RunState state);  // and every count with it
  void End(ModelRun& run);
  void Requeue(ModelRun& run, bool held);
  void CheckCounts(const engine::Engine& engine);
  void Parked(const engine::Engine& engine);  // after time has passed, or the world has changed
  void Suspended(ModelRun& run);
  void Observe();
  void EndService(const ModelRun& run);

  // Slots of workers who have been silent for too long are given back (model_faults.cc). They held them under these
  // ids, which are nobody's from now on.
  std::vector<LostSlot> TakeBackSlots();
  // Everything so far is acknowledged.
  void Commit();
  // Another process has taken up what it found (`carried`: of the months' budgets).
  void Restart(const engine::Engine& engine, const Money::Carried& carried);
  // Runs that have ended and may not be kept any longer; they are forgotten. And what the store must still have.
  uint64_t EraseDue();
  std::vector<durable::RunName> Kept() const;

  // Steps (model_steps.cc).
  StepForecast Forecast(ModelRun& run);
  void Decided(ModelRun& run, const StepForecast& forecast, const engine::StepDecision& decision, size_t records);
  // What the engine must say then.
  engine::Then StepEnded(ModelRun& run, engine::Outcome outcome, int64_t cost, int64_t tokens);
  void Answered(ModelRun& run, bool approved, uint32_t who, bool accepted);

  ModelRun* Find(engine::RunId id);
  ModelRun* FindLabel(uint32_t label);
  // The run that a record is about.
  ModelRun* FindRecorded(const audit::Record& record);
  const std::vector<std::unique_ptr<ModelRun>>& live() const { return live_; }
  TimeNs now() const { return clock_->MonotonicNow(); }
  TimeNs wall() const { return clock_->WallNow(); }
  uint32_t epoch() const { return epoch_; }
  bool fairness() const { return profile_ == Profile::kFairness; }
  const Policy& policy() const { return *policies_.back(); }

 private:
  struct Tenant {
    TenantTerms terms;  // in force; of one that has gone, its last
    bool present = true;
    bool moved = false;  // ever
    BurstAccount burst;
    std::array<Limit, kLimitKinds> limits;
    uint32_t queued = 0, held_queued = 0, at_once = 0, urgent = 0, on_slots = 0;
    uint32_t guaranteed = 0;
  };
  struct Window {  // of the shared endpoint's quota
    TimeNs begin = kBeginningOfTimeNs, end = kBeginningOfTimeNs;
    uint32_t opener = 0;  // the tenant whose call began it
    uint32_t epoch = 0;   // in which it began
    bool steady = false;  // the one before began in the same: all weights are as they were
    int64_t used = 0;
    std::array<int64_t, kTenants> by = {};
    std::array<bool, kTenants> asked = {}, active = {};               // in this window; at its begin
    std::array<uint32_t, kTenants> asked_weights = {}, weights = {};  // as last asked with; at its begin
  };

  int32_t Month() const { return MonthOf(wall()); }
  void Apply(uint32_t tenant, const TenantTerms& terms);
  void ApplyGuarantees();
  void MakeMonitors();
  void SyncMonitor(uint32_t pool);

  uint32_t OrgAtOnce() const;
  bool OrgFull() const { return OrgAtOnce() >= policy().org_cap; }
  bool Admits(uint32_t tenant) const;
  bool Eligible(uint32_t tenant, bool bursting) const;
  bool AnyoneElseEligible(uint32_t tenant, uint32_t pool) const;
  void CheckMinimums(const ModelRun& run);
  bool TakeBack(ModelRun& run);
  void CheckCaps(const ModelRun& run, const engine::Turn& turn);
  void CheckChoice(const ModelRun& run, abi::Lane lane);
  void Follow(ModelRun& run);
  void Pin(ModelRun& run, const engine::Turn& turn, int64_t spent);
  int64_t SpentAtFirst(ModelRun& run, int64_t spent);
  void TakeUp(const engine::Engine& engine, engine::RunId id, const ModelRun& committed);
  abi::Lane HandledLane(const ModelRun& run) const;

  bool Permitted(const ModelRun& run, uint32_t endpoint) const;
  int64_t BudgetNow(const ModelRun& run) const;
  const StepTerms& StepOf(const ModelRun& run) const { return StepsOf(run.workflow)[run.position]; }
  int64_t FloorBefore(const ModelRun& run, size_t position) const {
    return policies_[run.epoch]->FloorBefore(run.tenant, run.workflow, position);
  }
  void ForecastBudget(ModelRun& run, StepForecast& forecast);
  void ForecastLimits(ModelRun& run, StepForecast& forecast);
  bool InLine(const ModelRun& run, uint32_t kind) const {
    return run.line == static_cast<int>(kind) && run.line_life == tenants_[run.tenant].limits[kind].life();
  }
  enum class Room : uint8_t { kFits, kPerhaps, kFull, kNever };
  Room RoomFor(const ModelRun& run, uint32_t kind, int64_t cost) const;
  void CheckProceed(ModelRun& run, const StepForecast& forecast, const engine::StepDecision& decision);
  void CheckWait(ModelRun& run, const StepForecast& forecast, const engine::StepDecision& decision);
  int64_t KeptShare(const Window& window, uint32_t tenant, int64_t quota) const;
  void CheckQuota(const ModelRun& run);
  void TakeLimits(ModelRun& run);
  engine::Then AfterFailure(ModelRun& run);
  engine::Then AfterThis(const ModelRun& run) const;
  void Advance(ModelRun& run);
  bool HasQuota(uint32_t endpoint) const { return endpoint < kEndpoints && policy().endpoints[endpoint].quota > 0; }

  Profile profile_;
  DurationNs slot_lease_;
  bool kept_;
  const SimulatedClock* clock_;
  std::vector<const Policy*> policies_;  // by epoch
  uint32_t epoch_ = 0;
  TimeNs calendar_at_ = kBeginningOfTimeNs;  // the latest wall clock since the policy was published
  std::array<Tenant, kTenants> tenants_;
  Money money_;
  std::array<bool, kEndpoints> down_ = {};
  std::vector<std::array<bool, kEndpoints>> revoked_;  // by epoch
  std::array<Window, kEndpoints> windows_;
  std::array<uint32_t, kPools> running_ = {};
  // Whose limits, or quotas, have other numbers: those who wait for them ask again.
  std::array<bool, kTenants> relimited_tenants_ = {};
  std::array<bool, kEndpoints> relimited_endpoints_ = {};
  bool sink_broken_ = false, sink_failed_ = false;
  std::vector<std::unique_ptr<ModelRun>> live_;
  std::vector<uint32_t> by_index_;  // engine's index of a run: its place in live_
  uint64_t tickets_ = 0;
  std::vector<ModelRun> committed_;  // live_, as it was then
  // Tokens beyond the estimate, reported and not acknowledged: another process does not know of them.
  struct Untold {
    uint32_t tenant;
    Limit::Taken taken;
    int64_t tokens;
  };
  std::vector<Untold> untold_;
  struct EndedRun {
    durable::RunName name;
    TimeNs erase_from = 0;  // wall clock
  };
  std::vector<EndedRun> ended_;  // that are still kept
  size_t ended_committed_ = 0;
  struct Monitor {
    std::array<uint32_t, kTenants> node;
    uint32_t org = UINT32_MAX;
    std::unique_ptr<sched::FairnessMonitor> monitor;
  };
  std::array<Monitor, kPools> monitors_;
  std::string wrong_;
};

}  // namespace bylaw::sim

#endif  // BYLAW_TESTS_SIM_MODEL_H_
