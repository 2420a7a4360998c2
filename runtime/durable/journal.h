// Group commit: what one thread gathers becomes durable in batches, for all who wait for it together.
//
// The engine's thread fills batch() and seals it; Commit(ticket) returns when everything sealed up to that ticket is on
// disk. Commits of several threads that meet become one write and one sync. INVARIANT(wanted): nothing is written that
// no Commit has asked for, since what it depends on (its audit records) may not be on disk yet. INVARIANT(poisoned):
// after the first write that failed, nothing more is written and every Commit returns the same error. batch and Seal
// are for one thread at a time, Commit and failed for any thread.
#ifndef BYLAW_RUNTIME_DURABLE_JOURNAL_H_
#define BYLAW_RUNTIME_DURABLE_JOURNAL_H_

#include <atomic>
#include <cstdint>
#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "runtime/durable/store.h"

namespace bylaw::durable {

class Journal {
 public:
  // The store must outlive the journal.
  explicit Journal(Store* store) : store_(store) {}

  Store& store() { return *store_; }
  Batch* batch() { return &batch_; }
  // What is in batch() belongs to the next commit. The ticket of everything sealed so far.
  uint64_t Seal();
  absl::Status Commit(uint64_t ticket);
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  uint64_t committed() const { return committed_.load(std::memory_order_acquire); }

 private:
  Store* store_;
  Batch batch_;
  std::atomic<uint64_t> committed_{0};
  std::atomic<bool> failed_{false};

  Mutex writing_;  // held by whoever writes for all
  Mutex mutex_ ABSL_ACQUIRED_AFTER(writing_);
  std::deque<Batch> sealed_ ABSL_GUARDED_BY(mutex_);  // the last one has ticket tickets_
  uint64_t tickets_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t wanted_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace bylaw::durable

#endif  // BYLAW_RUNTIME_DURABLE_JOURNAL_H_
