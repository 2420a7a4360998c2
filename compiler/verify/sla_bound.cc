#include "compiler/verify/sla_bound.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "compiler/sema/placement.h"
#include "compiler/verify/rates.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Terms;

constexpr int64_t kManySlots = INT64_MAX / 4;

int64_t CeilDivide(int64_t a, int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

int64_t BudgetOf(const Terms& terms) {
  return terms.budget_workflow.has_value() ? terms.budget_workflow->value : abi::kUnlimitedMicros;
}

// Time for `work` of slot time at full use.
DurationNs FluidTime(int64_t work, const Capacity& capacity) {
  if (capacity.burst_slots <= capacity.slots) return CeilDivide(work, capacity.slots);
  const int64_t in_burst = SaturatingMultiply(capacity.burst_slots, capacity.burst_for_ns);
  if (work <= in_burst) return CeilDivide(work, capacity.burst_slots);
  return SaturatingAdd(capacity.burst_for_ns, CeilDivide(work - in_burst, capacity.slots));
}

}  // namespace

DurationNs LeastTime(std::vector<Batch> batches, int64_t runs, const Capacity& capacity) {
  std::sort(batches.begin(), batches.end(), [](const Batch& a, const Batch& b) { return a.each_ns < b.each_ns; });
  int64_t work = 0, left = runs;
  DurationNs longest = 0;
  for (const Batch& batch : batches) {
    const int64_t counted = std::min(left, batch.runs);
    if (counted == 0) continue;
    left -= counted;
    work = SaturatingAdd(work, SaturatingMultiply(counted, batch.each_ns));
    longest = batch.each_ns;
  }
  // A run that begins in a burst may end after it.
  Capacity lent = capacity;
  lent.burst_for_ns = SaturatingAdd(capacity.burst_for_ns, longest);
  const DurationNs fluid = FluidTime(work, lent);
  if (capacity.reviews || batches.empty()) return fluid;  // several people may look at one run at the same time
  // Some slot has to take so many runs one after the other, each at least as long as the shortest.
  const int64_t rounds = CeilDivide(runs, std::max(capacity.slots, capacity.burst_slots));
  return std::max({fluid, longest, SaturatingMultiply(rounds, batches.front().each_ns)});
}

SlaBound::SlaBound(const Facts& facts)
    : facts_(facts), program_(facts.program()), pools_(program_.pools.size()), orgs_(program_.orgs.size()) {
  const bool asked = std::any_of(program_.effective.begin(), program_.effective.end(),
                                 [](const Terms& terms) { return terms.sla.has_value(); });
  if (!asked && program_.guarantees.empty()) return;
  for (uint32_t i = 0; i < program_.tenant_count(); ++i) {
    const sema::Tenant& tenant = program_.tenants[i];
    const PoolId pool = facts.shape(tenant.shape).pool;
    if (pool.valid()) Join(pools_[pool.index()], LoadOf(TenantId(i)));
    if (tenant.org.valid()) Join(orgs_[tenant.org.index()], LoadOf(TenantId(i)));
  }
}

const RunDemand& SlaBound::DemandOf(TenantId tenant, WorkflowId workflow) {
  const ShapeId shape = program_.tenants[tenant.index()].shape;
  const int64_t budget = BudgetOf(program_.terms(tenant));
  const std::tuple key(shape, workflow, budget);
  const auto it = demands_.find(key);
  if (it != demands_.end()) return it->second;
  return demands_.emplace(key, RunDemand(facts_, shape, workflow, budget)).first->second;
}

