#include "runtime/limit/endpoint_quota.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"

namespace bylaw::limit {
namespace {

int64_t Part(int64_t whole, int64_t numerator, int64_t denominator) {
  return static_cast<int64_t>(static_cast<__int128>(whole) * numerator / denominator);
}

}  // namespace

absl::StatusOr<EndpointQuota> EndpointQuota::Create(const LimitSpec& spec, LimiterTable::WindowEnd window_end) {
  if (absl::Status status = Validate(spec); !status.ok()) return status;
  const bool calendar = spec.window == abi::RateWindow::kCalendar;
  if (!calendar && spec.window != abi::RateWindow::kAnchored) {
    return absl::InvalidArgumentError("only a quota per fixed window can be shared by weight");
  }
  if (calendar && !window_end) return absl::FailedPreconditionError("a calendar quota without a calendar");
  return EndpointQuota(spec, std::move(window_end));
}

// INVARIANT(endpoint-share): a claim only shrinks by time, and by use as much as `used_` grows.
int64_t EndpointQuota::Share::ClaimAt(int64_t k) const {
  const int64_t expired_by_then = std::max(expired, Part(granted, k, kSlices) - used);
  return std::max<int64_t>(0, granted - used - expired_by_then);
}

TimeNs EndpointQuota::EndAfter(TimeNs begin) const {
  if (calendar_ == abi::CalendarPeriod::kNone) return AddSaturated(begin, period_);
  const TimeNs end = window_end_(calendar_, begin);
  BYLAW_CHECK(end > begin, "a calendar window ends after it begins");
  return end;
}

TimeNs EndpointQuota::SliceBegin(int64_t k) const {
  const __int128 whole = static_cast<__int128>(end_ - begin_) * k;
  return begin_ + static_cast<DurationNs>((whole + kSlices - 1) / kSlices);
}

void EndpointQuota::Expire(TimeNs now) {
  if (!IsOpen(now)) return;
  int64_t slice = slice_;
  while (slice < kSlices - 1 && now >= SliceBegin(slice + 1)) ++slice;
  if (slice == slice_) [[likely]]
    return;
  slice_ = slice;
  set_aside_ = std::min(set_aside_, std::max<int64_t>(0, Part(set_aside_whole_, kSlices - slice, kSlices)));
  claimed_ = set_aside_;
  for (Share& share : shares_) {
    share.expired = std::max(share.expired, Part(share.granted, slice, kSlices) - share.used);
    claimed_ += share.claim();
  }
}

EndpointQuota::Share& EndpointQuota::Ask(TenantId tenant, uint32_t weight) {
  BYLAW_CHECK(tenant.valid() && weight >= 1, "a share needs a tenant and a weight");
  const auto [it, is_new] = share_of_.try_emplace(tenant, static_cast<uint32_t>(shares_.size()));
  if (is_new) {
    Share& share = shares_.emplace_back();
    share.tenant = tenant;
    if (weights_ != 0) {
      share.granted = Part(quota_, weight, weights_);
      const int64_t taken = std::min(set_aside_, Part(share.granted, kSlices - slice_, kSlices));
      share.expired = share.granted - taken;
      set_aside_ -= taken;
    }
  }
  Share& share = shares_[it->second];
  share.weight = weight;
  share.asked_window = window_;
  return share;
}

void EndpointQuota::Open(TenantId opener, TimeNs now, int64_t cost) {
  const bool follows = end_ != kBeginningOfTimeNs && now + Base() - end_ < end_ - begin_;
  std::erase_if(shares_, [&](const Share& share) {
    const bool active = share.tenant == opener || !share.line.empty() || (follows && share.asked_window == window_);
    return !active;
  });
  share_of_.clear();
  for (Share& share : shares_) share_of_.emplace(share.tenant, share_of_.size());
  ++window_;
  begin_ = now + Base();
  begin_monotonic_ = now;
  end_ = EndAfter(begin_);
  slice_ = 0;
  used_ = 0;
  carried_ = 0;
  overrun_ = 0;
  GrantShares(opener, cost);
}

void EndpointQuota::GrantShares(TenantId opener, int64_t cost) {
  int64_t newcomer = 0;
  weights_ = 0;
  for (const Share& share : shares_) {
    weights_ += share.weight;
    newcomer = std::max<int64_t>(newcomer, share.weight);
  }
  weights_ += newcomer;
  Share& first = shares_[share_of_.at(opener)];
  const int64_t first_part = Part(quota_, first.weight, weights_);
  const int64_t rest = quota_ - std::max(cost, first_part);
  const bool dear = cost > first_part;
  claimed_ = 0;
  for (Share& share : shares_) {
    share.used = 0;
    share.expired = 0;
    share.granted = dear ? Part(rest, share.weight, weights_ - first.weight) : Part(quota_, share.weight, weights_);
    if (&share == &first) share.granted = std::max(cost, first_part);
    claimed_ += share.granted;
  }
  set_aside_whole_ = quota_ - claimed_;
  set_aside_ = set_aside_whole_;
  claimed_ = quota_;
}

bool EndpointQuota::SetQuota(int64_t quota, TimeNs now) {
  if (quota == quota_) return false;
  Expire(now + Base());
  const int64_t before = quota_;
  quota_ = quota;
  const int64_t room = std::max<int64_t>(0, quota - used_);
  const int64_t wanted = Part(claimed_, quota, before);
  const auto cut = [&](int64_t claim) {
    const int64_t in_proportion = Part(claim, quota, before);
    return wanted <= room ? in_proportion : Part(in_proportion, room, wanted);
  };
  set_aside_ = cut(set_aside_);
  set_aside_whole_ = Part(set_aside_whole_, quota, before);
  claimed_ = set_aside_;
  for (Share& share : shares_) {
    share.granted = share.used + share.expired + cut(share.claim());
    claimed_ += share.claim();
  }
  overrun_ = std::max(overrun_, used_ + claimed_ - quota_);
  return true;
}

void EndpointQuota::CarryOver(const Counting& counting, TimeNs now) {
  const TimeNs here = now + Base();
  if (counting.until <= here) return;
  ++window_;
  begin_ = here;
  begin_monotonic_ = now;
  end_ =
      calendar_ == abi::CalendarPeriod::kNone ? std::min(counting.until, AddSaturated(here, period_)) : counting.until;
  slice_ = kSlices - 1;
  used_ = carried_ = counting.units;
  overrun_ = std::max<int64_t>(0, used_ - quota_);
}

int64_t EndpointQuota::RoomAt(const Share& share, int64_t k) const {
  int64_t others = std::min(set_aside_, Part(set_aside_whole_, kSlices - k, kSlices));
  for (const Share& other : shares_) {
    if (&other != &share) others += other.ClaimAt(k);
  }
  return quota_ - used_ - others;
}

TimeNs EndpointQuota::Earliest(const Share& share, TimeNs now, int64_t ahead, int64_t cost) const {
  if (cost > quota_) return kForeverNs;
  if (!IsOpen(now)) {
    if (ahead == 0) return now;
  } else {
    if (abi::Planted(abi::PlantedBug::kSharesIgnored) && ahead + cost <= quota_ - used_) return now;
    if (ahead + cost <= share.claim() + quota_ - used_ - claimed_) return now;
    if (ahead + cost <= RoomAt(share, kSlices - 1)) {
      int64_t low = slice_, high = kSlices - 1;  // fits at high, not at low
      while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        (ahead + cost <= RoomAt(share, middle) ? high : low) = middle;
      }
      return SliceBegin(high);
    }
  }
  // From the next window on, its own share carries it.
  const int64_t part =
      std::max({int64_t{1}, cost, Part(quota_, share.weight, std::max<int64_t>(weights_, share.weight))});
  TimeNs at = std::max(now, end_);
  for (int64_t windows = (ahead + cost - 1) / part; windows > 0 && at != kForeverNs; --windows) at = EndAfter(at);
  return at;
}

