// P2: BeginStep + EndStep with rates, budgets and audit on (in-memory sink), a random run among many in flight, one
// thread. One decision in twenty does not proceed: an optional step that the budget cannot pay for, skipped and
// recorded.
//
// Runs belong to random tenants of 100,000 (fewer if there are fewer runs), each with a paced and an hourly limit on
// calls, a budget per workflow and per month, an org for every tenth, a month's budget for the org, and a paced quota
// on one endpoint. Which runs go on is drawn before the clock starts; runs that end are replaced while it stands still.
//
// BM_StepDurable does the same with budgets, runs and rates kept in RocksDB and the records in the signed log, in a
// folder of $TMPDIR (or /tmp): so many steps begin, are committed together, and end.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/prng.h"
#include "benchmark/benchmark.h"
#include "runtime/audit/log.h"
#include "runtime/audit/signing.h"
#include "runtime/audit/sink.h"
#include "runtime/durable/journal.h"
#include "runtime/durable/rocks_store.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/hand_policy.h"

namespace bylaw::engine {
namespace {

constexpr int64_t kCent = 10'000;
constexpr int kSteps = 20;
constexpr size_t kBatch = 4'096;

// Keeps the last records only, so that a long measurement does not measure the growth of a vector.
class RingSink final : public audit::AuditSink {
 public:
  RingSink() : records_(1 << 16) {}
  bool Append(const audit::Record& record) override {
    records_[count_++ % records_.size()] = record;
    decisions_ += record.event == audit::Event::kDecision;
    return true;
  }
  absl::Status status() const override { return absl::OkStatus(); }
  uint64_t dropped() const override { return 0; }
  // Of decisions that did not proceed.
  uint64_t decisions() const { return decisions_; }

