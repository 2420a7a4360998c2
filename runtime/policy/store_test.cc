#include "runtime/policy/store.h"

#include <memory>

#include "gtest/gtest.h"

namespace bylaw::policy {
namespace {

using Policies = Store<std::shared_ptr<int>>;

TEST(StoreTest, AnOldEditionIsFreedWithItsLastPin) {
  Policies store;
  auto first = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = first;
  Policies::Edition& old = store.Publish(std::move(first));
  EXPECT_EQ(old.epoch, 0u);
  store.Pin(old);
  store.Pin(old);
  EXPECT_EQ(store.Publish(std::make_shared<int>(2)).epoch, 1u);
  store.Unpin(old);
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(store.Find(0), &old);
  EXPECT_EQ(store.editions().size(), 2u);
  store.Unpin(old);
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(store.Find(0), nullptr);
  EXPECT_EQ(store.editions().size(), 1u);
}

TEST(StoreTest, AnUnpinnedEditionIsFreedByItsSuccessor) {
  Policies store;
  auto first = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = first;
  store.Publish(std::move(first));
  store.Publish(std::make_shared<int>(2));
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(*store.current().held, 2);
}

TEST(StoreTest, EditionsInBetweenGoWithoutTheOlderOnes) {
  Policies store;
  Policies::Edition& first = store.Publish(std::make_shared<int>(0));
  store.Pin(first);
  for (int i = 1; i < 1'000; ++i) store.Publish(std::make_shared<int>(i));
  EXPECT_EQ(store.editions().size(), 2u);
  EXPECT_EQ(*store.Find(0)->held, 0);
  EXPECT_EQ(store.current().epoch, 999u);
}

TEST(StoreDeathTest, UnpinningTwiceIsABug) {
  Policies store;
  Policies::Edition& edition = store.Publish(nullptr);
  store.Pin(edition);
  store.Unpin(edition);
  EXPECT_DEATH(store.Unpin(edition), "unpinned once for each pin");
}

}  // namespace
}  // namespace bylaw::policy
