#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "base/prng.h"
#include "runtime/durable/directory.h"
#include "runtime/durable/journal.h"
#include "runtime/durable/memory_store.h"
#include "runtime/durable/tenant_data.h"

namespace bylaw::durable {
namespace {

// Names that begin alike, end alike, and hold bytes that a careless key would split at.
const char* const kNames[] = {"a", "ab", "a\x01", "b", "a b", "a/b", "d", "m", "t", "ta", "\xFF", "a\xFF"};

TEST(TenantData, NobodyReadsAnothersCanary) {
  MemoryStore store;
  Journal journal(&store);
  Prng prng(3);
  std::map<std::string, int> runs, months;
  for (int i = 0; i < 400; ++i) {
    const std::string tenant = kNames[prng.Below(std::size(kNames))];
    const RunName run{1, static_cast<uint32_t>(i), 0x0064'7278};
    WithTenant(store, tenant, [&](auto mine) {
      mine.KeepRun(journal.batch(), mine.Run(run), "state canary-" + tenant);
      mine.KeepText(journal.batch(), mine.Run(run), "r", "text canary-" + tenant);
      mine.KeepMonth(journal.batch(), i % 24 - 12, i);
    });
    ++runs[tenant];
  }
  ASSERT_TRUE(journal.Commit(journal.Seal()).ok());
  for (const std::string tenant : kNames) {
    WithTenant(store, tenant, [&](auto mine) {
      int found = 0;
      ASSERT_TRUE(mine.ForEachRun([&](const auto& run, std::string_view state) {
                        EXPECT_EQ(state, "state canary-" + tenant);
                        EXPECT_EQ(run.name().generation, 0x0064'7278u);
                        int texts = 0;
                        EXPECT_TRUE(mine.ForEachText(run,
                                                     [&](std::string_view name, std::string_view text) {
                                                       EXPECT_EQ(name, "r");
                                                       EXPECT_EQ(text, "text canary-" + tenant);
                                                       ++texts;
                                                     })
                                        .ok());
                        EXPECT_EQ(texts, 1);
                        ++found;
                      })
                      .ok());
      EXPECT_EQ(found, runs[tenant]) << tenant;
      int32_t before = INT32_MIN;
      ASSERT_TRUE(mine.ForEachMonth([&](int32_t month, int64_t) {
                        EXPECT_GT(month, before);
                        before = month;
                      })
                      .ok());
    });
  }
  const absl::StatusOr<std::vector<std::string>> all = Directory(&store).Tenants();
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->size(), std::size(kNames));
}

TEST(TenantData, RemovingOnesDataLeavesTheOthersAndTheMonths) {
  MemoryStore store;
  Journal journal(&store);
  for (const std::string tenant : kNames) {
    WithTenant(store, tenant, [&](auto mine) {
      for (uint32_t i = 0; i < 3; ++i) {
        mine.KeepRun(journal.batch(), mine.Run({1, i, 0}), fmt::format("canary-{}-{}", tenant, i));
        mine.KeepText(journal.batch(), mine.Run({1, i, 0}), "note", fmt::format("text-{}-{}", tenant, i));
      }
      mine.KeepMonth(journal.batch(), 5, 77);
    });
  }
  ASSERT_TRUE(journal.Commit(journal.Seal()).ok());
  Removal removal;
  WithTenant(store, "a", [&](auto mine) { mine.RemoveAllRuns(&removal); });
  WithTenant(store, "ab", [&](auto mine) { mine.RemoveRun(&removal, mine.Run({1, 1, 0})); });
  ASSERT_TRUE(Directory(&store).Purge(removal).ok());
  EXPECT_FALSE(store.Contains("canary-a-"));
  EXPECT_FALSE(store.Contains("text-a-"));
  EXPECT_FALSE(store.Contains("canary-ab-1"));
  EXPECT_TRUE(store.Contains("canary-ab-0"));
  EXPECT_TRUE(store.Contains("text-a b-2"));
  int64_t kept = 0;
  WithTenant(store, "a",
             [&](auto mine) { EXPECT_TRUE(mine.ForEachMonth([&](int32_t, int64_t micros) { kept = micros; }).ok()); });
  EXPECT_EQ(kept, 77);
}

TEST(Directory, CountsBootsAndKeepsLayoutsAndOrgs) {
  MemoryStore store;
  Directory directory(&store);
  EXPECT_EQ(*directory.CountBoot(), 1u);
  EXPECT_EQ(*directory.CountBoot(), 2u);
  Journal journal(&store);
  directory.KeepLayout(journal.batch(), 0, "first");
  directory.KeepLayout(journal.batch(), 1, "second");
  directory.KeepOrgMonth(journal.batch(), "group", -3, 12);
  ASSERT_TRUE(journal.Commit(journal.Seal()).ok());
  EXPECT_THAT(*directory.Layouts(), ::testing::ElementsAre("first", "second"));
  std::vector<std::pair<int32_t, int64_t>> months;
  const auto visit = [&](int32_t month, int64_t micros) { months.emplace_back(month, micros); };
  ASSERT_TRUE(directory.ForEachOrgMonth("group", visit).ok());
  ASSERT_TRUE(directory.ForEachOrgMonth("grou", visit).ok());
  EXPECT_THAT(months, ::testing::ElementsAre(std::pair(-3, 12)));
}

TEST(Journal, CommitsOfManyThreadsMeetAndNoneIsLost) {
  MemoryStore store;
  Journal journal(&store);
  std::mutex engine;
  constexpr uint32_t kThreads = 4, kEach = 300;
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < kEach; ++i) {
        uint64_t ticket = 0;
        {
          const std::lock_guard lock(engine);
          WithTenant(store, "a", [&](auto mine) { mine.KeepRun(journal.batch(), mine.Run({t, i, 0}), "state"); });
          ticket = journal.Seal();
        }
        EXPECT_TRUE(journal.Commit(ticket).ok());
        EXPECT_GE(journal.committed(), ticket);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  uint32_t found = 0;
  WithTenant(store, "a",
             [&](auto mine) { EXPECT_TRUE(mine.ForEachRun([&](const auto&, std::string_view) { ++found; }).ok()); });
  EXPECT_EQ(found, kThreads * kEach);
  EXPECT_LE(store.applies(), uint64_t{kThreads} * kEach);
}

TEST(Journal, AFailedWritePoisonsAndIsNeverTriedAgain) {
  MemoryStore store;
  Journal journal(&store);
  const auto keep = [&](uint32_t i) {
    WithTenant(store, "a", [&](auto mine) { mine.KeepRun(journal.batch(), mine.Run({1, i, 0}), "state"); });
    return journal.Commit(journal.Seal());
  };
  EXPECT_TRUE(keep(1).ok());
  const uint64_t committed = journal.committed();
  store.FailAfter(0);
  EXPECT_FALSE(keep(2).ok());
  const uint64_t applies = store.applies();
  EXPECT_TRUE(journal.failed());
  EXPECT_FALSE(keep(3).ok());
  EXPECT_FALSE(journal.Commit(0).ok()) << "even what had been committed is not said to be well";
  EXPECT_EQ(store.applies(), applies);
  EXPECT_EQ(journal.committed(), committed);
}

}  // namespace
}  // namespace bylaw::durable
