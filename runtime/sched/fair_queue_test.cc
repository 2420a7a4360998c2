// The fair queue's plain behaviour, one subject a test; the invariants over random histories are in fairness_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "runtime/sched/fair_queue.h"
#include "runtime/sched/fair_queue_test_support.h"

namespace bylaw::sched {
namespace {

using abi::Lane;

TEST(FairQueueTest, WeightsDivideTheSlots) {
  FairQueue queue(WithSlots(1));
  const NodeId heavy = queue.AddTenant(queue.root(), {.weight = 3}, 0);
  const NodeId light = queue.AddTenant(queue.root(), {.weight = 1}, 0);
  for (uint64_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(queue.Enqueue(heavy, i, Lane::kNormal, 0, kSecondNs, 0).accepted);
    ASSERT_TRUE(queue.Enqueue(light, 1000 + i, Lane::kNormal, 0, kSecondNs, 0).accepted);
  }
  int heavy_turns = 0;
  for (int i = 0; i < 80; ++i) {
    const auto turn = queue.Dispatch(i * kSecondNs);
    ASSERT_TRUE(turn.has_value());
    heavy_turns += turn->tenant == heavy;
    queue.Complete(turn->id, kSecondNs, (i + 1) * kSecondNs);
    ASSERT_EQ(queue.CheckConsistency(), "");
  }
  EXPECT_EQ(heavy_turns, 60);
  EXPECT_EQ(queue.Counters(heavy).service_ns, 60 * kSecondNs);
}

TEST(FairQueueTest, ACapHoldsWorkBackWhileSlotsAreIdle) {
  FairQueue queue(WithSlots(10));
  const NodeId tenant = queue.AddTenant(queue.root(), {.cap = 2}, 0);
  for (uint64_t i = 0; i < 5; ++i) queue.Enqueue(tenant, i, Lane::kNormal, 0, kSecondNs, 0);
  EXPECT_EQ(DispatchAll(queue, 0), (std::vector<uint64_t>{0, 1}));
  std::vector<Event> events;
  queue.TakeEvents(&events);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, EventKind::kCapHit);
  EXPECT_EQ(queue.CheckConsistency(), "");
}

TEST(FairQueueTest, AMinimumOfSlotsGoesBeforeWeights) {
  FairQueue queue({.slots = 4});
  const NodeId big = queue.AddTenant(FairQueue::root(), {.weight = 100}, 0);
  const NodeId small = queue.AddTenant(FairQueue::root(), {.weight = 1, .slots_min = 2}, 0);
  for (uint64_t i = 0; i < 10; ++i) {
    queue.Enqueue(big, i, abi::Lane::kNormal, 0, kSecondNs, 0);
    queue.Enqueue(small, 100 + i, abi::Lane::kNormal, 0, kSecondNs, 0);
  }
  std::vector<Turn> turns;
  while (const auto turn = queue.Dispatch(0)) turns.push_back(*turn);
  EXPECT_EQ(queue.Counters(small).at_once, 2u);
  EXPECT_EQ(queue.Counters(big).at_once, 2u);
  for (const Turn& turn : turns) {
    if (turn.tenant != small) continue;
    queue.Complete(turn.id, kSecondNs, kSecondNs);
    EXPECT_EQ(queue.Dispatch(kSecondNs)->tenant, small) << "its slot comes back to it";
  }
  queue.SetTenant(small, {.weight = 1}, kSecondNs);
  EXPECT_EQ(queue.CheckConsistency(), "");
}

TEST(FairQueueTest, AnOrgsWeightIsTheSumOfItsMembersUnlessStated) {
  for (const uint64_t stated : {uint64_t{0}, uint64_t{2}}) {
    FairQueue queue(WithSlots(1));
    const NodeId org = queue.AddOrg({.weight = stated});
    const NodeId a = queue.AddTenant(org, {.weight = 1}, 0);
    const NodeId b = queue.AddTenant(org, {.weight = 3}, 0);
    const NodeId single = queue.AddTenant(queue.root(), {.weight = 4}, 0);
    for (uint64_t i = 0; i < 200; ++i) {
      for (const NodeId tenant : {a, b, single}) Add(queue, tenant, i);
    }
    TimeNs now = 0;
    Serve(queue, 120, &now);
    const DurationNs org_part = stated == 0 ? 60 : 40;  // 4 : 4 or 2 : 4
    EXPECT_EQ(queue.Counters(org).service_ns, org_part * kSecondNs);
    EXPECT_EQ(queue.Counters(b).service_ns, org_part * 3 / 4 * kSecondNs);
  }
}

TEST(FairQueueTest, AnOrgsCapCountsItsMembersTogether) {
  FairQueue queue(WithSlots(10));
  const NodeId org = queue.AddOrg({.cap = 3});
  const NodeId a = queue.AddTenant(org, {.cap = 2}, 0);
  const NodeId b = queue.AddTenant(org, {.cap = 2}, 0);
  for (uint64_t i = 0; i < 5; ++i) {
    Add(queue, a, i);
    Add(queue, b, 10 + i);
  }
  EXPECT_EQ(DispatchAll(queue, 0).size(), 3u);
  EXPECT_EQ(queue.Counters(org).at_once, 3u);
  EXPECT_FALSE(queue.Counters(org).eligible);
  EXPECT_EQ(queue.Counters(org).cap_hits, 1u);
  EXPECT_EQ(queue.CheckConsistency(), "");
}

TEST(FairQueueTest, ALoweredCapDrainsAndKillsNothing) {
  FairQueue queue(WithSlots(10));
  const NodeId tenant = queue.AddTenant(queue.root(), {.cap = 4}, 0);
  for (uint64_t i = 0; i < 8; ++i) Add(queue, tenant, i);
  std::vector<Turn> turns;
  while (auto turn = queue.Dispatch(0)) turns.push_back(*turn);
  queue.SetTenant(tenant, {.cap = 2}, 0);
  EXPECT_EQ(queue.Counters(tenant).at_once, 4u);
  for (int ended = 0; ended < 3; ++ended) {
    EXPECT_FALSE(queue.Dispatch(0).has_value());
    queue.Complete(turns[ended].id, kSecondNs, kSecondNs);
  }
  EXPECT_EQ(DispatchAll(queue, kSecondNs).size(), 1u);
}

TEST(FairQueueTest, ANewWeightReordersTheBacklogAndLeavesOldChargesAlone) {
  FairQueue queue(WithSlots(1));
  const NodeId a = queue.AddTenant(queue.root(), {.weight = 1}, 0);
  const NodeId b = queue.AddTenant(queue.root(), {.weight = 1}, 0);
  for (uint64_t i = 0; i < 100; ++i) {
    Add(queue, a, 1);
    Add(queue, b, 2);
  }
  TimeNs now = 0;
  const std::vector<uint64_t> before = Serve(queue, 20, &now);
  EXPECT_EQ(std::count(before.begin(), before.end(), 1), 10);
  const auto running = queue.Dispatch(now);  // charged at the old weight, settled at the old weight
  queue.SetTenant(a, {.weight = 4}, now);
  queue.Complete(running->id, kSecondNs, now);
  const std::vector<uint64_t> after = Serve(queue, 50, &now);
  EXPECT_NEAR(std::count(after.begin(), after.end(), 1), 40, 1);
}

TEST(FairQueueTest, ATurnLongerThanEstimatedIsPaidForAfterwards) {
  FairQueue queue(WithSlots(1));
  const NodeId org = queue.AddOrg({});
  const NodeId a = queue.AddTenant(org, {}, 0);
  const NodeId b = queue.AddTenant(org, {}, 0);
  for (uint64_t i = 0; i < 50; ++i) {
    Add(queue, a, 1);
    Add(queue, b, 2);
  }
  TimeNs now = 10 * kSecondNs;
  const auto turn = queue.Dispatch(0);
  ASSERT_EQ(turn->tenant, a);
  queue.Complete(turn->id, 10 * kSecondNs, now);  // estimated at one second
  EXPECT_EQ(Serve(queue, 10, &now), (std::vector<uint64_t>(10, 2)));
  const std::vector<uint64_t> even = Serve(queue, 20, &now);
  EXPECT_EQ(std::count(even.begin(), even.end(), 1), 10);
  EXPECT_EQ(queue.Counters(a).service_ns, 20 * kSecondNs);
}

TEST(FairQueueTest, DebtDoesNotOutliveContention) {
  FairQueue queue(WithSlots(1));
  const NodeId org = queue.AddOrg({});
  const NodeId a = queue.AddTenant(org, {}, 0);
  const NodeId b = queue.AddTenant(org, {}, 0);
  Add(queue, a, 1);
  queue.Complete(queue.Dispatch(0)->id, kHourNs, kHourNs);  // an hour of debt, and then nothing to do for anyone
  for (uint64_t i = 0; i < 10; ++i) {
    Add(queue, a, 1, Lane::kNormal, kHourNs);
    Add(queue, b, 2, Lane::kNormal, kHourNs);
  }
  TimeNs now = kHourNs;
  const std::vector<uint64_t> jobs = Serve(queue, 10, &now);
  EXPECT_EQ(std::count(jobs.begin(), jobs.end(), 1), 5);
}

TEST(FairQueueTest, LanesOrderATenantsJobsByTimeAndOffset) {
  FairQueue queue(WithSlots(1));
  const NodeId tenant = queue.AddTenant(queue.root(), {}, 0);
  Add(queue, tenant, 1, Lane::kBackground, 0);
  Add(queue, tenant, 2, Lane::kNormal, 30 * kSecondNs);
  Add(queue, tenant, 3, Lane::kNormal, 10 * kMinuteNs);
  Add(queue, tenant, 4, Lane::kUrgent, 10 * kMinuteNs);
  Add(queue, tenant, 5, Lane::kUrgent, 61 * kMinuteNs);
  TimeNs now = 62 * kMinuteNs;
  // Job 2 waited five minutes longer than any urgent one; job 1 came an hour before job 5.
  EXPECT_EQ(Serve(queue, 5, &now), (std::vector<uint64_t>{2, 4, 3, 1, 5}));
}

TEST(FairQueueTest, UrgentBeyondItsQuotaIsHandledAsNormal) {
  FairQueue queue(WithSlots(10));
  const NodeId tenant = queue.AddTenant(queue.root(), {.cap = 5, .urgent_share_ppm = 200'001}, 0);  // ⌈1.000005⌉ = 2
  Add(queue, tenant, 100, Lane::kNormal, 0);
  for (uint64_t i = 0; i < 4; ++i) Add(queue, tenant, i, Lane::kUrgent, kSecondNs);
  std::vector<Turn> turns;
  while (auto turn = queue.Dispatch(kSecondNs)) turns.push_back(*turn);
  ASSERT_EQ(turns.size(), 5u);
  const std::vector<uint64_t> jobs = {turns[0].job, turns[1].job, turns[2].job, turns[3].job, turns[4].job};
  EXPECT_EQ(jobs, (std::vector<uint64_t>{0, 1, 100, 2, 3}));
  EXPECT_EQ(turns[1].lane, Lane::kUrgent);
  EXPECT_EQ(turns[3].lane, Lane::kNormal);
}

TEST(FairQueueTest, FifoIsArrivalOrderAcrossTenantsAndKnowsNoCaps) {
  FairQueue queue(WithSlots(100, Strategy::kFifo));
  const NodeId org = queue.AddOrg({.cap = 1});
  const NodeId a = queue.AddTenant(org, {.weight = 9, .cap = 1}, 0);
  const NodeId b = queue.AddTenant(queue.root(), {}, 0);
  std::vector<uint64_t> arrivals;
  for (uint64_t i = 0; i < 40; ++i) {
    Add(queue, i % 3 == 0 ? b : a, i, i % 5 == 0 ? Lane::kUrgent : Lane::kBackground, static_cast<TimeNs>(i / 4));
    arrivals.push_back(i);
  }
  EXPECT_EQ(DispatchAll(queue, 100), arrivals);
}

TEST(FairQueueTest, RoundRobinGivesEqualTurnsHoweverLong) {
  FairQueue queue(WithSlots(1, Strategy::kRoundRobin));
  const NodeId a = queue.AddTenant(queue.root(), {.weight = 9, .cap = 1}, 0);
  const NodeId b = queue.AddTenant(queue.root(), {}, 0);
  for (uint64_t i = 0; i < 50; ++i) {
    queue.Enqueue(a, 1, Lane::kNormal, 0, 100 * kSecondNs, 0);
    queue.Enqueue(b, 2, Lane::kNormal, 0, kSecondNs, 0);
  }
  TimeNs now = 0;
  const std::vector<uint64_t> jobs = Serve(queue, 40, &now);
  for (size_t i = 0; i + 1 < jobs.size(); ++i) EXPECT_NE(jobs[i], jobs[i + 1]);
}

TEST(FairQueueTest, ARefusalSaysWhenTheTenantsOwnQueueWillHaveDrained) {
  FairQueue queue(WithSlots(1));
  const NodeId tenant = queue.AddTenant(queue.root(), {.waiting_max = 3}, 0);
  for (uint64_t i = 0; i < 3; ++i) Add(queue, tenant, i);
  Admission refused = queue.Enqueue(tenant, 3, Lane::kNormal, 0, 7 * kSecondNs, 0);
  EXPECT_EQ(refused.refusal, Refusal::kTenantFull);
  EXPECT_EQ(refused.retry_after_ns, 7 * kSecondNs);  // nothing known yet: one turn as estimated
  TimeNs now = 0;
  for (int i = 0; i < 40; ++i) {
    Serve(queue, 1, &now, 2 * kSecondNs);
    Add(queue, tenant, 4, Lane::kNormal, now);
  }
  refused = queue.Enqueue(tenant, 5, Lane::kNormal, now, 7 * kSecondNs, now);
  EXPECT_FALSE(refused.accepted);
  EXPECT_EQ(refused.retry_after_ns, 2 * kSecondNs);
  EXPECT_EQ(queue.Counters(tenant).refused, 2u);
}

TEST(FairQueueTest, GuaranteedSharesFitTheRoom) {
  const std::vector<uint64_t> weights = {10, 3, 3, 1};
  uint64_t sum = 0;
  for (const uint64_t weight : weights) sum += GuaranteedShare(2'000, weight, 17);
  EXPECT_LE(sum, 1'000u);
  EXPECT_GT(sum, 995u);
}

TEST(FairQueueTest, TagsDoNotOverflowAfterACenturyOfSlotTime) {
  FairQueue queue(WithSlots(1));
  const NodeId tenant = queue.AddTenant(queue.root(), {.weight = 1}, 0);
  const NodeId other = queue.AddTenant(queue.root(), {.weight = 1}, 0);
  const DurationNs century = 36'500 * kDayNs;
  for (int i = 0; i < 200; ++i) {
    queue.Enqueue(tenant, 1, Lane::kNormal, 0, century, 0);
    queue.Enqueue(other, 2, Lane::kNormal, 0, century, 0);
  }
  uint64_t last = 0;
  for (int i = 0; i < 400; ++i) {
    const auto turn = queue.Dispatch(0);
    EXPECT_NE(turn->job, last);
    last = turn->job;
    queue.Complete(turn->id, century, 0);
  }
}

TEST(FairQueueDeathTest, MisuseIsABug) {
  FairQueue queue(WithSlots(1));
  const NodeId org = queue.AddOrg({});
  const NodeId tenant = queue.AddTenant(org, {}, 0);
  Add(queue, tenant, 1);
  const auto turn = queue.Dispatch(0);
  queue.Complete(turn->id, kSecondNs, 0);
  EXPECT_DEATH(queue.Complete(turn->id, kSecondNs, 0), "a turn ends once");
  EXPECT_DEATH(queue.Enqueue(org, 1, Lane::kNormal, 0, 1, 0), "not a tenant");
  EXPECT_DEATH(queue.Unpark(tenant, 0), "no parked run");
}

}  // namespace
}  // namespace bylaw::sched
