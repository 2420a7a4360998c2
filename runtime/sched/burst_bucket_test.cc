#include "runtime/sched/burst_bucket.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/prng.h"
#include "runtime/sched/cost_estimator.h"

namespace bylaw::sched {
namespace {

// The definition, one step of time after the other.
struct SlowBucket {
  int64_t cap, ceiling, capacity, level;
  bool paying_back = false;

  void Tick(int64_t at_once) {
    level = std::min(level + cap - at_once, capacity);
    if (!paying_back && level <= 0) {
      paying_back = true;
    } else if (paying_back && level >= capacity) {
      paying_back = false;
    }
  }
};

TEST(BurstBucketTest, AgreesWithCountingEveryNanosecond) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Prng prng(seed);
    const uint32_t cap = 1 + static_cast<uint32_t>(prng.Below(6));
    const uint32_t ceiling = cap + 1 + static_cast<uint32_t>(prng.Below(6));
    const DurationNs duration = prng.Between(1, 60);
    BurstBucket bucket(cap, ceiling, duration, 0);
    SlowBucket slow{cap, ceiling, (ceiling - cap) * duration, (ceiling - cap) * duration};
    TimeNs now = 0;
    for (int change = 0; change < 60; ++change) {
      const uint32_t at_once = static_cast<uint32_t>(prng.Below(bucket.ceiling_in_force() + 1));
      const TimeNs until = now + prng.Between(0, 80);
      // The engine calls at every change of the bucket, as NextChange asks for.
      while (now < until) {
        const TimeNs stop = std::min(until, std::max(bucket.NextChange(at_once), now + 1));
        for (; now < stop; ++now) slow.Tick(at_once);
        bucket.Advance(at_once, now);
        ASSERT_EQ(bucket.level(), slow.level) << "seed " << seed << " at " << now;
        ASSERT_EQ(bucket.paying_back(), slow.paying_back) << "seed " << seed << " at " << now;
      }
      ASSERT_GE(bucket.cap_in_force(), 1u);
    }
  }
}

TEST(BurstBucketTest, WhatWasBorrowedIsPaidBackInFull) {
  BurstBucket bucket(50, 75, 10 * kMinuteNs, 0);
  EXPECT_EQ(bucket.NextChange(75), 10 * kMinuteNs);
  EXPECT_EQ(bucket.NextChange(50), kForeverNs);
  EXPECT_EQ(bucket.Advance(75, 10 * kMinuteNs), BurstBucket::Change::kPaybackBegins);
  EXPECT_EQ(bucket.cap_in_force(), 25u);
  EXPECT_EQ(bucket.ceiling_in_force(), 25u);
  EXPECT_EQ(bucket.NextChange(25), 20 * kMinuteNs);
  // The turns above the new cap run on for two minutes: what they drain is owed as well.
  EXPECT_EQ(bucket.Advance(75, 12 * kMinuteNs), BurstBucket::Change::kNothing);
  EXPECT_EQ(bucket.NextChange(25), 24 * kMinuteNs);
  EXPECT_EQ(bucket.Advance(25, 24 * kMinuteNs), BurstBucket::Change::kPaybackEnds);
  EXPECT_EQ(bucket.cap_in_force(), 50u);
}

TEST(BurstBucketTest, NewNumbersKeepTheDebt) {
  BurstBucket bucket(2, 4, kMinuteNs, 0);
  bucket.Advance(4, 30 * kSecondNs);
  const int64_t owed = bucket.capacity() - bucket.level();
  EXPECT_EQ(owed, kMinuteNs);
  bucket.Configure(3, 6, kMinuteNs);
  EXPECT_EQ(bucket.capacity() - bucket.level(), owed);
}

TEST(CostEstimatorTest, MovesFromTheDeclaredToWhatIsMeasured) {
  CostEstimator estimator(45 * kSecondNs);
  EXPECT_EQ(estimator.estimate_ns(), 45 * kSecondNs);
  DurationNs last = estimator.estimate_ns();
  for (int i = 0; i < 100; ++i) {
    estimator.Learn(5 * kSecondNs);
    EXPECT_LE(estimator.estimate_ns(), last);
    last = estimator.estimate_ns();
  }
  EXPECT_NEAR(static_cast<double>(last), 5.0 * kSecondNs, 0.01 * kSecondNs);
  for (int i = 0; i < 1'000; ++i) estimator.Learn(0);
  EXPECT_GE(estimator.estimate_ns(), 1);
}

}  // namespace
}  // namespace bylaw::sched
