// Where the state that must survive the process is kept: sorted keys and values, written in batches, all or nothing.
//
// The bytes belong to tenants and orgs: nobody reads or writes a key but the handles (tenant_data.h) and the journal,
// so that one tenant's data cannot be reached with another's in hand. INVARIANT(poisoned): after the first write that
// failed nothing is written any more, until the store is opened anew; a failed sync is never retried. Apply is for one
// thread at a time (the journal sees to it); reading is thread-safe beside it.
#ifndef BYLAW_RUNTIME_DURABLE_STORE_H_
#define BYLAW_RUNTIME_DURABLE_STORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace bylaw::durable {

class Journal;
class Directory;
template <typename Brand>
class TenantData;

// Writes that happen together. A later write of a key replaces an earlier one.
class Batch {
 public:
  bool empty() const { return writes_.empty(); }
  size_t size() const { return writes_.size(); }

 private:
  friend class Directory;
  friend class Journal;
  friend class MemoryStore;
  friend class RocksStore;
  template <typename Brand>
  friend class TenantData;

  void Put(std::string key, std::string value) { writes_.emplace_back(std::move(key), std::move(value)); }
  void Delete(std::string key) { writes_.emplace_back(std::move(key), std::nullopt); }

  std::vector<std::pair<std::string, std::optional<std::string>>> writes_;
};

class Store {
 public:
  virtual ~Store() = default;
  // OK, or why nothing is written any more.
  virtual absl::Status status() const = 0;

 protected:
  using VisitFn = std::function<void(std::string_view key, std::string_view value)>;

  // All of it is on disk, or an error and none of it counts.
  virtual absl::Status Apply(const Batch& batch) = 0;
  virtual absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const = 0;
  // Every key that begins with `prefix`, in order.
  virtual absl::Status Scan(std::string_view prefix, const VisitFn& visit) const = 0;
  // Removes the keys of these prefixes for good: not a byte of them or of their values is left in the store's files.
  // Takes as long as rewriting what they are stored with.
  virtual absl::Status Purge(const std::vector<std::string>& prefixes) = 0;

 private:
  friend class Directory;
  friend class Journal;
  template <typename Brand>
  friend class TenantData;
};

}  // namespace bylaw::durable

#endif  // BYLAW_RUNTIME_DURABLE_STORE_H_
