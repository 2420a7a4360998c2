#include "base/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace bylaw {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kCacheLine = 64;

// Only memory that nobody has touched is given in huge pages, which what the heap recycles is not. Sanitizers, which
// must see every pointer, know the heap only.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kMap = false;
#else
constexpr bool kMap = true;
#endif

std::align_val_t Alignment(size_t bytes) { return std::align_val_t{bytes >= kHugePage ? kHugePage : kCacheLine}; }

size_t WholePages(size_t bytes) { return (bytes + kHugePage - 1) & ~(kHugePage - 1); }

// Maps a huge page more than is needed, and gives back what lies outside the aligned part.
void* MapAligned(size_t bytes) {
  const size_t room = bytes + kHugePage;
  void* mapped = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<char*>(mapped);
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(begin) % kHugePage) % kHugePage;
  if (before > 0) munmap(begin, before);
  if (before < kHugePage) munmap(begin + before + bytes, kHugePage - before);
  madvise(begin + before, bytes, MADV_HUGEPAGE);
  return begin + before;
}

}  // namespace

void* AllocateLarge(size_t bytes) {
  if (kMap && bytes >= kHugePage) return MapAligned(WholePages(bytes));
  return ::operator new(bytes, Alignment(bytes));
}

void FreeLarge(void* memory, size_t bytes) {
  if (kMap && bytes >= kHugePage) {
    munmap(memory, WholePages(bytes));
  } else {
    ::operator delete(memory, Alignment(bytes));
  }
}

}  // namespace bylaw
