// Budgets, runs and what they left, over the end of the process; on a store in memory that fails when told to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/durable/memory_store.h"
#include "runtime/engine/crashed_lives.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {
namespace {

using abi::Reason;
using abi::Verdict;

// An engine that can be ended and begun anew.
class Process {
 public:
  explicit Process(std::shared_ptr<const abi::PolicyImage> image) : image_(std::move(image)), clock(kMondayMorning) {
    Begin();
  }
  void Begin(Options options = {}) {
    journal = std::make_unique<durable::Journal>(&store);
    options.journal = journal.get();
    auto made = Engine::Create(image_, &clock, &sink, options);
    ASSERT_TRUE(made.ok()) << made.status();
    engine = *std::move(made);
  }
  // What was not committed is gone.
  void Crash(Options options = {}) {
    engine.reset();
    store.Restart();
    Begin(options);
  }
  void Use(std::shared_ptr<const abi::PolicyImage> image) { image_ = std::move(image); }
  RunId Submit(TenantId tenant, std::span<const Value> inputs = {}) {
    const SubmitResult result = engine->Submit(tenant, WorkflowId(0), inputs);
    EXPECT_TRUE(result.queued) << abi::ReasonName(result.reason);
    return result.run;
  }
  // The next step of the run that has its turn; it must proceed and cost what was reserved.
  void Do(RunId run, std::span<const Value> outputs = {}) {
    const abi::Decision decision = engine->BeginStep(run, engine->NextStep(run));
    ASSERT_EQ(VerdictOf(decision), Verdict::kProceed) << abi::ToString(decision);
    engine->EndStep(run, {.cost_micros = decision.reserved_micros}, Outcome::kOk, outputs);
  }

 private:
  std::shared_ptr<const abi::PolicyImage> image_;

 public:
  durable::MemoryStore store;
  SimulatedClock clock;
  audit::MemorySink sink;
  std::unique_ptr<durable::Journal> journal;
  std::unique_ptr<Engine> engine;
};

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
