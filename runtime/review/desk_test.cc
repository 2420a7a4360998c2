// A flooded desk holds up the flood; who has a head start; whose questions leave the line.
#include "runtime/review/desk.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bylaw::review {
namespace {

abi::TenantRecord Tenant(uint32_t id, uint32_t tier = 0, uint32_t weight = 1) {
  abi::TenantRecord record{};
  record.tenant = TenantId(id);
  record.tier = TierId(tier);
  record.weight = weight;
  return record;
}

// Which runs are taken up, one after the other, by one person.
std::vector<uint64_t> Order(Desk& desk) {
  std::vector<uint64_t> order;
  while (const std::optional<uint64_t> run = desk.Begin()) {
    order.push_back(*run);
    desk.End();
  }
  return order;
}

TEST(DeskTest, AFloodHoldsUpOnlyItself) {
  Desk fair(1, kMinuteNs, /*first_come=*/false), fifo(1, kMinuteNs, /*first_come=*/true);
  for (Desk* desk : {&fair, &fifo}) {
    for (uint32_t run = 0; run < 100; ++run) desk->Ask(Tenant(1), run, 1);
    desk->Ask(Tenant(2), 1'000, 1);
  }
  const std::vector<uint64_t> turns = Order(fair), queue = Order(fifo);
  EXPECT_LE(std::find(turns.begin(), turns.end(), 1'000u) - turns.begin(), 2);
  EXPECT_EQ(queue.back(), 1'000u);
}

TEST(DeskTest, WeightsShareAndTiersHaveAHeadStartButNobodyWaitsForEver) {
  abi::ReviewersInfo info;
  info.staff = 1;
  info.serves = {TierId(1), TierId(0)};
  Desk desk = Desk::Of(info, kMinuteNs, false);
  for (uint32_t run = 0; run < 60; ++run) {
    desk.Ask(Tenant(1, 0), run, 1);
    desk.Ask(Tenant(2, 1, 2), 100 + run, 1);
  }
  const std::vector<uint64_t> order = Order(desk);
  EXPECT_EQ(order.front(), 100u);
  EXPECT_NEAR(std::count_if(order.begin(), order.begin() + 30, [](uint64_t run) { return run >= 100; }), 20, 2);
  EXPECT_EQ(order.size(), 120u);
}

TEST(DeskTest, StaffBoundsWhatGoesOnAtOnceAndEachAnswerIsAsked) {
  Desk desk(2, kMinuteNs, false);
  desk.Ask(Tenant(1), 7, 3);
  EXPECT_EQ(desk.Begin(), 7u);
  EXPECT_EQ(desk.Begin(), 7u);
  EXPECT_EQ(desk.Begin(), std::nullopt);
  desk.End();
  EXPECT_EQ(desk.Begin(), 7u);
}

TEST(DeskTest, WhatIsWithdrawnIsAskedOfNobody) {
  Desk desk(1, kMinuteNs, false);
  desk.Ask(Tenant(1), 7, 2);
  desk.Ask(Tenant(1), 8, 1);
  desk.Ask(Tenant(2), 9, 1);
  EXPECT_EQ(desk.Begin(), 7u);
  EXPECT_EQ(desk.Withdraw(TenantId(1), 7), 1u) << "the other one has been taken up";
  EXPECT_EQ(desk.Withdraw(TenantId(2), 9), 1u);
  EXPECT_EQ(desk.Withdraw(TenantId(3), 9), 0u);
  EXPECT_EQ(desk.waiting(), 1u);
  desk.End();
  EXPECT_EQ(desk.Begin(), 8u);
  desk.End();
  EXPECT_EQ(desk.Begin(), std::nullopt);
}

}  // namespace
}  // namespace bylaw::review
