// I1 to I4 over random histories, for the queue as it is; and that queues with one wrong rule are caught.
// BYLAW_SCHED_SCALE=100 runs a hundred times as many.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/sched/fair_queue_inl.h"
#include "runtime/sched/random_history.h"

namespace bylaw::sched {
namespace {

using abi::Lane;

constexpr int kSeeds = 12;
constexpr int kSteps = 1'500;

struct World {
  const char* name;
  HistoryOptions options;
};

std::vector<World> Worlds() {
  return {
      {"flat", {.orgs = 0}},
      {"one slot", {.slots = 1, .orgs = 0}},
      {"orgs", {.orgs = 3}},
      {"weighted, orgs, gates", {.strategy = Strategy::kWeighted, .orgs = 3, .gates = true}},
      {"gates", {.orgs = 2, .gates = true}},
      {"caps", {.slots = 8, .orgs = 2, .caps = true}},
      {"caps and gates", {.slots = 6, .orgs = 3, .caps = true, .gates = true}},
      {"lanes", {.orgs = 2, .gates = true, .lanes = true}},
      {"wrong estimates", {.orgs = 2, .exact_estimates = false}},
      {"wrong estimates, caps and gates", {.orgs = 3, .exact_estimates = false, .caps = true, .gates = true}},
      {"weights change", {.orgs = 3, .gates = true, .weights_change = true}},
      {"bursts", {.slots = 8, .orgs = 0, .caps = true, .gates = true, .bursts = true}},
      {"bursts in orgs", {.slots = 12, .orgs = 3, .tenants = 10, .caps = true, .bursts = true}},
      {"cancels", {.orgs = 2, .gates = true, .cancels = true}},
      {"all",
       {.slots = 6,
        .orgs = 3,
        .tenants = 10,
        .exact_estimates = false,
        .caps = true,
        .gates = true,
        .weights_change = true,
        .lanes = true,
        .cancels = true}},
  };
}

struct Tally {
  int64_t i1 = 0, i2 = 0, turns = 0, bursts = 0;
  double worst = 0;
  std::string failure;
};

template <class Queue>
Tally RunWorld(const HistoryOptions& options, int seeds = kSeeds, int steps = kSteps) {
  Tally tally;
  for (int seed = 0; seed < Scaled(seeds); ++seed) {
    RandomHistory<Queue> history(options, static_cast<uint64_t>(seed));
    history.Run(steps);
    tally.i1 += history.monitor().i1_violations();
    tally.i2 += history.monitor().i2_violations();
    tally.worst = std::max(tally.worst, history.monitor().worst());
    tally.turns += history.turns();
    tally.bursts += history.bursts();
    if (tally.failure.empty() && !history.first_failure().empty()) {
      tally.failure = "seed " + std::to_string(seed) + ": " + history.first_failure();
    }
  }
  return tally;
}

TEST(FairnessTest, InvariantsHoldInEveryWorld) {
  for (const World& world : Worlds()) {
    SCOPED_TRACE(world.name);
    const Tally tally = RunWorld<FairQueue>(world.options);
    EXPECT_EQ(tally.failure, "");
    EXPECT_EQ(tally.i1, 0);
    EXPECT_EQ(tally.i2, 0);
    EXPECT_GT(tally.turns, kSeeds * kSteps / 10);
    EXPECT_EQ(tally.bursts > 0, world.options.bursts);
    // The bound is not slack: exact estimates come close to it.
    if (world.options.exact_estimates) {
      EXPECT_GT(tally.worst, 0.5);
    }
  }
}

// Everything that can happen to a queue. Without the fairness monitor: what an org at its cap still runs (it counts
// already) is outside the bounds.
HistoryOptions Everything() {
  HistoryOptions options;
  options.slots = 8;
  options.orgs = 3;
  options.tenants = 10;
  options.exact_estimates = false;
  options.caps = options.gates = options.weights_change = options.lanes = true;
  options.bursts = options.parks = options.cancels = options.minimums = true;
  options.fairness = false;
  return options;
}

TEST(FairnessTest, CapsGatesAndBurstsHoldWithRunsThatParkAndComeBack) {
  const Tally tally = RunWorld<FairQueue>(Everything(), 2 * kSeeds, 2 * kSteps);
  EXPECT_EQ(tally.failure, "");
  EXPECT_GT(tally.bursts, 100);
}

TEST(FairnessTest, MinimumsOfSomeLeaveTheOthersFair) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    RandomHistory<FairQueue> history({.orgs = 0, .gates = true, .minimums = true}, seed);
    history.Run(2'000);
    EXPECT_EQ(history.first_failure(), "") << "seed " << seed;
    EXPECT_EQ(history.monitor().i1_violations(), 0) << "seed " << seed;
    EXPECT_EQ(history.monitor().i2_violations(), 0) << "seed " << seed;
  }
}

TEST(FairnessTest, EveryStrategyIsWorkConserving) {
  for (const Strategy strategy : {Strategy::kFifo, Strategy::kRoundRobin, Strategy::kWeighted}) {
    HistoryOptions options = Everything();
    options.strategy = strategy;
    EXPECT_EQ(RunWorld<FairQueue>(options).failure, "");
  }
}

TEST(FairnessTest, TheSameSeedGivesTheSameTrace) {
  RandomHistory<FairQueue> first(Everything(), 7), again(Everything(), 7), other(Everything(), 8);
  first.Run(kSteps);
  again.Run(kSteps);
  other.Run(kSteps);
  EXPECT_EQ(first.trace_hash(), again.trace_hash());
  EXPECT_NE(first.trace_hash(), other.trace_hash());
}

}  // namespace
}  // namespace bylaw::sched
