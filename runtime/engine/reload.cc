// Engine: another policy becomes the published one.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {

void Engine::State::Publish(HeldPolicy next) {
  const TimeNs now = Now();
  // Kept until the end: what left the policy is told by its old terms.
  std::shared_ptr<const Policy> before = policies.empty() ? nullptr : current->held.policy;
  current = &policies.Publish(std::move(next));
  std::vector<PhaseChange> excepted = changes;
  MakePhases();
  excepted.insert(excepted.end(), changes.begin(), changes.end());
  rates.SetPolicy(current->held.image().time_zone, now);
  GrowTables();
  InheritOverlay();
  ApplyPools(now);
  ApplyOrgs(now);
  ApplyEndpoints();
  bool moved = false;
  for (const TenantId tenant : current->held.policy->parts().tenants) moved |= ApplyTenant(tenant, before.get(), now);
  for (const PhaseChange& change : excepted) moved |= ApplyTenant(change.tenant, before.get(), now);
  for (size_t org = 0; org < orgs.size(); ++org) ShareOrgCap(OrgId(static_cast<uint32_t>(org)));
  if (moved) MoveQueuedRuns();
  WakeRelimited();
  for (const auto& edition : policies.editions()) edition->held.links.clear();
  for (uint32_t pool = 0; pool < pools.size(); ++pool) WriteSchedulerEvents(pool);
  if (before != nullptr) current->held.policy->retired().Add(std::move(before));
}

absl::Status Engine::State::Reload(const std::shared_ptr<const Policy>& next) {
  if (next == nullptr) return absl::InvalidArgumentError("there is no policy to publish");
  if (next->parts().after.lock() != current->held.policy) {
    return absl::AbortedError("this policy was prepared to follow another one than is published now");
  }
  HeldPolicy held(next, policies.next(), sink);
  audit::Record record;
  record.wall_ns = clock->WallNow();
  record.event = audit::Event::kReload;
  record.epoch = policies.next();
  if (!Write(record)) return absl::UnavailableError("the reload cannot be recorded");
  Publish(std::move(held));
  next_date_wall = suspended_head == kNoRun ? kForeverNs : NextDateWall(clock->WallNow());
  WakeAllSuspended(/*only_health=*/false);
  return absl::OkStatus();
}

void Engine::State::GrowTables() {
  const policy::Directory& names = current->held.policy->names();
  tenants.resize(names.tenants.size());
  orgs.resize(names.orgs.size());
  pools.resize(names.pools.size());
  down.resize(names.endpoints.size());
  revoked.resize(names.endpoints.size());
  revoked_resources.resize(names.resources.size());
  GrowEstimators();
  if (durable == nullptr) return;
  durable->tenants.resize(tenants.size());
  durable->orgs.resize(orgs.size());
}

// What has been learned of a workflow is kept; what is new is expected to take what it declares.
void Engine::State::GrowEstimators() {
  const policy::Directory& names = current->held.policy->names();
  const Tables& tables = current->held.policy->parts().tables;
  const size_t columns = names.workflows.size();
  const size_t rows_before = estimator_columns == 0 ? 0 : estimators.size() / estimator_columns;
  if (columns == estimator_columns && rows_before == tenants.size()) return;
  std::vector<DurationNs> declared(columns);
  for (uint32_t i = 0; i < columns; ++i) {
    const WorkflowId own = current->held.numberings().workflows.Own(WorkflowId(i));
    if (own.valid()) declared[i] = tables.workflow(own).takes_about_ns;
  }
  std::vector<sched::CostEstimator> grown;
  grown.reserve(tenants.size() * columns);
  for (size_t row = 0; row < tenants.size(); ++row) {
    for (size_t column = 0; column < columns; ++column) {
      const bool known = row < rows_before && column < estimator_columns;
      grown.push_back(known ? estimators[row * estimator_columns + column] : sched::CostEstimator(declared[column]));
    }
  }
  estimators = std::move(grown);
  estimator_columns = columns;
}

