// What must hold whatever happens, over random lives of an engine.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/engine/engine_history.h"
#include "runtime/engine/turn_world.h"

namespace bylaw::engine {
namespace {

constexpr uint64_t kSeeds = 60;
constexpr int kSteps = 1'500;

TEST(EnginePropertyTest, NothingGoesWrongInRandomLives) {
  int64_t proceeded = 0, waited = 0, suspended = 0, older_calls = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    EngineHistory history(seed);
    history.Run(kSteps);
    EXPECT_THAT(history.faults(), testing::IsEmpty()) << "seed " << seed;
    proceeded += history.proceeded();
    waited += history.waited();
    suspended += history.suspended();
    older_calls += history.older_calls();
  }
  EXPECT_GT(proceeded, 10'000) << "the lives are eventful";
  EXPECT_GT(waited, 500);
  EXPECT_GT(suspended, 500);
  EXPECT_GT(older_calls, 500) << "calls of runs whose policy has been replaced";
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

TEST(EnginePropertyTest, SlotTimeIsSharedByWeightWithinTheBounds) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    TurnWorld world(seed, {});
    world.Run(1'000);
    EXPECT_EQ(world.monitor().i1_violations(), 0) << "seed " << seed;
    EXPECT_EQ(world.monitor().i2_violations(), 0) << "seed " << seed;
    EXPECT_GT(world.monitor().worst(), 0.02) << "somebody was ahead at some time";
  }
}

TEST(EnginePropertyTest, AReloadForgetsNoDebtAndGivesNoCredit) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    TurnWorld world(seed, {.reload_every = 15});
    world.Run(1'000);
    EXPECT_EQ(world.monitor().i1_violations(), 0) << "seed " << seed;
    EXPECT_EQ(world.monitor().i2_violations(), 0) << "seed " << seed;
  }
}

TEST(EnginePropertyTest, AReloadThatChangesNothingThatCountsLeavesTheOrderAlone) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    TurnWorld quiet(seed, {}), reloaded(seed, {.reload_every = 7});
    quiet.Run(600);
    reloaded.Run(600);
    EXPECT_EQ(quiet.order(), reloaded.order()) << "seed " << seed;
  }
}

TEST(EnginePropertyTest, RelabellingEverythingUrgentLeavesTheOrderOfTenantsAlone) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    TurnWorld mixed(seed, {}), urgent(seed, {.all_urgent = true});
    mixed.Run(600);
    urgent.Run(600);
    EXPECT_GT(mixed.order().size(), 200u);
    EXPECT_EQ(mixed.order(), urgent.order()) << "I6, seed " << seed;
  }
}

}  // namespace
}  // namespace bylaw::engine
