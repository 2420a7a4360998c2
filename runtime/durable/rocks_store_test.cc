// The store on disk: what is kept survives, what is erased is gone from the files, what fails stays failed.
#include "runtime/durable/rocks_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "runtime/durable/directory.h"
#include "runtime/durable/journal.h"
#include "runtime/durable/tenant_data.h"

namespace bylaw::durable {
namespace {

class Folder {
 public:
  explicit Folder(const std::string& name) : path_(::testing::TempDir() + "bylaw-rocks-" + name) {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  // Is there a file with these bytes in it?
  bool Contains(const std::string& text) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      if (content.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  std::string path_;
};

std::unique_ptr<RocksStore> MustOpen(const Folder& folder, rocksdb::Env* env = nullptr) {
  absl::StatusOr<std::unique_ptr<RocksStore>> store = RocksStore::Open(folder.path(), env);
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

absl::Status Keep(Store& store, Journal& journal, const std::string& tenant, uint32_t run, const std::string& text) {
  WithTenant(store, tenant, [&](auto mine) {
    mine.KeepRun(journal.batch(), mine.Run({1, run, 0}), "state");
    mine.KeepText(journal.batch(), mine.Run({1, run, 0}), "note", text);
  });
  return journal.Commit(journal.Seal());
}

int CountRuns(Store& store, const std::string& tenant) {
  int count = 0;
  WithTenant(store, tenant,
             [&](auto mine) { EXPECT_TRUE(mine.ForEachRun([&](const auto&, std::string_view) { ++count; }).ok()); });
  return count;
}

TEST(RocksStore, WhatIsCommittedIsThereWhenOpenedAgain) {
  const Folder folder("again");
  {
    const auto store = MustOpen(folder);
    Journal journal(store.get());
    EXPECT_EQ(*Directory(store.get()).CountBoot(), 1u);
    for (uint32_t i = 0; i < 10; ++i) ASSERT_TRUE(Keep(*store, journal, "bank", i, "text").ok());
  }
  const auto store = MustOpen(folder);
  EXPECT_EQ(*Directory(store.get()).CountBoot(), 2u);
  EXPECT_EQ(CountRuns(*store, "bank"), 10);
  EXPECT_EQ(CountRuns(*store, "ban"), 0);
}

TEST(RocksStore, ErasedDataIsInNoFileAnyMore) {
  const Folder folder("erase");
  const auto store = MustOpen(folder);
  Journal journal(store.get());
  for (uint32_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(Keep(*store, journal, "bank", i, fmt::format("canary-of-bank-{:02}", i)).ok());
    ASSERT_TRUE(Keep(*store, journal, "union", i, fmt::format("canary-of-union-{:02}", i)).ok());
  }
  ASSERT_TRUE(folder.Contains("canary-of-bank-07"));
  Removal one;
  WithTenant(*store, "bank", [&](auto mine) { mine.RemoveRun(&one, mine.Run({1, 7, 0})); });
  ASSERT_TRUE(Directory(store.get()).Purge(one).ok());
  EXPECT_FALSE(folder.Contains("canary-of-bank-07"));
  EXPECT_TRUE(folder.Contains("canary-of-bank-08"));
  Removal all;
  WithTenant(*store, "bank", [&](auto mine) { mine.RemoveAllRuns(&all); });
  ASSERT_TRUE(Directory(store.get()).Purge(all).ok());
  EXPECT_FALSE(folder.Contains("canary-of-bank"));
  EXPECT_TRUE(folder.Contains("canary-of-union-49"));
  EXPECT_EQ(CountRuns(*store, "bank"), 0);
  EXPECT_EQ(CountRuns(*store, "union"), 50);
}

// A disk whose syncs fail when told to.
class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, const std::atomic<bool>* fails,
              std::atomic<uint64_t>* tried)
      : FSWritableFileOwnerWrapper(std::move(file)), fails_(fails), tried_(tried) {}
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (!*fails_) return target()->Sync(options, debug);
    ++*tried_;
    return rocksdb::IOStatus::IOError("sync failed");
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }

 private:
  const std::atomic<bool>* fails_;
  std::atomic<uint64_t>* tried_;
};

class FailingDisk final : public rocksdb::FileSystemWrapper {
 public:
  FailingDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FailingDisk"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    rocksdb::IOStatus status = target()->NewWritableFile(name, options, &file, debug);
    if (status.ok()) *result = std::make_unique<FailingFile>(std::move(file), &fails, &tried);
    return status;
  }

  std::atomic<bool> fails{false};
  std::atomic<uint64_t> tried{0};
};

TEST(RocksStore, AFailedSyncPoisonsAndIsNeverTriedAgain) {
  const Folder folder("sync");
  const auto disk = std::make_shared<FailingDisk>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
  {
    const auto store = MustOpen(folder, env.get());
    Journal journal(store.get());
    ASSERT_TRUE(Keep(*store, journal, "bank", 1, "acknowledged").ok());
    disk->fails = true;
    EXPECT_FALSE(Keep(*store, journal, "bank", 2, "never acknowledged").ok());
    disk->fails = false;  // the disk is well again: too late
    const uint64_t tried = disk->tried;
    EXPECT_EQ(tried, 1u);
    EXPECT_FALSE(Keep(*store, journal, "bank", 3, "never tried").ok());
    EXPECT_TRUE(journal.failed());
    EXPECT_FALSE(store->status().ok());
    Removal removal;
    WithTenant(*store, "bank", [&](auto mine) { mine.RemoveAllRuns(&removal); });
    EXPECT_FALSE(Directory(store.get()).Purge(removal).ok());
  }
  const auto store = MustOpen(folder);
  EXPECT_GE(CountRuns(*store, "bank"), 1);
  EXPECT_FALSE(folder.Contains("never tried"));
}

TEST(RocksStore, DamageInTheMiddleOfTheWriteAheadLogRefusesToOpen) {
  const Folder folder("damage");
  {
    const auto store = MustOpen(folder);
    Journal journal(store.get());
    for (uint32_t i = 0; i < 200; ++i) ASSERT_TRUE(Keep(*store, journal, "bank", i, std::string(100, 'x')).ok());
  }
  std::filesystem::path log;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().extension() == ".log" && std::filesystem::file_size(entry.path()) > 1'000) log = entry.path();
  }
  ASSERT_FALSE(log.empty());
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(log)) / 2);
  file.write("?!", 2);
  file.close();
  EXPECT_FALSE(RocksStore::Open(folder.path()).ok());
}

}  // namespace
}  // namespace bylaw::durable
