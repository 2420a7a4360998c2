// Random histories against the definition; and ways to be wrong (planted_bug.def), each of which must be noticed.
#include "runtime/budget/ledger_model.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/prng.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/budget/ledger.h"

namespace bylaw::budget {
namespace {

// Drives a ledger and the model through the same random history. Errors are collected, so that faults can be expected.
class History {
 public:
  explicit History(uint64_t seed) : prng_(seed) {
    SetLimits();
    for (int i = 0; i < 250 && wrong_.empty(); ++i) {
      Step();
      if (wrong_.empty()) Compare();
      if (!wrong_.empty()) wrong_ = fmt::format("seed {} operation {} ({}): {}", seed, i, operation_, wrong_);
    }
  }
  const std::string& wrong() const { return wrong_; }
  int64_t refused() const { return refused_; }

 private:
  static OrgId OrgOf(int tenant) { return LedgerModel::InOrg(tenant) ? OrgId(0) : OrgId::None(); }
  static TenantId Id(int tenant) { return TenantId(static_cast<uint32_t>(tenant)); }
  int64_t Limit(int64_t most) { return prng_.Chance(0.2) ? kUnlimitedMicros : prng_.Between(0, most); }

  void SetLimits() {
    model_.org_limit = Limit(150);
    ledger_.SetOrg(OrgId(0), model_.org_limit);
    for (int tenant = 0; tenant < LedgerModel::kTenants; ++tenant) {
      const int64_t limit = model_.tenant_limit[static_cast<size_t>(tenant)] = Limit(100);
      ledger_.SetTenant(Id(tenant), OrgOf(tenant), limit);
    }
  }

  void Expect(bool condition, std::string_view what) {
    if (!condition && wrong_.empty()) wrong_ = what;
  }

  void Step() {
    if (prng_.Chance(0.03)) ++month_;
    if (prng_.Chance(0.02)) SetLimits();
    const uint64_t choice = prng_.Below(100);
    if (choice < 20) return Open();
    if (model_.runs.empty()) return;
    const uint64_t id = 1 + prng_.Below(model_.runs.size());
    const RunHandle handle = handles_[id - 1];
    if (choice < 55) return Reserve(id, handle);
    if (choice < 80) return Settle(id, handle);
    if (choice < 90) return Release(id, handle);
    if (choice < 96) return SetFloor(id, handle);
    Close(id, handle);
  }

  void Open() {
    operation_ = "open";
    const uint64_t id = model_.runs.size() + 1;
    const int tenant = static_cast<int>(prng_.Below(LedgerModel::kTenants));
    const int64_t floor = prng_.Between(0, 12), limit = Limit(40);
    const OpenedRun opened = ledger_.OpenRun(Id(tenant), month_, floor, limit);
    model_.Advance(tenant, month_);
    const Account empty{.limit = limit, .pending = 0, .held = 0, .spent = 0};
    const Scope scope = model_.Lacking(tenant, empty, floor, false);
    Expect(opened.refused_by == scope && opened.granted() == (scope == Scope::kNone), "opened or not");
    refused_ += !opened.granted();
    // A refused run is a closed one to the model.
    model_.runs[id] = {.tenant = tenant, .limit = limit, .floor = floor, .open = opened.granted()};
    handles_.push_back(opened.run);
  }

