// Budgets, runs and what they left, over the end of the process; on a store in memory that fails when told to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/engine/crashed_lives.h"
#include "runtime/engine/durable_process.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {
namespace {

using abi::Reason;
using abi::Verdict;

TEST(DurableTest, ARunGoesOnWhereItStoodWithWhatItKnewAndHadSpent) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank", .budget_workflow_micros = 60 * kCent, .budget_month_micros = 500 * kCent});
  Process process(lending.policy.Build());
  const RunId run = process.Submit(TenantId(0));
  ASSERT_TRUE(process.engine->Next(PoolId(0)).has_value());
  for (int i = 0; i < 3; ++i) process.Do(run);
  Value confidence{.slot = 0, .value = {.number = 0.875}};
  process.Do(run, std::span(&confidence, 1));
  const durable::RunName name = process.engine->StatusOf(run).name;
  EXPECT_EQ(name.boot, 1u);
  ASSERT_TRUE(process.engine->Commit().ok());
  const int64_t spent = process.engine->StatusOf(run).spent_micros;
  process.Crash();
  EXPECT_EQ(process.engine->recovery().runs_taken_up, 1u);
  ASSERT_EQ(process.engine->Runs().size(), 1u);
  const std::optional<Turn> turn = process.engine->Next(PoolId(0));
  ASSERT_TRUE(turn.has_value());
  EXPECT_EQ(turn->step, StepId(4));
  const RunStatus status = process.engine->StatusOf(turn->run);
  EXPECT_EQ(status.name, name);
  EXPECT_GE(status.spent_micros, spent);
  EXPECT_EQ(process.engine->ValueOf(turn->run, 0)->number, 0.875);
  process.Do(turn->run);
  process.engine->Finish(turn->run);
  EXPECT_EQ(process.engine->CheckConsistency(), "");
  // Where its data was before the restart is in the record of its end.
  std::vector<uint32_t> endpoints;
  for (const audit::Record& record : process.sink.records()) {
    if (record.event != audit::Event::kFinished) continue;
    endpoints.push_back(record.endpoint);
    EXPECT_EQ(record.run_boot, name.boot);
    EXPECT_EQ(record.run, name.index);
  }
  EXPECT_EQ(endpoints.size(), 3u) << "identity, a bureau, the model";
}

TEST(DurableTest, WhatWasNotCommittedHappensAgainButIsPaidFor) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank", .budget_workflow_micros = 60 * kCent, .budget_month_micros = 500 * kCent});
  Process process(lending.policy.Build());
  const RunId run = process.Submit(TenantId(0));
  ASSERT_TRUE(process.engine->Next(PoolId(0)).has_value());
  const abi::Decision decision = process.engine->BeginStep(run, StepId(0));
  ASSERT_TRUE(process.engine->Commit().ok());
  process.Crash();
  const Turn turn = *process.engine->Next(PoolId(0));
  EXPECT_EQ(turn.step, StepId(0));
  EXPECT_GE(process.engine->StatusOf(turn.run).spent_micros, decision.reserved_micros);
}

TEST(DurableTest, TextsSurviveAndAreNotReadByAnotherTenantsRun) {
  HandPolicy policy;
  policy.AddPool("workers", 4);
  policy.AddEndpoint("model", "model", kCent);
  policy.AddWorkflow("chat", {{.name = "ask", .resource = "model", .outputs = {"answer"}}});
  policy.AddTenant({.name = "a"});
  policy.AddTenant({.name = "ab"});
  auto image = std::make_shared<abi::PolicyImage>(*policy.Build());
  image->workflows[0].slots[0].type = abi::SlotType::kText;
  Process process(image);
  for (const uint32_t tenant : {0, 1}) {
    const RunId run = process.Submit(TenantId(tenant));
    ASSERT_TRUE(process.engine->Next(PoolId(0)).has_value());
    const std::string bytes = "canary-" + image->tenant_names[tenant];
    const abi::Text text{bytes.data(), bytes.size()};
    Value answer{.slot = 0, .value = {.text = &text}};
    process.Do(run, std::span(&answer, 1));
  }
  ASSERT_TRUE(process.engine->Commit().ok());
  process.Crash();
  for (const RunId run : process.engine->Runs()) {
    const abi::Text* text = process.engine->ValueOf(run, 0)->text;
    const uint32_t tenant = process.engine->StatusOf(run).tenant.value();
    EXPECT_EQ(std::string(text->data, text->size), "canary-" + image->tenant_names[tenant]);
  }
  EXPECT_EQ(process.engine->recovery().runs_taken_up, 2u);
}

