#include "runtime/durable/journal.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bylaw::durable {

uint64_t Journal::Seal() {
  const MutexLock lock(&mutex_);
  if (batch_.empty()) return tickets_;
  sealed_.push_back(std::exchange(batch_, {}));
  return ++tickets_;
}

absl::Status Journal::Commit(uint64_t ticket) {
  if (committed() >= ticket && !failed()) return absl::OkStatus();
  {
    const MutexLock lock(&mutex_);
    wanted_ = std::max(wanted_, ticket);
  }
  const MutexLock lock(&writing_);
  if (failed()) return store_->status();
  if (committed() >= ticket) return absl::OkStatus();
  Batch writes;
  uint64_t until = 0;
  {
    const MutexLock sealed_lock(&mutex_);
    until = wanted_;
    for (uint64_t first = tickets_ - sealed_.size() + 1; first <= until; ++first) {
      std::vector<std::pair<std::string, std::optional<std::string>>>& next = sealed_.front().writes_;
      std::move(next.begin(), next.end(), std::back_inserter(writes.writes_));
      sealed_.pop_front();
    }
  }
  if (absl::Status status = store_->Apply(writes); !status.ok()) {
    failed_.store(true, std::memory_order_release);
    return status;
  }
  committed_.store(until, std::memory_order_release);
  return absl::OkStatus();
}

}  // namespace bylaw::durable
