#include "runtime/engine/rates.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace bylaw::engine {

RateGate::RateGate(const abi::PolicyImage& image, limit::ZoneCalendar calendar)
    : calendar_(calendar),
      table_([calendar](abi::CalendarPeriod period, TimeNs wall) { return calendar.EndOf(period, wall); }) {
  table_.Reserve(image.rates.size());
  claims_.reserve(16);
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
      if (absl::Status status = AddLimit(spec, spec.clause, false); !status.ok()) return status;
    }
  }
  tenant_begin_.push_back(static_cast<uint32_t>(limits_.size()));
  for (const abi::EndpointInfo& endpoint : image.endpoints) {
    endpoint_begin_.push_back(static_cast<uint32_t>(limits_.size()));
    for (const abi::RateSpec& spec : endpoint.quotas) {
      if (absl::Status status = AddLimit(spec, spec.clause, true); !status.ok()) return status;
    }
  }
  endpoint_begin_.push_back(static_cast<uint32_t>(limits_.size()));
  return absl::OkStatus();
}

absl::Status RateGate::AddLimit(const abi::RateSpec& spec, abi::ClauseRef clause, bool endpoint_quota) {
  absl::StatusOr<limit::LimiterId> limiter = table_.Add(limit::SpecOf(spec));
  if (!limiter.ok()) return limiter.status();
  limits_.push_back({.resource = spec.resource.value(),
                     .limiter = *limiter,
                     .clause = clause,
                     .tokens = spec.tokens,
                     .endpoint_quota = endpoint_quota});
  return absl::OkStatus();
}

template <typename Visit>
void RateGate::ForEachLimit(const RateCall& call, Visit visit) const {
  const size_t tenant = call.record->tenant.index();
  for (uint32_t i = tenant_begin_[tenant]; i < tenant_begin_[tenant + 1]; ++i) {
    if (limits_[i].resource == call.resource) visit(limits_[i]);
  }
  if (call.endpoint == abi::kNoId) return;
  for (uint32_t i = endpoint_begin_[call.endpoint]; i < endpoint_begin_[call.endpoint + 1]; ++i) visit(limits_[i]);
}

RateAnswer RateGate::Check(const RateCall& call, RateHold& hold, TimeNs now, TimeNs wall_now) {
  table_.SetWallOffset(wall_now - now);
  claims_.clear();
  RateAnswer answer;
  const Limit* slowest = nullptr;
  int64_t slowest_cost = 0;
  ForEachLimit(call, [&](const Limit& limit) {
    const int64_t cost = limit.tokens ? std::max<int64_t>(1, call.tokens) : 1;
    claims_.push_back({&limit, cost});
    TimeNs at = now;
    if (hold.ticket != limit::kNoTicket && hold.limiter == limit.limiter) {
      at = table_.DueOf(limit.limiter, hold.ticket, now);
    } else if (const limit::Admission admission = table_.Check(limit.limiter, now, cost); !admission.admitted) {
      at = admission.retry_at;
    }
    if (at <= now || at <= answer.retry_at_ns) return;
    answer.retry_at_ns = at;
    slowest = &limit;
    slowest_cost = cost;
  });
  if (slowest == nullptr) return answer;
  answer.granted = false;
  answer.reason = slowest->endpoint_quota ? abi::Reason::kEndpointQuota : abi::Reason::kRate;
  answer.clause = slowest->clause;
  if (hold.ticket == limit::kNoTicket || hold.limiter != slowest->limiter) {
    Forget(hold);
    const limit::Ticket ticket = table_.TakeTicket(slowest->limiter, now, slowest_cost);
    hold.ticket = ticket.id;
    hold.limiter = slowest->limiter;
    answer.retry_at_ns = ticket.due;
  }
  return answer;
}

void RateGate::Commit(RateHold& hold, TimeNs now) {
  hold.tokens = 0;
  for (const Claim& claim : claims_) {
    table_.Commit(claim.limit->limiter, now, claim.cost);
    if (claim.limit->tokens) hold.tokens = claim.cost;
  }
  hold.taken_at = now;
  Forget(hold);
}

void RateGate::Undo(const RateCall& call, const RateHold& hold) {
  ForEachLimit(call, [&](const Limit& limit) {
    table_.Settle(limit.limiter, hold.taken_at, limit.tokens ? hold.tokens : 1, 0);
  });
}

void RateGate::Settle(const RateCall& call, const RateHold& hold, int64_t tokens) {
  if (hold.tokens == 0 || tokens == 0) return;
  ForEachLimit(call, [&](const Limit& limit) {
    if (limit.tokens) table_.Settle(limit.limiter, hold.taken_at, hold.tokens, tokens);
  });
}

void RateGate::Count(const RateCall& call, int64_t calls, TimeNs now, TimeNs wall_now) {
  table_.SetWallOffset(wall_now - now);
  ForEachLimit(call, [&](const Limit& limit) {
    if (limit.tokens) return;
    for (int64_t i = 0; i < calls && table_.Check(limit.limiter, now, 1).admitted; ++i) {
      table_.Commit(limit.limiter, now, 1);
    }
  });
}

void RateGate::Forget(RateHold& hold) {
  if (hold.ticket == limit::kNoTicket) return;
  table_.DropTicket(hold.limiter, hold.ticket);
  hold.ticket = limit::kNoTicket;
}

void RateGate::LearnMonth(TimeNs wall_now) {
  month_ = calendar_.MonthOf(wall_now);
  month_from_ = wall_now;
  month_until_ = NextMonthAt(wall_now);
}

}  // namespace bylaw::engine
