// The published policy, and the older ones that runs in flight still hold.
//
// One image is published at a time; each publication is an epoch. A run pins the epoch it was admitted under; an epoch
// that is no longer published is freed with its last pin. An image made for replaying witnesses is refused.
// A single-threaded object: the engine serialises all calls. Images themselves are immutable and may be shared.
#ifndef BYLAW_RUNTIME_POLICY_STORE_H_
#define BYLAW_RUNTIME_POLICY_STORE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::policy {

using Epoch = uint32_t;

class Store {
 public:
  // Makes `image` the published one. An error changes nothing: the last good policy stays.
  absl::Status Publish(std::shared_ptr<const abi::PolicyImage> image);

  bool has_policy() const { return !epochs_.empty(); }
  // The published epoch; there must be one.
  Epoch current() const { return static_cast<Epoch>(epochs_.size() - 1); }
  // Of a published or pinned epoch.
  const abi::PolicyImage& image(Epoch epoch) const { return *epochs_[epoch].image; }
  std::shared_ptr<const abi::PolicyImage> shared_image(Epoch epoch) const { return epochs_[epoch].image; }

  // Pins the published epoch.
  Epoch Pin() {
    ++epochs_.back().pins;
    return current();
  }
  void Unpin(Epoch epoch);
  uint64_t pins(Epoch epoch) const { return epochs_[epoch].pins; }
  // Epochs whose image is still held.
  size_t live_epochs() const;

 private:
  struct Entry {
    std::shared_ptr<const abi::PolicyImage> image;
    uint64_t pins = 0;
  };
  std::vector<Entry> epochs_;
};

}  // namespace bylaw::policy

#endif  // BYLAW_RUNTIME_POLICY_STORE_H_
