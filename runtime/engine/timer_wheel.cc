#include "runtime/engine/timer_wheel.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace bylaw::engine {

void TimerWheel::Reserve(uint32_t ids) {
  if (ids > nodes_.size()) nodes_.resize(ids);
}

uint16_t TimerWheel::BucketOf(TimeNs time) const {
  const uint64_t differing = static_cast<uint64_t>(time) ^ static_cast<uint64_t>(base_);
  const int level = differing == 0 ? 0 : (63 - std::countl_zero(differing)) / kDigitBits;
  const uint64_t digit = (static_cast<uint64_t>(time) >> (level * kDigitBits)) & (kSlots - 1);
  return static_cast<uint16_t>(static_cast<uint32_t>(level) * kSlots + digit);
}

void TimerWheel::Append(uint16_t bucket, uint32_t id) {
  Node& node = nodes_[id];
  Bucket& list = buckets_[bucket];
  node.bucket = bucket;
  node.next = kNoTimer;
  node.previous = list.tail;
  if (list.tail == kNoTimer) {
    list.head = id;
    occupied_[bucket / kSlots] |= uint64_t{1} << (bucket % kSlots);
  } else {
    nodes_[list.tail].next = id;
  }
  list.tail = id;
}

void TimerWheel::Unlink(uint32_t id) {
  Node& node = nodes_[id];
  Bucket& list = buckets_[node.bucket];
  (node.previous == kNoTimer ? list.head : nodes_[node.previous].next) = node.next;
  (node.next == kNoTimer ? list.tail : nodes_[node.next].previous) = node.previous;
  if (list.head == kNoTimer) occupied_[node.bucket / kSlots] &= ~(uint64_t{1} << (node.bucket % kSlots));
  node.bucket = kUnset;
}

void TimerWheel::Set(uint32_t id, TimeNs at) {
  if (id >= nodes_.size()) nodes_.resize(id + 1);
  Node& node = nodes_[id];
  BYLAW_CHECK(node.bucket == kUnset, "an id has at most one timer");
  node.time = std::max(at, base_);
  Append(BucketOf(node.time), id);
  ++size_;
  if (next_time_known_) next_time_ = std::min(next_time_, node.time);
}

bool TimerWheel::Cancel(uint32_t id) {
  if (id >= nodes_.size() || nodes_[id].bucket == kUnset) return false;
  if (next_time_known_ && nodes_[id].time == next_time_) next_time_known_ = false;
  Unlink(id);
  --size_;
  return true;
}

uint16_t TimerWheel::FirstBucket() const {
  for (uint32_t level = 0; level < kLevels; ++level) {
    if (occupied_[level] != 0) {
      return static_cast<uint16_t>(level * kSlots + static_cast<uint32_t>(std::countr_zero(occupied_[level])));
    }
  }
  return kUnset;
}

uint32_t TimerWheel::PopDue(TimeNs now) {
  if (next_time_known_ && next_time_ > now) return kNoTimer;
  for (;;) {
    const uint16_t first = FirstBucket();
    if (first == kUnset) {
      base_ = std::max(base_, now);
      next_time_ = kForeverNs;
      next_time_known_ = true;
      return kNoTimer;
    }
    const uint32_t level = first / kSlots;
    const int shift = static_cast<int>(level) * kDigitBits;
    const uint64_t above = shift + kDigitBits >= 64 ? 0 : ~uint64_t{0} << (shift + kDigitBits);
    const TimeNs start =
        static_cast<TimeNs>((static_cast<uint64_t>(base_) & above) | (static_cast<uint64_t>(first % kSlots) << shift));
    if (start > now) return kNoTimer;
    base_ = start;
    const uint32_t head = buckets_[first].head;
    if (level == 0) {
      Unlink(head);
      --size_;
      next_time_known_ = false;
      return head;
    }
    const Bucket moving = buckets_[first];
    buckets_[first] = {};
    occupied_[level] &= ~(uint64_t{1} << (first % kSlots));
    for (uint32_t id = moving.head; id != kNoTimer;) {
      const uint32_t next = nodes_[id].next;
      Append(BucketOf(nodes_[id].time), id);
      id = next;
    }
  }
}

TimeNs TimerWheel::NextTime() const {
  if (next_time_known_) return next_time_;
  next_time_ = kForeverNs;
  next_time_known_ = true;
  const uint16_t first = FirstBucket();
  if (first == kUnset) return next_time_;
  for (uint32_t id = buckets_[first].head; id != kNoTimer; id = nodes_[id].next) {
    next_time_ = std::min(next_time_, nodes_[id].time);
  }
  return next_time_;
}

}  // namespace bylaw::engine
