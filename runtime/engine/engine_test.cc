// The sentences of the language reference (what a decision is, what the words mean) and of the calls, one test each.
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

// verify → credit → compliance → decide, as the lending platform has it, on two slots.
struct Lending {
  HandPolicy policy;
  EndpointId identity, bureau_a, bureau_b, model;
  Lending(uint32_t slots = 2) {
    policy.AddPool("workers", slots);
    policy.AddReviewers("desk", 3);
    identity = policy.AddEndpoint("identity", "identity", 2 * kCent);
    bureau_a = policy.AddEndpoint("bureau-a", "bureau", 5 * kCent);
    bureau_b = policy.AddEndpoint("bureau-b", "bureau", 6 * kCent);
    model = policy.AddEndpoint("model", "model", 8 * kCent);
    policy.AddWorkflow("loan", {{.name = "verify", .resource = "identity"},
                                {.name = "credit", .resource = "bureau", .retries_max = 2},
                                {.name = "enrich", .resource = "bureau", .optional = true},
                                {.name = "compliance",
                                 .resource = "model",
                                 .replan_target = "credit",
                                 .replans_max = 2,
                                 .outputs = {"confidence"}},
                                {.name = "decide", .resource = "model"}});
  }
};

TEST(EngineTest, ARunHoldsItsSlotFromNextUntilFinish) {
  Lending lending(1);
  lending.policy.AddTenant({.name = "bank"});
  EngineWorld world(lending.policy.Build());
  const RunId first = world.Submit(TenantId(0));
  const RunId second = world.Submit(TenantId(0));
  const Turn turn = world.MustGetTurn();
  EXPECT_EQ(turn.run, first);
  EXPECT_TRUE(turn.first);
  EXPECT_EQ(world.NameOfStep(first), "verify");
  for (int step = 0; step < 5; ++step) {
    EXPECT_FALSE(world.engine->Next(PoolId(0)).has_value()) << "the only slot is held";
    const After after = world.Do(first);
    EXPECT_EQ(after.then, step < 4 ? Then::kStep : Then::kFinish);
    world.Advance(kSecondNs);
  }
  const RunReport report = world.engine->Finish(first);
  EXPECT_EQ(report.slot_time_ns, 5 * kSecondNs);
  EXPECT_EQ(report.spent_micros, (2 + 5 + 5 + 8 + 8) * kCent);
  EXPECT_EQ(world.StateOf(first), RunState::kGone);
  EXPECT_EQ(world.MustGetTurn().run, second);
  world.ExpectConsistent();
}

TEST(EngineTest, RetriesArePerVisitAndReplansPerRun) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank"});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(run);
  int credits = 0, compliances = 0;
  After after{.then = Then::kStep, .step = StepId(1)};
  while (after.then == Then::kStep) {
    const std::string step = world.NameOfStep(run);
    credits += step == "credit";
    compliances += step == "compliance";
    ASSERT_LE(compliances, 3) << "at most two replans";
    // credit fails twice in each visit and then works; compliance always fails.
    const bool fails = step == "compliance" || (step == "credit" && world.engine->StatusOf(run).attempt < 3);
    after = world.Do(run, fails ? Outcome::kFailed : Outcome::kOk);
  }
  EXPECT_EQ(after.then, Then::kFailed);
  EXPECT_EQ(credits, 9) << "three attempts in each of three visits";
  EXPECT_EQ(compliances, 3);
  EXPECT_EQ(world.StateOf(run), RunState::kGone);
  EXPECT_EQ(world.engine->SlotsInUse(PoolId(0)), 0u);
  world.ExpectConsistent();
}

