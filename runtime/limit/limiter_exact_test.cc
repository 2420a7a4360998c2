// Every limit against brute force: all small traces, and long random ones at real sizes.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <vector>

#include "base/prng.h"
#include "runtime/limit/limit_model.h"
#include "runtime/limit/limiter_table.h"

namespace bylaw::limit {
namespace {

std::vector<LimitSpec> SmallSpecs() {
  std::vector<LimitSpec> specs;
  for (const int64_t quota : {1, 2, 3}) {
    for (const DurationNs period : {1, 4, 5}) {
      specs.push_back({.window = abi::RateWindow::kAnchored, .period_ns = period, .quota = quota});
      specs.push_back({.window = abi::RateWindow::kRolling, .period_ns = period, .quota = quota});
      for (const int64_t burst : {1, 2, 5}) {
        specs.push_back({.window = abi::RateWindow::kEvenly, .period_ns = period, .quota = quota, .burst = burst});
      }
    }
    specs.push_back({.window = abi::RateWindow::kCalendar, .calendar = abi::CalendarPeriod::kDay, .quota = quota});
  }
  return specs;
}

std::string Describe(const LimitSpec& spec) {
  return fmt::format("window {} quota {} period {} burst {}", static_cast<int>(spec.window), spec.quota, spec.period_ns,
                     spec.burst);
}

// One trace: requests, each some time after the one before it. Greedy: what is admitted is committed.
struct Request {
  DurationNs after;
  int64_t cost;
};

void ExpectAsModel(const LimitSpec& spec, const std::vector<Request>& trace) {
  constexpr TimeNs kHorizon = 200;
  LimiterTable table(UnevenWindowEnd);
  const LimiterId limiter = *table.Add(spec);
  LimitModel model{spec, {}};
  TimeNs now = 3;
  for (const Request& request : trace) {
    now += request.after;
    const Admission admission = table.Check(limiter, now, request.cost);
    const TimeNs expected = model.Earliest(now, request.cost, kHorizon);
    ASSERT_EQ(admission.admitted ? now : admission.retry_at, expected)
        << Describe(spec) << " cost " << request.cost << " at " << now;
    if (!admission.admitted) continue;
    table.Commit(limiter, now, request.cost);
    model.calls.push_back({now, request.cost});
  }
}

TEST(LimiterExact, AllTracesOfFiveRequests) {
  const std::vector<Request> choices = {{0, 1}, {1, 1}, {2, 1}, {5, 1}, {0, 2}, {3, 2}, {4, 4}};
  constexpr int kLength = 5;
  int64_t traces = 1;
  for (int i = 0; i < kLength; ++i) traces *= static_cast<int64_t>(choices.size());
  for (const LimitSpec& spec : SmallSpecs()) {
    for (int64_t number = 0; number < traces && !::testing::Test::HasFatalFailure(); ++number) {
      std::vector<Request> trace;
      for (int64_t rest = number, i = 0; i < kLength; ++i, rest /= static_cast<int64_t>(choices.size())) {
        trace.push_back(choices[static_cast<size_t>(rest) % choices.size()]);
      }
      ExpectAsModel(spec, trace);
    }
  }
}

LimitSpec RandomSpec(Prng& prng) {
  constexpr abi::RateWindow kWindows[] = {abi::RateWindow::kAnchored, abi::RateWindow::kRolling,
                                          abi::RateWindow::kEvenly};
  return {.window = kWindows[prng.Below(3)],
          .period_ns = prng.Between(1, 3) == 1 ? kSecondNs : prng.Between(1, 10'000'000),
          .quota = prng.Between(1, 40),
          .burst = prng.Between(1, 12)};
}

// At real sizes the first instant cannot be searched for; it is checked from both sides instead.
TEST(LimiterExact, RandomTracesRetryAtIsTheFirstInstant) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    Prng prng(seed);
    const LimitSpec spec = RandomSpec(prng);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, Describe(spec)));
    LimiterTable table;
    const LimiterId limiter = *table.Add(spec);
    LimitModel model{spec, {}};
    TimeNs now = 0, known_retry = 0;
    for (int i = 0; i < 150; ++i) {
      // Standing still, a little later, or exactly at (or just before) an instant named by an earlier refusal.
      const uint64_t kind = prng.Below(4);
      if (kind == 1) now += prng.Between(0, spec.period_ns / spec.quota * 2);
      if (kind == 2 && known_retry > now) now = known_retry - prng.Between(0, 1);
      const int64_t cost = prng.Chance(0.7) ? 1 : prng.Between(1, spec.quota + 2);
      const Admission admission = table.Check(limiter, now, cost);
      ASSERT_EQ(admission.admitted, model.Fits(now, cost)) << "cost " << cost << " at " << now;
      if (admission.admitted) {
        table.Commit(limiter, now, cost);
        model.calls.push_back({now, cost});
        continue;
      }
      if (admission.retry_at == kForeverNs) {
        ASSERT_GT(cost, spec.window == abi::RateWindow::kEvenly ? std::max(spec.quota, spec.burst) : spec.quota);
        continue;
      }
      known_retry = admission.retry_at;
      ASSERT_TRUE(model.Fits(known_retry, cost)) << "cost " << cost << " at " << known_retry;
      ASSERT_FALSE(model.Fits(known_retry - 1, cost)) << "cost " << cost << " before " << known_retry;
    }
  }
}

