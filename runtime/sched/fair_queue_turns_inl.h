// BasicFairQueue: jobs join, leave and get their turns. Included by fair_queue_inl.h only.
#ifndef BYLAW_RUNTIME_SCHED_FAIR_QUEUE_TURNS_INL_H_
#define BYLAW_RUNTIME_SCHED_FAIR_QUEUE_TURNS_INL_H_

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <optional>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::sched {

template <class Rules>
Backlog BasicFairQueue<Rules>::BacklogOf(const Node& node) const {
  const uint64_t room_shared = options_.room > guaranteed_total_ ? options_.room - guaranteed_total_ : 0;
  return {.queued = node.queued,
          .guaranteed = node.guaranteed,
          .weight = node.weight,
          .active_weight = active_weight_ + (node.flags & kFlagActive ? 0 : node.weight),
          .shared_free = static_cast<uint32_t>(room_shared > shared_used_ ? room_shared - shared_used_ : 0),
          .waiting = waiting_,
          .room = options_.room,
          .alpha_ppm = options_.alpha_ppm};
}

template <class Rules>
Admission BasicFairQueue<Rules>::Enqueue(NodeId tenant, uint64_t job, abi::Lane lane, TimeNs enqueue_time,
                                         DurationNs estimate_ns, TimeNs now) {
  AdvanceClock(now);
  const Node& node = tenant_node(tenant);
  if (node.queued >= node.waiting_max || !Rules::Admits(BacklogOf(node))) return Refuse(tenant.value(), estimate_ns);
  Job entry;
  entry.id = job;
  entry.lane = lane;
  entry.enqueue_time = enqueue_time;
  entry.estimate_ns = estimate_ns;
  Admission admission;
  admission.accepted = true;
  admission.ticket = Shelve(tenant.value(), entry);
  return admission;
}

// Retry-After: as many of the tenant's own dispatches as it takes until one more job is admitted.
template <class Rules>
Admission BasicFairQueue<Rules>::Refuse(uint32_t id, DurationNs estimate_ns) {
  const Node& node = nodes_[id];
  ++details_[id].refused;
  Admission admission;
  uint64_t limit = node.waiting_max;
  admission.refusal = Refusal::kTenantFull;
  if (node.queued < node.waiting_max) {
    limit = Rules::QueueLimit(BacklogOf(node));
    admission.refusal = Refusal::kPoolFull;
  }
  const uint64_t too_many = node.queued >= limit ? node.queued - limit + 1 : 1;
  DurationNs interval = DurationNs{node.drain_interval_us} * 1'000;
  if (interval == 0) {
    interval = estimate_ns / std::max<uint32_t>(1, std::min(node.cap, options_.slots));
  } else if (node.flags & kFlagBacklogged) {
    interval = std::max(interval, now_ - node.last_dispatch);
  }
  const __int128 wait = static_cast<__int128>(std::max<DurationNs>(interval, kMillisecondNs)) * too_many;
  if (abi::Planted(abi::PlantedBug::kRetryAtOnce)) return admission;
  admission.retry_after_ns = static_cast<DurationNs>(std::min<__int128>(wait, std::numeric_limits<int64_t>::max()));
  return admission;
}

template <class Rules>
JobTicket BasicFairQueue<Rules>::Wake(NodeId tenant, uint64_t job, abi::Lane lane, TimeNs enqueue_time,
                                      DurationNs estimate_ns, bool held, TimeNs now) {
  AdvanceClock(now);
  tenant_node(tenant);
  Job entry;
  entry.id = job;
  entry.lane = lane;
  entry.enqueue_time = enqueue_time;
  entry.estimate_ns = estimate_ns;
  if (held) {
    NodeDetail& detail = details_[tenant.index()];
    BYLAW_CHECK(detail.parked > 0, "a held run was parked before");
    --detail.parked;
    entry.shelf = Shelf::kHeld;
  }
  return Shelve(tenant.value(), entry);
}

template <class Rules>
void BasicFairQueue<Rules>::Unpark(NodeId tenant, TimeNs now) {
  AdvanceClock(now);
  tenant_node(tenant);
  NodeDetail& detail = details_[tenant.index()];
  BYLAW_CHECK(detail.parked > 0, "no parked run");
  --detail.parked;
  CountAtOnce(tenant.value(), -1);
  Refresh(tenant.value());
}

template <class Rules>
bool BasicFairQueue<Rules>::Cancel(JobTicket ticket, TimeNs now) {
  AdvanceClock(now);
  if (ticket.index >= jobs_.size()) return false;
  const Job& job = jobs_[ticket.index];
  if (job.tenant == kNone || job.generation != ticket.generation) return false;
  const uint32_t tenant = job.tenant;
  const bool held = job.shelf == Shelf::kHeld;
  Unshelve(ticket.index);
  if (held) CountAtOnce(tenant, -1);
  Refresh(tenant);
  NoteIdle();
  return true;
}

template <class Rules>
JobTicket BasicFairQueue<Rules>::Shelve(uint32_t id, const Job& entry) {
  Node& node = nodes_[id];
  const uint32_t index = jobs_.Allocate();
  Job& job = jobs_[index];
  job.tenant = id;
  job.sequence = ++sequence_;
  job.id = entry.id;
  job.lane = uses_lanes() ? entry.lane : abi::Lane::kNormal;
  job.shelf = entry.shelf;
  job.enqueue_time = std::min(entry.enqueue_time, now_);
  job.estimate_ns = entry.estimate_ns;
  const int lane = static_cast<int>(job.lane);
  JobList& list = node.fresh[lane];
  // Nothing in the list is younger than now: only a job with an older time has to look at the last one.
  if (job.shelf == Shelf::kFresh && job.enqueue_time < now_ && !list.empty() &&
      job.enqueue_time < jobs_[list.tail].enqueue_time) {
    job.shelf = Shelf::kWoken;
  }
  if (job.shelf == Shelf::kFresh) {
    list.Append(jobs_, index);
  } else {
    auto& woken = details_[id].woken;
    if (!woken) woken = std::make_unique<WokenJobs>();
    const Tag rank = static_cast<Tag>(OrderedTime(job.enqueue_time)) << 32 | job.sequence;
    woken->heap(job.shelf, job.lane).Push(MakeHeapKey(rank, index), [this](uint32_t i) -> uint32_t& {
      return jobs_[i].previous;
    });
  }
  node.sources |= static_cast<uint16_t>(1u << SourceOf(job.shelf, job.lane));
  node.held_waiting += job.shelf == Shelf::kHeld;
  CountWaiting(node, 1);
  Refresh(id);
  return {index, job.generation};
}

// Takes a waiting job out of its place and frees it; the caller refreshes the tenant.
template <class Rules>
void BasicFairQueue<Rules>::Unshelve(uint32_t index) {
  const Job& job = jobs_[index];
  Node& node = nodes_[job.tenant];
  bool empty;
  if (job.shelf == Shelf::kFresh) {
    JobList& list = node.fresh[static_cast<int>(job.lane)];
    list.Remove(jobs_, index);
    empty = list.empty();
  } else {
    IndexedHeap& heap = details_[job.tenant].woken->heap(job.shelf, job.lane);
    heap.Remove(job.previous, [this](uint32_t i) -> uint32_t& { return jobs_[i].previous; });
    empty = heap.empty();
  }
  if (empty) node.sources &= static_cast<uint16_t>(~(1u << SourceOf(job.shelf, job.lane)));
  node.held_waiting -= job.shelf == Shelf::kHeld;
  CountWaiting(node, -1);
  jobs_.Free(index);
}

template <class Rules>
uint32_t BasicFairQueue<Rules>::HeadOf(uint32_t id, int source) const {
  const Shelf shelf = static_cast<Shelf>(source / kLanes);
  const abi::Lane lane = static_cast<abi::Lane>(source % kLanes);
  if (shelf == Shelf::kFresh) return nodes_[id].fresh[source % kLanes].head;
  return details_[id].woken->heap(shelf, lane).top_id();
}

// Of the heads of the tenant's queues, the one with the least enqueue time + lane offset; ties in order of arrival.
template <class Rules>
typename BasicFairQueue<Rules>::Choice BasicFairQueue<Rules>::Choose(uint32_t id, bool held_only) const {
  const Node& node = nodes_[id];
  const bool urgent_left =
      node.urgent_at_once < node.urgent_quota || abi::Planted(abi::PlantedBug::kUrgentQuotaIgnored);
  Choice choice;
  TimeNs least = 0;
  uint32_t mask = held_only ? node.sources & kHeldSources : node.sources;
  for (; mask != 0; mask &= mask - 1) {
    const int source = std::countr_zero(mask);
    const uint32_t index = HeadOf(id, source);
    const Job& job = jobs_[index];
    const abi::Lane lane = job.lane == abi::Lane::kUrgent && !urgent_left ? abi::Lane::kNormal : job.lane;
    const DurationNs offset = abi::Planted(abi::PlantedBug::kLaneOffsetsIgnored)
                                  ? static_cast<int>(lane) * kDayNs
                                  : options_.lane_offset_ns[static_cast<int>(lane)];
    const TimeNs rank = job.enqueue_time + (uses_lanes() ? offset : 0);
    if (choice.job == kNone || rank < least || (rank == least && job.sequence < jobs_[choice.job].sequence)) {
      choice = {index, lane};
      least = rank;
    }
  }
  return choice;
}

template <class Rules>
void BasicFairQueue<Rules>::CountWaiting(Node& node, int by) {
  const uint32_t before = node.queued;
  node.queued += static_cast<uint32_t>(by);
  waiting_ += static_cast<uint32_t>(by);
  const bool forgotten = by < 0 && abi::Planted(abi::PlantedBug::kRoomForgotten);
  if (std::max(before, node.queued) > node.guaranteed && !forgotten) shared_used_ += static_cast<uint32_t>(by);
  UpdateActive(node);
}

template <class Rules>
void BasicFairQueue<Rules>::CountAtOnce(uint32_t id, int by) {
  if (nodes_[id].flags & kFlagBurst) AdvanceBurst(id);
  Node& node = nodes_[id];
  node.at_once += static_cast<uint32_t>(by);
  const uint32_t org = is_flat() ? details_[id].org : node.parent;
  if (org != 0 && org != kNone) nodes_[org].at_once += static_cast<uint32_t>(by);
  nodes_[0].at_once += static_cast<uint32_t>(by);
  if (!(node.flags & kFlagBurst)) return;
  ScheduleBurst(id);
  const uint32_t cap = details_[id].cap;
  if (node.at_once > cap && !(node.flags & kFlagBursting)) {
    node.flags |= kFlagBursting;
    ++details_[id].bursts;
    Emit(EventKind::kBurstStarted, id);
  } else if (node.at_once < cap && (node.flags & kFlagBursting)) {
    node.flags &= ~kFlagBursting;
    Emit(EventKind::kBurstEnded, id);
  }
}

template <class Rules>
void BasicFairQueue<Rules>::UpdateActive(Node& node) {
  const bool active = node.queued > 0;
  if (active == ((node.flags & kFlagActive) != 0)) return;
  node.flags ^= kFlagActive;
  active_weight_ += active ? node.weight : -node.weight;
}

// Learns how fast the tenant's own queue drains: the time between dispatches while work was left waiting.
template <class Rules>
void BasicFairQueue<Rules>::NoteDrain(Node& node) {
  if (node.flags & kFlagBacklogged) {
    const int64_t interval = std::clamp<int64_t>((now_ - node.last_dispatch) / 1'000, 1, UINT32_MAX);
    const int64_t mean = node.drain_interval_us;
    node.drain_interval_us = static_cast<uint32_t>(mean == 0 ? interval : mean + (interval - mean) / 8);
  }
  node.last_dispatch = now_;
  node.flags = node.queued > 0 ? node.flags | kFlagBacklogged : node.flags & ~kFlagBacklogged;
}

template <class Rules>
std::optional<Turn> BasicFairQueue<Rules>::Dispatch(TimeNs now, EstimateFn estimate, void* context) {
  AdvanceClock(now);
  RunTimers();
  const uint32_t slots = options_.slots + (abi::Planted(abi::PlantedBug::kSlotOverbooked) ? 1 : 0);
  if (slots_in_use_ >= slots || groups_[0].heap.empty()) return std::nullopt;
  uint32_t id = groups_[0].heap.top_id();
  bool org_at_cap = false;
  if (const Node& top = nodes_[id]; !top.is_tenant()) {
    const Group& group = groups_[top.group];
    org_at_cap = top.at_once >= top.cap;
    id = org_at_cap ? group.held.top_id() : group.heap.top_id();
  }
  const Node& tenant = nodes_[id];
  const bool held_only = org_at_cap || (tenant.at_once >= tenant.cap && tenant.held_waiting > 0);
  return StartTurn(id, Choose(id, held_only), org_at_cap, estimate, context);
}

template <class Rules>
TurnId BasicFairQueue<Rules>::AllocateTurn() {
  if (free_turns_.empty()) {
    free_turns_.push_back(static_cast<uint32_t>(turns_.size()));
    turns_.emplace_back();
  }
  const uint32_t index = free_turns_.back();
  free_turns_.pop_back();
  return {index, turns_[index].generation};
}

template <class Rules>
Turn BasicFairQueue<Rules>::StartTurn(uint32_t id, Choice choice, bool org_at_cap, EstimateFn estimate, void* context) {
  Node& node = nodes_[id];
  Job job = jobs_[choice.job];
  if (estimate != nullptr) job.estimate_ns = estimate(context, job.id);
  const bool held = job.shelf == Shelf::kHeld;
  Unshelve(choice.job);
  NoteDrain(node);

  const TurnId turn_id = AllocateTurn();
  TurnRecord& record = turns_[turn_id.index];
  record.running = true;
  record.lane = choice.lane;
  record.estimate_ns = job.estimate_ns;
  const DurationNs cost = Rules::Cost(job.estimate_ns, choice.lane);
  // Who is owed its minimum may have the largest tag of all: whoever comes next enters where the others are.
  const bool owed = node.eligibility == Eligibility::kOwed;
  record.levels[0] = Charge(id, cost, /*raise_virtual_time=*/!org_at_cap && !owed);
  record.levels[1] = node.parent != 0 ? Charge(node.parent, cost, /*raise_virtual_time=*/!owed) : TurnLevel{};
  ++slots_in_use_;
  node.urgent_at_once += choice.lane == abi::Lane::kUrgent;
  if (!held) CountAtOnce(id, 1);
  Refresh(id);

  Turn turn;
  turn.id = turn_id;
  turn.job = job.id;
  turn.tenant = NodeId(id);
  turn.lane = choice.lane;
  turn.bursting = (node.flags & kFlagBursting) && node.at_once > details_[id].cap;
  turn.enqueue_time = job.enqueue_time;
  turn.estimate_ns = job.estimate_ns;
  return turn;
}

// One level of dispatch: the virtual time reaches the chosen tag, then the tag pays. Held work of an org at its cap
// leaves the virtual time alone: members that wait with smaller tags could not be chosen and keep their place.
template <class Rules>
TurnLevel BasicFairQueue<Rules>::Charge(uint32_t id, DurationNs cost, bool raise_virtual_time) {
  Node& node = nodes_[id];
  node.service_ns = AddSaturating(node.service_ns, cost);
  if (!uses_tags()) return {.node = id};
  Group& group = groups_[nodes_[node.parent].group];
  if (raise_virtual_time) group.virtual_time = std::max(group.virtual_time, node.tag);
  const bool by_turns = options_.strategy == Strategy::kRoundRobin;
  const uint64_t inverse_weight = by_turns ? InverseWeight(1) : node.inverse_weight;
  const Tag charge = ChargeTag(by_turns ? kSecondNs : cost, inverse_weight);
  node.tag += charge;
  group.tag_max = std::max(group.tag_max, node.tag);
  return {.charge = charge, .inverse_weight = inverse_weight, .node = id, .lifts = node.lifts};
}

template <class Rules>
void BasicFairQueue<Rules>::Settle(const TurnLevel& level, DurationNs service_difference, DurationNs actual_cost) {
  Node& node = nodes_[level.node];
  node.service_ns = AddSaturating(node.service_ns, service_difference);
  if (!uses_tags() || options_.strategy == Strategy::kRoundRobin) return;
  Group& group = groups_[nodes_[node.parent].group];
  const Tag settled = ChargeTag(actual_cost, level.inverse_weight);
  if (settled >= level.charge) {
    node.tag += settled - level.charge;
    group.tag_max = std::max(group.tag_max, node.tag);
  } else {
    node.tag = Rules::Refund(node.tag, level.charge - settled, VirtualTime(group), node.lifts != level.lifts);
  }
}

template <class Rules>
void BasicFairQueue<Rules>::EndTurn(TurnId turn, DurationNs actual_ns, bool keep_at_once, TimeNs now) {
  AdvanceClock(now);
  BYLAW_CHECK(turn.index < turns_.size(), "no such turn");
  TurnRecord& record = turns_[turn.index];
  BYLAW_CHECK(record.running && record.generation == turn.generation, "a turn ends once");
  const DurationNs actual_cost = Rules::Cost(actual_ns, record.lane);
  const DurationNs difference = actual_cost - Rules::Cost(record.estimate_ns, record.lane);
  for (const TurnLevel& level : record.levels) {
    if (level.node != kNone) Settle(level, difference, actual_cost);
  }
  const uint32_t id = record.levels[0].node;
  nodes_[id].urgent_at_once -= record.lane == abi::Lane::kUrgent;
  record.running = false;
  ++record.generation;
  free_turns_.push_back(turn.index);
  --slots_in_use_;
  if (keep_at_once) {
    ++details_[id].parked;
  } else {
    CountAtOnce(id, -1);
  }
  Refresh(id);
  NoteIdle();
}

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_FAIR_QUEUE_TURNS_INL_H_
