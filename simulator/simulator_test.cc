// The results the project promises, from the production engine on a virtual clock.
#include <algorithm>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/arrivals.h"
#include "simulator/lending_for_test.h"
#include "simulator/simulate.h"

namespace bylaw::simulator {
namespace {

using sched::Strategy;

Result MustSimulate(const std::shared_ptr<const abi::PolicyImage>& image, const Scenario& scenario) {
  auto result = Simulate(image, scenario);
  EXPECT_TRUE(result.ok()) << result.status();
  return *std::move(result);
}
Percentiles OthersWait(const Result& result) {
  const std::vector<TenantId> flood = {kInstitutionX};
  return result.WaitOfOthers(flood);
}
uint64_t OthersBroken(const Result& result) {
  uint64_t broken = 0;
  for (const TenantResult& tenant : result.tenants) broken += tenant.tenant != kInstitutionX && tenant.sla_broken;
  return broken;
}

TEST(SimulatorTest, MondayUnderFifoMakesTheOthersWaitMinutes) {
  for (const uint64_t seed : {1, 2, 3}) {
    const Result result = MustSimulate(Institutions(), Monday(50, true, Strategy::kFifo, Arrivals::kPoisson, seed));
    EXPECT_GE(OthersWait(result).p95, 227 * kSecondNs) << "an independent model gave 227 to 369 s";
    EXPECT_LE(OthersWait(result).p95, 369 * kSecondNs);
    EXPECT_GE(OthersBroken(result), 24u) << "dozens";
  }
}

TEST(SimulatorTest, MondayUnderPolicyLeavesTheOthersAlone) {
  for (const Arrivals arrivals : {Arrivals::kEven, Arrivals::kPoisson}) {
    const Result result = MustSimulate(Institutions(), Monday(50, true, Strategy::kPolicy, arrivals));
    EXPECT_EQ(OthersWait(result).max, 0);
    EXPECT_EQ(OthersBroken(result), 0u);
    const TenantResult& flood = *result.Find(kInstitutionX);
    EXPECT_EQ(flood.running_max, 20u);
    EXPECT_EQ(flood.submitted, 5'050u);
    EXPECT_EQ(flood.excess, 5'000u) << "its excess is told apart";
    EXPECT_EQ(flood.completed, 5'050u);
    EXPECT_GT(flood.excess_late, 4'000u);
  }
}

TEST(SimulatorTest, ABusyMondayIsAsGoodWithTheFloodAsWithoutIt) {
  const Result without = MustSimulate(Institutions(), Monday(256, false, Strategy::kPolicy));
  const Result with = MustSimulate(Institutions(), Monday(256, true, Strategy::kPolicy));
  EXPECT_EQ(without.samples[120].busy, 80u);
  EXPECT_GE(with.samples[120].busy, 99u) << "the flood uses what is idle";
  EXPECT_LE(OthersWait(with).p95, OthersWait(without).p95 * 110 / 100);
  EXPECT_EQ(OthersBroken(with), 0u);
  const Result fifo = MustSimulate(Institutions(), Monday(256, true, Strategy::kFifo));
  EXPECT_GT(OthersWait(fifo).p95, 10 * kMinuteNs);
}

// With arrivals at random the ordinary load needs more than 80 slots half of the time. Nothing is preempted: what it
// needs beyond them it gets as the flood's own turns end, one in 2.25 s, and until then waits in a queue of a few.
TEST(SimulatorTest, ABusyMondayWithRandomArrivalsCostsTheOthersSeconds) {
  const Result without = MustSimulate(Institutions(), Monday(256, false, Strategy::kPolicy, Arrivals::kPoisson));
  const Result with = MustSimulate(Institutions(), Monday(256, true, Strategy::kPolicy, Arrivals::kPoisson));
  EXPECT_LE(OthersWait(with).p95, OthersWait(without).p95 + 5 * kSecondNs);
  EXPECT_EQ(OthersBroken(with), 0u);
}

TEST(SimulatorTest, TheBanksBurstWaitsForItsOwnQuotaAndHarmsNobody) {
  const Result result = MustSimulate(ThreeCustomers(), QuarterlyReview());
  const TenantResult& bank = *result.Find(kBank);
  EXPECT_EQ(bank.running_max, 50u);
  EXPECT_EQ(bank.waiting_max, 150u);
  EXPECT_EQ(bank.completed, 200u);
  const auto find = [&](EventKind kind) {
    return std::find_if(result.timeline.begin(), result.timeline.end(),
                        [=](const TimelineEvent& e) { return e.tenant == kBank && e.kind == kind; });
  };
  const auto gone = find(EventKind::kQuotaGone), back = find(EventKind::kQuotaBack);
  ASSERT_NE(gone, result.timeline.end());
  ASSERT_NE(back, result.timeline.end());
  EXPECT_EQ(gone->value, 500u) << "calls made";
  EXPECT_NEAR(static_cast<double>(gone->at_ns), 25.0 * kMinuteNs, 1.5 * kMinuteNs);
  EXPECT_NEAR(static_cast<double>(back->at_ns), 60.0 * kMinuteNs, 0.1 * kMinuteNs);
  EXPECT_EQ(gone->until_ns, back->at_ns) << "the ticket said so";
  const Result alone = MustSimulate(ThreeCustomers(), QuarterlyReview(/*with_the_bank=*/false));
  for (const TenantId other : {kCreditUnion, kStartup}) {
    EXPECT_EQ(result.Find(other)->wait.max, 0);
    EXPECT_EQ(result.Find(other)->run, alone.Find(other)->run) << "as if the bank were not there";
  }
}

TEST(SimulatorTest, FiveThousandAtFiftySlotsTake75Minutes) {
  EXPECT_EQ(TakesAtLeast(5'000, 50, 45 * kSecondNs), 75 * kMinuteNs);
  engine::HandPolicy policy;
  policy.AddPool("workers", 50);
  policy.AddEndpoint("tool", "tool", 0);
  policy.AddWorkflow("w", {{.name = "s", .resource = "tool"}});
  policy.AddTenant({.name = "x", .cap = 50});
  Scenario scenario;
  scenario.duration_ns = kHourNs;
  scenario.loads.push_back({.tenants = {TenantId(0)}, .runs = 5'000, .within_ns = 1});
  scenario.service.push_back({.about_ns = 45 * kSecondNs});
  const Result result = MustSimulate(policy.Build(), scenario);
  EXPECT_EQ(result.makespan_ns, 75 * kMinuteNs) << "the engine and the arithmetic agree";
  ASSERT_EQ(result.closed_forms.size(), 1u);
  EXPECT_EQ(result.closed_forms[0].takes_ns, 75 * kMinuteNs);
}

TEST(SimulatorTest, TheSameSeedGivesTheSameTraceAndAnotherSeedAnother) {
  Scenario scenario = Monday(50, true, Strategy::kPolicy, Arrivals::kPoisson, 7);
  scenario.failures.push_back({.workflow = WorkflowId(0), .step = StepId(1), .share_ppm = 100'000});
  const uint64_t first = MustSimulate(Institutions(), scenario).trace_hash;
  EXPECT_EQ(MustSimulate(Institutions(), scenario).trace_hash, first);
  scenario.seed = 8;
  EXPECT_NE(MustSimulate(Institutions(), scenario).trace_hash, first);
}

TEST(SimulatorTest, InvariantsHoldThroughoutUnderEveryStrategy) {
  for (const Strategy strategy : {Strategy::kFifo, Strategy::kRoundRobin, Strategy::kWeighted, Strategy::kPolicy}) {
    Scenario scenario = Monday(20, true, strategy, Arrivals::kPoisson);
    scenario.check_every = 500;
    scenario.service[0].spread_ppm = 200'000;
    scenario.failures.push_back({.workflow = WorkflowId(0), .step = StepId(2), .share_ppm = 50'000});
    scenario.outages.push_back(
        {.endpoint = EndpointId(1), .from_ns = 2 * kHourNs, .until_ns = 2 * kHourNs + kMinuteNs});
    const Result result = MustSimulate(Institutions(), scenario);
    EXPECT_EQ(result.broken_invariant, "");
    uint64_t ended = 0, submitted = 0;
    for (const TenantResult& tenant : result.tenants) {
      submitted += tenant.submitted;
      ended += tenant.completed + tenant.failed + tenant.refused;
      EXPECT_EQ(tenant.unfinished, 0u);
    }
    EXPECT_EQ(ended, submitted) << "no run is lost";
  }
}

TEST(SimulatorTest, EvenArrivalsAreEvenAcrossTenants) {
  const Scenario scenario = Monday(50, false, Strategy::kPolicy);
  const std::vector<Arrival> arrivals = MakeArrivals(scenario);
  ASSERT_EQ(arrivals.size(), 200u * 50u);
  for (size_t i = 1; i < arrivals.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(arrivals[i].at - arrivals[i - 1].at), 2.88e9, 2.0);
  }
}

// The seed's budget: $0.50; checks at $0.12, a replan, and the next one may cost $0.15 of the $0.15 left.
TEST(SimulatorTest, AFollowedRunTellsTheBudgetTrace) {
  constexpr int64_t kCent = 10'000;
  engine::HandPolicy policy;
  policy.AddPool("workers", 1);
  for (const auto& [name, cents] : {std::pair{"identity", 2}, {"bureau", 5}, {"model", 8}, {"deep", 15}, {"last", 5}}) {
    policy.AddEndpoint(name, name, cents * kCent);
  }
  policy.AddWorkflow("w", {{.name = "verify", .resource = "identity"},
                           {.name = "credit", .resource = "bureau"},
                           {.name = "compliance", .resource = "model"},
                           {.name = "deep-check", .resource = "deep", .optional = true},
                           {.name = "weigh", .replan_target = "compliance", .replans_max = 2},
                           {.name = "decide", .resource = "last"}});
  policy.AddTenant({.name = "t", .budget_workflow_micros = 50 * kCent});
  Scenario scenario;
  scenario.duration_ns = kHourNs;
  scenario.loads.push_back({.tenants = {TenantId(0)}, .runs = 2, .within_ns = kMinuteNs});
  scenario.first_failures.push_back({.step = StepId(4), .attempts = 1});
  scenario.costs.push_back({.step = StepId(3), .micros = 12 * kCent});
  scenario.follow = 1;
  const Result result = MustSimulate(policy.Build(), scenario);

  std::vector<int64_t> costs, left;
  const StoryLine* refused = nullptr;
  for (const StoryLine& line : result.story) {
    EXPECT_EQ(line.run, 0u) << "only the first run is followed";
    if (line.kind == StoryLine::Kind::kEnded) {
      costs.push_back(line.cost_micros / kCent);
      left.push_back(line.left_micros / kCent);
      const bool fails = line.outcome == engine::Outcome::kFailed;
      EXPECT_EQ(fails, line.step == StepId(4) && costs.size() == 5) << "each run's first attempt of it";
      if (fails) {
        EXPECT_EQ(line.next, StepId(2)) << "replanned";
      }
    }
    if (line.kind == StoryLine::Kind::kDecided && line.decision.verdict == static_cast<uint8_t>(abi::Verdict::kSkip)) {
      refused = &line;
    }
  }
  EXPECT_THAT(costs, testing::ElementsAre(2, 5, 8, 12, 0, 8, 0, 5));
  EXPECT_THAT(left, testing::ElementsAre(48, 43, 35, 23, 23, 15, 15, 10));
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->step, StepId(3));
  EXPECT_EQ(refused->hi_micros, 15 * kCent);
  EXPECT_EQ(refused->left_micros, 15 * kCent);
  EXPECT_EQ(refused->decision.floor_micros, 5 * kCent) << "the decision stays payable";
  EXPECT_EQ(result.story.back().kind, StoryLine::Kind::kFinished);
  EXPECT_EQ(result.story.back().cost_micros, 40 * kCent);
  EXPECT_EQ(result.tenants[0].spent_micros, 80 * kCent);
}

TEST(SimulatorTest, PercentilesAreOfTheValuesThemselves) {
  EXPECT_EQ(PercentilesOf({}), Percentiles{});
  std::vector<DurationNs> values;
  for (DurationNs i = 100; i > 0; --i) values.push_back(i);
  EXPECT_EQ(PercentilesOf(values), (Percentiles{.p50 = 50, .p95 = 95, .p99 = 99, .max = 100}));
  EXPECT_EQ(PercentilesOf({7}), (Percentiles{.p50 = 7, .p95 = 7, .p99 = 7, .max = 7}));
}

}  // namespace
}  // namespace bylaw::simulator
