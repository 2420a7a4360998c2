// Test support: the lending platform's days as images and scenarios made by hand.
#ifndef BYLAW_SIMULATOR_LENDING_FOR_TEST_H_
#define BYLAW_SIMULATOR_LENDING_FOR_TEST_H_

#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/hand_policy.h"
#include "simulator/scenario.h"

namespace bylaw::simulator {

// Monday, 2026-11-23 08:00 UTC.
inline constexpr TimeNs kMondayAtEight = 1'795'420'800 * kSecondNs;
inline constexpr uint32_t kInstitutions = 200;
inline const TenantId kInstitutionX = TenantId(kInstitutions - 1);

// 200 institutions of weight 1 and a cap of 20 on 100 slots; verify → credit → compliance → decide, 45 s in all.
inline std::shared_ptr<const abi::PolicyImage> Institutions(uint32_t cap = 20) {
  engine::HandPolicy policy;
  policy.AddPool("workers", 100, 20'000);
  policy.AddEndpoint("identity", "identity", 20'000);
  policy.AddEndpoint("bureau", "bureau", 50'000);
  policy.AddEndpoint("model", "model", 80'000);
  policy.AddWorkflow("loan-approval", {{.name = "verify", .resource = "identity", .takes_about_ns = 5 * kSecondNs},
                                       {.name = "credit", .resource = "bureau", .takes_about_ns = 20 * kSecondNs},
                                       {.name = "compliance", .resource = "model", .takes_about_ns = 10 * kSecondNs},
                                       {.name = "decide", .resource = "model", .takes_about_ns = 10 * kSecondNs}});
  for (uint32_t i = 0; i < kInstitutions; ++i) {
    policy.AddTenant({.name = "institution-" + std::to_string(i), .cap = cap});
  }
  return policy.Build();
}

// Each institution sends `runs` between 08:00 and 16:00; institution X 5,000 more within 30 minutes from 09:00.
inline Scenario Monday(uint64_t runs, bool flood, sched::Strategy strategy, Arrivals arrivals = Arrivals::kEven,
                       uint64_t seed = 1) {
  Scenario scenario;
  scenario.name = "monday-morning";
  scenario.starts_at_wall = kMondayAtEight;
  scenario.duration_ns = 8 * kHourNs;
  scenario.strategy = strategy;
  scenario.arrivals = arrivals;
  scenario.seed = seed;
  Load daily{.runs = runs, .within_ns = scenario.duration_ns};
  for (uint32_t i = 0; i < kInstitutions; ++i) daily.tenants.push_back(TenantId(i));
  scenario.loads.push_back(daily);
  if (flood) {
    scenario.loads.push_back(
        {.tenants = {kInstitutionX}, .runs = 5'000, .from_ns = kHourNs, .within_ns = 30 * kMinuteNs});
  }
  scenario.service.push_back({.about_ns = 45 * kSecondNs});
  scenario.promises.assign(kInstitutions, {.declared_runs = runs, .within_ns = 5 * kMinuteNs, .share_ppm = 950'000});
  return scenario;
}

// The bank (50 at once, 500 bureau calls an hour), the credit union (10; 50) and the startup (3; 10) on 100 slots. A
// portfolio review makes three bureau calls and takes 7.5 minutes.
inline const TenantId kBank = TenantId(0), kCreditUnion = TenantId(1), kStartup = TenantId(2);
inline std::shared_ptr<const abi::PolicyImage> ThreeCustomers() {
  engine::HandPolicy policy;
  policy.AddPool("workers", 100, 20'000);
  policy.AddEndpoint("bureau", "bureau", 50'000);
  policy.AddEndpoint("model", "model", 80'000);
  const ResourceId bureau = policy.Resource("bureau");
  policy.AddWorkflow("portfolio-review", {{.name = "exposure", .resource = "bureau", .takes_about_ns = 2 * kMinuteNs},
                                          {.name = "history", .resource = "bureau", .takes_about_ns = 2 * kMinuteNs},
                                          {.name = "collateral", .resource = "bureau", .takes_about_ns = 2 * kMinuteNs},
                                          {.name = "conclude", .resource = "model", .takes_about_ns = 90 * kSecondNs}});
  policy.AddWorkflow("loan-approval", {{.name = "credit", .resource = "bureau", .takes_about_ns = 25 * kSecondNs},
                                       {.name = "decide", .resource = "model", .takes_about_ns = 20 * kSecondNs}});
  policy.AddTenant({.name = "bank", .weight = 10, .cap = 50, .rates = {engine::CallsPer(kHourNs, 500, bureau)}});
  policy.AddTenant({.name = "union", .weight = 3, .cap = 10, .rates = {engine::CallsPer(kHourNs, 50, bureau)}});
  policy.AddTenant({.name = "startup", .cap = 3, .rates = {engine::CallsPer(kHourNs, 10, bureau)}});
  return policy.Build();
}

inline Scenario QuarterlyReview(bool with_the_bank = true) {
  Scenario scenario;
  scenario.name = "quarterly-review";
  scenario.starts_at_wall = kMondayAtEight + kHourNs;
  scenario.duration_ns = 4 * kHourNs;
  scenario.loads.push_back(
      {.tenants = {kCreditUnion}, .workflow = WorkflowId(1), .runs = 60, .within_ns = scenario.duration_ns});
  scenario.loads.push_back(
      {.tenants = {kStartup}, .workflow = WorkflowId(1), .runs = 24, .within_ns = scenario.duration_ns});
  if (with_the_bank) {
    scenario.loads.push_back({.tenants = {kBank}, .workflow = WorkflowId(0), .runs = 200, .within_ns = kMinuteNs});
  }
  return scenario;
}

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_LENDING_FOR_TEST_H_
