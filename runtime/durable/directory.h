// What the store keeps that is no tenant's: its currency, how often it was opened, layouts, what orgs may have spent
// and quotas let through; and removal.
#ifndef BYLAW_RUNTIME_DURABLE_DIRECTORY_H_
#define BYLAW_RUNTIME_DURABLE_DIRECTORY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/money.h"
#include "runtime/durable/store.h"
#include "runtime/durable/tenant_data.h"

namespace bylaw::durable {

class Directory {
 public:
  explicit Directory(Store* store) : store_(store) {}

  // The first currency stays the store's; FailedPrecondition for another one, since amounts are kept without it.
  absl::Status ClaimCurrency(Currency currency);
  // Counts this opening of the store, durably, and gives its number, from 1.
  absl::StatusOr<uint32_t> CountBoot();
  // By number, from 0; texts that the engine reads.
  absl::StatusOr<std::vector<std::string>> Layouts() const;
  void KeepLayout(Batch* batch, uint32_t number, std::string layout) const;

  void KeepOrgMonth(Batch* batch, std::string_view org, int32_t month, int64_t micros_max) const;
  absl::Status ForEachOrgMonth(std::string_view org,
                               const std::function<void(int32_t month, int64_t micros_max)>& visit) const;

  // Of an endpoint's quota, as TenantData::KeepLimit.
  void KeepQuota(Batch* batch, std::string_view endpoint, std::string_view limit, int64_t units, int64_t until) const;
  absl::Status ForEachQuota(
      std::string_view endpoint,
      const std::function<void(std::string_view limit, int64_t units, int64_t until)>& visit) const;

  // Every tenant of whom anything is kept, in order.
  absl::StatusOr<std::vector<std::string>> Tenants() const;
  // For good (Store::Purge).
  absl::Status Purge(const Removal& removal) { return store_->Purge(removal.prefixes_); }

 private:
  Store* store_;
};

}  // namespace bylaw::durable

#endif  // BYLAW_RUNTIME_DURABLE_DIRECTORY_H_
