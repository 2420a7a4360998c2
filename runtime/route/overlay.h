// What may be called right now: endpoint health, and the overlay of revocations.
//
// Both are bit words over EndpointId, in the layout StepRequest reads. Health goes both ways; a revocation can only
// restrict: there is no call that takes one back, a newly published policy starts without those it does not need.
// A single-threaded object: the engine serialises all calls.
#ifndef BYLAW_RUNTIME_ROUTE_OVERLAY_H_
#define BYLAW_RUNTIME_ROUTE_OVERLAY_H_

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/abi/ids.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::route {

// One bit per endpoint; the words past the last endpoint are zero.
class EndpointBits {
 public:
  // All `endpoints` bits set.
  explicit EndpointBits(size_t endpoints);

  const uint64_t* words() const { return words_.data(); }
  size_t word_count() const { return words_.size(); }
  size_t size() const { return size_; }
  bool Has(EndpointId id) const { return (words_[id.index() / 64] >> (id.index() % 64) & 1) != 0; }
  void Put(EndpointId id, bool value);

 private:
  size_t size_;
  std::vector<uint64_t> words_;
};

class Overlay {
 public:
  explicit Overlay(const abi::PolicyImage& image);

  // Health: true if that changed anything.
  bool SetUp(EndpointId endpoint, bool up);
  const EndpointBits& up() const { return up_; }

  // Revocation of an endpoint, or of every endpoint that serves a model or tool: at once, for runs in flight too. True
  // if that changed anything.
  bool Revoke(EndpointId endpoint);
  bool Revoke(ResourceId resource);
  const EndpointBits& unrevoked() const { return unrevoked_; }
  // Grows with every change of the revocations, so that what was derived from them knows when it is stale.
  uint64_t revision() const { return revision_; }

 private:
  std::vector<ResourceId> serves_;
  EndpointBits up_;
  EndpointBits unrevoked_;
  uint64_t revision_ = 0;
};

// unrevoked ∩ legal for each shape at one instant, recomputed when the instant leaves the interval for which it holds.
class PermittedMasks {
 public:
  explicit PermittedMasks(const abi::PolicyImage& image);

  // The words StepRequest::permitted wants, valid until the next call.
  const uint64_t* For(ShapeId shape, TimeNs wall_now, const Overlay& overlay) {
    Mask& mask = masks_[shape.index()];
    if (wall_now < mask.valid_from || wall_now >= mask.valid_until || mask.revision != overlay.revision())
        [[unlikely]] {
      Refresh(shape, wall_now, overlay);
    }
    return words_.data() + shape.index() * words_per_shape_;
  }
  // The first instant after `wall_now` at which any shape's legal places change; kForeverNs if none.
  TimeNs NextChange(TimeNs wall_now) const;

 private:
  struct Mask {
    TimeNs valid_from = kForeverNs;  // nothing yet
    TimeNs valid_until = kForeverNs;
    uint64_t revision = 0;
  };
  void Refresh(ShapeId shape, TimeNs wall_now, const Overlay& overlay);

  const abi::PolicyImage* image_;
  size_t words_per_shape_;
  std::vector<Mask> masks_;
  std::vector<uint64_t> words_;
};

}  // namespace bylaw::route

#endif  // BYLAW_RUNTIME_ROUTE_OVERLAY_H_
