#include "runtime/route/overlay.h"

#include "gtest/gtest.h"

namespace bylaw::route {
namespace {

abi::PolicyImage ImageOf(size_t endpoints) {
  abi::PolicyImage image;
  for (size_t i = 0; i < endpoints; ++i) {
    abi::EndpointInfo endpoint;
    endpoint.resource = ResourceId(static_cast<uint32_t>(i % 3));
    image.endpoints.push_back(endpoint);
  }
  return image;
}

TEST(OverlayTest, HealthGoesBothWaysAndStartsUp) {
  const abi::PolicyImage image = ImageOf(70);
  Overlay overlay(image);
  EXPECT_TRUE(overlay.up().Has(EndpointId(69)));
  EXPECT_EQ(overlay.up().words()[1], (uint64_t{1} << 6) - 1) << "no bit past the last endpoint";
  EXPECT_TRUE(overlay.SetUp(EndpointId(69), false));
  EXPECT_FALSE(overlay.SetUp(EndpointId(69), false));
  EXPECT_FALSE(overlay.up().Has(EndpointId(69)));
  EXPECT_TRUE(overlay.SetUp(EndpointId(69), true));
  EXPECT_TRUE(overlay.up().Has(EndpointId(69)));
}

TEST(OverlayTest, RevokingAResourceRevokesEveryEndpointOfIt) {
  const abi::PolicyImage image = ImageOf(70);
  Overlay overlay(image);
  EXPECT_TRUE(overlay.Revoke(ResourceId(1)));
  for (uint32_t i = 0; i < 70; ++i) EXPECT_EQ(overlay.unrevoked().Has(EndpointId(i)), i % 3 != 1) << i;
  EXPECT_FALSE(overlay.Revoke(ResourceId(1)));
  EXPECT_FALSE(overlay.Revoke(EndpointId(4)));
}

TEST(PermittedMasksTest, FollowDatesRevocationsAndAWallClockThatJumpsBack) {
  abi::PolicyImage image = ImageOf(3);
  abi::ShapeInfo shape;
  shape.legal_from = {kBeginningOfTimeNs, 100, 200};
  shape.legal = {{0b011}, {0b111}, {0b100}};
  image.shapes.push_back(shape);
  Overlay overlay(image);
  PermittedMasks masks(image);
  EXPECT_EQ(masks.For(ShapeId(0), 50, overlay)[0], 0b011u);
  EXPECT_EQ(masks.For(ShapeId(0), 100, overlay)[0], 0b111u);
  EXPECT_EQ(masks.For(ShapeId(0), 200, overlay)[0], 0b100u);
  EXPECT_EQ(masks.For(ShapeId(0), 199, overlay)[0], 0b111u);
  overlay.Revoke(EndpointId(1));
  EXPECT_EQ(masks.For(ShapeId(0), 199, overlay)[0], 0b101u);
  EXPECT_EQ(masks.NextChange(99), 100);
  EXPECT_EQ(masks.NextChange(100), 200);
  EXPECT_EQ(masks.NextChange(200), kForeverNs);
}

}  // namespace
}  // namespace bylaw::route
