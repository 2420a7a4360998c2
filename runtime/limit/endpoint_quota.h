// An endpoint's own quota, shared by the weight of the tenants who use it: nobody can drain it.
//
// The quota is N units a window (anchored at the first call, or a calendar window). At its begin each active tenant,
// one that asked in the window before or waits in line, is given a claim of N·φ/Σφ; one more part, of the largest
// weight among them, is set aside for whoever comes new. What nobody claims is lent to whoever asks:
//
//   admitted iff   cost ≤ own claim + N − used − all claims
//
// A claim that is not used in pace with the window expires in sixteenths: after k of them a tenant keeps at least
// (16 − k)/16 of its share, and all of it if it has used k/16 of it. So an idle share is not wasted, a lone tenant gets
// the whole quota in the course of the window, and
// INVARIANT(endpoint-share): used + all claims ≤ N at every instant, overruns of settled tokens apart. Therefore a
// tenant that is active when a window begins and always has work gets at least ⌊N·φ/Σφ⌋ in it, whatever the others do.
// (A window opened by one call dearer than its own tenant's share leaves the others their part of the rest.)
//
// `retry_at` is the first instant at which the request is admitted if nothing else happens. A ticket's time counts the
// same tenant's earlier tickets as going first; beyond the current window it is the time by which the tenant's own
// share covers them. O(1) while nothing is refused, plus O(active tenants) sixteen times a window; a refusal is
// O(active). A wall clock that is set back leaves a calendar window open until its end comes again. Deterministic. Not
// thread-safe. Entry points: Check, Commit, TakeTicket.
#ifndef BYLAW_RUNTIME_LIMIT_ENDPOINT_QUOTA_H_
#define BYLAW_RUNTIME_LIMIT_ENDPOINT_QUOTA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "runtime/abi/ids.h"
#include "runtime/limit/limiter_table.h"

namespace bylaw::limit {

class EndpointQuota {
 public:
  static constexpr int64_t kSlices = 16;

  // Fails as Validate does, for windows that are neither anchored nor calendar, and for calendar windows without
  // `window_end`.
  static absl::StatusOr<EndpointQuota> Create(const LimitSpec& spec, LimiterTable::WindowEnd window_end = nullptr);
  void SetWallOffset(DurationNs wall_minus_monotonic) { wall_offset_ = wall_minus_monotonic; }
  // Another number of units, from `now` on; the window that is open stays, with what has been used in it. Claims change
  // in proportion, and are cut to what is left. False if it is the number that it was.
  bool SetQuota(int64_t quota, TimeNs now);
  // As LimiterTable's. What is carried over is nobody's share: the rest of that window is for whoever comes first.
  Counting CountingOf() const { return {used_, end_, quota_}; }
  void CarryOver(const Counting& counting, TimeNs now);
  // No ticket of this one will have a number that `before` has given.
  void ContinueTickets(const EndpointQuota& before) { last_ticket_ = before.last_ticket_; }

  // May this tenant take `cost` now? Without a ticket it comes behind its own waiting calls. Asking makes it active.
  // The answer's `limiter` is none.
  Admission Check(TenantId tenant, uint32_t weight, TimeNs now, int64_t cost, TicketId ticket = kNoTicket);
  // Takes what was admitted at `now`; the ticket, if any, is used up.
  void Commit(TenantId tenant, uint32_t weight, TimeNs now, int64_t cost, TicketId ticket = kNoTicket);
  // What was reserved at time `at` of a Commit turned out to cost `actual`.
  void Settle(TenantId tenant, TimeNs at, int64_t reserved, int64_t actual);

  Ticket TakeTicket(TenantId tenant, uint32_t weight, TimeNs now, int64_t cost);
  void DropTicket(TenantId tenant, TicketId ticket);

  // In the window that is open at `now`: what a tenant may still take whatever the others do; what all have taken.
  int64_t ClaimOf(TenantId tenant, TimeNs now);
  int64_t Used(TimeNs now) const;
  uint32_t active() const { return static_cast<uint32_t>(shares_.size()); }

  // Recomputes the sums from the shares, and INVARIANT(endpoint-share): what is wrong, or "".
  std::string CheckConsistency() const;

 private:
  struct Waiter {
    TicketId id;
    int64_t cost;
  };
  struct Share {
    TenantId tenant;
    uint32_t weight = 1;
    int64_t granted = 0;  // its part of the window
    int64_t used = 0;
    int64_t expired = 0;        // of its part, for lack of use
    uint64_t asked_window = 0;  // the last window in which it asked
    std::vector<Waiter> line;
    int64_t claim() const { return granted > used + expired ? granted - used - expired : 0; }
    // What it will claim at the end of slice k if nothing happens.
    int64_t ClaimAt(int64_t k) const;
  };

  explicit EndpointQuota(const LimitSpec& spec, LimiterTable::WindowEnd window_end)
      : quota_(spec.quota), period_(spec.period_ns), calendar_(spec.calendar), window_end_(std::move(window_end)) {}

  TimeNs EndAfter(TimeNs begin) const;
  // Calendar windows are in wall-clock time, so that no day is opened twice; the others in monotonic time. Private
  // calls take and give times of the window's own.
  DurationNs Base() const { return calendar_ == abi::CalendarPeriod::kNone ? 0 : wall_offset_; }
  bool IsOpen(TimeNs now) const { return now < end_; }
  TimeNs SliceBegin(int64_t k) const;
  // Brings claims up to `now`.
  void Expire(TimeNs now);
  // The tenant's share, in which it is noted that it asks; a newcomer gets a part of what is set aside.
  Share& Ask(TenantId tenant, uint32_t weight);
  // Opens a window at monotonic time `now` with the share of the tenant whose call opens it, at a cost of `cost`.
  void Open(TenantId opener, TimeNs now, int64_t cost);
  void GrantShares(TenantId opener, int64_t cost);
  // What is neither used nor claimed by anybody but `share`, at the end of slice k if nothing happens.
  int64_t RoomAt(const Share& share, int64_t k) const;
  // When `cost` more fits behind `ahead` units of its own tenant.
  TimeNs Earliest(const Share& share, TimeNs now, int64_t ahead, int64_t cost) const;
  static int64_t Ahead(const Share& share, TicketId ticket);

  int64_t quota_;
  DurationNs period_;
  abi::CalendarPeriod calendar_;
  LimiterTable::WindowEnd window_end_;
  DurationNs wall_offset_ = 0;

  uint64_t window_ = 1;  // counts windows
  TimeNs begin_ = kBeginningOfTimeNs;
  TimeNs begin_monotonic_ = kBeginningOfTimeNs;
  TimeNs end_ = kBeginningOfTimeNs;
  int64_t slice_ = 0;
  int64_t used_ = 0;
  int64_t carried_ = 0;          // of used_: in an earlier process
  int64_t overrun_ = 0;          // settled above what was reserved
  int64_t claimed_ = 0;          // sum of all claims, the one set aside included
  int64_t set_aside_ = 0;        // for newcomers, what is left of it
  int64_t set_aside_whole_ = 0;  // at the begin of the window
  int64_t weights_ = 0;          // at the begin of the window, the newcomer's included
  std::vector<Share> shares_;
  absl::flat_hash_map<TenantId, uint32_t> share_of_;
  TicketId last_ticket_ = kNoTicket;
};

}  // namespace bylaw::limit

#endif  // BYLAW_RUNTIME_LIMIT_ENDPOINT_QUOTA_H_
