// The arithmetic of start-time fair queueing, in one place: tags, charges, settlement, backpressure.
//
// Pure functions without state. BasicFairQueue takes them as a template argument, so that tests can swap one rule for a
// wrong one and show that the invariants catch it, while production code pays nothing for that.
// Algorithm: P. Goyal, H. Vin, H. Cheng, "Start-time Fair Queueing" (SIGCOMM 1996), with settlement after the turn.
#ifndef BYLAW_RUNTIME_SCHED_RULES_H_
#define BYLAW_RUNTIME_SCHED_RULES_H_

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/planted_bug.h"

namespace bylaw::sched {

// A start tag: slot time divided by weight, in units of 2^-20 ns. 94 bits are used: half a million slot-years at weight
// 1.
using Tag = unsigned __int128;
inline constexpr int kTagFractionBits = 20;
inline constexpr int kTagBits = 94;

// ⌊2^63 / weight⌋, so that a charge is a multiplication; weight ≥ 1.
constexpr uint64_t InverseWeight(uint64_t weight) { return (uint64_t{1} << 63) / weight; }

// cost / weight as a tag; at least one unit, at most ⌊exact⌋ and never off by more than weight / 2^43 of it.
constexpr Tag ChargeTag(DurationNs cost, uint64_t inverse_weight) {
  const Tag tag = (static_cast<Tag>(cost) * inverse_weight) >> (63 - kTagFractionBits);
  return std::max<Tag>(tag, 1);
}

// What decides whether one more job of a tenant may wait.
struct Backlog {
  uint32_t queued = 0;         // q: the tenant's waiting jobs
  uint32_t guaranteed = 0;     // g
  uint64_t weight = 1;         // φ
  uint64_t active_weight = 1;  // Σφ over tenants with work waiting (they share the room), this one included
  uint32_t shared_free = 0;    // room − Σg − Σ max(0, q − g)
  uint32_t waiting = 0;        // Σq
  uint32_t room = 0;           // of the pool
  uint32_t alpha_ppm = 0;      // α, in millionths
};

struct FairRules {
  // What a turn of `slot_time` costs. At least 1 ns; the lane is an argument only to say that it does not matter.
  static DurationNs Cost(DurationNs slot_time, abi::Lane lane) {
    if (abi::Planted(abi::PlantedBug::kJobsCounted)) return kSecondNs;
    if (lane == abi::Lane::kUrgent && abi::Planted(abi::PlantedBug::kUrgentIsCheap)) slot_time /= 2;
    return std::max<DurationNs>(slot_time, 1);
  }

  // A node becomes eligible: debt is kept, credit is lost.
  static Tag Enter(Tag tag, Tag virtual_time) {
    if (abi::Planted(abi::PlantedBug::kDebtReset)) return virtual_time;
    if (abi::Planted(abi::PlantedBug::kNeverLifted)) return tag;
    return std::max(tag, virtual_time);
  }

  // A turn cost less than it was charged. If the node was lifted since that dispatch, the refund gives no credit
  // below the virtual time.
  static Tag Refund(Tag tag, Tag refund, Tag virtual_time, bool lifted_since_dispatch) {
    if (!lifted_since_dispatch || abi::Planted(abi::PlantedBug::kRefundIsCredit)) return tag - refund;
    return std::min(tag, std::max(tag - refund, virtual_time));
  }

  // Whether a tenant on so many slots is still owed its guaranteed minimum.
  static bool BelowMinimum(uint32_t on_slots, uint32_t minimum) {
    return on_slots < minimum && !abi::Planted(abi::PlantedBug::kMinimumIgnored);
  }

  // q < g + α·φ/Σφ·free, without a division.
  static bool Admits(const Backlog& b) {
    if (abi::Planted(abi::PlantedBug::kOneThreshold)) return b.waiting < b.room;
    if (b.queued < b.guaranteed) return true;
    const Tag beyond = static_cast<Tag>(b.queued - b.guaranteed) * b.active_weight * 1'000'000;
    return beyond < static_cast<Tag>(b.weight) * b.alpha_ppm * b.shared_free;
  }

  // The smallest q that is not admitted: g + ⌈α·φ/Σφ·free⌉.
  static uint64_t QueueLimit(const Backlog& b) {
    const Tag share = static_cast<Tag>(b.weight) * b.alpha_ppm * b.shared_free;
    const Tag whole = static_cast<Tag>(b.active_weight) * 1'000'000;
    return b.guaranteed + static_cast<uint64_t>((share + whole - 1) / whole);
  }
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_RULES_H_
