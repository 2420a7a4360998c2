// Which policy a run goes by before and after a reload: the sentences of decision 90, a test each.
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

TEST_F(ReloadTest, ANumberMeansTheSameNameForTheLifeOfAnEngine) {
  Start({.tenants = {"bank", "shop"}});
  const TenantId bank = engine().policy()->names().tenants.Find("bank");
  const EndpointId eu = engine().policy()->names().endpoints.Find("eu");
  Reload({.endpoints = {"asia", "us", "eu"}, .tenants = {"agency", "shop", "bank"}});
  EXPECT_EQ(engine().policy()->names().tenants.Find("bank"), bank);
  EXPECT_EQ(engine().policy()->names().tenants.Find("agency"), TenantId(2));
  EXPECT_EQ(engine().image().FindTenant("bank"), TenantId(2)) << "the image's own number";
  const RunId run = world_->Submit(bank);
  EXPECT_EQ(world_->MustGetTurn().tenant, bank);
  const StepDecision decision = Begin(run);
  EXPECT_EQ(decision.endpoint, eu.value()) << "the cheapest";
  EXPECT_EQ(EndpointOf(decision), "eu");
  EXPECT_EQ(decision.epoch, 1u);
}

TEST_F(ReloadTest, ARunInFlightKeepsItsPolicyAndAQueuedOneFollows) {
  Start({.slots = 1});
  const RunId running = world_->Submit(TenantId(0));
  const RunId queued = world_->Submit(TenantId(0));
  EXPECT_EQ(world_->MustGetTurn().epoch, 0u);
  Reload({.steps = {"look", "credit", "decide"}, .slots = 1});
  EXPECT_EQ(Begin(running).epoch, 0u);
  EXPECT_EQ(End(running).then, Then::kStep);
  Begin(running);
  EXPECT_EQ(End(running).then, Then::kFinish) << "two steps, as when it had its first turn";
  engine().Finish(running);
  const Turn turn = world_->MustGetTurn();
  EXPECT_EQ(turn.run, queued);
  EXPECT_EQ(turn.epoch, 1u);
  EXPECT_EQ(world_->NameOfStep(queued), "look");
}

TEST_F(ReloadTest, AnOldPolicyIsFreedWithItsLastRun) {
  Start({});
  const RunId run = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  const std::weak_ptr<const Policy> old = engine().policy();
  Reload({});
  Reload({});
  EXPECT_FALSE(old.expired());
  EXPECT_EQ(engine().PolicyAt(0), old.lock());
  EXPECT_EQ(engine().PolicyAt(1), nullptr) << "nobody had it";
  EXPECT_TRUE(engine().Cancel(run).ok());
  EXPECT_FALSE(old.expired()) << "not on the thread that serves";
  engine().policy()->FreeRetired();
  EXPECT_TRUE(old.expired());
  EXPECT_EQ(engine().PolicyAt(0), nullptr);
  EXPECT_EQ(engine().epoch(), 2u);
}

TEST_F(ReloadTest, PlacesHoldThenAndNow) {
  Start({});
  const RunId run = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  EXPECT_EQ(EndpointOf(Begin(run)), "eu");
  End(run);
  Reload({.legal = {"us"}});
  EXPECT_EQ(EndpointOf(Begin(run)), "us") << "legal under both";
  End(run);
  engine().Finish(run);
}

TEST_F(ReloadTest, WhatIsNoLongerLegalSuspendsAndWhatCanFinishMovesToTheNewPolicy) {
  Start({.legal = {"eu"}});
  const RunId run = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  Begin(run);
  End(run);
  Reload({.legal = {"us"}});
  const StepDecision stopped = Begin(run);
  EXPECT_EQ(VerdictOf(stopped), Verdict::kSuspend) << "nothing is legal then and now";
  EXPECT_EQ(stopped.epoch, 0u);
  Reload({.legal = {"us"}});
  const Turn turn = world_->MustGetTurn();
  EXPECT_EQ(turn.run, run);
  EXPECT_EQ(turn.epoch, 2u) << "pinned anew";
  EXPECT_EQ(world_->NameOfStep(run), "decide");
  EXPECT_EQ(EndpointOf(Begin(run)), "us");
  EXPECT_EQ(End(run).then, Then::kFinish);
  engine().Finish(run);
}

TEST_F(ReloadTest, ASuspendedRunThatCouldNotFinishUnderTheNewPolicyKeepsItsOwn) {
  const auto cents = [](int64_t budget, std::vector<std::string> legal) {
    return Say{.terms = {{.name = "bank", .budget_workflow_micros = budget * kCent}}, .legal = std::move(legal)};
  };
  Start(cents(20, {"eu"}));
  const RunId run = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  Begin(run);
  engine().EndStep(run, {.cost_micros = 9 * kCent}, Outcome::kOk);
  Reload(cents(10, {"us"}));  // two cents for the next step, and one is left
  EXPECT_EQ(VerdictOf(Begin(run)), Verdict::kSuspend);
  Reload(cents(10, {"us"}));
  EXPECT_EQ(world_->MustGetTurn().epoch, 0u);
  EXPECT_EQ(VerdictOf(Begin(run)), Verdict::kSuspend);
  Reload(cents(11, {"us"}));
  EXPECT_EQ(world_->MustGetTurn().epoch, 3u);
  EXPECT_EQ(VerdictOf(Begin(run)), Verdict::kProceed);
}