TEST(DurableTest, AnExactSealStrandsNothingAndACrashAtMostAChunk) {
  HandPolicy policy;
  policy.AddPool("workers", 4);
  policy.AddEndpoint("model", "model", kCent);
  policy.AddWorkflow("one", {{.name = "ask", .resource = "model"}});
  policy.AddTenant({.name = "bank", .budget_month_micros = 1'000 * kCent});
  Process process(policy.Build());
  const auto known = [&] {
    int64_t micros_max = 0;
    durable::WithTenant(process.store, "bank", [&](auto mine) {
      EXPECT_TRUE(mine.ForEachMonth([&](int32_t, int64_t micros) { micros_max = micros; }).ok());
    });
    return micros_max;
  };
  const Options tenth{.lease_month_ppm = 100'000};
  process.Crash(tenth);
  const auto spend = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const RunId run = process.Submit(TenantId(0));
      ASSERT_TRUE(process.engine->Next(PoolId(0)).has_value());
      process.Do(run);
      process.engine->Finish(run);
      ASSERT_TRUE(process.engine->Commit().ok());
    }
  };
  spend(5);
  EXPECT_EQ(known(), 101 * kCent) << "the first cent and a tenth of the month";
  ASSERT_TRUE(process.engine->Await(process.engine->SealExactly()).ok());
  EXPECT_EQ(known(), 5 * kCent);
  spend(1);
  EXPECT_EQ(known(), 106 * kCent);
  process.Crash(tenth);
  spend(1);
  EXPECT_EQ(known(), 207 * kCent) << "what was not proved unspent is spent";
}

TEST(DurableTest, WhatEndedRunsLeftIsErasedWhenItIsDueAndNotBefore) {
  HandPolicy policy;
  policy.AddPool("workers", 4);
  policy.AddEndpoint("model", "model", kCent);
  policy.AddWorkflow("one", {{.name = "ask", .resource = "model"}});
  policy.AddTenant({.name = "at-once"});
  policy.AddTenant({.name = "kept", .keep_data_days = 30});
  policy.AddTenant({.name = "erased", .erase_data_days = 5});
  Process process(policy.Build());
  process.Crash({.keep_ended_days = 10});
  for (const uint32_t tenant : {0, 1, 2, 2}) {
    const RunId run = process.Submit(TenantId(tenant));
    ASSERT_TRUE(process.engine->Next(PoolId(0)).has_value());
    process.Do(run);
    process.engine->Finish(run);
  }
  const RunId in_flight = process.Submit(TenantId(2));
  const auto erased_after = [&](int days) {
    process.clock.AdvanceTo(days * kDayNs);
    const absl::StatusOr<uint64_t> erased = process.engine->EraseDue();
    EXPECT_TRUE(erased.ok()) << erased.status();
    return *erased;
  };
  EXPECT_EQ(erased_after(4), 0u);
  EXPECT_EQ(erased_after(5), 2u) << "the contract says within five days";
  EXPECT_EQ(erased_after(10), 1u) << "nobody says anything: as the options do";
  EXPECT_EQ(erased_after(29), 0u);
  EXPECT_EQ(erased_after(30), 1u);
  EXPECT_FALSE(process.engine->EraseTenant("erased").ok()) << "a run of it is in flight";
  ASSERT_TRUE(process.engine->Cancel(in_flight).ok());
  EXPECT_EQ(*process.engine->EraseTenant("erased"), 1u);
  std::vector<uint32_t> told;
  for (const audit::Record& record : process.sink.records()) {
    if (record.event == audit::Event::kErased) told.push_back(record.tenant);
  }
  EXPECT_THAT(told, ::testing::ElementsAre(2, 0, 1, 2));
}

TEST(DurableTest, ARunThatNoPolicyKnowsStaysInTheStore) {
  const auto make = [](const std::string& step) {
    HandPolicy policy;
    policy.AddPool("workers", 4);
    policy.AddEndpoint("model", "model", kCent);
    policy.AddWorkflow("one", {{.name = step, .resource = "model"}});
    policy.AddTenant({.name = "bank"});
    return policy.Build();
  };
  Process process(make("ask"));
  process.Submit(TenantId(0));
  ASSERT_TRUE(process.engine->Commit().ok());
  process.Use(make("demand"));
  process.Crash();
  EXPECT_EQ(process.engine->recovery().runs_left, 1u);
  process.Use(make("ask"));
  process.Crash();
  EXPECT_EQ(process.engine->recovery().runs_taken_up, 1u);
}

TEST(DurableTest, AStoreKeepsMoneyOfOneCurrency) {
  HandPolicy policy;
  policy.AddPool("workers", 4);
  policy.AddEndpoint("model", "model", kCent);
  policy.AddWorkflow("one", {{.name = "ask", .resource = "model"}});
  policy.AddTenant({.name = "bank"});
  Process process(policy.Build());
  process.engine.reset();
  auto euros = std::make_shared<abi::PolicyImage>(*policy.Build());
  euros->currency = Currency::kEur;
  const Options options{.journal = process.journal.get()};
  const auto refused = Engine::Create(euros, &process.clock, &process.sink, options);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr("is in $, and the policy's money is in €"));
  process.Crash();
  EXPECT_EQ(process.engine->recovery().runs_left, 0u);
}