// Costs that turn out different count as if they had been known at once; after overruns a paced limit counts a little
// more (refunds were cut without them).
TEST(LimiterExact, SettledCostsCountAsIfKnownAtOnce) {
  constexpr abi::RateWindow kWindows[] = {abi::RateWindow::kAnchored, abi::RateWindow::kRolling,
                                          abi::RateWindow::kEvenly};
  int64_t strict = 0, compared = 0;
  for (uint64_t seed = 1; seed <= 600; ++seed) {
    Prng prng(seed);
    const bool overruns = seed % 2 == 0;
    const LimitSpec spec = {.window = kWindows[seed % 3],
                            .period_ns = prng.Between(5, 60) * 1'000,
                            .quota = prng.Between(5, 30),
                            .burst = prng.Between(1, 30),
                            .tokens = true};
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, Describe(spec)));
    LimiterTable table;
    const LimiterId limiter = *table.Add(spec);
    LimitModel model{spec, {}};
    std::vector<size_t> open;
    TimeNs now = 0;
    for (int i = 0; i < 120; ++i) {
      now += prng.Between(0, 3) * 1'000 + prng.Between(0, 1);
      if (!open.empty() && prng.Chance(0.4)) {
        const size_t at = prng.Below(open.size());
        LimitModel::Call& call = model.calls[open[at]];
        const int64_t actual = prng.Between(0, call.cost + (overruns && prng.Chance(0.2) ? 3 : 0));
        table.Settle(limiter, call.time, call.cost, actual);
        call.cost = actual;
        open.erase(open.begin() + static_cast<ptrdiff_t>(at));
      }
      const int64_t cost = prng.Between(1, 6);
      const Admission admission = table.Check(limiter, now, cost);
      if (spec.window == abi::RateWindow::kEvenly && overruns) {
        ASSERT_LE(admission.admitted, model.Fits(now, cost)) << "cost " << cost << " at " << now;
        strict += admission.admitted != model.Fits(now, cost);
        ++compared;
      } else {
        ASSERT_EQ(admission.admitted, model.Fits(now, cost)) << "cost " << cost << " at " << now;
      }
      if (!admission.admitted) continue;
      table.Commit(limiter, now, cost);
      open.push_back(model.calls.size());
      model.calls.push_back({now, cost});
    }
  }
  EXPECT_LT(strict, compared / 5) << "of " << compared << ": refunds of paced limits are withheld";
}

}  // namespace
}  // namespace bylaw::limit
