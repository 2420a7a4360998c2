// Values are drawn in the shares that the scenario states.
#include "simulator/world.h"

#include <map>

#include "gtest/gtest.h"
#include "simulator/lending_for_test.h"

namespace bylaw::simulator {
namespace {

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
