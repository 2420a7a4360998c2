#include "runtime/sched/token_fair_queue.h"

#include <algorithm>
#include <vector>

#include "base/prng.h"
#include "gtest/gtest.h"

namespace bylaw::sched {
namespace {

// Random requests of tenants of random weights on a server that holds eight at a time.
class Life {
 public:
  explicit Life(uint64_t seed) : prng_(seed), queue_({.unknown_units = 100}) {
    for (int t = 0; t < 5; ++t) {
      queue_.AddTenant(static_cast<uint64_t>(prng_.Between(1, 4)));
      used_.push_back(0);
    }
  }

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) {
      Step();
      ASSERT_EQ(queue_.CheckConsistency(), "");
      CheckCharges();
    }
    while (!under_way_.empty()) End(0);
    for (uint32_t t = 0; t < used_.size(); ++t) EXPECT_EQ(queue_.UsedUnits(t), used_[t]) << "all has ended";
  }

 private:
  struct UnderWay {
    uint32_t handle, tenant;
    int64_t known, used, all;
  };

  void Step() {
    const uint64_t dice = prng_.Below(10);
    if (dice < 4) {
      queue_.Enqueue(
          {.job = jobs_++, .tenant = static_cast<uint32_t>(prng_.Below(5)), .known_units = prng_.Between(0, 50)});
    } else if (dice < 7 && under_way_.size() < 8) {
      const TokenFairQueue::Request* next = queue_.Next();
      const uint64_t job = next == nullptr ? 0 : next->job;
      const auto taken = queue_.Take();
      ASSERT_EQ(taken.has_value(), next != nullptr);
      if (!taken) return;
      EXPECT_EQ(taken->request.job, job);
      const int64_t known = taken->request.known_units;
      under_way_.push_back({taken->handle, taken->request.tenant, known, 0, known + prng_.Between(1, 300)});
    } else if (!under_way_.empty()) {
      UnderWay& request = under_way_[prng_.Below(under_way_.size())];
      request.used = std::min(request.all, request.used + request.known + prng_.Between(1, 60));
      queue_.Use(request.handle, request.used);
      if (request.used == request.all) End(static_cast<size_t>(&request - under_way_.data()));
    }
  }
  void End(size_t at) {
    const UnderWay ended = under_way_[at];
    under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(at));
    queue_.End(ended.handle, ended.all);
    used_[ended.tenant] += ended.all;
  }
  // INVARIANT(ahead), from the outside: what has been used; ahead of it the known part of each request under way that
  // has not been used, and at most an eighth of the longest answer there may be.
  void CheckCharges() {
    std::vector<int64_t> used = used_, least(used_.size()), most(used_.size());
    for (const UnderWay& request : under_way_) {
      used[request.tenant] += request.used;
      least[request.tenant] += std::max<int64_t>(request.known - request.used, 0);
      most[request.tenant] += std::max<int64_t>(request.known - request.used, 0) + 38;
    }
    for (uint32_t t = 0; t < used_.size(); ++t) {
      EXPECT_EQ(queue_.UsedUnits(t), used[t]);
      EXPECT_GE(queue_.AheadUnits(t), static_cast<double>(least[t]));
      EXPECT_LE(queue_.AheadUnits(t), static_cast<double>(most[t]));
    }
  }

  Prng prng_;
  TokenFairQueue queue_;
  std::vector<UnderWay> under_way_;
  std::vector<int64_t> used_;  // by tenant, of requests that have ended
  uint64_t jobs_ = 0;
};

TEST(TokenFairQueueTest, TagsAreWhatWasUsedAndRanksABitAhead) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Life(seed).Run(600);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

