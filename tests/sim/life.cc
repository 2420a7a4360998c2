#include "tests/sim/life.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "fmt/format.h"

namespace bylaw::sim {

using engine::Outcome;
using engine::Then;

namespace {

constexpr uint64_t kCheckEvery = 4;  // events between recomputations of all that the engine stores

}  // namespace

std::unique_ptr<engine::Engine> MakeEngine(uint64_t seed, const Policy& policy, const Clock* clock,
                                           audit::AuditSink* sink, durable::Journal* journal) {
  auto made = engine::Engine::Create(policy.image, clock, sink,
                                     {.runs_expected = 64,
                                      .slot_lease_ns = SlotLeaseOf(seed),
                                      .journal = journal,
                                      .lease_month_ppm = kLeaseMonthPpm,
                                      .lease_run_ppm = kLeaseRunPpm,
                                      .keep_ended_days = kKeepEndedDays});
  BYLAW_CHECK(made.ok(), "the simulator's policies can be published");
  return *std::move(made);
}

Life::Life(uint64_t seed)
    : seed_(seed),
      prng_(seed * 0x9E37'79B9 + 1),
      clock_(kFirstMorning),
      policies_{MakePolicy(seed, 0)},
      journal_(IsKept(seed) ? std::make_unique<durable::Journal>(&store_) : nullptr),
      engine_(MakeEngine(seed, policies_[0], &clock_, &sink_, journal_.get())),
      model_(seed, &clock_) {
  script_.seed = seed;
  model_.Publish(&policies_[0]);
  sink_.records().clear();
}

void Life::Live(int events) {
  for (int i = 0; i < events && Well(); ++i) Do(Draw());
  Drain();
}

void Life::Replay(const std::vector<Op>& ops) {
  for (size_t i = 0; i < ops.size() && Well(); ++i) Do(ops[i]);
  Drain();
}

void Life::WriteEvents(std::FILE* out) {
  out_ = out;
  std::fputs(ToText(script_).c_str(), out);
}

void Life::Do(const Op& op) {
  script_.ops.push_back(op);
  if (out_ != nullptr) std::fputs(ToText(op).c_str(), out_);
  Apply(op);
  if (Well()) TakeTurns();
  if (dead_ && model_.wrong().empty()) {
    Restart();
    TakeTurns();
  }
  if (Well()) model_.CheckCounts(*engine_);
  if (Well() && ++events_ % kCheckEvery == 0) CheckAll();
}

void Life::Apply(const Op& op) {
  const auto& [a, b, c, d, unused] = op.arguments;
  const auto endpoint = static_cast<uint32_t>(std::clamp<int64_t>(a, 0, kEndpoints - 1));
  ModelRun* run = nullptr;
  const bool of_run = op.event <= Event::kResume || op.event == Event::kDie;
  if (of_run && op.event != Event::kSubmit) {
    run = model_.FindLabel(static_cast<uint32_t>(a));
    if (run == nullptr) return;
  }
  switch (op.event) {
    case Event::kSubmit:
      return Submit(op);
    case Event::kEnd:
      if (run->state == RunState::kCalling && !run->dead)
        EndStep(*run, static_cast<Outcome>(std::clamp<int64_t>(b, 0, 2)), c, d);
      return;
    case Event::kCancel:
      return Cancel(*run);
    case Event::kAnswer:
      if (run->state == RunState::kReview) Answer(*run, b != 0, static_cast<uint32_t>(c));
      return;
    case Event::kResume:
      ++calls_;
      if (engine_->Resume(run->id).ok() != (run->state == RunState::kSuspended)) return model_.Wrong("a run resumed");
      if (run->state == RunState::kSuspended) model_.Requeue(*run, /*held=*/false);
      return;
    case Event::kHealth:
      return SetHealth(endpoint, b != 0);
    case Event::kRevoke:
      ++calls_;
      engine_->Revoke(EndpointId(endpoint));
      model_.Revoke(endpoint);
      Absorb(nullptr);
      return;
    case Event::kReload:
      return Reload(static_cast<uint32_t>(a));
    case Event::kAdvance:
      return Advance(std::max<int64_t>(a, 0));
    case Event::kJump:
      return Jump(a);
    case Event::kCount:
      if (!model_.CountsSurely(static_cast<uint32_t>(a), static_cast<uint32_t>(b))) return;
      ++calls_;
      engine_->CountCalls(TenantId(static_cast<uint32_t>(a)), ResourceId(static_cast<uint32_t>(b)), c);
      if (kept() && !CommitEngine()) return;  // whoever made them does not know that they count
      model_.CountCalls(static_cast<uint32_t>(a), static_cast<uint32_t>(b), c);
      if (kept()) model_.Commit();
      return;
    case Event::kBreakAudit:
      sink_.Break();
      return model_.SinkFails();
    case Event::kDie:
      return Die(*run, b != 0);
    case Event::kLate:
      return Late(static_cast<uint32_t>(a), b);
    case Event::kRestore:
      return Restore(op);
    case Event::kCommit:
      Commit();
      return;
    case Event::kCrash:
      return Crash(a, b);
    case Event::kErase:
      return Erase();
  }
}

void Life::Submit(const Op& op) {
  const auto label = static_cast<uint32_t>(op.arguments[0]);
  const auto tenant = static_cast<uint32_t>(op.arguments[1]), workflow = static_cast<uint32_t>(op.arguments[2]);
  const auto lane = static_cast<abi::Lane>(op.arguments[3]);
  labels_ = std::max(labels_, label + 1);
  const bool expected = model_.Accepts(tenant, workflow);
  ++calls_;
  const engine::SubmitResult result = engine_->Submit(TenantId(tenant), WorkflowId(workflow), {}, lane);
  Mix(result.queued);
  if (result.queued != expected) {
    return model_.Wrong(fmt::format("a submission of tenant {} is {}, because {}", tenant,
                                    result.queued ? "accepted" : "refused", abi::ReasonName(result.reason)));
  }
  if (result.queued) {
    ModelRun& run = model_.Submitted(label, result.run, tenant, workflow, lane);
    if (kept()) run.name = engine_->StatusOf(result.run).name;
  } else if (result.retry_at_ns <= Now()) {
    model_.Wrong("a refusal says to try again at once");
  }
  Absorb(nullptr);
  model_.Observe();
}

void Life::EndStep(ModelRun& run, Outcome outcome, int64_t cost, int64_t tokens) {
  const int64_t reserved = run.purse.pending;
  const bool free = reserved == 0;
  cost = free ? 0 : std::max<int64_t>(cost, 0);
  ++calls_;
  const engine::After after = engine_->EndStep(run.id, {.cost_micros = cost, .tokens = tokens}, outcome);
  Absorb(&run);
  const Then expected = model_.StepEnded(run, outcome, cost, tokens);
  Mix(static_cast<uint64_t>(after.then));
  if (after.then != expected) return model_.Wrong("a step's end leads elsewhere than the workflow says");
  if (after.then == Then::kFailed) return model_.End(run);
  if (engine_->StatusOf(run.id).spent_micros != run.purse.spent) return model_.Wrong("another amount is spent");
  // More than was reserved, or counted: nothing leased covers it.
  if ((cost > reserved || tokens > 0) && !Commit()) return;
  if (run.dies) {
    run.dead = true;
    return;
  }
  if (after.then == Then::kFinish) return Finish(run);
  Begin(run);
}

void Life::Cancel(ModelRun& run) {
  if (model_.fairness() && run.on_slot()) return;  // its turn's length is known to the monitor
  ++calls_;
  Mix(engine_->Cancel(run.id).ok());
  Absorb(&run);
  model_.End(run);
  model_.Observe();
}

void Life::Answer(ModelRun& run, bool approve, uint32_t who) {
  const engine::RunId id = run.id;
  ++calls_;
  const auto outcome = approve ? engine::ReviewOutcome::kApproved : engine::ReviewOutcome::kRejected;
  const bool accepted = engine_->EndReview(id, outcome, who).ok();
  Absorb(&run);
  Mix(accepted);
  model_.Answered(run, approve, who, accepted);
  const ModelRun* after = model_.Find(id);
  const RunState is = after == nullptr ? RunState::kGone : after->state;
  if (engine_->StatusOf(id).state != is) model_.Wrong("an answer leads elsewhere than the policy says");
}

void Life::SetHealth(uint32_t endpoint, bool up) {
  ++calls_;
  engine_->SetEndpointUp(EndpointId(endpoint), up);
  model_.SetUp(endpoint, up);
  Absorb(nullptr);
  model_.Parked(*engine_);
}

void Life::Reload(uint32_t policy) {
  policies_.push_back(MakePolicy(seed_, policy));
  ++calls_;
  const bool published = engine_->Reload(policies_.back().image).ok();
  Mix(published);
  if (published == sink_.broken()) return model_.Wrong("a reload is published unrecorded, or not published");
  if (published) {
    model_.Publish(&policies_.back());
  } else {
    policies_.pop_back();
  }
  Absorb(nullptr);
  model_.Parked(*engine_);
  model_.Observe();
  if (Well()) CheckAll();
}

// As estimated, or, in every second life, as the tenant's turns are.
DurationNs Life::PlannedLength(const engine::Turn& turn) {
  if (seed_ / kProfiles % 2 == 0) return turn.estimate_ns;
  const uint32_t tenant = turn.tenant.value();
  Prng prng(uint64_t{tenant} << 32 | turns_[tenant]++);
  return prng.Between(1, 10) * (kSecondNs / (1 + static_cast<int64_t>(tenant % 3) * 4));
}

// One pool's turns may leave room in an org's cap for another pool's.
void Life::TakeTurns() {
  for (bool any = true; any && Well();) {
    any = false;
    for (uint32_t pool = 0; pool < kPools && Well(); ++pool) any |= TakeTurn(pool);
  }
}

bool Life::TakeTurn(uint32_t pool) {
  ++calls_;
  const std::optional<engine::Turn> turn = engine_->Next(PoolId(pool));
  Absorb(nullptr);
  if (!turn.has_value()) return model_.SlotsAreIdle(pool), false;
  Mix(turn->run.index);
  const int64_t spent = kept() ? engine_->StatusOf(turn->run).spent_micros : 0;
  model_.TakeTurn(*turn, pool, PlannedLength(*turn), spent);
  ModelRun* run = model_.Find(turn->run);
  if (run == nullptr || !Well()) return true;
  if (run->dies) {
    run->dead = true;
  } else {
    Begin(*run);
  }
  return true;
}

void Life::Begin(ModelRun& run) {
  while (Well()) {
    const StepId step = engine_->NextStep(run.id);
    const bool at_end = run.position == StepsOf(run.workflow).size();
    if (step.valid() == at_end || (step.valid() && step.value() != run.position)) {
      return model_.Wrong("another step is next than the workflow says");
    }
    if (at_end) return Finish(run);
    const StepForecast forecast = model_.Forecast(run);
    ++calls_;
    const engine::StepDecision decision = engine_->BeginStep(run.id, step);
    Mix(uint64_t{decision.verdict} << 32 | decision.endpoint);
    ++verdicts_[decision.verdict];
    // The one rule: no call before what it was granted is kept.
    const auto verdict = static_cast<abi::Verdict>(decision.verdict);
    const bool calls = kept() && verdict == abi::Verdict::kProceed;
    if (calls && !CommitEngine()) return;
    const size_t recorded = Absorb(&run);
    model_.Decided(run, forecast, decision, recorded);
    if (calls) model_.Commit();
    if (verdict != abi::Verdict::kSkip) return;
  }
}

void Life::Finish(ModelRun& run) {
  ++calls_;
  const engine::RunReport report = engine_->Finish(run.id);
  Absorb(&run);
  if (report.spent_micros != run.purse.spent) model_.Wrong("another amount is spent");
  Mix(static_cast<uint64_t>(report.spent_micros));
  model_.End(run);
  model_.Observe();
}

size_t Life::Absorb(const ModelRun* self) {
  size_t decisions = 0;
  for (const audit::Record& record : sink_.records()) {
    ModelRun* of = model_.FindRecorded(record);
    const bool of_self = self != nullptr && self == of;
    const bool decision = record.event == audit::Event::kDecision;
    decisions += of_self && decision;
    ModelRun* run = of_self ? nullptr : of;
    if (run == nullptr) continue;
    if (record.event == audit::Event::kFinished) Ended(*run);
    if (decision && record.verdict == abi::Verdict::kSuspend) model_.Suspended(*run);
  }
  sink_.records().clear();
  if (sink_.tried()) model_.SinkWasTried();
  if (sink_.broken()) AbsorbWithoutRecords(self);
  return decisions;
}

// Nobody ended it: its time was up, or the published policy has no place for it and it had not begun.
void Life::Ended(ModelRun& run) {
  const bool late = run.state == RunState::kSuspended && Now() >= run.suspended_since + run.suspended_max;
  const bool homeless = run.state == RunState::kQueued && !run.pinned && run.epoch != model_.epoch();
  if (!late && !homeless) model_.Wrong("a run has ended by itself");
  model_.End(run);
}

void Life::AbsorbWithoutRecords(const ModelRun* self) {
  for (bool any = true; any;) {
    any = false;
    for (const auto& run : model_.live()) {
      if (run.get() == self || run->state != RunState::kQueued) continue;
      const RunState is = engine_->StatusOf(run->id).state;
      any = is == RunState::kGone || is == RunState::kSuspended;
      if (is == RunState::kSuspended) model_.Suspended(*run);
      if (is == RunState::kGone) model_.End(*run);
      if (any) break;
    }
  }
}

void Life::CheckAll() {
  std::vector<engine::RunId> soon;
  for (const auto& run : model_.live()) soon.push_back(run->id);
  engine_->Prefetch(soon);  // runs in every state: nothing may come of it
  if (std::string wrong = engine_->CheckConsistency(); !wrong.empty()) model_.Wrong(std::move(wrong));
}

}  // namespace bylaw::sim
