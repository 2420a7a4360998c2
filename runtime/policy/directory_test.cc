#include "runtime/policy/directory.h"

#include "gtest/gtest.h"

namespace bylaw::policy {
namespace {

TEST(DirectoryTest, ANameKeepsItsNumberAndNobodyElseGetsIt) {
  NameTable<EndpointId> table;
  EXPECT_EQ(table.Add("eu"), EndpointId(0));
  EXPECT_EQ(table.Add("us"), EndpointId(1));
  EXPECT_EQ(table.Find("us"), EndpointId(1));
  EXPECT_FALSE(table.Find("asia").valid());
  EXPECT_EQ(table.NameOf(EndpointId(0)), "eu");
  EXPECT_EQ(table.Add("eu"), EndpointId(2)) << "only a first policy made by hand has equal names";
  EXPECT_EQ(table.Find("eu"), EndpointId(0));
}

TEST(NumberingTest, TranslatesBothWaysAndKnowsWhatIsMissing) {
  const Numbering<EndpointId> numbering({EndpointId(3), EndpointId(0)}, 4);
  EXPECT_FALSE(numbering.identity());
  EXPECT_EQ(numbering.Known(EndpointId(0)), EndpointId(3));
  EXPECT_EQ(numbering.Own(EndpointId(3)), EndpointId(0));
  EXPECT_EQ(numbering.Own(EndpointId(0)), EndpointId(1));
  EXPECT_FALSE(numbering.Own(EndpointId(1)).valid());
  EXPECT_FALSE(numbering.Own(EndpointId(9)).valid()) << "a name that came later";
  EXPECT_FALSE(numbering.Known(EndpointId::None()).valid());
  EXPECT_TRUE(Numbering<EndpointId>({EndpointId(0), EndpointId(1)}, 3).identity());
}

}  // namespace
}  // namespace bylaw::policy
