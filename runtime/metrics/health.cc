#include "runtime/metrics/health.h"

#include <algorithm>

#include "base/check.h"

namespace bylaw::metrics {
namespace {

constexpr double kSlaHealthy = 0.95, kSlaBroken = 0.80;
constexpr double kCapBusy = 0.80, kMostTenants = 0.5;
constexpr double kOverrunsMax = 0.01;
constexpr double kQueueOutOfProportion = 2;
// Fewer slow tenants for one reason are a coincidence.
constexpr size_t kSeveral = 2;

double Share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Judgement JudgeSla(const PlatformSigns& signs) {
  uint64_t promised = 0, late = 0;
  for (const TenantSigns& tenant : signs.tenants) {
    promised += tenant.promised;
    late += tenant.late;
  }
  Judgement judged{.signal = Signal::kSla, .value = 1 - Share(late, promised), .applies = promised > 0};
  if (judged.value < kSlaHealthy) judged.state = judged.value < kSlaBroken ? State::kBroken : State::kDegrading;
  return judged;
}

Judgement JudgeSlow(const Health& health) {
  Judgement judged{.signal = Signal::kSlowTenants, .value = static_cast<double>(health.slow)};
  if (health.slow > 0) judged.state = health.shared == Bottleneck::kNone ? State::kDegrading : State::kBroken;
  return judged;
}

Judgement JudgeCaps(const PlatformSigns& signs) {
  uint64_t capped = 0, calm = 0;
  for (const TenantSigns& tenant : signs.tenants) {
    if (!tenant.has_cap) continue;
    ++capped;
    calm += tenant.cap_utilisation < kCapBusy;
  }
  Judgement judged{.signal = Signal::kCapUtilisation, .value = Share(calm, capped), .applies = capped > 0};
  if (judged.applies && judged.value <= kMostTenants) judged.state = State::kDegrading;
  return judged;
}

Judgement JudgeOverruns(const PlatformSigns& signs) {
  uint64_t attempts = 0, overruns = 0;
  for (const TenantSigns& tenant : signs.tenants) {
    attempts += tenant.attempts;
    overruns += tenant.overruns;
  }
  Judgement judged{.signal = Signal::kOverruns, .value = Share(overruns, attempts), .applies = attempts > 0};
  if (judged.value >= kOverrunsMax) judged.state = State::kDegrading;
  return judged;
}

Judgement JudgeReviewers(const PlatformSigns& signs) {
  double most = 0, sum = 0;
  size_t used = 0;
  for (const ReviewerSigns& reviewers : signs.reviewers) {
    if (reviewers.asked == 0) continue;
    const double a_person = Share(reviewers.waiting_max, std::max<uint32_t>(reviewers.staff, 1));
    most = std::max(most, a_person);
    sum += a_person;
    ++used;
  }
  Judgement judged{.signal = Signal::kReviewers, .value = used == 0 ? 0.0 : 1.0, .applies = used > 0};
  if (sum > 0) judged.value = most * static_cast<double>(used) / sum;
  if (judged.value > kQueueOutOfProportion) judged.state = State::kDegrading;
  return judged;
}

void FindShared(const PlatformSigns& signs, Health& health) {
  std::array<size_t, kBottlenecks> slow_by{};
  for (const TenantSigns& tenant : signs.tenants) {
    if (!tenant.slow) continue;
    ++health.slow;
    ++slow_by[static_cast<size_t>(tenant.bottleneck())];
  }
  for (size_t i = 0; i < kBottlenecks; ++i) {
    const auto bottleneck = static_cast<Bottleneck>(i);
    if (!IsShared(bottleneck) || slow_by[i] < std::max(kSeveral, health.shared_by + 1)) continue;
    health.shared = bottleneck;
    health.shared_by = slow_by[i];
  }
}

double BudgetVariance(const PlatformSigns& signs) {
  double sum = 0, squares = 0;
  size_t count = 0;
  for (const TenantSigns& tenant : signs.tenants) {
    if (!tenant.has_month_budget) continue;
    sum += tenant.budget_utilisation;
    squares += tenant.budget_utilisation * tenant.budget_utilisation;
    ++count;
  }
  if (count == 0) return 0;
  const double mean = sum / static_cast<double>(count);
  return std::max(0.0, squares / static_cast<double>(count) - mean * mean);
}

}  // namespace

std::string_view BottleneckName(Bottleneck bottleneck) {
  constexpr std::string_view kNames[kBottlenecks] = {"none",   "own-cap",   "rate-limits", "pool",
                                                     "review", "suspended", "refused"};
  return kNames[static_cast<size_t>(bottleneck)];
}

bool IsShared(Bottleneck bottleneck) { return bottleneck != Bottleneck::kNone && bottleneck != Bottleneck::kOwnCap; }

Bottleneck TenantSigns::bottleneck() const {
  const auto most = std::max_element(lost_s.begin(), lost_s.end());
  return *most <= 0 ? Bottleneck::kNone : static_cast<Bottleneck>(most - lost_s.begin());
}

std::string_view StateName(State state) {
  switch (state) {
    case State::kHealthy:
      return "healthy";
    case State::kDegrading:
      return "degrading";
    case State::kBroken:
      return "broken";
  }
  BYLAW_UNREACHABLE("state");
}

std::string_view SignalName(Signal signal) {
  switch (signal) {
    case Signal::kSla:
      return "sla";
    case Signal::kSlowTenants:
      return "slow-tenants";
    case Signal::kCapUtilisation:
      return "cap-utilisation";
    case Signal::kOverruns:
      return "overruns";
    case Signal::kReviewers:
      return "reviewers";
    case Signal::kCrossTenantReads:
      return "cross-tenant-reads";
    case Signal::kInvariants:
      return "invariants";
  }
  BYLAW_UNREACHABLE("signal");
}

Health Judge(const PlatformSigns& signs) {
  Health health;
  FindShared(signs, health);
  health.budget_utilisation_variance = BudgetVariance(signs);
  health.signals = {JudgeSla(signs), JudgeSlow(health), JudgeCaps(signs), JudgeOverruns(signs), JudgeReviewers(signs)};
  health.signals.push_back({.signal = Signal::kCrossTenantReads,
                            .value = static_cast<double>(signs.cross_tenant_reads),
                            .state = signs.cross_tenant_reads == 0 ? State::kHealthy : State::kBroken});
  health.signals.push_back({.signal = Signal::kInvariants,
                            .value = signs.invariants_hold ? 1.0 : 0.0,
                            .state = signs.invariants_hold ? State::kHealthy : State::kBroken});
  for (const Judgement& judged : health.signals) health.state = std::max(health.state, judged.state);
  return health;
}

}  // namespace bylaw::metrics
