// Tickets: successive honest times for those who wait, and nobody overtakes them.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/prng.h"
#include "runtime/limit/limit_model.h"
#include "runtime/limit/limiter_table.h"

namespace bylaw::limit {
namespace {

LimitSpec RandomSpec(Prng& prng) {
  constexpr abi::RateWindow kWindows[] = {abi::RateWindow::kAnchored, abi::RateWindow::kRolling,
                                          abi::RateWindow::kCalendar, abi::RateWindow::kEvenly};
  return {.window = kWindows[prng.Below(4)],
          .calendar = abi::CalendarPeriod::kDay,
          .period_ns = prng.Between(2, 30),
          .quota = prng.Between(1, 6),
          .burst = prng.Between(1, 4)};
}

// Fills the limit at `now` and returns the model of it.
LimitModel Exhaust(LimiterTable& table, LimiterId limiter, const LimitSpec& spec, TimeNs now) {
  LimitModel model{spec, {}};
  while (table.Check(limiter, now, 1).admitted) {
    table.Commit(limiter, now, 1);
    model.calls.push_back({now, 1});
  }
  return model;
}

TEST(Ticket, EachIsTheFirstInstantBehindTheOnesBeforeAndIsKept) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    Prng prng(seed);
    const LimitSpec spec = RandomSpec(prng);
    SCOPED_TRACE(fmt::format("seed {} window {}", seed, static_cast<int>(spec.window)));
    LimiterTable table(UnevenWindowEnd);
    const LimiterId limiter = *table.Add(spec);
    LimitModel model = Exhaust(table, limiter, spec, 5);

    std::vector<Claim> waiting;
    std::vector<TimeNs> due;
    TimeNs expected = 5;
    for (int i = 0; i < 12; ++i) {
      const int64_t cost = prng.Between(1, spec.quota);
      const Ticket ticket = table.TakeTicket(limiter, 5, cost);
      expected = model.Earliest(expected, cost, expected + 2'000);
      ASSERT_EQ(ticket.due, expected) << "ticket " << i;
      model.calls.push_back({expected, cost});
      waiting.push_back({limiter, cost, ticket.id});
      due.push_back(ticket.due);
    }
    ASSERT_EQ(table.Waiting(limiter), 12u);
    for (size_t i = 0; i < waiting.size(); ++i) {
      ASSERT_EQ(table.DueOf(limiter, waiting[i].ticket, due[i]), due[i]);
      ASSERT_TRUE(table.Acquire({&waiting[i], 1}, due[i]).admitted) << "ticket " << i;
    }
    ASSERT_EQ(table.Waiting(limiter), 0u);
  }
}

TEST(Ticket, NobodyWithoutOneGoesFirst) {
  LimiterTable table;
  const LimiterId limiter = *table.Add({.window = abi::RateWindow::kAnchored, .period_ns = 100, .quota = 2});
  table.Commit(limiter, 0, 2);
  const Ticket first = table.TakeTicket(limiter, 10, 1);
  EXPECT_EQ(first.due, 100);
  EXPECT_TRUE(table.Check(limiter, 100, 1).admitted) << "there is room for both";
  const Ticket second = table.TakeTicket(limiter, 10, 1);
  const Ticket third = table.TakeTicket(limiter, 10, 1);
  EXPECT_EQ(second.due, 100);
  EXPECT_EQ(third.due, 200);
  EXPECT_EQ(table.Check(limiter, 100, 1).retry_at, 200);
  // The first two come late, the third at its time: it is still behind them.
  const Claim late{limiter, 1, third.id};
  EXPECT_EQ(table.DueOf(limiter, third.id, 200), 300);
  EXPECT_FALSE(table.Acquire({&late, 1}, 200).admitted);
  table.DropTicket(limiter, first.id);
  EXPECT_TRUE(table.Acquire({&late, 1}, 200).admitted) << "a run that left makes room";
  table.DropTicket(limiter, first.id);
  EXPECT_EQ(table.DueOf(limiter, first.id, 200), kForeverNs);
  EXPECT_EQ(table.Waiting(limiter), 1u);
}

TEST(Ticket, ARefusalElsewhereKeepsThePlace) {
  LimiterTable table;
  const LimiterId scarce = *table.Add({.window = abi::RateWindow::kAnchored, .period_ns = 100, .quota = 1});
  const LimiterId other = *table.Add({.window = abi::RateWindow::kAnchored, .period_ns = 150, .quota = 1});
  table.Commit(scarce, 0, 1);
  const Ticket ticket = table.TakeTicket(scarce, 0, 1);
  table.Commit(other, 60, 1);
  const std::vector<Claim> claims = {{scarce, 1, ticket.id}, {other, 1}};
  const Admission refused = table.Acquire(claims, ticket.due);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.limiter, other);
  EXPECT_EQ(refused.retry_at, 210);
  EXPECT_EQ(table.Waiting(scarce), 1u);
  EXPECT_TRUE(table.Acquire(claims, 210).admitted);
  EXPECT_EQ(table.Waiting(scarce), 0u);
}

// Whoever comes, waits, is late or leaves: what is admitted conforms, and whoever is not late is never told twice.
TEST(Ticket, RandomHistoriesConform) {
  struct Run {
    Claim claim;
    TimeNs due;
  };
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    Prng prng(seed);
    const LimitSpec spec = RandomSpec(prng);
    SCOPED_TRACE(fmt::format("seed {} window {}", seed, static_cast<int>(spec.window)));
    const double late = seed % 2 == 0 ? 0.3 : 0;
    LimiterTable table(UnevenWindowEnd);
    const LimiterId limiter = *table.Add(spec);
    LimitModel model{spec, {}};
    std::vector<Run> waiting;
    for (TimeNs now = 0; now < 400; ++now) {
      for (size_t i = 0; i < waiting.size();) {
        Run& run = waiting[i];
        if (run.due > now || prng.Chance(late)) {
          ++i;
          continue;
        }
        const Admission admission = table.Acquire({&run.claim, 1}, now);
        if (admission.admitted) {
          ASSERT_TRUE(model.Fits(now, run.claim.cost)) << "at " << now;
          model.calls.push_back({now, run.claim.cost});
          waiting.erase(waiting.begin() + static_cast<ptrdiff_t>(i));
          continue;
        }
        ASSERT_GT(late, 0) << "at " << now;
        run.due = admission.retry_at;
        ++i;
      }
      const Claim claim{limiter, prng.Between(1, spec.quota), kNoTicket};
      if (!prng.Chance(0.3)) continue;
      if (table.Acquire({&claim, 1}, now).admitted) {
        ASSERT_TRUE(model.Fits(now, claim.cost)) << "at " << now;
        model.calls.push_back({now, claim.cost});
      } else if (waiting.size() < 20) {
        const Ticket ticket = table.TakeTicket(limiter, now, claim.cost);
        waiting.push_back({{limiter, claim.cost, ticket.id}, ticket.due});
      }
    }
  }
}

}  // namespace
}  // namespace bylaw::limit
