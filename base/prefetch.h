// Asks memory for the cache line at an address that is read soon. No effect but on time; any address will do.
//
// __builtin_prefetch alone is not enough: GCC takes a function that only prefetches for one without effect and drops
// calls of it.
#ifndef BYLAW_BASE_PREFETCH_H_
#define BYLAW_BASE_PREFETCH_H_

namespace bylaw {

inline void Prefetch(const void* address) {
#if defined(__x86_64__)
  asm volatile("prefetcht0 (%0)" : : "r"(address));
#else
  __builtin_prefetch(address);
  asm volatile("");
#endif
}

}  // namespace bylaw

#endif  // BYLAW_BASE_PREFETCH_H_
