#include <algorithm>

#include "simulator/result.h"

namespace bylaw::simulator {

Percentiles PercentilesOf(std::vector<DurationNs> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](size_t percent) { return values[(values.size() * percent + 99) / 100 - 1]; };
  return {.p50 = at(50), .p95 = at(95), .p99 = at(99), .max = values.back()};
}

DurationNs TakesAtLeast(uint64_t runs, uint32_t slots, DurationNs each_ns) {
  if (slots == 0) return runs == 0 ? 0 : kForeverNs;
  const __int128 takes = static_cast<__int128>((runs + slots - 1) / slots) * each_ns;
  return static_cast<DurationNs>(std::min<__int128>(takes, kForeverNs));
}

const TenantResult* Result::Find(TenantId tenant) const {
  const auto found =
      std::find_if(tenants.begin(), tenants.end(), [=](const TenantResult& t) { return t.tenant == tenant; });
  return found == tenants.end() ? nullptr : &*found;
}

Percentiles Result::WaitOfOthers(std::span<const TenantId> excluded) const {
  std::vector<DurationNs> waits;
  for (const TenantResult& result : tenants) {
    if (std::find(excluded.begin(), excluded.end(), result.tenant) != excluded.end()) continue;
    waits.insert(waits.end(), result.waits.begin(), result.waits.end());
  }
  return PercentilesOf(std::move(waits));
}

}  // namespace bylaw::simulator
