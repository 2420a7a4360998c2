// The simulator's own account of rate limits, by their words (runtime/limit/spec.h) and not by the engine's state
// machines. Where the words leave an interval (a refund of a paced limit counts as far as it still does), both ends are
// kept: what is admitted must fit the lower one, what is refused must not fit the upper one. After a crash a limit may
// count the rest of its lease, for a while.
#ifndef BYLAW_TESTS_SIM_LIMITS_H_
#define BYLAW_TESTS_SIM_LIMITS_H_

#include <algorithm>
#include <cstdint>
#include <deque>

#include "tests/sim/world.h"

namespace bylaw::sim {

class Limit {
 public:
  // What a call has taken from it, to settle or give back.
  struct Taken {
    bool counted = false;
    uint64_t life = 0;
    TimeNs at = 0;
    int64_t cost = 0;
  };

  // 0: there is no such limit any more, and one that comes later is another one.
  void SetAmount(LimitKind kind, int64_t amount) {
    kind_ = kind;
    if (amount == 0 || amount_ == 0) {
      const uint64_t life = life_ + 1;
      *this = Limit();
      kind_ = kind;
      life_ = life;
    } else if (paced() && amount != amount_) {
      low_ = low_ * amount / amount_ - 1;
      high_ = high_ * amount / amount_ + amount + 1;
    }
    amount_ = amount;
  }
  int64_t amount() const { return amount_; }
  // Counts the limits there have been in this place.
  uint64_t life() const { return life_; }

  // Another process counts what its lease says: never less, and for no longer than a window.
  void Restart(TimeNs now, TimeNs wall) {
    if (amount_ == 0) return;
    if (paced()) {
      high_ = std::max(high_, Exact{now} * amount_ + Exact{kPacedBurst} * terms().period + amount_);
    } else {
      const bool calendar = terms().window == abi::RateWindow::kCalendar;
      leased_until_ = calendar ? now + (wall / kDayNs + 1) * kDayNs - wall : now + terms().period;
    }
  }
  // Whether it may refuse although there is room.
  bool Leased(TimeNs now) const { return now < leased_until_; }

  // Whether `cost` fits now; `surely`: also if nothing of what was given back counts, and all of a lease.
  bool Fits(TimeNs now, TimeNs wall, int64_t cost, bool surely) const {
    if (surely && Leased(now)) return false;
    switch (terms().window) {
      case abi::RateWindow::kAnchored:
        return cost + (now < end_ ? used_ : 0) <= amount_;
      case abi::RateWindow::kCalendar:
        return cost + (wall < end_ ? used_ : 0) <= amount_;
      case abi::RateWindow::kRolling:
        return cost + InWindow(now) <= amount_;
      case abi::RateWindow::kEvenly: {
        const Exact owed = std::max<Exact>(0, (surely ? high_ : low_) - Exact{now} * amount_);
        return owed + Exact{cost} * terms().period <= Exact{kPacedBurst} * terms().period;
      }
    }
    return false;
  }
  Taken Take(TimeNs now, TimeNs wall, int64_t cost) {
    switch (terms().window) {
      case abi::RateWindow::kAnchored:
        if (now >= end_) OpenAt(now, now + terms().period);
        used_ += cost;
        break;
      case abi::RateWindow::kCalendar:
        if (wall >= end_) OpenAt(now, (wall / kDayNs + 1) * kDayNs);
        used_ += cost;
        break;
      case abi::RateWindow::kRolling:
        while (!calls_.empty() && calls_.front().time <= now - terms().period) calls_.pop_front();
        calls_.push_back({now, cost});
        break;
      case abi::RateWindow::kEvenly:
        low_ = std::max(low_, Exact{now} * amount_) + Exact{cost} * terms().period;
        high_ = std::max(high_, Exact{now} * amount_) + Exact{cost} * terms().period;
        break;
    }
    return {true, life_, now, cost};
  }
  // The call took `actual` units instead; 0: it was not sent.
  void Correct(const Taken& taken, int64_t actual) {
    if (!taken.counted || taken.life != life_) return;
    const int64_t by = actual - taken.cost;
    if (paced()) {
      if (by < 0) low_ += Exact{by} * terms().period;
      return;
    }
    if (terms().window == abi::RateWindow::kRolling) {
      for (Call& call : calls_) {
        if (call.time != taken.at || call.cost < taken.cost) continue;
        call.cost += by;
        return;
      }
      return;
    }
    if (taken.at >= begin_) used_ = std::max<int64_t>(0, used_ + by);
  }

 private:
  using Exact = __int128;  // nanoseconds × amount
  struct Call {
    TimeNs time;
    int64_t cost;
  };
  const LimitKindTerms& terms() const { return kLimitTerms[kind_]; }
  bool paced() const { return terms().window == abi::RateWindow::kEvenly; }
  void OpenAt(TimeNs now, TimeNs end) {
    begin_ = now;
    end_ = end;
    used_ = 0;
  }
  int64_t InWindow(TimeNs now) const {
    int64_t used = 0;
    for (const Call& call : calls_) used += call.time > now - terms().period ? call.cost : 0;
    return used;
  }

  LimitKind kind_ = kBureauWindow;
  int64_t amount_ = 0;
  uint64_t life_ = 0;
  TimeNs leased_until_ = kBeginningOfTimeNs;
  TimeNs begin_ = kBeginningOfTimeNs, end_ = kBeginningOfTimeNs;  // end_: on the wall clock of a calendar limit
  int64_t used_ = 0;
  std::deque<Call> calls_;
  Exact low_ = 0, high_ = 0;  // when all that is owed is paid, at least and at most
};

}  // namespace bylaw::sim

#endif  // BYLAW_TESTS_SIM_LIMITS_H_
