#include "simulator/simulation.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "simulator/simulate.h"

namespace bylaw::simulator {
namespace {

// After the last arrival, how long to go on: longer than a suspended run may live.
constexpr DurationNs kPatience = 9 * kDayNs;
constexpr DurationNs kReviewUnstated = 20 * kMinuteNs;

abi::Verdict VerdictOf(const abi::Decision& decision) { return static_cast<abi::Verdict>(decision.verdict); }

}  // namespace

Simulation::Simulation(std::shared_ptr<const abi::PolicyImage> image, const Scenario& scenario)
    : image_(std::move(image)),
      scenario_(scenario),
      world_(*image_, scenario),
      clock_(scenario.starts_at_wall),
      arrivals_(MakeArrivals(scenario)),
      watches_(image_->tenants.size()) {
  result_.strategy = scenario.strategy;
  result_.trace_hash = 0xCBF2'9CE4'8422'2325;
  if (scenario.windows > 0) result_.window_ns = std::max<DurationNs>(1, scenario.duration_ns / scenario.windows);
  busy_.resize(image_->pools.size());
  full_.resize(image_->pools.size());
  for (const abi::ReviewersInfo& info : image_->reviewers) {
    desks_.push_back(review::Desk::Of(info, info.review_takes_ns > 0 ? info.review_takes_ns : kReviewUnstated,
                                      scenario.strategy == sched::Strategy::kFifo));
  }
  desks_.emplace_back(UINT32_MAX, kReviewUnstated, /*first_come=*/true);
  for (uint32_t i = 0; i < scenario.outages.size(); ++i) {
    Push(scenario.outages[i].from_ns, What::kOutageBegins, i);
    if (scenario.outages[i].until_ns != kForeverNs) Push(scenario.outages[i].until_ns, What::kOutageEnds, i);
  }
}

absl::StatusOr<std::unique_ptr<Simulation>> Simulation::Create(std::shared_ptr<const abi::PolicyImage> image,
                                                               const Scenario& scenario) {
  std::unique_ptr<Simulation> simulation(new Simulation(image, scenario));
  engine::Options options;
  options.strategy = scenario.strategy;
  audit::AuditSink* sink = scenario.audit != nullptr ? scenario.audit : &simulation->sink_;
  auto engine = engine::Engine::Create(std::move(image), &simulation->clock_, sink, options);
  if (!engine.ok()) return engine.status();
  simulation->engine_ = *std::move(engine);
  return simulation;
}

void Simulation::Push(TimeNs at, What what, uint32_t index, uint32_t more) {
  events_.push({at, ++sequence_, what, index, more});
}

void Simulation::Mix(uint64_t value) {
  for (int i = 0; i < 64; i += 16) {
    result_.trace_hash = (result_.trace_hash ^ (value >> i & 0xFFFF)) * 0x0000'0100'0000'01B3;
  }
}

TimeNs Simulation::NextTime() {
  TimeNs next = engine_->NextEventTime();
  if (next_arrival_ < arrivals_.size()) next = std::min(next, arrivals_[next_arrival_].at);
  if (!events_.empty()) next = std::min(next, events_.top().at);
  return next;
}

Result Simulation::Run() {
  const TimeNs last_arrival = arrivals_.empty() ? 0 : arrivals_.back().at;
  const TimeNs patience = std::max(scenario_.duration_ns, last_arrival) + kPatience;
  for (TimeNs next = NextTime(); next <= patience && result_.broken_invariant.empty(); next = NextTime()) {
    const TimeNs at = std::max(next, Now());
    SampleUntil(at);
    clock_.AdvanceTo(at);
    // What ends makes room for what begins at the same instant.
    while (!events_.empty() && events_.top().at <= at) {
      const Event event = events_.top();
      events_.pop();
      Handle(event);
    }
    for (; next_arrival_ < arrivals_.size() && arrivals_[next_arrival_].at <= at; ++next_arrival_) {
      Arrive(arrivals_[next_arrival_]);
    }
    Dispatch();
    for (const TenantId tenant : arrived_) NoteQueue(tenant);
    arrived_.clear();
    if (scenario_.check_every > 0 && ++handled_ % scenario_.check_every == 0) {
      result_.broken_invariant = engine_->CheckConsistency();
    }
  }
  if (scenario_.check_every > 0 && result_.broken_invariant.empty())
    result_.broken_invariant = engine_->CheckConsistency();
  Conclude();
  return std::move(result_);
}

void Simulation::Handle(const Event& event) {
  switch (event.what) {
    case What::kStepEnds:
      return EndStep(event.index);
    case What::kReviewEnds:
      return EndReview(event.index, event.more);
    case What::kOutageBegins:
    case What::kOutageEnds: {
      const bool up = event.what == What::kOutageEnds;
      const EndpointId endpoint = scenario_.outages[event.index].endpoint;
      engine_->SetEndpointUp(endpoint, up);
      ++result_.engine_calls;
      TimelineEvent told;
      told.kind = up ? EventKind::kEndpointUp : EventKind::kEndpointDown;
      told.endpoint = endpoint;
      return Tell(told);
    }
  }
}

void Simulation::Arrive(const Arrival& arrival) {
  const Load& load = scenario_.loads[arrival.load];
  TenantWatch& watch = WatchOf(arrival.tenant);
  TenantResult& result = result_.tenants[watch.tenant_result];
  const bool excess = watch.declared_left == 0;
  if (!excess && watch.declared_left != UINT64_MAX) --watch.declared_left;
  arrived_.push_back(arrival.tenant);
  ++result.submitted;
  excess ? ++result.excess : ++watch.declared;
  const engine::SubmitResult submitted =
      engine_->Submit(arrival.tenant, load.workflow, world_.InputsOf(load.workflow, runs_.size()), load.lane);
  ++result_.engine_calls;
  Mix(submitted.queued ? 1 : 2 + static_cast<uint64_t>(submitted.reason));
  if (!submitted.queued) {
    ++result.refused;
    excess ? ++result.excess_late : ++watch.late;
    return NoteRefusal(arrival.tenant, submitted);
  }
  if (engine_->CountersOf(arrival.tenant).waiting == 0) watch.refusing = false;
  const auto index = static_cast<uint32_t>(runs_.size());
  SimRun run;
  run.id = submitted.run;
  run.tenant = arrival.tenant;
  run.workflow = load.workflow;
  run.excess = excess;
  run.submitted = run.since = Now();
  run.result = watch.tenant_result;
  runs_.push_back(run);
  decisions_.emplace_back();
  if (submitted.run.index >= run_of_slot_.size()) run_of_slot_.resize(submitted.run.index + 1);
  run_of_slot_[submitted.run.index] = index;
}

void Simulation::Dispatch() {
  for (uint32_t pool = 0; pool < image_->pools.size(); ++pool) {
    for (;;) {
      const std::optional<engine::Turn> turn = engine_->Next(PoolId(pool));
      ++result_.engine_calls;
      if (!turn.has_value()) break;
      const uint32_t index = run_of_slot_[turn->run.index];
      SimRun& run = runs_[index];
      BYLAW_CHECK(run.id == turn->run && run.stage != Stage::kServed, "a turn is of a run that waits for one");
      if (run.stage == Stage::kOnLimit) run.on_limit += std::min(Now(), run.ticket) - run.since;
      if (run.stage == Stage::kSuspended) run.suspended += Now() - run.since;
      if (run.stage == Stage::kReview) run.in_review += Now() - run.since;  // nobody answered in time
      run.stage = Stage::kServed;
      run.since = Now();
      AccountFor(WatchOf(run.tenant));
      ++WatchOf(run.tenant).serving;
      Mix(index);
      Drive(index);
      NoteQueue(run.tenant);
    }
  }
}

// On its slot: steps until one takes time, the run parks or it is over.
void Simulation::Drive(uint32_t index) {
  SimRun& run = runs_[index];
  for (;;) {
    const StepId step = engine_->NextStep(run.id);
    ++result_.engine_calls;
    if (!step.valid()) return Finish(index, /*completed=*/true);
    const abi::Decision decision = engine_->BeginStep(run.id, step);
    ++result_.engine_calls;
    Mix(uint64_t{decision.verdict} << 32 | decision.endpoint);
    if (IsFollowed(index)) FollowDecision(index, step, decision);
    switch (VerdictOf(decision)) {
      case abi::Verdict::kProceed:
        decisions_[index] = decision;
        ++run.attempts;
        NoteCall(run.tenant, decision);
        return Push(Now() + world_.StepTakes(run.workflow, step, index), What::kStepEnds, index);
      case abi::Verdict::kSkip:
        break;
      case abi::Verdict::kWait:
        NoteWait(run.tenant, decision);
        return Park(index, Stage::kOnLimit, decision);
      case abi::Verdict::kReview:
        Park(index, Stage::kReview, decision);
        return AskReviewers(index, decision.reviewers, std::max<uint32_t>(1, decision.ask_count));
      case abi::Verdict::kSuspend:
        NoteSuspension(run.tenant, decision);
        return Park(index, Stage::kSuspended, decision);
      case abi::Verdict::kDeny: {
        const engine::RunState state = engine_->StatusOf(run.id).state;
        if (state == engine::RunState::kGone) return Finish(index, /*completed=*/false);
        if (state == engine::RunState::kSuspended) return Park(index, Stage::kSuspended, decision);
        break;
      }
    }
  }
}

void Simulation::Park(uint32_t index, Stage stage, const abi::Decision& decision) {
  SimRun& run = runs_[index];
  NoteState(WatchOf(run.tenant), engine_->CountersOf(run.tenant));
  --WatchOf(run.tenant).serving;
  run.served += Now() - run.since;
  run.since = Now();
  run.ticket = decision.retry_at_ns;
  run.stage = stage;
}

void Simulation::EndStep(uint32_t index) {
  SimRun& run = runs_[index];
  const StepId step = engine_->NextStep(run.id);
  const StepScript& script = world_.workflow(run.workflow).steps[step.index()];
  const uint32_t of_step = script.fails_first > 0 ? ++attempts_of_step_[{index, step.value()}] : 1;
  const engine::Outcome outcome = world_.OutcomeOf(run.workflow, step, index, run.attempts, of_step);
  const int64_t cost = script.cost_micros >= 0 ? script.cost_micros : decisions_[index].reserved_micros;
  const engine::After after = engine_->EndStep(run.id, {.cost_micros = cost, .tokens = 0}, outcome,
                                               world_.OutputsOf(run.workflow, step, index));
  ++result_.engine_calls;
  NoteCost(run, decisions_[index], cost, outcome);
  if (IsFollowed(index)) FollowAttempt(index, step, cost, outcome, after);
  Mix(static_cast<uint64_t>(after.then));
  switch (after.then) {
    case engine::Then::kStep:
    case engine::Then::kFinish:
      return Drive(index);
    case engine::Then::kSuspended:
      return Park(index, Stage::kSuspended, decisions_[index]);
    case engine::Then::kFailed:
    case engine::Then::kGone:
      return Finish(index, /*completed=*/false);
  }
}

void Simulation::Finish(uint32_t index, bool completed) {
  SimRun& run = runs_[index];
  TenantResult& result = result_.tenants[run.result];
  const TimeNs now = Now();
  TenantWatch& watch = watches_[run.tenant.index()];
  AccountFor(watch);
  if (run.stage == Stage::kServed) --watch.serving;
  run.served += now - run.since;
  run.stage = Stage::kOver;
  result.slot_seconds += static_cast<double>(run.served) * 1e-9;
  result.waited_on_limits_seconds += static_cast<double>(run.on_limit) * 1e-9;
  result.in_review_seconds += static_cast<double>(run.in_review) * 1e-9;
  result.suspended_seconds += static_cast<double>(run.suspended) * 1e-9;
  const DurationNs took = now - run.submitted;
  const DurationNs promised =
      scenario_.promises.empty() ? kForeverNs : scenario_.promises[run.tenant.index()].within_ns;
  if (!completed || took > promised) run.excess ? ++result.excess_late : ++watch.late;
  if (!completed) {
    ++result.failed;
    if (IsFollowed(index)) FollowEnd(index, completed, 0);
    return;
  }
  const int64_t spent = engine_->Finish(run.id).spent_micros;
  result.spent_micros += spent;
  result.spent_run_max_micros = std::max(result.spent_run_max_micros, spent);
  if (IsFollowed(index)) FollowEnd(index, completed, spent);
  ++result_.engine_calls;
  ++result.completed;
  result.waits.push_back(took - run.served - run.in_review - run.suspended);
  if (Window* const window = WindowAt(result, run.submitted)) {
    ++window->completed;
    window->wait_ns += result.waits.back();
  }
  run_times_[run.result].push_back(took);
  result_.makespan_ns = now;
  Mix(static_cast<uint64_t>(now));
  NoteQueue(run.tenant);
}

void Simulation::AskReviewers(uint32_t index, uint32_t reviewers, uint32_t answers) {
  const auto desk = std::min<uint32_t>(reviewers, static_cast<uint32_t>(desks_.size() - 1));
  desks_[desk].Ask(image_->tenant(runs_[index].tenant), index, answers);
  StartReviews(desk);
}

void Simulation::StartReviews(uint32_t reviewers) {
  review::Desk& desk = desks_[reviewers];
  while (const std::optional<uint64_t> index = desk.Begin()) {
    Push(Now() + desk.takes_ns(), What::kReviewEnds, static_cast<uint32_t>(*index), reviewers);
  }
}

void Simulation::EndReview(uint32_t index, uint32_t reviewers) {
  desks_[reviewers].End();
  StartReviews(reviewers);
  SimRun& run = runs_[index];
  // Each answer is another person's.
  const absl::Status status =
      engine_->EndReview(run.id, engine::ReviewOutcome::kApproved, static_cast<uint32_t>(sequence_));
  ++sequence_;
  ++result_.engine_calls;
  Mix(static_cast<uint64_t>(status.code()));
  if (!status.ok() || engine_->StatusOf(run.id).state != engine::RunState::kQueued) return;
  NoteState(WatchOf(run.tenant), engine_->CountersOf(run.tenant));
  run.in_review += Now() - run.since;
  run.since = Now();
  run.stage = Stage::kQueued;
}

absl::StatusOr<Result> Simulate(std::shared_ptr<const abi::PolicyImage> image, const Scenario& scenario) {
  auto simulation = Simulation::Create(std::move(image), scenario);
  if (!simulation.ok()) return simulation.status();
  return (*simulation)->Run();
}

}  // namespace bylaw::simulator
