// Test support: a seeded random life of an engine, with a plain model beside it that says what is allowed.
//
// Submissions, turns, attempts that fail, waits, reviews, outages, revocations, cancellations, reloads, days that pass.
// The model knows nothing of how the engine works: it counts slots, calls in windows, attempts and money itself. What
// goes wrong is counted by kind instead of failing, so that a test can also assert that a wrong engine is caught.
#ifndef BYLAW_RUNTIME_ENGINE_ENGINE_HISTORY_H_
#define BYLAW_RUNTIME_ENGINE_ENGINE_HISTORY_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "runtime/engine/engine_world.h"
#include "runtime/engine/history_policy.h"

namespace bylaw::engine {

class EngineHistory {
 public:
  explicit EngineHistory(uint64_t seed)
      : prng_(seed), seed_(seed), policies_{MakeHistoryPolicy(seed, 0)}, world_(policies_[0].image) {}

  void Run(int steps) {
    for (int i = 0; i < steps && faults_.size() < 3; ++i) {
      Step();
      if (i % 4 == 0) CheckEverything();
    }
    Drain();
  }

  // What went wrong, by kind; empty for an engine that is right.
  const std::map<std::string, int>& faults() const { return faults_; }
  uint64_t trace_hash() const { return hash_; }
  int64_t proceeded() const { return proceeded_; }
  int64_t waited() const { return waited_; }
  int64_t suspended() const { return suspended_; }
  int64_t older_calls() const { return older_calls_; }

 private:
  struct ModelRun {
    RunId id;
    uint32_t tenant = 0;
    uint32_t workflow = 0;
    TimeNs submitted = 0;
    uint32_t epoch = 0;    // of its policy, as of its last turn
    bool held = false;     // comes back from a wait
    bool unlucky = false;  // an attempt failed, or a budget was changed: money may run out
    std::map<uint32_t, int> attempts;
    std::optional<abi::Decision> calling;
    std::optional<TimeNs> counted_until;  // the end of the window in which its call was counted
  };
  struct Window {
    TimeNs end = 0;
    int64_t calls = 0;
  };

