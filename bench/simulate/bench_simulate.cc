// P9: Monday morning and the busy Monday of the lending pack, lived through by the engine on a virtual clock, its
// invariants recomputed at every thousandth event as `bylaw simulate` has it. To be run from the project's root.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "simulator/simulate.h"
#include "tools/bylaw/scenarios.h"

namespace bylaw {
namespace {

[[noreturn]] void Abandon(std::string_view why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

void Lives(benchmark::State& state, const std::string& name, uint32_t check_every) {
  driver::CompileOptions options;
  options.paths = {"policies/lending"};
  auto compilation = driver::Check(options);
  if (!compilation.ok()) Abandon("policies/lending is read from the project's root");
  driver::Verify(*compilation);
  if (!compilation->verified) Abandon("the lending pack must be proved");
  const auto image = driver::BuildImage(*compilation->verified, driver::EngineKind::kJitO2);
  if (!image.ok()) Abandon("the lending pack must compile");
  uint64_t calls = 0;
  for (const sema::Scenario& scenario : compilation->program->scenarios) {
    if (scenario.name != name) continue;
    auto prepared = cli::Prepare(*compilation->program, **image, scenario);
    if (!prepared.ok()) Abandon("the scenario makes sense");
    prepared->scenario.strategy = sched::Strategy::kPolicy;
    prepared->scenario.check_every = check_every;
    for (auto _ : state) {
      const auto result = simulator::Simulate(*image, prepared->scenario);
      if (!result.ok()) Abandon("the day is lived through");
      calls += result->engine_calls;
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(calls));
}

BENCHMARK_CAPTURE(Lives, monday_morning, "monday-morning", 1'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Lives, busy_monday, "busy-monday", 1'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Lives, busy_monday_unchecked, "busy-monday", 0)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bylaw

BENCHMARK_MAIN();
