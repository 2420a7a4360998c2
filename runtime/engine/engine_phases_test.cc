// Exceptions come into force and lapse by the wall clock, for work that waits and for work under way.
#include <vector>

#include "gtest/gtest.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {
namespace {

using abi::Reason;
using abi::Verdict;

constexpr TimeNs kFrom = kMondayMorning + kHourNs;
constexpr TimeNs kUntil = kMondayMorning + 2 * kHourNs;

TEST(EnginePhasesTest, ARaisedCapHoldsFromItsFirstInstantToItsLast) {
  Lending lending(10);
  const TenantId bank = lending.policy.AddTenant({.name = "bank", .cap = 1});
  lending.policy.AddPhase(bank, kFrom, kUntil, {.name = "bank", .cap = 3});
  EngineWorld world(lending.policy.Build());
  for (int i = 0; i < 6; ++i) world.Submit(bank);
  world.MustGetTurn();
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value());
  EXPECT_EQ(world.engine->NextEventTime(), kHourNs) << "the exception may let more work begin";

  world.Advance(kHourNs - 1);
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value());
  world.Advance(1);
  world.MustGetTurn();
  const Turn third = world.MustGetTurn();
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value());
  EXPECT_EQ(world.CountRecords(audit::Event::kException), 1u);

  world.Advance(kHourNs);
  EXPECT_EQ(world.engine->CountersOf(bank).at_once, 3u) << "a lowered cap drains, it ends nothing";
  EXPECT_TRUE(world.engine->Cancel(third.run).ok());
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value());
  world.ExpectConsistent();
}

TEST(EnginePhasesTest, AnEngineThatStartsInsideAnExceptionBeginsWithIt) {
  Lending lending(10);
  const TenantId bank = lending.policy.AddTenant({.name = "bank", .cap = 1});
  lending.policy.AddPhase(bank, kMondayMorning, kFrom, {.name = "bank", .cap = 2});
  EngineWorld world(lending.policy.Build());
  for (int i = 0; i < 3; ++i) world.Submit(bank);
  world.MustGetTurn();
  world.MustGetTurn();
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value());
  world.ExpectConsistent();
}

TEST(EnginePhasesTest, ARateChangesItsAmountAndKeepsWhatWasTaken) {
  Lending lending(10);
  const ResourceId bureau = lending.policy.Resource("bureau");
  const TenantId bank = lending.policy.AddTenant({.name = "bank", .rates = {CallsPer(4 * kHourNs, 2, bureau)}});
  lending.policy.AddPhase(bank, kFrom, kUntil, {.name = "bank", .rates = {CallsPer(4 * kHourNs, 3, bureau)}});
  EngineWorld world(lending.policy.Build());
  world.engine->CountCalls(bank, bureau, 2);
  const RunId early = world.Submit(bank);
  world.MustGetTurn();
  world.Do(early);
  EXPECT_EQ(ReasonOf(world.Begin(early)), Reason::kRate);
  EXPECT_EQ(world.engine->StatusOf(early).wakes_at_ns, 4 * kHourNs);
  EXPECT_EQ(world.engine->NextEventTime(), kHourNs) << "the exception changes what it waits on";

  world.Advance(kHourNs);
  const RunId inside = world.Submit(bank);
  EXPECT_EQ(world.MustGetTurn().run, early) << "it asks again when its limit is another";
  EXPECT_EQ(world.MustGetTurn().run, inside);
  world.Do(inside);
  EXPECT_EQ(ReasonOf(world.Begin(inside)), Reason::kRate) << "the third call belongs to who came first";
  EXPECT_EQ(VerdictOf(world.Begin(early)), Verdict::kProceed);
  EXPECT_TRUE(world.engine->Cancel(early).ok());

  world.Advance(kHourNs);
  EXPECT_EQ(world.MustGetTurn().run, inside) << "the exception has lapsed";
  const abi::Decision wait = world.Begin(inside);
  EXPECT_EQ(ReasonOf(wait), Reason::kRate);
  EXPECT_EQ(wait.retry_at_ns, 4 * kHourNs) << "three of two have been made in the window";
  world.ExpectConsistent();
}

