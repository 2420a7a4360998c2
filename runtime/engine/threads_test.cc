// Sixteen threads around one engine, as a platform has them: calls under one lock, work and commits outside it.
//
// What was admitted is checked afterwards against what the limits say, from the whole history (limit_model.h), and what
// was spent against the budget. To be run under ThreadSanitizer as well (label threads).
#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "gtest/gtest.h"
#include "runtime/audit/log_world.h"
#include "runtime/durable/journal.h"
#include "runtime/durable/memory_store.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/hand_policy.h"
#include "runtime/limit/limit_model.h"

namespace bylaw::engine {
namespace {

constexpr int kThreads = 16;
constexpr TimeNs kWall = 1'795'424'400 * kSecondNs;  // Monday, 2026-11-23 09:00 UTC

template <typename Work>
void InThreads(Work work) {
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back([&work, t] { work(t); });
  for (std::thread& thread : threads) thread.join();
}

// The machine's time, standing still while somebody holds the lock: when exactly something was admitted is known.
class HeldClock {
 public:
  void Follow() { clock_.AdvanceTo(std::max(clock_.MonotonicNow(), machine_.MonotonicNow() - begun_)); }
  const Clock* get() const { return &clock_; }
  TimeNs now() const { return clock_.MonotonicNow(); }

 private:
  SystemClock machine_;
  TimeNs begun_ = machine_.MonotonicNow();
  SimulatedClock clock_{kWall};
};

abi::RateSpec Limit(abi::RateWindow window, int64_t amount, DurationNs window_ns, ResourceId resource) {
  abi::RateSpec spec;
  spec.resource = resource;
  spec.window = window;
  spec.amount = amount;
  spec.window_ns = window_ns;
  spec.burst = 3;
  if (window == abi::RateWindow::kCalendar) spec.calendar = abi::CalendarPeriod::kDay;
  return spec;
}

struct Call {
  TenantId tenant;
  TimeNs at;
};

// Each tenant has a limit of another kind; all share an endpoint with a quota of its own.
struct LimitedPlatform {
  std::vector<abi::RateSpec> limits;
  abi::RateSpec quota = CallsPer(5 * kMillisecondNs, 120);
  HeldClock clock;
  audit::MemorySink sink;
  std::mutex mutex;  // guards the engine, the clock and what follows
  std::unique_ptr<Engine> engine;
  std::vector<Call> calls;
  int64_t refused = 0;

