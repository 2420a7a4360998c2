// An engine that is wrong in one way (BYLAW_ENGINE_FAULT) is caught by the properties that the right one keeps.
#include <map>
#include <string>

#include "gtest/gtest.h"
#include "runtime/engine/engine_history.h"
#include "runtime/engine/fault.h"
#include "runtime/engine/turn_world.h"

namespace bylaw::engine {
namespace {

static_assert(kFault != Fault::kNone, "compile with BYLAW_ENGINE_FAULT");

const char* ExpectedFault() {
  switch (kFault) {
    case Fault::kNone:
      return "";
    case Fault::kSlotKeptOnWait:  // the queue's own check notices when the run comes back
      return "a held run was parked before";
    case Fault::kRateTakenOnRefusal:
      return "a wait although the limit has room";
    case Fault::kFloorNotHeld:
      return "the floor was not payable";
    case Fault::kReplansUnbounded:
      return "attempts without a bound";
    case Fault::kPlaceInTimeLost:
      return "place in time lost";
    case Fault::kRevocationIgnored:
      return "a revoked endpoint";
    case Fault::kOrgCapPerPool:
      return "more at once than the org's cap, over both pools (I3)";
    case Fault::kPolicyNotPinned:
      return "an epoch is unpinned once for each pin";
    case Fault::kTagsResetByReload:  // a matter of fairness, not of the engine's state
      return "";
    case Fault::kWindowsEmptiedByReload:
      return "more calls than the limit allows";
    case Fault::kRevocationLostByReload:
      return "a revoked endpoint";
    case Fault::kPlacesOfOldPolicyOnly:
      return "an endpoint that is illegal by now";
    case Fault::kLeaseForgotten:  // durable_mutant_test.cc
    case Fault::kOwnLeaseForgotten:
    case Fault::kRateLeaseForgotten:
    case Fault::kEndForgotten:
      return "";
  }
  return "";
}

std::map<std::string, int> FaultsOfManyLives() {
  std::map<std::string, int> faults;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    EngineHistory history(seed);
    history.Run(1'500);
    for (const auto& [kind, count] : history.faults()) faults[kind] += count;
  }
  return faults;
}

int64_t UnfairTurns() {
  int64_t violations = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    TurnWorld world(seed, {.reload_every = 15});
    world.Run(1'000);
    violations += world.monitor().i1_violations() + world.monitor().i2_violations();
  }
  return violations;
}

TEST(EngineMutantTest, IsCaught) {
  if constexpr (kFault == Fault::kTagsResetByReload) {
    EXPECT_GT(UnfairTurns(), 0);
  } else if constexpr (kFault == Fault::kSlotKeptOnWait || kFault == Fault::kPolicyNotPinned) {
    EXPECT_DEATH(FaultsOfManyLives(), ExpectedFault());
  } else {
    EXPECT_GT(FaultsOfManyLives()[ExpectedFault()], 0);
  }
}

}  // namespace
}  // namespace bylaw::engine
