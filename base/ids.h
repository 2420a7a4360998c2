// Dense, typed integer ids: an index into one table, which cannot be mistaken for an index into another.
//
// Id<Tag>::None() means "no such thing"; tables are indexed with `.index()`. Ids are assigned in a deterministic order
// (declaration order, files sorted by path), so the same policy always gets the same ids.
#ifndef BYLAW_BASE_IDS_H_
#define BYLAW_BASE_IDS_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

namespace bylaw {

template <typename Tag>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(uint32_t value) : value_(value) {}
  static constexpr Id None() { return Id(); }

  constexpr bool valid() const { return value_ != kNone; }
  constexpr uint32_t value() const { return value_; }
  constexpr size_t index() const { return value_; }

  friend constexpr auto operator<=>(Id, Id) = default;
  template <typename H>
  friend H AbslHashValue(H h, Id id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  uint32_t value_ = kNone;
};

}  // namespace bylaw

template <typename Tag>
struct std::hash<bylaw::Id<Tag>> {
  size_t operator()(bylaw::Id<Tag> id) const noexcept { return std::hash<uint32_t>()(id.value()); }
};

#endif  // BYLAW_BASE_IDS_H_
