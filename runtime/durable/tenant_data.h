// One tenant's data in the store, reached through a handle that carries the tenant.
//
//   WithTenant(store, "acme", [&](auto mine) { return mine.ForEachRun(…); });
//
// There is no call that takes a tenant and a key: a handle exists only inside WithTenant, and its type, and that of the
// keys it gives, is branded by the visiting function. So a key of one tenant does not fit another's handle, and reading
// across tenants is not a bug to be found but a text that does not compile (cross_tenant_test). Thread-safe as the
// store is.
#ifndef BYLAW_RUNTIME_DURABLE_TENANT_DATA_H_
#define BYLAW_RUNTIME_DURABLE_TENANT_DATA_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "runtime/durable/keys.h"
#include "runtime/durable/run_name.h"
#include "runtime/durable/store.h"

namespace bylaw::durable {

template <typename Brand>
class RunKey {
 public:
  const RunName& name() const { return name_; }

 private:
  friend class TenantData<Brand>;
  explicit RunKey(const RunName& name) : name_(name) {}
  RunName name_;
};

// What is to be removed for good: collected from the handles of its owners, then Directory::Purge.
class Removal {
 public:
  bool empty() const { return prefixes_.empty(); }

 private:
  friend class Directory;
  template <typename Brand>
  friend class TenantData;
  std::vector<std::string> prefixes_;
};

template <typename Brand>
class TenantData {
 public:
  RunKey<Brand> Run(const RunName& name) const { return RunKey<Brand>(name); }

  // Into a batch of the journal.
  void KeepRun(Batch* batch, const RunKey<Brand>& run, std::string state) const {
    batch->Put(OfRun(run) + 'r', std::move(state));
  }
  // A text value, by what it is called.
  void KeepText(Batch* batch, const RunKey<Brand>& run, std::string_view name, std::string text) const {
    batch->Put((OfRun(run) + 'x').append(name), std::move(text));
  }
  // At most this much of the month's budget is spent.
  void KeepMonth(Batch* batch, int32_t month, int64_t micros_max) const {
    std::string key = prefix_ + 'm';
    keys::AppendNumber(&key, keys::OfMonth(month));
    batch->Put(std::move(key), keys::Bytes(micros_max));
  }

  // At most `units` that this limit has let through may still count, and none of them from `until` on.
  void KeepLimit(Batch* batch, std::string_view limit, int64_t units, int64_t until) const {
    batch->Put((prefix_ + 'q').append(limit), keys::Bytes(keys::Pair{units, until}));
  }

  absl::Status ForEachRun(const std::function<void(const RunKey<Brand>&, std::string_view state)>& visit) const {
    const size_t at = prefix_.size() + 1;
    return store_->Scan(prefix_ + 'd', [&](std::string_view key, std::string_view value) {
      if (key.size() != at + 13 || key[at + 12] != 'r') return;
      visit(RunKey<Brand>({keys::NumberAt(key, at), keys::NumberAt(key, at + 4), keys::NumberAt(key, at + 8)}), value);
    });
  }
  absl::Status ForEachText(const RunKey<Brand>& run,
                           const std::function<void(std::string_view name, std::string_view text)>& visit) const {
    const std::string prefix = OfRun(run) + 'x';
    return store_->Scan(prefix,
                        [&](std::string_view key, std::string_view value) { visit(key.substr(prefix.size()), value); });
  }
  absl::Status ForEachMonth(const std::function<void(int32_t month, int64_t micros_max)>& visit) const {
    const std::string prefix = prefix_ + 'm';
    return store_->Scan(prefix, [&](std::string_view key, std::string_view value) {
      visit(keys::ToMonth(keys::NumberAt(key, prefix.size())), keys::ToInt64(value));
    });
  }

  absl::Status ForEachLimit(
      const std::function<void(std::string_view limit, int64_t units, int64_t until)>& visit) const {
    const std::string prefix = prefix_ + 'q';
    return store_->Scan(prefix, [&](std::string_view key, std::string_view value) {
      const keys::Pair kept = keys::ToPair(value);
      visit(key.substr(prefix.size()), kept.first, kept.second);
    });
  }

  void RemoveRun(Removal* removal, const RunKey<Brand>& run) const { removal->prefixes_.push_back(OfRun(run)); }
  // Every run's data. What the months may have spent and the limits let through stays: these are numbers, and
  // forgetting them would let it be spent again.
  void RemoveAllRuns(Removal* removal) const { removal->prefixes_.push_back(prefix_ + 'd'); }

 private:
  template <typename Visit>
  friend decltype(auto) WithTenant(Store& store, std::string_view tenant, Visit&& visit);

  TenantData(Store* store, std::string_view tenant) : store_(store), prefix_(keys::OfName('t', tenant)) {}

  std::string OfRun(const RunKey<Brand>& run) const {
    std::string key = prefix_ + 'd';
    keys::AppendNumber(&key, run.name().boot);
    keys::AppendNumber(&key, run.name().index);
    keys::AppendNumber(&key, run.name().generation);
    return key;
  }

  Store* store_;
  std::string prefix_;
};

// visit(TenantData<…>) with the handle of this tenant, for the time of the call.
template <typename Visit>
decltype(auto) WithTenant(Store& store, std::string_view tenant, Visit&& visit) {
  return visit(TenantData<std::decay_t<Visit>>(&store, tenant));
}

}  // namespace bylaw::durable

#endif  // BYLAW_RUNTIME_DURABLE_TENANT_DATA_H_