  void Fault(const std::string& kind) { ++faults_[kind]; }
  void Mix(uint64_t value) { hash_ = (hash_ ^ value) * 0x0000'0100'0000'01B3; }
  TimeNs Now() const { return world_.clock.MonotonicNow(); }
  RunState StateOf(const ModelRun& run) const { return world_.engine->StatusOf(run.id).state; }

  void Step() {
    const uint64_t dice = prng_.Below(100);
    if (dice < 25) return Submit();
    if (dice < 45) return GetTurns();
    if (dice < 80) return Work();
    if (dice < 84) return Cancel();
    if (dice < 88) return FlipEndpoint();
    if (dice < 92) return Answer();
    if (dice < 93 && revoked_.size() < 2) return Revoke();
    if (dice < 94) return Reload();
    Advance(static_cast<DurationNs>(prng_.Below(prng_.Chance(0.1) ? 2 * kHourNs : 2 * kMinuteNs)));
  }

  void Submit() {
    ModelRun run;
    run.tenant = static_cast<uint32_t>(prng_.Below(kHistoryTenants));
    run.workflow = static_cast<uint32_t>(prng_.Below(4) == 0);
    run.submitted = Now();
    const SubmitResult result = world_.engine->Submit(TenantId(run.tenant), WorkflowId(run.workflow), {});
    Mix(result.queued);
    if (!result.queued) return;
    if (!policy().tenants[run.tenant].present) Fault("a tenant that is gone");
    run.id = result.run;
    runs_.push_back(run);
  }

  ModelRun* Find(RunId id) {
    const auto found = std::find_if(runs_.begin(), runs_.end(), [=](const ModelRun& run) { return run.id == id; });
    return found == runs_.end() ? nullptr : &*found;
  }

  // One pool's turns may leave room in an org's cap for another pool's.
  void GetTurns() {
    for (bool any = true; any;) {
      any = GetTurnsOf(PoolId(0));
      any |= GetTurnsOf(PoolId(1));
    }
  }

  bool GetTurnsOf(PoolId pool) {
    bool any = false;
    while (const std::optional<Turn> turn = world_.engine->Next(pool)) {
      any = true;
      ModelRun* run = Find(turn->run);
      if (run == nullptr) return Fault("a turn of a run nobody sent"), false;
      Mix(turn->run.index);
      if (!moved_[run->tenant]) CheckPlaceInTime(*run);
      run->held = false;
      run->epoch = turn->epoch;
      if (turn->first && turn->epoch + 1 != policies_.size()) Fault("a first turn under an older policy");
      Begin(*run);
    }
    return any;
  }

  // Of its tenant's queued runs, the one that came first has the turn; at the cap, the first of those already counted.
  void CheckPlaceInTime(const ModelRun& chosen) {
    for (const ModelRun& other : runs_) {
      const bool earlier = other.tenant == chosen.tenant && other.submitted < chosen.submitted;
      if (earlier && other.held >= chosen.held && StateOf(other) == RunState::kQueued) Fault("place in time lost");
    }
  }

  void Begin(ModelRun& run) {
    const StepId step = world_.engine->NextStep(run.id);
    if (!step.valid()) {
      world_.engine->Finish(run.id);
      return;
    }
    const int64_t spent = world_.engine->StatusOf(run.id).spent_micros;
    const StepDecision decision = world_.engine->BeginStep(run.id, step);
    Mix(uint64_t{decision.verdict} << 32 | decision.endpoint);
    CheckDecision(run, step, decision, spent);
    if (VerdictOf(decision) == abi::Verdict::kSkip) Begin(run);
  }

  void CheckDecision(ModelRun& run, StepId step, const StepDecision& decision, int64_t spent) {
    const bool optional = run.workflow == 0 && step == StepId(2);
    switch (VerdictOf(decision)) {
      case abi::Verdict::kProceed:
        ++proceeded_;
        run.calling = decision;
        run.counted_until.reset();
        CheckOnePolicy(run, decision);
        CheckCall(run, step, decision, spent);
        return;
      case abi::Verdict::kWait:
        ++waited_;
        run.held = true;
        CheckWait(run, decision);
        return;
      case abi::Verdict::kSuspend:
        ++suspended_;
        if (ReasonOf(decision) == abi::Reason::kBudget && !run.unlucky && !optional) Fault("the floor was not payable");
        return;
      case abi::Verdict::kSkip:
        if (!optional) Fault("a mandatory step was skipped");
        return;
      case abi::Verdict::kReview:
        return;
      case abi::Verdict::kDeny:
        return Fault("nothing here denies");
    }
  }

  // Everything the decision says is of the policy that it names, and that is the run's own.
  void CheckOnePolicy(const ModelRun& run, const StepDecision& decision) {
    older_calls_ += decision.epoch + 1 != policies_.size();
    if (decision.epoch != run.epoch) return Fault("a call under a policy that is not the run's");
    const std::shared_ptr<const Policy> told = world_.engine->PolicyAt(decision.epoch);
    if (told == nullptr) return Fault("a decision of a policy that has been freed");
    const policy::Directory& names = world_.engine->policy()->names();
    const HistoryEndpoint& endpoint = policies_[decision.epoch].endpoints[decision.endpoint];
    const bool right = told->image().FindTenant(names.tenants.NameOf(TenantId(run.tenant))).valid() &&
                       decision.reserved_micros == endpoint.cost_micros &&
                       names.resources.NameOf(ResourceId(decision.resource)) == kHistoryServes[decision.endpoint];
    if (!right) Fault("a decision of a mixed policy");
  }

  void CheckCall(ModelRun& run, StepId step, const abi::Decision& decision, int64_t spent) {
    const uint32_t endpoint = decision.endpoint;
    const bool still_there = policy().tenants[run.tenant].present;
    const HistoryPolicy& own = policies_[run.epoch];
    const TimeNs wall = world_.clock.WallNow();
    if (!own.Legal(run.tenant, endpoint, wall)) Fault("an illegal endpoint");
    if (still_there && !policy().Legal(run.tenant, endpoint, wall)) Fault("an endpoint that is illegal by now");
    if (!policy().endpoints[endpoint].present) Fault("an endpoint that is gone");
    if (down_[endpoint]) Fault("an endpoint that is down");
    if (std::find(revoked_.begin(), revoked_.end(), endpoint) != revoked_.end()) Fault("a revoked endpoint");
    // (1 + retries) · (1 + the replans that pass through the step).
    constexpr int kAttemptsMax[2][5] = {{1, 6, 3, 3, 3}, {2, 1, 0, 0, 0}};
    if (++run.attempts[step.value()] > kAttemptsMax[run.workflow][step.value()]) Fault("attempts without a bound");
    const HistoryTenant& tenant = (still_there ? policy() : own).tenants[run.tenant];
    const int64_t budget = tenant.budget_workflow_micros;
    if (budget != abi::kUnlimitedMicros && spent + decision.reserved_micros + decision.floor_micros > budget) {
      Fault("a choice that strands the run");
    }
    const int64_t quota = quotas_[run.tenant];
    if (endpoint > 1 || quota == 0) return;
    Window& window = windows_[run.tenant];
    if (Now() >= window.end) window = {.end = Now() + kHourNs, .calls = 0};
    run.counted_until = window.end;
    if (++window.calls > quota) Fault("more calls than the limit allows");
  }

  void CheckWait(const ModelRun& run, const abi::Decision& decision) {
    const Window& window = windows_[run.tenant];
    int64_t in_line = -1;  // itself
    for (const ModelRun& other : runs_) in_line += other.tenant == run.tenant && other.held;
    const int64_t calls = Now() < window.end ? window.calls : 0;
    if (calls + in_line < quotas_[run.tenant]) Fault("a wait although the limit has room");
    if (decision.retry_at_ns <= Now()) Fault("a wait until the past");
  }

  // One attempt in flight ends, well or badly, and the run goes on.
  void Work() {
    std::vector<size_t> calling;
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i].calling) calling.push_back(i);
    }
    if (calling.empty()) return GetTurns();
    ModelRun& run = runs_[calling[prng_.Below(calling.size())]];
    const abi::Decision decision = *std::exchange(run.calling, std::nullopt);
    const uint64_t dice = prng_.Below(10);
    const Outcome outcome = dice < 7 ? Outcome::kOk : dice < 9 ? Outcome::kFailed : Outcome::kNotSent;
    Window& window = windows_[run.tenant];
    if (outcome == Outcome::kNotSent && run.counted_until == window.end) --window.calls;
    run.unlucky |= outcome != Outcome::kOk;
    const Usage usage{.cost_micros = prng_.Between(0, decision.reserved_micros)};
    const After after = world_.engine->EndStep(run.id, usage, outcome);
    Mix(static_cast<uint64_t>(after.then));
    if (after.then == Then::kStep) {
      Begin(run);
    } else if (after.then == Then::kFinish) {
      world_.engine->Finish(run.id);
    }
  }

  void Cancel() {
    if (runs_.empty()) return;
    ModelRun& run = runs_[prng_.Below(runs_.size())];
    run.calling.reset();
    run.held = false;
    Mix(world_.engine->Cancel(run.id).ok());
  }

  void FlipEndpoint() {
    const uint32_t endpoint = static_cast<uint32_t>(prng_.Below(kHistoryEndpoints));
    down_[endpoint] = !down_[endpoint];
    world_.engine->SetEndpointUp(EndpointId(endpoint), !down_[endpoint]);
  }

  void Revoke() {
    revoked_.push_back(static_cast<uint32_t>(prng_.Below(4)));
    world_.engine->Revoke(EndpointId(revoked_.back()));
  }

  // Another policy, whose tables are in another order; most of it is as before.
  void Reload() {
    if (const std::string wrong = world_.engine->CheckConsistency(); !wrong.empty()) {
      Fault(wrong);
      Fault("no reload of an engine that is wrong already");
      return Fault("and no more of its life");
    }
    policies_.push_back(MakeHistoryPolicy(seed_, static_cast<uint32_t>(policies_.size())));
    Mix(world_.engine->Reload(policy().image).ok());
    const HistoryPolicy& before = policies_[policies_.size() - 2];
    for (uint32_t t = 0; t < kHistoryTenants; ++t) {
      const HistoryTenant& tenant = policy().tenants[t];
      if (!tenant.present) continue;  // keeps the numbers it had
      ceilings_[t] = std::max(tenant.cap, world_.engine->CountersOf(TenantId(t)).at_once);
      quotas_[t] = tenant.bureau_per_hour;
      if (quotas_[t] == 0) windows_.erase(t);  // a limit that comes later is another one
      moved_[t] = moved_[t] || tenant.pool != before.tenants[t].pool || tenant.in_org != before.tenants[t].in_org;
    }
    std::erase_if(revoked_, [this](uint32_t e) { return !policy().endpoints[e].present; });
    for (ModelRun& run : runs_) run.unlucky = run.unlucky || policy().other_budgets;
    CheckEverything();
    GetTurns();
  }

  void Answer() {
    for (ModelRun& run : runs_) {
      if (StateOf(run) != RunState::kReview) continue;
      const auto outcome = prng_.Chance(0.8) ? ReviewOutcome::kApproved : ReviewOutcome::kRejected;
      Mix(world_.engine->EndReview(run.id, outcome, 1).ok());
      return;
    }
  }

  void Advance(DurationNs by) {
    const TimeNs target = Now() + by;
    while (world_.engine->NextEventTime() <= target) {
      world_.clock.AdvanceTo(std::max(Now(), world_.engine->NextEventTime()));
      GetTurns();
    }
    world_.clock.AdvanceTo(target);
    GetTurns();
  }

  void CheckEverything() {
    // Runs in every state, and some that are gone: nothing may come of it.
    std::vector<RunId> soon;
    for (const ModelRun& run : runs_) soon.push_back(run.id);
    world_.engine->Prefetch(soon);
    std::erase_if(runs_, [this](const ModelRun& run) { return StateOf(run) == RunState::kGone; });
    if (const std::string wrong = world_.engine->CheckConsistency(); !wrong.empty()) Fault(wrong);
    uint32_t on_slot = 0, slots_in_use = 0;
    for (const ModelRun& run : runs_) {
      on_slot += StateOf(run) == RunState::kRunning || StateOf(run) == RunState::kCalling;
    }
    for (uint32_t pool = 0; pool < 2; ++pool) {
      slots_in_use += world_.engine->SlotsInUse(PoolId(pool));
      if (world_.engine->SlotsInUse(PoolId(pool)) > kHistorySlots[pool]) Fault("more turns than slots");
    }
    if (slots_in_use != on_slot) Fault("slots are not conserved");
    if (runs_.size() != world_.engine->RunsInFlight()) Fault("a run is lost");
    uint32_t org_at_once = 0;
    for (uint32_t t = 0; t < kHistoryTenants; ++t) {
      const uint32_t at_once = world_.engine->CountersOf(TenantId(t)).at_once;
      // A lowered cap drains.
      if (at_once > ceilings_[t]) Fault("more at once than the cap (I3)");
      if (policy().tenants[t].present)
        ceilings_[t] = std::max(policy().tenants[t].cap, std::min(ceilings_[t], at_once));
      if (t % 3 == 0) org_at_once += at_once;
    }
    const bool nobody_moved = std::find(std::begin(moved_), std::end(moved_), true) == std::end(moved_);
    if (nobody_moved && org_at_once > 4) Fault("more at once than the org's cap, over both pools (I3)");
    for (const audit::Record& record : world_.sink.records()) Mix(record.sequence);
  }

  // Everything accepted ends: nothing waits for ever.
  void Drain() {
    for (uint32_t e = 0; e < kHistoryEndpoints; ++e) {
      down_[e] = false;
      world_.engine->SetEndpointUp(EndpointId(e), true);
    }
    for (int i = 0; i < 20'000 && world_.engine->RunsInFlight() > 0 && faults_.size() < 3; ++i) {
      Work();
      Answer();
      if (i % 16 == 0) Advance(kHourNs);
    }
    CheckEverything();
    if (world_.engine->RunsInFlight() > 0) Fault("a run never ends");
    for (uint32_t pool = 0; pool < 2; ++pool) {
      if (world_.engine->SlotsInUse(PoolId(pool)) != 0) Fault("a slot is never given back");
    }
  }

  const HistoryPolicy& policy() const { return policies_.back(); }

  Prng prng_;
  uint64_t seed_;
  std::vector<HistoryPolicy> policies_;  // by epoch
  EngineWorld world_;
  std::vector<ModelRun> runs_;
  std::map<uint32_t, Window> windows_;
  std::vector<int64_t> quotas_ = QuotasOf(policies_[0]);
  std::vector<uint32_t> ceilings_ =
      CapsOf(policies_[0]);           // what may run at once: the cap, or what a lowered one drains
  bool moved_[kHistoryTenants] = {};  // to another pool or org, ever
  bool down_[kHistoryEndpoints] = {};
  std::vector<uint32_t> revoked_;
  std::map<std::string, int> faults_;
  uint64_t hash_ = 0xCBF2'9CE4'8422'2325;
  int64_t proceeded_ = 0, waited_ = 0, suspended_ = 0, older_calls_ = 0;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_ENGINE_HISTORY_H_
