// Limits, budgets and backpressure as the engine applies them: the sentences of the language reference, one test each.
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

TEST(EngineLimitsTest, EachAttemptIsChargedUnlessProvablyNotSent) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank", .budget_workflow_micros = 100 * kCent});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(run);
  EXPECT_EQ(world.engine->StatusOf(run).spent_micros, 2 * kCent);
  world.Do(run, Outcome::kNotSent);
  EXPECT_EQ(world.engine->StatusOf(run).spent_micros, 2 * kCent);
  world.Do(run, Outcome::kFailed);
  EXPECT_EQ(world.engine->StatusOf(run).spent_micros, 7 * kCent);
  world.ExpectConsistent();
  EXPECT_TRUE(world.engine->Cancel(run).ok());
  world.ExpectConsistent();
}

TEST(EngineLimitsTest, ACostAboveTheReservationIsChargedInFullAndRecorded) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank", .budget_workflow_micros = 100 * kCent});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Begin(run);
  world.engine->EndStep(run, {.cost_micros = 3 * kCent}, Outcome::kOk);
  EXPECT_EQ(world.engine->StatusOf(run).spent_micros, 3 * kCent);
  ASSERT_EQ(world.CountRecords(audit::Event::kOverrun), 1u);
  EXPECT_EQ(world.sink.records().back().amount_micros, kCent);
}

TEST(EngineLimitsTest, AWaitOnARateGivesTheSlotBackAndKeepsThePlaceInTime) {
  Lending lending(1);
  const ResourceId bureau = lending.policy.Resource("bureau");
  lending.policy.AddTenant({.name = "bank", .cap = 2, .rates = {CallsPer(kHourNs, 1, bureau)}});
  EngineWorld world(lending.policy.Build());
  const RunId first = world.Submit(TenantId(0));
  const RunId second = world.Submit(TenantId(0));
  const RunId third = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(first);
  world.Do(first);  // the hour's only bureau call
  const abi::Decision wait = world.Begin(first);
  EXPECT_EQ(VerdictOf(wait), Verdict::kWait);
  EXPECT_EQ(ReasonOf(wait), Reason::kRate);
  EXPECT_EQ(wait.clause, abi::kTenantTerm | abi::kFirstRate);
  EXPECT_EQ(wait.retry_at_ns, kHourNs);
  EXPECT_EQ(world.StateOf(first), RunState::kWaiting);
  EXPECT_EQ(world.engine->SlotsInUse(PoolId(0)), 0u) << "the slot is given back";
  EXPECT_EQ(world.engine->CountersOf(TenantId(0)).at_once, 1u) << "it still counts in `at once`";
  EXPECT_EQ(world.engine->NextEventTime(), kHourNs);

  EXPECT_EQ(world.MustGetTurn().run, second);
  world.Do(second);
  EXPECT_EQ(VerdictOf(world.Begin(second)), Verdict::kWait);
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value()) << "two at once: the third is held back by the cap";
  world.ExpectConsistent();

  world.Advance(kHourNs - 1);
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value());
  world.Advance(1);
  EXPECT_EQ(world.MustGetTurn().run, first) << "woken at its ticket, before everything that came later";
  EXPECT_EQ(VerdictOf(world.Begin(first)), Verdict::kProceed) << "the ticket is a place, not a race";
  EXPECT_EQ(world.StateOf(third), RunState::kQueued);
  world.ExpectConsistent();
}

TEST(EngineLimitsTest, TicketsAreHandedOutInOrderOverSeveralWindows) {
  HandPolicy policy;
  policy.AddPool("workers", 10);
  policy.AddEndpoint("bureau", "bureau", 0);
  policy.AddWorkflow("w", {{.name = "credit", .resource = "bureau"}});
  policy.AddTenant({.name = "t", .rates = {CallsPer(kHourNs, 2, policy.Resource("bureau"))}});
  EngineWorld world(policy.Build());
  std::vector<TimeNs> tickets;
  for (int i = 0; i < 8; ++i) world.Submit(TenantId(0));
  for (int i = 0; i < 8; ++i) {
    const RunId run = world.MustGetTurn().run;
    tickets.push_back(world.Begin(run).retry_at_ns);
  }
  EXPECT_THAT(tickets,
              testing::ElementsAre(0, 0, kHourNs, kHourNs, 2 * kHourNs, 2 * kHourNs, 3 * kHourNs, 3 * kHourNs));
  world.ExpectConsistent();
}

