// BasicFairQueue: the tree, its parameters, and which nodes are eligible. Included by fair_queue_inl.h only.
#ifndef BYLAW_RUNTIME_SCHED_FAIR_QUEUE_TREE_INL_H_
#define BYLAW_RUNTIME_SCHED_FAIR_QUEUE_TREE_INL_H_

#include <algorithm>
#include <limits>
#include <vector>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::sched {

// The root is a node like any other so that sums reach it by the same path; it never competes.
template <class Rules>
BasicFairQueue<Rules>::BasicFairQueue(const Options& options) : options_(options) {
  nodes_.emplace_back().group = 0;
  details_.emplace_back();
  groups_.emplace_back();
  positions_.push_back(kNotInHeap);
  held_positions_.push_back(kNotInHeap);
  timer_positions_.push_back(kNotInHeap);
}

template <class Rules>
void BasicFairQueue<Rules>::Reserve(size_t nodes, size_t jobs) {
  nodes_.reserve(nodes + 1);
  details_.reserve(nodes + 1);
  positions_.reserve(nodes + 1);
  held_positions_.reserve(nodes + 1);
  timer_positions_.reserve(nodes + 1);
  jobs_.Reserve(jobs);
}

template <class Rules>
uint32_t BasicFairQueue<Rules>::AddNode(uint32_t parent) {
  const uint32_t id = static_cast<uint32_t>(nodes_.size());
  nodes_.emplace_back().parent = parent;
  details_.emplace_back();
  positions_.push_back(kNotInHeap);
  held_positions_.push_back(kNotInHeap);
  timer_positions_.push_back(kNotInHeap);
  return id;
}

template <class Rules>
NodeId BasicFairQueue<Rules>::AddOrg(const OrgOptions& options) {
  const uint32_t id = AddNode(0);
  nodes_[id].group = static_cast<uint32_t>(groups_.size());
  groups_.emplace_back();
  SetOrg(NodeId(id), options, now_);
  return NodeId(id);
}

template <class Rules>
NodeId BasicFairQueue<Rules>::AddTenant(NodeId parent, const TenantOptions& options, TimeNs now) {
  BYLAW_CHECK(parent.index() < nodes_.size() && !nodes_[parent.index()].is_tenant(), "a tenant's parent is an org");
  AdvanceClock(now);
  const uint32_t id = AddNode(is_flat() ? 0 : parent.value());
  Node& node = nodes_[id];
  node.weight = 0;  // ApplyWeight adds the difference to the org's
  if (parent != root()) {
    details_[id].org = parent.value();
    if (is_flat()) node.gates = static_cast<uint8_t>(nodes_[parent.index()].gates << kOrgGateShift);
  }
  ApplyTenantOptions(id, options);
  return NodeId(id);
}

template <class Rules>
void BasicFairQueue<Rules>::SetOrg(NodeId org, const OrgOptions& options, TimeNs now) {
  const uint32_t id = org.value();
  BYLAW_CHECK(id != 0 && id < nodes_.size() && !nodes_[id].is_tenant(), "not an org");
  AdvanceClock(now);
  details_[id].stated_weight = options.weight;
  details_[id].cap = options.cap;
  nodes_[id].cap = uses_caps() ? options.cap : kUnlimited;
  ApplyOrgWeight(id);
  Refresh(id);
  NoteIdle();
}

template <class Rules>
void BasicFairQueue<Rules>::SetTenant(NodeId tenant, const TenantOptions& options, TimeNs now) {
  tenant_node(tenant);
  AdvanceClock(now);
  ApplyTenantOptions(tenant.value(), options);
  Refresh(tenant.value());
  NoteIdle();
}

