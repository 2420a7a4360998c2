#include "runtime/audit/sink.h"

#include <utility>

#include "base/check.h"

namespace bylaw::audit {

void AuditSink::BeginEpoch(uint32_t, std::shared_ptr<const abi::PolicyImage>) {}
void AuditSink::EndEpoch(uint32_t) {}
absl::Status AuditSink::Commit() { return status(); }

bool MemorySink::Append(const Record& record) {
  if (status_.ok() && records_.size() >= records_max_) {
    status_ = absl::ResourceExhaustedError("the audit sink is full");
  }
  if (!status_.ok()) {
    ++dropped_;
    return false;
  }
  records_.push_back(record);
  records_.back().sequence = records_.size();
  return true;
}

void MemorySink::Fail(absl::Status status) {
  BYLAW_CHECK(!status.ok(), "a sink fails with a reason");
  if (status_.ok()) status_ = std::move(status);
}

}  // namespace bylaw::audit
