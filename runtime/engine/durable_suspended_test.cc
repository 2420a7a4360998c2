// How long a run has been suspended, over the end of the process: no crash gives it more time, or less.
#include <gtest/gtest.h>

#include <memory>

#include "runtime/engine/durable_process.h"

namespace bylaw::engine {
namespace {

using abi::Verdict;

// One run of one step, which may be suspended for two days.
struct Suspendable {
  explicit Suspendable(const HandStep& step) : process(Image(step)) {}
  static std::shared_ptr<const abi::PolicyImage> Image(const HandStep& step) {
    HandPolicy policy;
    policy.AddPool("workers", 1);
    policy.AddReviewers("desk", 1);
    policy.AddEndpoint("model", "model", kCent);
    policy.AddWorkflow("ask", {step});
    policy.AddTenant({.name = "bank", .suspended_max_ns = 2 * kDayNs});
    return policy.Build();
  }
  Verdict Begin() {
    const Turn turn = *process.engine->Next(PoolId(0));
    const Verdict verdict = VerdictOf(process.engine->BeginStep(turn.run, turn.step));
    EXPECT_TRUE(process.engine->Commit().ok());
    return verdict;
  }
  void PassDay() {
    process.clock.AdvanceTo(process.clock.MonotonicNow() + kDayNs);
    process.engine->Poll();
    EXPECT_TRUE(process.engine->Commit().ok());
  }
  Process process;
};

TEST(DurableSuspendedTest, ACrashGivesASuspendedRunNoMoreTime) {
  Suspendable world({.name = "sign", .send_to_reviewers = true});
  world.process.Submit(TenantId(0));
  ASSERT_EQ(world.Begin(), Verdict::kReview);
  world.PassDay();  // nobody answers: suspended
  world.process.Crash();
  ASSERT_EQ(world.Begin(), Verdict::kReview) << "asked again";
  world.PassDay();
  EXPECT_EQ(world.process.engine->RunsInFlight(), 1u);
  world.PassDay();
  EXPECT_EQ(world.process.engine->RunsInFlight(), 0u) << "two days after it was suspended";
}

TEST(DurableSuspendedTest, ARunThatWentOnBeforeACrashIsSuspendedNoMore) {
  Suspendable world({.name = "ask", .resource = "model"});
  world.process.Submit(TenantId(0));
  world.process.engine->SetEndpointUp(EndpointId(0), false);
  ASSERT_EQ(world.Begin(), Verdict::kSuspend);
  world.PassDay();
  world.process.engine->SetEndpointUp(EndpointId(0), true);
  ASSERT_EQ(world.Begin(), Verdict::kProceed);
  world.process.Crash();
  world.process.engine->SetEndpointUp(EndpointId(0), false);
  ASSERT_EQ(world.Begin(), Verdict::kSuspend);
  world.PassDay();
  EXPECT_EQ(world.process.engine->RunsInFlight(), 1u) << "suspended for a day, not for two";
  ASSERT_EQ(world.Begin(), Verdict::kSuspend) << "a new day, tried again";
  world.PassDay();
  EXPECT_EQ(world.process.engine->RunsInFlight(), 0u);
}

}  // namespace
}  // namespace bylaw::engine
