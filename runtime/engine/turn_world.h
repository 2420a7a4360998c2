// Test support: an engine of which nothing is asked but turns, watched for fairness.
#ifndef BYLAW_RUNTIME_ENGINE_TURN_WORLD_H_
#define BYLAW_RUNTIME_ENGINE_TURN_WORLD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "runtime/engine/engine_world.h"
#include "runtime/sched/fairness_monitor.h"

namespace bylaw::engine {

// Turns of lengths known in advance, through all of Submit, Next, BeginStep, EndStep and Finish.
class TurnWorld {
 public:
  struct Options {
    bool all_urgent = false;
    int reload_every = 0;  // steps; 0: never
  };
  TurnWorld(uint64_t seed, const Options& options)
      : prng_(seed), options_(options), world_(MakeImage()), monitor_(std::vector<uint32_t>(kTenants, 0)) {}

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) {
      if (options_.reload_every > 0 && i % options_.reload_every == 0) {
        EXPECT_TRUE(world_.engine->Reload(MakeImage()).ok());
        Observe();
      }
      const auto tenant = static_cast<uint32_t>(prng_.Below(kTenants));
      const uint64_t lane = prng_.Below(3);
      const int count = prng_.Chance(0.05) ? 25 : static_cast<int>(prng_.Below(2));
      for (int k = 0; k < count; ++k) {
        const auto lane_now = options_.all_urgent ? abi::Lane::kUrgent : static_cast<abi::Lane>(lane);
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
    for (uint32_t t = 0; weights_.size() < kTenants; ++t)
      weights_.push_back(static_cast<uint32_t>(prng_.Between(1, 9)));
    // Each time from another tenant on, and with another maximum of the queue, which nobody reaches.
    ++images_;
    for (uint32_t i = 0; i < kTenants; ++i) {
      const uint32_t t = images_ == 1 ? i : (i + images_) % kTenants;
      policy.AddTenant({.name = "t" + std::to_string(t), .weight = weights_[t], .waiting_max = 1'000'000 + images_});
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
  Options options_;
  std::vector<uint32_t> weights_;
  uint32_t images_ = 0;
  EngineWorld world_;
  sched::FairnessMonitor monitor_;
  std::map<std::pair<TimeNs, uint64_t>, Running> running_;
  std::map<uint32_t, uint64_t> turns_;
  uint64_t sequence_ = 0;
  std::vector<uint32_t> order_;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_TURN_WORLD_H_
