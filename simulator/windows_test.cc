// What a simulation says of time: exact in each window, and in sum what the tenants' own figures say.
#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/lending_for_test.h"
#include "simulator/simulate.h"

namespace bylaw::simulator {
namespace {

using sched::Strategy;

Result MustSimulate(const std::shared_ptr<const abi::PolicyImage>& image, const Scenario& scenario) {
  auto result = Simulate(image, scenario);
  EXPECT_TRUE(result.ok()) << result.status();
  return *std::move(result);
}

// Three runs of 15 s at once for a tenant that may run one; windows of 10 s.
Result ThreeInARow(Strategy strategy, uint32_t slots) {
  engine::HandPolicy policy;
  policy.AddPool("workers", slots);
  policy.AddEndpoint("tool", "tool", 30'000);
  policy.AddWorkflow("w", {{.name = "s", .resource = "tool"}});
  policy.AddTenant({.name = "x", .cap = 1});
  Scenario scenario;
  scenario.duration_ns = kMinuteNs;
  scenario.windows = 6;
  scenario.strategy = strategy;
  scenario.loads.push_back({.tenants = {TenantId(0)}, .runs = 3, .within_ns = 1});
  scenario.service.push_back({.about_ns = 15 * kSecondNs});
  scenario.costs.push_back({.step = StepId(0), .micros = 31'000});
  return MustSimulate(policy.Build(), scenario);
}

std::vector<double> Seconds(const TenantResult& tenant, DurationNs Window::* field) {
  std::vector<double> seconds;
  for (const Window& window : tenant.windows)
    seconds.push_back(std::round(static_cast<double>(window.*field) * 1e-8) / 10);
  return seconds;
}

TEST(WindowsTest, WhatLastsIsSplitAmongTheWindowsItTouches) {
  const Result result = ThreeInARow(Strategy::kPolicy, 5);
  ASSERT_EQ(result.window_ns, 10 * kSecondNs);
  const TenantResult& tenant = result.tenants[0];
  EXPECT_THAT(Seconds(tenant, &Window::slot_ns), testing::ElementsAre(10, 10, 10, 10, 5));
  EXPECT_THAT(Seconds(tenant, &Window::at_once_ns), testing::ElementsAre(10, 10, 10, 10, 5));
  EXPECT_THAT(Seconds(tenant, &Window::waiting_ns), testing::ElementsAre(20, 15, 10, 0, 0));
  EXPECT_THAT(Seconds(tenant, &Window::backlogged_ns), testing::ElementsAre(10, 10, 10, 0, 0));
  EXPECT_THAT(Seconds(tenant, &Window::wait_ns), testing::ElementsAre(45, 0, 0, 0, 0)) << "by submission";
  EXPECT_EQ(tenant.windows[0].completed, 3u);
  EXPECT_EQ(tenant.windows[1].spent_micros, 31'000) << "the attempt that ended at 15 s";
  EXPECT_EQ(tenant.demand_max, 3u);
  EXPECT_EQ(tenant.attempts, 3u);
  EXPECT_EQ(tenant.overruns, 3u) << "$0.031 where $0.03 was reserved";
  EXPECT_EQ(tenant.spent_run_max_micros, 31'000);
  EXPECT_NEAR(tenant.cap_utilisation, 1, 1e-6);
  EXPECT_NEAR(tenant.active_seconds, 45, 1e-6);
  EXPECT_NEAR(tenant.at_cap_seconds, 45, 1e-6);
}

TEST(WindowsTest, QueueingIsPutDownToTheCapOrToTheSlots) {
  const Result capped = ThreeInARow(Strategy::kPolicy, 5);
  EXPECT_NEAR(capped.tenants[0].queued_at_cap_seconds, 45, 1e-6);
  EXPECT_NEAR(capped.tenants[0].queued_for_slots_seconds, 0, 1e-6);
  const Result crowded = ThreeInARow(Strategy::kFifo, 1);
  EXPECT_NEAR(crowded.tenants[0].queued_at_cap_seconds, 0, 1e-6);
  EXPECT_NEAR(crowded.tenants[0].queued_for_slots_seconds, 45, 1e-6);
  ASSERT_EQ(crowded.pools.size(), 1u);
  EXPECT_EQ(crowded.pools[0].busy, crowded.pools[0].full) << "its only slot";
}

TEST(WindowsTest, InSumTheyAreTheTenantsOwnFigures) {
  for (const Strategy strategy : {Strategy::kFifo, Strategy::kPolicy}) {
    Scenario scenario = Monday(20, true, strategy, Arrivals::kPoisson);
    scenario.windows = 96;
    const Result result = MustSimulate(Institutions(), scenario);
    std::vector<DurationNs> slots(192);
    for (const TenantResult& tenant : result.tenants) {
      Window sum;
      for (size_t i = 0; i < tenant.windows.size(); ++i) {
        sum.slot_ns += tenant.windows[i].slot_ns;
        sum.wait_ns += tenant.windows[i].wait_ns;
        sum.completed += tenant.windows[i].completed;
        sum.spent_micros += tenant.windows[i].spent_micros;
        slots[i] += tenant.windows[i].slot_ns;
      }
      DurationNs waits = 0;
      for (const DurationNs wait : tenant.waits) waits += wait;
      ASSERT_NEAR(static_cast<double>(sum.slot_ns) * 1e-9, tenant.slot_seconds, 1e-3);
      ASSERT_EQ(sum.wait_ns, waits);
      ASSERT_EQ(sum.completed, tenant.completed);
      ASSERT_EQ(sum.spent_micros, tenant.spent_micros);
    }
    for (const DurationNs held : slots) ASSERT_LE(held, 100 * result.window_ns) << "no more than the pool has";
  }
}

TEST(WindowsTest, TheyChangeNothing) {
  Scenario scenario = Monday(20, true, Strategy::kPolicy);
  const uint64_t without = MustSimulate(Institutions(), scenario).trace_hash;
  scenario.windows = 96;
  EXPECT_EQ(MustSimulate(Institutions(), scenario).trace_hash, without);
}

}  // namespace
}  // namespace bylaw::simulator
