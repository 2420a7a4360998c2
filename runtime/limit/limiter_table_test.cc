#include "runtime/limit/limiter_table.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/prng.h"
#include "runtime/limit/calendar.h"
#include "runtime/limit/limit_model.h"

namespace bylaw::limit {
namespace {

LimitSpec Anchored(int64_t quota, DurationNs period) {
  return {.window = abi::RateWindow::kAnchored, .period_ns = period, .quota = quota};
}
LimitSpec Rolling(int64_t quota, DurationNs period) {
  return {.window = abi::RateWindow::kRolling, .period_ns = period, .quota = quota};
}
LimitSpec Evenly(int64_t quota, DurationNs period, int64_t burst = 1) {
  return {.window = abi::RateWindow::kEvenly, .period_ns = period, .quota = quota, .burst = burst};
}

TEST(LimiterTable, TheQuotaIsBackAtTheEndOfTheWindowOfTheFirstCall) {
  LimiterTable table;
  const LimiterId bureau = *table.Add(Anchored(500, kHourNs));
  const TimeNs first = 9 * kHourNs + 17;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(table.Check(bureau, first + i * 3 * kSecondNs, 1).admitted);
    table.Commit(bureau, first + i * 3 * kSecondNs, 1);
  }
  const Admission refused = table.Check(bureau, first + 25 * kMinuteNs, 1);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.retry_at, first + kHourNs);
  EXPECT_FALSE(table.Check(bureau, first + kHourNs - 1, 1).admitted);
  EXPECT_TRUE(table.Check(bureau, first + kHourNs, 500).admitted);
}

TEST(LimiterTable, APaceThatIsAFractionOfANanosecondDoesNotDrift) {
  LimiterTable table;
  const LimiterId paced = *table.Add(Evenly(3, kSecondNs, 2));
  TimeNs now = 0;
  std::vector<TimeNs> admitted;
  for (int i = 0; i < 3'002; ++i) {
    const Admission admission = table.Check(paced, now, 1);
    if (!admission.admitted) now = admission.retry_at;
    table.Commit(paced, now, 1);
    admitted.push_back(now);
  }
  EXPECT_EQ(admitted[1], 0);
  EXPECT_EQ(admitted[2], 333'333'334);
  EXPECT_EQ(admitted[3], 666'666'667);
  EXPECT_EQ(admitted[4], kSecondNs);
  EXPECT_EQ(admitted[3'001], 1'000 * kSecondNs);
}

TEST(LimiterTable, ACalendarDayEndsAtMidnightOfItsZone) {
  const ZoneCalendar berlin = *ZoneCalendar::Create("Europe/Berlin");
  LimiterTable table([berlin](abi::CalendarPeriod period, TimeNs wall) { return berlin.EndOf(period, wall); });
  const LimiterId daily =
      *table.Add({.window = abi::RateWindow::kCalendar, .calendar = abi::CalendarPeriod::kDay, .quota = 2});
  // 2026-03-29 in Berlin, when clocks go forward: 23 hours, from 2026-03-28T23:00Z to 2026-03-29T22:00Z.
  const TimeNs midnight = 1'774'738'800 * kSecondNs;
  table.SetWallOffset(midnight);
  table.Commit(daily, 0, 2);
  EXPECT_EQ(table.Check(daily, kHourNs, 1).retry_at, 23 * kHourNs);
  EXPECT_FALSE(table.Check(daily, 23 * kHourNs - 1, 1).admitted);
  EXPECT_TRUE(table.Check(daily, 23 * kHourNs, 2).admitted);
  table.Commit(daily, 23 * kHourNs, 2);
  // The wall clock jumps back into the day before: its quota is not handed out again.
  table.SetWallOffset(midnight - 2 * kHourNs);
  const Admission refused = table.Check(daily, 23 * kHourNs, 1);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.retry_at, (23 + 24 + 2) * kHourNs);
}

TEST(LimiterTable, OneRefusalChargesNobody) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Prng prng(seed);
    LimiterTable table, twin;
    std::vector<LimiterId> limiters;
    for (const LimitSpec& spec :
         {Anchored(prng.Between(1, 6), prng.Between(5, 40)), Rolling(prng.Between(1, 6), prng.Between(5, 40)),
          Evenly(prng.Between(1, 6), prng.Between(5, 40), prng.Between(1, 3))}) {
      limiters.push_back(*table.Add(spec));
      ASSERT_EQ(*twin.Add(spec), limiters.back());
    }
    TimeNs now = 0;
    for (int i = 0; i < 200; ++i) {
      now += prng.Between(0, 4);
      std::vector<Claim> claims;
      for (const LimiterId limiter : limiters) {
        if (prng.Chance(0.8)) claims.push_back({.limiter = limiter, .cost = prng.Between(1, 2)});
      }
      // The twin is only ever charged for what was admitted as a whole.
      bool fits = true;
      TimeNs latest = now;
      for (const Claim& claim : claims) {
        const Admission alone = twin.Check(claim.limiter, now, claim.cost);
        fits &= alone.admitted;
        if (!alone.admitted) latest = std::max(latest, alone.retry_at);
      }
      const Admission admission = table.Acquire(claims, now);
      ASSERT_EQ(admission.admitted, fits) << "seed " << seed;
      if (fits) {
        for (const Claim& claim : claims) twin.Commit(claim.limiter, now, claim.cost);
      } else {
        ASSERT_EQ(admission.retry_at, latest);
        ASSERT_EQ(twin.Check(admission.limiter, now, 1).admitted, table.Check(admission.limiter, now, 1).admitted);
      }
    }
  }
}

