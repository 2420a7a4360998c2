#include "runtime/sched/indexed_heap.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "base/prng.h"

namespace bylaw::sched {
namespace {

TEST(IndexedHeapTest, AgreesWithASortedSetThroughPushesUpdatesAndRemovals) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Prng prng(seed);
    constexpr uint32_t kIds = 200;
    IndexedHeap heap;
    std::set<HeapKey> reference;
    std::vector<uint32_t> positions(kIds, kNotInHeap);
    auto position_of = [&positions](uint32_t id) -> uint32_t& { return positions[id]; };
    for (int step = 0; step < 2'000; ++step) {
      const uint32_t id = static_cast<uint32_t>(prng.Below(kIds));
      // Few different ranks: ties fall to the smaller id.
      const HeapKey key = MakeHeapKey(static_cast<HeapKey>(prng.Below(50)) << 64, id);
      if (positions[id] == kNotInHeap) {
        heap.Push(key, position_of);
        reference.insert(key);
      } else {
        reference.erase(heap.key_at(positions[id]));
        if (prng.Chance(0.4)) {
          heap.Remove(positions[id], position_of);
        } else {
          heap.Update(positions[id], key, position_of);
          reference.insert(key);
        }
      }
      ASSERT_EQ(heap.size(), reference.size());
      ASSERT_EQ(heap.empty(), reference.empty());
      if (!reference.empty()) {
        ASSERT_TRUE(heap.top() == *reference.begin());
        ASSERT_EQ(heap.top_id(), HeapKeyId(*reference.begin()));
      }
      ASSERT_TRUE(heap.IsConsistent(position_of));
    }
  }
}

}  // namespace
}  // namespace bylaw::sched
