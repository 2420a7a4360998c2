#include "runtime/budget/ledger.h"

#include <gtest/gtest.h>

namespace bylaw::budget {
namespace {

constexpr OrgId kOrg(0);
constexpr TenantId kAlone(0), kMember(1), kSibling(2);
constexpr int32_t kNovember = 2026 * 12 + 10;
constexpr int64_t kCent = 10'000;

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    ledger_.SetOrg(kOrg, 150 * kCent);
    ledger_.SetTenant(kAlone, OrgId::None(), kUnlimitedMicros);
    ledger_.SetTenant(kMember, kOrg, 100 * kCent);
    ledger_.SetTenant(kSibling, kOrg, 100 * kCent);
  }
  ~LedgerTest() override { EXPECT_EQ(ledger_.CheckConsistency(), ""); }

  RunHandle Open(TenantId tenant, int64_t floor, int64_t limit, int32_t month = kNovember) {
    const OpenedRun opened = ledger_.OpenRun(tenant, month, floor, limit);
    EXPECT_TRUE(opened.granted());
    return opened.run;
  }
  static Key Step(RunHandle run, uint16_t step, uint16_t attempt = 1) {
    return {.run = run, .step = step, .visit = 1, .attempt = attempt};
  }
  int64_t Pay(RunHandle run, uint16_t step, int64_t micros, int64_t floor_after) {
    EXPECT_TRUE(ledger_.Reserve(Step(run, step), kNovember, micros, floor_after).granted()) << "step " << step;
    return ledger_.Settle(Step(run, step), micros).charged;
  }

  Ledger ledger_;
};

// $0.50; 0.02, 0.05, 0.08, 0.12 and a replan of 0.08 are paid, 0.15 are left: a step of 0.15 would leave nothing for
// the decision of 0.05.
TEST_F(LedgerTest, TheMandatoryRestStaysPayable) {
  const int64_t kDecision = 5 * kCent;
  const RunHandle run = Open(kAlone, kDecision, 50 * kCent);
  uint16_t step = 0;
  for (const int64_t cents : {2, 5, 8, 12, 8}) EXPECT_EQ(Pay(run, step++, cents * kCent, kDecision), cents * kCent);
  EXPECT_EQ(ledger_.workflow(run)->remaining(), 15 * kCent);

  const Grant refused = ledger_.Reserve(Step(run, step), kNovember, 15 * kCent, kDecision);
  EXPECT_EQ(refused.verdict, Verdict::kRefused);
  EXPECT_EQ(refused.refused_by, Scope::kWorkflow);
  EXPECT_EQ(ledger_.workflow(run)->remaining(), 15 * kCent);
  EXPECT_TRUE(ledger_.Reserve(Step(run, step, 2), kNovember, 10 * kCent, kDecision).granted());
  EXPECT_EQ(Pay(run, 9, kDecision, 0), kDecision);
  EXPECT_EQ(ledger_.workflow(run)->available(), 0);
}

TEST_F(LedgerTest, AFloorIsHeldInTheMonthsAgainstEverybodyElse) {
  const RunHandle first = Open(kMember, 60 * kCent, kUnlimitedMicros);
  EXPECT_EQ(ledger_.OpenRun(kMember, kNovember, 41 * kCent, kUnlimitedMicros).refused_by, Scope::kTenantMonth);
  EXPECT_EQ(ledger_.OpenRun(kSibling, kNovember, 91 * kCent, kUnlimitedMicros).refused_by, Scope::kOrgMonth);
  EXPECT_EQ(ledger_.OpenRun(kSibling, kNovember, 11 * kCent, 10 * kCent).refused_by, Scope::kWorkflow);
  const RunHandle second = Open(kSibling, 0, kUnlimitedMicros);
  EXPECT_EQ(ledger_.Reserve(Step(second, 0), kNovember, 91 * kCent, 0).refused_by, Scope::kOrgMonth);
  EXPECT_TRUE(ledger_.Reserve(Step(second, 0), kNovember, 90 * kCent, 0).granted());
  EXPECT_EQ(ledger_.org(kOrg).current().available(), 0);
  // The org is used up, and yet the first run's mandatory rest is paid.
  EXPECT_EQ(Pay(first, 0, 40 * kCent, 20 * kCent), 40 * kCent);
  EXPECT_EQ(Pay(first, 1, 20 * kCent, 0), 20 * kCent);
}

