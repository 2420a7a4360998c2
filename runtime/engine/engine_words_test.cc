// Words of the language reference that no other test of the engine would miss.
#include <memory>

#include "gtest/gtest.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {
namespace {

using abi::Reason;
using abi::Verdict;

// verify 2, bureau at most 6, twice the model 8.
constexpr int64_t kFloor = 24 * kCent;

TEST(EngineWordsTest, ASuspendedRunDoesNotCountAtOnceKeepsItsFloorAndItsPlaceInTime) {
  Lending lending(10);
  lending.policy.AddTenant({.name = "bank", .cap = 1, .budget_month_micros = 2 * kFloor});
  EngineWorld world(lending.policy.Build());
  const RunId first = world.Submit(TenantId(0));
  world.MustGetTurn();
  world.engine->SetEndpointUp(lending.identity, false);
  EXPECT_EQ(VerdictOf(world.Begin(first)), Verdict::kSuspend);
  EXPECT_EQ(world.engine->CountersOf(TenantId(0)).at_once, 0u);
  const RunId second = world.Submit(TenantId(0));
  EXPECT_EQ(world.MustGetTurn().run, second) << "the cap of one is free again";
  EXPECT_EQ(world.engine->Submit(TenantId(0), WorkflowId(0), {}).reason, Reason::kFloor)
      << "two floors are held: the suspended run's as well";
  EXPECT_EQ(VerdictOf(world.Begin(second)), Verdict::kSuspend);

  world.Advance(kMinuteNs);
  world.engine->SetEndpointUp(lending.identity, true);
  EXPECT_EQ(world.MustGetTurn().run, first) << "they compete again, each at its place in time";
  world.ExpectConsistent();
}

TEST(EngineWordsTest, AMonthTurnsAtMidnightOfTheDeclaredZone) {
  Lending lending(10);
  lending.policy.AddTenant({.name = "bank", .budget_month_micros = kFloor});
  auto image = std::make_shared<abi::PolicyImage>(*lending.policy.Build());
  image->time_zone = "Europe/Berlin";
  EngineWorld world(image);
  const RunId run = world.Submit(TenantId(0));
  world.MustGetTurn();
  for (int step = 0; step < 5; ++step) {
    const abi::Decision decision = world.Begin(run);  // the optional step is skipped: it would strand the rest
    if (VerdictOf(decision) == Verdict::kProceed) {
      world.engine->EndStep(run, {.cost_micros = decision.reserved_micros}, Outcome::kOk);
    }
  }
  world.engine->Finish(run);
  const SubmitResult refused = world.engine->Submit(TenantId(0), WorkflowId(0), {});
  EXPECT_EQ(refused.reason, Reason::kFloor);
  // From Monday the 23rd, 9:00 UTC, to the 30th, 23:00 UTC.
  EXPECT_EQ(refused.retry_at_ns, 7 * kDayNs + 14 * kHourNs);
  world.Advance(7 * kDayNs + 14 * kHourNs - 1);
  EXPECT_FALSE(world.engine->Submit(TenantId(0), WorkflowId(0), {}).queued);
  world.Advance(1);
  EXPECT_TRUE(world.engine->Submit(TenantId(0), WorkflowId(0), {}).queued);
  world.ExpectConsistent();
}

TEST(EngineWordsTest, AReviewHoldsNoSlotAndCostsNothing) {
  Lending lending(1);
  lending.policy.AddWorkflow("ask", {{.name = "sign", .resource = "model", .asks = 1}});
  lending.policy.AddTenant({.name = "bank", .budget_workflow_micros = 100 * kCent});
  EngineWorld world(lending.policy.Build());
  const RunId asked = world.Submit(TenantId(0), WorkflowId(1));
  world.MustGetTurn();
  EXPECT_EQ(VerdictOf(world.Begin(asked)), Verdict::kReview);
  EXPECT_EQ(world.engine->SlotsInUse(PoolId(0)), 0u);
  EXPECT_EQ(world.engine->StatusOf(asked).spent_micros, 0);
  EXPECT_TRUE(world.engine->EndReview(asked, ReviewOutcome::kApproved, 7).ok());
  world.MustGetTurn();
  EXPECT_EQ(VerdictOf(world.Begin(asked)), Verdict::kProceed) << "approval precedes the call, it does not replace it";
  world.ExpectConsistent();
}

}  // namespace
}  // namespace bylaw::engine
