#include "runtime/policy/store.h"

#include <memory>

#include "gtest/gtest.h"

namespace bylaw::policy {
namespace {

std::shared_ptr<abi::PolicyImage> Image() { return std::make_shared<abi::PolicyImage>(); }

TEST(StoreTest, AnImageThatWasNotProvedIsRefusedAndTheLastGoodOneStays) {
  Store store;
  ASSERT_TRUE(store.Publish(Image()).ok());
  auto unproved = Image();
  unproved->replay_only = true;
  EXPECT_EQ(store.Publish(unproved).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store.Publish(nullptr).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store.current(), 0u);
}

TEST(StoreTest, AnOldImageIsFreedWithItsLastPin) {
  Store store;
  auto first = Image();
  const std::weak_ptr<const abi::PolicyImage> watch = first;
  ASSERT_TRUE(store.Publish(std::move(first)).ok());
  const Epoch pinned = store.Pin();
  EXPECT_EQ(store.Pin(), pinned);
  ASSERT_TRUE(store.Publish(Image()).ok());
  store.Unpin(pinned);
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(store.live_epochs(), 2u);
  store.Unpin(pinned);
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(store.live_epochs(), 1u);
}

TEST(StoreTest, AnUnpinnedImageIsFreedByItsSuccessor) {
  Store store;
  auto first = Image();
  const std::weak_ptr<const abi::PolicyImage> watch = first;
  ASSERT_TRUE(store.Publish(std::move(first)).ok());
  ASSERT_TRUE(store.Publish(Image()).ok());
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace bylaw::policy