const SlaBound::Load& SlaBound::LoadOf(TenantId tenant) {
  const auto [it, is_new] = loads_.try_emplace(program_.tenants[tenant.index()].effective);
  Load& load = it->second;
  if (!is_new) return load;
  const Terms& terms = program_.terms(tenant);
  std::set<WorkflowId> declared;
  for (const Volume& volume : VolumesOf(program_, terms)) {
    declared.insert(volume.workflow);
    const RunDemand& demand = DemandOf(tenant, volume.workflow);
    load.month_micros = SaturatingAdd(load.month_micros, SaturatingMultiply(volume.monthly, demand.most_micros()));
    const std::optional<DurationNs> most = demand.most_slot_ns();
    if (!most.has_value()) {
      load.why_unknown = fmt::format("not every step of {} says how long it takes at most",
                                     program_.workflows[volume.workflow.index()].name);
      continue;
    }
    for (size_t s = 0; s < kSpans.size(); ++s) {
      load.slot_ns[s] = SaturatingAdd(load.slot_ns[s], SaturatingMultiply(volume.PeakWithin(kSpans[s]), *most));
    }
    load.longest_ns = std::max(load.longest_ns, *most);
  }
  for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
    if (!MayRun(terms, WorkflowId(w)) || declared.contains(WorkflowId(w))) continue;
    load.why_unknown =
        fmt::format("{} declares no volume of {}", TenantName(program_, tenant), program_.workflows[w].name);
  }
  return load;
}

void SlaBound::Join(Load& all, const Load& one) {
  for (size_t s = 0; s < kSpans.size(); ++s) all.slot_ns[s] = SaturatingAdd(all.slot_ns[s], one.slot_ns[s]);
  all.month_micros = SaturatingAdd(all.month_micros, one.month_micros);
  if (all.why_unknown.empty()) all.why_unknown = one.why_unknown;
}

std::vector<Capacity> SlaBound::CapacitiesOf(TenantId tenant) const {
  const sema::Tenant& row = program_.tenants[tenant.index()];
  const Terms& terms = program_.terms(tenant);
  std::vector<Capacity> capacities = {{"what is unlimited", {}, kManySlots, 0, 0, false, {}}};
  if (terms.at_once.has_value()) {
    Capacity& own = capacities.emplace_back();
    own = {"its own cap", terms.at_once->clause, terms.at_once->value, 0, 0, false, {}};
    if (terms.burst.has_value()) {
      own.burst_slots = terms.burst->value.to;
      own.burst_for_ns = terms.burst->value.within_ns;
    }
  }
  if (row.org.valid() && program_.orgs[row.org.index()].together_at_once.has_value()) {
    const sema::Org& org = program_.orgs[row.org.index()];
    capacities.push_back(
        {"the cap of org " + org.name, org.together_at_once->clause, org.together_at_once->value, 0, 0, false, {}});
  }
  if (const PoolId pool = facts_.shape(row.shape).pool; pool.valid()) {
    const sema::Pool& stated = program_.pools[pool.index()];
    capacities.push_back({"pool " + stated.name, stated.clause, stated.slots, 0, 0, false, {}});
  }
  for (uint32_t i = 0; i < program_.reviewers.size(); ++i) {
    const sema::Reviewers& desk = program_.reviewers[i];
    if (!desk.staff.has_value() || desk.staff->value == 0 || !desk.review_takes.has_value()) continue;
    capacities.push_back({"reviewers " + desk.name, desk.staff->clause, desk.staff->value, 0, 0, true, ReviewersId(i)});
  }
  return capacities;
}

// Reviews that every run needs of these people: asked without a condition, by a step that surely runs.
int64_t SlaBound::ReviewsOf(TenantId tenant, WorkflowId workflow, ReviewersId desk) const {
  const sema::Tenant& row = program_.tenants[tenant.index()];
  const Terms& terms = program_.terms(tenant);
  int64_t reviews = 0;
  for (uint32_t s = 0; s < program_.workflows[workflow.index()].steps.size(); ++s) {
    const sema::Step& step = program_.workflows[workflow.index()].steps[s];
    if (step.optional || step.asks.empty()) continue;
    if (!IsProbeable(program_, program_.shapes[row.shape.index()], workflow, StepId(s))) continue;
    // The largest number asked wins (decision 12): only a step with one, unconditional `asks` is sure.
    if (step.asks.size() != 1 || step.asks[0].when.has_value()) continue;
    const ReviewersId asked =
        step.asks[0].reviewers.valid() ? step.asks[0].reviewers : sema::ReviewersFor(program_, terms, row.tier);
    if (asked == desk) reviews += step.asks[0].count;
  }
  return reviews;
}

