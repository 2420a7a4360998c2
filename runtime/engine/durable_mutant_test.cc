// The property test of durability, on an engine that is wrong in the way BYLAW_ENGINE_FAULT says: it must notice.
#include <gtest/gtest.h>

#include "runtime/engine/crashed_lives.h"
#include "runtime/engine/fault.h"

namespace bylaw::engine {
namespace {

static_assert(kFault != Fault::kNone, "compiled with a fault");

TEST(DurableMutantTest, TheBooksShowIt) {
  uint64_t seed = 1;
  for (; seed <= 60; ++seed) {
    CrashedLives lives(seed);
    lives.Live(25);
    if (lives.wrong().empty()) continue;
    RecordProperty("seed", static_cast<int>(seed));
    RecordProperty("wrong", lives.wrong());
    return;
  }
  FAIL() << "nobody noticed in " << seed - 1 << " seeds";
}

}  // namespace
}  // namespace bylaw::engine
