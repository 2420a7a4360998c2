// Model: what a step may do, and what follows from how it went.
#include <algorithm>

#include "fmt/format.h"
#include "tests/sim/model.h"

namespace bylaw::sim {

using abi::Reason;
using abi::Verdict;
using engine::Then;

// Legal then and now, and not revoked.
bool Model::Permitted(const ModelRun& run, uint32_t endpoint) const {
  if (!policies_[run.epoch]->Legal(run.tenant, endpoint, wall())) return false;
  if (revoked_[run.epoch][endpoint]) return false;
  if (run.epoch == epoch_) return true;
  if (!policy().endpoints[endpoint].present) return false;
  if (!tenants_[run.tenant].present) return true;
  return policy().Legal(run.tenant, endpoint, wall()) && !revoked_[epoch_][endpoint];
}

int64_t Model::BudgetNow(const ModelRun& run) const {
  return tenants_[run.tenant].present ? tenants_[run.tenant].terms.budget_run : run.terms.budget_run;
}

StepForecast Model::Forecast(ModelRun& run) {
  StepForecast forecast;
  const StepTerms& step = StepOf(run);
  forecast.floor_after = FloorBefore(run, run.position + 1);
  run.purse.limit = BudgetNow(run);
  bool illegal_up = false;
  if (sink_failed_) {
    forecast.verdict = Verdict::kDeny;
    forecast.reason = Reason::kFailClosed;
  } else if (step.by_people || (step.asks > 0 && !run.approved)) {
    forecast.verdict = Verdict::kReview;
    forecast.reason = Reason::kApproval;
  } else {
    for (uint32_t e = 0; e < kEndpoints && forecast.endpoint == abi::kNoId; ++e) {
      if (kServes[e] != step.resource || !policies_[run.epoch]->endpoints[e].present) continue;
      if (Permitted(run, e) && !down_[e]) forecast.endpoint = e;
      illegal_up |= !Permitted(run, e) && !down_[e];
    }
    if (forecast.endpoint == abi::kNoId) {
      forecast.verdict = Verdict::kSuspend;
      forecast.reason = illegal_up ? Reason::kResidency : Reason::kAvailability;
    } else {
      forecast.hi = policies_[run.epoch]->endpoints[forecast.endpoint].cost;
      ForecastBudget(run, forecast);
    }
  }
  if (forecast.verdict != Verdict::kProceed && sink_broken_) {
    forecast.verdict = Verdict::kDeny;
    forecast.reason = Reason::kFailClosed;
  }
  return forecast;
}

void Model::ForecastBudget(ModelRun& run, StepForecast& forecast) {
  const bool own_lacks = forecast.hi > 0 && run.purse.remaining() - forecast.hi < forecast.floor_after;
  if (!own_lacks) {
    ForecastLimits(run, forecast);
    if (forecast.perhaps) {
      Money unasked = money_;
      if (unasked.MayReserve(run.purse, forecast.hi, forecast.floor_after, Month())) return;
      forecast.also = StepOf(run).optional ? Verdict::kSkip : Verdict::kSuspend;
      return;
    }
    if (forecast.verdict != Verdict::kProceed) return;
    if (money_.MayReserve(run.purse, forecast.hi, forecast.floor_after, Month())) return;
  }
  forecast.verdict = StepOf(run).optional ? Verdict::kSkip : Verdict::kSuspend;
  forecast.reason = Reason::kBudget;
}

Model::Room Model::RoomFor(const ModelRun& run, uint32_t kind, int64_t cost) const {
  const Limit& limit = tenants_[run.tenant].limits[kind];
  int64_t wanted = cost, dearest = cost;
  for (const auto& other : live_) {
    if (other->tenant != run.tenant || !InLine(*other, kind) || other.get() == &run) continue;
    if (InLine(run, kind) && other->line_ticket > run.line_ticket) continue;  // behind it
    const int64_t its = kLimitTerms[kind].tokens ? StepOf(*other).tokens : 1;
    wanted += its;
    dearest = std::max(dearest, its);
  }
  if (kLimitTerms[kind].tokens && dearest > limit.amount()) return Room::kNever;
  if (limit.Fits(now(), wall(), wanted, /*surely=*/true)) return Room::kFits;
  return limit.Fits(now(), wall(), wanted, /*surely=*/false) ? Room::kPerhaps : Room::kFull;
}

void Model::ForecastLimits(ModelRun& run, StepForecast& forecast) {
  const StepTerms& step = StepOf(run);
  bool full = false;
  for (uint32_t kind = 0; kind < kLimitKinds; ++kind) {
    if (kLimitTerms[kind].resource != step.resource || tenants_[run.tenant].limits[kind].amount() == 0) continue;
    const Room room = RoomFor(run, kind, kLimitTerms[kind].tokens ? step.tokens : 1);
    full |= room == Room::kFull || room == Room::kNever;
    if (room == Room::kFits || forecast.verdict == Verdict::kSuspend) continue;
    forecast.verdict = room == Room::kNever ? Verdict::kSuspend : Verdict::kWait;
    forecast.reason = Reason::kRate;
  }
  forecast.perhaps = forecast.verdict == Verdict::kWait && !full;
  forecast.sure = !HasQuota(forecast.endpoint);
  if (forecast.sure) return;
  windows_[forecast.endpoint].asked[run.tenant] = true;
  const Tenant& tenant = tenants_[run.tenant];
  windows_[forecast.endpoint].asked_weights[run.tenant] = (tenant.present ? tenant.terms : run.terms).weight;
}

void Model::Decided(ModelRun& run, const StepForecast& forecast, const engine::StepDecision& decision, size_t records) {
  const auto verdict = static_cast<Verdict>(decision.verdict);
  const auto reason = static_cast<Reason>(decision.reason);
  run.heard_at = now();
  const bool by_quota = verdict == Verdict::kWait && reason == Reason::kEndpointQuota && !forecast.sure;
  const bool perhaps =
      forecast.perhaps && verdict == forecast.also && (verdict == Verdict::kProceed || reason == Reason::kBudget);
  // A record of something else was due as well (a legal basis that has ended), and could not be written.
  const bool failed_closed = sink_failed_ && verdict == Verdict::kDeny && reason == Reason::kFailClosed;
  if (!(verdict == forecast.verdict && (verdict == Verdict::kProceed || reason == forecast.reason)) && !by_quota &&
      !perhaps && !failed_closed) {
    return Wrong(fmt::format("run {} step {}: {} because {}, but the policy says {} because {}", run.label,
                             run.position, abi::VerdictName(verdict), abi::ReasonName(reason),
                             abi::VerdictName(forecast.verdict), abi::ReasonName(forecast.reason)));
  }
  if (verdict != Verdict::kProceed && records == 0 && !sink_broken_) Wrong("a decision without its audit record");
  if (policies_.size() <= decision.epoch) return Wrong("a decision of a policy that never was");
  if (verdict != Verdict::kWait) run.line = kNoLine;
  switch (verdict) {
    case Verdict::kProceed:
      return CheckProceed(run, forecast, decision);
    case Verdict::kWait:
      return CheckWait(run, forecast, decision);
    case Verdict::kSkip:
      return Advance(run);
    case Verdict::kReview:
      MoveTo(run, RunState::kReview);
      run.wakes_at = now() + kDayNs;
      run.approvals = 0;
      run.reviewers.clear();
      return;
    case Verdict::kSuspend:
    case Verdict::kDeny:
      return Suspended(run);
  }
}

void Model::CheckProceed(ModelRun& run, const StepForecast& forecast, const engine::StepDecision& decision) {
  if (decision.epoch != run.epoch) return Wrong("a call under a policy that is not the run's");
  if (decision.endpoint != forecast.endpoint || decision.resource != StepOf(run).resource) {
    return Wrong("another endpoint than the policy says");
  }
  if (decision.reserved_micros != forecast.hi || decision.floor_micros != forecast.floor_after) {
    return Wrong("other amounts than the policy says: a mixed policy");
  }
  const StepTerms& step = StepOf(run);
  // (1 + retries) · (1 + replans of the workflow).
  const uint32_t attempts_max = (1 + step.retries_max) * (run.workflow == 0 ? 3 : 1);
  if (++run.attempts[run.position] > attempts_max) Wrong("attempts without a bound");
  money_.Reserve(run.purse, forecast.hi, forecast.floor_after, Month());
  run.NotePeak();
  // A free step is never blocked, even if the budget is overdrawn.
  if (forecast.hi > 0 && run.purse.limit != abi::kUnlimitedMicros && run.purse.remaining() < run.purse.floor) {
    Wrong("a choice that strands the run");
  }
  run.endpoint = forecast.endpoint;
  run.suspended_since = kForeverNs;
  TakeLimits(run);
  MoveTo(run, RunState::kCalling);
}

void Model::TakeLimits(ModelRun& run) {
  const StepTerms& step = StepOf(run);
  for (uint32_t kind = 0; kind < kLimitKinds; ++kind) {
    run.taken[kind] = {};
    if (kLimitTerms[kind].resource != step.resource || tenants_[run.tenant].limits[kind].amount() == 0) continue;
    run.taken[kind] = tenants_[run.tenant].limits[kind].Take(now(), wall(), kLimitTerms[kind].tokens ? step.tokens : 1);
  }
  run.quota_taken_at = -1;
  if (!HasQuota(run.endpoint)) return;
  Window& window = windows_[run.endpoint];
  if (now() >= window.end) {
    const bool follows = window.end != kBeginningOfTimeNs && now() - window.end < 10 * kMinuteNs;
    Window next{.begin = now(), .end = now() + 10 * kMinuteNs};
    next.opener = run.tenant;
    next.epoch = epoch_;
    next.steady = window.epoch == epoch_;
    if (follows) next.active = window.asked;
    for (const auto& other : live_) next.active[other->tenant] |= other->line == kQuotaLine;
    next.weights = next.asked_weights = window.asked_weights;
    next.asked[run.tenant] = next.active[run.tenant] = true;
    window = next;
  }
  ++window.by[run.tenant];
  if (++window.used > policy().endpoints[run.endpoint].quota) Wrong("more calls than the endpoint's quota");
  run.quota_taken_at = now();
}

// N·φ/Σφ, over those who are active when the window begins and one that comes new, less what of it may have expired
// unused, a sixteenth at a time.
int64_t Model::KeptShare(const Window& window, uint32_t tenant, int64_t quota) const {
  int64_t weights = 0, largest = 0;
  for (uint32_t t = 0; t < kTenants; ++t) {
    if (!window.active[t]) continue;
    weights += window.weights[t];
    largest = std::max<int64_t>(largest, window.weights[t]);
  }
  weights += largest;
  int64_t share = quota * window.weights[tenant] / weights;
  // A first call dearer than its tenant's part leaves the others their parts of the rest.
  const int64_t first = window.weights[window.opener];
  if (quota * first / weights < 1) share = (quota - 1) * window.weights[tenant] / (weights - first);
  if (quota * first / weights < 1 && tenant == window.opener) share = 1;
  const int64_t slices = (now() - window.begin) * 16 / (10 * kMinuteNs);
  return share - share * slices / 16;
}

// Its own share cannot be taken by others.
void Model::CheckQuota(const ModelRun& run) {
  for (uint32_t e = 0; e < kEndpoints; ++e) {
    if (kServes[e] != StepOf(run).resource || !HasQuota(e)) continue;
    int64_t ahead = 0;
    for (const auto& other : live_) ahead += other->tenant == run.tenant && other->line == kQuotaLine;
    const Window& window = windows_[e];
    if (now() >= window.end) {
      if (ahead == 0) Wrong("a wait for a quota of which nothing is used");
      continue;
    }
    const int64_t kept = KeptShare(window, run.tenant, policy().endpoints[e].quota);
    const bool steady = window.steady && window.epoch == epoch_;
    if (steady && window.active[run.tenant] && window.by[run.tenant] + ahead + 1 <= kept) {
      Wrong("others have taken a tenant's share of an endpoint's quota");
    }
  }
}

void Model::CheckWait(ModelRun& run, const StepForecast& forecast, const engine::StepDecision& decision) {
  int line = kQuotaLine;
  if (static_cast<Reason>(decision.reason) == Reason::kEndpointQuota) {
    CheckQuota(run);
  } else {
    uint32_t rate = (decision.clause & ~abi::kTenantTerm) - abi::kFirstRate;
    for (line = 0; line < static_cast<int>(kLimitKinds); ++line) {
      if (tenants_[run.tenant].limits[static_cast<size_t>(line)].amount() > 0 && rate-- == 0) break;
    }
    const int64_t cost = kLimitTerms[static_cast<size_t>(line)].tokens ? StepOf(run).tokens : 1;
    if (line == static_cast<int>(kLimitKinds) ||
        kLimitTerms[static_cast<size_t>(line)].resource != StepOf(run).resource) {
      return Wrong("a wait for a limit that is not there");
    }
    if (RoomFor(run, static_cast<uint32_t>(line), cost) == Room::kFits) Wrong("a wait although the limit has room");
  }
  const bool quota = line == kQuotaLine;
  const uint64_t life = quota ? 0 : tenants_[run.tenant].limits[static_cast<size_t>(line)].life();
  if (run.line != line || run.line_life != life) run.line_ticket = ++tickets_;
  run.line = line;
  run.line_life = life;
  if (decision.retry_at_ns <= now()) Wrong("a wait until the past");
  run.endpoint = forecast.endpoint;
  run.wakes_at = decision.retry_at_ns;
  MoveTo(run, RunState::kWaiting);
}

void Model::Advance(ModelRun& run) {
  ++run.position;
  run.attempt = 1;
  run.approved = false;
}

Then Model::AfterThis(const ModelRun& run) const {
  return run.position == StepsOf(run.workflow).size() ? Then::kFinish : Then::kStep;
}

Then Model::StepEnded(ModelRun& run, engine::Outcome outcome, int64_t cost, int64_t tokens) {
  MoveTo(run, RunState::kRunning);
  run.heard_at = now();
  auto& limits = tenants_[run.tenant].limits;
  if (outcome == engine::Outcome::kNotSent) {
    money_.Release(run.purse);
    for (uint32_t kind = 0; kind < kLimitKinds; ++kind) limits[kind].Correct(run.taken[kind], 0);
    if (run.quota_taken_at >= 0 && run.quota_taken_at >= windows_[run.endpoint].begin) {
      --windows_[run.endpoint].used;
      --windows_[run.endpoint].by[run.tenant];
    }
    return AfterFailure(run);
  }
  money_.Settle(run.purse, cost);
  run.NotePeak();
  if (tokens > 0) {
    const Limit::Taken& taken = run.taken[kModelTokens];
    limits[kModelTokens].Correct(taken, tokens);
    if (kept_ && taken.counted && tokens > taken.cost) untold_.push_back({run.tenant, taken, tokens});
  }
  if (outcome == engine::Outcome::kFailed) return AfterFailure(run);
  Advance(run);
  return AfterThis(run);
}

Then Model::AfterFailure(ModelRun& run) {
  const StepTerms& step = StepOf(run);
  if (run.attempt <= step.retries_max) {
    ++run.attempt;
  } else if (step.replan_to >= 0 && run.replans < step.replans_max) {
    ++run.replans;
    run.position = static_cast<size_t>(step.replan_to);
    run.attempt = 1;
    run.approved = false;
  } else if (step.optional) {
    Advance(run);
    return AfterThis(run);
  } else {
    return Then::kFailed;
  }
  money_.SetFloor(run.purse, FloorBefore(run, run.position), Month());
  return AfterThis(run);
}

void Model::Answered(ModelRun& run, bool approved, uint32_t who, bool accepted) {
  const bool before = std::find(run.reviewers.begin(), run.reviewers.end(), who) != run.reviewers.end();
  if (accepted == (before || sink_broken_)) return Wrong("a reviewer's answer counts, or does not, against the rule");
  if (!accepted) return;
  if (!approved) return End(run);
  run.reviewers.push_back(who);
  const uint32_t asks = StepOf(run).asks;
  if (++run.approvals < asks) return;
  if (asks > 0) {
    run.approved = true;
  } else {
    money_.SetFloor(run.purse, FloorBefore(run, run.position + 1), Month());
    Advance(run);
  }
  Requeue(run, /*held=*/false);
}

}  // namespace bylaw::sim
