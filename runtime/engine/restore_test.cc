#include <vector>

#include "gtest/gtest.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {
namespace {

using abi::Reason;
using abi::Verdict;

struct TwoSteps {
  HandPolicy policy;
  TwoSteps() {
    policy.AddPool("workers", 4);
    policy.AddEndpoint("bureau", "bureau", 5 * kCent);
    policy.AddEndpoint("model", "model", 8 * kCent);
    policy.AddWorkflow("loan", {{.name = "credit", .resource = "bureau"}, {.name = "decide", .resource = "model"}});
  }
};

TEST(RestoreTest, ARunGoesOnFromItsStepWithWhatItHadSpent) {
  TwoSteps world_of;
  world_of.policy.AddTenant({.name = "bank", .budget_workflow_micros = 50 * kCent});
  EngineWorld world(world_of.policy.Build());
  const SubmitResult result =
      world.engine->Restore(TenantId(0), WorkflowId(0), {.step = StepId(1), .spent_micros = 40 * kCent}, {});
  ASSERT_TRUE(result.queued);
  const Turn turn = world.MustGetTurn();
  EXPECT_EQ(turn.step, StepId(1));
  EXPECT_EQ(world.engine->StatusOf(turn.run).spent_micros, 40 * kCent);
  EXPECT_EQ(world.Do(turn.run).then, Then::kFinish);
  EXPECT_EQ(world.engine->Finish(turn.run).spent_micros, 48 * kCent);
  world.ExpectConsistent();
}

TEST(RestoreTest, WhatIsNoLongerPayableIsRefusedAtItsStep) {
  TwoSteps world_of;
  world_of.policy.AddTenant({.name = "bank", .budget_workflow_micros = 50 * kCent});
  EngineWorld world(world_of.policy.Build());
  const SubmitResult result =
      world.engine->Restore(TenantId(0), WorkflowId(0), {.step = StepId(1), .spent_micros = 43 * kCent}, {});
  const Turn turn = world.MustGetTurn();
  EXPECT_EQ(turn.run, result.run);
  const abi::Decision decision = world.Begin(turn.run);
  EXPECT_EQ(VerdictOf(decision), Verdict::kSuspend);
  EXPECT_EQ(ReasonOf(decision), Reason::kBudget);
  world.ExpectConsistent();
}

TEST(RestoreTest, CallsMadeElsewhereCountAsFarAsTheyFit) {
  for (const int64_t made : {499, 500, 5'000}) {
    TwoSteps world_of;
    world_of.policy.AddTenant({.name = "bank", .rates = {CallsPer(kHourNs, 500, world_of.policy.Resource("bureau"))}});
    EngineWorld world(world_of.policy.Build());
    world.engine->CountCalls(TenantId(0), world_of.policy.Resource("bureau"), made);
    world.Submit(TenantId(0));
    const abi::Decision decision = world.Begin(world.MustGetTurn().run);
    EXPECT_EQ(VerdictOf(decision), made < 500 ? Verdict::kProceed : Verdict::kWait) << made;
    if (made >= 500) {
      EXPECT_EQ(ReasonOf(decision), Reason::kRate);
      EXPECT_EQ(decision.retry_at_ns, world.clock.MonotonicNow() + kHourNs);
    }
    world.ExpectConsistent();
  }
}

}  // namespace
}  // namespace bylaw::engine
