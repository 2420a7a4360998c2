#include "tests/sim/world.h"

#include <algorithm>
#include <utility>

#include "base/prng.h"
#include "runtime/engine/hand_policy.h"

namespace bylaw::sim {

using engine::HandPolicy;
using engine::HandStep;
using engine::HandTenant;

const std::array<const char*, kWorkflows> kWorkflowNames = {"loan", "asked", "quick", "signed"};

const char* ProfileName(Profile profile) {
  constexpr const char* kNames[kProfiles] = {"storm", "fairness", "limits", "money", "reloads"};
  return kNames[static_cast<size_t>(profile)];
}

const std::vector<StepTerms>& StepsOf(uint32_t workflow) {
  static const std::vector<StepTerms> kSteps[kWorkflows] = {
      {{.name = "verify", .resource = kTool},
       {.name = "note", .resource = kRegistry},
       {.name = "credit", .resource = kBureau, .retries_max = 1},
       {.name = "enrich", .resource = kBureau, .optional = true},
       {.name = "judge", .resource = kModel, .replan_to = 1, .replans_max = 2, .tokens = 100},
       {.name = "decide", .resource = kModel, .retries_max = 2, .tokens = 50}},
      {{.name = "credit", .resource = kBureau, .retries_max = 1},
       {.name = "decide", .resource = kModel, .asks = 2, .tokens = 50}},
      {{.name = "look", .resource = kRegistry, .retries_max = 1}},
      {{.name = "look", .resource = kRegistry, .optional = true},
       {.name = "sign", .by_people = true},
       {.name = "post", .resource = kTool}},
  };
  return kSteps[workflow];
}

int64_t Policy::DearestOf(uint32_t tenant, const StepTerms& step) const {
  int64_t dearest = 0;
  for (uint32_t e = 0; e < kEndpoints; ++e) {
    const bool ever = tenants[tenant].legal[e] || tenants[tenant].later[e];
    if (endpoints[e].present && ever && kServes[e] == step.resource) dearest = std::max(dearest, endpoints[e].cost);
  }
  return dearest;
}

int64_t Policy::FloorBefore(uint32_t tenant, uint32_t workflow, size_t position) const {
  int64_t floor = 0;
  const std::vector<StepTerms>& steps = StepsOf(workflow);
  for (size_t i = position; i < steps.size(); ++i) {
    if (!steps[i].optional && !steps[i].by_people) floor += DearestOf(tenant, steps[i]);
  }
  return floor;
}

namespace {

// Draws one policy. What only later epochs draw comes from a second stream, so that every tenant is the same in all of
// them but for what is meant to differ.
class Maker {
 public:
  Maker(uint64_t seed, uint32_t epoch)
      : epoch_(epoch),
        profile_(ProfileOf(seed)),
        moves_(seed / kProfiles % 3 == 0),
        kept_(IsKept(seed)),
        wide_org_(profile_ != Profile::kFairness && seed / kProfiles % 2 == 1),
        prng_(seed),
        later_(seed * 1'000 + epoch) {}

  Policy Make() {
    made_.later = kFirstMorning + static_cast<TimeNs>(prng_.Below(6 * kHourNs));
    constexpr int64_t kCosts[kEndpoints] = {5, 6, 8, 9, 2, 0};
    for (uint32_t e = 0; e < kEndpoints; ++e) {
      made_.endpoints[e].cost = kCosts[e] == 0 ? 0 : kCosts[e] * kCent + epoch_ % 3;
      if (e == 2 && (profile_ == Profile::kLimits || prng_.Chance(0.2)))
        made_.endpoints[e].quota = prng_.Between(6, 30);
      if (Changes() && e < 4) made_.endpoints[e].present = kept_ || !later_.Chance(0.1);
    }
    made_.org_cap = static_cast<uint32_t>(prng_.Between(2, 5));
    if (profile_ != Profile::kFairness) made_.org_budget = prng_.Between(300, 900) * kCent;
    for (uint32_t& room : made_.room) room = static_cast<uint32_t>(prng_.Between(20, 60));
    for (uint32_t t = 0; t < kTenants; ++t) made_.tenants[t] = MakeTenant(t);
    if (profile_ == Profile::kStorm || profile_ == Profile::kMoney) MakePhases();
    Declare();
    return std::move(made_);
  }

 private:
  // In a life about fairness a reload changes nothing that counts.
  bool Changes() const { return epoch_ > 0 && profile_ != Profile::kFairness; }

  TenantTerms MakeTenant(uint32_t t) {
    TenantTerms tenant;
    const bool fairness = profile_ == Profile::kFairness;
    tenant.pool = t == 5 ? 1 : 0;  // works in another pool than the other members of its org
    tenant.in_org = t % 3 == 2 || (wide_org_ && t < 2);
    tenant.weight = static_cast<uint32_t>(prng_.Between(1, 6));
    DrawSlots(tenant, fairness);
    for (uint32_t e = 0; e < kEndpoints; ++e) {
      tenant.legal[e] = fairness || e >= 4 || prng_.Chance(0.8);
      tenant.later[e] = fairness || e >= 4 || prng_.Chance(0.8);
    }
    if (!fairness) DrawMoney(prng_, tenant), DrawLimits(prng_, tenant);
    if (prng_.Chance(0.5)) tenant.suspended_max = prng_.Between(1, 40) * kHourNs;
    if (kept_ && prng_.Chance(0.5)) tenant.keep_days = static_cast<uint32_t>(prng_.Below(4));
    if (kept_ && prng_.Chance(0.5)) tenant.erase_days = tenant.keep_days + static_cast<uint32_t>(prng_.Below(3));
    if (Changes()) Change(tenant);
    return tenant;
  }
  void DrawSlots(TenantTerms& tenant, bool fairness) {
    if (!fairness || prng_.Chance(0.5)) tenant.cap = static_cast<uint32_t>(prng_.Between(1, 4));
    if (tenant.cap != abi::kUnlimited && prng_.Chance(0.4)) {
      tenant.burst_to = tenant.cap + static_cast<uint32_t>(prng_.Between(1, 2));
      tenant.burst_for = prng_.Between(10, 90) * kSecondNs;
    }
    if (!fairness && prng_.Chance(0.5)) DrawMinimum(tenant);
    if (prng_.Chance(0.3)) tenant.waiting_max = static_cast<uint32_t>(prng_.Between(2, 12));
    if (prng_.Chance(0.5)) tenant.urgent_ppm = static_cast<uint32_t>(prng_.Between(0, 1'000'000));
  }
  // At most its cap, and all of them at most the pool's slots.
  void DrawMinimum(TenantTerms& tenant) {
    uint32_t& left = unpromised_[tenant.pool];
    const uint32_t most = std::min({tenant.cap, left, 3u});
    if (most == 0) return;
    tenant.slots_min = static_cast<uint32_t>(prng_.Between(1, most));
    left -= tenant.slots_min;
  }
  void DrawMoney(Prng& prng, TenantTerms& tenant) const {
    const double tight = profile_ == Profile::kMoney ? 0.9 : 0.4;
    tenant.budget_run = prng.Chance(tight) ? prng.Between(24, 60) * kCent : abi::kUnlimitedMicros;
    tenant.budget_month = prng.Chance(tight) ? prng.Between(60, 400) * kCent : abi::kUnlimitedMicros;
  }
  void DrawLimits(Prng& prng, TenantTerms& tenant) const {
    const double likely = profile_ == Profile::kLimits ? 0.6 : profile_ == Profile::kMoney ? 0.1 : 0.3;
    constexpr int64_t kMost[kLimitKinds] = {8, 6, 12, 900, 24};
    constexpr int64_t kLeast[kLimitKinds] = {2, 2, 2, 200, 8};
    for (uint32_t kind = 0; kind < kLimitKinds; ++kind) {
      tenant.limits[kind] = prng.Chance(likely) ? prng.Between(kLeast[kind], kMost[kind]) : 0;
    }
  }
  void Change(TenantTerms& tenant) {
    tenant.present = kept_ || !later_.Chance(0.1);
    if (later_.Chance(0.3)) tenant.weight = static_cast<uint32_t>(later_.Between(1, 6));
    if (later_.Chance(0.3)) {
      tenant.cap = static_cast<uint32_t>(later_.Between(1, 4));
      tenant.burst_to = 0;
      tenant.slots_min = std::min(tenant.slots_min, tenant.cap);
    }
    if (later_.Chance(0.3)) DrawMoney(later_, tenant);
    const auto limits = tenant.limits;
    if (later_.Chance(0.3)) DrawLimits(later_, tenant);
    for (uint32_t kind = 0; kept_ && kind < kLimitKinds; ++kind) {
      if ((limits[kind] == 0) != (tenant.limits[kind] == 0)) tenant.limits[kind] = limits[kind];
    }
    if (later_.Chance(0.3)) tenant.legal[later_.Below(4)] ^= true;
    if (later_.Chance(0.3)) tenant.later[later_.Below(4)] ^= true;
    if (moves_ && profile_ == Profile::kReloads && later_.Chance(0.3)) tenant.pool = 1 - tenant.pool;
  }
  void MakePhases() {
    for (uint32_t t = 0; t < kTenants; ++t) {
      const bool excepted = prng_.Chance(0.5);
      const TimeNs from = kFirstMorning + static_cast<TimeNs>(prng_.Below(2 * kHourNs));
      const TimeNs until = from + prng_.Between(5, 120) * kMinuteNs;
      TenantTerms terms = made_.tenants[t];
      terms.cap = static_cast<uint32_t>(prng_.Between(1, 4));
      terms.burst_to = 0;
      terms.slots_min = std::min(terms.slots_min, terms.cap);
      if (terms.budget_run != abi::kUnlimitedMicros) terms.budget_run += prng_.Between(0, 30) * kCent;
      for (int64_t& amount : terms.limits) amount += amount > 0 ? prng_.Between(0, 3) : 0;
      if (excepted && terms.present) made_.phases.push_back({t, from, until, terms});
    }
  }

  // 0 … n − 1, shuffled from the second policy on, unless the life is kept.
  std::vector<uint32_t> Order(uint32_t n) {
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < n; ++i) {
      order.insert(order.begin() + static_cast<ptrdiff_t>(epoch_ == 0 || kept_ ? i : later_.Below(i + 1)), i);
    }
    return order;
  }

