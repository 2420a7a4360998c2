// Turns, steps and reviews: the sentences of the language reference (what the words mean), one test each.
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

}  // namespace
}  // namespace bylaw::engine
