#include "runtime/limit/limiter_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"

namespace bylaw::limit {
namespace {

// The time at which `cost` fits behind those in `line`, each of whom goes as soon as it can after the one before it.
template <typename Line, typename Outlook>
TimeNs WalkLine(const Line& line, size_t ahead, TimeNs now, int64_t cost, Outlook outlook) {
  TimeNs at = now;
  for (size_t i = 0; i < ahead; ++i) {
    at = outlook.Earliest(at, line[i].cost);
    if (at == kForeverNs) return kForeverNs;
    outlook.Commit(at, line[i].cost);
  }
  return outlook.Earliest(at, cost);
}

}  // namespace

absl::StatusOr<LimiterId> LimiterTable::Add(const LimitSpec& spec) {
  if (absl::Status status = Validate(spec); !status.ok()) return status;
  if (spec.window == abi::RateWindow::kCalendar && !window_end_) {
    return absl::FailedPreconditionError("a calendar limit in a table without a calendar");
  }
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.window = spec.window;
  slot.calendar = spec.calendar;
  switch (spec.window) {
    case abi::RateWindow::kAnchored:
    case abi::RateWindow::kCalendar:
      slot.fixed = {.quota = spec.quota,
                    .period = spec.period_ns,
                    .end = kBeginningOfTimeNs,
                    .begin = kBeginningOfTimeNs,
                    .used = 0};
      break;
    case abi::RateWindow::kRolling:
      slot.rolling = {.quota = spec.quota, .period = spec.period_ns, .used = 0, .head = 0, .count = 0, .capacity = 0};
      break;
    case abi::RateWindow::kEvenly:
      slot.gcra = GcraState::Of(spec);
      if (spec.tokens) SideOf(slot);
      break;
  }
  return LimiterId(index);
}

bool LimiterTable::Reconfigure(LimiterId limiter, const LimitSpec& spec, TimeNs now) {
  BYLAW_CHECK(Validate(spec).ok(), "a limit's new numbers make sense");
  Slot& slot = At(limiter);
  BYLAW_CHECK(slot.window == spec.window && slot.calendar == spec.calendar, "a limit keeps its kind of window");
  switch (spec.window) {
    case abi::RateWindow::kAnchored:
    case abi::RateWindow::kCalendar: {
      const bool changes = slot.fixed.quota != spec.quota || slot.fixed.period != spec.period_ns;
      slot.fixed.quota = spec.quota;
      slot.fixed.period = spec.period_ns;
      return changes;
    }
    case abi::RateWindow::kRolling:
      BYLAW_CHECK(slot.rolling.period == spec.period_ns, "a rolling window keeps its length");
      return std::exchange(slot.rolling.quota, spec.quota) != spec.quota;
    case abi::RateWindow::kEvenly: {
      GcraState after = GcraState::Of(spec);
      if (slot.gcra.SameNumbers(after)) return false;
      after.debt_end = AddSaturated(slot.gcra.debt_end, slot.gcra.debt_end_part > 0 ? 1 : 0);
      slot.gcra = after;
      if (spec.tokens) SideOf(slot);
      if (slot.side != kNone) sides_[slot.side].refunds.Forget(now);
      return true;
    }
  }
  BYLAW_UNREACHABLE("a window outside the enumeration");
}

Counting LimiterTable::CountingOf(LimiterId limiter) const {
  const Slot& slot = slots_[limiter.index()];
  switch (slot.window) {
    case abi::RateWindow::kAnchored:
    case abi::RateWindow::kCalendar:
      return {slot.fixed.used, slot.fixed.end, slot.fixed.quota};
    case abi::RateWindow::kRolling:
      if (slot.rolling.count == 0) return {0, kBeginningOfTimeNs, slot.rolling.quota};
      return {slot.rolling.used,
              AddSaturated(slot.rolling.At(slot.ring, slot.rolling.count - 1).time, slot.rolling.period),
              slot.rolling.quota};
    case abi::RateWindow::kEvenly:
      return {0, AddSaturated(slot.gcra.debt_end, slot.gcra.debt_end_part > 0 ? 1 : 0), slot.gcra.cost_max};
  }
  BYLAW_UNREACHABLE("a window outside the enumeration");
}

void LimiterTable::CarryOver(LimiterId limiter, const Counting& counting, TimeNs now) {
  Slot& slot = At(limiter);
  if (counting.until <= now + Base(slot)) return;
  switch (slot.window) {
    case abi::RateWindow::kAnchored:
      slot.fixed.end = std::min(counting.until, AddSaturated(now, slot.fixed.period));
      slot.fixed.begin = now;
      slot.fixed.used = counting.units;
      return;
    case abi::RateWindow::kCalendar:
      slot.fixed.end = counting.until;
      slot.fixed.begin = now;
      slot.fixed.used = counting.units;
      return;
    case abi::RateWindow::kRolling:
      if (counting.units > 0) {
        slot.rolling.Commit(slot.ring, std::min(now, counting.until - slot.rolling.period), counting.units);
      }
      return;
    case abi::RateWindow::kEvenly: {
      const GcraState::Span most = slot.gcra.CostOf(slot.gcra.cost_max);  // a burst is no more
      slot.gcra.debt_end = std::min(counting.until, AddSaturated(now, most.whole + 1));
      slot.gcra.debt_end_part = 0;
      return;
    }
  }
  BYLAW_UNREACHABLE("a window outside the enumeration");
}

void LimiterTable::Remove(LimiterId limiter) {
  Slot& slot = At(limiter);
  if (slot.side != kNone) sides_[slot.side] = {};
  const uint32_t side = slot.side;
  slot = Slot();
  slot.side = side;
  free_.push_back(limiter.value());
}

LimiterTable::Side& LimiterTable::SideOf(Slot& slot) {
  if (slot.side == kNone) {
    slot.side = static_cast<uint32_t>(sides_.size());
    sides_.emplace_back();
  }
  return sides_[slot.side];
}

TimeNs LimiterTable::EndAfter(const Slot& slot, TimeNs begin) const {
  if (slot.window != abi::RateWindow::kCalendar) return AddSaturated(begin, slot.fixed.period);
  const TimeNs end = window_end_(slot.calendar, begin);
  BYLAW_CHECK(end > begin, "a calendar window ends after it begins");
  return end;
}

TimeNs LimiterTable::EarliestAlone(Slot& slot, TimeNs now, int64_t cost) const {
  switch (slot.window) {
    case abi::RateWindow::kAnchored:
      return slot.fixed.Earliest(now, cost);
    case abi::RateWindow::kCalendar: {
      const TimeNs at = slot.fixed.Earliest(now + wall_offset_, cost);
      return at == kForeverNs ? kForeverNs : at - wall_offset_;
    }
    case abi::RateWindow::kRolling:
      return slot.rolling.Earliest(slot.ring, now, cost);
    case abi::RateWindow::kEvenly:
      return slot.gcra.Earliest(now, cost);
  }
  BYLAW_UNREACHABLE("a window outside the enumeration");
}

TimeNs LimiterTable::EarliestBehind(Slot& slot, size_t ahead, TimeNs now, int64_t cost) const {
  if (ahead == 0 || abi::Planted(abi::PlantedBug::kLineIgnored)) [[likely]]
    return EarliestAlone(slot, now, cost);
  const std::vector<Waiter>& line = sides_[slot.side].line;
  switch (slot.window) {
    case abi::RateWindow::kAnchored:
    case abi::RateWindow::kCalendar: {
      struct Outlook {
        const LimiterTable* table;
        const Slot* slot;
        WindowState state;
        TimeNs Earliest(TimeNs at, int64_t units) const { return state.Earliest(at, units); }
        void Commit(TimeNs at, int64_t units) {
          state.Commit(at, at, units, [this](TimeNs begin) { return table->EndAfter(*slot, begin); });
        }
      };
      const DurationNs base = Base(slot);
      const TimeNs at = WalkLine(line, ahead, now + base, cost, Outlook{this, &slot, slot.fixed});
      return at == kForeverNs ? kForeverNs : at - base;
    }
    case abi::RateWindow::kRolling:
      slot.rolling.Expire(slot.ring, now);
      return WalkLine(line, ahead, now, cost, RollingOutlook(slot.rolling, slot.ring));
    case abi::RateWindow::kEvenly:
      return WalkLine(line, ahead, now, cost, slot.gcra);
  }
  BYLAW_UNREACHABLE("a window outside the enumeration");
}

size_t LimiterTable::PlaceOf(const Slot& slot, TicketId ticket) const {
  if (slot.side == kNone) return 0;
  const std::vector<Waiter>& line = sides_[slot.side].line;
  if (ticket == kNoTicket) return line.size();
  const auto it = std::lower_bound(line.begin(), line.end(), ticket,
                                   [](const Waiter& waiter, TicketId id) { return waiter.id < id; });
  return it != line.end() && it->id == ticket ? static_cast<size_t>(it - line.begin()) : line.size();
}

TimeNs LimiterTable::EarliestFor(const Claim& claim, TimeNs now) {
  Slot& slot = At(claim.limiter);
  return EarliestBehind(slot, PlaceOf(slot, claim.ticket), now, claim.cost);
}

void LimiterTable::CommitAny(Slot& slot, TimeNs now, int64_t cost) {
  switch (slot.window) {
    case abi::RateWindow::kAnchored:
    case abi::RateWindow::kCalendar:
      slot.fixed.Commit(now + Base(slot), now, cost, [&](TimeNs begin) { return EndAfter(slot, begin); });
      return;
    case abi::RateWindow::kRolling:
      slot.rolling.Expire(slot.ring, now);
      slot.rolling.Commit(slot.ring, now, cost);
      return;
    case abi::RateWindow::kEvenly:
      if (slot.side != kNone) sides_[slot.side].refunds.Observe(slot.gcra, now);
      slot.gcra.Commit(now, cost);
      return;
  }
  BYLAW_UNREACHABLE("a window outside the enumeration");
}

Admission LimiterTable::CheckAll(std::span<const Claim> claims, TimeNs now) {
  Admission admission;
  for (size_t i = 0; i < claims.size(); ++i) {
    BYLAW_CHECK(claims[i].cost >= 1, "a call costs at least one unit");
    for (size_t j = 0; j < i; ++j) BYLAW_CHECK(claims[j].limiter != claims[i].limiter, "a limit is named once");
    const TimeNs at = EarliestFor(claims[i], now);
    if (at > now && (admission.admitted || at > admission.retry_at)) admission = {false, at, claims[i].limiter};
  }
  return admission;
}

void LimiterTable::CommitAll(std::span<const Claim> claims, TimeNs now) {
  for (const Claim& claim : claims) {
    Commit(claim.limiter, now, claim.cost);
    if (claim.ticket != kNoTicket) DropTicket(claim.limiter, claim.ticket);
  }
}

Admission LimiterTable::Acquire(std::span<const Claim> claims, TimeNs now) {
  const Admission admission = CheckAll(claims, now);
  if (admission.admitted) CommitAll(claims, now);
  return admission;
}

void LimiterTable::Settle(LimiterId limiter, TimeNs at, int64_t reserved, int64_t actual) {
  BYLAW_CHECK(reserved >= 0 && actual >= 0, "units are not negative");
  const int64_t by = std::min(actual, kUnitsMax) - reserved;
  if (by == 0 || (by > 0 && abi::Planted(abi::PlantedBug::kTokenOverrunForgotten))) return;
  Slot& slot = At(limiter);
  switch (slot.window) {
    case abi::RateWindow::kAnchored:
    case abi::RateWindow::kCalendar:
      slot.fixed.Correct(at, by);
      return;
    case abi::RateWindow::kRolling:
      slot.rolling.Correct(slot.ring, at, by);
      return;
    case abi::RateWindow::kEvenly:
      if (by > 0) {
        slot.gcra.Owe(slot.gcra.CostOf(by));
      } else if (slot.side != kNone) {
        sides_[slot.side].refunds.Refund(slot.gcra, at, -by);
      }
      return;
  }
  BYLAW_UNREACHABLE("a window outside the enumeration");
}

Ticket LimiterTable::TakeTicket(LimiterId limiter, TimeNs now, int64_t cost) {
  BYLAW_CHECK(cost >= 1, "a call costs at least one unit");
  Slot& slot = At(limiter);
  const TimeNs due = EarliestBehind(slot, LineOf(slot), now, cost);
  if (due == kForeverNs) return {};
  SideOf(slot).line.push_back({++last_ticket_, cost});
  return {last_ticket_, due};
}

TimeNs LimiterTable::DueOf(LimiterId limiter, TicketId ticket, TimeNs now) {
  Slot& slot = At(limiter);
  const size_t place = PlaceOf(slot, ticket);
  if (place == LineOf(slot)) return kForeverNs;
  return EarliestBehind(slot, place, now, sides_[slot.side].line[place].cost);
}

void LimiterTable::DropTicket(LimiterId limiter, TicketId ticket) {
  Slot& slot = At(limiter);
  const size_t place = PlaceOf(slot, ticket);
  if (place == LineOf(slot) || abi::Planted(abi::PlantedBug::kTicketKept)) return;
  std::vector<Waiter>& line = sides_[slot.side].line;
  line.erase(line.begin() + static_cast<ptrdiff_t>(place));
}

size_t LimiterTable::Waiting(LimiterId limiter) const { return LineOf(slots_[limiter.index()]); }

}  // namespace bylaw::limit
