#include "tools/bylaw/live_run.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace bylaw::cli {
namespace {

constexpr DurationNs kReviewUnstated = 20 * kMinuteNs;

abi::Verdict VerdictOf(const abi::Decision& decision) { return static_cast<abi::Verdict>(decision.verdict); }

}  // namespace

absl::StatusOr<std::unique_ptr<LiveRun>> LiveRun::Create(const Beginning& first) {
  std::unique_ptr<LiveRun> live(new LiveRun(first.prepared.scenario.starts_at_wall));
  auto engine = engine::Engine::Create(first.image, &live->clock_, &live->records_, {});
  if (!engine.ok()) return engine.status();
  live->engine_ = *std::move(engine);
  live->Enter(first.prepared);
  return live;
}

absl::Status LiveRun::Reload(const LivePolicy& next) {
  CountDrained(next);
  if (absl::Status status = engine_->Reload(next.policy); !status.ok()) return status;
  Enter(next.prepared);
  Dispatch();
  return absl::OkStatus();
}

void LiveRun::Enter(const PreparedScenario& prepared) {
  prepared_ = prepared;
  ++scenario_;
  const std::shared_ptr<const engine::Policy>& policy = engine_->policy();
  eras_[engine_->epoch()] = {policy, std::make_unique<simulator::World>(policy->image(), prepared_.scenario),
                             prepared_.texts};
  arrivals_ = simulator::MakeArrivals(prepared_.scenario);
  next_arrival_ = 0;
  while (scenario_ > 1 && next_arrival_ < arrivals_.size() && arrivals_[next_arrival_].at <= now()) ++next_arrival_;
  for (const simulator::Outage& outage : prepared_.scenario.outages) {
    const uint32_t endpoint = policy->numberings().endpoints.Known(outage.endpoint).value();
    if (outage.from_ns >= now()) Push(outage.from_ns, What::kOutageBegins, {}, endpoint);
    if (outage.until_ns != kForeverNs && outage.until_ns >= now()) {
      Push(outage.until_ns, What::kOutageEnds, {}, endpoint);
    }
  }
  const abi::PolicyImage& image = policy->image();
  for (uint32_t i = 0; i < image.reviewers.size(); ++i) {
    const DurationNs takes = image.reviewers[i].review_takes_ns;
    const ReviewersId known = policy->numberings().reviewers.Known(ReviewersId(i));
    desks_.emplace(known, review::Desk::Of(image.reviewers[i], takes > 0 ? takes : kReviewUnstated, false));
  }
  ForgetEras();
}

// Of the runs that go by the policy being replaced, those that V15 says can finish under neither.
void LiveRun::CountDrained(const LivePolicy& next) {
  drained_ = 0;
  const engine::Policy::Numberings& numberings = engine_->policy()->numberings();
  for (const Run& run : runs_) {
    const engine::RunStatus status = engine_->StatusOf(run.id);
    if (status.state == engine::RunState::kGone || status.epoch != engine_->epoch() || !status.step.valid()) continue;
    const TenantId tenant = numberings.tenants.Own(status.tenant);
    const WorkflowId workflow = numberings.workflows.Own(status.workflow);
    drained_ += run.had_turn && next.reload->point(tenant, workflow, status.step).drains();
  }
}

void LiveRun::ForgetEras() {
  std::erase_if(eras_, [this](const auto& era) { return engine_->PolicyAt(era.first) == nullptr; });
}

uint32_t LiveRun::older() const {
  uint32_t count = 0;
  for (const Run& run : runs_) {
    const engine::RunStatus status = engine_->StatusOf(run.id);
    count += status.state != engine::RunState::kGone && run.had_turn && status.epoch != engine_->epoch();
  }
  return count;
}

bool LiveRun::over() const {
  if (now() < prepared_.scenario.duration_ns || next_arrival_ < arrivals_.size()) return false;
  return engine_->RunsInFlight() == 0;
}

