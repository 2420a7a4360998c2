// P6: one tenant of 10,000 (rows of a table) edited, until the new policy is published: a number, and an edit that
// makes a new shape. Everything is read, proved and planned again; the evaluator's image has no code, the JIT's is
// compiled anew.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "base/clock.h"
#include "bench/compile/generated_policy.h"
#include "compiler/change/reload.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "compiler/plan/plan.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/policy.h"

namespace bylaw {
namespace {

constexpr int kTenants = 10'000;

[[noreturn]] void Abandon(std::string_view why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

driver::Compilation Verified(const driver::CompileOptions& options) {
  auto compilation = driver::Check(options);
  if (!compilation.ok()) Abandon("the generated policy must be readable");
  driver::Verify(*compilation);
  if (!compilation->verified) Abandon("the generated policy must be proved");
  return *std::move(compilation);
}

void BM_EditToActive(benchmark::State& state) {
  const auto engine = static_cast<driver::EngineKind>(state.range(0));
  const bool new_shape = state.range(1) != 0;
  const SystemClock clock;
  audit::MemorySink sink;
  const auto build = [&](const driver::CompileOptions& options) {
    const driver::Compilation compilation = Verified(options);
    auto image = driver::BuildImage(*compilation.verified, engine);
    if (!image.ok()) Abandon("the policy must compile");
    return *std::move(image);
  };
  auto running = engine::Engine::Create(build(bench::RowOptions(kTenants)), &clock, &sink, {});
  if (!running.ok()) Abandon("the policy must be published");
  std::shared_ptr<const engine::Policy> published = (*running)->policy();
  const auto publish = [&](const driver::CompileOptions& options) {
    auto next = engine::Policy::Prepare(build(options), published);
    if (!next.ok() || !(*running)->Reload(*next).ok()) Abandon("the policy must be published");
    published = *std::move(next);
  };
  int tenant = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const driver::CompileOptions edited = bench::RowOptions(kTenants, {tenant++, new_shape});
    state.ResumeTiming();
    publish(edited);
  }
}

// V15 for such a reload: which of the runs in flight can finish.
void BM_ReloadTable(benchmark::State& state) {
  const driver::Compilation before = Verified(bench::RowOptions(kTenants));
  const driver::Compilation after = Verified(bench::RowOptions(kTenants, {5, true}));
  const auto old_plan = plan::BuildPlan(*before.verified), new_plan = plan::BuildPlan(*after.verified);
  for (auto _ : state) benchmark::DoNotOptimize(change::BuildReloadTable(*old_plan, *new_plan));
}

BENCHMARK(BM_EditToActive)
    ->ArgNames({"engine", "new_shape"})
    ->Args({static_cast<int>(driver::EngineKind::kEvaluator), 0})
    ->Args({static_cast<int>(driver::EngineKind::kEvaluator), 1})
    ->Args({static_cast<int>(driver::EngineKind::kJitO0), 0})
    ->Args({static_cast<int>(driver::EngineKind::kJitO2), 0})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ReloadTable)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bylaw

BENCHMARK_MAIN();
