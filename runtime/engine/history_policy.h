// Test support: the policies of an EngineHistory, and what they say as plainly as its model needs it.
//
// All policies of one seed name the same things; from the second on their tables are in another order, some tenants and
// endpoints are missing, and caps, limits, budgets, places and prices differ. Numbers here are the engine's.
#ifndef BYLAW_RUNTIME_ENGINE_HISTORY_POLICY_H_
#define BYLAW_RUNTIME_ENGINE_HISTORY_POLICY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {

inline constexpr int kHistoryTenants = 8;
inline constexpr int kHistoryEndpoints = 5;
inline constexpr const char* kHistoryServes[kHistoryEndpoints] = {"bureau", "bureau", "model", "model", "tool"};
inline constexpr uint32_t kHistorySlots[] = {6, 3};  // by pool

struct HistoryTenant {
  bool present = true;
  uint32_t pool = 0;
  bool in_org = false;
  uint32_t cap = 1;
  uint32_t weight = 1;
  int64_t bureau_per_hour = 0;  // 0: no limit
  int64_t budget_workflow_micros = abi::kUnlimitedMicros;
  int64_t budget_month_micros = abi::kUnlimitedMicros;
  std::vector<bool> legal, legal_later;  // by endpoint
};
struct HistoryEndpoint {
  bool present = true;
  int64_t cost_micros = 0;
};

struct HistoryPolicy {
  std::shared_ptr<const abi::PolicyImage> image;
  std::vector<HistoryTenant> tenants;
  std::vector<HistoryEndpoint> endpoints;
  bool other_budgets = false;  // than the policy before
  TimeNs later = 0;            // wall clock: from then on legal_later

  bool Legal(uint32_t tenant, uint32_t endpoint, TimeNs wall) const {
    return (wall >= later ? tenants[tenant].legal_later : tenants[tenant].legal)[endpoint];
  }
};

inline std::vector<uint32_t> CapsOf(const HistoryPolicy& policy) {
  std::vector<uint32_t> caps;
  for (const HistoryTenant& tenant : policy.tenants) caps.push_back(tenant.cap);
  return caps;
}
inline std::vector<int64_t> QuotasOf(const HistoryPolicy& policy) {
  std::vector<int64_t> quotas;
  for (const HistoryTenant& tenant : policy.tenants) quotas.push_back(tenant.bureau_per_hour);
  return quotas;
}