TEST_F(LedgerTest, TheSameKeyGivesTheSameAnswerAndIsChargedOnce) {
  const RunHandle run = Open(kMember, 0, 50 * kCent);
  EXPECT_FALSE(ledger_.Reserve(Step(run, 3), kNovember, 20 * kCent, 0).repeated);
  const Grant again = ledger_.Reserve(Step(run, 3), kNovember, 49 * kCent, 49 * kCent);
  EXPECT_TRUE(again.granted() && again.repeated);
  EXPECT_EQ(again.hi, 20 * kCent);
  EXPECT_EQ(ledger_.workflow(run)->pending, 20 * kCent);

  EXPECT_EQ(ledger_.Settle(Step(run, 3), 7 * kCent).charged, 7 * kCent);
  const Receipt second = ledger_.Settle(Step(run, 3), 9 * kCent);
  EXPECT_EQ(second.resolution, Resolution::kSettled);
  EXPECT_TRUE(second.repeated);
  EXPECT_EQ(second.charged, 7 * kCent);
  EXPECT_EQ(ledger_.Release(Step(run, 3)).resolution, Resolution::kSettled);
  EXPECT_EQ(ledger_.workflow(run)->spent, 7 * kCent);
  // Every part of the key counts.
  Key other = Step(run, 3);
  other.endpoint = 1;
  EXPECT_FALSE(ledger_.Reserve(other, kNovember, kCent, 0).repeated);
  other.rung = 1;
  EXPECT_FALSE(ledger_.Reserve(other, kNovember, kCent, 0).repeated);
  other.visit = 2;
  EXPECT_FALSE(ledger_.Reserve(other, kNovember, kCent, 0).repeated);
}

TEST_F(LedgerTest, AReleasedReservationLeavesEverythingAsItWas) {
  for (const int64_t hi : {5 * kCent, 30 * kCent}) {  // below and above what the floor gives up
    const RunHandle run = Open(kMember, 25 * kCent, 50 * kCent);
    const Account workflow = *ledger_.workflow(run), tenant = ledger_.tenant(kMember).current();
    ASSERT_TRUE(ledger_.Reserve(Step(run, 0), kNovember, hi, 5 * kCent).granted());
    EXPECT_EQ(ledger_.floor(run), 5 * kCent);
    EXPECT_EQ(ledger_.Release(Step(run, 0)).resolution, Resolution::kReleased);
    EXPECT_EQ(*ledger_.workflow(run), workflow);
    EXPECT_EQ(ledger_.tenant(kMember).current(), tenant);
    EXPECT_EQ(ledger_.floor(run), 25 * kCent);
    EXPECT_EQ(ledger_.Settle(Step(run, 0), hi).resolution, Resolution::kReleased);
    EXPECT_EQ(ledger_.workflow(run)->spent, 0);
    EXPECT_EQ(ledger_.CloseRun(run), 0);
  }
}

TEST_F(LedgerTest, AnOverrunIsChargedInFullAndReported) {
  const RunHandle run = Open(kMember, 5 * kCent, 50 * kCent);
  ASSERT_TRUE(ledger_.Reserve(Step(run, 0), kNovember, 45 * kCent, 5 * kCent).granted());
  const Receipt receipt = ledger_.Settle(Step(run, 0), 48 * kCent);
  EXPECT_EQ(receipt.charged, 48 * kCent);
  EXPECT_EQ(receipt.overrun, 3 * kCent);
  EXPECT_EQ(ledger_.workflow(run)->available(), -3 * kCent);
  EXPECT_EQ(ledger_.Reserve(Step(run, 1), kNovember, 5 * kCent, 0).refused_by, Scope::kWorkflow);
  EXPECT_TRUE(ledger_.Reserve(Step(run, 1), kNovember, 2 * kCent, 0).granted());
}

