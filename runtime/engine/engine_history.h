// Test support: a seeded random life of an engine, with a plain model beside it that says what is allowed.
//
// Submissions, turns, attempts that fail, waits, reviews, outages, revocations, cancellations, days that pass. The
// model knows nothing of how the engine works: it counts slots, calls in windows, attempts and money itself. What goes
// wrong is counted by kind instead of failing, so that a test can also assert that a wrong engine is caught.
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

namespace bylaw::engine {

inline constexpr int kHistoryTenants = 8;
inline constexpr int kHistoryEndpoints = 5;
inline constexpr uint32_t kHistorySlots[] = {6, 3};  // by pool
// Tenant 6 works in another pool than the other members of its org.
inline PoolId HistoryPoolOf(int tenant) { return PoolId(tenant >= 6 ? 1 : 0); }

// What the history's policy says, as plainly as the model needs it.
struct HistoryPolicy {
  std::shared_ptr<const abi::PolicyImage> image;
  std::vector<uint32_t> caps;
  std::vector<int64_t> bureau_per_hour;
  std::vector<std::vector<bool>> legal;  // tenant × endpoint, before and …
  std::vector<std::vector<bool>> legal_later;
  TimeNs later = 0;  // … from this wall-clock instant on
};

inline HistoryPolicy MakeHistoryPolicy(uint64_t seed) {
  Prng prng(seed);
  HistoryPolicy made;
  HandPolicy policy;
  policy.AddPool("workers", kHistorySlots[0], 400);
  policy.AddPool("far-workers", kHistorySlots[1], 200);
  policy.AddReviewers("desk", 2);
  const char* serves[kHistoryEndpoints] = {"bureau", "bureau", "model", "model", "tool"};
  for (int i = 0; i < kHistoryEndpoints; ++i) {
    policy.AddEndpoint("e" + std::to_string(i), serves[i], (1 + i) * kCent);
  }
  policy.AddWorkflow("loan", {{.name = "verify", .resource = "tool"},
                              {.name = "credit", .resource = "bureau", .retries_max = 1},
                              {.name = "enrich", .resource = "bureau", .optional = true},
                              {.name = "judge", .resource = "model", .replan_target = "credit", .replans_max = 2},
                              {.name = "decide", .resource = "model", .retries_max = 2}});
  policy.AddWorkflow("asked", {{.name = "credit", .resource = "bureau", .retries_max = 1},
                               {.name = "decide", .resource = "model", .asks = 1}});
  made.later = kMondayMorning + static_cast<TimeNs>(prng.Below(6 * kHourNs));
  const OrgId org = policy.AddOrg("group", 4, 500 * kCent);
  for (int t = 0; t < kHistoryTenants; ++t) {
    std::vector<EndpointId> now_legal, later_legal;
    made.legal.emplace_back(kHistoryEndpoints);
    made.legal_later.emplace_back(kHistoryEndpoints);
    for (int e = 0; e < kHistoryEndpoints; ++e) {
      made.legal.back()[e] = e == 4 || prng.Chance(0.8);
      made.legal_later.back()[e] = e == 4 || prng.Chance(0.8);
      if (made.legal.back()[e]) now_legal.push_back(EndpointId(e));
      if (made.legal_later.back()[e]) later_legal.push_back(EndpointId(e));
    }
    const ShapeId shape = policy.AddShape(HistoryPoolOf(t), now_legal);
    policy.ChangeLegal(shape, made.later, later_legal);
    made.caps.push_back(static_cast<uint32_t>(prng.Between(1, 4)));
    made.bureau_per_hour.push_back(prng.Chance(0.6) ? prng.Between(2, 12) : 0);
    HandTenant tenant{.name = "t" + std::to_string(t), .cap = made.caps.back(), .shape = shape};
    tenant.weight = static_cast<uint32_t>(prng.Between(1, 5));
    if (t % 3 == 0) tenant.org = org;
    if (prng.Chance(0.7)) tenant.budget_workflow_micros = prng.Between(24, 60) * kCent;
    if (prng.Chance(0.7)) tenant.budget_month_micros = prng.Between(60, 600) * kCent;
    if (made.bureau_per_hour.back() > 0) {
      tenant.rates = {CallsPer(kHourNs, made.bureau_per_hour.back(), policy.Resource("bureau"))};
    }
    policy.AddTenant(tenant);
  }
  made.image = policy.Build();
  return made;
}

class EngineHistory {
 public:
  explicit EngineHistory(uint64_t seed) : prng_(seed), policy_(MakeHistoryPolicy(seed)), world_(policy_.image) {}

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

