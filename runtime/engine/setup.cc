// Engine: from an image to queues, accounts and estimators; and the small public calls.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {
namespace {

// Only a policy refuses: the other strategies take whatever comes, as the platforms that use them do.
bool WithBackpressure(const Options& options) { return options.strategy == sched::Strategy::kPolicy; }

}  // namespace

Engine::State::State(std::shared_ptr<const abi::PolicyImage> image, policy::Store published, RateGate rate_gate,
                     const Clock* clock, audit::AuditSink* sink, const Options& options)
    : clock(clock),
      sink(sink),
      options(options),
      current(std::move(image)),
      tables(std::make_unique<Tables>(*current)),
      store(std::move(published)),
      overlay(*current),
      masks(*current),
      rates(std::move(rate_gate)) {
  MakePools();
  MakeTenants();
  runs.Reserve(options.runs_expected);
  timers.Reserve(options.runs_expected);
  ledger.Expect(options.runs_expected, 8);
  events.reserve(64);
  sink->BeginEpoch(store.current(), current);
  if (options.journal == nullptr) return;
  durable = std::make_unique<Durable>(options.journal);
  durable->tenants.resize(current->tenants.size());
  durable->orgs.resize(current->orgs.size());
  durable->runs.resize(options.runs_expected);
}

void Engine::State::MakePools() {
  for (const abi::PoolInfo& info : current->pools) {
    sched::Options queue_options;
    queue_options.strategy = options.strategy;
    queue_options.slots = info.slots;
    if (WithBackpressure(options)) queue_options.room = info.room;
    pools.push_back(
        {.queue = std::make_unique<sched::FairQueue>(queue_options), .tenant_of_node = {}, .org_of_node = {}});
    pools.back().tenant_of_node.push_back(TenantId::None());
    pools.back().org_of_node.push_back(OrgId::None());
  }
}

void Engine::State::MakeTenants() {
  const abi::PolicyImage& image = *current;
  tenants.resize(image.tenants.size());
  std::vector<uint64_t> weights(pools.size());
  for (const abi::TenantRecord& record : image.tenants) {
    const PoolId pool = image.shapes[record.shape.index()].pool;
    if (pool.valid()) weights[pool.index()] += record.weight;
  }
  std::vector<std::vector<sched::NodeId>> org_nodes(pools.size(), std::vector<sched::NodeId>(image.orgs.size()));
  for (size_t i = 0; i < image.orgs.size(); ++i) {
    ledger.SetOrg(OrgId(static_cast<uint32_t>(i)), image.orgs[i].budget_month_micros);
  }
  const TimeNs now = Now();
  for (size_t i = 0; i < image.tenants.size(); ++i) {
    const abi::TenantRecord& record = image.tenants[i];
    ledger.SetTenant(TenantId(static_cast<uint32_t>(i)), record.org, record.budget_month_micros);
    for (const abi::WorkflowInfo& info : image.workflows) {
      const size_t workflow = static_cast<size_t>(&info - image.workflows.data());
      estimators.emplace_back(tables->workflow(WorkflowId(static_cast<uint32_t>(workflow))).takes_about_ns);
    }
    const PoolId pool = image.shapes[record.shape.index()].pool;
    if (!pool.valid()) continue;
    PoolState& state = pools[pool.index()];
    sched::NodeId parent = sched::FairQueue::root();
    if (record.org.valid()) {
      sched::NodeId& org = org_nodes[pool.index()][record.org.index()];
      if (!org.valid()) {
        const abi::OrgInfo& info = image.orgs[record.org.index()];
        org = state.queue->AddOrg({.weight = info.weight, .cap = info.cap});
        state.tenant_of_node.push_back(TenantId::None());
        state.org_of_node.push_back(record.org);
      }
      parent = org;
    }
    sched::TenantOptions terms;
    terms.weight = std::max<uint32_t>(1, record.weight);
    terms.cap = record.cap;
    terms.burst_ceiling = record.burst_to;
    terms.burst_duration_ns = record.burst_for_ns;
    if (WithBackpressure(options)) {
      terms.waiting_max = record.waiting_max;
      terms.guaranteed = sched::GuaranteedShare(image.pools[pool.index()].room, terms.weight, weights[pool.index()]);
    }
    terms.urgent_share_ppm = record.lane_share_ppm[static_cast<size_t>(abi::Lane::kUrgent)];
    tenants[i] = {.pool = pool.value(), .node = state.queue->AddTenant(parent, terms, now)};
    state.tenant_of_node.push_back(TenantId(static_cast<uint32_t>(i)));
    state.org_of_node.push_back(OrgId::None());
  }
  MakeSpreadOrgs(org_nodes);
}

