// Engine: what the published policy says of pools, orgs, endpoints and tenants, applied to what is counted of them.
#include <algorithm>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {
namespace {

// Only a policy refuses: the other strategies take whatever comes, as the platforms that use them do.
bool WithBackpressure(const Options& options) { return options.strategy == sched::Strategy::kPolicy; }

uint64_t HomeKey(TenantId tenant, OrgId org) { return uint64_t{tenant.value()} << 32 | org.value(); }

}  // namespace

// A pool that the policy no longer has keeps its queue without slots: its last turns end there.
void Engine::State::ApplyPools(TimeNs now) {
  const HeldPolicy& held = current->held;
  for (uint32_t i = 0; i < pools.size(); ++i) {
    PoolState& pool = pools[i];
    const PoolId own = held.numberings().pools.Own(PoolId(i));
    const uint32_t slots = own.valid() ? held.image().pools[own.index()].slots : 0;
    const uint32_t room = own.valid() ? held.image().pools[own.index()].room : 0;
    if (pool.queue == nullptr) {
      sched::Options queue_options;
      queue_options.strategy = options.strategy;
      queue_options.slots = slots;
      if (WithBackpressure(options)) queue_options.room = room;
      pool.queue = std::make_unique<sched::FairQueue>(queue_options);
      pool.tenant_of_node.push_back(TenantId::None());
      pool.org_of_node.push_back(OrgId::None());
      pool.slots = slots;
      continue;
    }
    if (own.valid() && WithBackpressure(options)) pool.queue->SetRoom(room);
    if (slots != pool.slots) pool.queue->SetSlots(slots, now);
    pool.slots = slots;
  }
}

void Engine::State::ApplyOrgs(TimeNs now) {
  const HeldPolicy& held = current->held;
  for (uint32_t i = 0; i < orgs.size(); ++i) {
    const OrgId own = held.numberings().orgs.Own(OrgId(i));
    if (!own.valid()) continue;  // its last members leave it; until then it is what it was
    const abi::OrgInfo& info = held.image().orgs[own.index()];
    ledger.SetOrg(OrgId(i), info.budget_month_micros);
    OrgState& org = orgs[i];
    org.terms = {.weight = info.weight, .cap = info.cap};
    uint32_t at_once = 0;
    for (const QueueNode& part : org.parts) {
      pools[part.pool].queue->SetOrg(part.node, org.terms, now);
      at_once += pools[part.pool].queue->Counters(part.node).at_once;
    }
    org.ceiling = std::max(info.cap, at_once);
  }
}

void Engine::State::ApplyEndpoints() {
  const HeldPolicy& held = current->held;
  for (const EndpointId known : held.policy->parts().endpoints) {
    const EndpointId own = held.numberings().endpoints.Own(known);
    if (own.valid()) {
      if (rates.SetEndpoint(known, held.image().endpoints[own.index()].quotas)) relimited_endpoints.push_back(known);
    } else if (rates.SetEndpoint(known, {})) {
      relimited_endpoints.push_back(known);
    }
  }
}

sched::TenantOptions Engine::State::TermsOf(const Policy& policy, const abi::TenantRecord& record) const {
  const abi::PolicyImage& image = policy.image();
  const PoolId pool = image.shapes[record.shape.index()].pool;
  sched::TenantOptions terms;
  terms.weight = std::max<uint32_t>(1, record.weight);
  terms.cap = record.cap;
  terms.burst_ceiling = record.burst_to;
  terms.burst_duration_ns = record.burst_for_ns;
  if (WithBackpressure(options) && pool.valid()) {
    terms.waiting_max = record.waiting_max;
    // By the tenant's own weight and pool, whatever an exception says, so that the parts never exceed the room.
    const abi::TenantRecord& own = image.tenant(record.tenant);
    const uint64_t weight = std::min<uint64_t>(terms.weight, std::max<uint32_t>(1, own.weight));
    if (image.shapes[own.shape.index()].pool == pool) {
      terms.guaranteed =
          sched::GuaranteedShare(image.pools[pool.index()].room, weight, policy.parts().pool_weights[pool.index()]);
    }
  }
  terms.slots_min = record.slots_min;
  terms.urgent_share_ppm = record.lane_share_ppm[static_cast<size_t>(abi::Lane::kUrgent)];
  return terms;
}

