// P7: decisions under open-loop load at half of capacity, before and during reloads back to back.
//
// One thread has the engine: BeginStep + EndStep of a random one of 10,000 runs in flight, new runs in place of those
// that end. Requests are due at fixed times, whether or not the one before is done; a request's latency counts from
// when it was due, so that whatever holds the thread up holds up all that come after. Another thread reads, proves,
// compiles (O2) and prepares a policy of the given number of tenants, in which one tenant's cap and the order of the
// endpoints differ from the last one, as fast as it can; the engine's thread publishes what is ready between two
// requests. Capacity is that of the same loop when every request is overdue. Every decision is checked against the
// policy it names.
//
// Three kinds of a quarter second alternate, so that what else happens on the machine meets all of them: quiet; with a
// neighbour, another process that makes the same policies and publishes none; and with reloads. What the neighbour
// costs is the machine's (the other core, the cache, the memory), not the engine's.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/prng.h"
#include "compiler/driver/image.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"

namespace bylaw::engine {
namespace {

using Time = std::chrono::steady_clock::time_point;
using std::chrono::nanoseconds;

constexpr uint32_t kRuns = 10'000;
constexpr auto kPhase = std::chrono::milliseconds(250);
constexpr int kRounds = 40;

class NoSink final : public audit::AuditSink {
 public:
  bool Append(const audit::Record&) override { return true; }
  absl::Status status() const override { return absl::OkStatus(); }
  uint64_t dropped() const override { return 0; }
};

std::string Endpoint(const char* name, const char* serves, uint32_t version) {
  return fmt::format("endpoint {} {{\n  serves {}\n  in here\n  costs at most $0.{:03} per call\n}}\n", name, serves,
                     1 + version % 900);
}

// Every price is the version's mark.
std::string Text(uint32_t version, uint32_t tenants) {
  const std::string one = Endpoint("one", "model large", version), index = Endpoint("index", "tool search", version);
  std::string text = "edition 2026\nuse std.places\nregion here in DE\n";
  text += version % 2 == 0 ? one + index : index + one;
  text += "store disk {\n  keeps state, checkpoints, audit\n  in here\n}\n";
  text += fmt::format("pool workers in here has {} slots with room for {} waiting\n", kRuns, 4 * kRuns);
  text +=
      "workflow answer {\n  step look {\n    calls tool search\n  }\n  step write {\n    after look\n    calls model "
      "large\n  }\n  step check {\n    after write\n    calls model large\n  }\n  step tell {\n    after check\n    "
      "calls "
      "tool search\n  }\n}\n";
  text +=
      "tier standard {\n  budget $100 per workflow\n  at most 1_000_000 calls per second evenly with bursts of 1000 to "
      "search\n}\n";
  for (uint32_t i = 0; i < tenants; ++i) {
    const uint32_t cap = i == version % tenants ? kRuns - 1 - version % 1'000 : kRuns;
    text += fmt::format("tenant t{} on tier standard {{\n  at most {} workflows at once\n}}\n", i, cap);
  }
  return text;
}

std::shared_ptr<const abi::PolicyImage> Compile(uint32_t version, uint32_t tenants) {
  driver::CompileOptions options;
  options.texts = {{"policy.bylaw", Text(version, tenants)}};
  auto compilation = driver::Check(options);
  BYLAW_CHECK(compilation.ok(), "the benchmark's policy can be read");
  driver::Verify(*compilation);
  BYLAW_CHECK(compilation->verified.has_value(), "the benchmark's policy verifies");
  auto image = driver::BuildImage(*compilation->verified, driver::EngineKind::kJitO2);
  BYLAW_CHECK(image.ok(), "the benchmark's policy compiles");
  return *image;
}

// Makes policies as fast as it can, from construction to destruction.
class Compiler {
 public:
  Compiler(uint32_t tenants, uint32_t version, std::shared_ptr<const Policy> first)
      : tenants_(tenants), version_(version), last_(std::move(first)), thread_([this] { Run(); }) {}
  ~Compiler() {
    closing_ = true;
    thread_.join();
  }
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;
  // Null: nothing is ready.
  std::shared_ptr<const Policy> Take() {
    if (!waiting_) return nullptr;
    const std::lock_guard lock(mutex_);
    waiting_ = false;
    return std::move(ready_);
  }

