// The audit log on disk: an AuditSink whose records outlive the process, chained and signed (log_format.h).
//
// Append puts a record into a ring and returns: no lock, no allocation, no system call while the ring has room. Commit
// makes everything appended before it durable; commits of several threads that meet become one (group commit): one
// hashes, writes, syncs and signs for all. What a decision allows may be done once a Commit after it returned OK.
// INVARIANT(acknowledged): what Commit returned OK for is in the log after any crash, and VerifyLog shows if it is not.
// INVARIANT(poisoned): after the first write or sync that failed nothing is written any more; Append returns false and
// Commit the same error, until the log is opened anew. A failed sync is never retried: what it left on disk is unknown.
// Append, BeginEpoch and EndEpoch are for one thread at a time (the engine's caller serialises its calls); Commit is
// for any thread, at any time.
#ifndef BYLAW_RUNTIME_AUDIT_LOG_H_
#define BYLAW_RUNTIME_AUDIT_LOG_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "runtime/audit/log_format.h"
#include "runtime/audit/names.h"
#include "runtime/audit/sink.h"

namespace bylaw::audit {

struct LogOptions {
  uint64_t segment_bytes = 64 << 20;  // a segment that has grown beyond it is the last but one
  uint32_t ring_records = 1 << 15;    // a power of two; a full ring is written out by Append itself
  uint64_t signed_every_records = 1'024;
};

class Log final : public AuditSink {
 public:
  // Opens the log in `folder`, or begins one. What was written after the last acknowledged commit and is torn is
  // removed. Fails if the last segment is not intact (VerifyLog reads the earlier ones as well), is signed by another
  // key, or cannot be written. `files` must outlive it; one process has a log open at a time.
  static absl::StatusOr<std::unique_ptr<Log>> Open(FileSystem* files, const std::string& folder, SigningKey key,
                                                   TimeNs wall_now, const LogOptions& options);

  bool Append(const Record& record) override;
  void BeginEpoch(uint32_t epoch, std::shared_ptr<const abi::PolicyImage> image) override;
  void EndEpoch(uint32_t epoch) override;
  // Everything appended before this call is on disk, or an error: then act on none of it.
  absl::Status Commit() override;

  absl::Status status() const override;
  uint64_t dropped() const override { return dropped_.load(std::memory_order_relaxed); }
  // The sequence number of the last record appended, and of the last one acknowledged.
  uint64_t appended() const { return appended_.load(std::memory_order_acquire); }
  uint64_t acknowledged() const { return acknowledged_.load(std::memory_order_acquire); }
  // Which opening of this log this is, from 1: runs are numbered anew in each.
  uint32_t boot() const { return boot_; }

 private:
  Log(FileSystem* files, std::string folder, SigningKey key, const LogOptions& options);
  absl::Status Begin(TimeNs wall_now);
  absl::Status TakeUp(TimeNs wall_now);

  // Encodes what is in the ring and writes it, without a sync.
  absl::Status WriteOut() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status BeginSegment(uint32_t opened) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SyncAndSign() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AppendSigned() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  SignedPoint SignHere() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteHead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Poison(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after opening.
  FileSystem* files_;
  std::string folder_;
  SigningKey key_;
  LogOptions options_;
  LogId id_{};
  uint32_t boot_ = 0;

  // The ring: written by Append, read under mutex_. A record's place is its sequence number modulo the size.
  std::vector<Record> ring_;
  std::atomic<uint64_t> appended_{0};
  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> acknowledged_{0};
  std::atomic<bool> failed_{false};
  std::atomic<uint64_t> dropped_{0};

  mutable Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<WritableFile> file_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<WritableFile> head_file_ ABSL_GUARDED_BY(mutex_);
  Names names_ ABSL_GUARDED_BY(mutex_);
  Hasher hasher_ ABSL_GUARDED_BY(mutex_);
  Hash chain_ ABSL_GUARDED_BY(mutex_){};
  std::string buffer_ ABSL_GUARDED_BY(mutex_);  // frames that are not written yet
  uint32_t segment_ ABSL_GUARDED_BY(mutex_) = 1;
  uint64_t offset_ ABSL_GUARDED_BY(mutex_) = 0;  // behind the last frame written
  uint64_t next_signed_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t commits_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_LOG_H_