// Builds the policy of one epoch. What only later epochs draw comes from a second stream, so that every tenant is the
// same in all of them but for what is meant to differ.
class HistoryPolicyMaker {
 public:
  HistoryPolicyMaker(uint64_t seed, uint32_t epoch)
      : seed_(seed), epoch_(epoch), prng_(seed), later_(seed * 1'000 + epoch) {}

  HistoryPolicy Make() {
    made_.later = kMondayMorning + static_cast<TimeNs>(prng_.Below(6 * kHourNs));
    made_.other_budgets = epoch_ > 0;
    for (int e = 0; e < kHistoryEndpoints; ++e) {
      const bool gone = epoch_ > 0 && e < 4 && later_.Chance(0.1);
      made_.endpoints.push_back({.present = !gone, .cost_micros = (1 + e) * kCent + epoch_ % 3});
    }
    for (int t = 0; t < kHistoryTenants; ++t) made_.tenants.push_back(MakeTenant(t));
    Declare();
    return std::move(made_);
  }

 private:
  HistoryTenant MakeTenant(int t) {
    HistoryTenant tenant;
    for (int e = 0; e < kHistoryEndpoints; ++e) {
      tenant.legal.push_back(e == 4 || prng_.Chance(0.8));
      tenant.legal_later.push_back(e == 4 || prng_.Chance(0.8));
    }
    tenant.cap = static_cast<uint32_t>(prng_.Between(1, 4));
    tenant.bureau_per_hour = prng_.Chance(0.6) ? prng_.Between(2, 12) : 0;
    tenant.weight = static_cast<uint32_t>(prng_.Between(1, 5));
    if (prng_.Chance(0.7)) tenant.budget_workflow_micros = prng_.Between(24, 60) * kCent;
    if (prng_.Chance(0.7)) tenant.budget_month_micros = prng_.Between(60, 600) * kCent;
    tenant.pool = t >= 6 ? 1 : 0;  // tenant 6 works in another pool than the other members of its org
    tenant.in_org = t % 3 == 0;
    if (epoch_ == 0) return tenant;
    tenant.present = !later_.Chance(0.1);
    if (later_.Chance(0.3)) tenant.cap = static_cast<uint32_t>(later_.Between(1, 4));
    if (later_.Chance(0.3)) tenant.bureau_per_hour = later_.Chance(0.8) ? later_.Between(2, 12) : 0;
    if (later_.Chance(0.3)) tenant.weight = static_cast<uint32_t>(later_.Between(1, 5));
    if (later_.Chance(0.3)) tenant.budget_workflow_micros = later_.Between(24, 60) * kCent;
    if (later_.Chance(0.3)) tenant.legal[later_.Below(4)].flip();
    if (later_.Chance(0.3)) tenant.legal_later[later_.Below(4)].flip();
    if (seed_ % 3 == 0 && later_.Chance(0.2)) tenant.pool = 1 - tenant.pool;
    if (seed_ % 3 == 0 && later_.Chance(0.2)) tenant.in_org = !tenant.in_org;
    return tenant;
  }

  // 0 … n − 1, shuffled from the second policy on.
  std::vector<int> Order(int n) {
    std::vector<int> order;
    for (int i = 0; i < n; ++i)
      order.insert(order.begin() + static_cast<ptrdiff_t>(epoch_ == 0 ? i : later_.Below(i + 1)), i);
    return order;
  }

  void Declare() {
    HandPolicy policy;
    PoolId pools[2];
    constexpr const char* kPools[] = {"workers", "far-workers"};
    for (const int p : Order(2)) pools[p] = policy.AddPool(kPools[p], kHistorySlots[p], p == 0 ? 400 : 200);
    policy.AddReviewers("desk", 2);
    std::vector<EndpointId> own(kHistoryEndpoints);
    for (const int e : Order(kHistoryEndpoints)) {
      if (!made_.endpoints[e].present) continue;
      own[e] = policy.AddEndpoint("e" + std::to_string(e), kHistoryServes[e], made_.endpoints[e].cost_micros);
    }
    for (const int w : Order(2)) w == 0 ? DeclareLoan(policy) : DeclareAsked(policy);
    const OrgId org = policy.AddOrg("group", 4, 500 * kCent);
    for (const int t : Order(kHistoryTenants)) {
      const HistoryTenant& tenant = made_.tenants[t];
      if (!tenant.present) continue;
      std::vector<EndpointId> legal, legal_later;
      for (int e = 0; e < kHistoryEndpoints; ++e) {
        if (own[e].valid() && tenant.legal[e]) legal.push_back(own[e]);
        if (own[e].valid() && tenant.legal_later[e]) legal_later.push_back(own[e]);
      }
      const ShapeId shape = policy.AddShape(pools[tenant.pool], legal);
      policy.ChangeLegal(shape, made_.later, legal_later);
      HandTenant terms{.name = "t" + std::to_string(t), .weight = tenant.weight, .cap = tenant.cap};
      terms.shape = shape;
      if (tenant.in_org) terms.org = org;
      terms.budget_workflow_micros = tenant.budget_workflow_micros;
      terms.budget_month_micros = tenant.budget_month_micros;
      if (tenant.bureau_per_hour > 0) {
        terms.rates = {CallsPer(kHourNs, tenant.bureau_per_hour, policy.Resource("bureau"))};
      }
      policy.AddTenant(terms);
    }
    made_.image = policy.Build();
  }

  static void DeclareLoan(HandPolicy& policy) {
    policy.AddWorkflow("loan", {{.name = "verify", .resource = "tool"},
                                {.name = "credit", .resource = "bureau", .retries_max = 1},
                                {.name = "enrich", .resource = "bureau", .optional = true},
                                {.name = "judge", .resource = "model", .replan_target = "credit", .replans_max = 2},
                                {.name = "decide", .resource = "model", .retries_max = 2}});
  }
  static void DeclareAsked(HandPolicy& policy) {
    policy.AddWorkflow("asked", {{.name = "credit", .resource = "bureau", .retries_max = 1},
                                 {.name = "decide", .resource = "model", .asks = 1}});
  }

  uint64_t seed_;
  uint32_t epoch_;
  Prng prng_, later_;
  HistoryPolicy made_;
};

inline HistoryPolicy MakeHistoryPolicy(uint64_t seed, uint32_t epoch) { return HistoryPolicyMaker(seed, epoch).Make(); }

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_HISTORY_POLICY_H_
