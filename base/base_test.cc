#include <gtest/gtest.h>

#include <limits>

#include "base/clock.h"
#include "base/huge_pages.h"
#include "base/money.h"
#include "base/prng.h"
#include "base/time.h"

namespace bylaw {
namespace {

TEST(Money, ReadsAsInTheLanguage) {
  EXPECT_EQ(FormatMoney({500'000, Currency::kUsd}), "$0.50");
  EXPECT_EQ(FormatMoney({12'000'000, Currency::kEur}), "€12");
  EXPECT_EQ(FormatMoney({20'000'000'000, Currency::kUsd}), "$20_000");
  EXPECT_EQ(FormatMoney({1'234'567'000'000, Currency::kUsd}), "$1_234_567");
  EXPECT_EQ(FormatMoney({34, Currency::kGbp}), "£0.000034");
  EXPECT_EQ(FormatMoney({-1'500'000, Currency::kUsd}), "-$1.50");
}

TEST(Money, OverflowIsReportedNotWrapped) {
  int64_t out = 7;
  EXPECT_FALSE(AddMicros(std::numeric_limits<int64_t>::max(), 1, &out));
  EXPECT_FALSE(MultiplyMicros(std::numeric_limits<int64_t>::max(), 2, &out));
  EXPECT_EQ(out, 7);
}

TEST(Money, TokenPricesRoundUp) {
  int64_t micros = 0;
  ASSERT_TRUE(TokenPriceMicros(2'000, 2'500'000, &micros));  // $2.50 a million: 2.5 micros = 2,500,000 pico a token
  EXPECT_EQ(micros, 5'000);
  ASSERT_TRUE(TokenPriceMicros(1, 1, &micros));
  EXPECT_EQ(micros, 1);
}

TEST(Time, SumsOfDurationsStopAtTheirBounds) {
  EXPECT_EQ(AddSaturating(2 * kSecondNs, -3 * kSecondNs), -kSecondNs);
  EXPECT_EQ(AddSaturating(kForeverNs - 1, 2), kForeverNs);
  EXPECT_EQ(AddSaturating(kBeginningOfTimeNs + 1, -2), kBeginningOfTimeNs);
}

TEST(Time, DatesRoundTripOverFourCenturies) {
  for (int64_t day = -25'567; day < 84'000; ++day) {
    const Date date = CivilFromDays(day);
    ASSERT_EQ(DaysFromCivil(date), day);
    if (date.year >= 1900) {
      ASSERT_EQ(ParseDate(FormatDate(date)), date);
    }
  }
  EXPECT_FALSE(ParseDate("2026-02-29").has_value());
  EXPECT_FALSE(ParseDate("2026-7-10").has_value());
}

TEST(Time, DurationsReadAloud) {
  EXPECT_EQ(FormatDuration(kHourNs), "1 hour");
  EXPECT_EQ(FormatDuration(90 * kMinuteNs), "90 minutes");
  EXPECT_EQ(FormatDuration(900 * kMillisecondNs), "900 milliseconds");
  EXPECT_EQ(FormatCalendarDuration({1, CalendarUnit::kMonth}), "1 month");
}

TEST(Time, CalendarDurationsAreIntervals) {
  EXPECT_EQ((CalendarDuration{1, CalendarUnit::kMonth}).days_min(), 28);
  EXPECT_EQ((CalendarDuration{1, CalendarUnit::kMonth}).days_max(), 31);
  EXPECT_EQ((CalendarDuration{24, CalendarUnit::kMonth}).days_max(), 732);
}

TEST(Prng, SameSeedSameNumbersAndUniformEnough) {
  Prng a(42), b(42);
  int64_t buckets[10] = {};
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t value = a.Below(10);
    ASSERT_EQ(value, b.Below(10));
    ++buckets[value];
  }
  for (const int64_t count : buckets) EXPECT_NEAR(static_cast<double>(count), 10'000.0, 500.0);
}

TEST(LoopClock, StandsStillBetweenTicks) {
  SimulatedClock source(1'000);
  LoopClock clock(&source);
  source.AdvanceTo(5);
  source.JumpWall(100);
  EXPECT_EQ(clock.MonotonicNow(), 0);
  EXPECT_EQ(clock.WallNow(), 1'000);
  clock.Tick();
  EXPECT_EQ(clock.MonotonicNow(), 5);
  EXPECT_EQ(clock.WallNow(), 1'105);
}

TEST(SimulatedClock, MovesOnlyWhenTold) {
  SimulatedClock clock(1'000);
  clock.AdvanceTo(5);
  clock.JumpWall(-100);
  EXPECT_EQ(clock.MonotonicNow(), 5);
  EXPECT_EQ(clock.WallNow(), 905);
}

TEST(HugePages, LargeTablesAreAlignedAndKeepTheirContent) {
  HugeVector<uint64_t> table;
  for (uint64_t i = 0; i < 1'000'000; ++i) table.push_back(i);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(table.data()) % (2 << 20), 0u);
  for (uint64_t i = 0; i < table.size(); i += 997) ASSERT_EQ(table[i], i);
  const HugeVector<char> small(10, 'x');
  EXPECT_EQ(reinterpret_cast<uintptr_t>(small.data()) % 64, 0u);
}

}  // namespace
}  // namespace bylaw
