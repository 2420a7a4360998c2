// One scope's money: a limit and what has been taken from it. And a scope that renews itself each calendar month.
//
//   limit = available + pending + held + spent        always; available is derived and may be negative after an overrun
// pending: reserved for calls under way; held: floors of runs under way, the mandatory rest that must stay payable;
// spent: settled. Micro-units of one currency. INVARIANT(ledger-sum): pending, held and spent are never negative, and
// their sum stays within 2 kTotalMaxMicros, so that no sum of them overflows. Not thread-safe.
#ifndef BYLAW_RUNTIME_BUDGET_ACCOUNT_H_
#define BYLAW_RUNTIME_BUDGET_ACCOUNT_H_

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/money.h"
#include "runtime/abi/planted_bug.h"

namespace bylaw::budget {

// A scope without a budget term: nothing is ever refused, everything is still counted. Equals abi::kUnlimitedMicros.
inline constexpr int64_t kUnlimitedMicros = INT64_MAX;
// The most that one call may reserve or cost; more is refused as out of range. About one billion units.
inline constexpr int64_t kAmountMaxMicros = int64_t{1} << 50;
// What one scope grants at most; overruns may take it further, to twice that.
inline constexpr int64_t kTotalMaxMicros = int64_t{1} << 61;

struct Account {
  int64_t limit = kUnlimitedMicros;
  int64_t pending = 0;
  int64_t held = 0;
  int64_t spent = 0;

  int64_t taken() const { return pending + held + spent; }
  // kUnlimitedMicros for an unlimited account.
  int64_t available() const { return limit == kUnlimitedMicros ? kUnlimitedMicros : limit - taken(); }
  // What a condition calls `budget.remaining`: floors held are still the run's own.
  int64_t remaining() const { return limit == kUnlimitedMicros ? kUnlimitedMicros : limit - pending - spent; }
  // What may still be taken; negative after an overrun.
  int64_t room() const { return std::min(limit, kTotalMaxMicros) - taken(); }
  // May `micros` more be taken? Giving back always fits.
  bool Fits(int64_t micros) const { return micros <= 0 || micros <= room(); }
  void Add(int64_t pending_by, int64_t held_by, int64_t spent_by) {
    pending += pending_by;
    held += held_by;
    spent += spent_by;
    BYLAW_CHECK(pending >= 0 && held >= 0 && spent >= 0 && taken() <= 2 * kTotalMaxMicros, "a scope's sums ran away");
  }
  friend bool operator==(const Account&, const Account&) = default;
};

// An account for each calendar month. What was reserved in a month is settled in it; what runs hold for their mandatory
// rest moves on into the new month, since it will be spent there: a month's end strands nobody. The month never goes
// back: an earlier one than the current counts as the current (a wall clock that jumps back opens no new budget).
class MonthAccounts {
 public:
  Account& current() { return current_; }
  const Account& current() const { return current_; }
  int32_t month() const { return month_; }

  void SetLimit(int64_t limit) { current_.limit = limit; }
  // Begins `month` if it is later than the current one.
  void Advance(int32_t month) {
    const bool reopens = month < month_ && abi::Planted(abi::PlantedBug::kMonthReopened);
    if (month <= month_ && !reopens) [[likely]]
      return;
    if (current_.pending != 0 || current_.spent != 0) {
      earlier_.emplace_back(month_, current_);
      earlier_.back().second.held = 0;
    }
    current_ = {.limit = current_.limit,
                .pending = 0,
                .held = abi::Planted(abi::PlantedBug::kHeldLostAtMonthEnd) ? 0 : current_.held,
                .spent = 0};
    month_ = month;
  }
  // The account of `month`, the current one or an earlier one, which is added if it was empty until now.
  Account& At(int32_t month) {
    if (month == month_) [[likely]]
      return current_;
    for (auto& [earlier, account] : earlier_) {
      if (earlier == month) return account;
    }
    return earlier_.emplace_back(month, Account{.limit = current_.limit}).second;
  }
  // Null if nothing was reserved or spent in that month.
  const Account* Find(int32_t month) const {
    if (month == month_) return &current_;
    for (const auto& [earlier, account] : earlier_) {
      if (earlier == month) return &account;
    }
    return nullptr;
  }
  // Earlier months in which anything was reserved or spent.
  const std::vector<std::pair<int32_t, Account>>& earlier() const { return earlier_; }

 private:
  int32_t month_ = INT32_MIN;
  Account current_;
  std::vector<std::pair<int32_t, Account>> earlier_;
};

}  // namespace bylaw::budget

#endif  // BYLAW_RUNTIME_BUDGET_ACCOUNT_H_
