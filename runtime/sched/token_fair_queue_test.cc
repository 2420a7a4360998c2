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
  explicit Life(uint64_t seed) : prng_(seed), queue_({.ahead_units = 40, .unknown_units = 100}) {
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
    for (uint32_t t = 0; t < used_.size(); ++t) EXPECT_EQ(queue_.ChargedUnits(t), used_[t]) << "all has ended";
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
  // INVARIANT(ahead), from the outside: at least what has been used; ahead of that at most `ahead` and the known part
  // of each request under way.
  void CheckCharges() {
    std::vector<int64_t> least = used_, most = used_;
    for (const UnderWay& request : under_way_) {
      least[request.tenant] += request.used;
      most[request.tenant] += std::max(request.used, request.known) + 40;
    }
    for (uint32_t t = 0; t < used_.size(); ++t) {
      EXPECT_GE(queue_.ChargedUnits(t), least[t]);
      EXPECT_LE(queue_.ChargedUnits(t), most[t]);
    }
  }

  Prng prng_;
  TokenFairQueue queue_;
  std::vector<UnderWay> under_way_;
  std::vector<int64_t> used_;  // by tenant, of requests that have ended
  uint64_t jobs_ = 0;
};

TEST(TokenFairQueueTest, ChargesAreWhatWasUsedAndABitAhead) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Life(seed).Run(600);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

// Whoever begins to wait is not served before those that waited all the while have had what it was given in advance.
TEST(TokenFairQueueTest, CreditIsLostAndDebtIsKept) {
  TokenFairQueue queue({.ahead_units = 1'000, .unknown_units = 100});
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
