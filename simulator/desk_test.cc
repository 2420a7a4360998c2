// A flooded desk holds up the flood; values are drawn in the shares that the scenario states.
#include "simulator/desk.h"

#include <algorithm>
#include <map>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/lending_for_test.h"
#include "simulator/world.h"

namespace bylaw::simulator {
namespace {

abi::TenantRecord Tenant(uint32_t id, uint32_t tier = 0, uint32_t weight = 1) {
  abi::TenantRecord record{};
  record.tenant = TenantId(id);
  record.tier = TierId(tier);
  record.weight = weight;
  return record;
}

// Which runs are taken up, one after the other, by one person.
std::vector<uint32_t> Order(Desk& desk) {
  std::vector<uint32_t> order;
  while (const std::optional<uint32_t> run = desk.Begin()) {
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
  const std::vector<uint32_t> turns = Order(fair), queue = Order(fifo);
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
  const std::vector<uint32_t> order = Order(desk);
  EXPECT_EQ(order.front(), 100u);
  EXPECT_NEAR(std::count_if(order.begin(), order.begin() + 30, [](uint32_t run) { return run >= 100; }), 20, 2);
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

TEST(WorldTest, ValuesAreDrawnInTheirShares) {
  abi::PolicyImage image = *Institutions();
  image.workflows[0].slots = {abi::SlotInfo()};
  image.workflows[0].slots[0].type = abi::SlotType::kNumber;
  image.workflows[0].input_count = 1;
  Scenario scenario;
  const auto usual = [&](double score, uint32_t share_ppm) {
    UsualValue value;
    value.value.value.number = score;
    value.share_ppm = share_ppm;
    scenario.values.push_back(value);
  };
  usual(0.9, 0);
  usual(0.4, 150'000);
  usual(0.1, 50'000);
  World world(image, scenario);
  std::map<double, int> seen;
  for (uint64_t run = 0; run < 10'000; ++run) ++seen[world.InputsOf(WorkflowId(0), run)[0].value.number];
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_NEAR(seen[0.4], 1'500, 150);
  EXPECT_NEAR(seen[0.1], 500, 100);
  EXPECT_EQ(World(image, scenario).InputsOf(WorkflowId(0), 17)[0].value.number,
            world.InputsOf(WorkflowId(0), 17)[0].value.number);
}

}  // namespace
}  // namespace bylaw::simulator