template <class Rules>
void BasicFairQueue<Rules>::SetGate(NodeId id, Gate gate, bool shut, TimeNs now) {
  BYLAW_CHECK(id.value() != 0 && id.index() < nodes_.size(), "no such node");
  AdvanceClock(now);
  const uint8_t bit = static_cast<uint8_t>(1u << static_cast<uint8_t>(gate));
  ApplyGate(id.value(), bit, shut);
  // Without orgs in the tree, an org's gate is each member's; in other bits, so that neither opens the other.
  for (uint32_t member = 1; is_flat() && member < nodes_.size(); ++member) {
    if (details_[member].org == id.value()) ApplyGate(member, static_cast<uint8_t>(bit << kOrgGateShift), shut);
  }
  NoteIdle();
}

template <class Rules>
void BasicFairQueue<Rules>::ApplyGate(uint32_t id, uint8_t bit, bool shut) {
  uint8_t& gates = nodes_[id].gates;
  gates = shut ? gates | bit : gates & ~bit;
  Refresh(id);
}

template <class Rules>
void BasicFairQueue<Rules>::SetSlots(uint32_t slots, TimeNs now) {
  AdvanceClock(now);
  options_.slots = slots;
  for (uint32_t id = 1; id < nodes_.size(); ++id) {
    if (nodes_[id].is_tenant()) ApplyUrgentQuota(id);
  }
}

template <class Rules>
Node& BasicFairQueue<Rules>::tenant_node(NodeId id) {
  BYLAW_CHECK(id.index() < nodes_.size() && nodes_[id.index()].is_tenant(), "not a tenant");
  return nodes_[id.index()];
}

template <class Rules>
void BasicFairQueue<Rules>::ApplyTenantOptions(uint32_t id, const TenantOptions& options) {
  BYLAW_CHECK(options.weight >= 1 && options.cap >= 1, "weights and caps are at least 1");
  Node& node = nodes_[id];
  NodeDetail& detail = details_[id];
  ApplyWeight(id, options.weight);
  if (node.queued > node.guaranteed) shared_used_ -= node.queued - node.guaranteed;
  guaranteed_total_ += uint64_t{options.guaranteed} - node.guaranteed;
  node.guaranteed = options.guaranteed;
  if (node.queued > node.guaranteed) shared_used_ += node.queued - node.guaranteed;
  node.waiting_max = options.waiting_max;
  detail.slots_min = uses_caps() ? options.slots_min : 0;
  node.flags = static_cast<uint8_t>(detail.slots_min > 0 ? node.flags | kFlagMinimum : node.flags & ~kFlagMinimum);
  ApplyBurst(id, options);
  detail.cap = options.cap;
  node.cap = !uses_caps() ? kUnlimited : detail.burst ? detail.burst->cap_in_force() : options.cap;
  detail.urgent_share_ppm = options.urgent_share_ppm;
  ApplyUrgentQuota(id);
}

template <class Rules>
void BasicFairQueue<Rules>::ApplyWeight(uint32_t id, uint64_t weight) {
  Node& node = nodes_[id];
  if (node.weight != 0 && abi::Planted(abi::PlantedBug::kWeightsFrozen)) return;
  if (node.flags & kFlagActive) active_weight_ += weight - node.weight;
  if (const uint32_t org = details_[id].org; org != kNone) {
    details_[org].members_weight += weight - node.weight;
    ApplyOrgWeight(org);
  }
  node.weight = weight;
  node.inverse_weight = InverseWeight(weight);
}

template <class Rules>
void BasicFairQueue<Rules>::ApplyOrgWeight(uint32_t id) {
  const NodeDetail& detail = details_[id];
  const uint64_t weight = detail.stated_weight != 0 ? detail.stated_weight : detail.members_weight;
  nodes_[id].weight = std::max<uint64_t>(weight, 1);
  nodes_[id].inverse_weight = InverseWeight(nodes_[id].weight);
}