TEST_F(LedgerTest, WhatIsHeldStaysGoodWhenAnotherRunOverdrawsTheMonth) {
  const RunHandle careful = Open(kMember, 30 * kCent, kUnlimitedMicros);
  const RunHandle reckless = Open(kMember, 0, kUnlimitedMicros);
  ASSERT_TRUE(ledger_.Reserve(Step(reckless, 0), kNovember, 70 * kCent, 0).granted());
  EXPECT_EQ(ledger_.Settle(Step(reckless, 0), 90 * kCent).overrun, 20 * kCent);
  EXPECT_EQ(ledger_.Reserve(Step(reckless, 1), kNovember, 1, 0).refused_by, Scope::kTenantMonth);
  EXPECT_EQ(Pay(careful, 0, 30 * kCent, 0), 30 * kCent);
}

TEST_F(LedgerTest, AFreeStepIsNeverRefused) {
  ledger_.SetTenant(kMember, kOrg, 10 * kCent);
  const RunHandle run = Open(kMember, 0, 20 * kCent);
  ASSERT_TRUE(ledger_.Reserve(Step(run, 0), kNovember, 8 * kCent, 0).granted());
  EXPECT_TRUE(ledger_.Reserve(Step(run, 1), kNovember, 0, 5 * kCent).granted());
  EXPECT_EQ(ledger_.floor(run), 2 * kCent);  // as far as the month allows
  EXPECT_EQ(ledger_.Settle(Step(run, 0), 12 * kCent).overrun, 4 * kCent);
  EXPECT_TRUE(ledger_.Reserve(Step(run, 2), kNovember, 0, 5 * kCent).granted());
  EXPECT_EQ(ledger_.floor(run), 2 * kCent);
}

TEST_F(LedgerTest, AReservationBelongsToItsMonthAndTheFloorMovesOn) {
  const RunHandle run = Open(kMember, 30 * kCent, kUnlimitedMicros);
  ASSERT_TRUE(ledger_.Reserve(Step(run, 0), kNovember, 20 * kCent, 30 * kCent).granted());
  ASSERT_TRUE(ledger_.Reserve(Step(run, 1), kNovember + 1, 10 * kCent, 20 * kCent).granted());
  EXPECT_EQ(ledger_.Settle(Step(run, 0), 15 * kCent).charged, 15 * kCent);
  const Account* november = ledger_.tenant(kMember).Find(kNovember);
  ASSERT_NE(november, nullptr);
  EXPECT_EQ(*november, (Account{.limit = 100 * kCent, .pending = 0, .held = 0, .spent = 15 * kCent}));
  EXPECT_EQ(ledger_.tenant(kMember).current(),
            (Account{.limit = 100 * kCent, .pending = 10 * kCent, .held = 20 * kCent, .spent = 0}));
  EXPECT_EQ(ledger_.org(kOrg).current().held, 20 * kCent);
  // A clock that jumps back opens no new budget.
  ASSERT_TRUE(ledger_.Reserve(Step(run, 2), kNovember, 5 * kCent, 20 * kCent).granted());
  EXPECT_EQ(ledger_.tenant(kMember).current().pending, 15 * kCent);
}

TEST_F(LedgerTest, AFreeStepReservedBeforeTheMonthEndedMayStillCost) {
  const RunHandle run = Open(kMember, 0, kUnlimitedMicros);
  ASSERT_TRUE(ledger_.Reserve(Step(run, 0), kNovember, 0, 0).granted());
  ASSERT_TRUE(ledger_.Reserve(Step(run, 1), kNovember + 1, kCent, 0).granted());
  EXPECT_EQ(ledger_.Settle(Step(run, 0), 2 * kCent).overrun, 2 * kCent);
  EXPECT_EQ(ledger_.tenant(kMember).Find(kNovember)->spent, 2 * kCent);
  EXPECT_EQ(ledger_.tenant(kMember).current().spent, 0);
}

