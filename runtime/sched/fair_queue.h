// The scheduler of one pool of slots: who gets the next one, and who may still join the queue.
//
// Hierarchical start-time fair queueing over eligible nodes: root → orgs and tenants without org → tenants of orgs.
// Cost is slot time: the engine's estimate is charged at dispatch and settled when the turn ends. Caps, bursts, lanes
// and backpressure are here; rates, budgets and suspension reach this object as gates. Reviewer pools use it as well.
//
// INVARIANT(eligible-only): a node is in its parent's heap iff work waits below it and nothing holds it back; dispatch
// never skips a node. INVARIANT(minimum): no tenant gets a slot while another one with eligible work holds fewer slots
// than its minimum, unless it does too. INVARIANT(tag-order): every eligible node's tag is at least the virtual time at
// which it entered.
//
// Deterministic and sans I/O: time comes in as an argument and must not go back; equal calls give equal answers.
// A single-threaded object: the caller serialises all calls, the readers included. Enqueue, Dispatch, Complete and
// Cancel are O(log n) and allocate nothing once the tables have grown. Misuse (an unknown id, a turn completed twice)
// is a bug and fails a BYLAW_CHECK. `FairQueue` is the type to use; entry points: Enqueue, Dispatch, Complete.
#ifndef BYLAW_RUNTIME_SCHED_FAIR_QUEUE_H_
#define BYLAW_RUNTIME_SCHED_FAIR_QUEUE_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/huge_pages.h"
#include "base/ids.h"
#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/sched/job_slab.h"
#include "runtime/sched/rules.h"
#include "runtime/sched/tree.h"

namespace bylaw::sched {

struct NodeTag;
// The root, an org or a tenant of one queue; dense, in the order of Add…, the root is 0.
using NodeId = Id<NodeTag>;

inline constexpr uint32_t kUnlimited = UINT32_MAX;

enum class Strategy : uint8_t {
  kFifo,        // arrival order across all tenants; no caps, no lanes, no orgs
  kRoundRobin,  // tenants take equal turns, however long; no caps, no lanes, no orgs
  kWeighted,    // slot time by weight, orgs included; no caps, no lanes
  kPolicy,      // weighted, with caps, bursts and lanes
};

// What the engine may shut on a tenant or an org; caps shut by themselves. Gates hold under every strategy.
enum class Gate : uint8_t { kRate, kBudget, kPaused };

struct Options {
  Strategy strategy = Strategy::kPolicy;
  uint32_t slots = 1;
  // How many jobs may wait in all; holds under every strategy.
  uint32_t room = kUnlimited;
  // α of the backpressure formula, in millionths: how much of its fair part of the free shared room one tenant may
  // take.
  uint32_t alpha_ppm = 1'000'000;
  // What a lane adds to a job's enqueue time when one tenant's jobs are compared: a normal job goes before any urgent
  // one that came more than five minutes after it, a background job before any that came an hour after it.
  std::array<DurationNs, kLanes> lane_offset_ns = {0, 5 * kMinuteNs, 60 * kMinuteNs};
  // Events kept until TakeEvents; later ones are dropped and counted.
  uint32_t events_max = 65'536;
};

struct OrgOptions {
  uint64_t weight = 0;        // 0: the sum of its members'
  uint32_t cap = kUnlimited;  // "together at most N workflows at once"
};

struct TenantOptions {
  uint64_t weight = 1;                // ≥ 1
  uint32_t cap = kUnlimited;          // workflows at once, ≥ 1
  uint32_t burst_ceiling = 0;         // "bursting to"; no burst unless above `cap`
  DurationNs burst_duration_ns = 0;   // "for"
  uint32_t waiting_max = kUnlimited;  // "at most N workflows waiting"
  // Waiting jobs that are never refused, whatever others do. The sum over all tenants must not exceed Options::room
  // (GuaranteedShare gives a division that does not).
  uint32_t guaranteed = 0;
  // "at least N slots": whenever a slot is given out, tenants with work and fewer than these go first. The sum over all
  // tenants must not exceed Options::slots for all of them to be kept.
  uint32_t slots_min = 0;
  uint32_t urgent_share_ppm = 1'000'000;  // "lane urgent at most 20%" of the cap (of the slots, if there is no cap)
};

// Half of a pool's room divided by weight: a `guaranteed` for each tenant whose sum fits.
constexpr uint32_t GuaranteedShare(uint32_t room, uint64_t weight, uint64_t weights_sum) {
  return static_cast<uint32_t>(static_cast<unsigned __int128>(room / 2) * weight / weights_sum);
}

// Names a waiting job; stale once the job has been dispatched or cancelled.
struct JobTicket {
  uint32_t index = kNone;
  uint32_t generation = 0;
};
// Names a turn from Dispatch to Complete or Park.
struct TurnId {
  uint32_t index = kNone;
  uint32_t generation = 0;
};

enum class Refusal : uint8_t {
  kNone,
  kTenantFull,
  kPoolFull
};  // the tenant's own maximum; its part of the pool's room

struct Admission {
  bool accepted = false;
  JobTicket ticket;                  // if accepted
  Refusal refusal = Refusal::kNone;  // if not
  DurationNs retry_after_ns = 0;     // if not: when, at the tenant's own drain rate, there should be room again
};

struct Turn {
  TurnId id;
  uint64_t job = 0;  // the caller's
  NodeId tenant;
  abi::Lane lane = abi::Lane::kNormal;  // as handled: urgent beyond its quota is normal
  bool bursting = false;                // above the tenant's cap
  TimeNs enqueue_time = 0;
  DurationNs estimate_ns = 0;  // what was charged
};

enum class EventKind : uint8_t {
  kCapHit,        // work waits and the cap holds it back; once until nothing waits any more
  kBurstStarted,  // above the cap
  kBurstEnded,    // below the cap again
  kPaybackStarted,
  kPaybackEnded,
};
struct Event {
  EventKind kind = EventKind::kCapHit;
  NodeId node;
  TimeNs at = 0;
  uint32_t at_once = 0;
};

// What metrics read of a node; for an org the sums of its members.
struct NodeCounters {
  uint32_t at_once = 0;  // dispatched and not finished, parked ones included
  uint32_t waiting = 0;  // tenants only
  uint32_t cap = 0;      // in force now (a burst being paid back lowers it)
  uint64_t cap_hits = 0;
  uint64_t bursts = 0;
  uint64_t refused = 0;
  DurationNs service_ns = 0;  // slot time charged, settled turns at their actual cost
  bool eligible = false;
};

template <class Rules>
class BasicFairQueue {
 public:
  explicit BasicFairQueue(const Options& options);