int64_t EndpointQuota::Ahead(const Share& share, TicketId ticket) {
  int64_t cost = 0;
  for (const Waiter& waiter : share.line) {
    if (waiter.id == ticket) break;
    cost += waiter.cost;
  }
  return cost;
}

Admission EndpointQuota::Check(TenantId tenant, uint32_t weight, TimeNs now, int64_t cost, TicketId ticket) {
  BYLAW_CHECK(cost >= 1, "a call costs at least one unit");
  const TimeNs here = now + Base();
  Expire(here);
  const Share& share = Ask(tenant, weight);
  const TimeNs at = Earliest(share, here, Ahead(share, ticket), cost);
  if (at <= here) return {};
  return {false, at == kForeverNs ? kForeverNs : at - Base(), LimiterId::None()};
}

void EndpointQuota::Commit(TenantId tenant, uint32_t weight, TimeNs now, int64_t cost, TicketId ticket) {
  if (ticket != kNoTicket) DropTicket(tenant, ticket);
  if (IsOpen(now + Base())) {
    Expire(now + Base());
  } else {
    Ask(tenant, weight);
    Open(tenant, now, cost);
  }
  Share& share = Ask(tenant, weight);
  claimed_ -= share.claim();
  share.used += cost;
  used_ += cost;
  claimed_ += share.claim();
}