TEST(LimiterTable, ACostThatCanNeverFitIsToldSo) {
  LimiterTable table;
  EXPECT_EQ(table.Check(*table.Add(Anchored(5, 10)), 0, 6).retry_at, kForeverNs);
  EXPECT_EQ(table.Check(*table.Add(Rolling(5, 10)), 0, 6).retry_at, kForeverNs);
  EXPECT_EQ(table.Check(*table.Add(Evenly(5, 10, 3)), 0, 6).retry_at, kForeverNs);
  EXPECT_TRUE(table.Check(*table.Add(Evenly(5, 10, 8)), 0, 6).admitted);
  const LimiterId limiter = *table.Add(Anchored(5, 10));
  EXPECT_EQ(table.TakeTicket(limiter, 0, 6).id, kNoTicket);
  EXPECT_EQ(table.Waiting(limiter), 0u);
}

TEST(LimiterTable, RejectsWhatItCannotKeepExactly) {
  LimiterTable table;
  EXPECT_FALSE(table.Add(Anchored(0, 10)).ok());
  EXPECT_FALSE(table.Add(Anchored(1, 0)).ok());
  EXPECT_FALSE(table.Add(Anchored(kUnitsMax + 1, 10)).ok());
  EXPECT_FALSE(table.Add(Evenly(4, 10, 0)).ok());
  EXPECT_FALSE(table.Add(Evenly((int64_t{1} << 39) + 1, kSecondNs)).ok());
  EXPECT_FALSE(
      table.Add({.window = abi::RateWindow::kCalendar, .calendar = abi::CalendarPeriod::kDay, .quota = 1}).ok());
  EXPECT_EQ(table.size(), 0u);
}

TEST(LimiterTable, ARollingRingStaysAsSmallAsItsQuota) {
  LimiterTable table;
  const LimiterId limiter = *table.Add(Rolling(8, 1'000'000));
  // Reservations that all turn out to cost nothing leave entries behind; the window must still answer exactly.
  for (TimeNs now = 0; now < 100'000; ++now) {
    ASSERT_TRUE(table.Check(limiter, now, 8).admitted);
    table.Commit(limiter, now, 8);
    ASSERT_FALSE(table.Check(limiter, now, 1).admitted);
    table.Settle(limiter, now, 8, 0);
  }
  EXPECT_TRUE(table.Check(limiter, 100'000, 8).admitted);
}

TEST(RollingState, DropsWhatWasSettledToNothingBeforeItGrows) {
  RollingState state{.quota = 8, .period = 1'000'000, .used = 0, .head = 0, .count = 0, .capacity = 0};
  RollingRing ring;
  for (TimeNs now = 0; now < 10'000; ++now) {
    state.Commit(ring, now, 3);
    state.Correct(ring, now, -3);
  }
  EXPECT_LE(state.capacity, 16u);
  EXPECT_EQ(state.used, 0);
}

TEST(ZoneCalendar, MonthsAndDaysFollowTheZone) {
  const ZoneCalendar berlin = *ZoneCalendar::Create("Europe/Berlin");
  const TimeNs new_year_in_berlin = 1'798'758'000 * kSecondNs;  // 2026-12-31T23:00Z
  EXPECT_EQ(berlin.MonthOf(new_year_in_berlin - 1), 2026 * 12 + 11);
  EXPECT_EQ(berlin.MonthOf(new_year_in_berlin), 2027 * 12);
  EXPECT_EQ(ZoneCalendar().MonthOf(new_year_in_berlin), 2026 * 12 + 11);
  EXPECT_EQ(berlin.EndOf(abi::CalendarPeriod::kMonth, new_year_in_berlin - 1), new_year_in_berlin);
  EXPECT_EQ(berlin.EndOf(abi::CalendarPeriod::kDay, new_year_in_berlin), new_year_in_berlin + kDayNs);
  EXPECT_FALSE(ZoneCalendar::Create("Europe/Atlantis").ok());
}

}  // namespace
}  // namespace bylaw::limit