TEST(EnginePhasesTest, AnExceptionFromAnotherTermLeavesAWaitingRunAlone) {
  Lending lending(10);
  const ResourceId bureau = lending.policy.Resource("bureau");
  const abi::RateSpec limit = CallsPer(4 * kHourNs, 1, bureau);
  const TenantId bank = lending.policy.AddTenant({.name = "bank", .cap = 3, .rates = {limit}});
  lending.policy.AddPhase(bank, kFrom, kUntil, {.name = "bank", .cap = 5, .rates = {limit}});
  EngineWorld world(lending.policy.Build());
  world.engine->CountCalls(bank, bureau, 1);
  const RunId run = world.Submit(bank);
  world.MustGetTurn();
  world.Do(run);
  EXPECT_EQ(ReasonOf(world.Begin(run)), Reason::kRate);
  world.Advance(kHourNs);
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value());
  EXPECT_EQ(world.engine->StatusOf(run).wakes_at_ns, 4 * kHourNs);
  world.ExpectConsistent();
}

TEST(EnginePhasesTest, ABudgetChangesForRunsUnderWay) {
  Lending lending(10);
  const TenantId bank = lending.policy.AddTenant({.name = "bank", .budget_workflow_micros = 100 * kCent});
  lending.policy.AddPhase(bank, kFrom, kUntil, {.name = "bank", .budget_workflow_micros = 25 * kCent});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(bank);
  world.MustGetTurn();
  world.Do(run);
  world.Advance(kHourNs);
  const abi::Decision decision = world.Begin(run);  // 2 + (5 or 6) + 16 for the rest
  EXPECT_EQ(VerdictOf(decision), Verdict::kProceed);
  world.engine->EndStep(run, {.cost_micros = 8 * kCent}, Outcome::kOk);
  EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kSkip) << "the optional step no longer leaves the rest payable";
  EXPECT_EQ(ReasonOf(world.Begin(run)), Reason::kBudget);
  world.Advance(kHourNs);
  // A change of contract tries suspended runs again.
  world.MustGetTurn();
  EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kProceed);
  world.ExpectConsistent();
}

TEST(EnginePhasesTest, PlacesHoldUnderBothContracts) {
  Lending lending(10);
  const ShapeId wide =
      lending.policy.AddShape(PoolId(0), {lending.identity, lending.bureau_a, lending.bureau_b, lending.model});
  const ShapeId narrow = lending.policy.AddShape(PoolId(0), {lending.identity, lending.bureau_b, lending.model});
  const TenantId bank = lending.policy.AddTenant({.name = "bank", .shape = narrow});
  lending.policy.AddPhase(bank, kMondayMorning, kFrom, {.name = "bank", .shape = wide});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(bank);
  world.MustGetTurn();
  world.Do(run);
  world.Advance(kHourNs);
  const abi::Decision credit = world.Begin(run);
  EXPECT_EQ(VerdictOf(credit), Verdict::kProceed);
  EXPECT_EQ(credit.endpoint, lending.bureau_b.value()) << "the cheaper one was legal under the exception only";
  world.ExpectConsistent();
}

TEST(EnginePhasesTest, AnExceptionMayMoveTheWorkToAnotherPool) {
  Lending lending(10);
  const PoolId abroad = lending.policy.AddPool("abroad", 4);
  const ShapeId there =
      lending.policy.AddShape(abroad, {lending.identity, lending.bureau_a, lending.bureau_b, lending.model});
  const TenantId bank = lending.policy.AddTenant({.name = "bank", .cap = 2});
  lending.policy.AddPhase(bank, kFrom, kUntil, {.name = "bank", .cap = 2, .shape = there});
  EngineWorld world(lending.policy.Build());
  const RunId first = world.Submit(bank);
  world.MustGetTurn();
  world.Submit(bank);
  world.Submit(bank);
  world.Advance(kHourNs);
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value()) << "what waited waits abroad now";
  EXPECT_TRUE(world.engine->Next(abroad).has_value());
  EXPECT_FALSE(world.engine->Next(abroad).has_value()) << "one cap for both places";
  EXPECT_TRUE(world.engine->Cancel(first).ok());
  EXPECT_TRUE(world.engine->Next(abroad).has_value());
  world.ExpectConsistent();
}

TEST(EnginePhasesTest, ATenantsOwnTimeInSuspensionCounts) {
  Lending lending(10);
  const TenantId bank = lending.policy.AddTenant({.name = "bank", .suspended_max_ns = 2 * kDayNs});
  EngineWorld world(lending.policy.Build());
  world.engine->SetEndpointUp(lending.identity, false);
  const RunId run = world.Submit(bank);
  world.MustGetTurn();
  EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kSuspend);
  EXPECT_EQ(world.engine->StatusOf(run).wakes_at_ns, 2 * kDayNs);
  world.ExpectConsistent();
}

}  // namespace
}  // namespace bylaw::engine