void LiveRun::Push(TimeNs at, What what, engine::RunId run, uint32_t more) {
  events_.push({at, ++sequence_, what, run, more, scenario_});
}

void LiveRun::AdvanceTo(TimeNs at) {
  for (;;) {
    TimeNs next = engine_->NextEventTime();
    if (next_arrival_ < arrivals_.size()) next = std::min(next, arrivals_[next_arrival_].at);
    if (!events_.empty()) next = std::min(next, events_.top().at);
    if (next > at) break;
    clock_.AdvanceTo(std::max(next, now()));
    while (!events_.empty() && events_.top().at <= now()) {
      const Event event = events_.top();
      events_.pop();
      Handle(event);
    }
    for (; next_arrival_ < arrivals_.size() && arrivals_[next_arrival_].at <= now(); ++next_arrival_) {
      Arrive(arrivals_[next_arrival_]);
    }
    Dispatch();
  }
  clock_.AdvanceTo(std::max(at, now()));
}

void LiveRun::Handle(const Event& event) {
  switch (event.what) {
    case What::kStepEnds:
      if (Run* run = Find(event.run)) EndStep(*run);
      return;
    case What::kReviewEnds:
      return EndReview(event.run, ReviewersId(event.more));
    case What::kOutageBegins:
    case What::kOutageEnds:
      // A scenario that has been replaced says no more.
      if (event.scenario == scenario_) {
        engine_->SetEndpointUp(EndpointId(event.more), event.what == What::kOutageEnds);
      }
      return;
  }
}

void LiveRun::Arrive(const simulator::Arrival& arrival) {
  const simulator::Load& load = prepared_.scenario.loads[arrival.load];
  const engine::Policy::Numberings& numberings = engine_->policy()->numberings();
  const TenantId tenant = numberings.tenants.Known(arrival.tenant);
  metrics::TenantFigures& figures = FiguresOf(tenant);
  ++figures.submitted;
  Run run;
  run.number = submitted_++;
  run.tenant = tenant;
  run.submitted = now();
  simulator::World& world = *eras_.at(engine_->epoch()).world;
  const engine::SubmitResult result = engine_->Submit(tenant, numberings.workflows.Known(load.workflow),
                                                      world.InputsOf(load.workflow, run.number), load.lane);
  if (!result.queued) {
    ++figures.refused[static_cast<size_t>(result.reason)];
    return;
  }
  ++figures.accepted;
  run.id = result.run;
  if (run.id.index >= runs_.size()) runs_.resize(run.id.index + 1);
  runs_[run.id.index] = run;
}

LiveRun::Run* LiveRun::Find(engine::RunId id) {
  return id.index < runs_.size() && runs_[id.index].id == id ? &runs_[id.index] : nullptr;
}

metrics::TenantFigures& LiveRun::FiguresOf(TenantId tenant) {
  if (tenant.index() >= figures_.size()) figures_.resize(tenant.index() + 1);
  return figures_[tenant.index()];
}

void LiveRun::Dispatch() {
  const size_t pools = engine_->policy()->names().pools.size();
  for (bool any = true; any;) {  // a turn in one pool may make room in an org's cap in another
    any = false;
    for (uint32_t pool = 0; pool < pools; ++pool) {
      while (const std::optional<engine::Turn> turn = engine_->Next(PoolId(pool))) {
        any = true;
        Run* run = Find(turn->run);
        BYLAW_CHECK(run != nullptr, "a turn is of a run that was sent");
        run->epoch = turn->epoch;
        if (!run->had_turn) FiguresOf(run->tenant).wait_ns.Add(now() - run->submitted);
        run->had_turn = true;
        Drive(*run);
      }
    }
  }
}