TEST_F(ReloadTest, AStepPutInFrontOfWhereARunStandsKeepsItWithItsOwnPolicy) {
  Start({});
  const RunId run = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  Begin(run);
  End(run);
  engine().SetEndpointUp(EndpointId(0), false);
  engine().SetEndpointUp(EndpointId(1), false);
  EXPECT_EQ(VerdictOf(Begin(run)), Verdict::kSuspend);
  Reload({.steps = {"check-identity", "credit", "decide"}});
  engine().SetEndpointUp(EndpointId(0), true);
  EXPECT_EQ(world_->MustGetTurn().epoch, 0u) << "it would have skipped the new step";
  EXPECT_EQ(EndpointOf(Begin(run)), "eu") << "health is what it was before the reload";
  End(run);
  engine().Finish(run);
}

TEST_F(ReloadTest, ARevocationHoldsOverReloadsAndIsDoneWithWhenTheNameIsGone) {
  Start({});
  engine().Revoke(EndpointId(0));
  Reload({.endpoints = {"us", "eu"}});
  const RunId run = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  EXPECT_EQ(EndpointOf(Begin(run)), "us");
  End(run);
  Reload({.endpoints = {"us"}});
  Reload({.endpoints = {"us", "eu"}});
  EXPECT_EQ(EndpointOf(Begin(run)), "us") << "its own policy's overlay still has it";
  End(run);
  engine().Finish(run);
  const RunId later = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  EXPECT_EQ(EndpointOf(Begin(later)), "eu");
}

TEST_F(ReloadTest, ATenantThatIsGoneSendsNothingNewAndFinishesWhatItHas) {
  Start({.tenants = {"bank", "shop"}, .slots = 1});
  const RunId running = world_->Submit(TenantId(0));
  const RunId queued = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  Reload({.tenants = {"shop"}, .slots = 1});
  EXPECT_EQ(engine().Submit(TenantId(0), WorkflowId(0), {}).reason, Reason::kContract);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(VerdictOf(Begin(running)), Verdict::kProceed);
    End(running);
  }
  engine().Finish(running);
  EXPECT_FALSE(engine().Next(PoolId(0)).has_value());
  EXPECT_EQ(world_->StateOf(queued), RunState::kGone) << "it never had a turn: it would be refused now";
  const audit::Record& record = world_->sink.records().back();
  EXPECT_EQ(record.event, audit::Event::kFinished);
  EXPECT_EQ(record.reason, Reason::kContract);
}

TEST_F(ReloadTest, AWorkflowThatIsGoneIsFinishedByWhoeverIsInIt) {
  Start({});
  const RunId running = world_->Submit(TenantId(0));
  world_->MustGetTurn();
  const RunId queued = world_->Submit(TenantId(0));
  Reload({.workflow = "mortgage"});
  EXPECT_EQ(engine().Submit(TenantId(0), WorkflowId(0), {}).reason, Reason::kContract);
  EXPECT_TRUE(engine().Submit(TenantId(0), WorkflowId(1), {}).queued);
  EXPECT_EQ(VerdictOf(Begin(running)), Verdict::kProceed);
  world_->MustGetTurn();
  EXPECT_EQ(world_->StateOf(queued), RunState::kGone);
}

TEST_F(ReloadTest, WithoutALegalPoolWorkWaitsForAnotherPolicy) {
  Start({});
  const RunId run = world_->Submit(TenantId(0));
  Reload({.home = "nowhere"});
  EXPECT_EQ(world_->StateOf(run), RunState::kSuspended);
  EXPECT_EQ(ReasonOf(engine().StatusOf(run).last), Reason::kResidency);
  EXPECT_EQ(engine().Submit(TenantId(0), WorkflowId(0), {}).reason, Reason::kResidency);
  EXPECT_FALSE(engine().Resume(run).ok());
  engine().SetEndpointUp(EndpointId(0), false);
  engine().SetEndpointUp(EndpointId(0), true);
  Reload({});
  EXPECT_EQ(world_->MustGetTurn().run, run);
}

TEST_F(ReloadTest, ABadPolicyChangesNothing) {
  Start({.limit = 1});
  const RunId run = world_->Submit(TenantId(0));
  abi::PolicyImage unproved = *Make({});
  unproved.replay_only = true;
  EXPECT_EQ(engine().Reload(std::make_shared<const abi::PolicyImage>(unproved)).code(),
            absl::StatusCode::kFailedPrecondition);
  abi::PolicyImage senseless = *Make({.limit = 1});
  senseless.rates.Edit()[0].amount = 0;
  EXPECT_EQ(engine().Reload(std::make_shared<const abi::PolicyImage>(senseless)).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(engine().Reload(Image()).code(), absl::StatusCode::kInvalidArgument);
  abi::PolicyImage in_euros = *Make({.limit = 1});
  in_euros.currency = Currency::kEur;
  EXPECT_EQ(engine().Reload(std::make_shared<const abi::PolicyImage>(in_euros)).code(),
            absl::StatusCode::kFailedPrecondition);
  const auto prepared = Policy::Prepare(Make({}), engine().policy());
  Reload({.limit = 1});
  EXPECT_EQ(engine().Reload(*prepared).code(), absl::StatusCode::kAborted) << "made for the one before";
  EXPECT_EQ(engine().epoch(), 1u);
  EXPECT_EQ(world_->CountRecords(audit::Event::kReload), 1u);
  world_->sink.Fail(absl::DataLossError("torn write"));
  EXPECT_EQ(engine().Reload(Make({})).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(engine().epoch(), 1u);
  EXPECT_EQ(world_->StateOf(run), RunState::kQueued);
}

}  // namespace
}  // namespace bylaw::engine
