// A mutex that says what it guards, and that ThreadSanitizer sees.
//
// std::mutex under the names of Clang's thread-safety analysis. Not absl::Mutex: Debian's Abseil is not instrumented,
// so that its locks are invisible and whatever they guard looks like a race (decision 130).
#ifndef BYLAW_BASE_MUTEX_H_
#define BYLAW_BASE_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace bylaw {

class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds a mutex for its own lifetime.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) { mutex_->Lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* mutex_;
};

}  // namespace bylaw

#endif  // BYLAW_BASE_MUTEX_H_
