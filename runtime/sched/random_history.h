// Test support: a seeded random life of a fair queue, with a model beside it that says what is allowed.
//
// Every step is one call on the queue, compared with the model: who may be chosen, caps (I3), idle slots (I4), fairness
// (I1, I2 through FairnessMonitor). Counts what went wrong instead of failing, so that a test can also assert that a
// queue with a wrong rule is caught.
#ifndef BYLAW_RUNTIME_SCHED_RANDOM_HISTORY_H_
#define BYLAW_RUNTIME_SCHED_RANDOM_HISTORY_H_

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "runtime/sched/fair_queue.h"
#include "runtime/sched/fairness_monitor.h"

namespace bylaw::sched {

struct HistoryOptions {
  Strategy strategy = Strategy::kPolicy;
  uint32_t slots = 4;
  uint32_t orgs = 2;
  uint32_t tenants = 8;  // a third of them without org
  bool exact_estimates = true;
  bool caps = false;
  bool gates = false;
  bool weights_change = false;
  bool lanes = false;
  bool bursts = false;
  bool minimums = false;  // slots guaranteed to some tenants; fairness is watched among the others
  bool parks = false;     // runs park, keep their place in "at once" and come back
  bool cancels = false;
  bool fairness = true;  // watch I1 and I2
};

// `seeds` or `steps` times the environment's BYLAW_SCHED_SCALE (default 1), for longer runs.
inline int Scaled(int count) {
  const char* scale = std::getenv("BYLAW_SCHED_SCALE");
  return count * (scale ? std::max(std::atoi(scale), 1) : 1);
}

template <class Queue>
class RandomHistory {
 public:
  RandomHistory(const HistoryOptions& options, uint64_t seed)
      : options_(options), prng_(seed), queue_(QueueOptions()), monitor_(Build()) {}

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) {
      Step();
      Sync();
      DispatchSome();
      if (i % 16 == 0 || i + 1 == steps) {
        if (const std::string wrong = queue_.CheckConsistency(); !wrong.empty()) Fail(wrong);
      }
    }
  }

  const FairnessMonitor& monitor() const { return monitor_; }
  const std::string& first_failure() const { return failure_; }
  uint64_t trace_hash() const { return hash_; }
  int64_t turns() const { return turns_count_; }
  int64_t bursts() const { return bursts_; }

 private:
  struct Entity {
    NodeId id;
    bool is_org = false;
    uint32_t org = kNone;  // index of the tenant's org
    TenantOptions options;
    OrgOptions org_options;
    uint64_t weight = 1;
    bool paused = false, rate = false;
    uint32_t waiting = 0, held_waiting = 0, at_once = 0, parked = 0;
  };
  struct Work {
    uint32_t tenant;
    DurationNs estimate, actual;
    bool held = false;
    JobTicket ticket;
  };
  struct Running {
    TurnId id;
    uint64_t job;
  };

  Options QueueOptions() const {
    Options options;
    options.strategy = options_.strategy;
    options.slots = options_.slots;
    return options;
  }

  std::vector<uint32_t> Build() {
    std::vector<uint32_t> parents;
    for (uint32_t i = 0; i < options_.orgs; ++i) {
      Entity org;
      org.is_org = true;
      if (prng_.Chance(0.5)) org.org_options.weight = org.weight = 1 + prng_.Below(9);
      if (options_.caps && prng_.Chance(0.5)) org.org_options.cap = 1 + static_cast<uint32_t>(prng_.Below(4));
      org.id = queue_.AddOrg(org.org_options);
      entities_.push_back(org);
      parents.push_back(kNone);
    }
    for (uint32_t i = 0; i < options_.tenants; ++i) {
      Entity tenant;
      if (options_.orgs > 0 && i % 3 != 0) tenant.org = static_cast<uint32_t>(prng_.Below(options_.orgs));
      tenant.options = RandomTenant();
      tenant.weight = tenant.options.weight;
      const NodeId parent = tenant.org == kNone ? Queue::root() : entities_[tenant.org].id;
      tenant.id = queue_.AddTenant(parent, tenant.options, now_);
      entities_.push_back(tenant);
      parents.push_back(tenant.org);
    }
    UpdateOrgWeights();
    return parents;
  }

  TenantOptions RandomTenant() {
    TenantOptions options;
    options.weight = 1 + prng_.Below(10);
    if (options_.caps && prng_.Chance(0.6)) options.cap = 1 + static_cast<uint32_t>(prng_.Below(3));
    if (options_.bursts && options.cap != kUnlimited && prng_.Chance(0.7)) {
      options.burst_ceiling = options.cap + 1 + static_cast<uint32_t>(prng_.Below(3));
      options.burst_duration_ns = prng_.Between(1, 20) * kSecondNs;
    }
    if (options_.minimums && prng_.Chance(0.4)) options.slots_min = 1 + static_cast<uint32_t>(prng_.Below(3));
    if (options_.lanes) options.urgent_share_ppm = static_cast<uint32_t>(prng_.Below(1'000'001));
    return options;
  }

  void UpdateOrgWeights() {
    for (uint32_t i = 0; i < options_.orgs; ++i) {
      if (entities_[i].org_options.weight != 0) continue;
      uint64_t sum = 0;
      for (const Entity& e : entities_) sum += !e.is_org && e.org == i ? e.weight : 0;
      entities_[i].weight = std::max<uint64_t>(sum, 1);
    }
  }

  void Step() {
    now_ += prng_.Between(0, kSecondNs);
    const uint64_t dice = prng_.Below(100);
    if (dice < 40) return Arrive();
    if (dice < 80) return EndOne();
    if (dice < 88 && options_.gates) return FlipGate();
    if (dice < 91 && options_.weights_change) return ChangeTenant();
    if (dice < 95 && options_.parks) return WakeOne();
    if (dice < 97 && options_.cancels) return CancelOne();
    Arrive();
  }

  void Arrive() {
    const uint32_t tenant = RandomTenantIndex();
    const int count = prng_.Chance(0.1) ? 30 : 1;
    for (int i = 0; i < count; ++i) {
      const DurationNs estimate = prng_.Between(1, 10) * (kSecondNs / (1 + static_cast<int64_t>(tenant % 3) * 4));
      const DurationNs actual = options_.exact_estimates ? estimate : estimate * prng_.Between(1, 30) / 10;
      const auto lane = options_.lanes ? static_cast<abi::Lane>(prng_.Below(3)) : abi::Lane::kNormal;
      const uint64_t job = works_.size();
      const Admission admission = queue_.Enqueue(entities_[tenant].id, job, lane, now_, estimate, now_);
      if (!admission.accepted) return Fail("refused although there is room for everything");
      works_.push_back({tenant, estimate, actual, false, admission.ticket});
      waiting_.push_back(job);
      ++entities_[tenant].waiting;
      Sync();
    }
  }

  void EndOne() {
    if (running_.empty()) return Arrive();
    const size_t at = prng_.Below(running_.size());
    const Running turn = running_[at];
    running_[at] = running_.back();
    running_.pop_back();
    const Work& work = works_[turn.job];
    monitor_.End(work.tenant);
    const uint32_t org = entities_[work.tenant].org;
    if (org != kNone) monitor_.End(org);
    if (options_.parks && prng_.Chance(0.4)) {
      queue_.Park(turn.id, work.actual, now_);
      ++entities_[work.tenant].parked;
      parked_.push_back(turn.job);
    } else {
      queue_.Complete(turn.id, work.actual, now_);
      CountAtOnce(work.tenant, -1);
    }
  }

  void WakeOne() {
    if (parked_.empty()) return;
    const size_t at = prng_.Below(parked_.size());
    const uint64_t job = parked_[at];
    parked_[at] = parked_.back();
    parked_.pop_back();
    Work& work = works_[job];
    Entity& tenant = entities_[work.tenant];
    --tenant.parked;
    if (prng_.Chance(0.2)) {
      queue_.Unpark(tenant.id, now_);
      CountAtOnce(work.tenant, -1);
      return;
    }
    work.held = true;
    const auto lane = options_.lanes ? static_cast<abi::Lane>(prng_.Below(3)) : abi::Lane::kNormal;
    const TimeNs enqueued = now_ - prng_.Between(0, kMinuteNs);
    work.ticket = queue_.Wake(tenant.id, job, lane, enqueued, work.estimate, /*held=*/true, now_);
    waiting_.push_back(job);
    ++tenant.waiting;
    ++tenant.held_waiting;
  }

  void CancelOne() {
    if (waiting_.empty()) return;
    const size_t at = prng_.Below(waiting_.size());
    const uint64_t job = waiting_[at];
    Work& work = works_[job];
    if (!queue_.Cancel(work.ticket, now_)) Fail("a waiting job could not be cancelled");
    if (queue_.Cancel(work.ticket, now_)) Fail("cancelled twice");
    Leave(job);
    if (work.held) CountAtOnce(work.tenant, -1);
  }

  void FlipGate() {
    Entity& e = entities_[prng_.Below(entities_.size())];
    const bool rate = prng_.Chance(0.5);
    bool& shut = rate ? e.rate : e.paused;
    shut = !shut && prng_.Chance(0.5);
    queue_.SetGate(e.id, rate ? Gate::kRate : Gate::kPaused, shut, now_);
  }

  void ChangeTenant() {
    Entity& e = entities_[RandomTenantIndex()];
    e.options = RandomTenant();
    e.weight = e.options.weight;
    queue_.SetTenant(e.id, e.options, now_);
    UpdateOrgWeights();
  }

  void DispatchSome() {
    for (;;) {
      // A due timer changes caps inside Dispatch; then what is eligible now says nothing about the choice.
      const bool anyone = queue_.NextTimer() > now_ && AnyoneEligible();
      const bool owed = queue_.NextTimer() > now_ && AnyoneOwed();
      const auto turn = queue_.Dispatch(now_);
      if (!turn) {
        Sync();
        if (running_.size() < options_.slots && AnyoneEligible()) Fail("I4: a slot idles while someone is eligible");
        return;
      }
      if (running_.size() >= options_.slots) Fail("more turns than slots");
      CheckTurn(*turn, anyone);
      if (owed && !BelowMinimum(entities_[works_[turn->job].tenant]))
        Fail("a slot although another is owed its minimum");
      const Work work = works_[turn->job];
      Leave(turn->job);
      works_[turn->job].held = false;
      running_.push_back({turn->id, turn->job});
      if (!work.held) CountAtOnce(work.tenant, 1);
      ++turns_count_;
      hash_ = (hash_ ^ (turn->job * 31 + turn->tenant.value())) * 0x100000001b3ULL;
      if (entities_[work.tenant].options.slots_min == 0) {
        monitor_.Start(work.tenant, work.estimate, work.actual, static_cast<double>(entities_[work.tenant].weight));
      }
      const uint32_t org = entities_[work.tenant].org;
      if (org != kNone) {
        monitor_.Start(org, work.estimate, work.actual, static_cast<double>(entities_[org].weight));
      }
      if (options_.fairness) monitor_.Observe();
      Sync();
    }
  }

  // I3, gates, and that bursts use only what nobody under its cap wants.
  void CheckTurn(const Turn& turn, bool anyone_under_cap) {
    const Work& work = works_[turn.job];
    const Entity& tenant = entities_[work.tenant];
    if (tenant.id != turn.tenant) Fail("a job of another tenant");
    if (tenant.paused || tenant.rate) Fail("a tenant behind a shut gate");
    if (tenant.org != kNone && (entities_[tenant.org].paused || entities_[tenant.org].rate))
      Fail("an org behind a gate");
    if (options_.strategy != Strategy::kPolicy || work.held) return;
    const uint32_t ceiling = std::max(tenant.options.cap, tenant.options.burst_ceiling);
    if (tenant.at_once >= ceiling) Fail("I3: a tenant above its cap");
    if (tenant.org != kNone && entities_[tenant.org].at_once >= entities_[tenant.org].org_options.cap) {
      Fail("I3: an org above its cap");
    }
    if (turn.bursting != (tenant.at_once >= tenant.options.cap)) Fail("bursting without being above the cap");
    bursts_ += turn.bursting;
    if (turn.bursting && anyone_under_cap) Fail("a burst while someone under the cap waits");
  }

  void Leave(uint64_t job) {
    for (size_t i = 0; i < waiting_.size(); ++i) {
      if (waiting_[i] != job) continue;
      waiting_[i] = waiting_.back();
      waiting_.pop_back();
      break;
    }
    Entity& tenant = entities_[works_[job].tenant];
    --tenant.waiting;
    tenant.held_waiting -= works_[job].held;
  }

  void CountAtOnce(uint32_t tenant, int by) {
    entities_[tenant].at_once += static_cast<uint32_t>(by);
    if (entities_[tenant].org != kNone) entities_[entities_[tenant].org].at_once += static_cast<uint32_t>(by);
  }

  bool caps_hold() const { return options_.strategy == Strategy::kPolicy; }

  // The definition, for tenants: work, no gate, under the cap in force or with work that counts already.
  bool TenantEligible(const Entity& e) const {
    if (e.waiting == 0 || e.paused || e.rate) return false;
    return !caps_hold() || e.at_once < queue_.Counters(e.id).cap || e.held_waiting > 0;
  }
  bool OrgEligible(uint32_t index) const {
    const Entity& org = entities_[index];
    if (org.paused || org.rate) return false;
    const bool full = caps_hold() && org.at_once >= org.org_options.cap;
    for (const Entity& e : entities_) {
      if (!e.is_org && e.org == index && TenantEligible(e) && (!full || e.held_waiting > 0)) return true;
    }
    return false;
  }
  bool AnyoneEligible() const {
    for (uint32_t i = 0; i < entities_.size(); ++i) {
      if (entities_[i].is_org ? OrgEligible(i) : entities_[i].org == kNone && TenantEligible(entities_[i])) return true;
    }
    return false;
  }

  static bool BelowMinimum(const Entity& e) { return e.at_once - e.parked - e.held_waiting < e.options.slots_min; }
  // The definition: work that may run, and fewer slots than are guaranteed.
  bool AnyoneOwed() const {
    return std::any_of(entities_.begin(), entities_.end(), [this](const Entity& e) {
      if (e.is_org || !caps_hold() || !TenantEligible(e) || !BelowMinimum(e)) return false;
      if (e.org == kNone) return true;
      const Entity& org = entities_[e.org];
      return !org.paused && !org.rate && (org.at_once < org.org_options.cap || e.held_waiting > 0);
    });
  }

  // Tells the monitor who is eligible now.
  void Sync() {
    if (!options_.fairness) return;
    for (uint32_t i = 0; i < entities_.size(); ++i) {
      monitor_.SetEligible(i, entities_[i].is_org
                                  ? OrgEligible(i)
                                  : entities_[i].options.slots_min == 0 && TenantEligible(entities_[i]));
    }
    monitor_.Observe();
  }

  uint32_t RandomTenantIndex() { return options_.orgs + static_cast<uint32_t>(prng_.Below(options_.tenants)); }
  void Fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
  }

  HistoryOptions options_;
  Prng prng_;
  TimeNs now_ = 0;
  Queue queue_;
  std::vector<Entity> entities_;  // orgs, then tenants
  FairnessMonitor monitor_;
  std::vector<Work> works_;  // by job
  std::vector<uint64_t> waiting_, parked_;
  std::vector<Running> running_;
  std::string failure_;
  uint64_t hash_ = 0xcbf29ce484222325ULL;
  int64_t turns_count_ = 0;
  int64_t bursts_ = 0;
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_RANDOM_HISTORY_H_
