#include "runtime/durable/rocks_store.h"

#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <utility>

namespace bylaw::durable {
namespace {

absl::Status ToStatus(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = std::string("cannot ") + std::string(doing) + ": " + status.ToString();
  return status.IsCorruption() ? absl::DataLossError(text) : absl::UnavailableError(text);
}

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view View(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// The first key behind all that begin with `prefix`.
std::string Behind(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

rocksdb::Options MakeOptions(rocksdb::Env* env) {
  rocksdb::Options options;
  if (env != nullptr) options.env = env;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  // A torn tail is a crash; a hole in the middle is not.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;  // what failed once is not tried again
  options.recycle_log_file_num = 0;
  options.keep_log_file_num = 4;
  options.max_background_jobs = 2;
  options.write_buffer_size = 16 << 20;
  // The compressors would have to be the same wherever the store is opened.
  options.compression = rocksdb::kNoCompression;
  return options;
}

}  // namespace

RocksStore::RocksStore(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {}
RocksStore::~RocksStore() = default;

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(const std::string& folder, rocksdb::Env* env) {
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(MakeOptions(env), folder, &db);
  if (!status.ok()) return ToStatus(status, "open the store in " + folder);
  return std::unique_ptr<RocksStore>(new RocksStore(std::unique_ptr<rocksdb::DB>(db)));
}

absl::Status RocksStore::status() const {
  const MutexLock lock(&mutex_);
  return status_;
}

absl::Status RocksStore::Poison(absl::Status status) {
  const MutexLock lock(&mutex_);
  if (status_.ok()) status_ = std::move(status);
  return status_;
}

absl::Status RocksStore::Apply(const Batch& batch) {
  if (absl::Status poisoned = status(); !poisoned.ok()) return poisoned;
  rocksdb::WriteBatch writes;
  rocksdb::Status status;
  for (const auto& [key, value] : batch.writes_) {
    status = value.has_value() ? writes.Put(key, *value) : writes.Delete(key);
    if (!status.ok()) return Poison(ToStatus(status, "write"));
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  status = db_->Write(options, &writes);
  return status.ok() ? absl::OkStatus() : Poison(ToStatus(status, "write"));
}

absl::StatusOr<std::optional<std::string>> RocksStore::Get(std::string_view key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return ToStatus(status, "read");
  return std::optional<std::string>(std::move(value));
}

absl::Status RocksStore::Scan(std::string_view prefix, const VisitFn& visit) const {
  const std::string end = Behind(std::string(prefix));
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options;
  if (!end.empty()) options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  for (it->Seek(ToSlice(prefix)); it->Valid(); it->Next()) visit(View(it->key()), View(it->value()));
  return ToStatus(it->status(), "read");
}

// Deleting hides values; flushing and compacting to the last level takes them out of the write-ahead log and the
// tables.
absl::Status RocksStore::Purge(const std::vector<std::string>& prefixes) {
  if (absl::Status poisoned = status(); !poisoned.ok()) return poisoned;
  if (prefixes.empty()) return absl::OkStatus();
  rocksdb::WriteBatch writes;
  for (const std::string& prefix : prefixes) {
    const rocksdb::Status status = writes.DeleteRange(db_->DefaultColumnFamily(), prefix, Behind(prefix));
    if (!status.ok()) return Poison(ToStatus(status, "erase"));
  }
  rocksdb::WriteOptions synced;
  synced.sync = true;
  rocksdb::Status status = db_->Write(synced, &writes);
  if (status.ok()) status = db_->Flush(rocksdb::FlushOptions());
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  if (status.ok()) status = db_->CompactRange(options, nullptr, nullptr);
  // A table that a compaction replaced is removed behind its back.
  if (status.ok()) status = db_->EnableFileDeletions(/*force=*/false);
  return status.ok() ? absl::OkStatus() : Poison(ToStatus(status, "erase"));
}

}  // namespace bylaw::durable
