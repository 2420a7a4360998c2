// Where audit records go: an interface, and the sink that keeps them in memory.
//
// INVARIANT(fail-closed): Append says whether the record is kept. On `false` nothing was written, and the caller must
// not act on the decision the record was about. A sink that has failed stays failed: a gap would make everything after
// it worthless, so there is no retry and no partial recovery.
#ifndef BYLAW_RUNTIME_AUDIT_SINK_H_
#define BYLAW_RUNTIME_AUDIT_SINK_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "runtime/abi/policy_image.h"
#include "runtime/audit/record.h"

namespace bylaw::audit {

class AuditSink {
 public:
  virtual ~AuditSink() = default;
  // Keeps a copy of `record` under the next sequence number. False: not kept, and nothing will be from now on.
  [[nodiscard]] virtual bool Append(const Record& record) = 0;
  // Records of `epoch` may follow; their ids are those of `image`. Until EndEpoch, for a sink that writes names down.
  virtual void BeginEpoch(uint32_t epoch, std::shared_ptr<const abi::PolicyImage> image);
  // No record of `epoch` will follow.
  virtual void EndEpoch(uint32_t epoch);
  // Everything appended so far is where it will be found again; an error fails the sink. For any thread, at any time.
  virtual absl::Status Commit();
  // OK, or why the sink failed.
  virtual absl::Status status() const = 0;
  // How many records were refused since it failed.
  virtual uint64_t dropped() const = 0;
};

// Keeps the records in order in a vector, up to a capacity; a record beyond it fails the sink. Not thread-safe.
class MemorySink final : public AuditSink {
 public:
  explicit MemorySink(size_t records_max = std::numeric_limits<size_t>::max()) : records_max_(records_max) {}

  bool Append(const Record& record) override;
  absl::Status status() const override { return status_; }
  uint64_t dropped() const override { return dropped_; }

  // Room for so many records without another allocation.
  void Reserve(size_t records) { records_.reserve(records); }
  // Fails the sink now, as a full disk or a torn write would.
  void Fail(absl::Status status);
  const std::vector<Record>& records() const { return records_; }

 private:
  size_t records_max_;
  std::vector<Record> records_;
  absl::Status status_;
  uint64_t dropped_ = 0;
};

}  // namespace bylaw::audit

#endif  // BYLAW_RUNTIME_AUDIT_SINK_H_
