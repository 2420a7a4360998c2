// A store in memory that fails when told to: for tests, and for the simulator's crashes.
//
// What Apply returned OK for survives; a crash is nothing but dropping everything else. Not thread-safe.
#ifndef BYLAW_RUNTIME_DURABLE_MEMORY_STORE_H_
#define BYLAW_RUNTIME_DURABLE_MEMORY_STORE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/durable/store.h"

namespace bylaw::durable {

class MemoryStore final : public Store {
 public:
  absl::Status status() const override { return status_; }
  // From the n-th Apply on (0: the next one) it fails, as a failed sync does.
  void FailAfter(uint64_t applies) { applies_left_ = applies; }
  // The process starts anew on what is on disk.
  void Restart() {
    status_ = absl::OkStatus();
    applies_left_ = UINT64_MAX;
  }
  uint64_t applies() const { return applies_; }
  // For tests: does any byte of what is kept say this?
  bool Contains(std::string_view text) const;

 protected:
  absl::Status Apply(const Batch& batch) override;
  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) const override;
  absl::Status Scan(std::string_view prefix, const VisitFn& visit) const override;
  absl::Status Purge(const std::vector<std::string>& prefixes) override;

 private:
  std::map<std::string, std::string, std::less<>> values_;
  absl::Status status_;
  uint64_t applies_left_ = UINT64_MAX;
  uint64_t applies_ = 0;
};

}  // namespace bylaw::durable

#endif  // BYLAW_RUNTIME_DURABLE_MEMORY_STORE_H_
