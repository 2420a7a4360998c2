// The fair queue's plain behaviour, one subject a test; the invariants over random histories are in fairness_test.cc.
#include "runtime/sched/fair_queue.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace bylaw::sched