template <class Rules>
void BasicFairQueue<Rules>::ApplyUrgentQuota(uint32_t id) {
  const uint64_t cap = std::min(details_[id].cap, options_.slots);
  nodes_[id].urgent_quota = static_cast<uint32_t>((cap * details_[id].urgent_share_ppm + 999'999) / 1'000'000);
}

template <class Rules>
void BasicFairQueue<Rules>::Emit(EventKind kind, uint32_t node) {
  if (events_.size() >= options_.events_max) {
    ++events_dropped_;
    return;
  }
  events_.push_back({kind, NodeId(node), now_, nodes_[node].at_once});
}

template <class Rules>
void BasicFairQueue<Rules>::TakeEvents(std::vector<Event>* out) {
  out->insert(out->end(), events_.begin(), events_.end());
  events_.clear();
}

template <class Rules>
NodeCounters BasicFairQueue<Rules>::Counters(NodeId id) const {
  BYLAW_CHECK(id.index() < nodes_.size(), "no such node");
  const Node& node = nodes_[id.index()];
  const NodeDetail& detail = details_[id.index()];
  return {.at_once = node.at_once,
          .waiting = node.queued,
          .cap = node.cap,
          .cap_hits = detail.cap_hits,
          .bursts = detail.bursts,
          .refused = detail.refused,
          .service_ns = node.service_ns,
          .eligible = node.eligibility != Eligibility::kNone};
}

template <class Rules>
Eligibility BasicFairQueue<Rules>::TenantEligibility(uint32_t id) const {
  const Node& node = nodes_[id];
  if (node.queued == 0 || node.gates != 0) return Eligibility::kNone;
  const uint32_t cap = node.cap + (node.cap != kUnlimited && abi::Planted(abi::PlantedBug::kCapOffByOne) ? 1 : 0);
  if (node.at_once < cap || node.held_waiting > 0) {
    if (!(node.flags & kFlagMinimum)) return Eligibility::kNormal;
    const NodeDetail& detail = details_[id];
    const bool parked_too = abi::Planted(abi::PlantedBug::kParkedFillMinimum);
    const uint32_t on_slots = parked_too ? node.at_once : node.at_once - node.held_waiting - detail.parked;
    return Rules::BelowMinimum(on_slots, detail.slots_min) ? Eligibility::kOwed : Eligibility::kNormal;
  }
  if ((node.flags & kFlagBurst) && node.at_once < details_[id].burst->ceiling_in_force()) return Eligibility::kBurst;
  return Eligibility::kNone;
}

// An org at its cap may still run what already counts in it; if it is owed to a member, it is owed to the org.
template <class Rules>
Eligibility BasicFairQueue<Rules>::OrgEligibility(const Node& node) const {
  const Group& group = groups_[node.group];
  if (node.gates != 0) return Eligibility::kNone;
  if (node.at_once >= node.cap) {
    if (group.held.empty()) return Eligibility::kNone;
    const bool forgotten = abi::Planted(abi::PlantedBug::kHeldWithoutMinimum);
    return forgotten ? Eligibility::kNormal : EligibilityOf(group.held.top());
  }
  if (group.heap.empty()) return Eligibility::kNone;
  return EligibilityOf(group.heap.top());
}

template <class Rules>
HeapKey BasicFairQueue<Rules>::KeyOf(uint32_t id) const {
  const Node& node = nodes_[id];
  const bool early = node.eligibility == Eligibility::kBurst && abi::Planted(abi::PlantedBug::kBurstBeforeOthers);
  const Tag rank = RankOf(early ? Eligibility::kNormal : node.eligibility);
  return MakeHeapKey(uses_tags() ? rank | node.tag : node.tag, id);
}

// Who has held work is normal or owed: what is held counts below the cap.
template <class Rules>
HeapKey BasicFairQueue<Rules>::HeldKeyOf(uint32_t id) const {
  const Node& node = nodes_[id];
  return MakeHeapKey(RankOf(node.eligibility) | node.tag, id);
}

// Recomputes the eligibility of `id` and of everything above it, and moves them in their heaps.
// Establishes INVARIANT(eligible-only) after any change of a node.
template <class Rules>
void BasicFairQueue<Rules>::Refresh(uint32_t id) {
  auto position_of = [this](uint32_t node) -> uint32_t& { return positions_[node]; };
  for (; id != 0; id = nodes_[id].parent) {
    Node& node = nodes_[id];
    Group& group = groups_[nodes_[node.parent].group];
    const Eligibility was = node.eligibility;
    node.eligibility = node.is_tenant() ? TenantEligibility(id) : OrgEligibility(node);
    if (!uses_tags()) {
      if (node.queued > 0) node.tag = ArrivalTag(id);
    } else if (node.eligibility > was) {
      const Tag entered = Rules::Enter(node.tag, VirtualTime(group));
      if (entered != node.tag) {
        ++node.lifts;
        node.tag = entered;
        group.tag_max = std::max(group.tag_max, entered);
      }
    }
    if (node.eligibility == Eligibility::kNone) {
      if (was != Eligibility::kNone) group.heap.Remove(positions_[id], position_of);
    } else if (was == Eligibility::kNone) {
      group.heap.Push(KeyOf(id), position_of);
    } else if (const HeapKey key = KeyOf(id); group.heap.key_at(positions_[id]) != key) {
      group.heap.Update(positions_[id], key, position_of);
    }
    if (node.is_tenant()) {
      RefreshHeld(id, group);
      NoteCapHit(id, node.at_once >= node.cap && node.queued > node.held_waiting, node.queued > 0);
    } else {
      const bool children_wait = !groups_[node.group].heap.empty();
      NoteCapHit(id, node.at_once >= node.cap && children_wait, children_wait);
    }
  }
}

// Keeps the org's heap of members with held jobs: what an org at its cap may still run.
template <class Rules>
void BasicFairQueue<Rules>::RefreshHeld(uint32_t id, Group& group) {
  Node& node = nodes_[id];
  const bool wanted = node.held_waiting > 0 && node.gates == 0 && node.parent != 0;
  const bool present = (node.flags & kFlagInHeld) != 0;
  if (!wanted && !present) return;
  auto position_of = [this](uint32_t n) -> uint32_t& { return held_positions_[n]; };
  const HeapKey key = HeldKeyOf(id);
  if (!present) {
    group.held.Push(key, position_of);
    node.flags |= kFlagInHeld;
  } else if (!wanted) {
    group.held.Remove(held_positions_[id], position_of);
    node.flags &= ~kFlagInHeld;
  } else {
    group.held.Update(held_positions_[id], key, position_of);
  }
}

template <class Rules>
void BasicFairQueue<Rules>::NoteCapHit(uint32_t id, bool held_back, bool anything_waits) {
  Node& node = nodes_[id];
  if (!anything_waits) {
    node.flags &= ~kFlagCapHit;
  } else if (held_back && node.gates == 0 && !(node.flags & kFlagCapHit)) {
    node.flags |= kFlagCapHit;
    ++details_[id].cap_hits;
    Emit(EventKind::kCapHit, id);
  }
}

// At an idle moment every group's virtual time becomes the largest tag in it; done when it is next read. A group whose
// members were eligible then, behind their org's gate, keeps its own.
template <class Rules>
Tag BasicFairQueue<Rules>::VirtualTime(Group& group) const {
  if (group.idle_epoch != idle_epoch_) {
    group.idle_epoch = idle_epoch_;
    if (group.heap.empty()) group.virtual_time = std::max(group.virtual_time, group.tag_max);
  }
  return group.virtual_time;
}

// First-in-first-out: the tag is the arrival of the tenant's first job.
template <class Rules>
Tag BasicFairQueue<Rules>::ArrivalTag(uint32_t id) const {
  const Job& job = jobs_[Choose(id, /*held_only=*/false).job];
  return static_cast<Tag>(OrderedTime(job.enqueue_time)) << 32 | job.sequence;
}

template <class Rules>
void BasicFairQueue<Rules>::NoteIdle() {
  if (slots_in_use_ == 0 && groups_[0].heap.empty()) ++idle_epoch_;
}

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_FAIR_QUEUE_TREE_INL_H_
