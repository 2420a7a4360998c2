// P5: check + verify + compile of 10,000 tenants written in .bylaw (about 1.7 MB), as text in memory; each phase apart.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "base/prng.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"

namespace bylaw {
namespace {

constexpr std::string_view kWorld = R"(edition 2026
use std.places
endpoint gpt4-us {
  serves model gpt-4
  in us-east-1
  costs at most $0.03 per call
}
endpoint gpt4-eu {
  serves model gpt-4
  in eu-west-1
  costs at most $0.034 per call
}
endpoint bureau-us {
  serves tool credit_bureau_v2
  in us-east-1
  costs at most $0.05 per call
}
endpoint bureau-eu {
  serves tool credit_bureau_v2
  in eu-central-1
  costs at most $0.06 per call
}
store eu-data {
  keeps state, checkpoints, audit
  in eu-west-1
}
reviewers eu-desk {
  based in DE, FR
}
pool eu-workers in eu-west-1 has 100 slots with room for 20_000 waiting
regulation GDPR {
  state stays in EU
  calls go only to EU
  reviewers based in EU
}
workflow loan-approval {
  input amount is money
  step credit {
    calls tool credit_bureau_v2
    retries at most 2 times
  }
  step decide {
    after credit
    calls model gpt-4
    on failure replans from credit at most 2 times
  }
}
tier enterprise {
  at most 50 workflows at once
  at most 500 calls per hour to credit_bureau_v2
  budget $2 per workflow
}
tier standard {
  at most 20 workflows at once
  at most 100 calls per hour to credit_bureau_v2
  budget $1 per workflow
}
)";

std::string Policy(int tenants) {
  Prng prng(7);
  std::string text(kWorld);
  for (int i = 0; i < tenants; ++i) {
    const bool european = prng.Chance(0.3);
    text += fmt::format("tenant institution-{:05} on tier {} {{\n", i, prng.Chance(0.5) ? "enterprise" : "standard");
    if (european) text += "  subject to GDPR\n  reviewers eu-desk\n";
    if (european && prng.Chance(0.5)) text += "  route gpt-4 to gpt4-eu else suspend\n";
    text += fmt::format("  at most {} workflows at once\n", prng.Between(1, 20));
    text += fmt::format("  at most {} calls per hour to credit_bureau_v2\n", prng.Between(10, 100));
    text += fmt::format("  budget $0.{:02} per workflow\n}}\n", prng.Between(70, 99));
  }
  return text;
}

driver::CompileOptions OptionsFor(int tenants) {
  driver::CompileOptions options;
  options.texts.push_back({"tenants.bylaw", Policy(tenants)});
  options.as_of = Date{2026, 11, 1};
  return options;
}

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
  const driver::CompileOptions options = OptionsFor(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Checked(options));
  state.counters["bytes"] = static_cast<double>(options.texts[0].text.size());
}

void BM_CheckVerifyCompile(benchmark::State& state) {
  const driver::CompileOptions options = OptionsFor(static_cast<int>(state.range(0)));
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

BENCHMARK(BM_Check)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_CheckVerifyCompile)
    ->ArgNames({"tenants", "engine"})
    ->Args({10'000, static_cast<int>(driver::EngineKind::kEvaluator)})
    ->Args({10'000, static_cast<int>(driver::EngineKind::kJitO2)})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bylaw

BENCHMARK_MAIN();