 private:
  void Run() {
    while (!closing_) {
      last_ = *Policy::Prepare(Compile(++version_, tenants_), last_);
      while (waiting_ && !closing_) std::this_thread::yield();
      const std::lock_guard lock(mutex_);
      ready_ = last_;
      waiting_ = true;
    }
  }

  uint32_t tenants_;
  uint32_t version_;
  std::shared_ptr<const Policy> last_;
  std::mutex mutex_;
  std::shared_ptr<const Policy> ready_;  // guarded by mutex_
  std::atomic<bool> waiting_ = false, closing_ = false;
  std::thread thread_;
};

// A process that makes the same policies for itself while it is let.
class Neighbour {
 public:
  explicit Neighbour(uint32_t tenants) : process_(fork()) {
    if (process_ == 0) {
      for (uint32_t version = 1;; ++version) Compile(version, tenants);
    }
    Let(false);
  }
  ~Neighbour() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;
  void Let(bool run) const { kill(process_, run ? SIGCONT : SIGSTOP); }

 private:
  pid_t process_;
};

// Room for so many latencies, every page of it touched: a fault while serving would count as latency.
std::vector<int64_t> Room(int64_t requests) {
  std::vector<int64_t> latencies(static_cast<size_t>(requests), 1);
  latencies.clear();
  return latencies;
}

class Load {
 public:
  explicit Load(uint32_t tenants) : tenants_(tenants), prng_(7) {
    engine_ = *Engine::Create(Compile(0, tenants), &clock_, &sink_, {.runs_expected = kRuns + 16});
    for (uint32_t i = 0; i < kRuns; ++i) runs_.push_back(Begin());
  }
  Engine& engine() { return *engine_; }

