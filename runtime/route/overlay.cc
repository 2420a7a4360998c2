#include "runtime/route/overlay.h"

#include <algorithm>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"

namespace bylaw::route {

EndpointBits::EndpointBits(size_t endpoints) : size_(endpoints), words_(std::max<size_t>(1, (endpoints + 63) / 64)) {
  for (size_t i = 0; i < endpoints; ++i) words_[i / 64] |= uint64_t{1} << (i % 64);
}

void EndpointBits::Put(EndpointId id, bool value) {
  BYLAW_CHECK(id.index() < size_, "no such endpoint");
  const uint64_t bit = uint64_t{1} << (id.index() % 64);
  uint64_t& word = words_[id.index() / 64];
  word = value ? word | bit : word & ~bit;
}

Overlay::Overlay(const abi::PolicyImage& image) : up_(image.endpoints.size()), unrevoked_(image.endpoints.size()) {
  for (const abi::EndpointInfo& endpoint : image.endpoints) serves_.push_back(endpoint.resource);
}

bool Overlay::SetUp(EndpointId endpoint, bool up) {
  if (up_.Has(endpoint) == up) return false;
  up_.Put(endpoint, up);
  if (up && abi::Planted(abi::PlantedBug::kUpUnrevokes)) unrevoked_.Put(endpoint, true), ++revision_;
  return true;
}

bool Overlay::Revoke(EndpointId endpoint) {
  if (!unrevoked_.Has(endpoint)) return false;
  unrevoked_.Put(endpoint, false);
  ++revision_;
  return true;
}

bool Overlay::Revoke(ResourceId resource) {
  bool changed = false;
  for (size_t i = 0; i < serves_.size(); ++i) {
    if (serves_[i] == resource) changed |= Revoke(EndpointId(static_cast<uint32_t>(i)));
  }
  return changed;
}

PermittedMasks::PermittedMasks(const abi::PolicyImage& image)
    : image_(&image),
      words_per_shape_(std::max<size_t>(1, image.endpoint_words())),
      masks_(image.shapes.size()),
      words_(masks_.size() * words_per_shape_) {}

void PermittedMasks::Refresh(ShapeId shape, TimeNs wall_now, const Overlay& overlay) {
  const abi::ShapeInfo& info = image_->shapes[shape.index()];
  Mask& mask = masks_[shape.index()];
  uint64_t* words = words_.data() + shape.index() * words_per_shape_;
  const auto next = std::upper_bound(info.legal_from.begin(), info.legal_from.end(), wall_now);
  BYLAW_CHECK(next != info.legal_from.begin(), "a shape's legal places are known from the beginning of time");
  const size_t row = static_cast<size_t>(next - info.legal_from.begin()) - 1;
  for (size_t i = 0; i < words_per_shape_; ++i) {
    const uint64_t legal = i < info.legal[row].size() ? info.legal[row][i] : 0;
    words[i] = legal & overlay.unrevoked().words()[i];
  }
  mask = {.valid_from = info.legal_from[row],
          .valid_until = next == info.legal_from.end() ? kForeverNs : *next,
          .revision = overlay.revision()};
}

TimeNs PermittedMasks::NextChange(TimeNs wall_now) const {
  TimeNs first = kForeverNs;
  for (const abi::ShapeInfo& shape : image_->shapes) {
    const auto next = std::upper_bound(shape.legal_from.begin(), shape.legal_from.end(), wall_now);
    if (next != shape.legal_from.end()) first = std::min(first, *next);
  }
  return first;
}

}  // namespace bylaw::route
