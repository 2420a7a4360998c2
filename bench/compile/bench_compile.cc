// P5: check + verify + compile of 10,000 tenants written in .bylaw (about 1.7 MB), as text in memory; each phase apart.
// 100,000 tenants from a table; and what a change to 10,000 tenants means.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "bench/compile/generated_policy.h"
#include "compiler/driver/compare.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"

namespace bylaw {
namespace {

[[noreturn]] void Abandon(const driver::Compilation& compilation) {
  const auto& all = compilation.sink.diagnostics();
  fmt::print(stderr, "the generated policy must be clean: {}\n", all.empty() ? "not verified" : all[0].message);
  std::exit(1);
}

driver::Compilation Checked(const driver::CompileOptions& options) {
  auto compilation = driver::Check(options);
  if (!compilation.ok() || compilation->sink.has_errors()) Abandon(*compilation);
  return *std::move(compilation);
}

void BM_Check(benchmark::State& state) {
  const driver::CompileOptions options = bench::SentenceOptions(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Checked(options));
  state.counters["bytes"] = static_cast<double>(options.texts[0].text.size());
}

void BM_CheckVerifyCompile(benchmark::State& state) {
  const driver::CompileOptions options = bench::SentenceOptions(static_cast<int>(state.range(0)));
  const auto engine = static_cast<driver::EngineKind>(state.range(1));
  size_t shapes = 0;
  for (auto _ : state) {
    driver::Compilation compilation = Checked(options);
    driver::Verify(compilation);
    if (!compilation.verified) Abandon(compilation);
    auto image = driver::BuildImage(*compilation.verified, engine);
    if (!image.ok()) Abandon(compilation);
    shapes = (*image)->shapes.size();
    benchmark::DoNotOptimize(image);
  }
  state.counters["shapes"] = static_cast<double>(shapes);
}

// 100,000 tenants from a table, verified.
void BM_VerifyRows(benchmark::State& state) {
  const driver::CompileOptions options = bench::RowOptions(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    driver::Compilation compilation = Checked(options);
    driver::Verify(compilation);
    if (!compilation.verified) Abandon(compilation);
    benchmark::DoNotOptimize(compilation);
  }
  state.counters["bytes"] = static_cast<double>(options.texts[1].text.size());
}

// `plan`: both policies read, the new one proved, all tenants compared. Every tenant of a tier has another cap, and
// every step that calls the bureau another price.
void BM_Plan(benchmark::State& state) {
  const driver::CompileOptions before = bench::SentenceOptions(static_cast<int>(state.range(0)));
  driver::CompileOptions after = before;
  for (const auto& [from, to] :
       {std::pair("at most 20 workflows at once\n  at most 100", "at most 25 workflows at once\n  at most 100"),
        std::pair("costs at most $0.06", "costs at most $0.05")}) {
    std::string& text = after.texts[0].text;
    text.replace(text.find(from), std::string_view(from).size(), to);
  }
  for (auto _ : state) {
    const driver::Compilation was = Checked(before);
    driver::Compilation is = Checked(after);
    driver::Verify(is);
    const auto comparison = driver::ComparePolicies(was, is);
    if (!comparison.ok() || !comparison->internal_errors.empty() || !comparison->report.any()) Abandon(is);
    benchmark::DoNotOptimize(comparison);
  }
}

// What the process has resident, in bytes, once what was freed has been given back.
int64_t ResidentBytes() {
  malloc_trim(0);
  int64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// What is left of 100,000 tenants when the compiler is done: their policy, ready to be published, and an engine's own
// tables on top (queue, accounts, limits).
void BM_Resident(benchmark::State& state) {
  const auto tenants = static_cast<int>(state.range(0));
  const driver::CompileOptions options = bench::RowOptions(tenants);
  const auto prepare = [&] {
    driver::Compilation compilation = Checked(options);
    driver::Verify(compilation);
    if (!compilation.verified) Abandon(compilation);
    return engine::Policy::Prepare(*driver::BuildImage(*compilation.verified, driver::EngineKind::kJitO2));
  };
  BYLAW_CHECK(prepare().ok(), "the generated policy can be published");  // LLVM is loaded, the heap has its size
  const SystemClock clock;
  audit::MemorySink sink;
  for (auto _ : state) {
    const int64_t before = ResidentBytes();
    const auto policy = *prepare();
    const int64_t with_policy = ResidentBytes();
    const auto engine = *engine::Engine::Create(policy->shared_image(), &clock, &sink, {});
    const int64_t with_engine = ResidentBytes();
    state.counters["policy_bytes_a_tenant"] = static_cast<double>(with_policy - before) / tenants;
    state.counters["engine_bytes_a_tenant"] = static_cast<double>(with_engine - with_policy) / tenants;
  }
}

BENCHMARK(BM_Resident)->Arg(10'000)->Arg(100'000)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_VerifyRows)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Plan)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Check)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_CheckVerifyCompile)
    ->ArgNames({"tenants", "engine"})
    ->Args({10'000, static_cast<int>(driver::EngineKind::kEvaluator)})
    ->Args({10'000, static_cast<int>(driver::EngineKind::kJitO2)})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bylaw

BENCHMARK_MAIN();