  // One request: a step of a random run; a new run for one that is done.
  void Serve() {
    RunId& run = runs_[prng_.Below(kRuns)];
    const StepId step = engine_->NextStep(run);
    const StepDecision decision = engine_->BeginStep(run, step);
    const uint32_t price = static_cast<uint32_t>(decision.reserved_micros / 1'000);
    mixed_ += decision.verdict != 0 || price != 1 + decision.epoch % 900;
    if (engine_->EndStep(run, {.cost_micros = decision.reserved_micros}, Outcome::kOk).then != Then::kFinish) return;
    engine_->Finish(run);
    run = Begin();
  }
  // Serves one request each `gap`; latencies from when each was due are added, as many as there is room for.
  void Phase(nanoseconds gap, Compiler* compiler, std::vector<int64_t>* latencies) {
    for (Time due = std::chrono::steady_clock::now(); latencies->size() < latencies->capacity(); due += gap) {
      if (compiler != nullptr) Publish(*compiler);
      while (std::chrono::steady_clock::now() < due) continue;
      Serve();
      latencies->push_back((std::chrono::steady_clock::now() - due).count());
    }
  }
  // What one request of a phase takes when all are overdue.
  nanoseconds Service() {
    constexpr int64_t kRequests = 1'000'000;
    std::vector<int64_t> latencies = Room(kRequests);
    for (int64_t i = 0; i < kRequests / 4; ++i) Serve();
    const Time begun = std::chrono::steady_clock::now();
    Phase(nanoseconds(0), nullptr, &latencies);
    return (std::chrono::steady_clock::now() - begun) / kRequests;
  }
  uint64_t mixed() const { return mixed_; }
  int64_t reload_ns_max() const { return reload_ns_max_; }

 private:
  void Publish(Compiler& compiler) {
    const std::shared_ptr<const Policy> next = compiler.Take();
    if (next == nullptr) return;
    const Time begun = std::chrono::steady_clock::now();
    BYLAW_CHECK(engine_->Reload(next).ok(), "a prepared policy is published");
    reload_ns_max_ = std::max<int64_t>(reload_ns_max_, (std::chrono::steady_clock::now() - begun).count());
  }
  RunId Begin() {
    const SubmitResult result =
        engine_->Submit(TenantId(static_cast<uint32_t>(prng_.Below(tenants_))), WorkflowId(0), {});
    BYLAW_CHECK(result.queued, "there is room for every run");
    BYLAW_CHECK(engine_->Next(PoolId(0)).has_value(), "there is a slot for every run");
    return result.run;
  }

  uint32_t tenants_;
  SystemClock clock_;
  NoSink sink_;
  std::unique_ptr<Engine> engine_;
  std::vector<RunId> runs_;
  Prng prng_;
  uint64_t mixed_ = 0;
  int64_t reload_ns_max_ = 0;
};

double PerMille(std::vector<int64_t>& latencies, double per_mille) {
  const auto at = static_cast<ptrdiff_t>(static_cast<double>(latencies.size() - 1) * per_mille / 1'000);
  std::nth_element(latencies.begin(), latencies.begin() + at, latencies.end());
  return static_cast<double>(latencies[static_cast<size_t>(at)]);
}

// The rounds of one kind.
struct Rounds {
  explicit Rounds(int64_t requests) : all(Room(kRounds * requests)) {}
  std::vector<int64_t> all;
  std::vector<double> p999;  // of each round
  void Add(std::vector<int64_t>& latencies) {
    all.insert(all.end(), latencies.begin(), latencies.end());
    p999.push_back(PerMille(latencies, 999));
  }
  double MedianP999() {
    std::sort(p999.begin(), p999.end());
    return p999[p999.size() / 2];
  }
};

void ReloadUnderLoad(benchmark::State& state) {
  const auto tenants = static_cast<uint32_t>(state.range(0));
  for (auto _ : state) {
    const Neighbour other(tenants);
    Load load(tenants);
    const nanoseconds gap = 2 * load.Service();
    const int64_t requests = kPhase / gap;
    Rounds quiet(requests), neighbour(requests), during(requests);
    std::vector<int64_t> latencies = Room(requests);
    std::vector<int64_t> warm = Room(requests / 5);
    const auto measure = [&](Compiler* compiler, Rounds& rounds) {
      warm.clear();
      load.Phase(gap, compiler, &warm);
      latencies.clear();
      load.Phase(gap, compiler, &latencies);
      rounds.Add(latencies);
    };
    for (int round = 0; round < kRounds; ++round) {
      measure(nullptr, quiet);
      other.Let(true);
      measure(nullptr, neighbour);
      other.Let(false);
      Compiler compiler(tenants, load.engine().epoch(), load.engine().policy());
      measure(&compiler, during);
    }
    state.counters["rate_per_s"] = 1e9 / static_cast<double>(gap.count());
    for (auto& [name, rounds] :
         {std::pair<const char*, Rounds&>("quiet", quiet), {"neighbour", neighbour}, {"during", during}}) {
      state.counters[fmt::format("p50_{}_ns", name)] = PerMille(rounds.all, 500);
      state.counters[fmt::format("p999_{}_ns", name)] = PerMille(rounds.all, 999);
      state.counters[fmt::format("median_p999_{}_ns", name)] = rounds.MedianP999();
    }
    state.counters["p999_ratio"] = PerMille(during.all, 999) / PerMille(quiet.all, 999);
    state.counters["median_p999_ratio"] = during.MedianP999() / quiet.MedianP999();
    state.counters["reloads"] = load.engine().epoch();
    state.counters["reload_ns_max"] = static_cast<double>(load.reload_ns_max());
    state.counters["mixed_decisions"] = static_cast<double>(load.mixed());
    BYLAW_CHECK(load.mixed() == 0, "every decision is of the policy that it names");
  }
}
// The time for which one publication keeps the engine from deciding, among 10,000 runs of which most are pinned to
// older policies.
void Publication(benchmark::State& state) {
  const auto tenants = static_cast<uint32_t>(state.range(0));
  Load load(tenants);
  const std::shared_ptr<const abi::PolicyImage> images[] = {Compile(1, tenants), Compile(2, tenants)};
  std::shared_ptr<const Policy> last = load.engine().policy();
  size_t turn = 0;
  for (auto _ : state) {
    last = *Policy::Prepare(images[turn++ % 2], last);
    for (int i = 0; i < 1'000; ++i) load.Serve();
    const Time begun = std::chrono::steady_clock::now();
    BYLAW_CHECK(load.engine().Reload(last).ok(), "a prepared policy is published");
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
}
BENCHMARK(Publication)
    ->Arg(100)
    ->Arg(1'000)
    ->Arg(10'000)
    ->UseManualTime()
    ->Iterations(1'000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(ReloadUnderLoad)->Arg(100)->Arg(1'000)->Arg(10'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bylaw::engine

BENCHMARK_MAIN();
