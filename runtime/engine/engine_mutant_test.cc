// An engine that is wrong in one way (BYLAW_ENGINE_FAULT) is caught by the properties that the right one keeps.
#include <map>
#include <string>

#include "gtest/gtest.h"
#include "runtime/engine/engine_history.h"
#include "runtime/engine/fault.h"

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

TEST(EngineMutantTest, IsCaught) {
  if constexpr (kFault == Fault::kSlotKeptOnWait) {
    EXPECT_DEATH(FaultsOfManyLives(), ExpectedFault());
  } else {
    EXPECT_GT(FaultsOfManyLives()[ExpectedFault()], 0);
  }
}

}  // namespace
}  // namespace bylaw::engine
