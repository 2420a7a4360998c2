// Limits whose numbers change while they are in use: what has been used counts on, and nothing is admitted beyond what
// the limit says now.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/prng.h"
#include "runtime/limit/endpoint_quota.h"
#include "runtime/limit/limiter_table.h"

namespace bylaw::limit {
namespace {

LimitSpec Spec(abi::RateWindow window, int64_t quota, DurationNs period = 100, int64_t burst = 1) {
  return {.window = window, .period_ns = period, .quota = quota, .burst = burst};
}

TEST(ReconfigureTest, AnAnchoredWindowKeepsItsEndAndWhatWasUsed) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Prng prng(seed);
    LimiterTable table;
    int64_t quota = 5;
    const LimiterId limiter = *table.Add(Spec(abi::RateWindow::kAnchored, quota));
    TimeNs now = 0, end = -1;
    int64_t used = 0, admitted = 0;
    for (int i = 0; i < 500; ++i) {
      now += static_cast<TimeNs>(prng.Below(20));
      if (prng.Chance(0.1)) {
        quota = prng.Between(1, 10);
        table.Reconfigure(limiter, Spec(abi::RateWindow::kAnchored, quota), now);
      }
      if (now >= end) used = 0;
      const Admission admission = table.Check(limiter, now, 1);
      EXPECT_EQ(admission.admitted, used < quota) << "seed " << seed << " at " << now;
      if (!admission.admitted) {
        EXPECT_EQ(admission.retry_at, end);
        continue;
      }
      table.Commit(limiter, now, 1);
      if (now >= end) end = now + 100;
      ++used;
      ++admitted;
    }
    EXPECT_GT(admitted, 50);
  }
}

TEST(ReconfigureTest, ARollingWindowStillSeesEveryCallThatCounts) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Prng prng(seed);
    LimiterTable table;
    int64_t quota = 5;
    const LimiterId limiter = *table.Add(Spec(abi::RateWindow::kRolling, quota));
    TimeNs now = 0;
    std::deque<TimeNs> calls;
    for (int i = 0; i < 500; ++i) {
      now += static_cast<TimeNs>(prng.Below(20));
      if (prng.Chance(0.1)) {
        quota = prng.Between(1, 10);
        table.Reconfigure(limiter, Spec(abi::RateWindow::kRolling, quota), now);
      }
      while (!calls.empty() && calls.front() <= now - 100) calls.pop_front();
      const bool admitted = table.Check(limiter, now, 1).admitted;
      EXPECT_EQ(admitted, static_cast<int64_t>(calls.size()) < quota) << "seed " << seed << " at " << now;
      if (!admitted) continue;
      table.Commit(limiter, now, 1);
      calls.push_back(now);
    }
  }
}

TEST(ReconfigureTest, WhatIsOwedToAPacedLimitStaysOwed) {
  LimiterTable table;
  const LimiterId limiter = *table.Add(Spec(abi::RateWindow::kEvenly, 3, 300, 4));
  for (int i = 0; i < 4; ++i) table.Commit(limiter, 0, 1);  // paid at 400
  table.Reconfigure(limiter, Spec(abi::RateWindow::kEvenly, 30, 300), 0);
  EXPECT_EQ(table.Check(limiter, 0, 1).retry_at, 400);
  table.Commit(limiter, 400, 1);
  EXPECT_EQ(table.Check(limiter, 400, 1).retry_at, 410) << "at the new pace";
  table.Reconfigure(limiter, Spec(abi::RateWindow::kEvenly, 1, 300), 400);
  EXPECT_EQ(table.Check(limiter, 400, 1).retry_at, 410) << "what was taken at the old pace is paid at it";
  table.Commit(limiter, 410, 1);
  EXPECT_EQ(table.Check(limiter, 410, 1).retry_at, 710);
}

// A reload asks for the same numbers again: rounding what is owed would let those who hold tickets come too early.
TEST(ReconfigureTest, TheSamePaceAgainChangesNothing) {
  LimiterTable table;
  const LimiterId limiter = *table.Add(Spec(abi::RateWindow::kEvenly, 7, 60, 3));
  for (int i = 0; i < 3; ++i) table.Commit(limiter, 0, 1);  // paid at 25 5/7
  const Ticket ticket = table.TakeTicket(limiter, 0, 1);
  EXPECT_EQ(ticket.due, 9);
  table.Reconfigure(limiter, Spec(abi::RateWindow::kEvenly, 7, 60, 3), 5);
  EXPECT_EQ(table.DueOf(limiter, ticket.id, 5), 9);
  table.Reconfigure(limiter, Spec(abi::RateWindow::kEvenly, 7, 60, 1), 5);
  EXPECT_EQ(table.DueOf(limiter, ticket.id, 5), 26) << "another burst, the same debt";
}

TEST(ReconfigureTest, NothingTakenBeforeAChangeOfPaceIsGivenBack) {
  LimiterTable table;
  LimitSpec tokens = Spec(abi::RateWindow::kEvenly, 100, 100, 100);
  tokens.tokens = true;
  const LimiterId limiter = *table.Add(tokens);
  table.Commit(limiter, 0, 100);  // paid at 100
  tokens.quota = 10;              // ten times as long each
  tokens.burst = 10;
  table.Reconfigure(limiter, tokens, 0);
  table.Settle(limiter, 0, 100, 90);
  EXPECT_EQ(table.Check(limiter, 0, 10).retry_at, 100) << "ten units given back at the new pace were a hundred ns";
}

TEST(ReconfigureTest, ARemovedLimitsNumberIsGivenAgainWithoutItsPast) {
  LimiterTable table;
  const LimiterId first = *table.Add(Spec(abi::RateWindow::kAnchored, 1));
  table.Commit(first, 0, 1);
  const Ticket waiting = table.TakeTicket(first, 0, 1);
  table.Remove(first);
  EXPECT_EQ(table.size(), 0u);
  const LimiterId second = *table.Add(Spec(abi::RateWindow::kRolling, 1));
  EXPECT_EQ(second, first);
  EXPECT_TRUE(table.Check(second, 0, 1).admitted);
  EXPECT_EQ(table.Waiting(second), 0u);
  table.DropTicket(second, waiting.id);
  EXPECT_EQ(table.DueOf(second, waiting.id, 0), kForeverNs);
}

TEST(ReconfigureTest, ASharedQuotaIsNeverOverrunByAChange) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Prng prng(seed);
    int64_t most = 100;
    EndpointQuota quota = *EndpointQuota::Create(Spec(abi::RateWindow::kAnchored, most, 1'600));
    TimeNs now = 0;
    int64_t admitted = 0;
    for (int i = 0; i < 1'000; ++i) {
      now += static_cast<TimeNs>(prng.Below(30));
      if (prng.Chance(0.05)) {
        most = prng.Between(1, 200);
        quota.SetQuota(most, now);
        EXPECT_EQ(quota.CheckConsistency(), "") << "seed " << seed;
      }
      const TenantId tenant(static_cast<uint32_t>(prng.Below(4)));
      if (!quota.Check(tenant, 1 + tenant.value(), now, 1).admitted) continue;
      quota.Commit(tenant, 1 + tenant.value(), now, 1);
      ++admitted;
      EXPECT_LE(quota.Used(now), most) << "seed " << seed << " at " << now;
      EXPECT_EQ(quota.CheckConsistency(), "") << "seed " << seed;
    }
    EXPECT_GT(admitted, 200) << "seed " << seed;
  }
}

}  // namespace
}  // namespace bylaw::limit
