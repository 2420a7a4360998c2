#include "compiler/sema/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/sema/program_builder.h"

namespace bylaw::sema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Shop {
  ProgramBuilder builder;
  PlaceId us = builder.Country("US");
  RegionId east = builder.Region("us-east-1", us);
  ResourceId gpt4 = builder.Model("gpt-4"), mini = builder.Model("mini"), bureau = builder.Tool("bureau");
  EndpointId dear = builder.Serve("gpt4-dear", gpt4, builder.In(east), 5);
  EndpointId cheap = builder.Serve("gpt4-cheap", gpt4, builder.In(east), 3);
  EndpointId unpriced = builder.Serve("gpt4-unpriced", gpt4, builder.In(east), -1);
  EndpointId small = builder.Serve("mini-a", mini, builder.In(east), 1);
  WorkflowId workflow = builder.AddWorkflow("loan-approval");
  Step& step = builder.AddStep(workflow, "compliance");
  Terms terms;

  Shop() { builder.Call(step, gpt4); }
  const Endpoint& At(EndpointId id) { return builder.program().endpoints[id.index()]; }
  std::vector<EndpointId> Candidates(ResourceId resource) {
    return CandidateEndpoints(builder.program(), terms, step, resource);
  }
};

TEST(ResourceForTest, TheChoiceForTheStepGoesBeforeTheGeneralOneAndTheDefault) {
  Shop shop;
  EXPECT_EQ(ResourceFor(shop.terms, shop.step).resource, shop.gpt4);
  shop.terms.models.push_back({"", shop.mini, shop.builder.Say("use model mini")});
  EXPECT_EQ(ResourceFor(shop.terms, shop.step).resource, shop.mini);
  shop.terms.models.push_back({"compliance", shop.gpt4, shop.builder.Say("use model gpt-4 for step compliance")});
  EXPECT_EQ(ResourceFor(shop.terms, shop.step).resource, shop.gpt4);
  EXPECT_EQ(ResourceFor(shop.terms, shop.step).clause, shop.terms.models[1].clause);
  shop.builder.Call(shop.step, shop.bureau);
  EXPECT_EQ(ResourceFor(shop.terms, shop.step).resource, shop.bureau);
  shop.step.calls = Step::Calls::kNothing;
  EXPECT_FALSE(ResourceFor(shop.terms, shop.step).resource.valid());
}

TEST(IsAllowedTest, DenialsWinOverAllowListsOfTheSameKind) {
  Shop shop;
  const Program& program = shop.builder.program();
  EXPECT_TRUE(IsAllowed(program, shop.terms, shop.bureau).allowed);
  shop.terms.may_use_models = {{shop.gpt4}, shop.builder.Say("may use models gpt-4")};
  EXPECT_TRUE(IsAllowed(program, shop.terms, shop.bureau).allowed);
  EXPECT_TRUE(IsAllowed(program, shop.terms, shop.gpt4).allowed);
  const Allowed missing = IsAllowed(program, shop.terms, shop.mini);
  EXPECT_FALSE(missing.allowed);
  EXPECT_FALSE(missing.denied);
  shop.terms.must_not_use = {{shop.gpt4, shop.builder.Say("must not use models gpt-4")}};
  EXPECT_TRUE(IsAllowed(program, shop.terms, shop.gpt4).denied);
}

TEST(CostAtTest, TheStepsOwnBoundIsThePriceOfWhatItNames) {
  Shop shop;
  const Program& program = shop.builder.program();
  EXPECT_EQ(CostAt(program, shop.step, shop.At(shop.dear)).hi_micros, 50'000);
  EXPECT_FALSE(CostAt(program, shop.step, shop.At(shop.unpriced)).hi_micros.has_value());
  shop.step.cost_at_most = shop.builder.CostsAtMost(4);
  EXPECT_EQ(CostAt(program, shop.step, shop.At(shop.cheap)).hi_micros, 40'000);
  EXPECT_EQ(CostAt(program, shop.step, shop.At(shop.unpriced)).hi_micros, 40'000);
  EXPECT_TRUE(CostAt(program, shop.step, shop.At(shop.dear)).too_dear);
  EXPECT_EQ(CostAt(program, shop.step, shop.At(shop.small)).hi_micros, 10'000);
  EXPECT_THAT(shop.Candidates(shop.gpt4), ElementsAre(shop.cheap, shop.unpriced));
}

TEST(CostAtTest, TokensAreRoundedUpAndNeedAnEstimate) {
  Shop shop;
  Endpoint& endpoint = shop.builder.program().endpoints[shop.unpriced.index()];
  endpoint.input_per_million = Stated<Money>{{2'500'000, Currency::kUsd}, ClauseId(0)};
  endpoint.output_per_million = Stated<Money>{{10'000'000, Currency::kUsd}, ClauseId(0)};
  EXPECT_FALSE(EndpointPrice(shop.step, endpoint).has_value());
  shop.step.tokens_stated = true;
  shop.step.input_tokens = 2'001;
  shop.step.output_tokens = 500;
  EXPECT_EQ(EndpointPrice(shop.step, endpoint), 5'003 + 5'000);
  shop.step.input_tokens = shop.step.output_tokens = INT64_MAX;
  EXPECT_EQ(EndpointPrice(shop.step, endpoint), INT64_MAX);
}

TEST(CandidateEndpointsTest, CheapestFirstUnlessFastestOrRouted) {
  Shop shop;
  EXPECT_THAT(shop.Candidates(shop.gpt4), ElementsAre(shop.cheap, shop.dear, shop.unpriced));
  shop.builder.program().endpoints[shop.dear.index()].takes_about = {kSecondNs, ClauseId(0)};
  shop.terms.prefer_fastest = {true, ClauseId(0)};
  EXPECT_THAT(shop.Candidates(shop.gpt4), ElementsAre(shop.dear, shop.cheap, shop.unpriced));
  Route route;
  route.resource = shop.gpt4;
  route.endpoints = {shop.unpriced, shop.dear};
  shop.terms.routes.push_back(route);
  EXPECT_THAT(shop.Candidates(shop.gpt4), ElementsAre(shop.unpriced, shop.dear));
  EXPECT_THAT(shop.Candidates(shop.bureau), IsEmpty());
}

TEST(CandidateStoresTest, TheChoiceElseEveryStoreThatKeepsTheData) {
  Shop shop;
  Store audit, state;
  audit.keeps[static_cast<size_t>(syntax::DataClass::kAudit)] = true;
  state.keeps[static_cast<size_t>(syntax::DataClass::kState)] = true;
  shop.builder.program().stores = {audit, state, state};
  const Program& program = shop.builder.program();
  EXPECT_THAT(CandidateStores(program, shop.terms, syntax::DataClass::kState), ElementsAre(StoreId(1), StoreId(2)));
  shop.terms.stores.push_back({syntax::DataClass::kState, StoreId(2), ClauseId(0)});
  EXPECT_THAT(CandidateStores(program, shop.terms, syntax::DataClass::kState), ElementsAre(StoreId(2)));
  EXPECT_THAT(CandidateStores(program, shop.terms, syntax::DataClass::kAudit), ElementsAre(StoreId(0)));
}

}  // namespace
}  // namespace bylaw::sema
