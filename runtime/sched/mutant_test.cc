// I6, backpressure and the properties of settlement; and for each rule of the scheduler a queue with that rule wrong
// (planted_bug.def), to show that a property catches it. The properties count violations, so that both directions can
// be asserted.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "runtime/abi/planted_bug.h"
#include "runtime/sched/fair_queue_inl.h"
#include "runtime/sched/random_history.h"

namespace bylaw::sched {
namespace {

using abi::Lane;

constexpr int kSeeds = 20;

using abi::PlantedBug;

// What `work` gives with a bug planted.
template <class Work>
auto With(PlantedBug bug, Work work) {
  abi::planted_bug = bug;
  auto result = work();
  abi::planted_bug = PlantedBug::kNone;
  return result;
}

struct ForgetsMinimums : FairRules {
  static bool BelowMinimum(uint32_t, uint32_t) { return false; }
};
struct KeepsASlotMore : FairRules {
  static bool BelowMinimum(uint32_t on_slots, uint32_t minimum) { return on_slots <= minimum; }
};

// I1 and I2 over random histories with gates that open and shut.
struct Violations {
  int64_t i1 = 0, i2 = 0;
};
Violations FairnessViolations() {
  Violations sum;
  for (int seed = 0; seed < Scaled(kSeeds); ++seed) {
    RandomHistory<FairQueue> history({.orgs = 2, .gates = true}, static_cast<uint64_t>(seed));
    history.Run(1'000);
    EXPECT_EQ(history.first_failure(), "");
    sum.i1 += history.monitor().i1_violations();
    sum.i2 += history.monitor().i2_violations();
  }
  return sum;
}

TEST(MutantTest, TheRulesAsTheyAreKeepI1AndI2) {
  const Violations violations = FairnessViolations();
  EXPECT_EQ(violations.i1, 0);
  EXPECT_EQ(violations.i2, 0);
}

// Whether, in every random history with minimums, slots go first to who holds fewer than its own.
template <class Rules>
bool KeepsMinimums() {
  for (int seed = 0; seed < Scaled(kSeeds); ++seed) {
    RandomHistory<BasicFairQueue<Rules>> history(
        {.orgs = 2, .caps = true, .gates = true, .bursts = true, .minimums = true, .parks = true, .fairness = false},
        static_cast<uint64_t>(seed));
    history.Run(1'000);
    if (history.first_failure().find("minimum") != std::string::npos) return false;
    EXPECT_EQ(history.first_failure(), "");
  }
  return true;
}

TEST(MutantTest, SlotsGoFirstToWhoHoldsFewerThanItsMinimum) {
  EXPECT_TRUE(KeepsMinimums<FairRules>());
  EXPECT_FALSE(KeepsMinimums<ForgetsMinimums>());
  EXPECT_FALSE(KeepsMinimums<KeepsASlotMore>());
}

TEST(MutantTest, ResettingDebtOnReentryPassesI1AndBreaksI2) {
  const Violations violations = With(PlantedBug::kDebtReset, FairnessViolations);
  EXPECT_EQ(violations.i1, 0);
  EXPECT_GT(violations.i2, 0);
}

TEST(MutantTest, NeverLiftingTheTagBreaksI1) { EXPECT_GT(With(PlantedBug::kNeverLifted, FairnessViolations).i1, 0); }

TEST(MutantTest, CountingJobsInsteadOfSlotTimeBreaksI1) {
  EXPECT_GT(With(PlantedBug::kJobsCounted, FairnessViolations).i1, 0);
}

// Two tenants of equal weight, always backlogged, one with jobs of 10 seconds, one with jobs of 1: the part of the slot
// time that the first one gets.
double PartOfLongJobs() {
  Options options;
  options.slots = 10;
  FairQueue queue(options);
  const DurationNs lengths[2] = {10 * kSecondNs, kSecondNs};
  const NodeId tenants[2] = {queue.AddTenant(queue.root(), {}, 0), queue.AddTenant(queue.root(), {}, 0)};
  DurationNs used[2] = {0, 0};
  std::multimap<TimeNs, Turn> running;
  TimeNs now = 0;
  auto enqueue = [&](uint64_t which) { queue.Enqueue(tenants[which], which, Lane::kNormal, now, lengths[which], now); };
  for (int i = 0; i < 20; ++i) enqueue(static_cast<uint64_t>(i % 2));
  while (now < kHourNs) {
    while (auto turn = queue.Dispatch(now)) {
      running.insert({now + lengths[turn->job], *turn});
      enqueue(turn->job);
    }
    now = running.begin()->first;
    const Turn ended = running.begin()->second;
    running.erase(running.begin());
    queue.Complete(ended.id, lengths[ended.job], now);
    used[ended.job] += lengths[ended.job];
  }
  return static_cast<double>(used[0]) / static_cast<double>(used[0] + used[1]);
}

TEST(MutantTest, CountingJobsGivesNinetyOnePercentToTheTenantWithLongJobs) {
  EXPECT_NEAR(PartOfLongJobs(), 0.50, 0.01);
  EXPECT_NEAR(With(PlantedBug::kJobsCounted, PartOfLongJobs), 0.91, 0.01);
}

// A tenant with a large weight starts turns whose estimates are far too high, leaves, and comes back when the virtual
// time has passed its tag; then its turns end and are settled. From there on every estimate is exact, so that I1 and I2
// hold without any allowance: what was refunded is no credit.
int64_t RefundViolations(uint64_t seed) {
  Prng prng(seed);
  Options options;
  options.slots = 12;
  FairQueue queue(options);
  const uint64_t weight = 4 + prng.Below(6);
  const int early = static_cast<int>(2 + prng.Below(5));
  const NodeId f = queue.AddTenant(queue.root(), {.weight = weight}, 0);
  const NodeId g = queue.AddTenant(queue.root(), {}, 0);
  std::vector<Turn> turns;
  for (int i = 0; i < early; ++i) {
    queue.Enqueue(f, 0, Lane::kNormal, 0, kMinuteNs, 0);
    turns.push_back(*queue.Dispatch(0));
  }
  queue.SetGate(f, Gate::kRate, true, 0);
  for (int i = 0; i < 1'000; ++i) {
    queue.Enqueue(f, 0, Lane::kNormal, 0, kSecondNs, 0);
    queue.Enqueue(g, 1, Lane::kNormal, 0, kSecondNs, 0);
  }
  for (int i = 0; i < 300; ++i) queue.Complete(queue.Dispatch(0)->id, kSecondNs, 0);
  queue.SetGate(f, Gate::kRate, false, 0);
  for (const Turn& turn : turns) queue.Complete(turn.id, kSecondNs, 0);

  FairnessMonitor monitor({kNone, kNone});
  monitor.AllowCharge(0, kSecondNs, static_cast<double>(weight));
  monitor.AllowCharge(1, kSecondNs, 1.0);
  monitor.SetEligible(0, true);
  monitor.SetEligible(1, true);
  monitor.Observe();
  for (int i = 0; i < 300; ++i) {
    const Turn turn = *queue.Dispatch(0);
    const uint32_t node = turn.tenant == f ? 0 : 1;
    monitor.Start(node, kSecondNs, kSecondNs, node == 0 ? static_cast<double>(weight) : 1.0);
    monitor.Observe();
    queue.Complete(turn.id, kSecondNs, 0);
    monitor.End(node);
  }
  return monitor.i1_violations() + monitor.i2_violations();
}

TEST(MutantTest, ARefundAfterALiftIsNoCredit) {
  for (int seed = 0; seed < Scaled(kSeeds); ++seed) {
    const auto violations = [&] { return RefundViolations(static_cast<uint64_t>(seed)); };
    EXPECT_EQ(violations(), 0);
    EXPECT_GT(With(PlantedBug::kRefundIsCredit, violations), 0);
  }
}

// The order in which tenants get their turns, with jobs of mixed lanes or the same jobs all urgent. What a turn costs
// depends on the tenant alone.
std::vector<uint32_t> TenantOrder(uint64_t seed, bool all_urgent) {
  Prng prng(seed);
  Options options;
  options.slots = 5;
  FairQueue queue(options);
  const NodeId org = queue.AddOrg({.cap = 3});
  std::vector<DurationNs> cost;
  for (uint32_t i = 0; i < 6; ++i) {
    TenantOptions tenant{.weight = 1 + prng.Below(5), .urgent_share_ppm = 300'000};
    if (i % 2 == 0) tenant.cap = 2;
    queue.AddTenant(i < 3 ? org : queue.root(), tenant, 0);
    cost.push_back(prng.Between(1, 9) * kSecondNs);
  }
  std::vector<uint32_t> order;
  std::multimap<TimeNs, Turn> running;
  TimeNs now = 0;
  for (uint64_t step = 0; step < 2'000; ++step) {
    const uint32_t i = static_cast<uint32_t>(prng.Below(6));
    const Lane lane = static_cast<Lane>(prng.Below(3));
    queue.Enqueue(NodeId(2 + i), step, all_urgent ? Lane::kUrgent : lane, now, cost[i], now);
    while (auto turn = queue.Dispatch(now)) {
      order.push_back(turn->tenant.value());
      running.insert({now + cost[turn->tenant.value() - 2], *turn});
    }
    now += prng.Between(0, 2 * kSecondNs);
    while (!running.empty() && running.begin()->first <= now) {
      const Turn turn = running.begin()->second;
      queue.Complete(turn.id, cost[turn.tenant.value() - 2], running.begin()->first);
      running.erase(running.begin());
    }
  }
  EXPECT_EQ(queue.CheckConsistency(), "");
  return order;
}

TEST(MutantTest, LanesLeaveTheOrderOfTenantsAlone) {
  int caught = 0;
  for (uint64_t seed = 0; seed < static_cast<uint64_t>(Scaled(kSeeds)); ++seed) {
    const std::vector<uint32_t> mixed = TenantOrder(seed, /*all_urgent=*/false);
    EXPECT_GT(mixed.size(), 500u);
    EXPECT_EQ(mixed, TenantOrder(seed, /*all_urgent=*/true));
    caught += With(PlantedBug::kUrgentIsCheap, [&] { return TenantOrder(seed, false) != TenantOrder(seed, true); });
  }
  EXPECT_GT(caught, Scaled(kSeeds) * 9 / 10);
}

// q < g + α·φ/Σφ·(free shared), from what the counters say.
template <class Queue>
bool FormulaAdmits(const Queue& queue, const Options& options, const std::vector<TenantOptions>& tenants,
                   size_t asking) {
  int64_t active_weight = 0, shared_free = options.room;
  for (size_t i = 0; i < tenants.size(); ++i) {
    const NodeCounters counters = queue.Counters(NodeId(static_cast<uint32_t>(1 + i)));
    if (i == asking || counters.waiting > 0) active_weight += static_cast<int64_t>(tenants[i].weight);
    shared_free -= std::max(tenants[i].guaranteed, counters.waiting);
  }
  const int64_t queued = queue.Counters(NodeId(static_cast<uint32_t>(1 + asking))).waiting;
  const int64_t share = options.alpha_ppm * static_cast<int64_t>(tenants[asking].weight) * shared_free;
  if (queued >= tenants[asking].waiting_max) return false;
  return queued < tenants[asking].guaranteed ||
         (queued - tenants[asking].guaranteed) * active_weight * 1'000'000 < std::max<int64_t>(share, 0);
}

// One tenant floods, the others send now and then; turns end at random. Counts refusals below the guarantee,
// acceptances beyond the pool's room, answers other than the formula's, and refusals without a time to retry.
int64_t BackpressureViolations(uint64_t seed) {
  Prng prng(seed);
  Options options;
  options.slots = 4;
  options.room = 400;
  options.alpha_ppm = static_cast<uint32_t>(prng.Between(200'000, 2'000'000));
  FairQueue queue(options);
  std::vector<TenantOptions> tenants(8);
  for (TenantOptions& tenant : tenants) {
    tenant.weight = 1 + prng.Below(4);
    tenant.guaranteed = static_cast<uint32_t>(prng.Below(30));
    tenant.waiting_max = prng.Chance(0.3) ? 60 : kUnlimited;
    if (&tenant == &tenants[0]) tenant.waiting_max = kUnlimited;  // the flood
    queue.AddTenant(queue.root(), tenant, 0);
  }
  int64_t violations = 0;
  std::vector<Turn> running;
  for (TimeNs now = 0; now < 3'000 * kMillisecondNs; now += kMillisecondNs) {
    const uint32_t i = prng.Chance(0.8) ? 0 : static_cast<uint32_t>(prng.Below(tenants.size()));
    const NodeId tenant(1 + i);
    const uint32_t queued = queue.Counters(tenant).waiting;
    const bool formula = FormulaAdmits(queue, options, tenants, i);
    const Admission admission = queue.Enqueue(tenant, 0, Lane::kNormal, now, kSecondNs, now);
    const bool guaranteed = queued < tenants[i].guaranteed && queued < tenants[i].waiting_max;
    if (!admission.accepted && (guaranteed || admission.retry_after_ns <= 0)) ++violations;
    if (admission.accepted && queue.waiting() > options.room) ++violations;
    if (admission.accepted != formula) ++violations;
    if (prng.Chance(0.2)) {
      if (auto turn = queue.Dispatch(now)) running.push_back(*turn);
    }
    if (!running.empty() && prng.Chance(0.3)) {
      queue.Complete(running.back().id, kSecondNs, now);
      running.pop_back();
    }
  }
  EXPECT_EQ(queue.CheckConsistency(), "");
  EXPECT_GT(queue.Counters(NodeId(1)).refused, 0u);
  return violations;
}

TEST(MutantTest, OneFloodRefusesNobodyElse) {
  for (uint64_t seed = 0; seed < static_cast<uint64_t>(Scaled(kSeeds)); ++seed) {
    const auto violations = [&] { return BackpressureViolations(seed); };
    EXPECT_EQ(violations(), 0);
    EXPECT_GT(With(PlantedBug::kOneThreshold, violations), 0);
  }
}

}  // namespace
}  // namespace bylaw::sched
