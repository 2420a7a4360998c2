// The budget gate as a game: the gate chooses rungs, nature chooses what fails and what each attempt really costs.
//
// Gate 6 of language.md §9: the rungs whose threshold is passed apply together; then `remaining − hi ≥ F(next)` must
// hold, else the rungs that are left are taken one by one until it does; an optional step for which nothing is left is
// skipped. A step that costs nothing is exempt. Nature chooses which endpoint of each model is up, may charge anything
// from nothing to hi, let an attempt fail, and so use every retry (per visit) and replan (per workflow); a replan runs
// everything from its target again, in the order of execution. So what can remain on arrival at a step is an interval
// whose upper end is the whole budget; the game computes its lower end for every (step, replans left, attempt). Some
// endpoint of a rung's model is taken to be up: without one a step suspends for availability, not for money.
#ifndef BYLAW_COMPILER_VERIFY_LADDER_GAME_H_
#define BYLAW_COMPILER_VERIFY_LADDER_GAME_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/sema/program.h"
#include "compiler/verify/facts.h"

namespace bylaw::verify {

struct GateChoice {
  enum class Kind : uint8_t { kProceed, kSkip, kReview, kSuspendByRung, kStuck } kind = Kind::kStuck;
  int64_t hi_micros = 0;  // kProceed
};

// What an attempt may cost, as far as endpoints are up: what is called before the ladder, and by rung.
struct Prices {
  int64_t base_micros = 0;
  std::vector<int64_t> rung_micros;
};
Prices DearestPrices(const StepFacts& facts);

// Where the gate stands: one step of a workflow whose budget is `budget`. `ladder` may be null.
struct GateQuestion {
  const sema::Ladder* ladder = nullptr;
  const sema::Step& step;
  const StepFacts& facts;
  int64_t floor_after = 0;
  int64_t budget = 0;
};
GateChoice PassGate(const GateQuestion& question, const Prices& prices, int64_t remaining);

// The least remaining at which a rung is no longer passed.
int64_t ThresholdMicros(const sema::Rung& rung, int64_t budget);

// A reachable state in which nothing is left to choose.
struct Stuck {
  StepId step;
  int64_t remaining_micros = 0;
  uint32_t attempt = 1;       // of this visit
  uint32_t replans_used = 0;  // in all
};
struct GameResult {
  bool undecided = false;  // more states than the game may visit
  std::optional<Stuck> stuck;
};

// More states (attempts × replans left), or more combinations of one step's prices, are not explored.
inline constexpr uint64_t kGameStatesMax = 1'000'000;
inline constexpr size_t kPricesMax = 1'024;

GameResult PlayLadder(const sema::Ladder* ladder, const sema::Workflow& workflow, const WorkFacts& work,
                      int64_t budget);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_LADDER_GAME_H_
