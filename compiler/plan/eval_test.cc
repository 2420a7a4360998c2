#include "compiler/plan/eval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/plan/policy_for_test.h"

namespace bylaw::plan {
namespace {

using abi::Decision;
using abi::Reason;
using abi::Verdict;

MATCHER_P2(Is, verdict, reason, "") {
  *result_listener << abi::ToString(arg);
  return arg.verdict == static_cast<uint8_t>(verdict) && arg.reason == static_cast<uint8_t>(reason);
}

cel::TypedExprPtr Constant(bool value) {
  auto expr = std::make_unique<cel::TypedExpr>();
  expr->int_value = value ? 1 : 0;
  return expr;
}
// A condition that reads a slot of type yes or no: absent, it is an error.
cel::TypedExprPtr Slot(uint32_t slot) {
  auto expr = std::make_unique<cel::TypedExpr>();
  expr->op = cel::Op::kSlot;
  expr->slot = slot;
  return expr;
}
sema::TypedCondition When(cel::TypedExprPtr expr) { return {"", {}, std::move(expr)}; }

using Kind = syntax::RuleEffect::Kind;

sema::Rule& AddRule(TestPolicy& policy, const std::string& sentence, Kind kind, cel::TypedExprPtr when = nullptr) {
  sema::Rule& rule = policy.program().rules.emplace_back();
  rule.name = sentence;
  rule.clause = policy.builder.Say(sentence);
  if (when != nullptr) rule.when = When(std::move(when));
  sema::RuleEffect& effect = rule.effects.emplace_back();
  effect.kind = kind;
  effect.count = 1;
  return rule;
}

TEST(Eval, CheapestCandidateServesAndItsPriceIsReserved) {
  TestPolicy policy;
  policy.floors = {250'000, 170'000, 90'000, 0};
  Asker asker(policy.Build());
  const Decision decision = asker.Ask("compliance");
  EXPECT_THAT(decision, Is(Verdict::kProceed, Reason::kNone));
  EXPECT_EQ(decision.endpoint, policy.gpt4_us.value());
  EXPECT_EQ(decision.region, policy.virginia.value());
  EXPECT_EQ(decision.reserved_micros, 80'000);
  EXPECT_EQ(decision.floor_micros, 170'000);
  EXPECT_EQ(asker.Clause(decision), "endpoint gpt4-us");
}

TEST(Eval, ARouteIsAFallbackOrderAndExhaustive) {
  TestPolicy policy;
  policy.RouteTo(policy.gpt4, {policy.gpt4_eu});
  Asker asker(policy.Build());
  EXPECT_EQ(asker.Ask("compliance").endpoint, policy.gpt4_eu.value());
  EXPECT_EQ(asker.Clause(asker.Ask("compliance")), "route");
  asker.Down(policy.gpt4_eu);
  EXPECT_THAT(asker.Ask("compliance"), Is(Verdict::kSuspend, Reason::kAvailability));
}

TEST(Eval, OnlyIllegalEndpointsUpIsResidency) {
  TestPolicy policy;
  policy.StayIn(policy.de);
  Asker asker(policy.Build());
  EXPECT_EQ(asker.Ask("compliance").endpoint, policy.gpt4_eu.value());
  asker.Down(policy.gpt4_eu);
  const Decision down = asker.Ask("compliance");
  EXPECT_THAT(down, Is(Verdict::kSuspend, Reason::kResidency));
  EXPECT_EQ(asker.Clause(down), "calls go only to DE");
  EXPECT_EQ(down.endpoint, abi::kNoId);
  asker.Down(policy.gpt4_us);
  EXPECT_THAT(asker.Ask("compliance"), Is(Verdict::kSuspend, Reason::kAvailability));
}

TEST(Eval, OnlyRevokedEndpointsLeftIsRevoked) {
  TestPolicy policy;
  Asker asker(policy.Build());
  asker.Revoked(policy.bureau_us);
  EXPECT_THAT(asker.Ask("verify"), Is(Verdict::kSuspend, Reason::kRevoked));
  EXPECT_THAT(asker.Ask("enrich"), Is(Verdict::kSkip, Reason::kRevoked));  // an optional step holds nobody up
}

TEST(Eval, LegalityFollowsTheDate) {
  TestPolicy policy;
  sema::Adequacy& adequacy = policy.builder.Adequate(policy.de, policy.us);
  adequacy.until = 1'000;
  policy.terms.places.push_back(policy.builder.Stays(sema::PlaceSubject::kCalls, {policy.de}, {policy.de}));
  Asker asker(policy.Build());
  asker.request.wall_now_ns = 999;
  EXPECT_EQ(asker.Ask("compliance").endpoint, policy.gpt4_us.value());
  asker.request.wall_now_ns = 1'000;
  EXPECT_EQ(asker.Ask("compliance").endpoint, policy.gpt4_eu.value());
}

TEST(Eval, ContractDeniesBeforeEverythingElse) {
  TestPolicy policy;
  policy.terms.may_use_models =
      sema::Stated<std::vector<ResourceId>>{{policy.mini}, policy.builder.Say("may use models gpt-4o-mini")};
  AddRule(policy, "suspend all", Kind::kSuspend);
  Asker asker(policy.Build());
  const Decision decision = asker.Ask("compliance");
  EXPECT_THAT(decision, Is(Verdict::kDeny, Reason::kContract));
  EXPECT_EQ(asker.Clause(decision), "may use models gpt-4o-mini");
}

TEST(Eval, PassedRungReplacesTheModel) {
  TestPolicy policy;
  policy.FollowLadder();
  Asker asker(policy.Build());
  asker.request.remaining_micros = 200'000;  // 40%: not below
  EXPECT_EQ(asker.Ask("compliance").resource, policy.gpt4.value());
  asker.request.remaining_micros = 199'999;
  const Decision decision = asker.Ask("compliance");
  EXPECT_THAT(decision, Is(Verdict::kProceed, Reason::kBudget));
  EXPECT_EQ(decision.resource, policy.mini.value());
  EXPECT_EQ(decision.rung, 1);
  asker.Down(policy.mini_us);  // a model that is down is passed over
  EXPECT_EQ(asker.Ask("compliance").resource, policy.gpt4.value());
}

TEST(Eval, TheRestStaysPayableOrTheLadderIsWalkedDown) {
  TestPolicy policy;
  policy.FollowLadder();
  policy.floors = {0, 200'000, 270'000, 0};
  Asker asker(policy.Build());
  asker.request.remaining_micros = 280'000;
  EXPECT_EQ(asker.Ask("compliance").resource, policy.gpt4.value());
  asker.request.remaining_micros = 279'999;
  const Decision decision = asker.Ask("compliance");
  EXPECT_EQ(decision.resource, policy.mini.value());
  EXPECT_EQ(decision.rung, 1);
  const Decision skipped = asker.Ask("enrich");
  EXPECT_THAT(skipped, Is(Verdict::kSkip, Reason::kBudget));
  EXPECT_EQ(skipped.rung, 2);
}

TEST(Eval, NothingLeftSuspendsAndSaysWhatIsOnOffer) {
  TestPolicy policy;
  const ReviewersId desk = policy.AddReviewers("desk");
  policy.floors = {450'000, 450'000, 450'000, 0};
  Asker asker(policy.Build());
  const Decision decision = asker.Ask("compliance");
  EXPECT_THAT(decision, Is(Verdict::kSuspend, Reason::kBudget));
  EXPECT_EQ(decision.offers, abi::kOfferPerson);
  EXPECT_EQ(decision.offer_reviewers, desk.value());
  EXPECT_EQ(asker.Clause(decision), "budget $0.50 per workflow");
}

TEST(Eval, AStepThatCostsNothingIsNeverHeldByTheBudget) {
  TestPolicy policy;
  policy.FollowLadder();
  policy.builder.AddStep(policy.loan, "note");
  policy.floors = {0, 0, 0, 0, 0};
  Asker asker(policy.Build());
  asker.request.remaining_micros = 0;
  EXPECT_THAT(asker.Ask("note"), Is(Verdict::kProceed, Reason::kNone));
  EXPECT_THAT(asker.Ask("verify"), Is(Verdict::kReview, Reason::kBudget));
}

TEST(Eval, TheStrictestRuleWinsWhateverTheOrder) {
  TestPolicy policy;
  AddRule(policy, "put in lane", Kind::kPutInLane).effects[0].lane = abi::Lane::kBackground;
  AddRule(policy, "ask", Kind::kAskReviewers);
  AddRule(policy, "send", Kind::kSendToReviewers);
  AddRule(policy, "deny", Kind::kDeny, Slot(0));
  Asker asker(policy.Build());
  asker.present = 1;
  asker.slots[0].integer = 0;
  const Decision sent = asker.Ask("verify");
  EXPECT_THAT(sent, Is(Verdict::kReview, Reason::kRule));
  EXPECT_EQ(asker.Clause(sent), "send");
  EXPECT_EQ(sent.lane, static_cast<uint8_t>(abi::Lane::kBackground));
  asker.slots[0].integer = 1;
  EXPECT_THAT(asker.Ask("verify"), Is(Verdict::kDeny, Reason::kRule));
  asker.present = 0;  // an error counts as matched
  EXPECT_THAT(asker.Ask("verify"), Is(Verdict::kDeny, Reason::kRule));
}

TEST(Eval, AnErrorUnderAWeakEffectSuspends) {
  TestPolicy policy;
  AddRule(policy, "lane", Kind::kPutInLane, Slot(0));
  Asker asker(policy.Build());
  EXPECT_THAT(asker.Ask("verify"), Is(Verdict::kSuspend, Reason::kConditionError));
  asker.present = 1;
  EXPECT_THAT(asker.Ask("verify"), Is(Verdict::kProceed, Reason::kNone));
}

TEST(Eval, AskPrecedesTheCallUntilApproved) {
  TestPolicy policy;
  const ReviewersId desk = policy.AddReviewers("desk");
  policy.step(3).asks.push_back({2, {}, When(Slot(0)), policy.builder.Say("asks 2 of reviewers")});
  Asker asker(policy.Build());
  const Decision asked = asker.Ask("decide");  // the slot is absent: an error counts as matched
  EXPECT_THAT(asked, Is(Verdict::kReview, Reason::kApproval));
  EXPECT_EQ(asked.reviewers, desk.value());
  EXPECT_EQ(asked.ask_count, 2);
  EXPECT_EQ(asker.Clause(asked), "asks 2 of reviewers");
  asker.request.approved = 1;
  EXPECT_THAT(asker.Ask("decide"), Is(Verdict::kProceed, Reason::kNone));
}

TEST(Eval, AnOptionalStepRunsUnlessItsConditionIsFalse) {
  TestPolicy policy;
  policy.step(2).when = When(Slot(0));
  Asker asker(policy.Build());
  EXPECT_THAT(asker.Ask("enrich"), Is(Verdict::kProceed, Reason::kNone));  // an error: it runs
  asker.present = 1;
  asker.slots[0].integer = 0;
  EXPECT_THAT(asker.Ask("enrich"), Is(Verdict::kSkip, Reason::kNone));
}

TEST(Eval, ARuleForOneTenantOfAShapeLeavesTheOthersAlone) {
  TestPolicy policy;
  sema::Rule& rule = AddRule(policy, "deny", Kind::kDeny, Constant(true));
  sema::RuleScope scope;
  scope.tenant = TenantId(1);
  rule.scopes.push_back(scope);
  policy.builder.AddTenant("one", policy.tier, policy.terms);
  policy.builder.AddTenant("two", policy.tier, policy.terms, ShapeId(0));
  Asker asker(policy.Build());
  EXPECT_THAT(asker.Ask("verify", TenantId(0)), Is(Verdict::kProceed, Reason::kNone));
  EXPECT_THAT(asker.Ask("verify", TenantId(1)), Is(Verdict::kDeny, Reason::kRule));
}

}  // namespace
}  // namespace bylaw::plan
