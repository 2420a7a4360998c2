// Engine: everything stored, recomputed from its definition. For tests and the simulator.
#include <fmt/format.h>

#include "runtime/engine/state.h"

namespace bylaw::engine {
namespace {

struct Tally {
  std::vector<uint32_t> slots;    // by pool
  std::vector<uint32_t> queued;   // by pool
  std::vector<uint32_t> at_once;  // by tenant
  uint32_t pinned = 0;
  uint32_t suspended = 0;
  uint32_t in_use = 0;
};

bool IsParked(RunState state) {
  return state == RunState::kWaiting || state == RunState::kReview || state == RunState::kSuspended;
}

}  // namespace

// INVARIANT(no-run-lost) and what a run's state says of the queue, the timers and the ledger.
std::string Engine::State::CheckRun(uint32_t index) const {
  const Run& run = runs[index];
  if (IsParked(run.state) != (timers.TimeOf(index) != 0)) return "a run has a timer exactly while it is parked";
  if ((run.state == RunState::kReview) != reviews.contains(index)) return "a review exists for a run that is not in it";
  if ((run.flags & kRunPinned) == 0) {
    const bool may_be = run.state == RunState::kQueued || run.state == RunState::kSuspended;
    return may_be ? "" : "a run beyond the queue is not pinned";
  }
  const budget::Account* account = ledger.workflow(run.account);
  if (account == nullptr) return "a pinned run has no account";
  const int64_t pending = run.state == RunState::kCalling ? run.last.reserved_micros : 0;
  if (account->pending != pending) return "the run's reservation is not that of its call";
  if (account->limit != budget::kUnlimitedMicros && account->available() + account->taken() != account->limit) {
    return "limit ≠ available + pending + held + spent";
  }
  return "";
}

// INVARIANT(together), and each tenant's own count, in all the homes it has or had.
std::string Engine::State::CheckTenants(const std::vector<uint32_t>& at_once) const {
  for (uint32_t tenant = 0; tenant < tenants.size(); ++tenant) {
    const TenantState& state = tenants[tenant];
    const auto former = former_homes.find(tenant);
    if (state.moved != (former != former_homes.end()))
      return fmt::format("tenant {}'s former homes are unknown", tenant);
    uint32_t counted = 0;
    if (state.home.node.valid()) counted += pools[state.home.pool].queue->Counters(state.home.node).at_once;
    for (size_t i = 0; state.moved && i < former->second.nodes.size(); ++i) {
      const QueueNode& left = former->second.nodes[i];
      counted += pools[left.pool].queue->Counters(left.node).at_once;
    }
    if (counted != at_once[tenant]) return fmt::format("tenant {}'s runs at once are miscounted", tenant);
  }
  for (const OrgState& org : orgs) {
    if (!org.spread() || options.strategy != sched::Strategy::kPolicy) continue;
    uint32_t together = 0;
    for (const QueueNode& part : org.parts) together += pools[part.pool].queue->Counters(part.node).at_once;
    if (together > org.ceiling) return "an org runs more together than its cap, over all pools";
  }
  return "";
}

// INVARIANT(epoch-pin), from the runs.
std::string Engine::State::CheckEditions() const {
  std::vector<uint64_t> pins(policies.editions().size());
  for (uint32_t index = 0; index < runs.size(); ++index) {
    if (runs[index].state == RunState::kGone) continue;
    size_t at = 0;
    while (at < pins.size() && policies.editions()[at].get() != runs[index].edition) ++at;
    if (at == pins.size()) return "a run's policy is no longer held";
    ++pins[at];
  }
  for (size_t i = 0; i < pins.size(); ++i) {
    if (policies.editions()[i]->pins != pins[i]) return "a policy's pins are not its runs";
    if (pins[i] == 0 && policies.editions()[i].get() != current) return "a policy is held for nobody";
  }
  return "";
}

std::string Engine::State::CheckConsistency() const {
  if (std::string wrong = CheckEditions(); !wrong.empty()) return wrong;
  if (std::string wrong = ledger.CheckConsistency(); !wrong.empty()) return "ledger: " + wrong;
  Tally tally{.slots = std::vector<uint32_t>(pools.size()),
              .queued = std::vector<uint32_t>(pools.size()),
              .at_once = std::vector<uint32_t>(tenants.size())};
  for (uint32_t index = 0; index < runs.size(); ++index) {
    const Run& run = runs[index];
    if (run.state == RunState::kGone) continue;
    if (std::string wrong = CheckRun(index); !wrong.empty()) return fmt::format("run {}: {}", index, wrong);
    const size_t tenant = run.tenant.index();
    const bool on_slot = run.state == RunState::kRunning || run.state == RunState::kCalling;
    const bool queued = run.state == RunState::kQueued;
    ++tally.in_use;
    tally.slots[run.pool] += on_slot;
    tally.queued[run.pool] += queued;
    tally.at_once[tenant] += on_slot || run.state == RunState::kWaiting || (queued && (run.flags & kRunHeld) != 0);
    tally.pinned += (run.flags & kRunPinned) != 0;
    tally.suspended += run.state == RunState::kSuspended;
  }
  if (durable != nullptr) {
    if (std::string wrong = CheckLeases(); !wrong.empty()) return wrong;
  }
  if (tally.in_use != runs.in_use()) return "runs in use are miscounted";
  if (tally.pinned != ledger.open_runs()) return "the ledger's open runs are not the pinned ones";
  for (size_t pool = 0; pool < pools.size(); ++pool) {
    const sched::FairQueue& queue = *pools[pool].queue;
    if (std::string wrong = queue.CheckConsistency(); !wrong.empty()) return "queue: " + wrong;
    if (queue.slots_in_use() != tally.slots[pool]) return "slots in use are not those of the runs that hold one";
    if (queue.waiting() != tally.queued[pool]) return "the queue does not hold exactly the queued runs";
  }
  if (std::string wrong = CheckTenants(tally.at_once); !wrong.empty()) return wrong;
  uint32_t listed = 0;
  for (uint32_t index = suspended_head; index != kNoRun; index = runs[index].list_next) ++listed;
  return listed == tally.suspended ? "" : "the list of suspended runs is not the suspended runs";
}

// Of its home; what it still runs in former ones counts too.
sched::NodeCounters Engine::State::CountersOf(TenantId tenant) const {
  if (tenant.index() >= tenants.size()) return {};
  const TenantState& state = tenants[tenant.index()];
  sched::NodeCounters counters;
  if (state.home.node.valid()) counters = pools[state.home.pool].queue->Counters(state.home.node);
  if (!state.moved) return counters;
  for (const QueueNode& left : former_homes.at(tenant.value()).nodes) {
    counters.at_once += pools[left.pool].queue->Counters(left.node).at_once;
  }
  return counters;
}

std::string Engine::CheckConsistency() const { return state_->CheckConsistency(); }

}  // namespace bylaw::engine