// Whoever begins to wait is not served before those that waited all the while have had what it was given in advance.
TEST(TokenFairQueueTest, CreditIsLostAndDebtIsKept) {
  TokenFairQueue queue({.unknown_units = 100});
  const uint32_t idle = queue.AddTenant(1), busy = queue.AddTenant(1);
  for (uint64_t i = 0; i < 100; ++i) {
    queue.Enqueue({.job = i, .tenant = busy, .known_units = 0});
    queue.End(queue.Take()->handle, 100);
  }
  for (uint64_t i = 0; i < 20; ++i) {
    queue.Enqueue({.job = i, .tenant = busy, .known_units = 0});
    queue.Enqueue({.job = i, .tenant = idle, .known_units = 0});
  }
  int of_idle = 0;
  for (int i = 0; i < 10; ++i) {
    const auto taken = queue.Take();
    of_idle += taken->request.tenant == idle;
    queue.End(taken->handle, 100);
  }
  EXPECT_GE(of_idle, 4) << "the credit of the idle time is lost";
  EXPECT_LE(of_idle, 6);
}

// Two that wait; another one has had all of a server that was free. It owes nothing for that, and has no credit.
TEST(TokenFairQueueTest, WhoUsedAFreeServerOwesNothing) {
  TokenFairQueue queue({});
  const uint32_t alone = queue.AddTenant(1), later = queue.AddTenant(1);
  queue.Enqueue({.job = 0, .tenant = alone, .known_units = 100'000});
  queue.End(queue.Take()->handle, 100'000);
  std::vector<int> taken(2);
  for (uint64_t i = 0; i < 10; ++i) {
    queue.Enqueue({.job = i, .tenant = later, .known_units = 10});
    queue.Enqueue({.job = i, .tenant = alone, .known_units = 10});
  }
  for (int i = 0; i < 10; ++i) {
    const auto next = queue.Take();
    ++taken[next->request.tenant];
    queue.End(next->handle, 10);
  }
  EXPECT_EQ(taken[alone], 5);
  EXPECT_EQ(taken[later], 5);
}

// Debt made while others wait is kept: sending one request at a time is no way to more than the others have.
TEST(TokenFairQueueTest, OneAtATimeIsNoWayAroundDebt) {
  TokenFairQueue queue({});
  const uint32_t patient = queue.AddTenant(1), sly = queue.AddTenant(1);
  for (uint64_t i = 0; i < 200; ++i) queue.Enqueue({.job = i, .tenant = patient, .known_units = 10});
  for (int i = 0; i < 100; ++i) {
    if (!queue.Waits(sly)) queue.Enqueue({.job = 0, .tenant = sly, .known_units = 50});
    const auto next = queue.Take();
    queue.End(next->handle, next->request.tenant == sly ? 50 : 10);
  }
  EXPECT_NEAR(static_cast<double>(queue.UsedUnits(sly)), static_cast<double>(queue.UsedUnits(patient)), 60);
}

TEST(RecentLengthsTest, WhatIsLeftIsThatOfThoseThatWereLonger) {
  RecentLengths lengths(4);
  EXPECT_EQ(lengths.MeanRest(0), 0);
  for (const int64_t length : {900, 10, 10, 10, 1'000}) lengths.Learn(length);  // the first is forgotten
  EXPECT_EQ(lengths.size(), 4u);
  EXPECT_EQ(lengths.MeanRest(0), (10 + 10 + 10 + 1'000) / 4);
  EXPECT_EQ(lengths.MeanRest(10), 990) << "who is past the short ones is a long one";
  EXPECT_EQ(lengths.MeanRest(1'000), 0);
}

TEST(TokenFairQueueTest, MisuseIsABug) {
  TokenFairQueue queue({});
  EXPECT_DEATH(queue.Enqueue({.job = 0, .tenant = 3, .known_units = 1}), "a request of a tenant");
  queue.Enqueue({.job = 0, .tenant = queue.AddTenant(1), .known_units = 1});
  const uint32_t handle = queue.Take()->handle;
  queue.End(handle, 1);
  EXPECT_DEATH(queue.End(handle, 1), "a request ends once");
}

}  // namespace
}  // namespace bylaw::sched