// On its slot: steps until one takes time, the run parks or it is over.
void LiveRun::Drive(Run& run) {
  for (;;) {
    const StepId step = engine_->NextStep(run.id);
    if (!step.valid()) return Finish(run);
    const engine::StepDecision decision = engine_->BeginStep(run.id, step);
    metrics::TenantFigures& figures = FiguresOf(run.tenant);
    const engine::RunStatus status = engine_->StatusOf(run.id);
    if (VerdictOf(decision) == abi::Verdict::kProceed) {
      Era& era = EraOf(run);
      const WorkflowId workflow = era.policy->numberings().workflows.Own(status.workflow);
      run.reserved_micros = decision.reserved_micros;
      ++run.attempts;
      return Push(now() + era.world->StepTakes(workflow, step, run.number), What::kStepEnds, run.id);
    }
    ++figures.held_back[decision.reason];
    if (status.state == engine::RunState::kGone) ++figures.ended_early;
    if (status.state == engine::RunState::kReview) {
      AskReviewers(run, ReviewersId(decision.reviewers), std::max<uint32_t>(1, decision.ask_count));
    }
    if (status.state != engine::RunState::kRunning) return;
  }
}

void LiveRun::EndStep(Run& run) {
  const engine::RunStatus status = engine_->StatusOf(run.id);
  if (status.state != engine::RunState::kCalling) return;  // cancelled meanwhile
  Era& era = EraOf(run);
  const WorkflowId workflow = era.policy->numberings().workflows.Own(status.workflow);
  const simulator::StepScript& script = era.world->workflow(workflow).steps[status.step.index()];
  const engine::Outcome outcome =
      era.world->OutcomeOf(workflow, status.step, run.number, run.attempts, ++run.attempts_of_step[status.step]);
  const int64_t cost = script.cost_micros >= 0 ? script.cost_micros : run.reserved_micros;
  const engine::After after = engine_->EndStep(run.id, {.cost_micros = cost, .tokens = 0}, outcome,
                                               era.world->OutputsOf(workflow, status.step, run.number));
  switch (after.then) {
    case engine::Then::kStep:
    case engine::Then::kFinish:
      return Drive(run);
    case engine::Then::kFailed:
    case engine::Then::kGone:
      ++FiguresOf(run.tenant).ended_early;
      return;
    case engine::Then::kSuspended:
      return;
  }
}

void LiveRun::Finish(Run& run) {
  const engine::RunReport report = engine_->Finish(run.id);
  metrics::TenantFigures& figures = FiguresOf(run.tenant);
  ++figures.finished;
  figures.run_ns.Add(report.finished_at_ns - report.submitted_at_ns);
  figures.slot_time_ns += report.slot_time_ns;
  figures.spent_micros += report.spent_micros;
  if (run.epoch != engine_->epoch()) ForgetEras();
}

void LiveRun::AskReviewers(const Run& run, ReviewersId reviewers, uint32_t answers) {
  const auto desk = desks_.find(reviewers);
  if (desk == desks_.end()) return;  // nobody to ask: the review runs out
  const Era& era = EraOf(run);
  abi::TenantRecord tenant = era.policy->image().tenant(era.policy->numberings().tenants.Own(run.tenant));
  tenant.tenant = run.tenant;
  desk->second.Ask(tenant, run.id.index, answers);
  StartReviews(reviewers);
}

void LiveRun::StartReviews(ReviewersId reviewers) {
  review::Desk& desk = desks_.at(reviewers);
  while (const std::optional<uint64_t> index = desk.Begin()) {
    Push(now() + desk.takes_ns(), What::kReviewEnds, runs_[*index].id, reviewers.value());
  }
}

void LiveRun::EndReview(engine::RunId run, ReviewersId reviewers) {
  desks_.at(reviewers).End();
  StartReviews(reviewers);
  // Each answer is another person's. A run that has left the desk meanwhile needs none.
  if (engine_->StatusOf(run).state != engine::RunState::kReview) return;
  const absl::Status answered =
      engine_->EndReview(run, engine::ReviewOutcome::kApproved, static_cast<uint32_t>(sequence_));
  BYLAW_CHECK(answered.ok(), "a run in review takes an answer");
  ++sequence_;
}

}  // namespace bylaw::cli
