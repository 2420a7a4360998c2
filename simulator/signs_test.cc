// Who is noisy, who is slow and why: on days whose story is known.
#include "simulator/signs.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/lending_for_test.h"
#include "simulator/simulate.h"

namespace bylaw::simulator {
namespace {

using sched::Strategy;

struct Day {
  std::shared_ptr<const abi::PolicyImage> image;
  Scenario scenario;
  Result result;
};
Day Live(std::shared_ptr<const abi::PolicyImage> image, Scenario scenario) {
  scenario.windows = 96;
  auto result = Simulate(image, scenario);
  EXPECT_TRUE(result.ok()) << result.status();
  return {std::move(image), std::move(scenario), *std::move(result)};
}
metrics::Health HealthOf(const Day& day) { return metrics::Judge(SignsOf(*day.image, day.scenario, day.result)); }
Group AllBut(const Day& day, TenantId left_out) {
  Group group;
  for (size_t i = 0; i < day.result.tenants.size(); ++i) {
    if (day.result.tenants[i].tenant != left_out) group.push_back(i);
  }
  return group;
}

TEST(SignsTest, TheFloodIsNoisyUnderEveryStrategyAndNobodyElseIs) {
  for (const Strategy strategy : {Strategy::kFifo, Strategy::kRoundRobin, Strategy::kPolicy}) {
    for (const uint64_t runs : {50, 256}) {
      const Day day = Live(Institutions(), Monday(runs, true, strategy, Arrivals::kPoisson));
      const std::vector<bool> noisy = NoisyTenants(*day.image, day.result);
      for (size_t i = 0; i < noisy.size(); ++i) {
        ASSERT_EQ(noisy[i], day.result.tenants[i].tenant == kInstitutionX) << i << ", " << runs << " runs each";
      }
    }
  }
  const Day calm = Live(Institutions(), Monday(256, false, Strategy::kPolicy, Arrivals::kPoisson));
  EXPECT_THAT(NoisyTenants(*calm.image, calm.result), testing::Each(false));
}

TEST(SignsTest, UnderFifoTheSharedPoolIsNamedUnderPolicyTheFloodsOwnCap) {
  const Day fifo = Live(Institutions(), Monday(50, true, Strategy::kFifo, Arrivals::kPoisson));
  const metrics::Health bad = HealthOf(fifo);
  EXPECT_EQ(bad.state, metrics::State::kBroken);
  EXPECT_EQ(bad.shared, metrics::Bottleneck::kPool);
  EXPECT_GT(bad.shared_by, 20u);
  Scenario announced = Monday(50, true, Strategy::kPolicy, Arrivals::kPoisson);
  announced.promises[kInstitutionX.index()].declared_runs = 5'050;
  const Day policy = Live(Institutions(), announced);
  const metrics::Health good = HealthOf(policy);
  EXPECT_EQ(good.state, metrics::State::kBroken) << "a third of the promised runs are the flood's, and late";
  EXPECT_EQ(good.slow, 1u);
  EXPECT_EQ(good.shared, metrics::Bottleneck::kNone);
  EXPECT_EQ(SignsOf(*policy.image, policy.scenario, *policy.result.Find(kInstitutionX)).bottleneck(),
            metrics::Bottleneck::kOwnCap);
  const Day undeclared = Live(Institutions(), Monday(50, true, Strategy::kPolicy, Arrivals::kPoisson));
  EXPECT_NE(HealthOf(undeclared).state, metrics::State::kBroken) << "excess is nobody's promise";
}

TEST(SignsTest, TheFloodsUsageIsFeltByTheOthersUnderFifoOnly) {
  for (const auto& [strategy, felt] : {std::pair{Strategy::kFifo, true}, {Strategy::kPolicy, false}}) {
    const Day day = Live(Institutions(), Monday(50, true, strategy, Arrivals::kPoisson));
    const Group others = AllBut(day, kInstitutionX), flood = {kInstitutionX.index()};
    const auto found = Correlation(WindowsOf(day.result, flood), WindowsOf(day.result, others));
    EXPECT_EQ(found.has_value(), felt) << "under policy they never wait";
    if (!felt) continue;
    EXPECT_GT(found->rho, 0.5) << "most windows have no waits at all";
    EXPECT_TRUE(found->beyond_chance());
  }
}

TEST(SignsTest, AmongThoseThatWaitFifoSharesUnevenly) {
  const Day fifo = Live(Institutions(), Monday(256, true, Strategy::kFifo, Arrivals::kPoisson));
  double least = 1;
  size_t windows = 0;
  for (const std::optional<double>& jain : JainAmongWaiting(*fifo.image, fifo.result)) {
    windows += jain.has_value();
    least = std::min(least, jain.value_or(1));
  }
  EXPECT_GT(windows, 5u);
  EXPECT_LT(least, 0.2);
  const Day policy = Live(Institutions(), Monday(256, true, Strategy::kPolicy));
  EXPECT_THAT(JainAmongWaiting(*policy.image, policy.result), testing::Each(std::nullopt)) << "only the flood waits";
}

}  // namespace
}  // namespace bylaw::simulator