TEST(EngineLimitsTest, AnEndpointsOwnQuotaIsSharedByWeightSoThatNobodyDrainsIt) {
  HandPolicy policy;
  policy.AddPool("workers", 100);
  policy.AddEndpoint("bureau", "bureau", 0, {CallsPer(kHourNs, 8)});
  policy.AddWorkflow("w", {{.name = "credit", .resource = "bureau"}});
  policy.AddTenant({.name = "flood"});
  policy.AddTenant({.name = "other"});
  EngineWorld world(policy.Build());
  int flood = 0;
  for (int i = 0; i < 20; ++i) world.Submit(TenantId(0));
  while (const std::optional<Turn> turn = world.engine->Next(PoolId(0))) {
    const abi::Decision decision = world.Begin(turn->run);
    flood += VerdictOf(decision) == Verdict::kProceed;
    EXPECT_EQ(ReasonOf(decision),
              flood < 5 && VerdictOf(decision) == Verdict::kProceed ? Reason::kNone : Reason::kEndpointQuota);
  }
  EXPECT_EQ(flood, 4) << "the part of one newcomer is set aside";
  world.Submit(TenantId(1));
  EXPECT_EQ(VerdictOf(world.Begin(world.MustGetTurn().run)), Verdict::kProceed);
  world.ExpectConsistent();
}

TEST(EngineLimitsTest, AdmissionNeedsTheFloorInEveryBudget) {
  Lending lending;  // F(entry) = 2 + 6 + 8 + 8 = 24 cents, each step at its dearest legal endpoint
  const OrgId org = lending.policy.AddOrg("group", abi::kUnlimited, 30 * kCent);
  lending.policy.AddTenant({.name = "poor", .budget_workflow_micros = 23 * kCent});
  lending.policy.AddTenant({.name = "short-month", .budget_month_micros = 23 * kCent});
  lending.policy.AddTenant({.name = "member", .org = org});
  EngineWorld world(lending.policy.Build());
  const SubmitResult workflow = world.engine->Submit(TenantId(0), WorkflowId(0), {});
  EXPECT_FALSE(workflow.queued);
  EXPECT_EQ(workflow.reason, Reason::kFloor);
  EXPECT_EQ(workflow.clause, abi::kTenantTerm | abi::kTermBudgetWorkflow);
  EXPECT_EQ(workflow.retry_at_ns, kForeverNs);
  const SubmitResult month = world.engine->Submit(TenantId(1), WorkflowId(0), {});
  EXPECT_EQ(month.clause, abi::kTenantTerm | abi::kTermBudgetMonth);
  EXPECT_EQ(month.retry_at_ns, 7 * kDayNs + 15 * kHourNs) << "December begins";

  const RunId first = world.Submit(TenantId(2));
  const RunId second = world.Submit(TenantId(2));
  EXPECT_EQ(world.MustGetTurn().run, first) << "its floor is held from here on";
  EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value());
  EXPECT_EQ(world.StateOf(second), RunState::kSuspended) << "30 − 24 cents do not hold a second floor";
  EXPECT_EQ(ReasonOf(world.engine->StatusOf(second).last), Reason::kFloor);
  EXPECT_FALSE(world.engine->Submit(TenantId(2), WorkflowId(0), {}).queued);
  world.ExpectConsistent();
  while (world.StateOf(first) == RunState::kRunning && world.engine->NextStep(first).valid()) {
    if (world.NameOfStep(first) == "enrich") {
      EXPECT_EQ(VerdictOf(world.Begin(first)), Verdict::kProceed) << "5 cents fit beside what is held";
      world.engine->EndStep(first, {.cost_micros = 5 * kCent}, Outcome::kOk);
    } else {
      world.Do(first);
    }
  }
  world.engine->Finish(first);
  world.ExpectConsistent();
  world.Advance(8 * kDayNs);  // it ends by `suspended at most 7 days`, or is tried again in December
  world.ExpectConsistent();
}