  LimitedPlatform() {
    HandPolicy policy;
    policy.AddPool("workers", kThreads);
    const ResourceId model = policy.Resource("model");
    policy.AddEndpoint("eu", "model", 1, {quota});
    policy.AddWorkflow("loan", {{.name = "ask", .resource = "model"}});
    limits = {Limit(abi::RateWindow::kAnchored, 30, 3 * kMillisecondNs, model),
              Limit(abi::RateWindow::kRolling, 20, 2 * kMillisecondNs, model),
              Limit(abi::RateWindow::kEvenly, 10, kMillisecondNs, model),
              Limit(abi::RateWindow::kCalendar, 500, 0, model)};
    for (size_t i = 0; i < limits.size(); ++i) {
      policy.AddTenant({.name = "tenant-" + std::to_string(i), .rates = {limits[i]}});
    }
    engine = *Engine::Create(policy.Build(), clock.get(), &sink, {});
  }
  // A run comes, and one (which may have waited on a limit) gets its turn. The call is made outside the lock.
  void Serve(TenantId tenant) {
    std::unique_lock lock(mutex);
    clock.Follow();
    engine->Submit(tenant, WorkflowId(0), {});
    const std::optional<Turn> turn = engine->Next(PoolId(0));
    if (!turn.has_value()) return;
    const StepDecision decision = engine->BeginStep(turn->run, turn->step);
    if (decision.verdict != static_cast<uint8_t>(abi::Verdict::kProceed)) {
      ++refused;
      const bool waits = refused % 4 == 0;
      EXPECT_TRUE(waits || engine->Cancel(turn->run).ok());
      return;
    }
    calls.push_back({turn->tenant, clock.now()});
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
    clock.Follow();
    engine->EndStep(turn->run, {.cost_micros = 1}, Outcome::kOk);
    engine->Finish(turn->run);
  }
};

TEST(ThreadsTest, SixteenThreadsAreNeverAdmittedBeyondALimit) {
  LimitedPlatform platform;
  std::atomic<bool> over = false;
  InThreads([&](int t) {
    for (uint32_t i = 0; !over; ++i) {
      platform.Serve(TenantId((static_cast<uint32_t>(t) + i) % 4));
      if (i % 64 == 63) {
        const std::lock_guard lock(platform.mutex);
        const bool enough = platform.refused > 300 && platform.calls.size() > 1'000;
        over = platform.clock.now() > (enough ? 300 * kMillisecondNs : kMinuteNs);
      }
    }
  });
  limit::LimitModel shared{limit::SpecOf(platform.quota), {}};
  std::vector<limit::LimitModel> models;
  for (const abi::RateSpec& spec : platform.limits) models.push_back({limit::SpecOf(spec), {}});
  int64_t of_calendar = 0;
  for (const Call& call : platform.calls) {
    limit::LimitModel& own = models[call.tenant.index()];
    if (own.spec.window == abi::RateWindow::kCalendar) {
      ASSERT_LE(++of_calendar, own.spec.quota) << "a day has as many calls";
    } else {
      ASSERT_TRUE(own.Fits(call.at, 1)) << "tenant " << call.tenant.value() << " at " << call.at;
    }
    ASSERT_TRUE(shared.Fits(call.at, 1)) << "the endpoint at " << call.at;
    own.calls.push_back({call.at, 1});
    shared.calls.push_back({call.at, 1});
  }
  EXPECT_GT(platform.refused, 200) << "the limits were reached";
  for (const limit::LimitModel& model : models) EXPECT_GT(model.calls.size(), 20u);
  EXPECT_EQ(platform.engine->CheckConsistency(), "");
}

// Budgets, runs and records are kept; each thread commits what it was told, together with whoever else commits then.
TEST(ThreadsTest, SixteenThreadsCommitWhatTheySpendAndSpendNoMoreThanThereIs) {
  constexpr int64_t kBudget = 100'000;
  audit::LogWorld records;
  records.MustOpen();
  durable::MemoryStore store;
  durable::Journal journal(&store);
  HandPolicy policy;
  policy.AddPool("workers", kThreads);
  policy.AddEndpoint("eu", "model", 100);
  policy.AddWorkflow("loan", {{.name = "ask", .resource = "model"}, {.name = "tell", .resource = "model"}});
  policy.AddTenant({.name = "bank", .budget_month_micros = kBudget});
  SystemClock clock;
  std::mutex mutex;  // guards the engine
  const auto engine =
      *Engine::Create(policy.Build(), &clock, records.log.get(), {.journal = &journal, .lease_month_ppm = 2'000});
  std::atomic<int64_t> spent = 0, refused = 0;
  InThreads([&](int) {
    for (int i = 0; i < 100; ++i) {
      std::unique_lock lock(mutex);
      if (!engine->Submit(TenantId(0), WorkflowId(0), {}).queued) ++refused;
      const std::optional<Turn> turn = engine->Next(PoolId(0));
      for (StepId step = turn ? turn->step : StepId::None(); step.valid(); step = engine->NextStep(turn->run)) {
        const StepDecision decision = engine->BeginStep(turn->run, step);
        const CommitTicket ticket = engine->Seal();
        if (decision.verdict != static_cast<uint8_t>(abi::Verdict::kProceed)) break;
        lock.unlock();
        ASSERT_TRUE(engine->Await(ticket).ok());
        spent += decision.reserved_micros;
        lock.lock();
        engine->EndStep(turn->run, {.cost_micros = decision.reserved_micros}, Outcome::kOk);
      }
      if (turn && engine->StatusOf(turn->run).state == RunState::kRunning) engine->Finish(turn->run);
      const CommitTicket ticket = engine->Seal();
      lock.unlock();
      ASSERT_TRUE(engine->Await(ticket).ok());
    }
  });
  EXPECT_LE(spent, kBudget);
  EXPECT_GT(spent, kBudget * 9 / 10) << "there was enough to do";
  EXPECT_GT(refused, 0);
  EXPECT_EQ(engine->CheckConsistency(), "");
  EXPECT_EQ(records.Verify().problem, "");
  EXPECT_EQ(records.log->acknowledged(), records.log->appended());
}

}  // namespace
}  // namespace bylaw::engine