bool Engine::State::ApplyTenant(TenantId tenant, const Policy* before, TimeNs now) {
  const abi::TenantRecord* record = RecordNow(tenant);
  if (record == nullptr) {
    RetireTenant(tenant, before, now);
    return false;
  }
  const HeldPolicy& held = current->held;
  const OrgId org = held.numberings().orgs.Known(record->org);
  const PoolId pool = held.numberings().pools.Known(held.image().shapes[record->shape.index()].pool);
  ledger.SetTenant(tenant, org, record->budget_month_micros);
  ApplyLimits(tenant, *record);
  TenantState& state = tenants[tenant.index()];
  const sched::TenantOptions terms = TermsOf(*held.policy, *record);
  const bool stays = state.home.node.valid() && state.home.pool == pool.value() && state.org == org;
  if (stays && abi::Planted(abi::PlantedBug::kCapsFrozenByReload)) return false;
  if (stays && !abi::Planted(abi::PlantedBug::kTagsResetByReload)) {
    SetTerms(tenant, terms, now);
    return false;
  }
  const bool had_home = state.home.node.valid();
  if (had_home) LeaveHome(tenant, now);
  state.org = org;
  FindHome(tenant, pool, org, terms, now);
  SetTerms(tenant, terms, now);
  return had_home;
}

void Engine::State::SetTerms(TenantId tenant, const sched::TenantOptions& terms, TimeNs now) {
  const TenantState& state = tenants[tenant.index()];
  if (!state.home.node.valid()) return;
  pools[state.home.pool].queue->SetTenant(state.home.node, terms, now);
  if (!state.moved) return;
  former_homes[tenant.value()].terms = terms;
  ShareTenantCap(tenant);
}

void Engine::State::ApplyLimits(TenantId tenant, const abi::TenantRecord& record) {
  const HeldPolicy& held = current->held;
  limits.assign(held.image().rates.begin() + record.rates_begin, held.image().rates.begin() + record.rates_end);
  for (abi::RateSpec& spec : limits) spec.resource = held.numberings().resources.Known(spec.resource);
  if (rates.SetTenant(tenant, limits)) relimited_tenants.push_back(tenant);
}

// A tenant that the policy no longer has sends nothing new. What it has in flight ends under its own policy; windows,
// budgets and debts stay, so that taking a tenant out and in again gives it nothing.
void Engine::State::RetireTenant(TenantId tenant, const Policy* before, TimeNs now) {
  const TenantId own = before == nullptr ? TenantId::None() : before->numberings().tenants.Own(tenant);
  const TenantState& state = tenants[tenant.index()];
  if (!own.valid() || !state.home.node.valid()) return;
  sched::TenantOptions terms = TermsOf(*before, before->image().tenant(own));
  terms.guaranteed = 0;
  SetTerms(tenant, terms, now);
}

// The old home's node stays, for the runs that count there and in case the tenant comes back; it promises no room.
void Engine::State::LeaveHome(TenantId tenant, TimeNs now) {
  TenantState& state = tenants[tenant.index()];
  PoolState& pool = pools[state.home.pool];
  pool.left_nodes[HomeKey(tenant, state.org)] = state.home.node;
  pool.queue->SetTenant(state.home.node, {}, now);
  pool.queue->SetGate(state.home.node, sched::Gate::kPaused, false, now);
  former_homes[tenant.value()].nodes.push_back(state.home);
  state.moved = true;
  state.home = {};
}

