#include "runtime/engine/rates.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace bylaw::engine {

RateGate::RateGate(const abi::PolicyImage& image, limit::ZoneCalendar calendar)
    : calendar_(calendar),
      table_([calendar](abi::CalendarPeriod period, TimeNs wall) { return calendar.EndOf(period, wall); }) {
  table_.Reserve(image.rates.size());
}

absl::StatusOr<RateGate> RateGate::Create(const abi::PolicyImage& image) {
  absl::StatusOr<limit::ZoneCalendar> calendar = limit::ZoneCalendar::Create(image.time_zone);
  if (!calendar.ok()) return calendar.status();
  RateGate gate(image, *calendar);
  if (absl::Status status = gate.Build(image); !status.ok()) return status;
  return gate;
}

absl::Status RateGate::Build(const abi::PolicyImage& image) {
  tenant_begin_.reserve(image.tenants.size() + 1);
  for (const abi::TenantRecord& record : image.tenants) {
    tenant_begin_.push_back(static_cast<uint32_t>(limits_.size()));
    for (uint32_t i = record.rates_begin; i < record.rates_end; ++i) {
      const abi::RateSpec& spec = image.rates[i];
      if (absl::Status status = AddLimit(spec, false); !status.ok()) return status;
    }
  }
  tenant_begin_.push_back(static_cast<uint32_t>(limits_.size()));
  for (const abi::EndpointInfo& endpoint : image.endpoints) {
    endpoint_begin_.push_back(static_cast<uint32_t>(limits_.size()));
    for (const abi::RateSpec& spec : endpoint.quotas) {
      if (absl::Status status = AddLimit(spec, true); !status.ok()) return status;
    }
  }
  endpoint_begin_.push_back(static_cast<uint32_t>(limits_.size()));
  return absl::OkStatus();
}

absl::Status RateGate::AddLimit(const abi::RateSpec& spec, bool of_endpoint) {
  Limit limit{.resource = spec.resource.value(),
              .limiter = limit::LimiterId::None(),
              .clause = spec.clause,
              .tokens = spec.tokens,
              .of_endpoint = of_endpoint};
  const bool windowed = spec.window == abi::RateWindow::kAnchored || spec.window == abi::RateWindow::kCalendar;
  if (of_endpoint && windowed) {
    const limit::ZoneCalendar calendar = calendar_;
    absl::StatusOr<limit::EndpointQuota> quota = limit::EndpointQuota::Create(
        limit::SpecOf(spec),
        [calendar](abi::CalendarPeriod period, TimeNs wall) { return calendar.EndOf(period, wall); });
    if (!quota.ok()) return quota.status();
    limit.quota = static_cast<uint32_t>(quotas_.size());
    quotas_.push_back(*std::move(quota));
  } else {
    absl::StatusOr<limit::LimiterId> limiter = table_.Add(limit::SpecOf(spec));
    if (!limiter.ok()) return limiter.status();
    limit.limiter = *limiter;
  }
  limits_.push_back(limit);
  return absl::OkStatus();
}

template <typename Visit>
void RateGate::ForEachLimit(const RateCall& call, Visit visit) {
  const size_t tenant = call.record->tenant.index();
  for (uint32_t i = tenant_begin_[tenant]; i < tenant_begin_[tenant + 1]; ++i) {
    if (limits_[i].resource == call.resource) visit(limits_[i]);
  }
  if (call.endpoint == abi::kNoId) return;
  for (uint32_t i = endpoint_begin_[call.endpoint]; i < endpoint_begin_[call.endpoint + 1]; ++i) visit(limits_[i]);
}

TimeNs RateGate::Earliest(const Limit& limit, const RateCall& call, const RateHold& hold, TimeNs now, TimeNs wall_now) {
  const bool in_line = hold.ticket != limit::kNoTicket && hold.limit == static_cast<uint32_t>(&limit - limits_.data());
  const int64_t cost = limit.CostOf(call.tokens);
  limit::Admission admission;
  if (limit.quota != UINT32_MAX) {
    limit::EndpointQuota& quota = quotas_[limit.quota];
    quota.SetWallOffset(wall_now - now);
    admission =
        quota.Check(call.record->tenant, call.record->weight, now, cost, in_line ? hold.ticket : limit::kNoTicket);
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
  return quotas_[limit.quota].TakeTicket(call.record->tenant, call.record->weight, now, cost);
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
  const auto number = static_cast<uint32_t>(slowest - limits_.data());
  if (hold.ticket == limit::kNoTicket || hold.limit != number) {
    Forget(call.record->tenant, hold);
    const limit::Ticket ticket = TakeTicket(*slowest, call, now);
    hold.ticket = ticket.id;
    hold.limit = number;
    answer.retry_at_ns = ticket.due;
  }
  return answer;
}

void RateGate::Commit(const RateCall& call, RateHold& hold, TimeNs now) {
  hold.tokens = 0;
  ForEachLimit(call, [&](const Limit& limit) {
    const int64_t cost = limit.CostOf(call.tokens);
    if (limit.tokens) hold.tokens = cost;
    if (limit.quota == UINT32_MAX) return table_.Commit(limit.limiter, now, cost);
    const bool in_line = hold.ticket != limit::kNoTicket && &limits_[hold.limit] == &limit;
    quotas_[limit.quota].Commit(call.record->tenant, call.record->weight, now, cost,
                                in_line ? hold.ticket : limit::kNoTicket);
  });
  hold.taken_at = now;
  Forget(call.record->tenant, hold);
}

void RateGate::Settle(const Limit& limit, TenantId tenant, TimeNs at, int64_t reserved, int64_t actual) {
  if (limit.quota == UINT32_MAX) return table_.Settle(limit.limiter, at, reserved, actual);
  quotas_[limit.quota].Settle(tenant, at, reserved, actual);
}

void RateGate::Undo(const RateCall& call, const RateHold& hold) {
  ForEachLimit(call, [&](const Limit& limit) {
    Settle(limit, call.record->tenant, hold.taken_at, limit.CostOf(hold.tokens), 0);
  });
}

void RateGate::Settle(const RateCall& call, const RateHold& hold, int64_t tokens) {
  if (hold.tokens == 0 || tokens == 0) return;
  ForEachLimit(call, [&](const Limit& limit) {
    if (limit.tokens) Settle(limit, call.record->tenant, hold.taken_at, hold.tokens, tokens);
  });
}

void RateGate::Count(const RateCall& call, int64_t calls, TimeNs now, TimeNs wall_now) {
  table_.SetWallOffset(wall_now - now);
  ForEachLimit(call, [&](const Limit& limit) {
    if (limit.tokens || limit.of_endpoint) return;
    for (int64_t i = 0; i < calls && table_.Check(limit.limiter, now, 1).admitted; ++i) {
      table_.Commit(limit.limiter, now, 1);
    }
  });
}

void RateGate::Forget(TenantId tenant, RateHold& hold) {
  if (hold.ticket == limit::kNoTicket) return;
  const Limit& limit = limits_[hold.limit];
  limit.quota == UINT32_MAX ? table_.DropTicket(limit.limiter, hold.ticket)
                            : quotas_[limit.quota].DropTicket(tenant, hold.ticket);
  hold.ticket = limit::kNoTicket;
}

void RateGate::LearnMonth(TimeNs wall_now) {
  month_ = calendar_.MonthOf(wall_now);
  month_from_ = wall_now;
  month_until_ = NextMonthAt(wall_now);
}

}  // namespace bylaw::engine
