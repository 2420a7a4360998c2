// The published policy, and the older ones that runs in flight still hold.
//
// One policy is published at a time; each publication is an epoch. Whoever needs a policy for longer than a call pins
// its edition; an edition that is no longer published is retired with its last pin: given to what the store was made
// with, freed at once by default.
// INVARIANT(epoch-pin): an edition lives while it is published or pinned, at the same address.
// `Held` is what the owner keeps with each policy. A single-threaded object: the engine serialises all calls.
#ifndef BYLAW_RUNTIME_POLICY_STORE_H_
#define BYLAW_RUNTIME_POLICY_STORE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"

namespace bylaw::policy {

// Counts publications, from 0.
using Epoch = uint32_t;

template <typename Held>
class Store {
 public:
  struct Edition {
    Epoch epoch = 0;
    uint64_t pins = 0;
    Held held;
  };

  using Retire = std::function<void(std::unique_ptr<Edition>)>;

  explicit Store(Retire retire = [](std::unique_ptr<Edition>) {}) : retire_(std::move(retire)) {}

  // Makes `held` the published policy and retires the one before unless it is pinned.
  Edition& Publish(Held held) {
    editions_.push_back(std::make_unique<Edition>(Edition{.epoch = next(), .pins = 0, .held = std::move(held)}));
    if (editions_.size() > 1 && editions_[editions_.size() - 2]->pins == 0) TakeOut(editions_.end() - 2);
    return current();
  }

  bool empty() const { return editions_.empty(); }
  // The epoch of the next publication.
  Epoch next() const { return editions_.empty() ? 0 : current().epoch + 1; }
  // The published edition; there must be one.
  Edition& current() { return *editions_.back(); }
  const Edition& current() const { return *editions_.back(); }
  // Of a published or pinned epoch; null once it is retired.
  const Edition* Find(Epoch epoch) const {
    for (const auto& edition : editions_) {
      if (edition->epoch == epoch) return edition.get();
    }
    return nullptr;
  }
  // Published or pinned, the oldest first.
  const std::vector<std::unique_ptr<Edition>>& editions() const { return editions_; }

  void Pin(Edition& edition) { ++edition.pins; }
  void Unpin(Edition& edition) {
    BYLAW_CHECK(edition.pins > 0, "an epoch is unpinned once for each pin");
    if (--edition.pins > 0 || &edition == &current()) return;
    TakeOut(std::find_if(editions_.begin(), editions_.end(), [&](const auto& e) { return e.get() == &edition; }));
  }

 private:
  using Editions = std::vector<std::unique_ptr<Edition>>;

  void TakeOut(typename Editions::iterator at) {
    std::unique_ptr<Edition> edition = std::move(*at);
    editions_.erase(at);
    retire_(std::move(edition));
  }

  Retire retire_;
  Editions editions_;
};

}  // namespace bylaw::policy

#endif  // BYLAW_RUNTIME_POLICY_STORE_H_