// Health and revocations hold over a reload; a revocation of a name that the policy no longer has is done with.
void Engine::State::InheritOverlay() {
  HeldPolicy& held = current->held;
  const abi::PolicyImage& image = held.image();
  for (uint32_t i = 0; i < revoked.size(); ++i) {
    revoked[i] = revoked[i] && held.numberings().endpoints.Own(EndpointId(i)).valid();
  }
  for (uint32_t i = 0; i < revoked_resources.size(); ++i) {
    revoked_resources[i] = revoked_resources[i] && held.numberings().resources.Own(ResourceId(i)).valid();
  }
  for (uint32_t i = 0; i < image.endpoints.size(); ++i) {
    const EndpointId own(i);
    const EndpointId known = held.numberings().endpoints.Known(own);
    const ResourceId resource = held.numberings().resources.Known(image.endpoints[i].resource);
    held.overlay.SetUp(own, !down[known.index()] || abi::Planted(abi::PlantedBug::kHealthLostByReload));
    if (abi::Planted(abi::PlantedBug::kRevocationLostByReload)) continue;
    if (revoked[known.index()] || (resource.valid() && revoked_resources[resource.index()])) held.overlay.Revoke(own);
  }
}

// Queued runs whose tenant has another home now wait there, with their place in time.
void Engine::State::MoveQueuedRuns() {
  if (abi::Planted(abi::PlantedBug::kQueuedLeftBehind)) return;
  const TimeNs now = Now();
  for (uint32_t index = 0; index < runs.size(); ++index) {
    Run& run = runs[index];
    if (run.state != RunState::kQueued || QueueNode{run.pool, run.node} == tenants[run.tenant.index()].home) continue;
    BYLAW_CHECK(QueueOf(run).Cancel(run.ticket, now), "a queued run waits in its queue");
    ShareCaps(run);
    Requeue(index, /*held=*/false);
  }
}

// Who waits on a limit that is another now, or has another number, asks again, from its place in line.
void Engine::State::WakeRelimited() {
  if (runs.in_use() > 0 && !(relimited_tenants.empty() && relimited_endpoints.empty())) {
    std::vector<bool> of_tenant(tenants.size()), of_endpoint(down.size());
    for (const TenantId tenant : relimited_tenants) of_tenant[tenant.index()] = true;
    for (const EndpointId endpoint : relimited_endpoints) of_endpoint[endpoint.index()] = true;
    for (uint32_t index = 0; index < runs.size(); ++index) {
      const Run& run = runs[index];
      if (run.state != RunState::kWaiting || run.last.endpoint == abi::kNoId) continue;
      const EndpointId endpoint = run.edition->held.numberings().endpoints.Known(EndpointId(run.last.endpoint));
      if (!of_tenant[run.tenant.index()] && !of_endpoint[endpoint.index()]) continue;
      timers.Cancel(index);
      Requeue(index, /*held=*/true);
    }
  }
  relimited_tenants.clear();
  relimited_endpoints.clear();
}

absl::Status Engine::Reload(const std::shared_ptr<const Policy>& next) { return state_->Reload(next); }

absl::Status Engine::Reload(std::shared_ptr<const abi::PolicyImage> image) {
  absl::StatusOr<std::shared_ptr<const Policy>> next = Policy::Prepare(std::move(image), state_->current->held.policy);
  return next.ok() ? state_->Reload(*next) : next.status();
}

const std::shared_ptr<const Policy>& Engine::policy() const { return state_->current->held.policy; }
policy::Epoch Engine::epoch() const { return state_->current->epoch; }

std::shared_ptr<const Policy> Engine::PolicyAt(policy::Epoch epoch) const {
  const Edition* edition = state_->policies.Find(epoch);
  return edition == nullptr ? nullptr : edition->held.policy;
}

}  // namespace bylaw::engine
