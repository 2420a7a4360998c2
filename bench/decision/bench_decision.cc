// P1: one decision (contract, rules, residency, health, ladder) at random among tenants × 64 shapes × 20 steps.
//
// A run holds its tenant's record and its shape's step table since admission, so a question starts from those two
// pointers. Compiled code (O2, O0), the reference evaluator and a hand-written twin answer the same questions; before
// anything is measured, all four answer all of them once and must agree. Global operator new counts allocations.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "bench/decision/policy.h"
#include "bench/decision/twin.h"
#include "compiler/jit/jit.h"
#include "compiler/plan/eval.h"

namespace {
std::atomic<uint64_t> allocations{0};
}  // namespace

[[gnu::noinline]] void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace bylaw::bench {
namespace {

using Image = std::shared_ptr<const abi::PolicyImage>;

// What a run holds since its admission.
struct Pinned {
  const abi::TenantRecord* record;
  const abi::StepEntry* entries;
};

Image Compile(const std::shared_ptr<const plan::Plan>& plan, jit::OptLevel level) {
  const absl::StatusOr<const jit::Jit*> jit = jit::LoadJit();
  BYLAW_CHECK(jit.ok(), std::string(jit.status().message()).c_str());
  absl::StatusOr<Image> image = (*jit)->CompileImage(plan, level);
  BYLAW_CHECK(image.ok(), std::string(image.status().message()).c_str());
  return *image;
}

struct Setup {
  std::shared_ptr<const plan::Plan> plan;
  std::unique_ptr<const Questions> questions;
  Image o2, o0, evaluator;
  std::unique_ptr<const Twin> twin;

  explicit Setup(uint32_t tenants)
      : plan(MakePlan(tenants)),
        questions(MakeQuestions(tenants)),
        o2(Compile(plan, jit::OptLevel::kO2)),
        o0(Compile(plan, jit::OptLevel::kO0)),
        evaluator(plan::EvaluatorImage(plan)),
        twin(std::make_unique<const Twin>(*plan)) {
    CheckAgreement();
  }

  void CheckAgreement() const {
    for (const Draw& draw : questions->draws) {
      const abi::StepRequest& request = questions->callers[draw.caller].request;
      const auto ask = [&](const Image& image) {
        const abi::TenantRecord& record = image->tenants[draw.tenant];
        const abi::StepEntry& entry = image->shapes[record.shape.index()].workflows[0].steps[draw.step];
        abi::Decision decision;
        entry.decide(&entry, &record, &request, &decision);
        return decision;
      };
      const abi::Decision expected = ask(evaluator);
      abi::Decision by_hand;
      const abi::TenantRecord& record = plan->tables.tenants[draw.tenant];
      twin->Decide(twin->StepsOf(record.shape.value())[draw.step], record, request, &by_hand);
      BYLAW_CHECK(ask(o2) == expected && ask(o0) == expected, "compiled code decides as the evaluator does");
      BYLAW_CHECK(by_hand == expected, "the twin decides as the evaluator does");
    }
  }
};

const Setup& SetupFor(int64_t tenants) {
  static auto* const kSetups = new std::map<int64_t, std::unique_ptr<const Setup>>();
  std::unique_ptr<const Setup>& setup = (*kSetups)[tenants];
  if (setup == nullptr) setup = std::make_unique<const Setup>(static_cast<uint32_t>(tenants));
  return *setup;
}

std::vector<Pinned> PinAll(const abi::PolicyImage& image) {
  std::vector<Pinned> pinned;
  for (const abi::TenantRecord& record : image.tenants) {
    pinned.push_back({&record, image.shapes[record.shape.index()].workflows[0].steps.data()});
  }
  return pinned;
}

// What a run would hold is found beforehand for each question, in the order in which it is asked.
struct Call {
  const abi::TenantRecord* record;
  const abi::StepEntry* entry;
  const TwinStep* twin;
  const abi::StepRequest* request;
};
std::vector<Call> CallsOf(const Setup& setup, const abi::PolicyImage& image) {
  const std::vector<Pinned> pinned = PinAll(image);
  std::vector<Call> calls;
  for (const Draw& draw : setup.questions->draws) {
    const Pinned& run = pinned[draw.tenant];
    calls.push_back({run.record, run.entries + draw.step, setup.twin->StepsOf(run.record->shape.value()) + draw.step,
                     &setup.questions->callers[draw.caller].request});
  }
  return calls;
}

enum class Engine { kO2, kO0, kEvaluator, kTwin };

const Image& ImageOf(const Setup& setup, Engine engine) {
  if (engine == Engine::kO0) return setup.o0;
  return engine == Engine::kEvaluator ? setup.evaluator : setup.o2;
}

void Finish(benchmark::State& state, uint64_t allocations_before) {
  const uint64_t made = allocations.load() - allocations_before;
  state.SetItemsProcessed(state.iterations());
  state.counters["allocations"] = static_cast<double>(made);
}

// Questions one after the other, as many engines ask: nothing is known of the next.
void BM_Decide(benchmark::State& state, Engine engine) {
  const Setup& setup = SetupFor(state.range(0));
  const std::vector<Call> calls = CallsOf(setup, *ImageOf(setup, engine));
  const Twin& twin = *setup.twin;
  abi::Decision decision;
  size_t next = 0;
  const uint64_t before = allocations.load();
  if (engine == Engine::kTwin) {
    for (auto _ : state) {
      const Call& call = calls[next++ & (calls.size() - 1)];
      twin.Decide(*call.twin, *call.record, *call.request, &decision);
      benchmark::DoNotOptimize(decision);
    }
  } else {
    for (auto _ : state) {
      const Call& call = calls[next++ & (calls.size() - 1)];
      call.entry->decide(call.entry, call.record, call.request, &decision);
      benchmark::DoNotOptimize(decision);
    }
  }
  Finish(state, before);
}

// Sixty-four at a time: the records of the whole batch are asked for before the first is used.
void BM_Batch(benchmark::State& state, Engine engine) {
  constexpr size_t kBatch = 64;
  const Setup& setup = SetupFor(state.range(0));
  const std::vector<Call> calls = CallsOf(setup, *ImageOf(setup, engine));
  const Twin& twin = *setup.twin;
  std::vector<abi::Decision> decisions(kBatch);
  size_t next = 0;
  const uint64_t before = allocations.load();
  while (state.KeepRunningBatch(kBatch)) {
    const Call* batch = &calls[next & (calls.size() - 1)];
    next += kBatch;
    for (size_t i = 0; i < kBatch; ++i) {
      __builtin_prefetch(batch[i].record);
      if (engine == Engine::kTwin) {
        __builtin_prefetch(batch[i].twin);
      } else {
        __builtin_prefetch(reinterpret_cast<const void*>(batch[i].entry->decide));
      }
    }
    for (size_t i = 0; i < kBatch; ++i) {
      const Call& call = batch[i];
      if (engine == Engine::kTwin) {
        twin.Decide(*call.twin, *call.record, *call.request, &decisions[i]);
      } else {
        call.entry->decide(call.entry, call.record, call.request, &decisions[i]);
      }
    }
    benchmark::DoNotOptimize(decisions.data());
    benchmark::ClobberMemory();
  }
  Finish(state, before);
}

// Calls of one step program only, again and again: what is left when the code of five hundred of them need not be
// fetched, and where they go is foreseen.
void BM_OneProgram(benchmark::State& state, Engine engine) {
  const Setup& setup = SetupFor(state.range(0));
  std::vector<Call> calls = CallsOf(setup, *ImageOf(setup, engine));
  const auto of = calls.front().entry->program;
  std::erase_if(calls, [of](const Call& call) { return call.entry->program != of; });
  abi::Decision decision;
  size_t next = 0;
  const uint64_t before = allocations.load();
  for (auto _ : state) {
    const Call& call = calls[next];
    next = next + 1 == calls.size() ? 0 : next + 1;
    call.entry->decide(call.entry, call.record, call.request, &decision);
    benchmark::DoNotOptimize(decision);
  }
  Finish(state, before);
  state.counters["calls"] = static_cast<double>(calls.size());
}

// Single calls by the clock; what two readings of the clock cost is measured apart and subtracted.
void BM_Latency(benchmark::State& state, Engine engine) {
  const Setup& setup = SetupFor(state.range(0));
  const std::vector<Call> calls = CallsOf(setup, *ImageOf(setup, engine));
  const Twin& twin = *setup.twin;
  const SystemClock clock;
  std::vector<DurationNs> empty(20'000), samples;
  for (DurationNs& sample : empty) {
    const TimeNs start = clock.MonotonicNow();
    sample = clock.MonotonicNow() - start;
  }
  std::nth_element(empty.begin(), empty.begin() + 10'000, empty.end());
  const DurationNs overhead = empty[10'000];
  samples.reserve(calls.size());
  abi::Decision decision;
  for (auto _ : state) {
    const Call& call = calls[samples.size() & (calls.size() - 1)];
    const TimeNs start = clock.MonotonicNow();
    if (engine == Engine::kTwin) {
      twin.Decide(*call.twin, *call.record, *call.request, &decision);
    } else {
      call.entry->decide(call.entry, call.record, call.request, &decision);
    }
    benchmark::DoNotOptimize(decision);
    samples.push_back(std::max<DurationNs>(clock.MonotonicNow() - start - overhead, 0));
  }
  std::sort(samples.begin(), samples.end());
  const auto percentile = [&](double part) {
    return static_cast<double>(samples[static_cast<size_t>(part * static_cast<double>(samples.size() - 1))]);
  };
  state.counters["p50_ns"] = percentile(0.5);
  state.counters["p99_ns"] = percentile(0.99);
  state.counters["p999_ns"] = percentile(0.999);
  state.counters["clock_ns"] = static_cast<double>(overhead);
}

// A whole image: 1,280 step entries, as many programs as differ.
void BM_Compile(benchmark::State& state, jit::OptLevel level) {
  const Setup& setup = SetupFor(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(Compile(setup.plan, level));
  state.counters["programs"] = static_cast<double>(setup.plan->programs.size());
}

void Sizes(benchmark::internal::Benchmark* benchmark) { benchmark->Arg(1'000)->Arg(10'000)->Arg(100'000); }

BENCHMARK_CAPTURE(BM_Decide, jit_o2, Engine::kO2)->Apply(Sizes);
BENCHMARK_CAPTURE(BM_Decide, by_hand, Engine::kTwin)->Apply(Sizes);
BENCHMARK_CAPTURE(BM_Decide, jit_o0, Engine::kO0)->Apply(Sizes);
BENCHMARK_CAPTURE(BM_Decide, evaluator, Engine::kEvaluator)->Apply(Sizes);
BENCHMARK_CAPTURE(BM_Batch, jit_o2, Engine::kO2)->Arg(100'000);
BENCHMARK_CAPTURE(BM_Batch, by_hand, Engine::kTwin)->Arg(100'000);
BENCHMARK_CAPTURE(BM_OneProgram, jit_o2, Engine::kO2)->Arg(100'000);
BENCHMARK_CAPTURE(BM_Latency, jit_o2, Engine::kO2)->Arg(100'000)->Iterations(1 << 20);
BENCHMARK_CAPTURE(BM_Latency, by_hand, Engine::kTwin)->Arg(100'000)->Iterations(1 << 20);
BENCHMARK_CAPTURE(BM_Compile, o2, jit::OptLevel::kO2)->Arg(1'000)->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK_CAPTURE(BM_Compile, o0, jit::OptLevel::kO0)->Arg(1'000)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace
}  // namespace bylaw::bench

BENCHMARK_MAIN();