// A tenant whose runs make one call each, to a model that has a limit; the endpoint may have a quota.
struct Limited {
  explicit Limited(const abi::RateSpec& limit, std::vector<abi::RateSpec> quotas = {}) {
    policy.AddPool("workers", 100);
    policy.AddEndpoint("eu", "model", kCent, std::move(quotas));
    policy.AddWorkflow("loan", {{.name = "ask", .resource = "model"}});
    HandTenant bank{.name = "bank"};
    if (limit.amount > 0) bank.rates = {limit};
    if (limit.amount > 0) bank.rates[0].resource = policy.Resource("model");
    policy.AddTenant(bank);
    process = std::make_unique<Process>(policy.Build());
  }
  // How many of `calls` are let through now; each is committed before it is made.
  int Call(int calls) {
    int made = 0;
    for (int i = 0; i < calls; ++i) {
      const RunId run = process->Submit(TenantId(0));
      while (const std::optional<Turn> turn = process->engine->Next(PoolId(0))) {
        const abi::Decision decision = process->engine->BeginStep(turn->run, turn->step);
        EXPECT_TRUE(process->engine->Commit().ok());
        made += VerdictOf(decision) == Verdict::kProceed;
      }
      EXPECT_TRUE(process->engine->Cancel(run).ok());
      EXPECT_TRUE(process->engine->Commit().ok());
    }
    EXPECT_EQ(process->engine->CheckConsistency(), "");
    return made;
  }
  void Pass(DurationNs time) { process->clock.AdvanceTo(process->clock.MonotonicNow() + time); }
  void Stop() { ASSERT_TRUE(process->engine->Await(process->engine->SealExactly()).ok()); }

  HandPolicy policy;
  std::unique_ptr<Process> process;
};

abi::RateSpec LimitOf(abi::RateWindow window, int64_t amount, DurationNs length) {
  abi::RateSpec limit = CallsPer(length, amount);
  limit.window = window;
  if (window == abi::RateWindow::kCalendar) limit.calendar = abi::CalendarPeriod::kDay;
  if (window == abi::RateWindow::kCalendar) limit.window_ns = 0;
  limit.burst = 4;
  return limit;
}

TEST(DurableRatesTest, AWindowGoesOnWhereItWasAfterACrash) {
  Limited world(LimitOf(abi::RateWindow::kAnchored, 40, kHourNs));
  EXPECT_EQ(world.Call(13), 13);
  world.Pass(20 * kMinuteNs);
  world.process->Crash();
  EXPECT_EQ(world.Call(40), 40 - 18)
      << "thirteen were made and eighteen leased: five more at the first, seventh and thirteenth";
  world.Pass(40 * kMinuteNs - 1);
  EXPECT_EQ(world.Call(1), 0);
  world.Pass(1);
  EXPECT_EQ(world.Call(50), 40) << "the quota is back when the first window ends";
  world.Stop();
  world.Pass(59 * kMinuteNs);
  world.process->Crash();
  EXPECT_EQ(world.Call(1), 0);
  world.process->clock.JumpWall(-30 * kDayNs);
  world.process->Crash();
  EXPECT_EQ(world.Call(1), 0);
  world.Pass(kHourNs);
  EXPECT_EQ(world.Call(1), 1) << "a clock that is set back keeps nobody out for more than a window";
}

