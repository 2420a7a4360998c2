// Simulation: samples, the timeline and the figures of the result.
#include <algorithm>

#include "runtime/metrics/figures.h"
#include "simulator/simulation.h"

namespace bylaw::simulator {
namespace {

// More would tell nobody anything.
constexpr size_t kTimelineMax = 2'000;
// A limit that is back sooner paces its calls; that is not an event.
constexpr DurationNs kQuotaEventMin = kMinuteNs;
// What happens to a tenant again within this time is not told again.
constexpr DurationNs kToldAgainAfter = 10 * kMinuteNs;

double WeightOf(const abi::PolicyImage& image, TenantId tenant) {
  return static_cast<double>(std::max<uint32_t>(1, image.tenant(tenant).weight));
}

}  // namespace

Simulation::TenantWatch& Simulation::WatchOf(TenantId tenant) {
  TenantWatch& watch = watches_[tenant.index()];
  if (watch.tenant_result == UINT32_MAX) {
    watch.tenant_result = static_cast<uint32_t>(result_.tenants.size());
    watch.declared_left = scenario_.promises.empty() ? UINT64_MAX : scenario_.promises[tenant.index()].declared_runs;
    result_.tenants.push_back({});
    result_.tenants.back().tenant = tenant;
    run_times_.emplace_back();
  }
  return watch;
}

void Simulation::Tell(TimelineEvent event) {
  if (event.at_ns == 0) event.at_ns = Now();
  TimeNs& told = told_
                     .try_emplace({static_cast<uint8_t>(event.kind), event.tenant.value(), event.resource.value()},
                                  event.at_ns - kToldAgainAfter)
                     .first->second;
  const bool again = event.tenant.valid() && event.at_ns - told < kToldAgainAfter;
  if (again) return;
  told = event.at_ns;
  if (result_.timeline.size() < kTimelineMax) result_.timeline.push_back(event);
}

void Simulation::SampleUntil(TimeNs until) {
  for (; next_sample_ <= until && next_sample_ <= scenario_.duration_ns; next_sample_ += kMinuteNs) {
    Sample sample{.at_ns = next_sample_, .busy = 0, .waiting = 0};
    for (uint32_t pool = 0; pool < image_->pools.size(); ++pool) {
      const uint32_t busy = engine_->SlotsInUse(PoolId(pool));
      sample.busy += busy;
      sample.waiting += engine_->Waiting(PoolId(pool));
      busy_[pool] += busy;
      full_[pool] += busy >= image_->pools[pool].slots;
    }
    result_.samples.push_back(sample);
    CompareService();
  }
}

void Simulation::CompareService() {
  double least = 0, most = 0;
  size_t backlogged = 0;
  for (const TenantResult& result : result_.tenants) {
    TenantWatch& watch = watches_[result.tenant.index()];
    const sched::NodeCounters counters = engine_->CountersOf(result.tenant);
    NoteState(watch, counters);  // limits and suspensions end without a call of ours
    const bool waits = counters.waiting > 0;
    if (waits && watch.waited_before) {
      const double service =
          static_cast<double>(counters.service_ns - watch.service_before) * 1e-9 / WeightOf(*image_, result.tenant);
      least = backlogged == 0 ? service : std::min(least, service);
      most = backlogged == 0 ? service : std::max(most, service);
      ++backlogged;
    }
    watch.waited_before = waits;
    watch.service_before = counters.service_ns;
  }
  if (backlogged < 2) return;
  result_.max_service_difference = std::max(result_.max_service_difference, most - least);
  result_.avg_service_difference += most - least;
  ++compared_;
}

void Simulation::NoteQueue(TenantId tenant) {
  TenantWatch& watch = WatchOf(tenant);
  TenantResult& result = result_.tenants[watch.tenant_result];
  const sched::NodeCounters counters = engine_->CountersOf(tenant);
  ++result_.engine_calls;
  result.running_max = std::max(result.running_max, counters.at_once);
  result.waiting_max = std::max(result.waiting_max, counters.waiting);
  result.demand_max = std::max(result.demand_max, counters.at_once + counters.waiting);
  NoteState(watch, counters);
  TimelineEvent event;
  event.tenant = tenant;
  event.running = counters.at_once;
  event.waiting = counters.waiting;
  event.value = counters.waiting;
  event.at_ns = Now();
  if (!watch.at_cap && counters.at_once >= counters.cap && counters.waiting > 0) {
    watch.at_cap = true;
    event.kind = EventKind::kRunningAtCap;
    watch.peak = event;
    Tell(event);
  } else if (watch.at_cap && counters.waiting > watch.peak.waiting) {
    event.kind = EventKind::kQueuePeak;
    watch.peak = event;
  } else if (watch.at_cap && counters.waiting == 0) {
    watch.at_cap = false;
    watch.refusing = false;
    if (watch.peak.kind == EventKind::kQueuePeak) Tell(watch.peak);
    event.kind = EventKind::kQueueEmpty;
    Tell(event);
  }
}

void Simulation::NoteCall(TenantId tenant, const abi::Decision& decision) {
  if (decision.resource == abi::kNoId) return;
  QuotaWatch& quota = quotas_[{tenant.value(), decision.resource}];
  if (quota.gone) {
    TimelineEvent event;
    event.kind = EventKind::kQuotaBack;
    event.tenant = tenant;
    event.resource = ResourceId(decision.resource);
    Tell(event);
    quota = {};
  }
  ++quota.calls;
}

void Simulation::NoteWait(TenantId tenant, const abi::Decision& decision) {
  if (decision.resource == abi::kNoId) return;
  QuotaWatch& quota = quotas_[{tenant.value(), decision.resource}];
  if (quota.gone || decision.retry_at_ns - Now() < kQuotaEventMin) return;
  quota.gone = true;
  TimelineEvent event;
  event.kind = EventKind::kQuotaGone;
  event.tenant = tenant;
  event.resource = ResourceId(decision.resource);
  event.endpoint = EndpointId(decision.endpoint);
  event.until_ns = decision.retry_at_ns;
  event.value = quota.calls;
  event.reason = static_cast<abi::Reason>(decision.reason);
  const sched::NodeCounters counters = engine_->CountersOf(tenant);
  event.running = counters.at_once;
  event.waiting = counters.waiting;
  Tell(event);
}

void Simulation::NoteSuspension(TenantId tenant, const abi::Decision& decision) {
  const auto reason = static_cast<abi::Reason>(decision.reason);
  if (!WatchOf(tenant).suspended_by.insert(reason).second) return;
  TimelineEvent event;
  event.kind = EventKind::kSuspending;
  event.tenant = tenant;
  event.reason = reason;
  Tell(event);
}

void Simulation::NoteRefusal(TenantId tenant, const engine::SubmitResult& refusal) {
  TenantWatch& watch = WatchOf(tenant);
  if (watch.refusing) return;
  watch.refusing = true;
  TimelineEvent event;
  event.kind = EventKind::kRefusing;
  event.tenant = tenant;
  event.reason = refusal.reason;
  event.until_ns = refusal.retry_at_ns;
  const sched::NodeCounters counters = engine_->CountersOf(tenant);
  event.running = counters.at_once;
  event.waiting = counters.waiting;
  Tell(event);
}

void Simulation::ConcludeTenant(TenantWatch& watch) {
  TenantResult& result = result_.tenants[watch.tenant_result];
  result.wait = PercentilesOf(result.waits);
  result.run = PercentilesOf(run_times_[watch.tenant_result]);
  result.sla_violations = watch.late;
  result.active_seconds = static_cast<double>(watch.active_ns) * 1e-9;
  result.at_cap_seconds = static_cast<double>(watch.at_cap_ns) * 1e-9;
  const uint32_t cap = image_->tenant(result.tenant).cap;
  if (cap != abi::kUnlimited && cap > 0 && watch.active_ns > 0) {
    result.cap_utilisation = static_cast<double>(watch.at_once_ns) / static_cast<double>(watch.active_ns) / cap;
  }
  if (scenario_.promises.empty()) return;
  const Promise& promise = scenario_.promises[result.tenant.index()];
  if (promise.share_ppm == 0) {
    result.sla_violations = result.excess_late = 0;
    return;
  }
  const auto kept = static_cast<__int128>(watch.declared - watch.late) * 1'000'000;
  result.sla_broken = kept < static_cast<__int128>(watch.declared) * promise.share_ppm;
  result_.sla_broken_tenants += result.sla_broken;
}

void Simulation::Conclude() {
  for (const SimRun& run : runs_) {
    if (run.stage == Stage::kOver) continue;
    TenantResult& result = result_.tenants[run.result];
    const bool gone = engine_->StatusOf(run.id).state == engine::RunState::kGone;
    ++(gone ? result.failed : result.unfinished);
    run.excess ? ++result.excess_late : ++watches_[run.tenant.index()].late;
    result.slot_seconds += static_cast<double>(run.served) * 1e-9;
  }
  for (TenantWatch& watch : watches_) {
    if (watch.tenant_result != UINT32_MAX) ConcludeTenant(watch);
  }
  for (const Load& load : scenario_.loads) {
    for (const TenantId tenant : load.tenants) {
      const abi::TenantRecord& record = image_->tenant(tenant);
      const PoolId pool = image_->shapes[record.shape.index()].pool;
      if (!pool.valid()) continue;
      ClosedForm form{.tenant = tenant,
                      .workflow = load.workflow,
                      .runs = load.runs,
                      .slots = std::min(record.cap, image_->pools[pool.index()].slots),
                      .each_ns = world_.workflow(load.workflow).takes_ns,
                      .takes_ns = 0};
      form.takes_ns = TakesAtLeast(form.runs, form.slots, form.each_ns);
      if (form.runs > form.slots && form.takes_ns > load.within_ns) result_.closed_forms.push_back(form);
    }
  }
  ConcludeShared();
  if (compared_ > 0) result_.avg_service_difference /= static_cast<double>(compared_);
  std::vector<metrics::Service> services;
  for (const TenantResult& result : result_.tenants) {
    services.push_back({.amount = result.slot_seconds, .weight = WeightOf(*image_, result.tenant)});
  }
  result_.jain = metrics::JainIndex(services);
  std::stable_sort(result_.timeline.begin(), result_.timeline.end(),
                   [](const TimelineEvent& a, const TimelineEvent& b) { return a.at_ns < b.at_ns; });
  std::sort(result_.tenants.begin(), result_.tenants.end(),
            [](const TenantResult& a, const TenantResult& b) { return a.tenant < b.tenant; });
}

}  // namespace bylaw::simulator
