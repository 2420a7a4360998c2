#include "simulator/signs.h"

#include <algorithm>
#include <limits>

#include "runtime/metrics/figures.h"

namespace bylaw::simulator {
namespace {

constexpr double kNoisyOfFairPart = 2;
constexpr uint32_t kNoisyOfMedian = 10;

double WeightOf(const abi::PolicyImage& image, const TenantResult& tenant) {
  return static_cast<double>(std::max<uint32_t>(1, image.tenant(tenant.tenant).weight));
}

PoolId PoolOf(const abi::PolicyImage& image, const TenantResult& tenant) {
  return image.shapes[image.tenant(tenant.tenant).shape.index()].pool;
}

size_t WindowCount(const Result& result) {
  size_t count = 0;
  for (const TenantResult& tenant : result.tenants) count = std::max(count, tenant.windows.size());
  return count;
}

// Missed what it was promised; without a promise, waits longer than it works.
bool IsSlow(const Scenario& scenario, const TenantResult& tenant) {
  const bool promised = !scenario.promises.empty() && scenario.promises[tenant.tenant.index()].share_ppm > 0;
  if (promised) return tenant.sla_broken;
  if (tenant.completed == 0) return tenant.submitted > 0;
  return static_cast<double>(tenant.wait.p95) * 1e-9 > tenant.slot_seconds / static_cast<double>(tenant.completed);
}

}  // namespace

std::vector<bool> NoisyTenants(const abi::PolicyImage& image, const Result& result) {
  std::vector<bool> noisy(result.tenants.size(), false);
  if (result.tenants.size() < 2) return noisy;
  std::vector<double> weights(image.pools.size(), 0);
  std::vector<uint32_t> demands;
  for (const TenantResult& tenant : result.tenants) {
    demands.push_back(tenant.demand_max);
    if (const PoolId pool = PoolOf(image, tenant); pool.valid()) weights[pool.index()] += WeightOf(image, tenant);
  }
  const auto middle = demands.begin() + static_cast<std::ptrdiff_t>((demands.size() - 1) / 2);
  std::nth_element(demands.begin(), middle, demands.end());
  for (size_t i = 0; i < result.tenants.size(); ++i) {
    const TenantResult& tenant = result.tenants[i];
    const PoolId pool = PoolOf(image, tenant);
    if (!pool.valid()) continue;
    const double fair = image.pools[pool.index()].slots * WeightOf(image, tenant) / weights[pool.index()];
    noisy[i] = tenant.demand_max >= kNoisyOfFairPart * std::max(1.0, fair) &&
               tenant.demand_max >= uint64_t{kNoisyOfMedian} * std::max<uint32_t>(1, *middle);
  }
  return noisy;
}

metrics::TenantSigns SignsOf(const abi::PolicyImage& image, const Scenario& scenario, const TenantResult& tenant) {
  using metrics::Bottleneck;
  const abi::TenantRecord& record = image.tenant(tenant.tenant);
  metrics::TenantSigns signs;
  if (!scenario.promises.empty() && scenario.promises[tenant.tenant.index()].share_ppm > 0) {
    signs.promised = tenant.submitted - tenant.excess;
    signs.late = tenant.sla_violations;
  }
  signs.slow = IsSlow(scenario, tenant);
  signs.has_cap = record.cap != abi::kUnlimited;
  signs.cap_utilisation = tenant.cap_utilisation;
  signs.attempts = tenant.attempts;
  signs.overruns = tenant.overruns;
  signs.has_month_budget = record.budget_month_micros != abi::kUnlimitedMicros && record.budget_month_micros > 0;
  if (signs.has_month_budget) {
    signs.budget_utilisation =
        static_cast<double>(tenant.spent_micros) / static_cast<double>(record.budget_month_micros);
  }
  const auto lost = [&](Bottleneck bottleneck) -> double& { return signs.lost_s[static_cast<size_t>(bottleneck)]; };
  lost(Bottleneck::kOwnCap) = tenant.queued_at_cap_seconds;
  lost(Bottleneck::kRateLimits) = tenant.waited_on_limits_seconds;
  lost(Bottleneck::kPool) = tenant.queued_for_slots_seconds;
  lost(Bottleneck::kReview) = tenant.in_review_seconds;
  lost(Bottleneck::kSuspended) = tenant.suspended_seconds;
  lost(Bottleneck::kRefused) = static_cast<double>(tenant.refused);
  return signs;
}

metrics::PlatformSigns SignsOf(const abi::PolicyImage& image, const Scenario& scenario, const Result& result) {
  metrics::PlatformSigns signs;
  for (const TenantResult& tenant : result.tenants) signs.tenants.push_back(SignsOf(image, scenario, tenant));
  for (const ReviewersResult& reviewers : result.reviewers) {
    signs.reviewers.push_back({.asked = reviewers.asked,
                               .waiting_max = reviewers.waiting_max,
                               .staff = image.reviewers[reviewers.reviewers.index()].staff});
  }
  signs.invariants_hold = result.broken_invariant.empty();
  return signs;
}

std::vector<Window> WindowsOf(const Result& result, const Group& group) {
  std::vector<Window> sums(WindowCount(result));
  for (const size_t position : group) {
    const std::vector<Window>& windows = result.tenants[position].windows;
    for (size_t i = 0; i < windows.size(); ++i) {
      sums[i].slot_ns += windows[i].slot_ns;
      sums[i].at_once_ns += windows[i].at_once_ns;
      sums[i].waiting_ns += windows[i].waiting_ns;
      sums[i].backlogged_ns += windows[i].backlogged_ns;
      sums[i].spent_micros += windows[i].spent_micros;
      sums[i].completed += windows[i].completed;
      sums[i].wait_ns += windows[i].wait_ns;
    }
  }
  return sums;
}

std::optional<metrics::LaggedCorrelation> Correlation(const std::vector<Window>& usage,
                                                      const std::vector<Window>& latency) {
  std::vector<double> used, waited;
  for (const Window& window : usage) used.push_back(static_cast<double>(window.slot_ns));
  for (const Window& window : latency) {
    waited.push_back(window.completed == 0 ? std::numeric_limits<double>::quiet_NaN()
                                           : static_cast<double>(window.wait_ns) / window.completed);
  }
  return metrics::LaggedRankCorrelation(used, waited, kLagWindowsMax);
}

std::vector<std::optional<double>> JainAmongWaiting(const abi::PolicyImage& image, const Result& result) {
  std::vector<std::vector<metrics::Service>> services(WindowCount(result));
  for (const TenantResult& tenant : result.tenants) {
    for (size_t i = 0; i < tenant.windows.size(); ++i) {
      if (2 * tenant.windows[i].backlogged_ns < result.window_ns) continue;
      services[i].push_back(
          {.amount = static_cast<double>(tenant.windows[i].slot_ns), .weight = WeightOf(image, tenant)});
    }
  }
  std::vector<std::optional<double>> jain;
  for (const std::vector<metrics::Service>& waiting : services) {
    jain.push_back(waiting.size() < 2 ? std::nullopt : std::optional(metrics::JainIndex(waiting)));
  }
  return jain;
}

}  // namespace bylaw::simulator
