// The production engine in simulated lives: nothing goes wrong, and the same events always lead to the same life.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "tests/sim/life.h"
#include "tests/sim/shrink.h"

namespace bylaw::sim {
namespace {

constexpr uint64_t kSeeds = 100;

TEST(SimTest, NothingGoesWrongAndEachSeedLivesItsLifeTwice) {
  std::array<uint64_t, 6> verdicts = {};
  uint64_t calls = 0;
  Life::Faults faults;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Life first(seed), second(seed);
    first.Live(kEvents);
    second.Live(kEvents);
    ASSERT_EQ(first.wrong(), "") << "build/bin/sim --seed " << seed << " --events " << kEvents << " makes it small";
    EXPECT_EQ(first.hash(), second.hash()) << "seed " << seed;
    calls += first.calls();
    const Life::Faults& had = first.faults();
    faults.processes_died += had.processes_died;
    faults.writes_torn += had.writes_torn;
    faults.slots_lost += had.slots_lost;
    faults.late_calls += had.late_calls;
    faults.runs_erased += had.runs_erased;
    faults.runs_restored += had.runs_restored;
    for (size_t i = 0; i < verdicts.size(); ++i) verdicts[i] += first.verdicts()[i];
  }
  EXPECT_GT(calls, 1'000'000u) << "the lives are eventful";
  EXPECT_GT(faults.processes_died, 300u);
  EXPECT_GT(faults.writes_torn, 100u);
  EXPECT_GT(faults.slots_lost, 1'000u);
  EXPECT_GT(faults.late_calls, 100u);
  EXPECT_GT(faults.runs_erased, 1'000u);
  EXPECT_GT(faults.runs_restored, 300u);
  for (const abi::Verdict verdict : {abi::Verdict::kProceed, abi::Verdict::kSkip, abi::Verdict::kReview,
                                     abi::Verdict::kWait, abi::Verdict::kSuspend, abi::Verdict::kDeny}) {
    EXPECT_GT(verdicts[static_cast<size_t>(verdict)], 20u) << abi::VerdictName(verdict);
  }
}

TEST(SimTest, AScriptReplaysTheLifeThatWroteIt) {
  for (uint64_t seed = 0; seed < 2 * kProfiles; ++seed) {
    Life life(seed), replayed(seed), other(seed + kProfiles);
    life.Live(500);
    const auto script = ParseScript(ToText(life.script()));
    ASSERT_TRUE(script.ok()) << script.status();
    replayed.Replay(script->ops);
    other.Live(500);
    EXPECT_EQ(replayed.hash(), life.hash()) << "seed " << seed;
    EXPECT_EQ(replayed.calls(), life.calls());
    EXPECT_NE(other.hash(), life.hash());
  }
}

TEST(SimTest, AnyPartOfAScriptIsAScript) {
  Life life(3);
  life.Live(400);
  for (size_t skip = 2; skip < 12; ++skip) {
    Script part{.seed = 3, .ops = {}};
    for (size_t i = 0; i < life.script().ops.size(); ++i) {
      if (i % skip != 0) part.ops.push_back(life.script().ops[i]);
    }
    EXPECT_EQ(WrongIn(part), "");
  }
}

TEST(SimTest, AScriptThatCannotBeReadSaysWhere) {
  const auto message = [](std::string_view text) { return std::string(ParseScript(text).status().message()); };
  EXPECT_EQ(message("advance ns=1\n"), "a script says `seed N`, which names its policies");
  EXPECT_EQ(message("seed 1\nadvance ns=1\n\nfly run=2\n"), "line 4: no such event: fly run=2");
  EXPECT_EQ(message("seed 1\nend run=2 cost=3\n"), "line 2: no such event: end run=2 cost=3");
  EXPECT_EQ(message("seed 1\nsubmit run=0 tenant=9 workflow=0 lane=0\n"),
            "line 2: tenant=9 is not among the seed's: 0 to 5");
  EXPECT_TRUE(ParseScript("# of a failure\nseed 1\n\nadvance ns=5\n").ok());
}

TEST(SimTest, FailuresAreAlikeIfTheyDifferInNumbersOnly) {
  EXPECT_EQ(KindOf("run 17 step 2: another amount"), KindOf("run 3 step 0: another amount"));
  EXPECT_NE(KindOf("run 17: another amount"), KindOf("run 17: another step"));
}

}  // namespace
}  // namespace bylaw::sim
