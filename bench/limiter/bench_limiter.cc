// P4: one request on a rate limit, Check and Commit if admitted, on random keys of 64 (hot) or 100,000 (cold).
//
// Limits are of 20 calls a second (evenly with bursts of 5; a window anchored at the first call; an exact rolling
// second of 90 tokens with random costs of 1 to 8). Load 80 is requests at 80 % of the limit, so that nearly all are
// admitted; load 200 is twice the limit, so that about half are refused and branches are hard to predict. Serial 1:
// each request is complete before the next begins (a fence), so that cache misses of different requests do not hide
// each other. BM_Touch is the floor of each case: adding to one word of a random cache line.
#include <benchmark/benchmark.h>

#include <atomic>
#include <vector>

#include "base/check.h"
#include "base/prng.h"
#include "runtime/limit/limiter_table.h"

namespace bylaw::limit {
namespace {

constexpr size_t kDraws = size_t{1} << 20;

// Waits until everything before is done.
void Fence() {
#if defined(__x86_64__)
  __builtin_ia32_lfence();
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

struct Draw {
  uint32_t key;
  uint32_t cost;
};

std::vector<Draw> Draws(uint32_t keys, uint32_t cost_max) {
  Prng prng(20261123);
  std::vector<Draw> draws(kDraws);
  for (Draw& draw : draws) {
    draw.key = static_cast<uint32_t>(prng.Below(keys));
    draw.cost = static_cast<uint32_t>(prng.Between(1, cost_max));
  }
  return draws;
}

void Run(benchmark::State& state, const LimitSpec& spec, uint32_t cost_max) {
  const uint32_t keys = static_cast<uint32_t>(state.range(0));
  const std::vector<Draw> draws = Draws(keys, cost_max);
  LimiterTable table;
  table.Reserve(keys);
  for (uint32_t i = 0; i < keys; ++i) BYLAW_CHECK(table.Add(spec).ok(), "the limit is sound");

  // A request somewhere every `step` ns makes the load of each key what was asked for.
  const double requests_per_second = 20.0 * static_cast<double>(state.range(1)) / 100.0 * keys;
  const DurationNs step = static_cast<DurationNs>(1e9 / requests_per_second);
  const bool serial = state.range(2) != 0;
  TimeNs now = 0;
  uint64_t admitted = 0, requests = 0;
  size_t at = 0;
  const auto request = [&] {
    const Draw& draw = draws[at++ % kDraws];
    const LimiterId limiter(draw.key);
    now += step;
    const Admission admission = table.Check(limiter, now, draw.cost);
    if (admission.admitted) {
      table.Commit(limiter, now, draw.cost);
      ++admitted;
    }
    benchmark::DoNotOptimize(admission.retry_at);
    ++requests;
    if (serial) Fence();
  };
  while (requests < 4 * uint64_t{kDraws}) request();
  admitted = requests = 0;
  for (auto _ : state) request();
  state.SetItemsProcessed(state.iterations());
  state.counters["admitted"] = static_cast<double>(admitted) / static_cast<double>(requests);
}

void BM_Evenly(benchmark::State& state) {
  Run(state, {.window = abi::RateWindow::kEvenly, .period_ns = kSecondNs, .quota = 20, .burst = 5}, 1);
}
void BM_Anchored(benchmark::State& state) {
  Run(state, {.window = abi::RateWindow::kAnchored, .period_ns = kSecondNs, .quota = 20}, 1);
}
void BM_Rolling(benchmark::State& state) {
  Run(state, {.window = abi::RateWindow::kRolling, .period_ns = kSecondNs, .quota = 90, .tokens = true}, 8);
}

void BM_Touch(benchmark::State& state) {
  struct alignas(64) Line {
    uint64_t word = 0;
  };
  const uint32_t keys = static_cast<uint32_t>(state.range(0));
  const std::vector<Draw> draws = Draws(keys, 1);
  std::vector<Line> lines(keys);
  const bool serial = state.range(1) != 0;
  size_t at = 0;
  for (auto _ : state) {
    lines[draws[at % kDraws].key].word += at;
    ++at;
    if (serial) Fence();
  }
  benchmark::DoNotOptimize(lines.data());
  state.SetItemsProcessed(state.iterations());
}

// Two limits at once, all or none: the tenant's own and another.
void BM_AcquireTwo(benchmark::State& state) {
  const uint32_t keys = static_cast<uint32_t>(state.range(0));
  const std::vector<Draw> draws = Draws(keys, 1);
  LimiterTable table;
  for (uint32_t i = 0; i < keys; ++i) {
    BYLAW_CHECK(table.Add({.window = abi::RateWindow::kEvenly, .period_ns = kSecondNs, .quota = 20, .burst = 5}).ok() &&
                    table.Add({.window = abi::RateWindow::kAnchored, .period_ns = kHourNs, .quota = 72'000}).ok(),
                "the limits are sound");
  }
  const DurationNs step = static_cast<DurationNs>(1e9 / (16.0 * keys));
  TimeNs now = 0;
  size_t at = 0;
  uint64_t admitted = 0;
  for (auto _ : state) {
    const uint32_t key = draws[at++ % kDraws].key;
    const Claim claims[] = {{.limiter = LimiterId(2 * key)}, {.limiter = LimiterId(2 * key + 1)}};
    now += step;
    admitted += table.Acquire(claims, now).admitted;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["admitted"] = static_cast<double>(admitted) / static_cast<double>(state.iterations());
}

void Cases(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"keys", "load", "serial"});
  for (const int64_t load : {80, 200}) benchmark->Args({64, load, 0});
  for (const int64_t serial : {0, 1}) benchmark->Args({100'000, 80, serial});
}
BENCHMARK(BM_Touch)->ArgNames({"keys", "serial"})->ArgsProduct({{64, 100'000}, {0, 1}});
BENCHMARK(BM_Evenly)->Apply(Cases);
BENCHMARK(BM_Anchored)->Apply(Cases);
BENCHMARK(BM_Rolling)->Apply(Cases);
BENCHMARK(BM_AcquireTwo)->ArgNames({"keys"})->Arg(64)->Arg(100'000);

}  // namespace
}  // namespace bylaw::limit

BENCHMARK_MAIN();
