#include "runtime/policy/store.h"

#include <utility>

#include "base/check.h"

namespace bylaw::policy {

absl::Status Store::Publish(std::shared_ptr<const abi::PolicyImage> image) {
  if (image == nullptr) return absl::InvalidArgumentError("there is no policy image to publish");
  if (image->replay_only) {
    return absl::FailedPreconditionError("this policy image was made to replay witnesses, it has not been proved");
  }
  epochs_.push_back({.image = std::move(image)});
  if (epochs_.size() > 1 && epochs_[epochs_.size() - 2].pins == 0) epochs_[epochs_.size() - 2].image.reset();
  return absl::OkStatus();
}

void Store::Unpin(Epoch epoch) {
  Entry& entry = epochs_[epoch];
  BYLAW_CHECK(entry.pins > 0, "an epoch is unpinned once for each pin");
  if (--entry.pins == 0 && epoch != current()) entry.image.reset();
}

size_t Store::live_epochs() const {
  size_t live = 0;
  for (const Entry& entry : epochs_) live += entry.image != nullptr;
  return live;
}

}  // namespace bylaw::policy
