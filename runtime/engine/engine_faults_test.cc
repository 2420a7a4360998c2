// Outages, revocations, failed records, cancellations, and where a run's data went: one test a sentence.
#include "runtime/engine/engine.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {
namespace {

using abi::Reason;
using abi::Verdict;

TEST(EngineFaultsTest, AnOutageFallsBackInsideTheLegalMaskThenSuspendsAndHealthWakes) {
  Lending lending;
  const ShapeId europe = lending.policy.AddShape(PoolId(0), {lending.identity, lending.bureau_a, lending.model});
  lending.policy.AddTenant({.name = "european", .shape = europe});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(run);
  world.engine->SetEndpointUp(lending.bureau_a, false);
  const abi::Decision decision = world.Begin(run);
  EXPECT_EQ(VerdictOf(decision), Verdict::kSuspend);
  EXPECT_EQ(ReasonOf(decision), Reason::kResidency) << "the only endpoint up is illegal";
  EXPECT_EQ(decision.endpoint, abi::kNoId);
  EXPECT_EQ(world.engine->SlotsInUse(PoolId(0)), 0u);
  world.Advance(kHourNs);
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value());
  world.engine->SetEndpointUp(lending.bureau_a, true);
  EXPECT_EQ(world.MustGetTurn().run, run);
  EXPECT_EQ(world.Begin(run).endpoint, lending.bureau_a.value());
  world.ExpectConsistent();
}

TEST(EngineFaultsTest, ASuspendedRunEndsAfterSevenDaysAndResumeTriesItAgain) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank"});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.engine->SetEndpointUp(lending.identity, false);
  EXPECT_EQ(ReasonOf(world.Begin(run)), Reason::kAvailability);
  EXPECT_FALSE(world.engine->Resume(RunId{}).ok());
  EXPECT_TRUE(world.engine->Resume(run).ok());
  EXPECT_FALSE(world.engine->Resume(run).ok()) << "it is queued now";
  world.Advance(3 * kDayNs);
  world.MustGetTurn();
  EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kSuspend);
  world.Advance(4 * kDayNs - 1);
  EXPECT_NE(world.StateOf(run), RunState::kGone);
  if (world.StateOf(run) == RunState::kQueued) {  // tried again since a day began
    world.MustGetTurn();
    EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kSuspend);
  }
  world.Advance(1);
  EXPECT_EQ(world.StateOf(run), RunState::kGone) << "seven days since it first stopped";
  world.ExpectConsistent();
}

TEST(EngineFaultsTest, ADateThatMakesAPlaceLegalWakesTheRun) {
  Lending lending;
  const ShapeId shape = lending.policy.AddShape(PoolId(0), {lending.bureau_a, lending.model});
  const TimeNs from = kMondayMorning + 5 * kHourNs;
  lending.policy.ChangeLegal(shape, from, {lending.identity, lending.bureau_a, lending.model});
  lending.policy.AddTenant({.name = "bank", .shape = shape});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  EXPECT_EQ(ReasonOf(world.Begin(run)), Reason::kResidency);
  EXPECT_EQ(world.engine->NextEventTime(), 5 * kHourNs);
  world.Advance(5 * kHourNs);
  EXPECT_EQ(world.MustGetTurn().run, run);
  EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kProceed);
}

TEST(EngineFaultsTest, ARevocationAppliesToRunsInFlightAtOnce) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank"});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(run);
  world.engine->Revoke(lending.bureau_a);
  EXPECT_EQ(world.Begin(run).endpoint, lending.bureau_b.value());
  world.engine->EndStep(run, {}, Outcome::kFailed);
  world.engine->Revoke(lending.policy.Resource("bureau"));
  EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kSuspend);
  EXPECT_EQ(world.CountRecords(audit::Event::kRevocation), 2u);
}

TEST(EngineFaultsTest, ADecisionThatCannotBeRecordedDeniesAndNothingIsLost) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank", .budget_workflow_micros = 24 * kCent});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(run);
  world.Do(run);
  world.sink.Fail(absl::DataLossError("the disk is gone"));
  const abi::Decision decision = world.Begin(run);  // would skip `enrich`, which has to be recorded
  EXPECT_EQ(VerdictOf(decision), Verdict::kDeny);
  EXPECT_EQ(ReasonOf(decision), Reason::kFailClosed);
  EXPECT_EQ(world.StateOf(run), RunState::kSuspended);
  EXPECT_EQ(world.engine->Submit(TenantId(0), WorkflowId(0), {}).reason, Reason::kFailClosed);
  EXPECT_TRUE(world.engine->Resume(run).ok());
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value()) << "nothing begins that could not be recorded";
  world.ExpectConsistent();
}

TEST(EngineFaultsTest, CancelEndsARunInEveryStateAndChargesACallInFlight) {
  Lending lending;
  const ResourceId bureau = lending.policy.Resource("bureau");
  lending.policy.AddTenant(
      {.name = "bank", .budget_month_micros = 1'000 * kCent, .rates = {CallsPer(kHourNs, 1, bureau)}});
  EngineWorld world(lending.policy.Build());
  const RunId queued = world.Submit(TenantId(0));
  EXPECT_TRUE(world.engine->Cancel(queued).ok());
  EXPECT_FALSE(world.engine->Cancel(queued).ok());

  const RunId calling = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Begin(calling);
  EXPECT_TRUE(world.engine->Cancel(calling).ok());
  EXPECT_EQ(world.sink.records().back().amount_micros, 2 * kCent);
  EXPECT_EQ(world.engine->EndStep(calling, {}, Outcome::kOk).then, Then::kGone);
  EXPECT_EQ(VerdictOf(world.engine->BeginStep(calling, StepId(1))), Verdict::kDeny);

  const RunId running = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(running);
  world.Do(running);
  EXPECT_EQ(VerdictOf(world.Begin(running)), Verdict::kWait);
  EXPECT_TRUE(world.engine->Cancel(running).ok());
  EXPECT_EQ(world.engine->CountersOf(TenantId(0)).at_once, 0u);
  EXPECT_EQ(world.engine->RunsInFlight(), 0u);
  world.ExpectConsistent();
}

TEST(EngineFaultsTest, AFinishedRunLeavesARecordOfEveryEndpointItCalled) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank"});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  while (world.Do(run).then == Then::kStep) {
  }
  world.engine->Finish(run);
  std::vector<uint32_t> endpoints;
  for (const audit::Record& record : world.sink.records()) {
    if (record.event == audit::Event::kFinished) endpoints.push_back(record.endpoint);
  }
  EXPECT_THAT(endpoints,
              testing::ElementsAre(lending.identity.value(), lending.bureau_a.value(), lending.model.value()));
}

TEST(EngineFaultsTest, AnImageThatWasNotProvedIsRefused) {
  auto image = std::make_shared<abi::PolicyImage>();
  image->replay_only = true;
  SimulatedClock clock(0);
  audit::MemorySink sink;
  EXPECT_FALSE(Engine::Create(image, &clock, &sink, {}).ok());
}

}  // namespace
}  // namespace bylaw::engine