  void Reserve(uint64_t id, RunHandle handle) {
    operation_ = "reserve";
    LedgerModel::Run& run = model_.runs.at(id);
    const uint16_t step = static_cast<uint16_t>(prng_.Below(12));
    const int64_t hi = prng_.Chance(0.15) ? 0 : prng_.Between(1, 15);
    int64_t floor_after = prng_.Chance(0.6) ? std::max<int64_t>(0, run.floor - hi) : prng_.Between(0, 12);
    const Grant grant = ledger_.Reserve({.run = handle, .step = step}, month_, hi, floor_after);
    if (!run.open) return Expect(grant.verdict == Verdict::kUnknownRun, "a closed run reserves");
    if (const LedgerModel::Reservation* before = model_.Find(id, step)) {
      return Expect(grant.granted() && grant.repeated && grant.hi == before->hi, "the same key, another answer");
    }
    model_.Advance(run.tenant, month_);
    const int64_t need = hi + floor_after - run.floor;
    const Scope scope = model_.Lacking(run.tenant, model_.OfRun(id), need, hi != 0);
    if (hi != 0) {
      Expect(grant.granted() == (scope == Scope::kNone) && grant.refused_by == scope, "granted or not");
      refused_ += !grant.granted();
      if (scope != Scope::kNone) return;
    } else {
      Expect(grant.granted(), "a free step was refused");
      while (need > 0 && floor_after > run.floor &&
             model_.Lacking(run.tenant, model_.OfRun(id), floor_after - run.floor, false) != Scope::kNone) {
        --floor_after;
      }
    }
    model_.reservations.push_back({.run = id,
                                   .step = step,
                                   .month = model_.tenant_month[static_cast<size_t>(run.tenant)],
                                   .hi = hi,
                                   .given_up = std::max<int64_t>(0, run.floor - floor_after)});
    run.floor = floor_after;
  }

  void Settle(uint64_t id, RunHandle handle) {
    operation_ = "settle";
    const uint16_t step = static_cast<uint16_t>(prng_.Below(12));
    LedgerModel::Reservation* r = model_.Find(id, step);
    const int64_t actual = prng_.Between(0, r != nullptr ? r->hi + (prng_.Chance(0.1) ? 5 : 0) : 9);
    const Receipt receipt = ledger_.Settle({.run = handle, .step = step}, actual);
    if (r == nullptr || !model_.runs.at(id).open) return Expect(receipt.resolution == Resolution::kUnknown, "unknown");
    Expect(receipt.repeated == !r->open, "resolved once");
    if (r->open) {
      r->open = false;
      r->charged = actual;
    }
    Expect(receipt.resolution == (r->released ? Resolution::kReleased : Resolution::kSettled), "how it was resolved");
    Expect(receipt.charged == r->charged && receipt.overrun == std::max<int64_t>(0, r->charged - r->hi), "charged");
  }

  void Release(uint64_t id, RunHandle handle) {
    operation_ = "release";
    const uint16_t step = static_cast<uint16_t>(prng_.Below(12));
    LedgerModel::Reservation* r = model_.Find(id, step);
    const Receipt receipt = ledger_.Release({.run = handle, .step = step});
    if (r == nullptr || !model_.runs.at(id).open) return Expect(receipt.resolution == Resolution::kUnknown, "unknown");
    Expect(receipt.repeated == !r->open, "resolved once");
    if (!r->open) return;
    r->open = false;
    r->released = true;
    model_.runs.at(id).floor += r->given_up;
  }

  void SetFloor(uint64_t id, RunHandle handle) {
    operation_ = "set floor";
    LedgerModel::Run& run = model_.runs.at(id);
    const int64_t floor = prng_.Between(0, 15);
    const Grant grant = ledger_.SetFloor(handle, month_, floor);
    if (!run.open) return Expect(grant.verdict == Verdict::kUnknownRun, "a closed run has a floor");
    model_.Advance(run.tenant, month_);
    const Scope scope = model_.Lacking(run.tenant, model_.OfRun(id), floor - run.floor, false);
    Expect(grant.granted() == (scope == Scope::kNone) && grant.refused_by == scope, "granted or not");
    if (grant.granted()) run.floor = floor;
  }

  void Close(uint64_t id, RunHandle handle) {
    operation_ = "close";
    LedgerModel::Run& run = model_.runs.at(id);
    int64_t charged = 0;
    for (LedgerModel::Reservation& r : model_.reservations) {
      if (r.run != id || !r.open || !run.open) continue;
      r.open = false;
      charged += r.charged = r.hi;
    }
    run.open = false;
    Expect(ledger_.CloseRun(handle) == charged, "charged at the end");
  }

