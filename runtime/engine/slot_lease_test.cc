// Workers that die on their slots, and some that are only slow. Compiled once more with an engine that does not fence
// the slow ones (kOldHolderHeard): then the property must not hold.
#include <map>
#include <vector>

#include "base/prng.h"
#include "gtest/gtest.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {
namespace {

using abi::Verdict;

constexpr DurationNs kLease = kMinuteNs;
#ifdef BYLAW_PLANTED_BUGS
const bool kFenced = (abi::planted_bug = abi::PlantedBug::kOldHolderHeard, false);
#else
constexpr bool kFenced = true;
#endif

struct LeasedWorld {
  explicit LeasedWorld(int64_t budget_micros = abi::kUnlimitedMicros, uint32_t slots = 2) {
    HandPolicy policy;
    policy.AddPool("workers", slots);
    policy.AddEndpoint("eu", "model", 5 * kCent);
    policy.AddWorkflow("loan", {{.name = "ask", .resource = "model", .retries_max = 2}, {.name = "tell"}});
    policy.AddTenant({.name = "bank", .budget_workflow_micros = budget_micros});
    world = std::make_unique<EngineWorld>(policy.Build(), Options{.slot_lease_ns = kLease});
  }
  Engine& engine() { return *world->engine; }
  std::unique_ptr<EngineWorld> world;
};

TEST(SlotLeaseTest, ALostSlotComesBackAndItsCallIsChargedAsAFailedAttempt) {
  LeasedWorld leased;
  EngineWorld& world = *leased.world;
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kProceed);
  EXPECT_EQ(world.engine->NextEventTime(), kLease);
  world.Advance(kLease - 1);
  EXPECT_EQ(world.engine->SlotsInUse(PoolId(0)), 1u);
  world.Advance(1);
  EXPECT_EQ(world.engine->SlotsInUse(PoolId(0)), 0u);
  EXPECT_EQ(world.CountRecords(audit::Event::kSlotLost), 1u);
  const Turn again = world.MustGetTurn();
  EXPECT_EQ(again.run.index, run.index);
  EXPECT_EQ(world.engine->StatusOf(again.run).attempt, 2u);
  EXPECT_EQ(world.engine->StatusOf(again.run).spent_micros, 5 * kCent) << "it may have been sent";
  EXPECT_EQ(again.run == run, !kFenced);
  if (!kFenced) return;
  EXPECT_EQ(VerdictOf(world.Begin(again.run)), Verdict::kProceed);
  EXPECT_EQ(world.engine->EndStep(run, {.cost_micros = kCent}, Outcome::kOk).then, Then::kGone) << "the slow one";
  EXPECT_EQ(world.StateOf(again.run), RunState::kCalling);
  world.ExpectConsistent();
}

TEST(SlotLeaseTest, WhoIsHeardOfKeepsItsSlot) {
  LeasedWorld leased;
  EngineWorld& world = *leased.world;
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  for (int i = 0; i < 3; ++i) {
    world.Advance(kLease - 1);
    EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kProceed);
    world.Advance(kLease - 1);
    world.engine->EndStep(run, {}, i < 2 ? Outcome::kFailed : Outcome::kOk);
  }
  EXPECT_EQ(world.StateOf(run), RunState::kRunning);
  EXPECT_EQ(world.CountRecords(audit::Event::kSlotLost), 0u);
  world.ExpectConsistent();
}

TEST(SlotLeaseTest, ARunThatLosesEveryAttemptEnds) {
  LeasedWorld leased;
  EngineWorld& world = *leased.world;
  world.Submit(TenantId(0));
  for (int i = 0; i < 3; ++i) {
    world.Begin(world.MustGetTurn().run);
    world.Advance(kLease);
  }
  EXPECT_EQ(world.engine->RunsInFlight(), 0u);
  EXPECT_EQ(world.CountRecords(audit::Event::kFinished), 1u);
  world.ExpectConsistent();
}

// Workers die or sleep beyond their lease at random. Every run ends, every slot comes back, and nobody ends a step that
// somebody else has begun: what a worker is told when it wakes up is that its run is gone.
struct Worker {
  RunId run;
  TimeNs wakes_at = 0;  // it holds a run and works, sleeps, or (kForeverNs) is dead
};

bool EveryRunEndsAndNobodyEndsAnothersStep(uint64_t seed) {
  Prng prng(seed);
  LeasedWorld leased(abi::kUnlimitedMicros, 4);
  EngineWorld& world = *leased.world;
  std::vector<Worker> workers;
  std::map<uint32_t, size_t> holder;  // by run index: whose turn it is now
  bool mixed = false;
  int submitted = 0;
  for (int i = 0; i < 4'000 && (submitted < 60 || world.engine->RunsInFlight() > 0); ++i) {
    world.Advance(prng.Between(1, 5) * kSecondNs);
    if (submitted < 60 && prng.Chance(0.3) && ++submitted > 0) world.Submit(TenantId(0));
    while (const std::optional<Turn> turn = world.engine->Next(PoolId(0))) {
      holder[turn->run.index] = workers.size();
      workers.push_back({turn->run, 0});
      world.Begin(turn->run);
    }
    for (size_t w = 0; w < workers.size(); ++w) {
      Worker& worker = workers[w];
      if (worker.wakes_at > world.clock.MonotonicNow()) continue;
      if (worker.wakes_at == 0 && prng.Chance(0.2)) {
        worker.wakes_at = prng.Chance(0.5) ? kForeverNs : world.clock.MonotonicNow() + prng.Between(1, 3) * kLease / 2;
        continue;
      }
      const After after = world.engine->EndStep(worker.run, {.cost_micros = kCent}, Outcome::kOk);
      mixed |= after.then != Then::kGone && holder[worker.run.index] != w;
      worker.wakes_at = kForeverNs;
      if (after.then == Then::kGone) continue;
      for (StepId step = after.step; step.valid(); step = world.engine->NextStep(worker.run)) {
        world.engine->BeginStep(worker.run, step);
        world.engine->EndStep(worker.run, {}, Outcome::kOk);
      }
      world.engine->Finish(worker.run);
    }
    if (mixed) return false;
    EXPECT_EQ(world.engine->CheckConsistency(), "");
  }
  EXPECT_EQ(world.engine->RunsInFlight(), 0u);
  EXPECT_EQ(world.engine->SlotsInUse(PoolId(0)), 0u);
  EXPECT_GT(world.CountRecords(audit::Event::kSlotLost), 0u);
  return true;
}

TEST(SlotLeaseTest, EveryRunEndsWhateverWorkersDo) {
  bool mixed = false;
  for (uint64_t seed = 1; seed <= 30 && !mixed; ++seed) mixed = !EveryRunEndsAndNobodyEndsAnothersStep(seed);
  EXPECT_EQ(mixed, !kFenced);
}

}  // namespace
}  // namespace bylaw::engine
