#include "tools/bylaw/looked_at.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace bylaw::cli {
namespace {

constexpr size_t kFew = 12, kPicked = 8;

}  // namespace

std::vector<bool> NoisyTenants(const abi::PolicyImage& image, const ScenarioReport& report) {
  std::vector<bool> noisy(report.results[0].tenants.size());
  for (const simulator::Result& result : report.results) {
    const std::vector<bool> here = simulator::NoisyTenants(image, result);
    for (size_t i = 0; i < noisy.size(); ++i) noisy[i] = noisy[i] || here[i];
  }
  return noisy;
}

std::vector<LookedAt> WhomToLookAt(const abi::PolicyImage& image, const ScenarioReport& report) {
  const std::vector<simulator::TenantResult>& tenants = report.results[0].tenants;
  const std::vector<bool> noisy = NoisyTenants(image, report);
  std::vector<bool> named(tenants.size());
  std::vector<DurationNs> worst(tenants.size());
  for (const simulator::Result& result : report.results) {
    for (size_t i = 0; i < tenants.size(); ++i) worst[i] = std::max(worst[i], result.tenants[i].wait.p95);
  }
  for (size_t i = 0; i < tenants.size(); ++i) {
    const auto& all = report.prepared.named;
    named[i] = std::find(all.begin(), all.end(), tenants[i].tenant) != all.end();
  }
  std::vector<size_t> order(tenants.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tuple(named[a], noisy[a], worst[a]) > std::tuple(named[b], noisy[b], worst[b]);
  });
  const size_t one_by_one = order.size() <= kFew ? order.size() : kPicked;
  std::vector<LookedAt> rows;
  for (size_t i = 0; i < one_by_one; ++i) {
    rows.push_back({image.tenant_names[tenants[order[i]].tenant.index()], {order[i]}, true, named[order[i]]});
  }
  if (one_by_one < order.size()) {
    rows.push_back({fmt::format("the other {}", order.size() - one_by_one),
                    simulator::Group(order.begin() + static_cast<std::ptrdiff_t>(one_by_one), order.end()), false,
                    false});
  }
  return rows;
}

}  // namespace bylaw::cli