 private:
  struct ModelRun {
    RunId id;
    uint32_t tenant = 0;
    uint32_t workflow = 0;
    TimeNs submitted = 0;
    bool held = false;     // comes back from a wait
    bool unlucky = false;  // an attempt failed: money may run out
    std::map<uint32_t, int> attempts;
    std::optional<abi::Decision> calling;
    TimeNs called_at = 0;
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
      CheckPlaceInTime(*run);
      run->held = false;
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
    const abi::Decision decision = world_.engine->BeginStep(run.id, step);
    Mix(uint64_t{decision.verdict} << 32 | decision.endpoint);
    CheckDecision(run, step, decision, spent);
    if (VerdictOf(decision) == abi::Verdict::kSkip) Begin(run);
  }

  void CheckDecision(ModelRun& run, StepId step, const abi::Decision& decision, int64_t spent) {
    const bool optional = run.workflow == 0 && step == StepId(2);
    switch (VerdictOf(decision)) {
      case abi::Verdict::kProceed:
        ++proceeded_;
        run.calling = decision;
        run.called_at = Now();
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

  void CheckCall(ModelRun& run, StepId step, const abi::Decision& decision, int64_t spent) {
    const auto& legal = world_.clock.WallNow() >= policy_.later ? policy_.legal_later : policy_.legal;
    const uint32_t endpoint = decision.endpoint;
    if (!legal[run.tenant][endpoint]) Fault("an illegal endpoint");
    if (down_[endpoint]) Fault("an endpoint that is down");
    if (std::find(revoked_.begin(), revoked_.end(), endpoint) != revoked_.end()) Fault("a revoked endpoint");
    // (1 + retries) · (1 + the replans that pass through the step).
    constexpr int kAttemptsMax[2][5] = {{1, 6, 3, 3, 3}, {2, 1, 0, 0, 0}};
    if (++run.attempts[step.value()] > kAttemptsMax[run.workflow][step.value()]) Fault("attempts without a bound");
    const int64_t budget = policy_.image->tenants[run.tenant].budget_workflow_micros;
    if (budget != abi::kUnlimitedMicros && spent + decision.reserved_micros + decision.floor_micros > budget) {
      Fault("a choice that strands the run");
    }
    const int64_t quota = policy_.bureau_per_hour[run.tenant];
    if (endpoint > 1 || quota == 0) return;
    Window& window = windows_[run.tenant];
    if (Now() >= window.end) window = {.end = Now() + kHourNs, .calls = 0};
    if (++window.calls > quota) Fault("more calls than the limit allows");
  }

  void CheckWait(const ModelRun& run, const abi::Decision& decision) {
    const Window& window = windows_[run.tenant];
    int64_t in_line = -1;  // itself
    for (const ModelRun& other : runs_) in_line += other.tenant == run.tenant && other.held;
    const int64_t calls = Now() < window.end ? window.calls : 0;
    if (calls + in_line < policy_.bureau_per_hour[run.tenant]) Fault("a wait although the limit has room");
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
    const bool in_window = run.called_at >= window.end - kHourNs;
    if (outcome == Outcome::kNotSent && decision.endpoint <= 1 && in_window) --window.calls;
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
    std::erase_if(runs_, [this](const ModelRun& run) { return StateOf(run) == RunState::kGone; });
    if (const std::string wrong = world_.engine->CheckConsistency(); !wrong.empty()) Fault(wrong);
    uint32_t on_slot[2] = {};
    for (const ModelRun& run : runs_) {
      on_slot[HistoryPoolOf(static_cast<int>(run.tenant)).index()] +=
          StateOf(run) == RunState::kRunning || StateOf(run) == RunState::kCalling;
    }
    for (uint32_t pool = 0; pool < 2; ++pool) {
      if (world_.engine->SlotsInUse(PoolId(pool)) != on_slot[pool]) Fault("slots are not conserved");
      if (on_slot[pool] > kHistorySlots[pool]) Fault("more turns than slots");
    }
    if (runs_.size() != world_.engine->RunsInFlight()) Fault("a run is lost");
    uint32_t org_at_once = 0;
    for (uint32_t t = 0; t < kHistoryTenants; ++t) {
      const uint32_t at_once = world_.engine->CountersOf(TenantId(t)).at_once;
      if (at_once > policy_.caps[t]) Fault("more at once than the cap (I3)");
      if (t % 3 == 0) org_at_once += at_once;
    }
    if (org_at_once > 4) Fault("more at once than the org's cap, over both pools (I3)");
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

  Prng prng_;
  HistoryPolicy policy_;
  EngineWorld world_;
  std::vector<ModelRun> runs_;
  std::map<uint32_t, Window> windows_;
  bool down_[kHistoryEndpoints] = {};
  std::vector<uint32_t> revoked_;
  std::map<std::string, int> faults_;
  uint64_t hash_ = 0xCBF2'9CE4'8422'2325;
  int64_t proceeded_ = 0, waited_ = 0, suspended_ = 0;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_ENGINE_HISTORY_H_
