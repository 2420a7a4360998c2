#include "compiler/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/plan/policy_for_test.h"

namespace bylaw::plan {
namespace {

using ::testing::HasSubstr;

TEST(Plan, TenantsOfOneShapeShareProgramsAndKeepTheirOwnSentences) {
  TestPolicy policy;
  policy.RouteTo(policy.gpt4, {policy.gpt4_us});
  sema::Terms second = policy.terms;
  second.routes[0].clause = policy.builder.Say("the second tenant's route");
  second.budget_workflow = policy.builder.Budget(75);
  policy.builder.AddTenant("first", policy.tier, policy.terms);
  policy.builder.AddTenant("second", policy.tier, second, ShapeId(0));
  const auto plan = policy.Build();  // adds a third, in a shape of its own with equal steps
  EXPECT_EQ(plan->tables.shapes.size(), 2u);
  EXPECT_EQ(plan->programs.size(), 4u);  // one a step: both shapes share them
  EXPECT_EQ(plan->tables.tenants[1].budget_workflow_micros, 750'000);
  Asker asker(plan);
  EXPECT_EQ(asker.Clause(asker.Ask("decide", TenantId(0)), TenantId(0)), "route");
  EXPECT_EQ(asker.Clause(asker.Ask("decide", TenantId(1)), TenantId(1)), "the second tenant's route");
}

TEST(Plan, TenantsWhoSayTheSameInAnotherOrderAreQuotedWithTheirOwnSentences) {
  TestPolicy policy;
  policy.StayIn(policy.us);
  policy.StayIn(policy.de);
  sema::Terms second = policy.terms;
  std::swap(second.places[0], second.places[1]);
  second.places[0].clause = policy.builder.Say("the second tenant's Germany");
  second.places[1].clause = policy.builder.Say("the second tenant's America");
  policy.builder.AddTenant("first", policy.tier, policy.terms);
  policy.builder.AddTenant("second", policy.tier, second, ShapeId(0));
  Asker asker(policy.Build());
  asker.Down(policy.gpt4_us);  // gpt4-eu is up, and Germany is not in America
  EXPECT_EQ(asker.Clause(asker.Ask("compliance", TenantId(0)), TenantId(0)), "calls go only to US");
  EXPECT_EQ(asker.Clause(asker.Ask("compliance", TenantId(1)), TenantId(1)), "the second tenant's America");
}

TEST(Plan, DearerThanTheStepsBoundIsNoCandidate) {
  TestPolicy policy;
  policy.step(1).cost_at_most = policy.builder.CostsAtMost(8);
  Asker asker(policy.Build());
  asker.Down(policy.gpt4_us);
  EXPECT_EQ(asker.Ask("compliance").verdict, static_cast<uint8_t>(abi::Verdict::kSuspend));
  EXPECT_EQ(asker.Ask("decide").endpoint, policy.gpt4_eu.value());
}

TEST(Plan, ReviewersWhoServeOtherTiersAreNotTheTenants) {
  TestPolicy policy;
  policy.AddReviewers("bank-desk");
  const ReviewersId shared = policy.AddReviewers("shared-desk");
  policy.program().reviewers[0].serves = {policy.builder.AddTier("enterprise")};
  EXPECT_EQ(policy.Build()->tables.shapes[0].reviewers, shared);
}

TEST(Plan, MasksOfTheShapeFollowTheCalendar) {
  TestPolicy policy;
  policy.builder.Adequate(policy.de, policy.us).until = 1'000;
  policy.terms.places.push_back(policy.builder.Stays(sema::PlaceSubject::kCalls, {policy.de}, {policy.de}));
  const auto plan = policy.Build();
  const abi::ShapeInfo& shape = plan->tables.shapes[0];
  ASSERT_EQ(shape.legal_from.size(), 2u);
  EXPECT_EQ(shape.legal_from[1], 1'000);
  EXPECT_EQ(shape.legal[0][0], 0b1111u);
  EXPECT_EQ(shape.legal[1][0], 0b0010u);
}

TEST(Plan, EachLegalPlaceHasItsBasisInTheTenantsOwnWords) {
  TestPolicy policy;
  sema::Adequacy& adequacy = policy.builder.Adequate(policy.de, policy.us);
  adequacy.until = 1'000;
  adequacy.basis = "Decision 17";
  policy.terms.places.push_back(policy.builder.Stays(sema::PlaceSubject::kCalls, {policy.de}, {policy.de}));
  sema::Terms free;
  policy.builder.AddTenant("free", policy.tier, free);
  const auto plan = policy.Build();
  const abi::PolicyImage& image = plan->tables;
  const abi::TenantRecord& bank = image.tenant(image.FindTenant("bank"));
  const auto basis = [&](EndpointId endpoint, TimeNs at) {
    return image.BasisText(bank, image.BasisAt(bank, endpoint, at));
  };
  EXPECT_THAT(basis(policy.gpt4_us, 0), HasSubstr("calls go only to"));
  EXPECT_THAT(basis(policy.gpt4_us, 0), HasSubstr("(Decision 17)"));
  EXPECT_THAT(basis(policy.gpt4_eu, 0), ::testing::Not(HasSubstr("Decision 17"))) << "it needs none";
  EXPECT_EQ(basis(policy.gpt4_us, 1'000), "") << "no longer legal";
  EXPECT_NE(basis(policy.gpt4_eu, 1'000), "");
  EXPECT_EQ(image.BasisUntil(bank, 0), 1'000);
  EXPECT_EQ(image.BasisUntil(bank, 1'000), kForeverNs);
  EXPECT_EQ(image.BasisAt(image.tenant(image.FindTenant("free")), policy.gpt4_us, 0), abi::kNoId);
}

TEST(Plan, AProgramForReplayYieldsAnImageForReplay) {
  TestPolicy policy;
  policy.builder.AddTenant("bank", policy.tier, policy.terms);
  auto verified = verify::VerifiedProgramForTest::Make(policy.builder.Build(), {{{0, {0, 0, 0, 0}}}},
                                                       verify::VerifiedProgram::Purpose::kReplay);
  EXPECT_TRUE(EvaluatorImage(BuildPlan(verified))->replay_only);
}

TEST(Plan, ValidationFindsABrokenPlan) {
  TestPolicy policy;
  const auto plan = policy.Build();
  ASSERT_TRUE(ValidatePlan(*plan).ok());
  StepProgram& step = *const_cast<Plan&>(*plan).programs[0];
  step.calls[0].candidates[0].server = 7;
  EXPECT_THAT(std::string(ValidatePlan(*plan).message()), HasSubstr("loan.verify: a candidate is a server"));
}

TEST(Plan, DumpShowsWhatDecides) {
  TestPolicy policy;
  policy.StayIn(policy.de);
  policy.FollowLadder();
  const std::string dump = DumpPlan(*policy.Build());
  EXPECT_THAT(dump, HasSubstr("program 1: step compliance of loan"));
  EXPECT_THAT(dump, HasSubstr("rung 1 below 40%: call 1"));
  EXPECT_THAT(dump, HasSubstr("gpt4-us illegal"));
}

}  // namespace
}  // namespace bylaw::plan
