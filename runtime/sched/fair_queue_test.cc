// The fair queue's plain behaviour, one subject a test; the invariants over random histories are in fairness_test.cc.
#include "runtime/sched/fair_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace bylaw::sched {
namespace {

using abi::Lane;

Options WithSlots(uint32_t slots, Strategy strategy = Strategy::kPolicy) {
  Options options;
  options.slots = slots;
  options.strategy = strategy;
  return options;
}

std::vector<uint64_t> DispatchAll(FairQueue& queue, TimeNs now) {
  std::vector<uint64_t> jobs;
  while (auto turn = queue.Dispatch(now)) jobs.push_back(turn->job);
  return jobs;
}

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

// Enqueues a job of one second at `time`; the test's own time is the enqueue time.
JobTicket Add(FairQueue& queue, NodeId tenant, uint64_t job, Lane lane = Lane::kNormal, TimeNs time = 0) {
  const Admission admission = queue.Enqueue(tenant, job, lane, time, kSecondNs, time);
  EXPECT_TRUE(admission.accepted);
  return admission.ticket;
}

std::vector<EventKind> Kinds(FairQueue& queue) {
  std::vector<Event> events;
  queue.TakeEvents(&events);
  std::vector<EventKind> kinds;
  for (const Event& event : events) kinds.push_back(event.kind);
  return kinds;
}

// Dispatches and completes one job after another on one slot.
std::vector<uint64_t> Serve(FairQueue& queue, int turns, TimeNs* now, DurationNs length = kSecondNs) {
  std::vector<uint64_t> jobs;
  for (int i = 0; i < turns; ++i) {
    const auto turn = queue.Dispatch(*now);
    if (!turn) break;
    jobs.push_back(turn->job);
    *now += length;
    queue.Complete(turn->id, length, *now);
    EXPECT_EQ(queue.CheckConsistency(), "");
  }
  return jobs;
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

TEST(FairQueueTest, AWokenRunKeepsItsPlaceInTime) {
  FairQueue queue(WithSlots(1));
  const NodeId tenant = queue.AddTenant(queue.root(), {}, 0);
  for (uint64_t i = 10; i < 14; ++i) Add(queue, tenant, i, Lane::kNormal, static_cast<TimeNs>(i) * kSecondNs);
  TimeNs now = kMinuteNs;
  queue.Wake(tenant, 1, Lane::kNormal, 12 * kSecondNs + 1, kSecondNs, /*held=*/false, now);
  queue.Wake(tenant, 0, Lane::kNormal, 5 * kSecondNs, kSecondNs, /*held=*/false, now);
  const JobTicket gone = queue.Wake(tenant, 2, Lane::kNormal, 6 * kSecondNs, kSecondNs, /*held=*/false, now);
  EXPECT_TRUE(queue.Cancel(gone, now));
  EXPECT_EQ(Serve(queue, 9, &now), (std::vector<uint64_t>{0, 10, 11, 12, 1, 13}));
}

TEST(FairQueueTest, AParkedRunGivesItsSlotBackAndGoesOnCounting) {
  FairQueue queue(WithSlots(1));
  const NodeId org = queue.AddOrg({.cap = 1});
  const NodeId tenant = queue.AddTenant(org, {.cap = 1}, 0);
  const NodeId other = queue.AddTenant(queue.root(), {}, 0);
  Add(queue, tenant, 1);
  Add(queue, tenant, 2);
  Add(queue, other, 3, Lane::kNormal, 1);
  const auto first = queue.Dispatch(0);
  ASSERT_EQ(first->job, 1u);
  queue.Park(first->id, kSecondNs, kSecondNs);
  EXPECT_EQ(queue.slots_in_use(), 0u);
  EXPECT_EQ(DispatchAll(queue, kSecondNs), (std::vector<uint64_t>{3}));  // job 2 has to wait for job 1
  queue.SetSlots(2, kSecondNs);
  EXPECT_FALSE(queue.Dispatch(kSecondNs).has_value());
  queue.Wake(tenant, 1, Lane::kNormal, 0, kSecondNs, /*held=*/true, 2 * kSecondNs);
  EXPECT_EQ(DispatchAll(queue, 2 * kSecondNs), (std::vector<uint64_t>{1}));
  EXPECT_EQ(queue.Counters(tenant).at_once, 1u);
  EXPECT_EQ(queue.CheckConsistency(), "");
}

TEST(FairQueueTest, UnparkAndCancelMakeRoomUnderTheCap) {
  FairQueue queue(WithSlots(4));
  const NodeId tenant = queue.AddTenant(queue.root(), {.cap = 2}, 0);
  for (uint64_t i = 0; i < 4; ++i) Add(queue, tenant, i);
  for (int i = 0; i < 2; ++i) queue.Park(queue.Dispatch(0)->id, kSecondNs, 0);
  const JobTicket woken = queue.Wake(tenant, 0, Lane::kNormal, 0, kSecondNs, /*held=*/true, 0);
  queue.Unpark(tenant, 0);
  EXPECT_TRUE(queue.Cancel(woken, 0));
  EXPECT_EQ(queue.Counters(tenant).at_once, 0u);
  EXPECT_EQ(DispatchAll(queue, 0), (std::vector<uint64_t>{2, 3}));
}

TEST(FairQueueTest, BurstsUseIdleSlotsOnlyAndArePaidBack) {
  FairQueue queue(WithSlots(4));
  const NodeId bursty =
      queue.AddTenant(queue.root(), {.cap = 2, .burst_ceiling = 3, .burst_duration_ns = 10 * kSecondNs}, 0);
  const NodeId other = queue.AddTenant(queue.root(), {}, 0);
  for (uint64_t i = 0; i < 20; ++i) Add(queue, bursty, i);
  Add(queue, other, 100);
  Add(queue, other, 101);
  std::vector<Turn> turns;
  while (auto turn = queue.Dispatch(0)) turns.push_back(*turn);
  ASSERT_EQ(turns.size(), 4u);
  EXPECT_EQ(queue.Counters(other).at_once, 2u);  // both before the burst
  for (const Turn& turn : turns) {
    if (turn.tenant == other) queue.Complete(turn.id, kSecondNs, kSecondNs);
  }
  const auto burst = queue.Dispatch(kSecondNs);
  ASSERT_TRUE(burst.has_value());
  EXPECT_TRUE(burst->bursting);
  EXPECT_FALSE(queue.Dispatch(kSecondNs).has_value());  // the ceiling
  EXPECT_EQ(queue.NextTimer(), 11 * kSecondNs);         // one slot above the cap for ten seconds
  EXPECT_EQ(Kinds(queue), (std::vector<EventKind>{EventKind::kCapHit, EventKind::kBurstStarted}));

  EXPECT_FALSE(queue.Dispatch(11 * kSecondNs).has_value());
  EXPECT_EQ(queue.Counters(bursty).cap, 1u);  // 2 − (3 − 2)
  for (const Turn& turn : {turns[0], turns[1], turns[2], turns[3]}) {
    if (turn.tenant == bursty) queue.Complete(turn.id, 11 * kSecondNs, 11 * kSecondNs);
  }
  EXPECT_FALSE(queue.Dispatch(11 * kSecondNs).has_value());  // the burst's own turn is the one that may run
  EXPECT_EQ(queue.NextTimer(), 21 * kSecondNs);              // one slot below the cap for ten seconds
  ASSERT_TRUE(queue.Dispatch(21 * kSecondNs).has_value());
  EXPECT_EQ(queue.Counters(bursty).cap, 2u);
  EXPECT_EQ(Kinds(queue),
            (std::vector<EventKind>{EventKind::kPaybackStarted, EventKind::kBurstEnded, EventKind::kPaybackEnded}));
  EXPECT_EQ(queue.CheckConsistency(), "");
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