  void Compare() {
    Expect(ledger_.CheckConsistency().empty(), ledger_.CheckConsistency());
    for (const auto& [id, run] : model_.runs) {
      const Account* account = ledger_.workflow(handles_[id - 1]);
      Expect((account != nullptr) == run.open, "open or closed");
      if (account != nullptr) Expect(*account == model_.OfRun(id), "a run's account");
    }
    for (int tenant = 0; tenant < LedgerModel::kTenants; ++tenant) {
      const MonthAccounts& months = ledger_.tenant(Id(tenant));
      if (months.month() < 0) continue;  // nothing has happened to it
      Expect(months.current() == model_.OfTenant(tenant), "a tenant's month");
      for (const auto& [month, account] : months.earlier()) {
        Account expected = model_.Sum(account.limit, month, [=](int other) { return other == tenant; });
        expected.held = 0;
        Expect(account == expected, "a tenant's earlier month");
      }
    }
    if (ledger_.org(OrgId(0)).month() >= 0)
      Expect(ledger_.org(OrgId(0)).current() == model_.OfOrg(), "the org's month");
  }

  Prng prng_;
  Ledger ledger_;
  LedgerModel model_;
  std::vector<RunHandle> handles_;
  int32_t month_ = 0;
  int64_t refused_ = 0;
  std::string operation_;
  std::string wrong_;
};

TEST(LedgerModel, RandomHistoriesAgreeAfterEveryOperation) {
  int64_t refused = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    const History history(seed);
    ASSERT_EQ(history.wrong(), "");
    refused += history.refused();
  }
  EXPECT_GT(refused, 1'000) << "the histories never run out of money";
}

std::string FirstNotice(abi::PlantedBug bug) {
  abi::planted_bug = bug;
  std::string wrong;
  for (uint64_t seed = 1; seed <= 50 && wrong.empty(); ++seed) wrong = History(seed).wrong();
  abi::planted_bug = abi::PlantedBug::kNone;
  return wrong;
}

TEST(LedgerModel, NoticesEveryPlantedBug) {
  using enum abi::PlantedBug;
  for (const abi::PlantedBug bug :
       {kTenantMonthUnchecked, kOrgMonthUnchecked, kScopeByScope, kRefusalKeepsPart, kSettleAgainCharges,
        kOverrunForgotten, kReleaseForgetsOrg, kReleaseKeepsFloor, kHeldLostAtMonthEnd, kFreeStepBlocked}) {
    EXPECT_NE(FirstNotice(bug), "") << "bug " << static_cast<int>(bug);
  }
}

TEST(Ledger, ClosedRunsLeaveTheirPlacesToTheNext) {
  Ledger ledger;
  ledger.SetTenant(TenantId(0), OrgId::None(), kUnlimitedMicros);
  std::vector<uint32_t> first;
  for (int round = 0; round < 3; ++round) {
    std::vector<RunHandle> runs;
    std::vector<uint32_t> places;
    for (int i = 0; i < 100; ++i) {
      runs.push_back(ledger.OpenRun(TenantId(0), 1, 5, 1'000).run);
      places.push_back(runs.back().index);
      for (uint16_t step = 0; step < 10; ++step) {
        ASSERT_TRUE(ledger.Reserve({.run = runs.back(), .step = step}, 1, 7, 5).granted());
      }
    }
    for (const RunHandle run : runs) EXPECT_EQ(ledger.CloseRun(run), 70);
    std::sort(places.begin(), places.end());
    if (round == 0) first = places;
    EXPECT_EQ(places, first);
    EXPECT_EQ(ledger.CheckConsistency(), "");
  }
}

}  // namespace
}  // namespace bylaw::budget
