// Which limits a call must pass, in one place: the tenant's on the model or tool, then the endpoint's own quota, shared
// by weight (quotas with rolling or paced windows are one line for all). In the engine's numbers (policy/directory.h).
//
// Check asks all of them and takes nothing; Commit takes what the last Check granted. A run that has to wait takes a
// ticket on the limit that keeps it waiting longest, at most one at a time, and keeps it until it proceeds or leaves.
//
// SetTenant and SetEndpoint say what the published policy's limits are. A limit on the same model or tool, of the same
// unit, kind and length of window, is the same limit with another number: what has been used, what is owed and the line
// stay. Any other is a new one. INVARIANT(limit-born): a run's ticket and what its call has taken are looked for only
// in limits that are older than they are. What limits have let through survives the process by leases (rate_leases.h).
// Also the calendar of the policy's time zone, with the current month cached.
// Not thread-safe.
#ifndef BYLAW_RUNTIME_ENGINE_RATES_H_
#define BYLAW_RUNTIME_ENGINE_RATES_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/huge_pages.h"
#include "base/prefetch.h"
#include "base/time.h"
#include "runtime/abi/policy_image.h"
#include "runtime/engine/rate_leases.h"
#include "runtime/engine/types.h"
#include "runtime/limit/calendar.h"
#include "runtime/limit/endpoint_quota.h"
#include "runtime/limit/limiter_table.h"

namespace bylaw::engine {

// A run's place in line and what its call in flight has taken from the limits.
struct RateHold {
  limit::TicketId ticket = limit::kNoTicket;
  uint32_t limit = 0;   // the ticket's: RateGate's number
  uint32_t policy = 0;  // the count of SetPolicy at which the ticket, or the units, were taken
  TimeNs taken_at = 0;  // monotonic
  int64_t tokens = 0;   // reserved from limits on tokens; 0: there are none
};

struct RateAnswer {
  bool granted = true;
  TimeNs retry_at_ns = 0;  // if not: this run's time; kForeverNs if its cost can never fit
  abi::Reason reason = abi::Reason::kNone;
  abi::ClauseRef clause = abi::kNoClause;
};

// One call as the limits see it.
struct RateCall {
  TenantId tenant;
  uint32_t weight = 1;
  uint32_t resource = abi::kNoId;
  uint32_t endpoint = abi::kNoId;
  int64_t tokens = 0;
};

class RateGate {
 public:
  RateGate();

  // Whether every limit of the image and its time zone make sense.
  static absl::Status Validate(const abi::PolicyImage& image);
  // Another policy is published at `now`: its time zone counts from the next window on; then SetTenant and SetEndpoint
  // of everything that differs. Images have been validated. True: a limit is another one, or has another
  // number, than before.
  void SetPolicy(std::string_view time_zone, TimeNs now);
  bool SetTenant(TenantId tenant, std::span<const abi::RateSpec> limits);
  bool SetEndpoint(EndpointId endpoint, std::span<const abi::RateSpec> quotas);

  // Asks memory for what Check of a call of this tenant reads, to be called a little before; PrefetchLimits once the
  // first has arrived, PrefetchWindows after that. No effect but on time.
  void Prefetch(TenantId tenant) const { bylaw::Prefetch(&tenants_[tenant.index()]); }
  void PrefetchLimits(TenantId tenant) const {
    const Span& span = tenants_[tenant.index()];
    if (span.count == 0) return;
    bylaw::Prefetch(&limits_[span.begin]);
    bylaw::Prefetch(&limits_[span.begin + span.count - 1]);
  }
  void PrefetchWindows(TenantId tenant) const {
    const Span& span = tenants_[tenant.index()];
    for (uint32_t i = span.begin; i < span.begin + span.count; ++i) {
      if (limits_[i].limiter.valid()) table_.Prefetch(limits_[i].limiter);
    }
  }

  // If refused, `hold` has the run's ticket.
  RateAnswer Check(const RateCall& call, RateHold& hold, TimeNs now, TimeNs wall_now);
  // Takes what the last Check granted.
  void Commit(const RateCall& call, RateHold& hold, TimeNs now);
  // The call was provably not sent: gives everything back.
  void Undo(const RateCall& call, const RateHold& hold);
  // The call took `tokens` (0: as reserved).
  void Settle(const RateCall& call, const RateHold& hold, int64_t tokens);
  // `calls` made elsewhere, as far as they fit, against the tenant's limits on calls.
  void Count(const RateCall& call, int64_t calls, TimeNs now, TimeNs wall_now);
  // The run leaves the line.
  void Forget(TenantId tenant, RateHold& hold);

