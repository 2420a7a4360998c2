#include "runtime/limit/endpoint_quota.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>
#include <vector>

#include "base/prng.h"
#include "runtime/limit/limit_model.h"

namespace bylaw::limit {
namespace {

constexpr DurationNs kWindow = 1'600;

EndpointQuota PerWindow(int64_t quota) {
  return *EndpointQuota::Create({.window = abi::RateWindow::kAnchored, .period_ns = kWindow, .quota = quota});
}

bool Take(EndpointQuota& quota, uint32_t tenant, uint32_t weight, TimeNs now, int64_t cost = 1) {
  if (!quota.Check(TenantId(tenant), weight, now, cost).admitted) return false;
  quota.Commit(TenantId(tenant), weight, now, cost);
  return true;
}

int64_t TakeAll(EndpointQuota& quota, uint32_t tenant, uint32_t weight, TimeNs now, int64_t cost = 1) {
  int64_t taken = 0;
  while (Take(quota, tenant, weight, now, cost)) taken += cost;
  return taken;
}

TEST(EndpointQuota, ALoneTenantGetsItAllInTheCourseOfTheWindow) {
  EndpointQuota quota = PerWindow(1'000);
  EXPECT_EQ(TakeAll(quota, 0, 1, 0), 500);  // the other half is set aside for whoever comes new
  const Admission refused = quota.Check(TenantId(0), 1, 0, 1);
  EXPECT_EQ(refused.retry_at, 100);
  EXPECT_EQ(TakeAll(quota, 0, 1, 100), 32);
  int64_t taken = 532;
  for (TimeNs now = 101; now < kWindow; ++now) taken += TakeAll(quota, 0, 1, now);
  EXPECT_GE(taken, 960);
  EXPECT_LE(taken, 1'000);
  EXPECT_EQ(quota.Check(TenantId(0), 1, kWindow - 1, 100).retry_at, kWindow);
  EXPECT_EQ(quota.CheckConsistency(), "");
}

TEST(EndpointQuota, WhoeverComesNewFindsAShare) {
  EndpointQuota quota = PerWindow(1'000);
  EXPECT_EQ(TakeAll(quota, 0, 1, 0), 500);
  EXPECT_EQ(TakeAll(quota, 1, 1, 50), 500);
  EndpointQuota late = PerWindow(1'000);
  for (TimeNs now = 0; now <= 800; ++now) TakeAll(late, 0, 1, now);
  EXPECT_GE(TakeAll(late, 1, 1, 800), 250);  // half of the window is left, and half of that is its share
}

TEST(EndpointQuota, FromTheNextWindowOnSharesAreByWeight) {
  EndpointQuota quota = PerWindow(1'200);
  for (uint32_t tenant = 0; tenant < 3; ++tenant) Take(quota, tenant, tenant + 1, 10);
  // Weights 1, 2, 3, and 3 for a newcomer.
  ASSERT_TRUE(Take(quota, 2, 3, 10 + kWindow));
  EXPECT_EQ(quota.ClaimOf(TenantId(0), 10 + kWindow), 133);
  EXPECT_EQ(quota.ClaimOf(TenantId(1), 10 + kWindow), 266);
  EXPECT_EQ(quota.ClaimOf(TenantId(2), 10 + kWindow), 399);
  EXPECT_EQ(TakeAll(quota, 2, 3, 10 + kWindow), 399);
  EXPECT_EQ(TakeAll(quota, 0, 1, 10 + kWindow), 133);
  EXPECT_EQ(TakeAll(quota, 1, 2, 10 + kWindow), 266);
  EXPECT_EQ(quota.CheckConsistency(), "");
}

// A tenant that always has work gets its share of every window in which it was active from the beginning, and nobody
// ever gets more than there is.
TEST(EndpointQuota, GuaranteeAndQuotaHoldWhateverTheOthersDo) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng prng(seed);
    const int64_t units = prng.Between(40, 400);
    const uint32_t tenants = static_cast<uint32_t>(prng.Between(2, 9));
    std::vector<uint32_t> weights;
    for (uint32_t i = 0; i < tenants; ++i) weights.push_back(static_cast<uint32_t>(prng.Between(1, 6)));
    EndpointQuota quota = PerWindow(units);
    LimitModel total{{.window = abi::RateWindow::kAnchored, .period_ns = kWindow, .quota = units}, {}};
    std::map<uint32_t, int64_t> taken;
    std::vector<bool> asked(tenants), asked_before(tenants);
    TimeNs begin = -kWindow;
    int windows = 0;
    for (TimeNs now = 0; now < 8 * kWindow; now += prng.Between(0, 40)) {
      // Tenant 0 always has work. The others come in floods, in drops, or not at all for a while.
      const uint32_t tenant = static_cast<uint32_t>(prng.Below(tenants));
      const int64_t wanted = tenant == 0 || prng.Chance(0.3) ? units : prng.Between(0, 2);
      if (now - begin >= kWindow && wanted > 0) {
        if (windows > 1 && asked_before[0]) {
          int64_t weight = 0, largest = 0;
          for (uint32_t i = 0; i < tenants; ++i) {
            weight += asked_before[i] ? weights[i] : 0;
            largest = std::max<int64_t>(largest, asked_before[i] ? weights[i] : 0);
          }
          ASSERT_GE(taken[0], units * weights[0] / (weight + largest)) << "window from " << begin;
        }
        // The opener counts as active in the window it opens.
        asked_before = asked;
        asked_before[tenant] = true;
        asked.assign(tenants, false);
        taken.clear();
        begin = now;
        ++windows;
      }
      for (const uint32_t who : {tenant, uint32_t{0}}) {
        for (int64_t i = 0; i < (who == 0 ? units : wanted); ++i) {
          asked[who] = true;
          const bool fits = total.Fits(now, 1);
          if (!Take(quota, who, weights[who], now)) break;
          ASSERT_TRUE(fits);
          total.calls.push_back({now, 1});
          ++taken[who];
        }
        if (wanted == 0 && begin + kWindow <= now) break;
      }
      ASSERT_EQ(quota.CheckConsistency(), "");
    }
    EXPECT_GE(windows, 6);
  }
}

// retry_at from both sides, in copies in which nothing else happens.
TEST(EndpointQuota, RetryAtIsTheFirstInstant) {
  int refusals = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Prng prng(seed);
    EndpointQuota quota = PerWindow(prng.Between(5, 60));
    for (TimeNs now = 0; now < 3 * kWindow; now += prng.Between(0, 60)) {
      const TenantId tenant(static_cast<uint32_t>(prng.Below(5)));
      const int64_t cost = prng.Between(1, 5);
      const Admission admission = quota.Check(tenant, 1 + tenant.value(), now, cost);
      if (admission.admitted) {
        quota.Commit(tenant, 1 + tenant.value(), now, cost);
        continue;
      }
      ++refusals;
      EndpointQuota before = quota, at = quota;
      ASSERT_FALSE(before.Check(tenant, 1 + tenant.value(), admission.retry_at - 1, cost).admitted) << "seed " << seed;
      ASSERT_TRUE(at.Check(tenant, 1 + tenant.value(), admission.retry_at, cost).admitted) << "seed " << seed;
      ASSERT_EQ(quota.CheckConsistency(), "");
    }
  }
  EXPECT_GT(refusals, 1'000);
}

TEST(EndpointQuota, TicketsOfOneTenantFollowEachOther) {
  EndpointQuota quota = PerWindow(8);
  EXPECT_EQ(TakeAll(quota, 0, 1, 0), 4);
  for (TimeNs now = 0; now < kWindow; now += 100) TakeAll(quota, 0, 1, now);
  const TimeNs now = kWindow - 1;
  std::vector<Ticket> tickets;
  for (int i = 0; i < 9; ++i) tickets.push_back(quota.TakeTicket(TenantId(0), 1, now, 1));
  for (size_t i = 0; i < 9; ++i) EXPECT_EQ(tickets[i].due, kWindow * static_cast<TimeNs>(1 + i / 4)) << i;
  // Without a ticket the tenant is behind its own line; another tenant is not.
  EXPECT_FALSE(quota.Check(TenantId(0), 1, kWindow, 1).admitted);
  for (size_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(quota.Check(TenantId(0), 1, kWindow, 1, tickets[i].id).admitted) << i;
    quota.Commit(TenantId(0), 1, kWindow, 1, tickets[i].id);
  }
  EXPECT_FALSE(quota.Check(TenantId(0), 1, kWindow, 1, tickets[4].id).admitted);
  EXPECT_TRUE(quota.Check(TenantId(1), 1, kWindow, 1).admitted);
  for (size_t i = 4; i < 8; ++i) quota.DropTicket(TenantId(0), tickets[i].id);
  EXPECT_TRUE(quota.Check(TenantId(0), 1, 2 * kWindow, 1, tickets[8].id).admitted);
}

TEST(EndpointQuota, TokensAreSettledInTheirOwnWindow) {
  EndpointQuota quota = PerWindow(1'000);
  ASSERT_TRUE(Take(quota, 0, 1, 0, 400));
  quota.Settle(TenantId(0), 0, 400, 100);
  EXPECT_EQ(quota.Used(10), 100);
  quota.Settle(TenantId(0), 0, 100, 700);  // more than reserved is charged in full
  EXPECT_EQ(quota.Used(10), 700);
  EXPECT_EQ(quota.CheckConsistency(), "");
  EXPECT_EQ(TakeAll(quota, 1, 1, 20, 10), 300);
  ASSERT_TRUE(Take(quota, 0, 1, kWindow, 100));
  quota.Settle(TenantId(0), 20, 300, 0);
  EXPECT_EQ(quota.Used(kWindow), 100);
}

TEST(EndpointQuota, ACallDearerThanAnyShareStillGetsIn) {
  EndpointQuota quota = PerWindow(100);
  for (uint32_t tenant = 0; tenant < 20; ++tenant) Take(quota, tenant, 1, 0);
  EXPECT_TRUE(Take(quota, 0, 1, kWindow, 60));
  EXPECT_EQ(quota.CheckConsistency(), "");
  EXPECT_EQ(quota.ClaimOf(TenantId(1), kWindow), 2);  // of the 40 that are left
  EXPECT_EQ(quota.Check(TenantId(1), 1, kWindow, 101).retry_at, kForeverNs);
}

TEST(EndpointQuota, OnlyFixedWindowsAreShared) {
  EXPECT_FALSE(EndpointQuota::Create({.window = abi::RateWindow::kRolling, .period_ns = 10, .quota = 1}).ok());
  EXPECT_FALSE(EndpointQuota::Create({.window = abi::RateWindow::kAnchored, .period_ns = 10, .quota = 0}).ok());
  const LimitSpec daily = {.window = abi::RateWindow::kCalendar, .calendar = abi::CalendarPeriod::kDay, .quota = 2};
  EXPECT_FALSE(EndpointQuota::Create(daily).ok());
  EndpointQuota quota = *EndpointQuota::Create(daily, UnevenWindowEnd);
  ASSERT_TRUE(Take(quota, 0, 1, 5));
  EXPECT_EQ(quota.Check(TenantId(0), 1, 5, 2).retry_at, 7);
}

}  // namespace
}  // namespace bylaw::limit
