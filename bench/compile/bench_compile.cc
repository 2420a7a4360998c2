// P5: check + verify + compile of 10,000 tenants written in .bylaw (about 1.7 MB), as text in memory; each phase apart.
// 100,000 tenants from a table; and what a change to 10,000 tenants means.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "bench/compile/generated_policy.h"
#include "compiler/driver/compare.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"

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
