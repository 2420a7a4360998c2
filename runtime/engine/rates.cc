#include "runtime/engine/rates.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"

namespace bylaw::engine {

RateGate::RateGate()
    : calendar_(std::make_shared<limit::ZoneCalendar>()),
      table_(
          [calendar = calendar_](abi::CalendarPeriod period, TimeNs wall) { return calendar->EndOf(period, wall); }) {}

absl::Status RateGate::Validate(const abi::PolicyImage& image) {
  if (auto calendar = limit::ZoneCalendar::Create(image.time_zone); !calendar.ok()) return calendar.status();
  for (const abi::RateSpec& spec : image.rates) {
    if (absl::Status status = limit::Validate(limit::SpecOf(spec)); !status.ok()) return status;
  }
  for (const abi::EndpointInfo& endpoint : image.endpoints) {
    for (const abi::RateSpec& spec : endpoint.quotas) {
      if (absl::Status status = limit::Validate(limit::SpecOf(spec)); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

void RateGate::SetPolicy(std::string_view time_zone, TimeNs now) {
  ++policies_;
  now_ = now;
  *calendar_ = *limit::ZoneCalendar::Create(time_zone);
  month_until_ = kBeginningOfTimeNs;  // to be learned anew
}

bool RateGate::SetTenant(TenantId tenant, std::span<const abi::RateSpec> limits) {
  if (tenant.index() >= tenants_.size()) tenants_.resize(tenant.index() + 1);
  return Set(tenants_[tenant.index()], limits, /*of_endpoint=*/false);
}

bool RateGate::SetEndpoint(EndpointId endpoint, std::span<const abi::RateSpec> quotas) {
  if (endpoint.index() >= endpoints_.size()) endpoints_.resize(endpoint.index() + 1);
  return Set(endpoints_[endpoint.index()], quotas, /*of_endpoint=*/true);
}

bool RateGate::Limit::Continues(const abi::RateSpec& spec) const {
  return resource == spec.resource.value() && tokens == spec.tokens && window == spec.window &&
         calendar == spec.calendar && window_ns == spec.window_ns;
}

// Each of `specs` continues the first limit of the span that it can, and that no one before it does.
bool RateGate::Set(Span& span, std::span<const abi::RateSpec> specs, bool of_endpoint) {
  std::vector<Limit> before(limits_.begin() + span.begin, limits_.begin() + span.begin + span.count);
  std::vector<Limit> after;
  bool changes = false;
  for (const abi::RateSpec& spec : specs) {
    const auto same = std::find_if(before.begin(), before.end(), [&](const Limit& old) { return old.Continues(spec); });
    if (same == before.end() || abi::Planted(abi::PlantedBug::kWindowsEmptiedByReload)) {
      after.push_back(MakeLimit(spec, of_endpoint));
      changes = true;
      continue;
    }
    changes |= Reconfigure(*same, spec);
    after.push_back(*same);
    before.erase(same);
  }
  for (const Limit& limit : before) Remove(limit);
  changes |= !before.empty();
  if (after.size() != span.count) {
    if (span.count > 0) free_spans_[span.count].push_back(span.begin);
    span = {.begin = AllocateSpan(after.size()), .count = static_cast<uint32_t>(after.size())};
  }
  std::copy(after.begin(), after.end(), limits_.begin() + span.begin);
  return changes;
}

uint32_t RateGate::AllocateSpan(size_t count) {
  if (count >= free_spans_.size()) free_spans_.resize(count + 1);
  std::vector<uint32_t>& free = free_spans_[count];
  if (free.empty() || count == 0) {
    const size_t begin = limits_.size();
    limits_.resize(begin + count);
    return static_cast<uint32_t>(begin);
  }
  const uint32_t begin = free.back();
  free.pop_back();
  return begin;
}

RateGate::Limit RateGate::MakeLimit(const abi::RateSpec& spec, bool of_endpoint) {
  Limit limit{.resource = spec.resource.value(),
              .limiter = limit::LimiterId::None(),
              .clause = spec.clause,
              .born = policies_,
              .tokens = spec.tokens,
              .of_endpoint = of_endpoint,
              .window = spec.window,
              .calendar = spec.calendar,
              .window_ns = spec.window_ns};
  const bool windowed = spec.window == abi::RateWindow::kAnchored || spec.window == abi::RateWindow::kCalendar;
  if (!of_endpoint || !windowed) {
    limit.limiter = *table_.Add(limit::SpecOf(spec));
    if (leases_ != nullptr) leases_->Forget(limit.number());
    return limit;
  }
  limit::EndpointQuota quota = *limit::EndpointQuota::Create(
      limit::SpecOf(spec),
      [calendar = calendar_](abi::CalendarPeriod period, TimeNs wall) { return calendar->EndOf(period, wall); });
  if (free_quotas_.empty()) {
    limit.quota = static_cast<uint32_t>(quotas_.size());
    quotas_.push_back(std::move(quota));
  } else {
    limit.quota = free_quotas_.back();
    free_quotas_.pop_back();
    quota.ContinueTickets(quotas_[limit.quota]);
    quotas_[limit.quota] = std::move(quota);
  }
  if (leases_ != nullptr) leases_->Forget(limit.number());
  return limit;
}

bool RateGate::Reconfigure(Limit& limit, const abi::RateSpec& spec) {
  limit.clause = spec.clause;
  if (limit.quota != UINT32_MAX) return quotas_[limit.quota].SetQuota(spec.amount, now_);
  return table_.Reconfigure(limit.limiter, limit::SpecOf(spec), now_);
}

void RateGate::Remove(const Limit& limit) {
  if (limit.quota != UINT32_MAX) {
    free_quotas_.push_back(limit.quota);
  } else {
    table_.Remove(limit.limiter);
  }
}

template <typename Visit>
void RateGate::ForEachLimit(const RateCall& call, Visit visit) {
  const Span of_tenant = tenants_[call.tenant.index()];
  for (uint32_t i = of_tenant.begin; i < of_tenant.begin + of_tenant.count; ++i) {
    if (limits_[i].resource == call.resource) visit(limits_[i]);
  }
  if (call.endpoint == abi::kNoId) return;
  const Span of_endpoint = endpoints_[call.endpoint];
  for (uint32_t i = of_endpoint.begin; i < of_endpoint.begin + of_endpoint.count; ++i) visit(limits_[i]);
}

TimeNs RateGate::Earliest(const Limit& limit, const RateCall& call, const RateHold& hold, TimeNs now, TimeNs wall_now) {
  const bool in_line = hold.ticket != limit::kNoTicket && hold.limit == limit.number() && limit.born <= hold.policy;
  const int64_t cost = limit.CostOf(call.tokens);
  limit::Admission admission;
  if (limit.quota != UINT32_MAX) {
    limit::EndpointQuota& quota = quotas_[limit.quota];
    quota.SetWallOffset(wall_now - now);
    admission = quota.Check(call.tenant, call.weight, now, cost, in_line ? hold.ticket : limit::kNoTicket);
  } else if (in_line) {
    return table_.DueOf(limit.limiter, hold.ticket, now);
  } else {
    admission = table_.Check(limit.limiter, now, cost);
  }
  return admission.admitted ? now : admission.retry_at;
}

limit::Ticket RateGate::TakeTicket(const Limit& limit, const RateCall& call, TimeNs now) {
  const int64_t cost = limit.CostOf(call.tokens);
  if (limit.quota == UINT32_MAX) return table_.TakeTicket(limit.limiter, now, cost);
  return quotas_[limit.quota].TakeTicket(call.tenant, call.weight, now, cost);
}

RateAnswer RateGate::Check(const RateCall& call, RateHold& hold, TimeNs now, TimeNs wall_now) {
  table_.SetWallOffset(wall_now - now);
  RateAnswer answer;
  const Limit* slowest = nullptr;
  ForEachLimit(call, [&](const Limit& limit) {
    const TimeNs at = Earliest(limit, call, hold, now, wall_now);
    if (at <= now || at <= answer.retry_at_ns) return;
    answer.retry_at_ns = at;
    slowest = &limit;
  });
  if (slowest == nullptr) return answer;
  answer.granted = false;
  answer.reason = slowest->of_endpoint ? abi::Reason::kEndpointQuota : abi::Reason::kRate;
  answer.clause = slowest->clause;
  if (hold.ticket == limit::kNoTicket || hold.limit != slowest->number() || slowest->born > hold.policy) {
    Forget(call.tenant, hold);
    const limit::Ticket ticket = TakeTicket(*slowest, call, now);
    hold.ticket = ticket.id;
    hold.limit = slowest->number();
    hold.policy = policies_;
    answer.retry_at_ns = ticket.due;
  }
  return answer;
}

void RateGate::Commit(const RateCall& call, RateHold& hold, TimeNs now) {
  hold.tokens = 0;
  ForEachLimit(call, [&](const Limit& limit) {
    const int64_t cost = limit.CostOf(call.tokens);
    if (limit.tokens) hold.tokens = cost;
    if (limit.quota == UINT32_MAX) {
      table_.Commit(limit.limiter, now, cost);
    } else {
      const bool in_line = hold.ticket != limit::kNoTicket && hold.limit == limit.number() && limit.born <= hold.policy;
      quotas_[limit.quota].Commit(call.tenant, call.weight, now, cost, in_line ? hold.ticket : limit::kNoTicket);
    }
    if (leases_ != nullptr) Cover(limit, call);
  });
  Forget(call.tenant, hold);
  hold.taken_at = now;
  hold.policy = policies_;
}

void RateGate::Settle(const Limit& limit, TenantId tenant, TimeNs at, int64_t reserved, int64_t actual) {
  if (limit.quota == UINT32_MAX) return table_.Settle(limit.limiter, at, reserved, actual);
  quotas_[limit.quota].Settle(tenant, at, reserved, actual);
}

void RateGate::Undo(const RateCall& call, const RateHold& hold) {
  ForEachLimit(call, [&](const Limit& limit) {
    if (limit.born <= hold.policy) Settle(limit, call.tenant, hold.taken_at, limit.CostOf(hold.tokens), 0);
  });
}

void RateGate::Settle(const RateCall& call, const RateHold& hold, int64_t tokens) {
  if (hold.tokens == 0 || tokens == 0) return;
  ForEachLimit(call, [&](const Limit& limit) {
    if (!limit.tokens || limit.born > hold.policy) return;
    Settle(limit, call.tenant, hold.taken_at, hold.tokens, tokens);
    if (leases_ != nullptr) Cover(limit, call);
  });
}

void RateGate::Count(const RateCall& call, int64_t calls, TimeNs now, TimeNs wall_now) {
  table_.SetWallOffset(wall_now - now);
  ForEachLimit(call, [&](const Limit& limit) {
    if (limit.tokens || limit.of_endpoint) return;
    for (int64_t i = 0; i < calls && table_.Check(limit.limiter, now, 1).admitted; ++i) {
      table_.Commit(limit.limiter, now, 1);
    }
    if (leases_ != nullptr) Cover(limit, call);
  });
}

// A ticket of a limit that is gone is in no line; no other ticket has its number.
void RateGate::Forget(TenantId tenant, RateHold& hold) {
  if (hold.ticket == limit::kNoTicket) return;
  hold.limit& kIsQuota ? quotas_[hold.limit & ~kIsQuota].DropTicket(tenant, hold.ticket)
                       : table_.DropTicket(limit::LimiterId(hold.limit), hold.ticket);
  hold.ticket = limit::kNoTicket;
}

void RateGate::LearnMonth(TimeNs wall_now) {
  month_ = calendar_->MonthOf(wall_now);
  month_from_ = wall_now;
  month_until_ = NextMonthAt(wall_now);
}

}  // namespace bylaw::engine