  void Declare() {
    HandPolicy policy;
    PoolId pools[kPools];
    for (const uint32_t p : Order(kPools)) pools[p] = policy.AddPool(kPoolNames[p], kSlots[p], made_.room[p]);
    policy.AddReviewers("desk", 2);
    std::vector<EndpointId> own(kEndpoints);
    for (const uint32_t e : Order(kEndpoints)) {
      const EndpointTerms& terms = made_.endpoints[e];
      if (!terms.present) continue;
      std::vector<abi::RateSpec> quotas;
      if (terms.quota > 0) quotas.push_back(engine::CallsPer(10 * kMinuteNs, terms.quota));
      own[e] = policy.AddEndpoint("e" + std::to_string(e), kResourceNames[kServes[e]], terms.cost, quotas);
    }
    for (const uint32_t w : Order(kWorkflows)) DeclareWorkflow(policy, w);
    const OrgId org = policy.AddOrg(kOrgName, made_.org_cap, made_.org_budget);
    std::vector<TenantId> tenants(kTenants);
    for (const uint32_t t : Order(kTenants)) {
      const TenantTerms& terms = made_.tenants[t];
      if (!terms.present) continue;
      const ShapeId shape = policy.AddShape(pools[terms.pool], Owned(own, terms.legal));
      policy.ChangeLegal(shape, made_.later, Owned(own, terms.later));
      tenants[t] = policy.AddTenant(TermsOf(policy, t, terms, shape, org));
      for (const PhaseTerms& phase : made_.phases) {
        if (phase.tenant != t) continue;
        policy.AddPhase(tenants[t], phase.from, phase.until, TermsOf(policy, t, phase.terms, shape, org));
      }
    }
    made_.image = policy.Build();
  }
  static std::vector<EndpointId> Owned(const std::vector<EndpointId>& own, const std::array<bool, kEndpoints>& legal) {
    std::vector<EndpointId> owned;
    for (uint32_t e = 0; e < kEndpoints; ++e) {
      if (own[e].valid() && legal[e]) owned.push_back(own[e]);
    }
    return owned;
  }
  static HandTenant TermsOf(HandPolicy& policy, uint32_t t, const TenantTerms& terms, ShapeId shape, OrgId org) {
    HandTenant tenant{.name = "t" + std::to_string(t),
                      .weight = terms.weight,
                      .cap = terms.cap,
                      .burst_to = terms.burst_to,
                      .burst_for_ns = terms.burst_for,
                      .waiting_max = terms.waiting_max,
                      .budget_workflow_micros = terms.budget_run,
                      .budget_month_micros = terms.budget_month};
    tenant.shape = shape;
    if (terms.in_org) tenant.org = org;
    tenant.slots_min = terms.slots_min;
    tenant.urgent_share_ppm = terms.urgent_ppm;
    tenant.suspended_max_ns = terms.suspended_max;
    tenant.keep_data_days = terms.keep_days;
    tenant.erase_data_days = terms.erase_days;
    for (uint32_t kind = 0; kind < kLimitKinds; ++kind) {
      if (terms.limits[kind] == 0) continue;
      const LimitKindTerms& is = kLimitTerms[kind];
      abi::RateSpec spec =
          engine::CallsPer(is.period, terms.limits[kind], policy.Resource(kResourceNames[is.resource]));
      spec.tokens = is.tokens;
      spec.window = is.window;
      if (is.window == abi::RateWindow::kEvenly) spec.burst = kPacedBurst;
      if (is.window == abi::RateWindow::kCalendar) spec.calendar = abi::CalendarPeriod::kDay, spec.window_ns = 0;
      tenant.rates.push_back(spec);
    }
    return tenant;
  }
  static void DeclareWorkflow(HandPolicy& policy, uint32_t w) {
    std::vector<HandStep> steps;
    for (const StepTerms& is : StepsOf(w)) {
      HandStep step{.name = is.name, .optional = is.optional, .retries_max = is.retries_max};
      if (is.resource != kResources) step.resource = kResourceNames[is.resource];
      if (is.replan_to >= 0) step.replan_target = StepsOf(w)[static_cast<size_t>(is.replan_to)].name;
      step.replans_max = is.replans_max;
      step.takes_about_ns = (1 + w) * kSecondNs;
      step.asks = is.asks;
      step.send_to_reviewers = is.by_people;
      step.input_tokens = is.tokens;
      steps.push_back(step);
    }
    policy.AddWorkflow(kWorkflowNames[w], steps);
  }

  uint32_t epoch_;
  Profile profile_;
  bool moves_;
  bool kept_;
  bool wide_org_;  // several members in one pool
  Prng prng_, later_;
  std::array<uint32_t, kPools> unpromised_ = kSlots;  // slots that no minimum has been drawn for
  Policy made_;
};

}  // namespace

Policy MakePolicy(uint64_t seed, uint32_t epoch) { return Maker(seed, epoch).Make(); }

bool IsKept(uint64_t seed) { return ProfileOf(seed) != Profile::kFairness && seed / kProfiles % 4 == 2; }

DurationNs SlotLeaseOf(uint64_t seed) {
  if (ProfileOf(seed) == Profile::kFairness || seed / kProfiles % 3 != 1) return 0;
  return Prng(seed).Between(1, 20) * kMinuteNs;
}

}  // namespace bylaw::sim
