// All rate limits of all tenants, in dense slots of one cache line: check first, then commit all.
//
// A limit is asked with Check, which changes nothing that can be observed, and charged with Commit; Acquire does both
// for several limits at once. INVARIANT(all-or-none): a refusal by one limit charges no other. INVARIANT(exact): what
// is admitted never exceeds what the limit says (spec.h), and `retry_at` is the first instant at which the same request
// is admitted if nothing else happens.
//
// Tickets make retry_at more than a race. A waiting run takes a place in line; its time counts those in front of it as
// going first, each at its own time. Whoever has no ticket is behind everybody who has one, and is admitted at once
// only if there is room for all of them as well. A ticket is no reservation: a run that comes late finds its place in
// line, not its old time. Take a ticket on the limit that keeps a run waiting longest (Admission::limiter), not on all:
// a place held on a limit that was free would keep others from using it. A refusal walks the line: O(waiting), bounded
// by the tenant's cap.
//
// Time is monotonic and must not go back. Calendar limits need the wall clock: SetWallOffset says wall − monotonic; if
// the wall clock jumps back, the window it was in stays open until its end comes again. Check and Commit of anchored,
// calendar and evenly paced limits never allocate; rolling rings grow to what the limit needs.
// Not thread-safe. Entry points: Add, Acquire, TakeTicket.
#ifndef BYLAW_RUNTIME_LIMIT_LIMITER_TABLE_H_
#define BYLAW_RUNTIME_LIMIT_LIMITER_TABLE_H_

#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"
#include "base/check.h"
#include "base/huge_pages.h"
#include "base/ids.h"
#include "base/prefetch.h"
#include "base/time.h"
#include "runtime/limit/gcra_refunds.h"
#include "runtime/limit/rolling.h"
#include "runtime/limit/spec.h"
#include "runtime/limit/states.h"

namespace bylaw::limit {

using LimiterId = Id<struct LimiterTag>;
using TicketId = uint64_t;
inline constexpr TicketId kNoTicket = 0;

struct Admission {
  bool admitted = true;
  TimeNs retry_at = 0;  // if refused: exact; kForeverNs if the cost can never fit
  LimiterId limiter;    // if refused: the one that keeps it waiting longest
};

// What a request takes from one limit. A request names each limit at most once.
struct Claim {
  LimiterId limiter;
  int64_t cost = 1;
  TicketId ticket = kNoTicket;  // this run's place in line there, if it has one
};

struct Ticket {
  TicketId id = kNoTicket;  // none if the cost can never fit
  TimeNs due = kForeverNs;
};

class LimiterTable {
 public:
  // The end of the civil day or month in which a wall-clock instant lies (ZoneCalendar::EndOf).
  using WindowEnd = std::function<TimeNs(abi::CalendarPeriod, TimeNs wall)>;

  // Without `window_end` there can be no calendar limits.
  explicit LimiterTable(WindowEnd window_end = nullptr) : window_end_(std::move(window_end)) {}

  void Reserve(size_t limits) { slots_.reserve(limits); }
  // A new limit, unused so far. Fails as Validate does.
  absl::StatusOr<LimiterId> Add(const LimitSpec& spec);
  // The limit's new numbers, from `now` on; the kind of window and its length stay. What has been used, what is owed
  // and the line stay too: a lowered quota admits nothing until what counts has fallen below it. False if they are what
  // they were.
  bool Reconfigure(LimiterId limiter, const LimitSpec& spec, TimeNs now);
  // What counts of it, not less than what does; and, for a limit that is new, what counts of its life in an earlier
  // process: until then it is taken as if it had been used by that much (by paced limits: so that it is all paid then).
  // It keeps nobody waiting longer than using up the whole limit at `now` would.
  Counting CountingOf(LimiterId limiter) const;
  void CarryOver(LimiterId limiter, const Counting& counting, TimeNs now);
  // Forgets the limit and its line; its number may be given to a later one.
  void Remove(LimiterId limiter);
  void SetWallOffset(DurationNs wall_minus_monotonic) { wall_offset_ = wall_minus_monotonic; }
  size_t size() const { return slots_.size() - free_.size(); }