std::vector<Batch> SlaBound::BatchesFor(TenantId tenant, const std::vector<Volume>& volumes, const Capacity& capacity,
                                        int64_t Volume::* runs) {
  std::vector<Batch> batches;
  for (const Volume& volume : volumes) {
    DurationNs each = DemandOf(tenant, volume.workflow).usual_slot_ns();
    if (capacity.reviews) {
      each = SaturatingMultiply(ReviewsOf(tenant, volume.workflow, capacity.desk),
                                program_.reviewers[capacity.desk.index()].review_takes->value);
    }
    batches.push_back({volume.*runs, each});
  }
  return batches;
}

std::optional<SlaBound::Refusal> SlaBound::Refute(const SlaQuestion& question) {
  std::optional<Refusal> tightest;
  const std::vector<Volume> volumes = VolumesOf(program_, program_.terms(question.tenant));
  const auto needed = [&](int64_t Volume::* runs) {
    int64_t total = 0;
    for (const Volume& volume : volumes) total = SaturatingAdd(total, volume.*runs);
    return ShareOf(question.share_ppm, total);
  };
  if (needed(&Volume::usual) == 0) return tightest;
  for (const Capacity& capacity : CapacitiesOf(question.tenant)) {
    for (const bool by_day : {false, true}) {
      int64_t Volume::* const runs = by_day ? &Volume::daily : &Volume::usual;
      const std::vector<Batch> batches = BatchesFor(question.tenant, volumes, capacity, runs);
      const DurationNs least = LeastTime(batches, needed(runs), capacity);
      if (by_day ? least <= kDayNs || !capacity.clause.valid() : least <= question.within_ns) continue;
      if (tightest.has_value() && tightest->least_ns >= least) continue;
      tightest = Refusal{capacity, volumes, batches, needed(runs), least, by_day};
      if (!by_day) break;  // late already
    }
  }
  return tightest;
}

