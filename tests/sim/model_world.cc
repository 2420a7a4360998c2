// Model: what the published policy says, day by day.
#include <algorithm>

#include "tests/sim/model.h"

namespace bylaw::sim {

Model::Model(uint64_t seed, const SimulatedClock* clock)
    : profile_(ProfileOf(seed)), slot_lease_(SlotLeaseOf(seed)), kept_(IsKept(seed)), clock_(clock) {}

void Model::Publish(const Policy* policy) {
  const Policy* before = policies_.empty() ? nullptr : policies_.back();
  policies_.push_back(policy);
  epoch_ = static_cast<uint32_t>(policies_.size() - 1);
  revoked_.push_back(before == nullptr ? std::array<bool, kEndpoints>{} : revoked_.back());
  for (uint32_t e = 0; e < kEndpoints; ++e) {
    revoked_.back()[e] &= policy->endpoints[e].present;
    if (!policy->endpoints[e].present) windows_[e] = {};
    const bool was_present = before == nullptr || before->endpoints[e].present;
    relimited_endpoints_[e] |= policy->endpoints[e].quota > 0 && policy->endpoints[e].present != was_present;
  }
  money_.SetOrg(policy->org_budget);
  calendar_at_ = wall();
  for (uint32_t t = 0; t < kTenants; ++t) {
    Tenant& tenant = tenants_[t];
    const bool was_present = tenant.present;
    tenant.present = policy->tenants[t].present;
    if (tenant.present) {
      const auto now = [&](const PhaseTerms& phase) {
        return phase.tenant == t && phase.from <= calendar_at_ && calendar_at_ < phase.until;
      };
      const auto phase = std::find_if(policy->phases.begin(), policy->phases.end(), now);
      Apply(t, phase == policy->phases.end() ? policy->tenants[t] : phase->terms);
    } else if (was_present && before != nullptr) {  // ends what it has under its own last terms
      const auto limits = tenant.terms.limits;      // as they are: an exception's, perhaps
      tenant.terms = before->tenants[t];
      tenant.terms.limits = limits;
      tenant.burst.SetTerms(tenant.terms, tenant.at_once, now());
    }
  }
  ApplyGuarantees();
  for (const auto& run : live_) {
    Tenant& tenant = tenants_[run->tenant];
    if (run->state != RunState::kQueued || run->pool == tenant.terms.pool) continue;
    MoveTo(*run, RunState::kSuspended);
    Requeue(*run, /*held=*/false);
  }
  if (epoch_ > 0) return;
  relimited_tenants_ = {};
  relimited_endpoints_ = {};
  if (fairness()) MakeMonitors();
}

void Model::FollowCalendar() {
  const TimeNs before = calendar_at_;
  calendar_at_ = std::max(calendar_at_, wall());
  for (const PhaseTerms& phase : policy().phases) {
    if (before < phase.from && phase.from <= calendar_at_) Apply(phase.tenant, phase.terms);
    if (before < phase.until && phase.until <= calendar_at_) Apply(phase.tenant, policy().tenants[phase.tenant]);
  }
}

void Model::Apply(uint32_t t, const TenantTerms& terms) {
  Tenant& tenant = tenants_[t];
  tenant.moved |= !policies_.empty() && policies_.size() > 1 && tenant.terms.pool != terms.pool;
  relimited_tenants_[t] |= tenant.terms.limits != terms.limits;
  tenant.terms = terms;
  tenant.burst.SetTerms(terms, tenant.at_once, now());
  for (uint32_t kind = 0; kind < kLimitKinds; ++kind) {
    tenant.limits[kind].SetAmount(static_cast<LimitKind>(kind), terms.limits[kind]);
  }
  money_.SetTenant(t, terms.in_org, terms.budget_month);
}

// Half of a pool's room, divided by weight.
void Model::ApplyGuarantees() {
  for (uint32_t pool = 0; pool < kPools; ++pool) {
    uint64_t weights = 0;
    for (const TenantTerms& terms : policy().tenants) weights += terms.present && terms.pool == pool ? terms.weight : 0;
    for (uint32_t t = 0; t < kTenants; ++t) {
      const TenantTerms& terms = policy().tenants[t];
      if (!terms.present) tenants_[t].guaranteed = 0;
      if (!terms.present || terms.pool != pool) continue;
      tenants_[t].guaranteed = static_cast<uint32_t>(uint64_t{policy().room[pool] / 2} * terms.weight / weights);
    }
  }
}

void Model::MakeMonitors() {
  for (uint32_t pool = 0; pool < kPools; ++pool) {
    Monitor& monitor = monitors_[pool];
    std::vector<uint32_t> parents;
    const auto lives_here = [&](uint32_t t) { return tenants_[t].terms.pool == pool; };
    for (uint32_t t = 0; t < kTenants; ++t) {
      if (lives_here(t) && tenants_[t].terms.in_org && monitor.org == UINT32_MAX) {
        monitor.org = 0;
        parents.push_back(UINT32_MAX);
      }
    }
    for (uint32_t t = 0; t < kTenants; ++t) {
      if (!lives_here(t)) continue;
      monitor.node[t] = static_cast<uint32_t>(parents.size());
      parents.push_back(tenants_[t].terms.in_org ? monitor.org : UINT32_MAX);
    }
    monitor.monitor = std::make_unique<sched::FairnessMonitor>(parents);
  }
}

void Model::SyncMonitor(uint32_t pool) {
  Monitor& monitor = monitors_[pool];
  bool anyone_in_org = false;
  for (uint32_t t = 0; t < kTenants; ++t) {
    if (tenants_[t].terms.pool != pool) continue;
    const bool eligible = Eligible(t, /*bursting=*/false);
    monitor.monitor->SetEligible(monitor.node[t], eligible);
    anyone_in_org |= eligible && tenants_[t].terms.in_org;
  }
  if (monitor.org != UINT32_MAX) monitor.monitor->SetEligible(monitor.org, anyone_in_org);
  monitor.monitor->Observe();
  if (monitor.monitor->i1_violations() > 0) Wrong("one of two who always wait is ahead beyond the bound (I1)");
  if (monitor.monitor->i2_violations() > 0) Wrong("somebody is ahead of one who always waits, beyond the bound (I2)");
}

void Model::Observe() {
  for (uint32_t pool = 0; fairness() && pool < kPools; ++pool) SyncMonitor(pool);
}

bool Model::CountsSurely(uint32_t t, uint32_t resource) const {
  for (uint32_t kind = 0; kind < kLimitKinds; ++kind) {
    if (kLimitTerms[kind].resource == resource && tenants_[t].limits[kind].Leased(now())) return false;
  }
  return true;
}

void Model::CountCalls(uint32_t t, uint32_t resource, int64_t calls) {
  for (uint32_t kind = 0; kind < kLimitKinds; ++kind) {
    Limit& limit = tenants_[t].limits[kind];
    if (kLimitTerms[kind].resource != resource || kLimitTerms[kind].tokens || limit.amount() == 0) continue;
    int64_t in_line = 0;
    for (const auto& run : live_) in_line += run->tenant == t && InLine(*run, kind);
    for (int64_t i = 0; i < calls && limit.Fits(now(), wall(), in_line + 1, true); ++i) limit.Take(now(), wall(), 1);
  }
}

}  // namespace bylaw::sim
