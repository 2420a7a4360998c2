// Random small policy sets against exhaustive runs: whatever a theorem about volume says PROVED holds in every run,
// placement and outage that can be enumerated, and whatever it says REFUTED fails in one of them.
//
// 100,000 sets by default; BYLAW_SOUNDNESS_SETS=1000000 in the environment for more. The oracles share no code with the
// theorems: longest paths by recursion, limiters and slots minute by minute, outages one by one.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/verify/replay_for_test.h"
#include "compiler/verify/theorem.h"
#include "tests/soundness/minutes.h"
#include "tests/soundness/oracle.h"
#include "tests/soundness/random_platform.h"

namespace bylaw::soundness {
namespace {

using sema::Program;
using sema::Terms;
using verify::Verdict;

uint64_t Sets() {
  const char* const stated = std::getenv("BYLAW_SOUNDNESS_SETS");
  return stated == nullptr ? 100'000 : std::strtoull(stated, nullptr, 10);
}

// How often each theorem came to each verdict, so that a test that decides nothing fails.
using Counts = std::map<std::string, std::map<Verdict, int>>;

class Check {
 public:
  Check(const Program& program, uint64_t seed, Counts& counts)
      : program_(program), facts_(program), seed_(seed), counts_(counts) {
    for (uint32_t i = 0; i < program.tenants.size(); ++i) oracles_.emplace_back(program, TenantId(i));
  }

  void Run() {
    Months();
    Rates();
    Caps();
    Slas();
    Availability();
    Starvation();
  }

 private:
  std::optional<Verdict> VerdictOf(const verify::Outcome& outcome, const std::string& about) {
    for (const verify::TheoremResult& result : outcome.results) {
      if (result.subject.find(about) == std::string::npos) continue;
      ++counts_[result.id][result.verdict];
      return result.verdict;
    }
    return std::nullopt;
  }
  const std::string& Name(size_t tenant) const { return program_.tenants[tenant].name; }
  std::string Where(std::string_view theorem, std::string_view about) const {
    return fmt::format("{} of {}, seed {}", theorem, about, seed_);
  }
  // `fails`: some run breaks it.
  void Sound(std::optional<Verdict> verdict, bool fails, const std::string& where) const {
    if (!verdict.has_value()) return;
    if (*verdict == Verdict::kProved) {
      ASSERT_FALSE(fails) << where << " is PROVED and fails";
    }
    if (*verdict == Verdict::kRefuted) {
      ASSERT_TRUE(fails) << where << " is REFUTED and holds";
    }
    ASSERT_NE(*verdict, Verdict::kUnknown) << where;
  }
  void Exact(std::optional<Verdict> verdict, bool fails, Verdict when_it_fails, const std::string& where) const {
    ASSERT_TRUE(verdict.has_value()) << where;
    ASSERT_EQ(*verdict, fails ? when_it_fails : Verdict::kProved) << where;
  }

  void Months() {
    const verify::Outcome outcome = verify::ProveMonthBudget(facts_);
    int64_t together = 0;
    bool org_served = true;
    for (size_t i = 0; i < oracles_.size(); ++i) {
      const Oracle& tenant = oracles_[i];
      const int64_t most = 31 * tenant.daily() * tenant.CostMicros();
      if (tenant.org().valid()) {
        together += most;
        org_served = org_served && tenant.always_served();
      }
      if (!tenant.terms().budget_month.has_value() || tenant.usual() == 0) continue;
      const bool fails = most > tenant.terms().budget_month->value;
      const std::optional<Verdict> verdict = VerdictOf(outcome, Name(i) + " within");
      Sound(verdict, fails, Where("V4", Name(i)));
      if (tenant.always_served()) Exact(verdict, fails, Verdict::kRefuted, Where("V4", Name(i)));
    }
    if (program_.orgs.empty() || !program_.orgs[0].together_budget_month.has_value()) return;
    Sound(VerdictOf(outcome, "org org"), together > program_.orgs[0].together_budget_month->value,
          Where("V4", "the org"));
  }

