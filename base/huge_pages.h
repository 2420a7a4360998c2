// An allocator for large tables that are read at random: asks the kernel for huge pages, so that a lookup costs a cache
// miss and not a page walk besides.
//
// Allocations of 2 MiB and more are mapped afresh, aligned to huge pages and advised; smaller ones come from operator
// new. The advice is a hint: where the kernel has no huge pages to give, nothing but speed is lost. Thread-safe.
#ifndef BYLAW_BASE_HUGE_PAGES_H_
#define BYLAW_BASE_HUGE_PAGES_H_

#include <cstddef>
#include <new>
#include <vector>

namespace bylaw {

// Memory for `bytes`, aligned to a cache line at least; throws std::bad_alloc. Freed with the same number of bytes.
void* AllocateLarge(size_t bytes);
void FreeLarge(void* memory, size_t bytes);

template <typename T>
struct HugePageAllocator {
  using value_type = T;
  HugePageAllocator() = default;
  template <typename U>
  HugePageAllocator(const HugePageAllocator<U>&) {}
  T* allocate(size_t n) { return static_cast<T*>(AllocateLarge(n * sizeof(T))); }
  void deallocate(T* memory, size_t n) { FreeLarge(memory, n * sizeof(T)); }
  friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }
};

template <typename T>
using HugeVector = std::vector<T, HugePageAllocator<T>>;

}  // namespace bylaw

#endif  // BYLAW_BASE_HUGE_PAGES_H_