TEST_F(LedgerTest, ClosingChargesWhatMayHaveBeenSentAndGivesTheRestBack) {
  const RunHandle run = Open(kMember, 30 * kCent, kUnlimitedMicros);
  ASSERT_TRUE(ledger_.Reserve(Step(run, 0), kNovember, 10 * kCent, 15 * kCent).granted());
  EXPECT_EQ(ledger_.CloseRun(run), 10 * kCent);
  EXPECT_EQ(ledger_.tenant(kMember).current(),
            (Account{.limit = 100 * kCent, .pending = 0, .held = 0, .spent = 10 * kCent}));
  // The handle is stale, also when its place is taken again.
  const RunHandle next = Open(kMember, 0, kUnlimitedMicros);
  EXPECT_EQ(next.index, run.index);
  EXPECT_EQ(ledger_.Settle(Step(run, 0), kCent).resolution, Resolution::kUnknown);
  EXPECT_EQ(ledger_.Reserve(Step(run, 1), kNovember, kCent, 0).verdict, Verdict::kUnknownRun);
  EXPECT_EQ(ledger_.SetFloor(run, kNovember, kCent).verdict, Verdict::kUnknownRun);
  EXPECT_EQ(ledger_.workflow(run), nullptr);
  EXPECT_EQ(ledger_.CloseRun(run), 0);
}

TEST_F(LedgerTest, AmountsOutOfRangeChangeNothing) {
  const RunHandle run = Open(kAlone, 0, kUnlimitedMicros);
  EXPECT_EQ(ledger_.Reserve(Step(run, 0), kNovember, -1, 0).verdict, Verdict::kOutOfRange);
  EXPECT_EQ(ledger_.Reserve(Step(run, 0), kNovember, INT64_MAX, 0).verdict, Verdict::kOutOfRange);
  ASSERT_TRUE(ledger_.Reserve(Step(run, 0), kNovember, kAmountMaxMicros, kAmountMaxMicros).granted());
  EXPECT_EQ(ledger_.Settle(Step(run, 0), INT64_MAX).resolution, Resolution::kOutOfRange);
  EXPECT_EQ(ledger_.Settle(Step(run, 0), -1).resolution, Resolution::kOutOfRange);
  EXPECT_EQ(ledger_.workflow(run)->pending, kAmountMaxMicros);
  EXPECT_EQ(ledger_.SetFloor(run, kNovember, -1).verdict, Verdict::kOutOfRange);
}

TEST_F(LedgerTest, EvenAnUnlimitedScopeStopsBeforeItOverflows) {
  const RunHandle run = Open(kAlone, 0, kUnlimitedMicros);
  uint16_t step = 0;
  while (ledger_.Reserve(Step(run, step), kNovember, kAmountMaxMicros, 0).granted()) ASSERT_LT(++step, 3'000);
  EXPECT_EQ(ledger_.workflow(run)->pending, kTotalMaxMicros);
  EXPECT_EQ(ledger_.workflow(run)->available(), kUnlimitedMicros);
}

TEST_F(LedgerTest, ALowerLimitTakesNothingAway) {
  const RunHandle run = Open(kMember, 40 * kCent, 50 * kCent);
  ledger_.SetTenant(kMember, kOrg, 10 * kCent);
  EXPECT_EQ(ledger_.OpenRun(kMember, kNovember, kCent, kUnlimitedMicros).refused_by, Scope::kTenantMonth);
  EXPECT_EQ(Pay(run, 0, 40 * kCent, 0), 40 * kCent);
  ledger_.SetWorkflowLimit(run, 45 * kCent);
  EXPECT_EQ(ledger_.Reserve(Step(run, 1), kNovember, 6 * kCent, 0).refused_by, Scope::kWorkflow);
}

}  // namespace
}  // namespace bylaw::budget