  // Asks memory for the limit, to be called a little before it is asked. No effect but on time.
  void Prefetch(LimiterId limiter) const { bylaw::Prefetch(&slots_[limiter.index()]); }
  // May `cost` be taken now, by somebody without a ticket?
  Admission Check(LimiterId limiter, TimeNs now, int64_t cost) {
    const Slot& slot = At(limiter);
    if (cost == 1 && IsAlone(slot, abi::RateWindow::kEvenly) && slot.gcra.FitsOne(now)) return {};
    const TimeNs at = Earliest(limiter, now, cost);
    if (at <= now) [[likely]]
      return {};
    return {false, at, limiter};
  }
  // Takes `cost` at `now`, at which it was admitted.
  void Commit(LimiterId limiter, TimeNs now, int64_t cost) {
    Slot& slot = At(limiter);
    if (IsAlone(slot, abi::RateWindow::kEvenly)) return slot.gcra.Commit(now, cost);
    if (IsAlone(slot, abi::RateWindow::kAnchored)) {
      return slot.fixed.Commit(now, now, cost, [&](TimeNs begin) { return AddSaturated(begin, slot.fixed.period); });
    }
    CommitAny(slot, now, cost);
  }
  // May every claim be taken now, each from its place in line? Refused by the one that takes longest.
  Admission CheckAll(std::span<const Claim> claims, TimeNs now);
  // Takes every claim at `now`, at which CheckAll admitted them; tickets are used up.
  void CommitAll(std::span<const Claim> claims, TimeNs now);
  // CheckAll, then CommitAll if admitted. A refused request keeps its tickets.
  Admission Acquire(std::span<const Claim> claims, TimeNs now);
  // What was reserved at time `at` of a Commit turned out to cost `actual` (≥ 0). More than reserved is charged in
  // full; less is given back as far as it still counts.
  void Settle(LimiterId limiter, TimeNs at, int64_t reserved, int64_t actual);

  // A place at the end of the line, and the time at which this run's turn comes.
  Ticket TakeTicket(LimiterId limiter, TimeNs now, int64_t cost);
  // The time of a ticket as things stand now; kForeverNs for one that is not in line.
  TimeNs DueOf(LimiterId limiter, TicketId ticket, TimeNs now);
  // Leaves the line. A ticket that is not in line is ignored.
  void DropTicket(LimiterId limiter, TicketId ticket);
  size_t Waiting(LimiterId limiter) const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Waiter {
    TicketId id;
    int64_t cost;
  };
  // What only some limits need: a line, and what may be refunded to a paced limit on tokens.
  struct Side {
    std::vector<Waiter> line;
    GcraRefunds refunds;
  };
  struct alignas(64) Slot {
    abi::RateWindow window = abi::RateWindow::kAnchored;
    abi::CalendarPeriod calendar = abi::CalendarPeriod::kNone;
    uint32_t side = kNone;
    RollingRing ring;
    union {
      WindowState fixed;
      GcraState gcra;
      RollingState rolling;
    };
    Slot() : fixed{} {}
  };
  static_assert(sizeof(Slot) == 64);

  // A limit of this kind with nobody in line and nothing to refund: the usual cases.
  static bool IsAlone(const Slot& slot, abi::RateWindow window) { return slot.side == kNone && slot.window == window; }
  Slot& At(LimiterId limiter) { return slots_[limiter.index()]; }
  Side& SideOf(Slot& slot);
  // The base of a slot's times, as an offset from monotonic time.
  DurationNs Base(const Slot& slot) const { return slot.window == abi::RateWindow::kCalendar ? wall_offset_ : 0; }
  TimeNs EndAfter(const Slot& slot, TimeNs begin) const;
  // For somebody without a ticket. The usual cases are inline.
  TimeNs Earliest(LimiterId limiter, TimeNs now, int64_t cost) {
    BYLAW_CHECK(cost >= 1, "a call costs at least one unit");
    Slot& slot = At(limiter);
    if (IsAlone(slot, abi::RateWindow::kEvenly)) return slot.gcra.Earliest(now, cost);
    if (IsAlone(slot, abi::RateWindow::kAnchored)) return slot.fixed.Earliest(now, cost);
    return EarliestBehind(slot, LineOf(slot), now, cost);
  }
  void CommitAny(Slot& slot, TimeNs now, int64_t cost);
  // As if nobody waited.
  TimeNs EarliestAlone(Slot& slot, TimeNs now, int64_t cost) const;
  // Behind the first `ahead` in line.
  TimeNs EarliestBehind(Slot& slot, size_t ahead, TimeNs now, int64_t cost) const;
  TimeNs EarliestFor(const Claim& claim, TimeNs now);
  // Where a ticket stands in line; the length of the line if it is not in it.
  size_t PlaceOf(const Slot& slot, TicketId ticket) const;
  size_t LineOf(const Slot& slot) const { return slot.side == kNone ? 0 : sides_[slot.side].line.size(); }

  WindowEnd window_end_;
  DurationNs wall_offset_ = 0;
  HugeVector<Slot> slots_;
  std::vector<Side> sides_;
  std::vector<uint32_t> free_;  // slots of removed limits
  TicketId last_ticket_ = kNoTicket;
};

}  // namespace bylaw::limit

#endif  // BYLAW_RUNTIME_LIMIT_LIMITER_TABLE_H_