  static constexpr NodeId root() { return NodeId(0); }

  // The tree. Parameters may change at any time, also while work waits: charges already made stay as they are, a new
  // weight counts from the next charge on, a lowered cap drains. An org is fixed for a tenant's life.
  NodeId AddOrg(const OrgOptions& options);
  NodeId AddTenant(NodeId parent, const TenantOptions& options, TimeNs now);
  void SetOrg(NodeId org, const OrgOptions& options, TimeNs now);
  void SetTenant(NodeId tenant, const TenantOptions& options, TimeNs now);
  void SetGate(NodeId node, Gate gate, bool shut, TimeNs now);
  void SetSlots(uint32_t slots, TimeNs now);
  void SetRoom(uint32_t room) { options_.room = room; }
  // Makes room in the tables, so that no call has to grow them.
  void Reserve(size_t nodes, size_t jobs);

  // A new job. `estimate_ns` is the engine's own estimate of the slot time its turn will take (CostEstimator gives
  // one), never the caller's: whoever could understate it would be served ahead of its share until the turn is settled.
  Admission Enqueue(NodeId tenant, uint64_t job, abi::Lane lane, TimeNs enqueue_time, DurationNs estimate_ns,
                    TimeNs now);
  // A run that waits for a slot again (woken from a rate, a review, a suspension) with its original enqueue time. Never
  // refused: it was accepted once. `held`: it was parked by Park and still counts in "at once".
  JobTicket Wake(NodeId tenant, uint64_t job, abi::Lane lane, TimeNs enqueue_time, DurationNs estimate_ns, bool held,
                 TimeNs now);
  // Takes a waiting job out; false if it no longer waits. A held one stops counting in "at once".
  bool Cancel(JobTicket ticket, TimeNs now);

  // The next turn, if a slot is idle and anything is eligible.
  std::optional<Turn> Dispatch(TimeNs now) { return Dispatch(now, nullptr, nullptr); }
  // The same with the estimate of the chosen job as it is now: what was learned while it waited counts, and which of a
  // tenant's equal jobs goes first leaves the charge alone (I6).
  using EstimateFn = DurationNs (*)(void* context, uint64_t job);
  std::optional<Turn> Dispatch(TimeNs now, EstimateFn estimate, void* context);
  // The turn is over after `actual_ns` of slot time and its workflow no longer counts in "at once".
  void Complete(TurnId turn, DurationNs actual_ns, TimeNs now) {
    EndTurn(turn, actual_ns, /*keep_at_once=*/false, now);
  }
  // The slot is given back while the workflow waits on a rate: it goes on counting in "at once" until Wake(held) and
  // the turn after it, or Unpark.
  void Park(TurnId turn, DurationNs actual_ns, TimeNs now) { EndTurn(turn, actual_ns, /*keep_at_once=*/true, now); }
  // A parked run ends without another turn, or will come back as one that does not count (suspended, in review).
  void Unpark(NodeId tenant, TimeNs now);

  // When a burst runs dry or has been paid back: call Dispatch then, even if nothing else happens. kForeverNs: never.
  TimeNs NextTimer() const;

