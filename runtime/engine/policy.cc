#include "runtime/engine/policy.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "runtime/engine/policy_parts.h"
#include "runtime/engine/rates.h"

namespace bylaw::engine {
namespace {

// Gives the names of `rows` their numbers; `names` is copied before the first new one is added to it.
template <typename IdType, typename Row, typename NameOf>
policy::Numbering<IdType> NumberRows(policy::NameTable<IdType> policy::Directory::* table, const std::vector<Row>& rows,
                                     NameOf name_of, bool first, std::shared_ptr<const policy::Directory>& names,
                                     std::shared_ptr<policy::Directory>& grown) {
  std::vector<IdType> known;
  known.reserve(rows.size());
  for (const Row& row : rows) {
    const std::string& name = name_of(row);
    IdType number = first ? IdType::None() : ((*names).*table).Find(name);
    if (!number.valid()) {
      if (grown == nullptr) {
        grown = std::make_shared<policy::Directory>(*names);
        names = grown;
      }
      number = ((*grown).*table).Add(name);
    }
    known.push_back(number);
  }
  return policy::Numbering<IdType>(std::move(known), ((*names).*table).size());
}

// What the engine keeps of a tenant's terms, in numbers that two policies share.
class Terms {
 public:
  Terms(const Policy& policy, TenantId own) : policy_(policy), record_(policy.image().tenant(own)) {
    const PoolId pool = policy.image().shapes[record_.shape.index()].pool;
    pool_ = policy.numberings().pools.Known(pool);
    weights_ = pool.valid() ? policy.parts().pool_weights[pool.index()] : 0;
    room_ = pool.valid() ? policy.image().pools[pool.index()].room : 0;
  }

  bool operator==(const Terms& other) const {
    const abi::TenantRecord &a = record_, &b = other.record_;
    return pool_ == other.pool_ && weights_ == other.weights_ && room_ == other.room_ && Org() == other.Org() &&
           a.weight == b.weight && a.cap == b.cap && a.burst_to == b.burst_to && a.burst_for_ns == b.burst_for_ns &&
           a.waiting_max == b.waiting_max && a.slots_min == b.slots_min && a.lane_share_ppm == b.lane_share_ppm &&
           a.budget_month_micros == b.budget_month_micros && SameRates(other);
  }

 private:
  OrgId Org() const { return policy_.numberings().orgs.Known(record_.org); }
  const abi::RateSpec& Rate(uint32_t i) const { return policy_.image().rates[record_.rates_begin + i]; }
  bool SameRates(const Terms& other) const {
    const uint32_t count = record_.rates_end - record_.rates_begin;
    if (count != other.record_.rates_end - other.record_.rates_begin) return false;
    for (uint32_t i = 0; i < count; ++i) {
      abi::RateSpec a = Rate(i), b = other.Rate(i);
      a.resource = policy_.numberings().resources.Known(a.resource);
      b.resource = other.policy_.numberings().resources.Known(b.resource);
      if (!(a == b)) return false;
    }
    return true;
  }

