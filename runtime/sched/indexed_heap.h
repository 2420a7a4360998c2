// A 4-ary min-heap of 128-bit keys whose low 32 bits name the element, with positions kept outside.
//
// INVARIANT(heap-position): `positions(id)` is the index of id's key for every element; kNotInHeap is the owner's mark
// for the others. One key is 16 bytes, the four children of a node share a cache line, and ties fall to the smaller
// id. Update and removal by position are O(log₄ n). Not thread-safe.
#ifndef BYLAW_RUNTIME_SCHED_INDEXED_HEAP_H_
#define BYLAW_RUNTIME_SCHED_INDEXED_HEAP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/huge_pages.h"

namespace bylaw::sched {

using HeapKey = unsigned __int128;
inline constexpr uint32_t kNotInHeap = UINT32_MAX;

constexpr HeapKey MakeHeapKey(unsigned __int128 rank, uint32_t id) { return rank << 32 | id; }
constexpr uint32_t HeapKeyId(HeapKey key) { return static_cast<uint32_t>(key); }

class IndexedHeap {
 public:
  IndexedHeap() : keys_(kPadding) {}

  bool empty() const { return keys_.size() == kPadding; }
  size_t size() const { return keys_.size() - kPadding; }
  HeapKey top() const { return keys_[kPadding]; }
  uint32_t top_id() const { return HeapKeyId(top()); }
  HeapKey key_at(uint32_t position) const { return keys_[position]; }

  // `positions` is a callable uint32_t&(uint32_t id).
  template <typename Positions>
  void Push(HeapKey key, Positions&& positions) {
    keys_.push_back(key);
    SiftUp(End() - 1, key, positions);
  }

  template <typename Positions>
  void Update(uint32_t position, HeapKey key, Positions&& positions) {
    if (key < keys_[position]) {
      SiftUp(position, key, positions);
    } else {
      SiftDown(position, key, positions);
    }
  }

  template <typename Positions>
  void Remove(uint32_t position, Positions&& positions) {
    positions(HeapKeyId(keys_[position])) = kNotInHeap;
    const HeapKey last = keys_.back();
    keys_.pop_back();
    if (position == End()) return;
    if (position > kPadding && last < keys_[Parent(position)]) {
      SiftUp(position, last, positions);
    } else {
      SiftDown(position, last, positions);
    }
  }

  // Heap order and INVARIANT(heap-position), for tests.
  template <typename Positions>
  bool IsConsistent(Positions&& positions) const {
    for (uint32_t i = kPadding; i < End(); ++i) {
      if (i > kPadding && keys_[i] < keys_[Parent(i)]) return false;
      if (positions(HeapKeyId(keys_[i])) != i) return false;
    }
    return true;
  }

 private:
  static constexpr uint32_t kArity = 4;
  // The root is at index 3, so that siblings start at multiples of four: one cache line.
  static constexpr uint32_t kPadding = 3;
  static constexpr uint32_t Parent(uint32_t i) { return i / kArity + kPadding - 1; }
  static constexpr uint32_t FirstChild(uint32_t i) { return (i - kPadding + 1) * kArity; }
  uint32_t End() const { return static_cast<uint32_t>(keys_.size()); }

  template <typename Positions>
  void SiftUp(uint32_t hole, HeapKey key, Positions& positions) {
    while (hole > kPadding) {
      const uint32_t parent = Parent(hole);
      if (keys_[parent] < key) break;
      Place(hole, keys_[parent], positions);
      hole = parent;
    }
    Place(hole, key, positions);
  }

  template <typename Positions>
  void SiftDown(uint32_t hole, HeapKey key, Positions& positions) {
    const uint32_t end = End();
    for (uint32_t first = FirstChild(hole); first < end; first = FirstChild(hole)) {
      const uint32_t least = first + kArity <= end ? LeastOfFour(first) : LeastOf(first, end);
      if (key < keys_[least]) break;
      Place(hole, keys_[least], positions);
      hole = least;
    }
    Place(hole, key, positions);
  }

  // A tournament without branches on the keys, which are random.
  uint32_t LeastOfFour(uint32_t first) const {
    const uint32_t a = first + (keys_[first + 1] < keys_[first]);
    const uint32_t b = first + 2 + (keys_[first + 3] < keys_[first + 2]);
    return keys_[b] < keys_[a] ? b : a;
  }
  uint32_t LeastOf(uint32_t first, uint32_t end) const {
    uint32_t least = first;
    for (uint32_t i = first + 1; i < end; ++i) {
      if (keys_[i] < keys_[least]) least = i;
    }
    return least;
  }

  template <typename Positions>
  void Place(uint32_t position, HeapKey key, Positions& positions) {
    keys_[position] = key;
    positions(HeapKeyId(key)) = position;
  }

  HugeVector<HeapKey> keys_;  // aligned to a cache line
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_INDEXED_HEAP_H_
