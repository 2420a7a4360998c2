#include "simulator/arrivals.h"

#include <algorithm>

#include "base/prng.h"

namespace bylaw::simulator {
namespace {

// The k-th of `runs` by tenant i of n: the tenants' combs interleave, so that together they arrive at equal distances.
TimeNs EvenAt(const Load& load, uint64_t k, size_t i, size_t n) {
  const auto place = static_cast<__int128>(2 * (k * n + i) + 1) * load.within_ns;
  return load.from_ns + static_cast<TimeNs>(place / static_cast<__int128>(2 * load.runs * n));
}

}  // namespace

std::vector<Arrival> MakeArrivals(const Scenario& scenario) {
  std::vector<Arrival> arrivals;
  for (uint32_t l = 0; l < scenario.loads.size(); ++l) {
    const Load& load = scenario.loads[l];
    for (size_t i = 0; i < load.tenants.size(); ++i) {
      // A stream of its own for each tenant of each load: adding a load leaves the others as they were.
      Prng prng(scenario.seed ^ (uint64_t{l} << 40) ^ (uint64_t{load.tenants[i].value()} << 1) ^ 0xA551);
      for (uint64_t k = 0; k < load.runs; ++k) {
        const TimeNs at = scenario.arrivals == Arrivals::kEven
                              ? EvenAt(load, k, i, load.tenants.size())
                              : load.from_ns + static_cast<TimeNs>(prng.Below(static_cast<uint64_t>(load.within_ns)));
        arrivals.push_back({at, l, load.tenants[i]});
      }
    }
  }
  std::stable_sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  return arrivals;
}

}  // namespace bylaw::simulator
