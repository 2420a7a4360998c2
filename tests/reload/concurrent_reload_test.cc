// A compiling thread beside the engine's: policies are read, proved, compiled and prepared while decisions are made,
// and every decision is of exactly one of them.
#include <fmt/format.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"
#include "tests/reload/versioned_policy.h"

namespace bylaw::engine {
namespace {

constexpr uint32_t kVersions = 40;

// What the two threads hand each other: policies that are ready, and those that the engine may have dropped by now.
struct Exchange {
  std::mutex mutex;
  std::deque<std::shared_ptr<const Policy>> ready;  // guarded by mutex
  std::shared_ptr<const Policy> published;          // guarded by mutex
  std::atomic<bool> done = false;
};

// Each policy is prepared to follow the last one.
void CompileVersions(Exchange& exchange) {
  std::shared_ptr<const Policy> last;
  {
    const std::lock_guard lock(exchange.mutex);
    last = exchange.published;
  }
  for (uint32_t version = 1; version < kVersions; ++version) {
    const auto kind = version % 2 == 0 ? driver::EngineKind::kEvaluator : driver::EngineKind::kJitO0;
    last = *Policy::Prepare(CompileOrDie(VersionText(version), kind), last);
    {
      const std::lock_guard lock(exchange.mutex);
      exchange.ready.push_back(last);
    }
  }
  exchange.done = true;
}

class EngineThread {
 public:
  EngineThread(Engine& engine, Exchange& exchange) : engine_(engine), exchange_(exchange) {}

  // Until the last version is published and every run has ended.
  void Work() {
    for (bool more = true; more;) {
      PublishNext();
      more = !(exchange_.done && engine_.epoch() == kVersions - 1);
      for (uint32_t i = 0; more && i < 4; ++i) engine_.Submit(TenantId(i % 2), WorkflowId(0), {});
      while (const auto turn = engine_.Next(PoolId(0))) running_.push_back(turn->run);
      for (int i = 0; i < 3 && !running_.empty(); ++i) Step();
    }
    while (engine_.RunsInFlight() > 0) {
      while (const auto turn = engine_.Next(PoolId(0))) running_.push_back(turn->run);
      Step();
    }
  }
  int64_t decisions() const { return decisions_; }
  int64_t older() const { return older_; }
  const std::string& wrong() const { return wrong_; }

 private:
  void PublishNext() {
    std::shared_ptr<const Policy> next;
    {
      const std::lock_guard lock(exchange_.mutex);
      if (exchange_.ready.empty()) return;
      next = std::move(exchange_.ready.front());
      exchange_.ready.pop_front();
    }
    if (!engine_.Reload(next).ok()) wrong_ = "a policy that was prepared to follow this one is refused";
  }

  // The next step of the run that waits longest, or its end.
  void Step() {
    const RunId run = running_.front();
    running_.pop_front();
    const StepId step = engine_.NextStep(run);
    if (!step.valid()) {
      engine_.Finish(run);
      return;
    }
    const StepDecision decision = engine_.BeginStep(run, step);
    ++decisions_;
    older_ += decision.epoch != engine_.epoch();
    Check(run, decision);
    engine_.EndStep(run, {.cost_micros = decision.reserved_micros}, Outcome::kOk);
    running_.push_back(run);
  }

  // Versions are published one by one: the epoch is the version.
  void Check(RunId run, const StepDecision& decision) {
    const std::shared_ptr<const Policy> policy = engine_.PolicyAt(decision.epoch);
    if (policy == nullptr) {
      wrong_ = "a decision of a policy that has been freed";
    } else if (decision.verdict != static_cast<uint8_t>(abi::Verdict::kProceed)) {
      wrong_ = fmt::format("a step does not proceed: {}", abi::ToString(decision));
    } else if (engine_.StatusOf(run).epoch != decision.epoch) {
      wrong_ = "a call under a policy that is not the run's";
    } else if (const std::string mark = MarkOf(policy->image(), policy->Own(decision), decision.epoch); !mark.empty()) {
      wrong_ = fmt::format("epoch {}: {}", decision.epoch, mark);
    }
  }

  Engine& engine_;
  Exchange& exchange_;
  std::deque<RunId> running_;
  int64_t decisions_ = 0, older_ = 0;
  std::string wrong_;
};

TEST(ConcurrentReloadTest, EveryDecisionIsOfExactlyOnePolicy) {
  const SystemClock clock;
  audit::MemorySink sink;
  const auto engine = *Engine::Create(CompileOrDie(VersionText(0)), &clock, &sink, {});
  Exchange exchange;
  exchange.published = engine->policy();
  std::thread compiler([&] { CompileVersions(exchange); });
  EngineThread thread(*engine, exchange);
  thread.Work();
  compiler.join();
  EXPECT_EQ(thread.wrong(), "");
  EXPECT_EQ(engine->epoch(), kVersions - 1);
  EXPECT_GT(thread.decisions(), 1'000);
  EXPECT_GT(thread.older(), 20) << "calls under a policy that had been replaced";
  EXPECT_EQ(engine->CheckConsistency(), "");
}

}  // namespace
}  // namespace bylaw::engine
