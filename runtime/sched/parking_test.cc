// Runs that give their slot back and return with their place in time, and bursts above the cap.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "runtime/sched/fair_queue.h"
#include "runtime/sched/fair_queue_test_support.h"

namespace bylaw::sched {
namespace {

using abi::Lane;

TEST(ParkingTest, AWokenRunKeepsItsPlaceInTime) {
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

TEST(ParkingTest, AParkedRunGivesItsSlotBackAndGoesOnCounting) {
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

TEST(ParkingTest, HeldWorkOfAnOrgAtItsCapDoesNotMoveTheOthersPlaces) {
  FairQueue queue(WithSlots(1));
  const NodeId org = queue.AddOrg({.cap = 1});
  const NodeId parks = queue.AddTenant(org, {}, 0);
  const NodeId waits = queue.AddTenant(org, {}, 0);
  const NodeId comes_late = queue.AddTenant(org, {}, 0);
  Add(queue, parks, 1);
  for (uint64_t i = 0; i < 20; ++i) Add(queue, waits, 2);
  TimeNs now = 0;
  for (int i = 0; i < 20; ++i) {
    const auto turn = queue.Dispatch(now);
    ASSERT_EQ(turn->job, 1u);  // the only work that the org's cap lets through
    now += kSecondNs;
    queue.Park(turn->id, kSecondNs, now);
    queue.Wake(parks, 1, Lane::kNormal, 0, kSecondNs, /*held=*/true, now);
  }
  queue.Complete(queue.Dispatch(now)->id, kSecondNs, now);
  for (uint64_t i = 0; i < 20; ++i) Add(queue, comes_late, 3, Lane::kNormal, now);
  const std::vector<uint64_t> jobs = Serve(queue, 10, &now);
  EXPECT_EQ(std::count(jobs.begin(), jobs.end(), 3), 5);
}

TEST(ParkingTest, HeldWorkOfAnOrgAtItsCapGoesByItsMembersMinimums) {
  FairQueue queue(WithSlots(2));
  const NodeId org = queue.AddOrg({.cap = 2});
  const NodeId large = queue.AddTenant(org, {.weight = 100}, 0);
  const NodeId owed = queue.AddTenant(org, {.weight = 1, .slots_min = 1}, 0);
  const NodeId outside = queue.AddTenant(queue.root(), {.weight = 1'000}, 0);
  Add(queue, large, 1);
  Add(queue, owed, 2);
  for (int i = 0; i < 2; ++i) queue.Park(queue.Dispatch(0)->id, kSecondNs, 0);
  queue.SetSlots(1, kSecondNs);
  Add(queue, outside, 3, Lane::kNormal, kSecondNs);
  queue.Wake(large, 1, Lane::kNormal, 0, kSecondNs, /*held=*/true, kSecondNs);
  queue.Wake(owed, 2, Lane::kNormal, 0, kSecondNs, /*held=*/true, kSecondNs);
  TimeNs now = kSecondNs;
  EXPECT_EQ(Serve(queue, 3, &now).front(), 2u) << "it has no slot and is promised one";
}

TEST(ParkingTest, UnparkAndCancelMakeRoomUnderTheCap) {
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

TEST(ParkingTest, BurstsUseIdleSlotsOnlyAndArePaidBack) {
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

}  // namespace
}  // namespace bylaw::sched
