// What must hold whatever happens, over random lives of an engine.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/engine/engine_history.h"
#include "runtime/sched/fairness_monitor.h"

namespace bylaw::engine {
namespace {

constexpr uint64_t kSeeds = 60;
constexpr int kSteps = 1'500;

TEST(EnginePropertyTest, NothingGoesWrongInRandomLives) {
  int64_t proceeded = 0, waited = 0, suspended = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    EngineHistory history(seed);
    history.Run(kSteps);
    EXPECT_THAT(history.faults(), testing::IsEmpty()) << "seed " << seed;
    proceeded += history.proceeded();
    waited += history.waited();
    suspended += history.suspended();
  }
  EXPECT_GT(proceeded, 10'000) << "the lives are eventful";
  EXPECT_GT(waited, 500);
  EXPECT_GT(suspended, 500);
}

TEST(EnginePropertyTest, TheSameSeedLivesTheSameLife) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    EngineHistory first(seed), second(seed), other(seed + 100);
    first.Run(kSteps);
    second.Run(kSteps);
    other.Run(kSteps);
    EXPECT_EQ(first.trace_hash(), second.trace_hash());
    EXPECT_NE(first.trace_hash(), other.trace_hash());
  }
}

// Turns of lengths known in advance, through all of Submit, Next, BeginStep, EndStep and Finish.
class TurnWorld {
 public:
  explicit TurnWorld(uint64_t seed, bool all_urgent)
      : prng_(seed), all_urgent_(all_urgent), world_(MakeImage()), monitor_(std::vector<uint32_t>(kTenants, 0)) {}

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) {
      const auto tenant = static_cast<uint32_t>(prng_.Below(kTenants));
      const uint64_t lane = prng_.Below(3);
      const int count = prng_.Chance(0.05) ? 25 : static_cast<int>(prng_.Below(2));
      for (int k = 0; k < count; ++k) {
        const auto lane_now = all_urgent_ ? abi::Lane::kUrgent : static_cast<abi::Lane>(lane);
        EXPECT_TRUE(world_.engine->Submit(TenantId(tenant), WorkflowId(0), {}, lane_now).queued);
        Observe();
      }
      Dispatch();
      const TimeNs until = world_.clock.MonotonicNow() + static_cast<TimeNs>(prng_.Below(2 * kSecondNs));
      while (!running_.empty() && running_.begin()->first.first <= until) EndFirst();
      world_.clock.AdvanceTo(until);
    }
  }
  const sched::FairnessMonitor& monitor() const { return monitor_; }
  const std::vector<uint32_t>& order() const { return order_; }

 private:
  static constexpr uint32_t kTenants = 6;
  struct Running {
    RunId run;
    uint32_t tenant;
  };

  std::shared_ptr<const abi::PolicyImage> MakeImage() {
    HandPolicy policy;
    policy.AddPool("workers", 3);
    policy.AddEndpoint("tool", "tool", kCent);
    policy.AddWorkflow("w", {{.name = "one", .resource = "tool", .takes_about_ns = 3 * kSecondNs}});
    for (uint32_t t = 0; t < kTenants; ++t) {
      weights_.push_back(static_cast<uint32_t>(prng_.Between(1, 9)));
      policy.AddTenant({.name = "t" + std::to_string(t), .weight = weights_.back()});
    }
    return policy.Build();
  }
  // Different for each tenant, and from turn to turn; the same whichever of its runs has the turn.
  DurationNs Length(uint32_t tenant) {
    const uint64_t turn = turns_[tenant]++;
    Prng prng(uint64_t{tenant} << 32 | turn);
    return prng.Between(1, 10) * (kSecondNs / (1 + static_cast<int64_t>(tenant % 3) * 4));
  }
  void Observe() {
    for (uint32_t t = 0; t < kTenants; ++t) {
      monitor_.SetEligible(t, world_.engine->CountersOf(TenantId(t)).eligible);
    }
    monitor_.Observe();
  }
  void Dispatch() {
    while (const std::optional<Turn> turn = world_.engine->Next(PoolId(0))) {
      const uint32_t tenant = turn->tenant.value();
      const DurationNs length = Length(tenant);
      monitor_.Start(tenant, turn->estimate_ns, length, weights_[tenant]);
      Observe();
      running_[{world_.clock.MonotonicNow() + length, ++sequence_}] = {turn->run, tenant};
      order_.push_back(tenant);
    }
  }
  void EndFirst() {
    const auto first = running_.begin();
    const Running ended = first->second;
    world_.clock.AdvanceTo(first->first.first);
    running_.erase(first);
    EXPECT_EQ(world_.Do(ended.run).then, Then::kFinish);
    world_.engine->Finish(ended.run);
    monitor_.End(ended.tenant);
    Observe();
    Dispatch();
  }

  Prng prng_;
  bool all_urgent_;
  std::vector<uint32_t> weights_;
  EngineWorld world_;
  sched::FairnessMonitor monitor_;
  std::map<std::pair<TimeNs, uint64_t>, Running> running_;
  std::map<uint32_t, uint64_t> turns_;
  uint64_t sequence_ = 0;
  std::vector<uint32_t> order_;
};

TEST(EnginePropertyTest, SlotTimeIsSharedByWeightWithinTheBounds) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    TurnWorld world(seed, false);
    world.Run(1'000);
    EXPECT_EQ(world.monitor().i1_violations(), 0) << "seed " << seed;
    EXPECT_EQ(world.monitor().i2_violations(), 0) << "seed " << seed;
    EXPECT_GT(world.monitor().worst(), 0.02) << "somebody was ahead at some time";
  }
}

TEST(EnginePropertyTest, RelabellingEverythingUrgentLeavesTheOrderOfTenantsAlone) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    TurnWorld mixed(seed, false), urgent(seed, true);
    mixed.Run(600);
    urgent.Run(600);
    EXPECT_GT(mixed.order().size(), 200u);
    EXPECT_EQ(mixed.order(), urgent.order()) << "I6, seed " << seed;
  }
}

}  // namespace
}  // namespace bylaw::engine
