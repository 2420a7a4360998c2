// The nodes of a fair queue: what dispatch reads of each in two cache lines, the rest apart.
//
// Plain data of BasicFairQueue, which owns every invariant. Not for other users.
#ifndef BYLAW_RUNTIME_SCHED_TREE_H_
#define BYLAW_RUNTIME_SCHED_TREE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/sched/burst_bucket.h"
#include "runtime/sched/indexed_heap.h"
#include "runtime/sched/job_slab.h"
#include "runtime/sched/rules.h"

namespace bylaw::sched {

// Ordered: more is better.
enum class Eligibility : uint8_t {
  kNone,
  kBurst,   // above its cap, on slots nobody under a cap wants
  kNormal,  // under its cap
  kOwed,    // below its guaranteed minimum of slots
};

// Bits of Node::flags.
enum NodeFlag : uint8_t {
  kFlagActive = 1,      // something waits: counts in Σφ of the backpressure formula
  kFlagCapHit = 2,      // reported; until nothing waits
  kFlagBacklogged = 4,  // work was left waiting at the last dispatch
  kFlagBurst = 8,       // has a bucket
  kFlagBursting = 16,   // reported; until below the cap
  kFlagInHeld = 32,     // in the parent's heap of nodes with held jobs
  kFlagMinimum = 64,    // a number of slots is guaranteed to it
};

// Bits of Node::gates: one for each Gate, and for its org's where orgs do not compete.
inline constexpr int kOrgGateShift = 4;

// A tenant, an org or the root.
struct alignas(64) Node {
  Tag tag = 0;
  uint64_t inverse_weight = InverseWeight(1);
  uint32_t cap = UINT32_MAX;  // in force now
  uint32_t at_once = 0;
  uint32_t queued = 0;
  uint32_t lifts = 0;      // times the tag was raised to the virtual time
  uint32_t parent = 0;     // whose group it competes in
  uint32_t group = kNone;  // its children's; kNone: a tenant
  uint32_t urgent_quota = UINT32_MAX;
  uint32_t urgent_at_once = 0;
  uint8_t gates = 0;
  uint8_t flags = 0;
  Eligibility eligibility = Eligibility::kNone;
  uint8_t unused = 0;
  uint32_t drain_interval_us = 0;  // smoothed time between dispatches while work waited; 0: unknown

  // Second line: tenants only.
  std::array<JobList, kLanes> fresh;
  uint16_t sources = 0;  // bit lane + 3·shelf: jobs wait there
  uint32_t held_waiting = 0;
  uint32_t guaranteed = 0;
  uint32_t waiting_max = UINT32_MAX;
  DurationNs service_ns = 0;
  TimeNs last_dispatch = 0;
  uint64_t weight = 1;

  bool is_tenant() const { return group == kNone; }
};
static_assert(sizeof(Node) == 128);

// Jobs that came back with an older time, one heap for each lane, of those that are held and those that are not.
struct WokenJobs {
  std::array<IndexedHeap, 2 * kLanes> heaps;  // a job's position is in Job::previous

  IndexedHeap& heap(Shelf shelf, abi::Lane lane) { return heaps[static_cast<size_t>(SourceOf(shelf, lane)) - kLanes]; }
};

struct NodeDetail {
  uint32_t org = kNone;  // whose "together" a tenant counts in; kNone: none
  uint32_t cap = UINT32_MAX;
  uint32_t burst_ceiling = 0;
  uint32_t urgent_share_ppm = 1'000'000;
  uint32_t parked = 0;          // held without waiting
  uint32_t slots_min = 0;       // guaranteed
  uint64_t stated_weight = 0;   // orgs; 0: the members' sum
  uint64_t members_weight = 0;  // orgs
  uint64_t cap_hits = 0;
  uint64_t bursts = 0;
  uint64_t refused = 0;
  std::optional<BurstBucket> burst;
  std::unique_ptr<WokenJobs> woken;  // made when the first job comes back
};

// What one level of the tree was charged for a turn, and what settling it takes.
struct TurnLevel {
  Tag charge = 0;
  uint64_t inverse_weight = 0;  // at dispatch
  uint32_t node = kNone;
  uint32_t lifts = 0;  // of the node, at dispatch
};

struct TurnRecord {
  std::array<TurnLevel, 2> levels;  // the tenant, then its org (kNone: it has none)
  DurationNs estimate_ns = 0;
  uint32_t generation = 0;
  abi::Lane lane = abi::Lane::kNormal;  // as handled
  bool running = false;
};

// In a heap nodes that are owed their minimum come before all others, and bursting ones after them, whatever their
// tags.
constexpr Tag RankOf(Eligibility eligibility) {
  return static_cast<Tag>(static_cast<uint8_t>(Eligibility::kOwed) - static_cast<uint8_t>(eligibility)) << kTagBits;
}
// Of the node that has this key.
constexpr Eligibility EligibilityOf(HeapKey key) {
  return static_cast<Eligibility>(static_cast<uint8_t>(Eligibility::kOwed) -
                                  static_cast<uint8_t>(key >> (32 + kTagBits)));
}

// The children of one parent, and its virtual time.
struct alignas(64) Group {
  IndexedHeap heap;  // eligible children; normal ones before bursting ones, then by tag, then by id
  IndexedHeap held;  // children with held jobs, which an org at its cap may still run; owed ones first
  Tag virtual_time = 0;
  Tag tag_max = 0;          // the largest tag any child ever had
  uint32_t idle_epoch = 0;  // up to which idle moment virtual_time is current
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_TREE_H_