TEST(EngineTest, AReplanForgetsWhatTheStepsFromItsTargetHadGiven) {
  HandPolicy policy;
  policy.AddPool("workers", 1);
  policy.AddEndpoint("tool", "tool", 0);
  policy.AddWorkflow("w", {{.name = "one", .resource = "tool", .outputs = {"score"}},
                           {.name = "two", .resource = "tool", .outputs = {"score"}},
                           {.name = "three", .resource = "tool", .replan_target = "two", .replans_max = 1}});
  policy.AddTenant({.name = "t"});
  auto image = std::const_pointer_cast<abi::PolicyImage>(policy.Build());
  // Records which outputs step `two` can see.
  static uint64_t seen = 0;
  static abi::DecideFn inner = nullptr;
  abi::StepEntry& entry = image->shapes[0].workflows[0].steps[1];
  inner = entry.decide;
  entry.decide = [](const abi::StepEntry* e, const abi::TenantRecord* r, const abi::StepRequest* q, abi::Decision* d) {
    seen = q->present[0];
    inner(e, r, q, d);
  };
  EngineWorld world(image);
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  const auto give = [&](uint32_t slot, Outcome outcome) {
    EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kProceed);
    abi::SlotValue score;
    score.number = 0.5;
    const std::vector<Value> values = {{.slot = slot, .value = score}};
    world.engine->EndStep(run, {}, outcome, slot < 2 ? values : std::vector<Value>{});
  };
  give(0, Outcome::kOk);
  give(1, Outcome::kOk);
  EXPECT_EQ(seen, 0b01u);
  give(2, Outcome::kFailed);
  EXPECT_EQ(world.NameOfStep(run), "two");
  give(1, Outcome::kOk);
  EXPECT_EQ(seen, 0b01u) << "the first visit's score of `two` is absent again";
}