// $0.50: 0.02, 0.05, 0.08, 0.12, a replan of 0.08, then a step of 0.15; the decision costs 0.05.
TEST(EngineLimitsTest, TheBudgetTraceStopsBeforeTheStepThatWouldStrandTheDecision) {
  HandPolicy policy;
  policy.AddPool("workers", 1);
  const int64_t costs[] = {2, 5, 8, 12, 8, 15, 5};
  std::vector<HandStep> steps;
  for (int i = 0; i < 7; ++i) {
    policy.AddEndpoint("e" + std::to_string(i), "r" + std::to_string(i), costs[i] * kCent);
    steps.push_back({.name = "s" + std::to_string(i), .resource = "r" + std::to_string(i), .optional = i == 5});
  }
  policy.AddWorkflow("w", steps);
  policy.AddTenant({.name = "t", .budget_workflow_micros = 50 * kCent});
  EngineWorld world(policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  for (int i = 0; i < 5; ++i) world.Do(run);
  EXPECT_EQ(world.engine->StatusOf(run).spent_micros, 35 * kCent) << "15 cents are left";
  const abi::Decision refused = world.Begin(run);
  EXPECT_EQ(VerdictOf(refused), Verdict::kSkip);
  EXPECT_EQ(ReasonOf(refused), Reason::kBudget);
  EXPECT_EQ(world.engine->StatusOf(run).spent_micros, 35 * kCent);
  EXPECT_EQ(world.Do(run).then, Then::kFinish) << "the decision is payable";
  world.ExpectConsistent();
}

TEST(EngineLimitsTest, AMonthThatIsShortAsksTheLadderAgainBeforeItSuspends) {
  HandPolicy policy;
  policy.AddPool("workers", 1);
  policy.AddEndpoint("cheap", "cheap", 2 * kCent);
  policy.AddEndpoint("dear", "dear", 9 * kCent);
  policy.AddWorkflow("w",
                     {{.name = "extra", .resource = "dear", .optional = true}, {.name = "must", .resource = "cheap"}});
  policy.AddTenant({.name = "t", .budget_workflow_micros = 100 * kCent, .budget_month_micros = 10 * kCent});
  EngineWorld world(policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  const abi::Decision decision = world.Begin(run);
  EXPECT_EQ(VerdictOf(decision), Verdict::kSkip) << "9 of the month's 10 cents would leave nothing for `must`";
  EXPECT_EQ(world.Do(run).then, Then::kFinish);
  world.ExpectConsistent();
}

TEST(EngineLimitsTest, AFullQueueRefusesWithATimeToRetry) {
  Lending lending(1);
  lending.policy.AddTenant({.name = "bank", .waiting_max = 3});
  EngineWorld world(lending.policy.Build());
  for (int i = 0; i < 3; ++i) world.Submit(TenantId(0));
  const SubmitResult refused = world.engine->Submit(TenantId(0), WorkflowId(0), {});
  EXPECT_FALSE(refused.queued);
  EXPECT_EQ(refused.reason, Reason::kBackpressure);
  EXPECT_EQ(refused.clause, abi::kTenantTerm | abi::kTermWaiting);
  EXPECT_GT(refused.retry_at_ns, world.clock.MonotonicNow());
  EXPECT_EQ(world.CountRecords(audit::Event::kRefused), 1u);
  world.ExpectConsistent();
}

}  // namespace
}  // namespace bylaw::engine