 private:
  std::vector<audit::Record> records_;
  uint64_t count_ = 0;
  uint64_t decisions_ = 0;
};

std::shared_ptr<const abi::PolicyImage> MakeImage(uint32_t runs) {
  HandPolicy policy;
  policy.AddPool("workers", runs);
  policy.AddEndpoint("model", "model", kCent);
  policy.AddEndpoint("bureau", "bureau", kCent,
                     {CallsEvenly(kSecondNs, 1'000'000'000, 1'000'000'000, ResourceId::None())});
  policy.AddEndpoint("dear", "dear", 1'000'000 * kCent);
  std::vector<HandStep> steps;
  for (int i = 0; i < kSteps; ++i) {
    const bool dear = i == kSteps / 2;
    steps.push_back({.name = "s" + std::to_string(i),
                     .resource = dear         ? "dear"
                                 : i % 4 == 1 ? "bureau"
                                              : "model",
                     .optional = dear});
  }
  policy.AddWorkflow("w", steps);
  const OrgId org = policy.AddOrg("group", abi::kUnlimited, int64_t{1} << 60);
  const uint32_t tenants = std::min<uint32_t>(runs, 100'000);
  for (uint32_t t = 0; t < tenants; ++t) {
    HandTenant tenant{.name = std::to_string(t),
                      .budget_workflow_micros = 100 * kCent,
                      .budget_month_micros = int64_t{1} << 50,
                      .rates = {CallsPer(kHourNs, int64_t{1} << 40, policy.Resource("bureau")),
                                CallsEvenly(kSecondNs, 1'000'000'000, 1'000'000'000, policy.Resource("model"))}};
    if (t % 10 == 0) tenant.org = org;
    policy.AddTenant(tenant);
  }
  return policy.Build();
}

// Where a durable load keeps what it keeps; removed with it.
class Kept {
 public:
  explicit Kept(const Clock& clock) {
    const char* root = std::getenv("TMPDIR");
    folder_ = std::filesystem::path(root == nullptr ? "/tmp" : root) / fmt::format("bench_step.{}", getpid());
    std::filesystem::create_directories(folder_ / "audit");
    auto store = durable::RocksStore::Open((folder_ / "state").string());
    BYLAW_CHECK(store.ok(), "a folder for the store");
    store_ = *std::move(store);
    auto log =
        audit::Log::Open(&files_, (folder_ / "audit").string(), audit::SigningKey::Generate(), clock.WallNow(), {});
    BYLAW_CHECK(log.ok(), "a folder for the log");
    log_ = *std::move(log);
    journal_ = std::make_unique<durable::Journal>(store_.get());
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  ~Kept() {
    journal_.reset();
    log_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  durable::Journal* journal() { return journal_.get(); }
  audit::AuditSink* sink() { return log_.get(); }

 private:
  std::filesystem::path folder_;
  PosixFileSystem files_;
  std::unique_ptr<durable::RocksStore> store_;
  std::unique_ptr<audit::Log> log_;
  std::unique_ptr<durable::Journal> journal_;
};

class Load {
 public:
  explicit Load(uint32_t runs, bool durable = false, bool loop = false)
      : loop_(loop ? std::make_unique<LoopClock>(&clock_) : nullptr), image_(MakeImage(runs)), prng_(7) {
    if (durable) kept_ = std::make_unique<Kept>(clock_);
    Options options;
    options.runs_expected = runs;
    options.journal = durable ? kept_->journal() : nullptr;
    auto made = Engine::Create(image_, loop ? static_cast<const Clock*>(loop_.get()) : &clock_,
                               durable ? kept_->sink() : &sink_, options);
    BYLAW_CHECK(made.ok(), "the image makes sense");
    engine_ = *std::move(made);
    for (uint32_t i = 0; i < runs; ++i) runs_.push_back(NewRun());
    // Runs in flight stand anywhere in their workflow.
    for (RunId run : runs_) {
      for (uint64_t steps = prng_.Below(kSteps); steps > 0; --steps) Step(run);
    }
  }

  void Draw(std::vector<uint32_t>* chosen) {
    for (uint32_t& index : *chosen) index = static_cast<uint32_t>(prng_.Below(runs_.size()));
  }
  // A step of each of these follows.
  void Expect(std::span<const uint32_t> indices) {
    if (loop_ != nullptr) loop_->Tick();
    soon_.clear();
    for (const uint32_t index : indices) soon_.push_back(runs_[index]);
    engine_->Prefetch(soon_);
  }
  // One step of the chosen run; a run already at its end is left alone until Replace.
  void Go(uint32_t index) { Step(runs_[index]); }
  // The same for several runs, all different: begun, committed together, ended.
  void GoTogether(std::span<const uint32_t> indices) {
    Expect(indices);
    calling_.clear();
    for (const uint32_t index : indices) {
      if (Begin(runs_[index])) calling_.push_back(runs_[index]);
    }
    Commit();
    for (const RunId run : calling_) End(run);
  }
  void Commit() { BYLAW_CHECK(engine_->Commit().ok(), "the disk takes it"); }
  void Replace(const std::vector<uint32_t>& chosen) {
    for (const uint32_t index : chosen) {
      if (engine_->NextStep(runs_[index]).valid()) continue;
      engine_->Finish(runs_[index]);
      runs_[index] = NewRun();
    }
  }
  TimeNs Now() const { return clock_.MonotonicNow(); }
  uint64_t decisions() const { return decisions_; }
  uint64_t records() const { return sink_.decisions(); }

 private:
  RunId NewRun() {
    const TenantId tenant(static_cast<uint32_t>(prng_.Below(image_->tenants.size())));
    const SubmitResult submitted = engine_->Submit(tenant, WorkflowId(0), {});
    const std::optional<Turn> turn = engine_->Next(PoolId(0));
    BYLAW_CHECK(submitted.queued && turn.has_value() && turn->run == submitted.run, "a slot is idle");
    return submitted.run;
  }
  void Step(RunId run) {
    if (Begin(run)) End(run);
  }
  // Whether a call is made.
  bool Begin(RunId run) {
    const StepId step = engine_->NextStep(run);
    if (!step.valid()) return false;
    const abi::Decision decision = engine_->BeginStep(run, step);
    ++decisions_;
    if (decision.verdict == static_cast<uint8_t>(abi::Verdict::kSkip)) return false;
    BYLAW_CHECK(decision.verdict == static_cast<uint8_t>(abi::Verdict::kProceed), "nothing here waits or stops");
    return true;
  }
  void End(RunId run) { engine_->EndStep(run, {.cost_micros = kCent / 2, .tokens = 0}, Outcome::kOk); }

  SystemClock clock_;
  std::unique_ptr<LoopClock> loop_;  // null: the engine reads the machine's at every call
  RingSink sink_;
  std::unique_ptr<Kept> kept_;
  std::shared_ptr<const abi::PolicyImage> image_;
  Prng prng_;
  std::unique_ptr<Engine> engine_;
  std::vector<RunId> runs_, soon_, calling_;
  uint64_t decisions_ = 0;
};

// Steps by `at_hand`: as a worker that answers one call after the other (1), or drains a queue of answers, and then may
// read the clock once for all that are at hand.
void BM_Step(benchmark::State& state) {
  Load load(static_cast<uint32_t>(state.range(0)), /*durable=*/false, state.range(2) != 0);
  const auto at_hand = static_cast<size_t>(state.range(1));
  std::vector<uint32_t> chosen(kBatch);
  const uint64_t decisions = load.decisions(), records = load.records();
  for (auto _ : state) {
    load.Draw(&chosen);
    const TimeNs begin = load.Now();
    for (size_t i = 0; i < kBatch; i += at_hand) {
      const std::span<const uint32_t> next = std::span(chosen).subspan(i, at_hand);
      if (at_hand > 1) load.Expect(next);
      for (const uint32_t index : next) load.Go(index);
    }
    state.SetIterationTime(static_cast<double>(load.Now() - begin) * 1e-9);
    load.Replace(chosen);
  }
  const auto made = static_cast<double>(load.decisions() - decisions);
  state.SetItemsProcessed(static_cast<int64_t>(made));
  state.counters["not_proceeded"] = static_cast<double>(load.records() - records) / made;
}
BENCHMARK(BM_Step)
    ->ArgNames({"in_flight", "at_hand", "loop_clock"})
    ->ArgsProduct({{1'000, 100'000, 1'000'000}, {1, 8, 32}, {0}})
    ->ArgsProduct({{1'000, 100'000, 1'000'000}, {8, 32}, {1}})
    ->UseManualTime();

void BM_StepDurable(benchmark::State& state) {
  Load load(static_cast<uint32_t>(state.range(0)), /*durable=*/true);
  const auto together = static_cast<size_t>(state.range(1));
  std::vector<uint32_t> chosen(kBatch);
  load.Commit();
  const uint64_t decisions = load.decisions();
  for (auto _ : state) {
    load.Draw(&chosen);
    const TimeNs begin = load.Now();
    for (size_t i = 0; i < kBatch; i += together) {
      const std::span<uint32_t> next = std::span(chosen).subspan(i, together);
      std::sort(next.begin(), next.end());
      load.GoTogether(next.first(static_cast<size_t>(std::unique(next.begin(), next.end()) - next.begin())));
    }
    state.SetIterationTime(static_cast<double>(load.Now() - begin) * 1e-9);
    load.Replace(chosen);
    load.Commit();
  }
  state.SetItemsProcessed(static_cast<int64_t>(load.decisions() - decisions));
}
BENCHMARK(BM_StepDurable)
    ->ArgNames({"in_flight", "together"})
    ->ArgsProduct({{100'000}, {32, 512}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// Each call timed alone; what two readings of the clock take is subtracted from every percentile.
void BM_StepPercentiles(benchmark::State& state) {
  Load load(static_cast<uint32_t>(state.range(0)));
  std::vector<uint32_t> chosen(kBatch);
  std::vector<int64_t> times, empty;
  for (auto _ : state) {
    load.Draw(&chosen);
    const TimeNs whole = load.Now();
    for (const uint32_t index : chosen) {
      const TimeNs begin = load.Now();
      load.Go(index);
      times.push_back(load.Now() - begin);
    }
    state.SetIterationTime(static_cast<double>(load.Now() - whole) * 1e-9);
    for (size_t i = 0; i < kBatch; ++i) {
      const TimeNs begin = load.Now();
      empty.push_back(load.Now() - begin);
    }
    load.Replace(chosen);
  }
  std::sort(times.begin(), times.end());
  std::sort(empty.begin(), empty.end());
  const int64_t clock = empty[empty.size() / 2];
  const auto at = [&](double share) {
    return static_cast<double>(times[static_cast<size_t>(static_cast<double>(times.size() - 1) * share)] - clock);
  };
  state.counters["clock_ns"] = static_cast<double>(clock);
  state.counters["p50_ns"] = at(0.5);
  state.counters["p99_ns"] = at(0.99);
  state.counters["p999_ns"] = at(0.999);
}
BENCHMARK(BM_StepPercentiles)->Arg(100'000)->UseManualTime();

}  // namespace
}  // namespace bylaw::engine

BENCHMARK_MAIN();
