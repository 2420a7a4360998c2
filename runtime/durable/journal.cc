#include "runtime/durable/journal.h"

#include <iterator>
#include <utility>

namespace bylaw::durable {

uint64_t Journal::Seal() {
  const absl::MutexLock lock(&mutex_);
  if (batch_.empty()) return tickets_;
  std::move(batch_.writes_.begin(), batch_.writes_.end(), std::back_inserter(sealed_.writes_));
  batch_.writes_.clear();
  return ++tickets_;
}

absl::Status Journal::Commit(uint64_t ticket) {
  if (committed() >= ticket && !failed()) return absl::OkStatus();
  const absl::MutexLock lock(&writing_);
  if (failed()) return store_->status();
  if (committed() >= ticket) return absl::OkStatus();
  Batch writes;
  uint64_t until = 0;
  {
    const absl::MutexLock sealed_lock(&mutex_);
    std::swap(writes, sealed_);
    until = tickets_;
  }
  if (absl::Status status = store_->Apply(writes); !status.ok()) {
    failed_.store(true, std::memory_order_release);
    return status;
  }
  committed_.store(until, std::memory_order_release);
  return absl::OkStatus();
}

}  // namespace bylaw::durable