void EndpointQuota::Settle(TenantId tenant, TimeNs at, int64_t reserved, int64_t actual) {
  BYLAW_CHECK(reserved >= 0 && actual >= 0, "units are not negative");
  const auto it = share_of_.find(tenant);
  if (at < begin_monotonic_ || it == share_of_.end()) return;
  Share& share = shares_[it->second];
  const int64_t by = std::max(std::min(actual, kUnitsMax) - reserved, -share.used);
  claimed_ -= share.claim();
  share.used += by;
  used_ += by;
  overrun_ += std::max<int64_t>(0, by);
  claimed_ += share.claim();
}

Ticket EndpointQuota::TakeTicket(TenantId tenant, uint32_t weight, TimeNs now, int64_t cost) {
  const Admission admission = Check(tenant, weight, now, cost);
  const TimeNs due = admission.admitted ? now : admission.retry_at;
  if (due == kForeverNs) return {};
  shares_[share_of_.at(tenant)].line.push_back({++last_ticket_, cost});
  return {last_ticket_, due};
}

void EndpointQuota::DropTicket(TenantId tenant, TicketId ticket) {
  const auto it = share_of_.find(tenant);
  if (it == share_of_.end()) return;
  std::erase_if(shares_[it->second].line, [=](const Waiter& waiter) { return waiter.id == ticket; });
}

int64_t EndpointQuota::ClaimOf(TenantId tenant, TimeNs now) {
  Expire(now + Base());
  const auto it = share_of_.find(tenant);
  return IsOpen(now + Base()) && it != share_of_.end() ? shares_[it->second].claim() : 0;
}

int64_t EndpointQuota::Used(TimeNs now) const { return IsOpen(now + Base()) ? used_ : 0; }

std::string EndpointQuota::CheckConsistency() const {
  int64_t claims = set_aside_, used = 0;
  for (const Share& share : shares_) {
    claims += share.claim();
    used += share.used;
  }
  if (claims != claimed_) return fmt::format("claims sum to {}, {} is stored", claims, claimed_);
  if (used + carried_ != used_) return fmt::format("use sums to {}, {} is stored", used + carried_, used_);
  if (end_ != kBeginningOfTimeNs && used_ + claimed_ > quota_ + overrun_) {
    return fmt::format("{} used and {} claimed of {}", used_, claimed_, quota_);
  }
  return "";
}

}  // namespace bylaw::limit
