#include "runtime/durable/directory.h"

#include <utility>

#include "runtime/durable/keys.h"

namespace bylaw::durable {
namespace {

constexpr std::string_view kBoot = "sb";
constexpr std::string_view kLayout = "sl";
constexpr std::string_view kCurrency = "sc";

}  // namespace

absl::Status Directory::ClaimCurrency(Currency currency) {
  const std::string_view ours = CurrencySymbol(currency);
  const absl::StatusOr<std::optional<std::string>> kept = store_->Get(kCurrency);
  if (!kept.ok()) return kept.status();
  if (kept->has_value()) {
    if (**kept == ours) return absl::OkStatus();
    return absl::FailedPreconditionError("what this store says was spent is in " + **kept +
                                         ", and the policy's money is in " + std::string(ours) +
                                         ": a policy in another currency needs a store of its own");
  }
  Batch batch;
  batch.Put(std::string(kCurrency), std::string(ours));
  return store_->Apply(batch);
}

absl::StatusOr<uint32_t> Directory::CountBoot() {
  const absl::StatusOr<std::optional<std::string>> before = store_->Get(kBoot);
  if (!before.ok()) return before.status();
  const int64_t boot = (before->has_value() ? keys::ToInt64(**before) : 0) + 1;
  Batch batch;
  batch.Put(std::string(kBoot), keys::Bytes(boot));
  if (absl::Status status = store_->Apply(batch); !status.ok()) return status;
  return static_cast<uint32_t>(boot);
}

absl::StatusOr<std::vector<std::string>> Directory::Layouts() const {
  std::vector<std::string> layouts;
  const absl::Status status =
      store_->Scan(kLayout, [&](std::string_view, std::string_view value) { layouts.emplace_back(value); });
  if (!status.ok()) return status;
  return layouts;
}

void Directory::KeepLayout(Batch* batch, uint32_t number, std::string layout) const {
  std::string key(kLayout);
  keys::AppendNumber(&key, number);
  batch->Put(std::move(key), std::move(layout));
}

void Directory::KeepOrgMonth(Batch* batch, std::string_view org, int32_t month, int64_t micros_max) const {
  std::string key = keys::OfName('o', org) + 'm';
  keys::AppendNumber(&key, keys::OfMonth(month));
  batch->Put(std::move(key), keys::Bytes(micros_max));
}

absl::Status Directory::ForEachOrgMonth(std::string_view org,
                                        const std::function<void(int32_t month, int64_t micros_max)>& visit) const {
  const std::string prefix = keys::OfName('o', org) + 'm';
  return store_->Scan(prefix, [&](std::string_view key, std::string_view value) {
    visit(keys::ToMonth(keys::NumberAt(key, prefix.size())), keys::ToInt64(value));
  });
}

void Directory::KeepQuota(Batch* batch, std::string_view endpoint, std::string_view limit, int64_t units,
                          int64_t until) const {
  batch->Put((keys::OfName('e', endpoint) + 'q').append(limit), keys::Bytes(keys::Pair{units, until}));
}

absl::Status Directory::ForEachQuota(
    std::string_view endpoint,
    const std::function<void(std::string_view limit, int64_t units, int64_t until)>& visit) const {
  const std::string prefix = keys::OfName('e', endpoint) + 'q';
  return store_->Scan(prefix, [&](std::string_view key, std::string_view value) {
    const keys::Pair kept = keys::ToPair(value);
    visit(key.substr(prefix.size()), kept.first, kept.second);
  });
}

absl::StatusOr<std::vector<std::string>> Directory::Tenants() const {
  std::vector<std::string> tenants;
  const absl::Status status = store_->Scan("t", [&](std::string_view key, std::string_view) {
    const std::string_view name = key.substr(1, key.find('\0', 1) - 1);
    if (tenants.empty() || tenants.back() != name) tenants.emplace_back(name);
  });
  if (!status.ok()) return status;
  return tenants;
}

}  // namespace bylaw::durable