void Engine::State::MakeSpreadOrgs(const std::vector<std::vector<sched::NodeId>>& org_nodes) {
  std::vector<uint32_t> spread_of(current->orgs.size(), UINT32_MAX);
  for (size_t org = 0; org < current->orgs.size(); ++org) {
    const abi::OrgInfo& info = current->orgs[org];
    SpreadOrg spread{.terms = {.weight = info.weight, .cap = info.cap}, .parts = {}};
    for (uint32_t pool = 0; pool < pools.size(); ++pool) {
      if (org_nodes[pool][org].valid()) spread.parts.push_back({pool, org_nodes[pool][org]});
    }
    if (info.cap == abi::kUnlimited || spread.parts.size() < 2) continue;
    spread_of[org] = static_cast<uint32_t>(spread_orgs.size());
    spread_orgs.push_back(std::move(spread));
  }
  for (const abi::TenantRecord& record : current->tenants) {
    if (record.org.valid()) tenants[record.tenant.index()].spread_org = spread_of[record.org.index()];
  }
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(std::shared_ptr<const abi::PolicyImage> image,
                                                       const Clock* clock, audit::AuditSink* sink,
                                                       const Options& options) {
  policy::Store store;
  if (absl::Status status = store.Publish(image); !status.ok()) return status;
  absl::StatusOr<RateGate> rates = RateGate::Create(*image);
  if (!rates.ok()) return rates.status();
  auto state = std::make_unique<State>(std::move(image), std::move(store), *std::move(rates), clock, sink, options);
  if (state->durable != nullptr) {
    if (absl::Status status = state->Recover(); !status.ok()) return status;
  }
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

SubmitResult Engine::Submit(TenantId tenant, WorkflowId workflow, std::span<const Value> inputs,
                            std::optional<abi::Lane> lane) {
  return state_->Submit(tenant, workflow, inputs, lane);
}

std::optional<Turn> Engine::Next(PoolId pool) { return state_->Next(pool.value()); }

StepId Engine::NextStep(RunId run) const {
  const Run* found = state_->runs.Find(run);
  return found == nullptr ? StepId::None() : state_->StepOf(*found);
}

abi::Decision Engine::BeginStep(RunId run, StepId step, const Estimate& estimate) {
  if (state_->runs.Find(run) == nullptr) {
    abi::Decision gone = abi::ProceedDecision();
    gone.verdict = static_cast<uint8_t>(abi::Verdict::kDeny);
    return gone;
  }
  const abi::Decision decision = state_->BeginStep(run.index, step, estimate);
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
  state_->WakeSuspended(run.index);
  return absl::OkStatus();
}

absl::Status Engine::Cancel(RunId run) {
  if (state_->runs.Find(run) == nullptr) return absl::NotFoundError("no such run");
  state_->End(run.index, abi::Verdict::kDeny, abi::Reason::kNone);
  return absl::OkStatus();
}

void Engine::SetEndpointUp(EndpointId endpoint, bool up) {
  if (state_->overlay.SetUp(endpoint, up) && up) state_->WakeAllSuspended(/*only_health=*/true);
}

void Engine::Revoke(EndpointId endpoint) {
  if (!state_->overlay.Revoke(endpoint)) return;
  audit::Record record;
  record.wall_ns = state_->clock->WallNow();
  record.epoch = state_->store.current();
  record.event = audit::Event::kRevocation;
  record.endpoint = endpoint.value();
  state_->Write(record);
}

void Engine::Revoke(ResourceId resource) {
  if (!state_->overlay.Revoke(resource)) return;
  audit::Record record;
  record.wall_ns = state_->clock->WallNow();
  record.epoch = state_->store.current();
  record.event = audit::Event::kRevocation;
  record.resource = resource.value();
  state_->Write(record);
}

void Engine::Poll() { state_->Poll(); }
TimeNs Engine::NextEventTime() const { return state_->NextEventTime(); }
const abi::PolicyImage& Engine::image() const { return *state_->current; }

RunStatus Engine::StatusOf(RunId run) const {
  RunStatus status;
  const Run* found = state_->runs.Find(run);
  if (found == nullptr) return status;
  status.state = found->state;
  status.tenant = found->record->tenant;
  status.workflow = found->plan->workflow;
  status.step = state_->StepOf(*found);
  status.attempt = found->attempt;
  status.submitted_at_ns = found->submitted_at;
  status.wakes_at_ns = state_->timers.TimeOf(run.index);
  const budget::Account* account = state_->ledger.workflow(found->account);
  status.spent_micros = account == nullptr ? 0 : account->spent;
  status.last = found->last;
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

sched::NodeCounters Engine::CountersOf(TenantId tenant) const {
  const TenantState& state = state_->tenants[tenant.index()];
  return state.node.valid() ? state_->pools[state.pool].queue->Counters(state.node) : sched::NodeCounters{};
}

uint32_t Engine::SlotsInUse(PoolId pool) const { return state_->pools[pool.index()].queue->slots_in_use(); }
uint32_t Engine::Waiting(PoolId pool) const { return state_->pools[pool.index()].queue->waiting(); }
uint32_t Engine::RunsInFlight() const { return state_->runs.in_use(); }

}  // namespace bylaw::engine
