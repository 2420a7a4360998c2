// Model: who may wait, who gets a slot, and what is counted of them.
#include <algorithm>

#include "fmt/format.h"
#include "tests/sim/model.h"

namespace bylaw::sim {
namespace {

// What a lane adds to the time at which a run came, when a tenant's runs are compared.
constexpr std::array<DurationNs, 3> kLaneOffsets = {0, 5 * kMinuteNs, kHourNs};

}  // namespace

ModelRun* Model::Find(engine::RunId id) {
  if (id.index >= by_index_.size() || by_index_[id.index] >= live_.size()) return nullptr;
  ModelRun* run = live_[by_index_[id.index]].get();
  return run->id == id ? run : nullptr;
}

ModelRun* Model::FindLabel(uint32_t label) {
  const auto found = std::find_if(live_.begin(), live_.end(), [&](const auto& run) { return run->label == label; });
  return found == live_.end() ? nullptr : found->get();
}

ModelRun* Model::FindRecorded(const audit::Record& record) {
  if (!kept_) return Find({record.run, record.run_generation});
  const durable::RunName name = {record.run_boot, record.run, record.run_generation};
  const auto found = std::find_if(live_.begin(), live_.end(), [&](const auto& run) { return run->name == name; });
  return found == live_.end() ? nullptr : found->get();
}

// q < g + φ/Σφ · (free shared), Σ over tenants with work waiting, this one included; and the tenant's own maximum.
bool Model::Admits(uint32_t asking) const {
  const Tenant& tenant = tenants_[asking];
  const uint32_t pool = tenant.terms.pool;
  int64_t active = 0, free = policy().room[pool];
  for (uint32_t t = 0; t < kTenants; ++t) {
    if (tenants_[t].terms.pool != pool) continue;
    if (t == asking || tenants_[t].queued > 0) active += tenants_[t].terms.weight;
    free -= std::max(tenants_[t].guaranteed, tenants_[t].queued);
  }
  if (tenant.queued >= tenant.terms.waiting_max) return false;
  if (tenant.queued < tenant.guaranteed) return true;
  return int64_t{tenant.queued - tenant.guaranteed} * active < tenant.terms.weight * std::max<int64_t>(free, 0);
}

bool Model::Accepts(uint32_t t, uint32_t workflow) {
  const Tenant& tenant = tenants_[t];
  if (sink_failed_ || !tenant.present) return false;
  const int64_t floor = policy().FloorBefore(t, workflow, 0);
  return money_.Accepts(t, floor, tenant.terms.budget_run, Month()) && Admits(t);
}

ModelRun& Model::Submitted(uint32_t label, engine::RunId id, uint32_t tenant, uint32_t workflow, abi::Lane lane) {
  auto run = std::make_unique<ModelRun>();
  run->label = label;
  run->id = id;
  run->tenant = tenant;
  run->workflow = workflow;
  run->lane = lane;
  run->submitted = now();
  run->epoch = epoch_;
  run->state = RunState::kGone;
  run->pool = tenants_[tenant].terms.pool;
  if (id.index >= by_index_.size()) by_index_.resize(id.index + 1, UINT32_MAX);
  if (Find(id) != nullptr) Wrong("a run's number is given twice");
  by_index_[id.index] = static_cast<uint32_t>(live_.size());
  live_.push_back(std::move(run));
  MoveTo(*live_.back(), RunState::kQueued);
  return *live_.back();
}

void Model::MoveTo(ModelRun& run, RunState state) {
  Tenant& tenant = tenants_[run.tenant];
  tenant.burst.Advance(tenant.at_once, now());
  const auto count = [&](uint32_t by) {
    const bool queued = run.state == RunState::kQueued;
    tenant.queued += queued ? by : 0;
    tenant.held_queued += queued && run.held ? by : 0;
    tenant.at_once += run.at_once() ? by : 0;
    tenant.urgent += run.on_slot() && run.handled == abi::Lane::kUrgent ? by : 0;
    tenant.on_slots += run.on_slot() ? by : 0;
    running_[run.pool] += run.on_slot() ? by : 0;
  };
  count(UINT32_MAX);
  run.state = state;
  count(1);
}

void Model::Requeue(ModelRun& run, bool held) {
  const uint32_t home = tenants_[run.tenant].terms.pool;
  const RunState before = run.state;
  MoveTo(run, RunState::kGone);
  run.held = held && before == RunState::kWaiting && home == run.pool;
  if (!run.held) run.line = kNoLine;
  run.pool = home;
  MoveTo(run, RunState::kQueued);
}

void Model::End(ModelRun& run) {
  EndService(run);
  if (kept_) {
    const TenantTerms& terms = policy().tenants[run.tenant];  // in all policies the same
    const uint32_t days = std::max(terms.keep_days, std::min(kKeepEndedDays, terms.erase_days));
    ended_.push_back({run.name, wall() + days * kDayNs});
  }
  money_.Close(run.purse);
  MoveTo(run, RunState::kGone);
  const uint32_t place = by_index_[run.id.index];
  by_index_[run.id.index] = UINT32_MAX;
  if (place + 1 != live_.size()) {
    live_[place] = std::move(live_.back());
    by_index_[live_[place]->id.index] = place;
  }
  live_.pop_back();
}

void Model::Suspended(ModelRun& run) {
  if (run.state == RunState::kQueued && !run.pinned) {
    Purse purse;
    const int64_t floor = policy().FloorBefore(run.tenant, run.workflow, run.position);
    const int64_t spent = run.taken_up ? run.peak + run.chunk_max : 0;
    if (money_.Open(purse, run.tenant, floor, tenants_[run.tenant].terms.budget_run, Month(), spent)) {
      money_.Close(purse);
      Wrong("a run is suspended although its mandatory steps are payable");
    }
  }
  if (run.state == RunState::kQueued && !run.pinned) Follow(run);
  MoveTo(run, RunState::kSuspended);
  run.line = kNoLine;
  if (run.suspended_since == kForeverNs) run.suspended_since = now();
  const Tenant& tenant = tenants_[run.tenant];
  const DurationNs stated = (tenant.present || !run.pinned ? tenant.terms : run.terms).suspended_max;
  run.suspended_max = stated > 0 ? stated : 7 * kDayNs;
}

uint32_t Model::OrgAtOnce() const {
  uint32_t at_once = 0;
  for (const Tenant& tenant : tenants_) at_once += tenant.terms.in_org ? tenant.at_once : 0;
  return at_once;
}

bool Model::Eligible(uint32_t t, bool bursting) const {
  const Tenant& tenant = tenants_[t];
  if (tenant.queued == 0) return false;
  if (tenant.held_queued > 0) return true;
  if (tenant.terms.in_org && OrgFull()) return false;
  return tenant.at_once < (bursting ? tenant.burst.ceiling() : tenant.burst.cap());
}

bool Model::AnyoneElseEligible(uint32_t tenant, uint32_t pool) const {
  for (uint32_t t = 0; t < kTenants; ++t) {
    if (t != tenant && tenants_[t].terms.pool == pool && !tenants_[t].moved && Eligible(t, false)) return true;
  }
  return false;
}

// Urgent beyond the tenant's share, ⌈share × cap⌉ in flight, is handled as normal.
abi::Lane Model::HandledLane(const ModelRun& run) const {
  const Tenant& tenant = tenants_[run.tenant];
  const uint64_t cap = std::min(tenant.terms.cap, kSlots[tenant.terms.pool]);
  const uint64_t quota = (cap * tenant.terms.urgent_ppm + 999'999) / 1'000'000;
  return run.lane == abi::Lane::kUrgent && tenant.urgent >= quota ? abi::Lane::kNormal : run.lane;
}

void Model::CheckCaps(const ModelRun& run, const engine::Turn& turn) {
  const Tenant& tenant = tenants_[run.tenant];
  if (running_[run.pool] >= kSlots[run.pool]) Wrong("more turns than slots");
  if (run.held) return;
  if (tenant.terms.in_org && OrgFull()) Wrong("more at once than the org's cap, over both pools (I3)");
  const bool above = tenant.at_once >= tenant.burst.cap();
  if (tenant.moved) {
    if (tenant.at_once >= std::max(tenant.terms.cap, tenant.terms.burst_to)) Wrong("more at once than the cap (I3)");
    return;
  }
  if (tenant.at_once >= tenant.burst.ceiling()) return Wrong("more at once than the cap (I3)");
  if (above && AnyoneElseEligible(run.tenant, run.pool)) Wrong("a burst while somebody under the cap waits");
  if (turn.bursting != (tenant.at_once >= tenant.terms.cap)) Wrong("bursting is told wrongly");
}

// Nobody gets a slot while another one that may have it holds fewer than its minimum, unless it does too.
void Model::CheckMinimums(const ModelRun& run) {
  const auto below = [](const Tenant& tenant) { return tenant.on_slots < tenant.terms.slots_min; };
  if (tenants_[run.tenant].moved || below(tenants_[run.tenant])) return;
  for (Tenant& tenant : tenants_) {
    if (tenant.terms.pool != run.pool || tenant.moved || !below(tenant)) continue;
    tenant.burst.Advance(tenant.at_once, now());
    const auto t = static_cast<uint32_t>(&tenant - tenants_.data());
    if (Eligible(t, /*bursting=*/false)) {
      return Wrong(fmt::format("a slot for tenant {} although tenant {} is owed its minimum", run.tenant, t));
    }
  }
}

// Of its tenant's runs the one with the least time + lane offset; at a cap, of those that count already.
void Model::CheckChoice(const ModelRun& run, abi::Lane lane) {
  const Tenant& tenant = tenants_[run.tenant];
  if (tenant.moved) return;
  const bool full = tenant.at_once >= tenant.burst.cap() || (tenant.terms.in_org && OrgFull());
  const bool held_only = full && tenant.held_queued > 0;
  if (held_only && !run.held) return Wrong("a new run before one that counts already, at the cap");
  const auto rank = [&](const ModelRun& r) { return r.submitted + kLaneOffsets[static_cast<size_t>(HandledLane(r))]; };
  for (const auto& other : live_) {
    if (other->tenant != run.tenant || other->state != RunState::kQueued || (held_only && !other->held)) continue;
    if (rank(*other) < rank(run)) return Wrong("place in time lost");
  }
  if (lane != HandledLane(run)) Wrong("the urgent lane beyond the tenant's share");
}

// Of a run that is not pinned (yet, or again after a crash): it may have been approved under another policy.
void Model::Follow(ModelRun& run) {
  if (run.epoch != epoch_) run.approved = false;
  run.epoch = epoch_;
}

void Model::Pin(ModelRun& run, const engine::Turn& turn, int64_t spent) {
  const Tenant& tenant = tenants_[run.tenant];
  if (!run.pinned) {
    if (turn.epoch != epoch_) Wrong("a first turn under an older policy");
    if (!turn.first) Wrong("a first turn is not told");
    run.pinned = true;
    Follow(run);
    run.terms = tenant.terms;
    const int64_t floor = policy().FloorBefore(run.tenant, run.workflow, run.position);
    spent = SpentAtFirst(run, spent);
    if (!money_.Open(run.purse, run.tenant, floor, tenant.terms.budget_run, Month(), spent)) {
      Wrong("a run begins whose mandatory steps are not payable");
    }
    return;
  }
  if (turn.epoch == run.epoch) return;
  if (turn.epoch != epoch_ || run.suspended_since == kForeverNs) return Wrong("a run in the middle changes its policy");
  run.epoch = epoch_;
  run.terms = tenant.terms;
  run.approved = false;
  run.purse.limit = tenant.terms.budget_run;
  if (!money_.SetFloor(run.purse, FloorBefore(run, run.position), Month())) {
    Wrong(fmt::format("run {} moves to a policy under which it cannot finish: {} to be held instead of {}, {} left",
                      run.label, FloorBefore(run, run.position), run.purse.floor, run.purse.remaining()));
  }
}

void Model::TakeTurn(const engine::Turn& turn, uint32_t pool, DurationNs planned, int64_t spent) {
  ModelRun* run = Find(turn.run);
  if (run == nullptr || run->state != RunState::kQueued || run->pool != pool)
    return Wrong("a turn of nobody who waits");
  Tenant& tenant = tenants_[run->tenant];
  tenant.burst.Advance(tenant.at_once, now());
  CheckCaps(*run, turn);
  CheckMinimums(*run);
  CheckChoice(*run, turn.lane);
  Pin(*run, turn, spent);
  MoveTo(*run, RunState::kGone);
  run->held = false;
  run->handled = turn.lane;
  run->heard_at = now();
  MoveTo(*run, RunState::kRunning);
  if (!fairness()) return;
  Monitor& monitor = monitors_[pool];
  run->turn_ends_at = now() + planned;
  monitor.monitor->Start(monitor.node[run->tenant], turn.estimate_ns, planned, tenant.terms.weight);
  if (tenant.terms.in_org) monitor.monitor->Start(monitor.org, turn.estimate_ns, planned, tenant.terms.weight);
  Observe();
}

void Model::EndService(const ModelRun& run) {
  if (!fairness() || !run.on_slot()) return;
  Monitor& monitor = monitors_[run.pool];
  monitor.monitor->End(monitor.node[run.tenant]);
  if (tenants_[run.tenant].terms.in_org) monitor.monitor->End(monitor.org);
}

// Nobody got the slot that is idle: nobody may be eligible.
void Model::SlotsAreIdle(uint32_t pool) {
  if (running_[pool] >= kSlots[pool] || sink_failed_) return;
  for (uint32_t t = 0; t < kTenants; ++t) {
    Tenant& tenant = tenants_[t];
    if (tenant.terms.pool != pool || tenant.moved) continue;
    tenant.burst.Advance(tenant.at_once, now());
    if (Eligible(t, /*bursting=*/true)) Wrong(fmt::format("a slot idles while tenant {} is eligible (I4)", t));
  }
}

void Model::CheckCounts(const engine::Engine& engine) {
  for (uint32_t pool = 0; pool < kPools; ++pool) {
    if (engine.SlotsInUse(PoolId(pool)) != running_[pool]) Wrong("slots are not those of the runs that hold one");
    if (running_[pool] > kSlots[pool]) Wrong("more turns than slots");
  }
  if (engine.RunsInFlight() != live_.size())
    Wrong("runs in flight are not those that were accepted and have not ended");
  for (uint32_t t = 0; t < kTenants; ++t) {
    const sched::NodeCounters counters = engine.CountersOf(TenantId(t));
    if (counters.at_once != tenants_[t].at_once) Wrong(fmt::format("tenant {}: another number at once", t));
    if (counters.waiting != tenants_[t].queued) Wrong(fmt::format("tenant {}: another number waits", t));
  }
}

void Model::Parked(const engine::Engine& engine) {
  for (const auto& run : live_) {
    const RunState state = run->state;
    if (state != RunState::kWaiting && state != RunState::kReview && state != RunState::kSuspended) continue;
    const RunState is = engine.StatusOf(run->id).state;
    if (state == RunState::kSuspended) {
      if (now() >= run->suspended_since + run->suspended_max) return Wrong("suspended beyond its time");
      if (is == RunState::kQueued) Requeue(*run, /*held=*/false);
      continue;
    }
    if (state == RunState::kReview && now() >= run->wakes_at) return Wrong("in review beyond its time");
    const bool waits = state == RunState::kWaiting;
    const bool relimited = waits && (relimited_tenants_[run->tenant] || relimited_endpoints_[run->endpoint]);
    const bool due = waits && (now() >= run->wakes_at || relimited);
    if (is != (due ? RunState::kQueued : state)) {
      return Wrong(fmt::format("run {} is not where it should be: state {} instead of {}, due in {} ns", run->label,
                               static_cast<int>(is), static_cast<int>(due ? RunState::kQueued : state),
                               run->wakes_at - now()));
    }
    if (due) Requeue(*run, /*held=*/true);
  }
  relimited_tenants_ = {};
  relimited_endpoints_ = {};
}

}  // namespace bylaw::sim
