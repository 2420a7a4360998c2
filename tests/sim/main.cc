// sim: lives of the engine under faults, from the command line.
//
//   sim --seeds 0..500             each twice; a life that fails is made small and printed
//   sim --seed 17 --events 5000
//   sim --replay FILE              the life of a script (what a failure printed)
//   sim --soak 600                 one seed after another for so many seconds
//   sim --bug NAME                 with a planted bug (runtime/abi/planted_bug.def), only in sim_planted
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "base/clock.h"
#include "fmt/format.h"
#include "tests/sim/life.h"
#include "tests/sim/shrink.h"
#ifdef BYLAW_PLANTED_BUGS
#include "tests/sim/bugs.h"
#endif

namespace bylaw::sim {
namespace {

struct Totals {
  uint64_t seeds = 0, calls = 0, failures = 0;
  DurationNs took = 0;
};

void Tell(const Script& script, const std::string& wrong) {
  fmt::print("seed {} ({}): {}\n", script.seed, ProfileName(ProfileOf(script.seed)), wrong);
  const Script small = Shrink(script);
  fmt::print("{} events lead there:\n{}", small.ops.size(), ToText(small));
}

// Lives a seed twice; false if anything went wrong.
bool TrySeed(uint64_t seed, int events, Totals* totals) {
  ++totals->seeds;
  Script script;
  // Most seeds are fine: the child that finds out what killed it is for those that are not.
  const SystemClock clock;
  const TimeNs begin = clock.MonotonicNow();
  const std::string wrong = WrongIn(seed, events, &script);
  if (!wrong.empty()) {
    ++totals->failures;
    Tell(script, wrong);
    return false;
  }
  Life first(seed), second(seed);
  first.Live(events);
  second.Live(events);
  totals->took += clock.MonotonicNow() - begin;
  totals->calls += first.calls() + second.calls();
  if (first.hash() == second.hash()) return true;
  ++totals->failures;
  fmt::print("seed {}: two lives of it differ\n", seed);
  return false;
}

int Replay(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  const auto script = ParseScript(text.str());
  if (!file || !script.ok()) {
    fmt::print(stderr, "{}: {}\n", path, script.ok() ? "cannot be read" : std::string(script.status().message()));
    return 2;
  }
  const std::string wrong = WrongIn(*script);
  fmt::print("{}\n", wrong.empty() ? "nothing is wrong" : wrong);
  return wrong.empty() ? 0 : 1;
}

int Main(int argc, char** argv) {
  CLI::App app("Lives of the engine under faults, with a model beside it");
  std::string seeds = "0..100", replay, bug;
  int events = 2'000, soak = 0;
  uint64_t seed = UINT64_MAX;
  app.add_option("--seed", seed, "one seed");
  app.add_option("--seeds", seeds, "A..B: from A to before B");
  app.add_option("--events", events, "events drawn in each life");
  app.add_option("--soak", soak, "seconds, from --seeds on");
  app.add_option("--replay", replay, "a script");
  app.add_option("--bug", bug, "plant it");
  CLI11_PARSE(app, argc, argv);
#ifdef BYLAW_PLANTED_BUGS
  if (!bug.empty() && !Plant(bug)) return fmt::print(stderr, "no such bug: {}\n", bug), 2;
#else
  if (!bug.empty()) return fmt::print(stderr, "the production engine has no planted bugs: use sim_planted\n"), 2;
#endif
  if (!replay.empty()) return Replay(replay);
  uint64_t begin = 0, end = 0;
  if (seed != UINT64_MAX) {
    begin = seed;
    end = seed + 1;
  } else if (std::sscanf(seeds.c_str(), "%lu..%lu", &begin, &end) != 2) {
    return fmt::print(stderr, "--seeds is A..B\n"), 2;
  }
  Totals totals;
  const SystemClock clock;
  const TimeNs until = clock.MonotonicNow() + soak * kSecondNs;
  for (uint64_t s = begin; soak > 0 ? clock.MonotonicNow() < until : s < end; ++s) TrySeed(s, events, &totals);
  fmt::print("{} seeds, {} engine calls, {:.0f} a second, {} failures\n", totals.seeds, totals.calls,
             static_cast<double>(totals.calls) * 1e9 / static_cast<double>(std::max<DurationNs>(1, totals.took)),
             totals.failures);
  return totals.failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace bylaw::sim

int main(int argc, char** argv) { return bylaw::sim::Main(argc, argv); }
