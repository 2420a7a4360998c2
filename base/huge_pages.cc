#include "base/huge_pages.h"

#include <sys/mman.h>

namespace bylaw {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kCacheLine = 64;

std::align_val_t Alignment(size_t bytes) { return std::align_val_t{bytes >= kHugePage ? kHugePage : kCacheLine}; }

}  // namespace

void* AllocateLarge(size_t bytes) {
  void* memory = ::operator new(bytes, Alignment(bytes));
#ifdef MADV_HUGEPAGE
  if (bytes >= kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

void FreeLarge(void* memory, size_t bytes) { ::operator delete(memory, Alignment(bytes)); }

}  // namespace bylaw
