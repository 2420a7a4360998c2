// What an engine no longer needs, until somebody who has the time frees it.
//
// Freeing a policy of thousands of tenants with its compiled code takes milliseconds, and its last pin is dropped in
// the middle of serving; so it is put here, and freed by whoever prepares the next policy, or sooner by whoever asks. A
// thread of its own would do it sooner still, but on the core of the thread that wakes it (decision 142). Any thread.
#ifndef BYLAW_RUNTIME_POLICY_RETIRED_H_
#define BYLAW_RUNTIME_POLICY_RETIRED_H_

#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace bylaw::policy {

class Retired {
 public:
  void Add(std::shared_ptr<const void> retired) {
    const MutexLock lock(&mutex_);
    retired_.push_back(std::move(retired));
  }
  // Drops all references, on this thread. What is held elsewhere too stays.
  void Free() {
    std::vector<std::shared_ptr<const void>> freed;
    {
      const MutexLock lock(&mutex_);
      freed.swap(retired_);
    }
  }

 private:
  Mutex mutex_;
  std::vector<std::shared_ptr<const void>> retired_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bylaw::policy

#endif  // BYLAW_RUNTIME_POLICY_RETIRED_H_