  NodeCounters Counters(NodeId node) const;
  uint32_t slots_in_use() const { return slots_in_use_; }
  uint32_t waiting() const { return waiting_; }
  uint64_t events_dropped() const { return events_dropped_; }
  // Appends all events since the last call to *out, oldest first.
  void TakeEvents(std::vector<Event>* out);

  // Recomputes everything stored from its definition: heap order and positions, eligibility, sums, backpressure. What
  // is wrong, or "". O(nodes + jobs), for tests.
  std::string CheckConsistency() const;

 private:
  struct Choice {
    uint32_t job = kNone;
    abi::Lane lane = abi::Lane::kNormal;  // as handled
  };

  Node& tenant_node(NodeId id);
  bool uses_caps() const { return options_.strategy == Strategy::kPolicy; }
  bool uses_lanes() const { return options_.strategy == Strategy::kPolicy; }
  bool uses_tags() const { return options_.strategy != Strategy::kFifo; }
  bool is_flat() const { return options_.strategy == Strategy::kFifo || options_.strategy == Strategy::kRoundRobin; }
  void AdvanceClock(TimeNs now) { now_ = std::max(now_, now); }

  // The tree (fair_queue_tree_inl.h).
  uint32_t AddNode(uint32_t parent);
  void ApplyTenantOptions(uint32_t id, const TenantOptions& options);
  void ApplyWeight(uint32_t id, uint64_t weight);
  void ApplyOrgWeight(uint32_t id);
  void ApplyGate(uint32_t id, uint8_t bit, bool shut);
  void ApplyUrgentQuota(uint32_t id);
  void Emit(EventKind kind, uint32_t node);

  // Bursts (fair_queue_burst_inl.h).
  void ApplyBurst(uint32_t id, const TenantOptions& options);
  void AdvanceBurst(uint32_t id);
  void ScheduleBurst(uint32_t id);
  void RunTimers();

  // Eligibility (fair_queue_tree_inl.h).
  Eligibility TenantEligibility(uint32_t id) const;
  Eligibility OrgEligibility(const Node& node) const;
  HeapKey KeyOf(uint32_t id) const;
  HeapKey HeldKeyOf(uint32_t id) const;
  void Refresh(uint32_t id);
  void RefreshHeld(uint32_t id, Group& group);
  void NoteCapHit(uint32_t id, bool held_back, bool anything_waits);
  Tag VirtualTime(Group& group) const;
  Tag ArrivalTag(uint32_t id) const;
  void NoteIdle();

  // Jobs and turns (fair_queue_turns_inl.h).
  Admission Refuse(uint32_t id, DurationNs estimate_ns);
  Backlog BacklogOf(const Node& node) const;
  JobTicket Shelve(uint32_t id, const Job& entry);
  void Unshelve(uint32_t index);
  uint32_t HeadOf(uint32_t id, int source) const;
  Choice Choose(uint32_t id, bool held_only) const;
  void CountWaiting(Node& node, int by);
  void CountAtOnce(uint32_t id, int by);
  void UpdateActive(Node& node);
  void NoteDrain(Node& node);
  TurnId AllocateTurn();
  Turn StartTurn(uint32_t id, Choice choice, bool org_at_cap, EstimateFn estimate, void* context);
  TurnLevel Charge(uint32_t id, DurationNs cost, bool raise_virtual_time);
  void Settle(const TurnLevel& level, DurationNs service_difference, DurationNs actual_cost);
  void EndTurn(TurnId turn, DurationNs actual_ns, bool keep_at_once, TimeNs now);

  // Consistency (fair_queue_check_inl.h).
  std::string CheckNode(uint32_t id) const;
  std::string CheckJobs(uint32_t id) const;
  std::string CheckHeaps() const;
  std::string CheckSums() const;

  Options options_;
  HugeVector<Node> nodes_;
  HugeVector<NodeDetail> details_;  // what the hot path seldom reads, same index
  HugeVector<Group> groups_;        // the children of the root and of each org
  HugeVector<uint32_t> positions_;  // in the parent's heap, by node
  HugeVector<uint32_t> held_positions_;
  JobSlab jobs_;
  HugeVector<TurnRecord> turns_;
  std::vector<uint32_t> free_turns_;
  IndexedHeap timers_;  // keyed by time, element: tenant with a burst
  std::vector<uint32_t> timer_positions_;
  std::vector<Event> events_;
  uint64_t events_dropped_ = 0;

  TimeNs now_ = kBeginningOfTimeNs;
  uint32_t slots_in_use_ = 0;
  uint32_t idle_epoch_ = 0;
  uint32_t sequence_ = 0;
  uint32_t waiting_ = 0;
  uint32_t shared_used_ = 0;       // Σ max(0, q − g)
  uint64_t guaranteed_total_ = 0;  // Σ g
  uint64_t active_weight_ = 0;
};

extern template class BasicFairQueue<FairRules>;
using FairQueue = BasicFairQueue<FairRules>;

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_FAIR_QUEUE_H_