void Engine::State::FindHome(TenantId tenant, PoolId pool, OrgId org, const sched::TenantOptions& terms, TimeNs now) {
  if (!pool.valid()) return;
  TenantState& state = tenants[tenant.index()];
  PoolState& place = pools[pool.index()];
  state.home.pool = pool.value();
  const auto left = place.left_nodes.find(HomeKey(tenant, org));
  if (left != place.left_nodes.end() && !abi::Planted(abi::PlantedBug::kTagsResetByReload)) {
    state.home.node = left->second;
    place.left_nodes.erase(left);
    if (const auto former = former_homes.find(tenant.value()); former != former_homes.end()) {
      std::erase(former->second.nodes, state.home);
    }
    return;
  }
  const sched::NodeId parent = org.valid() ? OrgNode(pool, org) : sched::FairQueue::root();
  state.home.node = place.queue->AddTenant(parent, terms, now);
  place.tenant_of_node.push_back(tenant);
  place.org_of_node.push_back(org);
}

// The org's node in this pool, made when its first member works there.
sched::NodeId Engine::State::OrgNode(PoolId pool, OrgId org) {
  PoolState& place = pools[pool.index()];
  if (place.org_nodes.size() <= org.index()) place.org_nodes.resize(orgs.size());
  sched::NodeId& node = place.org_nodes[org.index()];
  if (node.valid()) return node;
  node = place.queue->AddOrg(orgs[org.index()].terms);
  place.tenant_of_node.push_back(TenantId::None());
  place.org_of_node.push_back(org);
  orgs[org.index()].parts.push_back({pool.value(), node});
  return node;
}

// Both caps that more than one queue node shares.
void Engine::State::ShareCaps(const Run& run) {
  if (tenants[run.tenant.index()].moved) ShareTenantCap(run.tenant);
  if (const OrgId org = pools[run.pool].org_of_node[run.node.index()]; org.valid()) ShareOrgCap(org);
}

// INVARIANT(together): an org's runs at once, over all pools, are at most its cap: its cap in each pool is what the
// others leave of it. (More may be running when a cap is lowered; they end, and no other begins.)
void Engine::State::ShareOrgCap(OrgId id) {
  OrgState& org = orgs[id.index()];
  if (!org.spread() || abi::Planted(abi::PlantedBug::kOrgCapPerPool)) return;
  uint32_t at_once = 0;
  for (const QueueNode& part : org.parts) at_once += pools[part.pool].queue->Counters(part.node).at_once;
  org.ceiling = std::max(org.terms.cap, std::min(org.ceiling, at_once));
  for (const QueueNode& part : org.parts) {
    sched::FairQueue& queue = *pools[part.pool].queue;
    const uint32_t elsewhere = at_once - queue.Counters(part.node).at_once;
    queue.SetOrg(part.node, {.weight = org.terms.weight, .cap = org.terms.cap - std::min(org.terms.cap, elsewhere)},
                 Now());
  }
}

// The same for a tenant that has left homes: its cap where it lives now is what its last runs there leave of it.
void Engine::State::ShareTenantCap(TenantId tenant) {
  TenantState& state = tenants[tenant.index()];
  FormerHomes& former = former_homes[tenant.value()];
  std::erase_if(former.nodes, [this](const QueueNode& left) {
    const sched::NodeCounters counters = pools[left.pool].queue->Counters(left.node);
    return counters.at_once == 0 && counters.waiting == 0;
  });
  uint32_t elsewhere = 0;
  for (const QueueNode& left : former.nodes) elsewhere += pools[left.pool].queue->Counters(left.node).at_once;
  sched::TenantOptions terms = former.terms;
  state.moved = !former.nodes.empty();
  if (!state.moved) former_homes.erase(tenant.value());
  if (!state.home.node.valid() || options.strategy != sched::Strategy::kPolicy) return;
  sched::FairQueue& queue = *pools[state.home.pool].queue;
  const TimeNs now = Now();
  queue.SetGate(state.home.node, sched::Gate::kPaused, elsewhere >= terms.cap, now);
  if (elsewhere > 0) {
    terms.burst_ceiling = 0;
    if (terms.cap != sched::kUnlimited) terms.cap -= std::min(elsewhere, terms.cap - 1);
  }
  queue.SetTenant(state.home.node, terms, now);
}

}  // namespace bylaw::engine
