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
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "runtime/abi/ids.h"
#include "runtime/abi/shared_vector.h"

namespace bylaw::policy {

template <typename IdType>
class NameTable {
 public:
  NameTable() = default;
  // Of a first policy, with which it shares the names.
  explicit NameTable(const abi::SharedVector<std::string>& names) : names_(names) {
    numbers_.reserve(names.size());
    for (uint32_t i = 0; i < names.size(); ++i) Note(names[i], i);
  }

  // None() for a name that no policy of this engine has had.
  IdType Find(std::string_view name) const {
    for (uint64_t key = KeyOf(name);; ++key) {
      const auto it = numbers_.find(key);
      if (it == numbers_.end()) return IdType::None();
      if (names_[it->second] == name) return IdType(it->second);
    }
  }
  const std::string& NameOf(IdType id) const { return names_[id.index()]; }
  size_t size() const { return names_.size(); }

  // The next number. Of equal names the first is found.
  IdType Add(const std::string& name) {
    const auto number = static_cast<uint32_t>(names_.size());
    names_.Edit().push_back(name);
    Note(name, number);
    return IdType(number);
  }

 private:
  static uint64_t KeyOf(std::string_view name) {
    return absl::Hash<absl::string_view>()(absl::string_view(name.data(), name.size()));
  }
  void Note(std::string_view name, uint32_t number) {
    for (uint64_t key = KeyOf(name);; ++key) {
      const auto [it, added] = numbers_.try_emplace(key, number);
      if (added || names_[it->second] == name) return;
    }
  }

  abi::SharedVector<std::string> names_;
  // By hash, since the names are a hundred thousand and stand above already; of two with the same hash the later one is
  // at the next that is free. Never iterated.
  absl::flat_hash_map<uint64_t, uint32_t> numbers_;
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
  Numbering(std::vector<IdType> known, size_t size) : rows_(known.size()) {
    for (uint32_t row = 0; row < rows_; ++row) identity_ = identity_ && known[row] == IdType(row);
    if (identity_) return;
    known_ = std::move(known);
    own_.resize(size);
    for (uint32_t row = 0; row < rows_; ++row) own_[known_[row].index()] = IdType(row);
  }

  // The directory's number of an image's row; None() of None().
  IdType Known(IdType own) const { return own.valid() && !identity_ ? known_[own.index()] : own; }
  // The image's row; None() if the image does not have it.
  IdType Own(IdType known) const {
    if (identity_) return known.index() < rows_ ? known : IdType::None();
    return known.index() < own_.size() ? own_[known.index()] : IdType::None();
  }
  // Every row's number is its own.
  bool identity() const { return identity_; }

 private:
  size_t rows_ = 0;
  bool identity_ = true;
  std::vector<IdType> known_, own_;  // empty if they are the same
};

}  // namespace bylaw::policy

#endif  // BYLAW_RUNTIME_POLICY_DIRECTORY_H_
