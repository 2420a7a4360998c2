// What is counted goes on over a reload, by the new policy's numbers: decision 90.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "runtime/engine/reload_world.h"

namespace bylaw::engine {
namespace {

using abi::Reason;
using abi::Verdict;

TEST_F(ReloadTest, ALoweredCapDrainsAndARaisedOneBeginsAtOnce) {
  Start({.terms = {{.name = "bank", .cap = 3}}});
  for (int i = 0; i < 6; ++i) world_->Submit(TenantId(0));
  std::vector<RunId> running;
  for (int i = 0; i < 3; ++i) running.push_back(world_->MustGetTurn().run);
  Reload({.terms = {{.name = "bank", .cap = 1}}});
  EXPECT_EQ(engine().CountersOf(TenantId(0)).at_once, 3u) << "nothing is killed";
  EXPECT_TRUE(engine().Cancel(running[0]).ok());
  EXPECT_TRUE(engine().Cancel(running[1]).ok());
  EXPECT_FALSE(engine().Next(PoolId(0)).has_value()) << "one is still running";
  EXPECT_TRUE(engine().Cancel(running[2]).ok());
  world_->MustGetTurn();
  Reload({.terms = {{.name = "bank", .cap = 2}}});
  world_->MustGetTurn();
  EXPECT_FALSE(engine().Next(PoolId(0)).has_value());
}

TEST_F(ReloadTest, AWindowSurvivesWithItsNewNumber) {
  Start({.limit = 3});
  const auto call = [&] {
    const RunId run = world_->Submit(TenantId(0));
    world_->MustGetTurn();
    const Verdict verdict = VerdictOf(Begin(run));
    EXPECT_TRUE(engine().Cancel(run).ok());
    return verdict;
  };
  EXPECT_EQ(call(), Verdict::kProceed);
  EXPECT_EQ(call(), Verdict::kProceed);
  Reload({.limit = 2});
  EXPECT_EQ(call(), Verdict::kWait) << "two have been made this hour";
  Reload({.limit = 4});
  EXPECT_EQ(call(), Verdict::kProceed);
  EXPECT_EQ(call(), Verdict::kProceed);
  EXPECT_EQ(call(), Verdict::kWait);
  Reload({});
  EXPECT_EQ(call(), Verdict::kProceed) << "no limit";
  Reload({.limit = 1, .window_ns = kMinuteNs});
  EXPECT_EQ(call(), Verdict::kProceed) << "a limit with another window is another limit";
  EXPECT_EQ(call(), Verdict::kWait);
}

TEST_F(ReloadTest, WhoWaitsOnALimitAsksAgainWhenItIsAnotherOne) {
  Start({.limit = 1});
  const RunId first = world_->Submit(TenantId(0));
  const RunId second = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  world_->MustGetTurn();
  Begin(first);
  EXPECT_EQ(VerdictOf(Begin(second)), Verdict::kWait);
  Reload({.limit = 1});
  EXPECT_FALSE(engine().Next(PoolId(0)).has_value()) << "nothing has changed for it";
  Reload({.limit = 2});
  EXPECT_EQ(world_->MustGetTurn().run, second);
  const StepDecision decision = Begin(second);
  EXPECT_EQ(VerdictOf(decision), Verdict::kProceed);
  EXPECT_EQ(decision.epoch, 0u);
  End(second);
  EXPECT_EQ(VerdictOf(Begin(second)), Verdict::kWait);
  Reload({.limit = 1});
  EXPECT_EQ(world_->MustGetTurn().run, second);
  const StepDecision wait = Begin(second);
  EXPECT_EQ(VerdictOf(wait), Verdict::kWait);
  EXPECT_EQ(wait.retry_at_ns, kHourNs) << "when the window ends, as before";
}

TEST_F(ReloadTest, WhoWaitsOnAnEndpointsQuotaAsksAgainWhenItIsAnotherOne) {
  for (const auto& [before, after] :
       {std::pair{CallsPer(kHourNs, 1), CallsPer(kHourNs, 2)},
        {CallsEvenly(kHourNs, 1, 1, ResourceId::None()), CallsEvenly(kHourNs, 60, 1, ResourceId::None())}}) {
    const auto with = [](const abi::RateSpec& quota) {
      HandPolicy policy;
      policy.AddPool("workers", 4);
      policy.AddEndpoint("eu", "model", kCent, {quota});
      policy.AddWorkflow("loan", {{.name = "credit", .resource = "model"}});
      policy.AddTenant({.name = "bank"});
      return policy.Build();
    };
    world_ = std::make_unique<EngineWorld>(with(before));
    const RunId first = world_->Submit(TenantId(0));
    const RunId second = world_->Submit(TenantId(0));
    world_->MustGetTurn();
    world_->MustGetTurn();
    Begin(first);
    EXPECT_EQ(ReasonOf(Begin(second)), Reason::kEndpointQuota);
    ASSERT_TRUE(engine().Reload(with(before)).ok());
    EXPECT_FALSE(engine().Next(PoolId(0)).has_value());
    ASSERT_TRUE(engine().Reload(with(after)).ok());
    EXPECT_EQ(world_->MustGetTurn().run, second);
  }
}

TEST_F(ReloadTest, ARefusalByALimitIsASentenceOfThePublishedPolicy) {
  Start({});
  const RunId run = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  Begin(run);
  End(run);
  Reload({.limit = 1});
  const RunId other = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  EXPECT_EQ(VerdictOf(Begin(other)), Verdict::kProceed);
  const StepDecision wait = Begin(run);
  EXPECT_EQ(VerdictOf(wait), Verdict::kWait);
  EXPECT_EQ(ReasonOf(wait), Reason::kRate);
  EXPECT_EQ(wait.epoch, 1u);
  EXPECT_EQ(world_->sink.records().back().epoch, 0u) << "where the run's data has been is told by its own policy";
  const abi::PolicyImage& image = engine().PolicyAt(wait.epoch)->image();
  EXPECT_TRUE(image.ResolveClause(image.tenant(TenantId(0)), wait.clause).valid());
}

TEST_F(ReloadTest, MoneySpentThisMonthStaysSpentAlsoOfATenantThatWasAway) {
  const auto with_month = [](int64_t cents) {
    return Say{.terms = {{.name = "bank", .budget_month_micros = cents * kCent}, {.name = "shop"}}};
  };
  Start(with_month(10));
  const RunId run = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  for (int i = 0; i < 2; ++i) {
    Begin(run);
    engine().EndStep(run, {.cost_micros = 3 * kCent}, Outcome::kOk);
  }
  engine().Finish(run);
  Reload({.tenants = {"shop"}});
  EXPECT_EQ(engine().Submit(TenantId(0), WorkflowId(0), {}).reason, Reason::kContract);
  Reload(with_month(8));
  const SubmitResult refused = engine().Submit(TenantId(0), WorkflowId(0), {});
  EXPECT_EQ(refused.reason, Reason::kFloor) << "6 of 8 cents are spent, and the floor is 4";
  Reload(with_month(10));
  EXPECT_TRUE(engine().Submit(TenantId(0), WorkflowId(0), {}).queued);
}

TEST_F(ReloadTest, ABurstIsPaidBackUnderTheNextPolicyToo) {
  const Say bursting{.terms = {{.name = "bank", .cap = 1, .burst_to = 2, .burst_for_ns = kMinuteNs}}, .slots = 4};
  Start(bursting);
  for (int i = 0; i < 6; ++i) world_->Submit(TenantId(0));
  world_->MustGetTurn();
  const RunId burst = world_->MustGetTurn().run;
  world_->Advance(kMinuteNs);
  EXPECT_TRUE(engine().Cancel(burst).ok());
  Say same = bursting;
  same.tenants = {"another"};
  same.terms.push_back({.name = "another"});
  Reload(same);
  EXPECT_FALSE(engine().Next(PoolId(0)).has_value()) << "the bucket is dry";
}

TEST_F(ReloadTest, WorkMovesToTheTenantsNewPoolWithItsPlaceInTime) {
  Say say{.terms = {{.name = "bank", .cap = 2}}, .pools = {"workers", "eu-workers"}, .slots = 2};
  Start(say);
  std::vector<RunId> runs;
  for (int i = 0; i < 4; ++i) {
    runs.push_back(world_->Submit(TenantId(0)));
    world_->Advance(kSecondNs);
  }
  world_->MustGetTurn();
  say.home = "eu-workers";
  Reload(say);
  EXPECT_EQ(engine().Waiting(PoolId(0)), 0u);
  EXPECT_EQ(engine().Waiting(PoolId(1)), 3u);
  EXPECT_EQ(world_->MustGetTurn(PoolId(1)).run, runs[1]) << "the first of those who wait";
  EXPECT_FALSE(engine().Next(PoolId(1)).has_value()) << "the one that still runs over there counts";
  EXPECT_TRUE(engine().Cancel(runs[0]).ok());
  EXPECT_EQ(world_->MustGetTurn(PoolId(1)).run, runs[2]);
  say.home = "workers";
  Reload(say);
  EXPECT_EQ(engine().CountersOf(TenantId(0)).at_once, 2u);
  EXPECT_FALSE(engine().Next(PoolId(0)).has_value());
  EXPECT_TRUE(engine().Cancel(runs[1]).ok());
  EXPECT_EQ(world_->MustGetTurn(PoolId(0)).run, runs[3]);
}

}  // namespace
}  // namespace bylaw::engine
