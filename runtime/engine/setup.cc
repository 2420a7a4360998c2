// Engine: from an image to queues, accounts and estimators; and the small public calls.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {

Engine::State::State(const Clock* clock, audit::AuditSink* sink, const Options& options)
    : clock(clock), sink(sink), options(options), policies([this](std::unique_ptr<Edition> edition) {
        edition->held.End();
        policy::Retired& retired = edition->held.policy->retired();
        retired.Add(std::shared_ptr<const Edition>(std::move(edition)));
      }) {
  runs.Reserve(options.runs_expected);
  timers.Reserve(options.runs_expected);
  ledger.Expect(options.runs_expected, 8);
  texts.reserve(options.runs_expected);
  events.reserve(64);
  if (options.journal == nullptr) return;
  durable = std::make_unique<Durable>(options.journal);
  durable->runs.resize(options.runs_expected);
  rates.KeepLeases(options.lease_rate_ppm);
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(std::shared_ptr<const abi::PolicyImage> image,
                                                       const Clock* clock, audit::AuditSink* sink,
                                                       const Options& options) {
  absl::StatusOr<std::shared_ptr<const Policy>> policy = Policy::Prepare(std::move(image));
  if (!policy.ok()) return policy.status();
  auto state = std::make_unique<State>(clock, sink, options);
  state->Publish(HeldPolicy(*std::move(policy), state->policies.next(), sink));
  if (state->durable != nullptr) {
    if (absl::Status status = state->Recover(); !status.ok()) return status;
  }
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() {
  // What is retired holds the list that it is on.
  if (state_->current != nullptr) state_->current->held.policy->FreeRetired();
}

SubmitResult Engine::Submit(TenantId tenant, WorkflowId workflow, std::span<const Value> inputs,
                            std::optional<abi::Lane> lane) {
  return state_->Submit(tenant, workflow, inputs, lane);
}

std::optional<Turn> Engine::Next(PoolId pool) {
  return pool.index() < state_->pools.size() ? state_->Next(pool.value()) : std::nullopt;
}

StepId Engine::NextStep(RunId run) const {
  const Run* found = state_->runs.Find(run);
  if (found == nullptr) return StepId::None();
  state_->PrefetchStep(*found);
  return state_->StepOf(*found);
}

void Engine::Prefetch(std::span<const RunId> runs) const { state_->Prefetch(runs); }

StepDecision Engine::BeginStep(RunId run, StepId step, const Estimate& estimate) {
  if (state_->runs.Find(run) == nullptr) {
    StepDecision gone{abi::ProceedDecision(), state_->current->epoch};
    gone.verdict = static_cast<uint8_t>(abi::Verdict::kDeny);
    return gone;
  }
  const StepDecision decision = state_->BeginStep(run.index, step, estimate);
  if (decision.verdict != static_cast<uint8_t>(abi::Verdict::kProceed)) state_->NoteRun(run);
  return decision;
}

After Engine::EndStep(RunId run, const Usage& actual, Outcome outcome, std::span<const Value> outputs) {
  if (state_->runs.Find(run) == nullptr) return {};
  const After after = state_->EndStep(run.index, actual, outcome, outputs);
  state_->NoteRun(run);
  return after;
}

RunReport Engine::Finish(RunId run) {
  if (state_->runs.Find(run) == nullptr) return {};
  return state_->Finish(run.index);
}

absl::Status Engine::EndReview(RunId run, ReviewOutcome outcome, uint32_t who, std::span<const Value> outputs) {
  const absl::Status status = state_->EndReview(run, outcome, who, outputs);
  state_->NoteRun(run);
  return status;
}

absl::Status Engine::Resume(RunId run) {
  const Run* found = state_->runs.Find(run);
  if (found == nullptr) return absl::NotFoundError("no such run");
  if (found->state != RunState::kSuspended) return absl::FailedPreconditionError("the run is not suspended");
  if (!state_->tenants[found->tenant.index()].home.node.valid()) {
    return absl::FailedPreconditionError("the run's tenant has no legal pool under the published policy");
  }
  state_->WakeSuspended(run.index);
  return absl::OkStatus();
}

absl::Status Engine::Cancel(RunId run) {
  if (state_->runs.Find(run) == nullptr) return absl::NotFoundError("no such run");
  state_->End(run.index, abi::Verdict::kDeny, abi::Reason::kNone);
  return absl::OkStatus();
}

void Engine::SetEndpointUp(EndpointId endpoint, bool up) { state_->SetUp(endpoint, up); }
void Engine::Revoke(EndpointId endpoint) { state_->Revoke(endpoint); }
void Engine::Revoke(ResourceId resource) { state_->Revoke(resource); }

void Engine::Poll() { state_->Poll(); }
TimeNs Engine::NextEventTime() const { return state_->NextEventTime(); }
const abi::PolicyImage& Engine::image() const { return state_->current->held.image(); }

RunStatus Engine::StatusOf(RunId run) const {
  RunStatus status;
  const Run* found = state_->runs.Find(run);
  if (found == nullptr) return status;
  status.state = found->state;
  status.tenant = found->tenant;
  status.workflow = found->edition->held.numberings().workflows.Known(found->plan->workflow);
  status.epoch = found->edition->epoch;
  status.step = state_->StepOf(*found);
  status.attempt = found->attempt;
  status.submitted_at_ns = found->submitted_at;
  status.wakes_at_ns = state_->timers.TimeOf(run.index);
  const budget::Account* account = state_->ledger.workflow(found->account);
  status.spent_micros = account == nullptr ? 0 : account->spent;
  status.last = state_->Told(*found, found->last, found->last_epoch);
  if (state_->durable != nullptr) status.name = state_->durable->RunAt(run.index).name;
  return status;
}

std::vector<RunId> Engine::Runs() const {
  std::vector<RunId> in_flight;
  for (uint32_t index = 0; index < state_->runs.size(); ++index) {
    if (state_->runs[index].state != RunState::kGone) in_flight.push_back(state_->IdOf(index));
  }
  return in_flight;
}

std::optional<abi::SlotValue> Engine::ValueOf(RunId run, uint32_t slot) const {
  const Run* found = state_->runs.Find(run);
  if (found == nullptr || slot >= found->plan->slot_positions.size()) return std::nullopt;
  if ((state_->PresentOf(*found)[slot / 64] >> (slot % 64) & 1) == 0) return std::nullopt;
  return state_->ValuesOf(*found)[slot];
}

sched::NodeCounters Engine::CountersOf(TenantId tenant) const { return state_->CountersOf(tenant); }

uint32_t Engine::SlotsInUse(PoolId pool) const { return state_->pools[pool.index()].queue->slots_in_use(); }
uint32_t Engine::Waiting(PoolId pool) const { return state_->pools[pool.index()].queue->waiting(); }
uint32_t Engine::RunsInFlight() const { return state_->runs.in_use(); }

}  // namespace bylaw::engine