  // From now on everything taken is covered by leases.
  void KeepLeases(uint32_t chunk_ppm) { leases_ = std::make_unique<RateLeases>(chunk_ppm); }
  RateLeases* leases() { return leases_.get(); }
  // A lease of an earlier process; nothing if there is no such limit now.
  void CarryOver(const RateLeases::Owner& owner, const RateLease& lease, TimeNs now, TimeNs wall_now);
  // Every lease becomes what counts now.
  void ShrinkLeases();
  // What is taken beyond its lease, or "".
  std::string CheckLeases() const;

  int32_t MonthAt(TimeNs wall_now) {
    if (wall_now < month_from_ || wall_now >= month_until_) [[unlikely]]
      LearnMonth(wall_now);
    return month_;
  }
  TimeNs NextMonthAt(TimeNs wall_now) const { return calendar_->EndOf(abi::CalendarPeriod::kMonth, wall_now); }
  TimeNs NextDayAt(TimeNs wall_now) const { return calendar_->EndOf(abi::CalendarPeriod::kDay, wall_now); }

 private:
  static constexpr uint32_t kIsQuota = RateLeases::kQuotaBit;

  // One limit of a tenant or an endpoint.
  struct Limit {
    uint32_t resource = abi::kNoId;
    limit::LimiterId limiter;     // none: a shared quota
    uint32_t quota = UINT32_MAX;  // into quotas_
    abi::ClauseRef clause = abi::kNoClause;
    uint32_t born = 0;  // the count of SetPolicy
    bool tokens = false;
    bool of_endpoint = false;
    abi::RateWindow window = abi::RateWindow::kAnchored;
    abi::CalendarPeriod calendar = abi::CalendarPeriod::kNone;
    DurationNs window_ns = 0;

    int64_t CostOf(int64_t units) const { return tokens ? std::max<int64_t>(1, units) : 1; }
    // By which a ticket knows it.
    uint32_t number() const { return quota != UINT32_MAX ? quota | kIsQuota : limiter.value(); }
    bool Continues(const abi::RateSpec& spec) const;
  };
  // Where a tenant's or an endpoint's limits lie in limits_.
  struct Span {
    uint32_t begin = 0;
    uint32_t count = 0;
  };

  bool Set(Span& span, std::span<const abi::RateSpec> specs, bool of_endpoint);
  uint32_t AllocateSpan(size_t count);
  Limit MakeLimit(const abi::RateSpec& spec, bool of_endpoint);
  bool Reconfigure(Limit& limit, const abi::RateSpec& spec);
  void Remove(const Limit& limit);
  void LearnMonth(TimeNs wall_now);
  template <typename Visit>
  void ForEachLimit(const RateCall& call, Visit visit);
  // The first instant at which this limit lets the call through; `now` if it does.
  TimeNs Earliest(const Limit& limit, const RateCall& call, const RateHold& hold, TimeNs now, TimeNs wall_now);
  limit::Ticket TakeTicket(const Limit& limit, const RateCall& call, TimeNs now);
  limit::Counting CountingOf(const Limit& limit) const;
  RateLeases::Owner OwnerOf(const Limit& limit, uint32_t owner) const;
  // INVARIANT(rates-leased): called after everything that adds to what counts.
  void Cover(const Limit& limit, const RateCall& call);
  template <typename Visit>
  void ForEachOwned(Visit visit) const;
  void Settle(const Limit& limit, TenantId tenant, TimeNs at, int64_t reserved, int64_t actual);

  std::shared_ptr<limit::ZoneCalendar> calendar_;  // shared with the tables' windows
  limit::LimiterTable table_;
  HugeVector<Limit> limits_;
  std::vector<std::vector<uint32_t>> free_spans_;  // by length
  HugeVector<Span> tenants_;                       // by TenantId
  std::vector<Span> endpoints_;                    // by EndpointId
  std::vector<limit::EndpointQuota> quotas_;
  std::vector<uint32_t> free_quotas_;
  std::unique_ptr<RateLeases> leases_;  // null: nothing survives the process
  uint32_t policies_ = 0;               // counts SetPolicy
  TimeNs now_ = 0;                      // of the last SetPolicy
  int32_t month_ = 0;
  TimeNs month_from_ = kForeverNs;
  TimeNs month_until_ = kForeverNs;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_RATES_H_
