// BasicFairQueue::CheckConsistency: what is stored equals what its definition says. Included by fair_queue_inl.h only.
#ifndef BYLAW_RUNTIME_SCHED_FAIR_QUEUE_CHECK_INL_H_
#define BYLAW_RUNTIME_SCHED_FAIR_QUEUE_CHECK_INL_H_

#include <algorithm>
#include <string>

#include "runtime/sched/fair_queue.h"

namespace bylaw::sched {

template <class Rules>
std::string BasicFairQueue<Rules>::CheckConsistency() const {
  std::string wrong = CheckHeaps();
  for (uint32_t id = 1; id < nodes_.size() && wrong.empty(); ++id) {
    wrong = CheckNode(id);
    if (!wrong.empty()) wrong = "node " + std::to_string(id) + ": " + wrong;
  }
  return wrong.empty() ? CheckSums() : wrong;
}

template <class Rules>
std::string BasicFairQueue<Rules>::CheckHeaps() const {
  auto position_of = [this](uint32_t id) { return positions_[id]; };
  auto held_position_of = [this](uint32_t id) { return held_positions_[id]; };
  auto timer_position_of = [this](uint32_t id) { return timer_positions_[id]; };
  for (const Group& group : groups_) {
    if (!group.heap.IsConsistent(position_of)) return "a heap of eligible nodes is out of order";
    if (!group.held.IsConsistent(held_position_of)) return "a heap of held work is out of order";
  }
  return timers_.IsConsistent(timer_position_of) ? "" : "the timers are out of order";
}

template <class Rules>
std::string BasicFairQueue<Rules>::CheckNode(uint32_t id) const {
  const Node& node = nodes_[id];
  const Eligibility defined = node.is_tenant() ? TenantEligibility(id) : OrgEligibility(node);
  if (node.eligibility != defined) return "eligibility differs from its definition";
  const Group& group = groups_[nodes_[node.parent].group];
  const bool in_heap = positions_[id] != kNotInHeap;
  if (in_heap != (node.eligibility != Eligibility::kNone)) return "in the heap without being eligible, or the reverse";
  if (in_heap && group.heap.key_at(positions_[id]) != KeyOf(id)) return "stale key";
  if (uses_tags() && node.tag > group.tag_max) return "tag above the largest of its group";
  if (!node.is_tenant()) return "";
  const bool in_held = held_positions_[id] != kNotInHeap;
  if (in_held != (node.held_waiting > 0 && node.gates == 0 && node.parent != 0)) return "held work misplaced";
  if (in_held && group.held.key_at(held_positions_[id]) != HeldKeyOf(id)) return "stale key of held work";
  if (((node.flags & kFlagActive) != 0) != (node.queued > 0)) return "active differs";
  const auto& burst = details_[id].burst;
  if (uses_caps() && node.cap != (burst ? burst->cap_in_force() : details_[id].cap)) return "cap in force differs";
  return CheckJobs(id);
}

template <class Rules>
std::string BasicFairQueue<Rules>::CheckJobs(uint32_t id) const {
  const Node& node = nodes_[id];
  uint32_t queued = 0, held = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    const JobList& list = node.fresh[lane];
    if (list.empty() == ((node.sources >> lane & 1) != 0)) return "source bit of a list differs";
    for (uint32_t i = list.head; i != kNone; i = i == list.tail ? kNone : jobs_[i].next) {
      const Job& job = jobs_[i];
      if (job.tenant != id || job.shelf != Shelf::kFresh || static_cast<int>(job.lane) != lane) return "foreign job";
      if (i != list.head && jobs_[job.previous].next != i) return "broken list";
      if (i != list.head && jobs_[job.previous].enqueue_time > job.enqueue_time) return "list out of order";
      ++queued;
    }
  }
  for (int source = kLanes; source < 3 * kLanes; ++source) {
    const auto& woken = details_[id].woken;
    const IndexedHeap* heap = woken ? &woken->heaps[static_cast<size_t>(source - kLanes)] : nullptr;
    const size_t size = heap ? heap->size() : 0;
    if ((size > 0) != ((node.sources >> source & 1) != 0)) return "source bit of a heap differs";
    if (heap && !heap->IsConsistent([this](uint32_t i) { return jobs_[i].previous; })) return "woken jobs out of order";
    queued += static_cast<uint32_t>(size);
    if (source >= 2 * kLanes) held += static_cast<uint32_t>(size);
  }
  if (queued != node.queued || held != node.held_waiting) return "number of waiting jobs differs";
  return "";
}

template <class Rules>
std::string BasicFairQueue<Rules>::CheckSums() const {
  std::vector<uint32_t> at_once(nodes_.size(), 0), urgent(nodes_.size(), 0);
  uint32_t running = 0;
  for (const TurnRecord& turn : turns_) {
    if (!turn.running) continue;
    ++running;
    const uint32_t tenant = turn.levels[0].node;
    ++at_once[tenant];
    urgent[tenant] += turn.lane == abi::Lane::kUrgent;
  }
  uint64_t active_weight = 0, guaranteed = 0;
  uint32_t waiting = 0, shared_used = 0;
  for (uint32_t id = 1; id < nodes_.size(); ++id) {
    const Node& node = nodes_[id];
    if (!node.is_tenant()) continue;
    at_once[id] += details_[id].parked + node.held_waiting;
    if (const uint32_t org = details_[id].org; org != kNone) at_once[org] += at_once[id];
    at_once[0] += at_once[id];
    if (urgent[id] != node.urgent_at_once) return "urgent turns differ";
    if (node.flags & kFlagActive) active_weight += node.weight;
    guaranteed += node.guaranteed;
    waiting += node.queued;
    shared_used += node.queued > node.guaranteed ? node.queued - node.guaranteed : 0;
  }
  for (uint32_t id = 0; id < nodes_.size(); ++id) {
    if (at_once[id] != nodes_[id].at_once) return "node " + std::to_string(id) + ": at once differs from its turns";
  }
  if (running != slots_in_use_) return "slots in use differ";
  if (active_weight != active_weight_ || guaranteed != guaranteed_total_) return "sums of weights or guarantees differ";
  if (waiting != waiting_ || shared_used != shared_used_) return "sums of waiting jobs differ";
  return guaranteed > options_.room ? "more is guaranteed than there is room" : "";
}

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_FAIR_QUEUE_CHECK_INL_H_
