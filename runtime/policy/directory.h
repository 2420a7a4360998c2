// The numbers by which an engine and its callers know tenants, endpoints and everything else that policies name.
//
// A policy image numbers its tables anew each time it is compiled: declare an endpoint in front of another one, and
// both change their numbers. A caller that kept a number over such a reload would act for another tenant, or send data
// to another region. INVARIANT(stable-number): a directory gives a number once to each name and never to another name,
// also when a later policy no longer has it. The first policy's own numbers are the directory's.
//
// A directory is immutable once made; the next policy's is the same one, or a copy with the new names behind. Numbering
// translates between an image and a directory. Reading is thread-safe.
#ifndef BYLAW_RUNTIME_POLICY_DIRECTORY_H_
#define BYLAW_RUNTIME_POLICY_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "runtime/abi/ids.h"

namespace bylaw::policy {

template <typename IdType>
class NameTable {
 public:
  // None() for a name that no policy of this engine has had.
  IdType Find(std::string_view name) const {
    const auto it = numbers_.find(absl::string_view(name.data(), name.size()));
    return it == numbers_.end() ? IdType::None() : IdType(it->second);
  }
  const std::string& NameOf(IdType id) const { return names_[id.index()]; }
  size_t size() const { return names_.size(); }

  // The next number. Of equal names the first is found.
  IdType Add(const std::string& name) {
    const auto number = static_cast<uint32_t>(names_.size());
    names_.push_back(name);
    numbers_.try_emplace(name, number);
    return IdType(number);
  }

 private:
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;  // never iterated
};

struct Directory {
  NameTable<TenantId> tenants;
  NameTable<OrgId> orgs;
  NameTable<WorkflowId> workflows;
  NameTable<ResourceId> resources;
  NameTable<EndpointId> endpoints;
  NameTable<RegionId> regions;
  NameTable<PoolId> pools;
  NameTable<StoreId> stores;
  NameTable<ReviewersId> reviewers;
};

// One table of an image and the directory's numbers of its rows.
template <typename IdType>
class Numbering {
 public:
  // `known[i]` is the directory's number of row i; the directory has `size` numbers.
  Numbering() = default;
  Numbering(std::vector<IdType> known, size_t size) : known_(std::move(known)), own_(size) {
    for (uint32_t row = 0; row < known_.size(); ++row) {
      own_[known_[row].index()] = IdType(row);
      identity_ = identity_ && known_[row] == IdType(row);
    }
  }

  // The directory's number of an image's row; None() of None().
  IdType Known(IdType own) const { return own.valid() && !identity_ ? known_[own.index()] : own; }
  // The image's row; None() if the image does not have it.
  IdType Own(IdType known) const { return known.index() < own_.size() ? own_[known.index()] : IdType::None(); }
  // Every row's number is its own.
  bool identity() const { return identity_; }

 private:
  std::vector<IdType> known_;
  std::vector<IdType> own_;
  bool identity_ = true;
};

}  // namespace bylaw::policy

#endif  // BYLAW_RUNTIME_POLICY_DIRECTORY_H_