  const Policy& policy_;
  const abi::TenantRecord& record_;
  PoolId pool_;
  uint64_t weights_ = 0;
  uint32_t room_ = 0;
};

// The numbers of every field of a decision that names something, translated.
template <typename Translate>
abi::Decision Renumbered(const Policy::Numberings& numberings, abi::Decision decision, Translate translate) {
  decision.resource = translate(numberings.resources, ResourceId(decision.resource)).value();
  decision.endpoint = translate(numberings.endpoints, EndpointId(decision.endpoint)).value();
  decision.region = translate(numberings.regions, RegionId(decision.region)).value();
  decision.store = translate(numberings.stores, StoreId(decision.store)).value();
  decision.reviewers = translate(numberings.reviewers, ReviewersId(decision.reviewers)).value();
  decision.offer_resource = translate(numberings.resources, ResourceId(decision.offer_resource)).value();
  decision.offer_reviewers = translate(numberings.reviewers, ReviewersId(decision.offer_reviewers)).value();
  return decision;
}

}  // namespace

Policy::Policy(std::shared_ptr<const abi::PolicyImage> image)
    : image_(std::move(image)), parts_(std::make_unique<Parts>(*image_)) {}

Policy::~Policy() = default;

absl::StatusOr<std::shared_ptr<const Policy>> Policy::Prepare(std::shared_ptr<const abi::PolicyImage> image,
                                                              std::shared_ptr<const Policy> after) {
  if (image == nullptr) return absl::InvalidArgumentError("there is no policy image to publish");
  if (image->replay_only) {
    return absl::FailedPreconditionError("this policy image was made to replay witnesses, it has not been proved");
  }
  if (absl::Status status = RateGate::Validate(*image); !status.ok()) return status;
  if (after != nullptr && image->currency != after->image().currency) {
    return absl::FailedPreconditionError(
        "a policy in another currency needs another engine: what has been spent is in the old one");
  }
  std::shared_ptr<Policy> policy(new Policy(std::move(image)));
  policy->retired_ = after == nullptr ? std::make_shared<policy::Retired>() : after->retired_;
  policy->retired_->Free();
  policy->Number(after.get());
  policy->parts_->after = after;
  policy->Compare(after.get());
  return std::shared_ptr<const Policy>(std::move(policy));
}

void Policy::Number(const Policy* after) {
  names_ = after == nullptr ? std::make_shared<const policy::Directory>() : after->names_;
  std::shared_ptr<policy::Directory> grown;
  const auto number = [&](auto table, const auto& rows, auto name_of) {
    return NumberRows(table, rows, name_of, after == nullptr, names_, grown);
  };
  const auto plain = [](const std::string& row) -> const std::string& { return row; };
  const auto named = [](const auto& row) -> const std::string& { return row.name; };
  if (after == nullptr) {
    grown = std::make_shared<policy::Directory>();
    grown->tenants = policy::NameTable<TenantId>(image_->tenant_names);
    names_ = grown;
    std::vector<TenantId> known;
    for (uint32_t i = 0; i < image_->tenant_names.size(); ++i) known.emplace_back(i);
    numberings_.tenants = policy::Numbering<TenantId>(std::move(known), image_->tenant_names.size());
  } else {
    numberings_.tenants = number(&policy::Directory::tenants, image_->tenant_names.vector(), plain);
  }
  numberings_.orgs = number(&policy::Directory::orgs, image_->orgs, named);
  numberings_.workflows = number(&policy::Directory::workflows, image_->workflows, named);
  numberings_.resources = number(&policy::Directory::resources, image_->resources, plain);
  numberings_.endpoints = number(&policy::Directory::endpoints, image_->endpoints, named);
  numberings_.regions = number(&policy::Directory::regions, image_->regions, plain);
  numberings_.pools = number(&policy::Directory::pools, image_->pools, named);
  numberings_.stores = number(&policy::Directory::stores, image_->stores, named);
  numberings_.reviewers = number(&policy::Directory::reviewers, image_->reviewers, named);
  renumbered_ = !numberings_.resources.identity() || !numberings_.endpoints.identity() ||
                !numberings_.regions.identity() || !numberings_.stores.identity() || !numberings_.reviewers.identity();
}

void Policy::Compare(const Policy* after) {
  parts_->pool_weights.resize(image_->pools.size());
  for (const abi::TenantRecord& record : image_->tenants) {
    const PoolId pool = image_->shapes[record.shape.index()].pool;
    if (pool.valid()) parts_->pool_weights[pool.index()] += record.weight;
  }
  for (uint32_t i = 0; i < names_->tenants.size(); ++i) {
    const TenantId known(i);
    const TenantId now = numberings_.tenants.Own(known);
    const TenantId before = after == nullptr ? TenantId::None() : after->numberings_.tenants.Own(known);
    const bool same = now.valid() == before.valid() && (!now.valid() || Terms(*this, now) == Terms(*after, before));
    if (!same) parts_->tenants.push_back(known);
  }
  for (uint32_t i = 0; i < names_->endpoints.size(); ++i) {
    const EndpointId known(i);
    const EndpointId now = numberings_.endpoints.Own(known);
    const EndpointId before = after == nullptr ? EndpointId::None() : after->numberings_.endpoints.Own(known);
    const bool same =
        now.valid() == before.valid() &&
        (!now.valid() || image_->endpoints[now.index()].quotas == after->image_->endpoints[before.index()].quotas);
    if (!same) parts_->endpoints.push_back(known);
  }
}

abi::Decision Policy::Known(const abi::Decision& own) const {
  return Renumbered(numberings_, own, [](const auto& numbering, auto id) { return numbering.Known(id); });
}

abi::Decision Policy::Own(const abi::Decision& known) const {
  return Renumbered(numberings_, known, [](const auto& numbering, auto id) { return numbering.Own(id); });
}

}  // namespace bylaw::engine
