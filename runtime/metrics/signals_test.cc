// What the figures of a platform say: who disturbs whom, and whether it is healthy.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/prng.h"
#include "runtime/metrics/correlation.h"
#include "runtime/metrics/health.h"

namespace bylaw::metrics {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::vector<double> RandomSeries(uint64_t seed, size_t size) {
  Prng prng(seed);
  std::vector<double> series(size);
  for (double& value : series) value = static_cast<double>(prng.Below(1'000));
  return series;
}

TEST(RankCorrelation, AnyMonotonicRelationIsWhole) {
  const std::vector<double> x = RandomSeries(1, 60);
  std::vector<double> up, down;
  for (const double value : x) {
    up.push_back(std::exp(value / 100));
    down.push_back(-value * value * value);
  }
  EXPECT_DOUBLE_EQ(RankCorrelation(x, up).value(), 1);
  EXPECT_DOUBLE_EQ(RankCorrelation(x, down).value(), -1);
}

TEST(RankCorrelation, TiesGetTheMeanOfTheirRanks) {
  const std::vector<double> x = {1, 2, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::vector<double> y = {1, 3, 2, 4, 5, 6, 7, 8, 9, 10};
  // Ranks 1, 2.5, 2.5, 4 … against 1, 3, 2, 4 …: Σxy of the deviations is 82, Σxx 82, Σyy 82.5.
  EXPECT_NEAR(RankCorrelation(x, y).value(), 82 / std::sqrt(82 * 82.5), 1e-12);
}

TEST(RankCorrelation, SaysNothingOfTooFewOrOfWhatNeverChanges) {
  const std::vector<double> few = RandomSeries(2, kPairsMin - 1), x = RandomSeries(3, 20), flat(20, 4.0);
  EXPECT_FALSE(RankCorrelation(few, few).has_value());
  EXPECT_FALSE(RankCorrelation(x, flat).has_value());
  std::vector<double> holes = x;
  for (size_t i = 0; i < 11; ++i) holes[i] = kMissing;
  EXPECT_FALSE(RankCorrelation(x, holes).has_value()) << "nine whole pairs";
  holes[0] = x[0];
  EXPECT_DOUBLE_EQ(RankCorrelation(x, holes).value(), 1) << "ten whole pairs, the missing ones left out";
}

TEST(LaggedRankCorrelation, FindsTheDelay) {
  const std::vector<double> usage = RandomSeries(4, 80);
  std::vector<double> latency(80, kMissing);
  for (size_t t = 3; t < 80; ++t) latency[t] = 2 * usage[t - 3] + 1;
  const auto found = LaggedRankCorrelation(usage, latency, 6);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->lag, 3u);
  EXPECT_DOUBLE_EQ(found->rho, 1);
  EXPECT_EQ(found->pairs, 77u);
  EXPECT_TRUE(found->beyond_chance());
}

TEST(LaggedRankCorrelation, IndependentSeriesAreRarelyBeyondChance) {
  int beyond = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto found = LaggedRankCorrelation(RandomSeries(100 + seed, 60), RandomSeries(900 + seed, 60), 0);
    beyond += found->beyond_chance();
  }
  EXPECT_LE(beyond, 4) << "three standard deviations";
}

TenantSigns Calm() {
  TenantSigns tenant;
  tenant.promised = 100;
  tenant.has_cap = true;
  tenant.cap_utilisation = 0.1;
  tenant.attempts = 400;
  return tenant;
}

TenantSigns Slow(Bottleneck bottleneck) {
  TenantSigns tenant = Calm();
  tenant.slow = true;
  tenant.late = 10;
  tenant.lost_s[static_cast<size_t>(bottleneck)] = 50;
  return tenant;
}

State StateOf(const Health& health, Signal signal) {
  for (const Judgement& judged : health.signals) {
    if (judged.signal == signal) return judged.state;
  }
  ADD_FAILURE() << "no such signal";
  return State::kBroken;
}

TEST(Health, CalmTenantsAreHealthy) {
  EXPECT_EQ(Judge({.tenants = {Calm(), Calm(), Calm()}}).state, State::kHealthy);
  EXPECT_EQ(Judge({}).state, State::kHealthy) << "nothing to complain about";
}

TEST(Health, OneSlowTenantIsNotTheirs) {
  PlatformSigns signs{.tenants = std::vector<TenantSigns>(20, Calm())};
  signs.tenants.push_back(Slow(Bottleneck::kPool));
  const Health health = Judge(signs);
  EXPECT_EQ(health.state, State::kDegrading);
  EXPECT_EQ(health.shared, Bottleneck::kNone);
  EXPECT_EQ(health.slow, 1u);
}

TEST(Health, SeveralSlowTenantsShareABottleneckThatIsNamed) {
  PlatformSigns signs{.tenants = std::vector<TenantSigns>(20, Calm())};
  for (int i = 0; i < 3; ++i) signs.tenants.push_back(Slow(Bottleneck::kPool));
  for (int i = 0; i < 5; ++i) signs.tenants.push_back(Slow(Bottleneck::kOwnCap));
  const Health health = Judge(signs);
  EXPECT_EQ(health.state, State::kBroken);
  EXPECT_EQ(health.shared, Bottleneck::kPool) << "caps are nobody else's";
  EXPECT_EQ(health.shared_by, 3u);
  EXPECT_EQ(health.slow, 8u);
}

TEST(Health, SharesDecideBySharpBounds) {
  PlatformSigns signs{.tenants = {Calm()}};
  for (const auto& [late, state] :
       {std::pair{5u, State::kHealthy}, {6u, State::kDegrading}, {20u, State::kDegrading}, {21u, State::kBroken}}) {
    signs.tenants[0].late = late;
    EXPECT_EQ(StateOf(Judge(signs), Signal::kSla), state) << late << " of 100 late";
  }
  signs.tenants[0] = Calm();
  for (const auto& [overruns, state] : {std::pair{3u, State::kHealthy}, {4u, State::kDegrading}}) {
    signs.tenants[0].overruns = overruns;
    EXPECT_EQ(StateOf(Judge(signs), Signal::kOverruns), state) << overruns << " of 400";
  }
}

TEST(Health, MostTenantsMustBeCalmAndQueuesInProportion) {
  PlatformSigns signs{.tenants = {Calm(), Calm(), Calm()}};
  signs.tenants[0].cap_utilisation = 1;
  EXPECT_EQ(StateOf(Judge(signs), Signal::kCapUtilisation), State::kHealthy);
  signs.tenants[1].cap_utilisation = 0.8;
  EXPECT_EQ(StateOf(Judge(signs), Signal::kCapUtilisation), State::kDegrading);
  signs.reviewers = {{.asked = 9, .waiting_max = 4, .staff = 2}, {.asked = 9, .waiting_max = 2, .staff = 1}};
  EXPECT_EQ(StateOf(Judge(signs), Signal::kReviewers), State::kHealthy) << "two a person at both";
  signs.reviewers.push_back({.asked = 50, .waiting_max = 40, .staff = 1});
  EXPECT_EQ(StateOf(Judge(signs), Signal::kReviewers), State::kDegrading);
}

TEST(Health, AReadAcrossTenantsOrABrokenInvariantBreaksIt) {
  EXPECT_EQ(Judge({.tenants = {Calm()}, .cross_tenant_reads = 1}).state, State::kBroken);
  EXPECT_EQ(Judge({.tenants = {Calm()}, .invariants_hold = false}).state, State::kBroken);
}

TEST(Health, TheVarianceOfBudgetsIsOverThoseThatHaveOne) {
  PlatformSigns signs{.tenants = {Calm(), Calm(), Calm()}};
  signs.tenants[0].has_month_budget = signs.tenants[1].has_month_budget = true;
  signs.tenants[0].budget_utilisation = 0.2;
  signs.tenants[1].budget_utilisation = 0.6;
  EXPECT_NEAR(Judge(signs).budget_utilisation_variance, 0.04, 1e-12);
}

}  // namespace
}  // namespace bylaw::metrics