std::optional<int64_t> SlaBound::LargestBurst(const SlaQuestion& question) {
  const std::vector<Volume> volumes = VolumesOf(program_, program_.terms(question.tenant));
  if (volumes.size() != 1) return std::nullopt;
  const std::vector<Capacity> capacities = CapacitiesOf(question.tenant);
  const auto fits = [&](int64_t runs) {
    return std::all_of(capacities.begin(), capacities.end(), [&](const Capacity& capacity) {
      std::vector<Batch> batches = BatchesFor(question.tenant, volumes, capacity, &Volume::usual);
      batches.front().runs = runs;
      return LeastTime(batches, ShareOf(question.share_ppm, runs), capacity) <= question.within_ns;
    });
  };
  int64_t low = 0, high = volumes.front().peak + 1;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

void SlaBound::AddLimit(const abi::RateSpec& spec, const std::string& name, std::optional<int64_t> uses,
                        int64_t largest, Delay& delay) const {
  if (!uses.has_value()) {
    delay.why_not = fmt::format("a step that {} limits does not say how many tokens it needs at most", name);
    return;
  }
  if (*uses == 0) return;
  const int64_t amount = spec.amount - largest + 1;
  if (spec.window == abi::RateWindow::kEvenly) {
    const auto paced = static_cast<__int128>(*uses) * spec.window_ns / spec.amount + 1;
    delay.blocked_ns =
        SaturatingAdd(delay.blocked_ns, static_cast<int64_t>(std::min<__int128>(paced, abi::kUnlimitedMicros)));
    if (largest > spec.burst) delay.why_not = fmt::format("{} paces calls that are larger than its burst", name);
    return;
  }
  if (amount <= 0) {
    delay.why_not = fmt::format("one call may need more than {} ever lets through", name);
    return;
  }
  if (spec.window == abi::RateWindow::kCalendar) {
    // A window used up may last until its end; a month's calls come from more days than are counted here.
    if (*uses > amount || spec.calendar == abi::CalendarPeriod::kMonth) {
      delay.why_not = fmt::format("{} may be used up before its window ends", name);
    }
    delay.longest_window_ns = std::max(delay.longest_window_ns, kDayNs + kHourNs);
    return;
  }
  delay.blocked_ns = SaturatingAdd(delay.blocked_ns, SaturatingMultiply(*uses / amount, spec.window_ns));
  delay.longest_window_ns = std::max(delay.longest_window_ns, spec.window_ns);
}

void SlaBound::AddRates(TenantId tenant, size_t s, Delay& delay) {
  const Terms& terms = program_.terms(tenant);
  const std::vector<Volume> volumes = VolumesOf(program_, terms);
  for (const sema::Rate& rate : terms.rates) {
    std::optional<int64_t> uses = 0;
    int64_t largest = 1;
    for (const Volume& volume : volumes) {
      const RunDemand& demand = DemandOf(tenant, volume.workflow);
      const std::optional<int64_t> most = demand.MostUses(rate.spec.resource, rate.spec.tokens);
      largest = std::max(largest, demand.LargestUse(rate.spec.resource, rate.spec.tokens));
      if (!most.has_value()) uses.reset();
      if (uses.has_value()) {
        uses = SaturatingAdd(*uses, SaturatingMultiply(volume.PeakWithin(kSpans[s]), *most));
      }
    }
    AddLimit(rate.spec, fmt::format("the limit at {}", program_.Where(rate.clause)), uses, largest, delay);
  }
}

SlaBound::QuotaUse SlaBound::UsesOf(EndpointId endpoint, bool tokens) {
  const auto [it, is_new] = quota_uses_.try_emplace({endpoint, tokens});
  QuotaUse& use = it->second;
  if (!is_new) return use;
  const ResourceId resource = program_.endpoints[endpoint.index()].resource;
  for (uint32_t i = 0; i < program_.tenant_count(); ++i) {
    const TenantId tenant(i);
    if (!LoadOf(tenant).why_unknown.empty() && use.why_unknown.empty()) use.why_unknown = LoadOf(tenant).why_unknown;
    for (const Volume& volume : VolumesOf(program_, program_.terms(tenant))) {
      const RunDemand& demand = DemandOf(tenant, volume.workflow);
      const std::optional<int64_t> most = demand.MostUses(resource, tokens);
      if (!most.has_value()) use.why_unknown = "a step does not say how many tokens it needs at most";
      for (size_t s = 0; s < kSpans.size(); ++s) {
        use.uses[s] = SaturatingAdd(use.uses[s], SaturatingMultiply(volume.PeakWithin(kSpans[s]), most.value_or(0)));
      }
      use.largest = std::max(use.largest, demand.LargestUse(resource, tokens));
    }
  }
  return use;
}

// A quota is shared: its share of it is lent and taken back, so it must be enough for everybody at once.
void SlaBound::AddQuotas(TenantId tenant, size_t s, Delay& delay) {
  const ShapeFacts& shape = facts_.shape(program_.tenants[tenant.index()].shape);
  std::set<ResourceId> called;
  for (const Volume& volume : VolumesOf(program_, program_.terms(tenant))) {
    for (const StepFacts& step : shape.works[volume.workflow.index()].steps) {
      called.insert(step.own.resource);
      for (const Option& option : step.by_rule) called.insert(option.resource);
      for (const std::optional<Option>& option : step.by_rung) {
        if (option.has_value()) called.insert(option->resource);
      }
    }
  }
  for (uint32_t i = 0; i < program_.endpoints.size(); ++i) {
    const sema::Endpoint& endpoint = program_.endpoints[i];
    if (!called.contains(endpoint.resource)) continue;
    for (const sema::Rate& quota : endpoint.quotas) {
      const QuotaUse use = UsesOf(EndpointId(i), quota.spec.tokens);
      const std::string name = "the quota of endpoint " + endpoint.name;
      if (!use.why_unknown.empty()) {
        delay.why_not = use.why_unknown;
      } else if (use.uses[s] > quota.spec.amount - use.largest + 1 || quota.spec.window == abi::RateWindow::kEvenly ||
                 quota.spec.calendar == abi::CalendarPeriod::kMonth) {
        delay.why_not = name + " may be used up";
      }
      delay.longest_window_ns = std::max(delay.longest_window_ns, WindowAtLeast(quota.spec) + kHourNs);
    }
  }
}

std::string SlaBound::WhyMayWait(TenantId tenant, const std::vector<Volume>& volumes) {
  const sema::Tenant& row = program_.tenants[tenant.index()];
  const Terms& terms = program_.terms(tenant);
  if (volumes.empty()) return fmt::format("{} declares no volume", TenantName(program_, tenant));
  for (const Volume& volume : volumes) {
    const std::string& why = DemandOf(tenant, volume.workflow).may_park();
    if (!why.empty()) return why;
  }
  const Load& own = LoadOf(tenant);
  if (!own.why_unknown.empty()) return own.why_unknown;
  const PoolId pool = facts_.shape(row.shape).pool;
  if (!pool.valid()) return "no pool says how many slots there are";
  if (const std::string& why = pools_[pool.index()].why_unknown; !why.empty()) return why;
  if (terms.budget_month.has_value() && own.month_micros > terms.budget_month->value) {
    return "the budget per month may run out";
  }
  if (!row.org.valid()) return "";
  const sema::Org& org = program_.orgs[row.org.index()];
  const Load& together = orgs_[row.org.index()];
  if (org.together_at_once.has_value() && !together.why_unknown.empty()) return together.why_unknown;
  if (org.together_budget_month.has_value() &&
      (!together.why_unknown.empty() || together.month_micros > org.together_budget_month->value)) {
    return fmt::format("the budget of org {} may run out", org.name);
  }
  return "";
}

SlaBound::Proof SlaBound::Prove(const SlaQuestion& question) {
  const sema::Tenant& row = program_.tenants[question.tenant.index()];
  const Terms& terms = program_.terms(question.tenant);
  Proof proof;
  proof.why_not = WhyMayWait(question.tenant, VolumesOf(program_, terms));
  if (!proof.why_not.empty()) return proof;
  const Load& own = LoadOf(question.tenant);
  const PoolId pool = facts_.shape(row.shape).pool;
  for (size_t s = 0; s < kSpans.size(); ++s) {
    Delay rates;
    AddRates(question.tenant, s, rates);
    AddQuotas(question.tenant, s, rates);
    proof.why_not = rates.why_not;
    if (!proof.why_not.empty()) return proof;
    const auto queue = [&](const Load& load, int64_t slots) {
      proof.delay_ns = SaturatingAdd(proof.delay_ns, CeilDivide(load.slot_ns[s], slots));
    };
    proof.delay_ns = SaturatingAdd(own.longest_ns, rates.blocked_ns);
    queue(pools_[pool.index()], program_.pools[pool.index()].slots);
    // A burst is paid back: for a while the cap may be as low as one.
    if (terms.at_once.has_value()) queue(own, terms.burst.has_value() ? 1 : terms.at_once->value);
    if (row.org.valid() && program_.orgs[row.org.index()].together_at_once.has_value()) {
      queue(orgs_[row.org.index()], program_.orgs[row.org.index()].together_at_once->value);
    }
    const DurationNs span = SaturatingAdd(SaturatingMultiply(2, proof.delay_ns), rates.longest_window_ns);
    if (span > kSpans[s]) continue;
    if (proof.delay_ns > question.within_ns) {
      proof.why_not = fmt::format("at the worst a run may take {}", TimeText(proof.delay_ns));
    }
    return proof;
  }
  proof.why_not = "at the worst the declared work piles up over days";
  return proof;
}

}  // namespace bylaw::verify