TEST(EngineTest, AnOptionalStepThatFailsIsSkipped) {
  Lending lending;
  lending.policy.AddTenant({.name = "bank"});
  EngineWorld world(lending.policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.Do(run);
  world.Do(run);
  EXPECT_EQ(world.NameOfStep(run), "enrich");
  EXPECT_EQ(world.Do(run, Outcome::kFailed).then, Then::kStep);
  EXPECT_EQ(world.NameOfStep(run), "compliance");
}

TEST(EngineTest, EachAttemptIsChargedUnlessProvablyNotSent) {
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

TEST(EngineTest, ACostAboveTheReservationIsChargedInFullAndRecorded) {
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

TEST(EngineTest, AWaitOnARateGivesTheSlotBackAndKeepsThePlaceInTime) {
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

TEST(EngineTest, TicketsAreHandedOutInOrderOverSeveralWindows) {
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

TEST(EngineTest, AnEndpointsOwnQuotaIsSharedByWeightSoThatNobodyDrainsIt) {
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

TEST(EngineTest, AReviewPrecedesTheCallAndNeedsAsManyPeopleAsAsked) {
  HandPolicy policy;
  policy.AddPool("workers", 1);
  policy.AddReviewers("desk", 3);
  policy.AddEndpoint("model", "model", kCent);
  policy.AddWorkflow("w", {{.name = "decide", .resource = "model", .asks = 2}});
  policy.AddTenant({.name = "t", .budget_workflow_micros = 10 * kCent});
  EngineWorld world(policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  const abi::Decision ask = world.Begin(run);
  EXPECT_EQ(VerdictOf(ask), Verdict::kReview);
  EXPECT_EQ(ask.ask_count, 2);
  EXPECT_EQ(world.engine->SlotsInUse(PoolId(0)), 0u);
  EXPECT_EQ(world.engine->CountersOf(TenantId(0)).at_once, 0u) << "not counted while in review";
  EXPECT_EQ(world.engine->StatusOf(run).spent_micros, 0) << "a person costs nothing from the budget";
  EXPECT_TRUE(world.engine->EndReview(run, ReviewOutcome::kApproved, 7).ok());
  EXPECT_EQ(world.engine->EndReview(run, ReviewOutcome::kApproved, 7).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(world.StateOf(run), RunState::kReview);
  world.ExpectConsistent();
  EXPECT_TRUE(world.engine->EndReview(run, ReviewOutcome::kApproved, 8).ok());
  EXPECT_EQ(world.MustGetTurn().run, run);
  EXPECT_EQ(world.Do(run).then, Then::kFinish);
  EXPECT_EQ(world.engine->EndReview(run, ReviewOutcome::kApproved, 9).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(EngineTest, AReviewerWhoRejectsEndsTheRunAndOneWhoNeverAnswersSuspendsIt) {
  HandPolicy policy;
  policy.AddPool("workers", 2);
  policy.AddReviewers("desk", 3);
  policy.AddEndpoint("model", "model", kCent);
  policy.AddWorkflow("w", {{.name = "decide", .resource = "model", .asks = 1}});
  policy.AddTenant({.name = "t"});
  EngineWorld world(policy.Build(), {.review_max_ns = 2 * kHourNs});
  const RunId rejected = world.Submit(TenantId(0));
  const RunId forgotten = world.Submit(TenantId(0));
  for (int i = 0; i < 2; ++i) world.Begin(world.MustGetTurn().run);
  EXPECT_TRUE(world.engine->EndReview(rejected, ReviewOutcome::kRejected, 1).ok());
  EXPECT_EQ(world.StateOf(rejected), RunState::kGone);
  world.Advance(2 * kHourNs);
  EXPECT_EQ(world.StateOf(forgotten), RunState::kSuspended);
  EXPECT_EQ(ReasonOf(world.engine->StatusOf(forgotten).last), Reason::kApproval);
  world.ExpectConsistent();
}

TEST(EngineTest, SendToReviewersReplacesTheStepAndMayGiveItsOutputs) {
  HandPolicy policy;
  policy.AddPool("workers", 1);
  policy.AddReviewers("desk", 3);
  policy.AddEndpoint("model", "model", kCent);
  policy.AddWorkflow("w", {{.name = "judge", .resource = "model", .send_to_reviewers = true, .outputs = {"score"}},
                           {.name = "decide", .resource = "model"}});
  policy.AddTenant({.name = "t"});
  EngineWorld world(policy.Build());
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  EXPECT_EQ(VerdictOf(world.Begin(run)), Verdict::kReview);
  abi::SlotValue score;
  score.number = 0.9;
  const std::vector<Value> outputs = {{.slot = 0, .value = score}};
  EXPECT_TRUE(world.engine->EndReview(run, ReviewOutcome::kApproved, 1, outputs).ok());
  world.MustGetTurn();
  EXPECT_EQ(world.NameOfStep(run), "decide");
  world.ExpectConsistent();
}

TEST(EngineTest, AnOutageFallsBackInsideTheLegalMaskThenSuspendsAndHealthWakes) {
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

TEST(EngineTest, ASuspendedRunEndsAfterSevenDaysAndResumeTriesItAgain) {
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

TEST(EngineTest, ADateThatMakesAPlaceLegalWakesTheRun) {
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

TEST(EngineTest, ARevocationAppliesToRunsInFlightAtOnce) {
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

TEST(EngineTest, AdmissionNeedsTheFloorInEveryBudget) {
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
TEST(EngineTest, TheBudgetTraceStopsBeforeTheStepThatWouldStrandTheDecision) {
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

TEST(EngineTest, AMonthThatIsShortAsksTheLadderAgainBeforeItSuspends) {
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

TEST(EngineTest, AFullQueueRefusesWithATimeToRetry) {
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

TEST(EngineTest, ADecisionThatCannotBeRecordedDeniesAndNothingIsLost) {
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

TEST(EngineTest, CancelEndsARunInEveryStateAndChargesACallInFlight) {
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

TEST(EngineTest, ARunCanUseTextsThatTheCallerForgets) {
  HandPolicy policy;
  policy.AddPool("workers", 1);
  policy.AddEndpoint("tool", "tool", 0);
  policy.AddWorkflow("w", {{.name = "s", .resource = "tool"}});
  policy.AddTenant({.name = "t"});
  auto image = std::const_pointer_cast<abi::PolicyImage>(policy.Build());
  image->workflows[0].slots = {{.name = "channel", .type = abi::SlotType::kText, .choices = {}}};
  image->workflows[0].input_count = 1;
  static std::string seen;
  image->shapes[0].workflows[0].steps[0].decide = [](const abi::StepEntry*, const abi::TenantRecord*,
                                                     const abi::StepRequest* request, abi::Decision* out) {
    seen = std::string(request->slots[0].text->data, request->slots[0].text->size);
    *out = abi::ProceedDecision();
  };
  EngineWorld world(image);
  {
    const std::string web = "web";
    const abi::Text text{web.data(), web.size()};
    abi::SlotValue value;
    value.text = &text;
    const std::vector<Value> inputs = {{.slot = 0, .value = value}};
    EXPECT_TRUE(world.engine->Submit(TenantId(0), WorkflowId(0), inputs).queued);
  }
  const RunId run = world.MustGetTurn().run;
  EXPECT_EQ(world.Do(run).then, Then::kFinish);
  EXPECT_EQ(seen, "web");
  world.engine->Finish(run);
  world.ExpectConsistent();
}

TEST(EngineTest, AFinishedRunLeavesARecordOfEveryEndpointItCalled) {
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

TEST(EngineTest, AnImageThatWasNotProvedIsRefused) {
  auto image = std::make_shared<abi::PolicyImage>();
  image->replay_only = true;
  SimulatedClock clock(0);
  audit::MemorySink sink;
  EXPECT_FALSE(Engine::Create(image, &clock, &sink, {}).ok());
}

}  // namespace
}  // namespace bylaw::engine
