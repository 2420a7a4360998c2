// The store on disk: RocksDB, one synced write a batch, nothing retried.
//
// A write-ahead log whose tail was torn by a crash is read up to the last whole batch; damage anywhere else refuses to
// open, since what is behind it had been acknowledged. Values of erased keys are gone from the files when Purge
// returns. One process has the store open at a time.
#ifndef BYLAW_RUNTIME_DURABLE_ROCKS_STORE_H_
#define BYLAW_RUNTIME_DURABLE_ROCKS_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "runtime/durable/store.h"

namespace rocksdb {
class DB;
class Env;
}  // namespace rocksdb

namespace bylaw::durable {

class RocksStore final : public Store {
 public:
  // Opens the store in `folder`, made if it does not exist. `env`, for tests that make files fail, must outlive it;
  // null: the machine's.
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(const std::string& folder, rocksdb::Env* env = nullptr);
  ~RocksStore() override;

  absl::Status status() const override;

 protected:
  absl::Status Apply(const Batch& batch) override;
  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override;
  absl::Status Scan(std::string_view prefix, const VisitFn& visit) const override;
  absl::Status Purge(const std::vector<std::string>& prefixes) override;

 private:
  explicit RocksStore(std::unique_ptr<rocksdb::DB> db);
  absl::Status Poison(absl::Status status);

  std::unique_ptr<rocksdb::DB> db_;
  mutable Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bylaw::durable

#endif  // BYLAW_RUNTIME_DURABLE_ROCKS_STORE_H_