TEST(DurableRatesTest, EveryKindOfLimitIsKeptAndComesBackInTime) {
  struct Case {
    abi::RateSpec limit;
    int fits;            // at once
    DurationNs back_by;  // by when all of it is there again, at the latest
  };
  const Case cases[] = {
      {LimitOf(abi::RateWindow::kAnchored, 10, 30 * kSecondNs), 10, 30 * kSecondNs},
      {LimitOf(abi::RateWindow::kAnchored, 10, 2 * kSecondNs), 10, 3 * kSecondNs},
      {LimitOf(abi::RateWindow::kRolling, 10, 80 * kSecondNs), 10, 90 * kSecondNs},
      {LimitOf(abi::RateWindow::kEvenly, 10, 100 * kSecondNs), 4, 41 * kSecondNs},
      {LimitOf(abi::RateWindow::kCalendar, 10, 0), 10, kDayNs},
  };
  for (const Case& one : cases) {
    for (const bool of_endpoint : {false, true}) {
      SCOPED_TRACE(static_cast<int>(one.limit.window) * 10 + of_endpoint);
      Limited world(of_endpoint ? abi::RateSpec{} : one.limit,
                    of_endpoint ? std::vector{one.limit} : std::vector<abi::RateSpec>{});
      // A shared quota lends its last part late in the window.
      const int made = world.Call(one.fits);
      EXPECT_GE(made, one.fits / 2);
      world.process->Crash();
      EXPECT_LE(made + world.Call(10), one.fits) << "nothing is let through twice";
      world.process->Crash();
      EXPECT_EQ(world.Call(1), 0);
      world.Pass(one.back_by);
      EXPECT_EQ(world.Call(one.fits), made);
      world.Stop();
      world.Pass(one.back_by);
      world.process->Crash();
      EXPECT_EQ(world.Call(one.fits), made);
    }
  }
}

TEST(DurableRatesTest, APlannedStopHoldsNothingBack) {
  for (const abi::RateWindow window :
       {abi::RateWindow::kAnchored, abi::RateWindow::kRolling, abi::RateWindow::kCalendar}) {
    Limited world(LimitOf(window, 80, kHourNs));
    EXPECT_EQ(world.Call(3), 3);
    world.Stop();
    world.process->Crash();
    EXPECT_EQ(world.Call(90), 77);
  }
}

TEST(DurableTest, ACommitThatFailsStopsTheEngine) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank"});
  Process process(lending.policy.Build());
  const RunId run = process.Submit(TenantId(0));
  ASSERT_TRUE(process.engine->Next(PoolId(0)).has_value());
  process.store.FailAfter(0);
  EXPECT_FALSE(process.engine->Commit().ok());
  const abi::Decision decision = process.engine->BeginStep(run, StepId(0));
  EXPECT_EQ(VerdictOf(decision), Verdict::kDeny);
  EXPECT_EQ(ReasonOf(decision), Reason::kFailClosed);
  EXPECT_EQ(process.engine->Submit(TenantId(0), WorkflowId(0), {}).reason, Reason::kFailClosed);
  EXPECT_FALSE(process.engine->Next(PoolId(0)).has_value());
  EXPECT_FALSE(process.engine->Commit().ok());
}

TEST(DurablePropertyTest, NothingIsSpentTwiceAndNothingAcknowledgedIsLost) {
  int64_t calls = 0, acknowledged = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CrashedLives lives(seed);
    lives.Live(25);
    ASSERT_EQ(lives.wrong(), "") << "seed " << seed;
    calls += lives.books().calls();
    acknowledged += lives.books().acknowledged();
  }
  EXPECT_GT(calls, 20'000);
  EXPECT_GT(acknowledged, 10'000);
}

}  // namespace
}  // namespace bylaw::engine