  void Rates() {
    const verify::Outcome outcome = verify::ProveRates(facts_);
    for (size_t i = 0; i < oracles_.size(); ++i) {
      const Oracle& tenant = oracles_[i];
      if (tenant.terms().rates.empty() || tenant.usual() == 0) continue;
      const abi::RateSpec& spec = tenant.terms().rates[0].spec;
      const std::optional<sema::Stated<sema::Sla>>& sla = tenant.terms().sla;
      const int64_t within = sla.has_value() ? sla->value.within_ns / kMinuteNs : 24 * 60;
      int64_t shortest = INT64_MAX;
      for (const sema::Endpoint& endpoint : program_.endpoints) {
        shortest = std::min(shortest, endpoint.takes_about.has_value() ? endpoint.takes_about->value / kMinuteNs : 0);
      }
      const int64_t admitted = AdmittedBy(spec, std::max<int64_t>(0, within - shortest));
      const int64_t ppm = sla.has_value() ? sla->value.share_ppm : 1'000'000;
      const auto needed = [&](int64_t runs) { return (ppm * runs + 999'999) / 1'000'000; };
      const int64_t calls = tenant.Calls();
      const double per_month =
          static_cast<double>(spec.amount) * 31 * 24 * 60 /
          static_cast<double>(spec.window == abi::RateWindow::kCalendar ? 24 * 60 : spec.window_ns / kMinuteNs);
      const bool late = sla.has_value() && calls > 0 && admitted / calls < needed(tenant.usual());
      const bool grows = static_cast<double>(needed(31 * tenant.daily()) * calls) > per_month;
      const std::optional<Verdict> verdict = VerdictOf(outcome, Name(i) + " under");
      ASSERT_TRUE(verdict.has_value());
      if (*verdict == Verdict::kRefuted) {
        ASSERT_TRUE(late || grows) << Where("V5", Name(i));
      }
      if (tenant.always_served() && (late || grows)) {
        ASSERT_EQ(*verdict, Verdict::kRefuted)
            << Where("V5", Name(i)) << ": " << calls << " calls of each of " << tenant.usual() << " runs, " << admitted
            << " let through in " << within << " minutes, " << per_month << " in a month";
      }
      if (*verdict == Verdict::kProved) {
        ASSERT_TRUE(Carries(tenant.PeakDay(), calls, spec, std::max<int64_t>(0, within - shortest)))
            << Where("V5", Name(i));
      }
    }
    for (uint32_t e = 0; e < program_.endpoints.size(); ++e) Quota(outcome, EndpointId(e));
  }
  // Whether all calls of the runs that come at these minutes are let through `within` minutes later.
  static bool Carries(const std::vector<int64_t>& arrivals, int64_t calls, const abi::RateSpec& spec, int64_t within) {
    for (size_t i = 0; i < arrivals.size(); ++i) {
      const int64_t come =
          std::count_if(arrivals.begin(), arrivals.end(), [&](int64_t at) { return at <= arrivals[i]; });
      if (come * calls > AdmittedBy(spec, arrivals[i] + within)) return false;
    }
    return true;
  }

  void Quota(const verify::Outcome& outcome, EndpointId id) {
    const sema::Endpoint& endpoint = program_.endpoints[id.index()];
    if (endpoint.quotas.empty()) return;
    const abi::RateSpec& spec = endpoint.quotas[0].spec;
    const int64_t takes = endpoint.takes_about.has_value() ? endpoint.takes_about->value / kMinuteNs : 0;
    int64_t month = 0, shortest = 24 * 60;
    bool late = false, silent = false, declared = false;
    std::vector<std::pair<const Oracle*, std::vector<int64_t>>> callers;
    for (const Oracle& tenant : oracles_) {
      if (!tenant.MayCall(id)) continue;
      silent = silent || tenant.usual() == 0;
      declared = declared || tenant.usual() > 0;
      const auto& sla = tenant.terms().sla;
      const int64_t ppm = sla.has_value() ? sla->value.share_ppm : 1'000'000;
      const auto needed = [&](int64_t runs) { return (ppm * runs + 999'999) / 1'000'000; };
      month += needed(31 * tenant.daily()) * tenant.SureCallsTo(id);
      callers.emplace_back(&tenant, tenant.PeakDay());
      if (!sla.has_value()) continue;
      const int64_t within = sla->value.within_ns / kMinuteNs;
      if (tenant.usual() > 0) shortest = std::min(shortest, within);
      late = late ||
             needed(tenant.usual()) * tenant.SureCallsTo(id) > AdmittedBy(spec, std::max<int64_t>(0, within - takes));
    }
    const std::optional<Verdict> verdict = VerdictOf(outcome, "the quota of endpoint " + endpoint.name);
    ASSERT_EQ(verdict.has_value(), declared) << Where("V5", endpoint.name);
    if (!declared) return;
    const double per_month =
        static_cast<double>(spec.amount) * 31 * 24 * 60 * kMinuteNs / static_cast<double>(spec.window_ns);
    ASSERT_EQ(*verdict == Verdict::kRefuted, late || static_cast<double>(month) > per_month)
        << Where("V5", endpoint.name);
    if (*verdict != Verdict::kProved) return;
    ++counts_["quota"][Verdict::kProved];
    ASSERT_FALSE(silent) << Where("V5", endpoint.name);
    for (int64_t hour = 0; hour < 24; ++hour) {
      int64_t calls = 0;
      for (const auto& [tenant, arrivals] : callers) {
        calls += tenant->Calls() *
                 std::count_if(arrivals.begin(), arrivals.end(), [&](int64_t at) { return at <= 60 * hour; });
      }
      ASSERT_LE(calls, AdmittedBy(spec, 60 * hour + std::max<int64_t>(0, shortest - takes)))
          << Where("V5", endpoint.name);
    }
  }

  void Caps() {
    const verify::Outcome outcome = verify::ProveCaps(facts_);
    std::vector<uint64_t> kept(program_.pools.size());
    for (size_t i = 0; i < oracles_.size(); ++i) {
      const Terms& terms = oracles_[i].terms();
      uint32_t bound = UINT32_MAX;
      if (const PoolId pool = oracles_[i].pool(); pool.valid()) {
        bound = program_.pools[pool.index()].slots;
        if (terms.min_slots.has_value()) kept[pool.index()] += terms.min_slots->value;
      }
      if (oracles_[i].org().valid() && program_.orgs[0].together_at_once.has_value()) {
        bound = std::min(bound, program_.orgs[0].together_at_once->value);
      }
      if (!terms.at_once.has_value() && !terms.min_slots.has_value()) continue;
      const uint32_t cap = terms.at_once.has_value() ? terms.at_once->value : 0;
      const uint32_t least = terms.min_slots.has_value() ? terms.min_slots->value : 0;
      const bool fails = cap > bound || least > bound || (terms.at_once.has_value() && least > terms.at_once->value);
      Exact(VerdictOf(outcome, "caps of " + Name(i)), fails, Verdict::kRefuted, Where("V6", Name(i)));
    }
    for (size_t i = 0; i < kept.size(); ++i) {
      if (kept[i] == 0) continue;
      Exact(VerdictOf(outcome, "kept in pool " + program_.pools[i].name), kept[i] > program_.pools[i].slots,
            Verdict::kRefuted, Where("V6", program_.pools[i].name));
    }
  }

  void Slas() {
    const verify::Outcome outcome = verify::ProveSla(facts_);
    for (size_t i = 0; i < oracles_.size(); ++i) {
      const Oracle& tenant = oracles_[i];
      if (!tenant.terms().sla.has_value()) continue;
      const std::optional<Verdict> verdict = VerdictOf(outcome, "the sla of " + Name(i));
      ASSERT_TRUE(verdict.has_value());
      const int64_t within = tenant.terms().sla->value.within_ns / kMinuteNs;
      if (*verdict == Verdict::kRefuted && tenant.Calls() > 0) {  // else no run ever ends
        const auto needed = [&](int64_t runs) {
          return (tenant.terms().sla->value.share_ppm * runs + 999'999) / 1'000'000;
        };
        const bool late = MostInTime(tenant, tenant.usual(), within) < needed(tenant.usual());
        const bool piles_up = MostInTime(tenant, tenant.daily(), 24 * 60) < needed(tenant.daily());
        ASSERT_TRUE(late || piles_up) << Where("V7", Name(i)) << ": "
                                      << testing::PrintToString(outcome.results[0].witness.path) << " within " << within
                                      << " minutes of " << tenant.ShortestRunMinutes();
      }
      if (*verdict == Verdict::kProved) {
        for (uint64_t order = 0; order < 3; ++order) {
          ASSERT_LE(WorstDelay(i, seed_ * 3 + order), within) << Where("V7", Name(i));
        }
      }
    }
  }
  // Of so many runs that come at once: how many can be done in time if all slots are theirs.
  int64_t MostInTime(const Oracle& tenant, int64_t runs, int64_t within) const {
    const int64_t each = tenant.ShortestRunMinutes();
    int64_t most = runs;
    const auto limit = [&](int64_t slots, int64_t burst, int64_t burst_for) {
      most = std::min(most, FinishedBy(within, each, slots, burst, burst_for));
    };
    const Terms& terms = tenant.terms();
    limit(1'000, 0, 0);
    if (tenant.pool().valid()) limit(program_.pools[tenant.pool().index()].slots, 0, 0);
    if (tenant.org().valid() && program_.orgs[0].together_at_once.has_value()) {
      limit(program_.orgs[0].together_at_once->value, 0, 0);
    }
    if (terms.at_once.has_value()) {
      limit(terms.at_once->value, terms.burst.has_value() ? terms.burst->value.to : 0,
            terms.burst.has_value() ? terms.burst->value.within_ns / kMinuteNs : 0);
    }
    return most;
  }
  // Everybody's peak in some order, every attempt as long as it may be: the longest that a run of tenant `i` takes.
  int64_t WorstDelay(size_t i, uint64_t order) const {
    Slots slots(order);
    slots.total = program_.pools[oracles_[i].pool().index()].slots;
    if (!program_.orgs.empty() && program_.orgs[0].together_at_once.has_value()) {
      slots.org_cap = program_.orgs[0].together_at_once->value;
    }
    for (size_t t = 0; t < oracles_.size(); ++t) {
      const Oracle& tenant = oracles_[t];
      if (tenant.pool() != oracles_[i].pool()) continue;
      if (t == i) slots.watched = slots.tenants.size();
      Slots::Tenant row;
      row.cap = tenant.terms().at_once.has_value() ? tenant.terms().at_once->value : 1'000;
      row.in_org = tenant.org().valid();
      row.attempts = *tenant.LongestRun();
      if (!row.attempts.empty()) row.arrivals = tenant.PeakDay();  // what nothing serves suspends
      if (!tenant.terms().rates.empty()) row.rate = tenant.terms().rates[0].spec;
      slots.tenants.push_back(std::move(row));
    }
    return slots.WorstDelay();
  }

  void Availability() {
    const verify::Outcome outcome = verify::ProveAvailability(facts_);
    for (size_t i = 0; i < oracles_.size(); ++i) {
      Exact(VerdictOf(outcome, "provider for " + Name(i)), oracles_[i].HasOutage(), Verdict::kAdvisory,
            Where("V9", Name(i)));
    }
  }

  void Starvation() {
    const verify::Outcome outcome = verify::ProveNoStarvation(facts_);
    for (size_t i = 0; i < oracles_.size(); ++i) {
      const auto& waiting = oracles_[i].terms().waiting;
      Exact(VerdictOf(outcome, "reviewers of " + Name(i)), waiting.has_value() && waiting->value == 0,
            Verdict::kRefuted, Where("V16", Name(i)));
    }
    for (size_t p = 0; p < program_.pools.size(); ++p) {
      uint64_t kept = 0;
      bool used = false, without = false;
      for (const Oracle& tenant : oracles_) {
        if (tenant.pool() != PoolId(static_cast<uint32_t>(p))) continue;
        used = true;
        without = without || !tenant.terms().min_slots.has_value();
        if (tenant.terms().min_slots.has_value()) kept += tenant.terms().min_slots->value;
      }
      if (!used) continue;
      const bool fails =
          program_.pools[p].room == std::optional<uint32_t>(0) || (without && kept >= program_.pools[p].slots);
      Exact(VerdictOf(outcome, "part of pool " + program_.pools[p].name), fails, Verdict::kRefuted,
            Where("V16", program_.pools[p].name));
    }
  }

  const Program& program_;
  const verify::Facts facts_;
  const uint64_t seed_;
  Counts& counts_;
  std::vector<Oracle> oracles_;
};

TEST(SoundnessTest, NothingProvedFailsAndNothingRefutedHolds) {
  Counts counts;
  const uint64_t sets = Sets();
  for (uint64_t seed = 0; seed < sets; ++seed) {
    const std::shared_ptr<const Program> program = RandomPlatform(seed).Build();
    Check(*program, seed, counts).Run();
    if (HasFatalFailure()) return;
  }
  for (const auto& [theorem, verdicts] : counts) {
    for (const auto& [verdict, count] : verdicts) {
      RecordProperty(fmt::format("{}_{}", theorem, verify::VerdictName(verdict)), count);
    }
  }
  for (const char* const theorem : {"V4", "V5", "V6", "V7", "V16"}) {
    EXPECT_GT(counts[theorem][Verdict::kProved], static_cast<int>(sets / 500)) << theorem;
    EXPECT_GT(counts[theorem][Verdict::kRefuted], static_cast<int>(sets / 500)) << theorem;
  }
  EXPECT_GT(counts["V9"][Verdict::kProved], static_cast<int>(sets / 500));
}

TEST(SoundnessTest, EveryWitnessReproduces) {
  size_t refuted = 0;
  for (uint64_t seed = 0; seed < Sets() / 100; ++seed) {
    diag::Sink sink(10'000);
    const std::shared_ptr<const Program> program = RandomPlatform(seed).Build();
    const verify::VerifyResult result = verify::Verify(program, {.replay = verify::ReplayByEvaluator}, sink);
    ASSERT_THAT(result.internal_errors, testing::IsEmpty()) << "seed " << seed;
    ASSERT_EQ(result.verified.has_value(), !sink.has_errors()) << "seed " << seed;
    refuted += sink.has_errors() ? 1 : 0;
  }
  EXPECT_GT(refuted, Sets() / 1'000);
}

}  // namespace
}  // namespace bylaw::soundness
