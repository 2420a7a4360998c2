#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/prng.h"
#include "runtime/metrics/figures.h"

namespace bylaw::metrics {
namespace {

int64_t NearestRank(std::vector<int64_t> samples, int per_mille) {
  std::sort(samples.begin(), samples.end());
  for (const int64_t sample : samples) {
    const auto up_to = std::upper_bound(samples.begin(), samples.end(), sample) - samples.begin();
    if (up_to * 1'000 >= static_cast<int64_t>(samples.size()) * per_mille) return sample;
  }
  return samples.back();
}

// Spread over many powers of two.
int64_t Sample(Prng& prng) { return prng.Between(0, int64_t{1} << prng.Between(1, 62)); }

TEST(Distribution, SmallOnesAreExact) {
  Prng prng(1);
  Distribution distribution;
  std::vector<int64_t> samples;
  for (size_t n = 1; n <= Distribution::kExactMax; ++n) {
    samples.push_back(Sample(prng));
    distribution.Add(samples.back());
    if (n % 37 > 1) continue;
    for (const int per_mille : {0, 1, 500, 950, 990, 999, 1'000}) {
      ASSERT_EQ(distribution.Percentile(per_mille), NearestRank(samples, per_mille)) << n << " " << per_mille;
    }
  }
}

TEST(Distribution, LargeOnesAreNeverTooLowAndAtMostOnePartIn128TooHigh) {
  Prng prng(2);
  Distribution distribution;
  std::vector<int64_t> samples;
  for (int i = 0; i < 50'000; ++i) {
    samples.push_back(Sample(prng));
    distribution.Add(samples.back());
  }
  for (int per_mille = 0; per_mille <= 1'000; per_mille += 25) {
    const int64_t exact = NearestRank(samples, per_mille), told = distribution.Percentile(per_mille);
    ASSERT_GE(told, exact) << per_mille;
    ASSERT_LE(static_cast<double>(told), static_cast<double>(exact) * (1 + Distribution::kErrorMax)) << per_mille;
  }
  EXPECT_EQ(distribution.max(), *std::max_element(samples.begin(), samples.end()));
  EXPECT_EQ(distribution.Percentile(1'000), distribution.max());
  EXPECT_EQ(distribution.count(), 50'000);
}

TEST(Distribution, TheLargestNumbersFit) {
  Distribution distribution;
  for (int i = 0; i < 600; ++i) distribution.Add(INT64_MAX - i % 2);
  distribution.Add(-5);
  EXPECT_EQ(distribution.Percentile(500), INT64_MAX);
  EXPECT_EQ(distribution.Percentile(0), 0);
  EXPECT_NEAR(distribution.mean(), static_cast<double>(INT64_MAX) * 600 / 601, 1e10);
}

TEST(Distribution, SmallNumbersStayExactInLargeOnes) {
  Distribution distribution;
  for (int i = 0; i < 10'000; ++i) distribution.Add(i % 250);
  EXPECT_EQ(distribution.Percentile(500), 124);
  EXPECT_EQ(distribution.Percentile(990), 247);
  EXPECT_EQ(distribution.CountUpTo(9), 400);
  EXPECT_DOUBLE_EQ(distribution.mean(), 124.5);
}

TEST(Distribution, MergingIsAddingAll) {
  for (const int size : {100, 300, 2'000}) {
    Prng prng(static_cast<uint64_t>(size));
    Distribution left, right, both;
    for (int i = 0; i < size; ++i) {
      const int64_t sample = Sample(prng);
      (i % 3 == 0 ? left : right).Add(sample);
      both.Add(sample);
    }
    left.Merge(right);
    EXPECT_EQ(left.count(), both.count());
    EXPECT_EQ(left.mean(), both.mean());
    for (const int per_mille : {10, 500, 950, 999}) EXPECT_EQ(left.Percentile(per_mille), both.Percentile(per_mille));
    EXPECT_EQ(left.CountUpTo(both.Percentile(500)), both.CountUpTo(both.Percentile(500)));
  }
}

TEST(Distribution, NothingIsZero) {
  const Distribution distribution;
  EXPECT_EQ(distribution.Percentile(950), 0);
  EXPECT_EQ(distribution.mean(), 0);
  EXPECT_EQ(distribution.CountUpTo(1'000), 0);
}

TEST(JainIndex, IsOneWhenServiceFollowsWeightAndOneOverNWhenOneHasAll) {
  const std::vector<Service> by_weight = {{10, 1}, {20, 2}, {100, 10}};
  EXPECT_DOUBLE_EQ(JainIndex(by_weight), 1);
  const std::vector<Service> one_has_all = {{10, 1}, {0, 1}, {0, 1}, {0, 1}};
  EXPECT_DOUBLE_EQ(JainIndex(one_has_all), 0.25);
  const std::vector<Service> unequal = {{1, 1}, {3, 1}};
  EXPECT_DOUBLE_EQ(JainIndex(unequal), 0.8);
  EXPECT_DOUBLE_EQ(JainIndex({}), 1);
  EXPECT_DOUBLE_EQ(JainIndex(std::vector<Service>(3)), 1);
}

TEST(TenantFigures, AGroupIsTheSumOfItsMembers) {
  TenantFigures a, b;
  a.submitted = 5;
  a.refused[static_cast<size_t>(abi::Reason::kBackpressure)] = 2;
  a.in_flight_most = 7;
  a.wait_ns.Add(10);
  b.submitted = 4;
  b.refused[static_cast<size_t>(abi::Reason::kBudget)] = 3;
  b.in_flight_most = 3;
  b.wait_ns.Add(30);
  b.slot_time_ns = 45;
  a.Add(b);
  EXPECT_EQ(a.submitted, 9);
  EXPECT_EQ(a.RefusedTotal(), 5);
  EXPECT_EQ(a.in_flight_most, 7u);
  EXPECT_EQ(a.slot_time_ns, 45);
  EXPECT_EQ(a.wait_ns.Percentile(1'000), 30);
  EXPECT_EQ(a.wait_ns.count(), 2);
}

}  // namespace
}  // namespace bylaw::metrics
