// Turns are shared by weight whatever happens, and reloads and lanes leave their order alone. Whole lives are in
// tests/sim.
#include <cstdint>

#include "gtest/gtest.h"
#include "runtime/engine/turn_world.h"

namespace bylaw::engine {
namespace {

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
