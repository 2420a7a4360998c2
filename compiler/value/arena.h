// Memory for the values of one evaluation: taken in order, given back all at once.
//
// The first block is part of the arena, so that small conditions touch no allocator. Nothing in it is destroyed, only
// forgotten. Not thread-safe.
#ifndef BYLAW_COMPILER_VALUE_ARENA_H_
#define BYLAW_COMPILER_VALUE_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace bylaw::value {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // `bytes` of memory aligned for any value.
  void* Allocate(size_t bytes) {
    bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    if (bytes > static_cast<size_t>(end_ - at_)) Grow(bytes);
    std::byte* taken = at_;
    at_ += bytes;
    return taken;
  }
  template <typename T>
  T* Array(size_t count) {
    return static_cast<T*>(Allocate(count * sizeof(T)));
  }
  std::string_view Copy(std::string_view text) {
    auto* bytes = Array<char>(text.size());
    if (!text.empty()) std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }
  // Forgets every value; keeps one block for the next evaluation.
  void Reset() {
    blocks_.clear();
    at_ = first_;
    end_ = first_ + kFirstBytes;
  }

 private:
  static constexpr size_t kAlignment = 16;
  static constexpr size_t kFirstBytes = 4096;

  void Grow(size_t bytes) {
    const size_t size = bytes > kBlockBytes ? bytes : kBlockBytes;
    // Blocks from operator new are aligned for every value.
    blocks_.push_back(std::make_unique<std::byte[]>(size));
    at_ = blocks_.back().get();
    end_ = at_ + size;
  }

  static constexpr size_t kBlockBytes = 64 * 1024;
  alignas(kAlignment) std::byte first_[kFirstBytes];
  std::byte* at_ = first_;
  std::byte* end_ = first_ + kFirstBytes;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace bylaw::value

#endif  // BYLAW_COMPILER_VALUE_ARENA_H_
