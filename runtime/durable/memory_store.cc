#include "runtime/durable/memory_store.h"

namespace bylaw::durable {

bool MemoryStore::Contains(std::string_view text) const {
  for (const auto& [key, value] : values_) {
    if (key.find(text) != std::string::npos || value.find(text) != std::string::npos) return true;
  }
  return false;
}

absl::Status MemoryStore::Apply(const Batch& batch) {
  if (!status_.ok()) return status_;
  ++applies_;
  if (applies_left_ == 0) return status_ = absl::UnavailableError("cannot sync: input/output error");
  if (applies_left_ != UINT64_MAX) --applies_left_;
  for (const auto& [key, value] : batch.writes_) {
    if (value.has_value()) {
      values_.insert_or_assign(key, *value);
    } else {
      values_.erase(key);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> MemoryStore::Get(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::optional<std::string>() : found->second;
}

absl::Status MemoryStore::Scan(std::string_view prefix, const VisitFn& visit) const {
  for (auto it = values_.lower_bound(prefix); it != values_.end() && it->first.starts_with(prefix); ++it) {
    visit(it->first, it->second);
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::Purge(const std::vector<std::string>& prefixes) {
  if (!status_.ok()) return status_;
  for (const std::string& prefix : prefixes) {
    std::erase_if(values_, [&](const auto& entry) { return entry.first.starts_with(prefix); });
  }
  return absl::OkStatus();
}

}  // namespace bylaw::durable
