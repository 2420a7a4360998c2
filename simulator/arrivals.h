// When which tenant sends which run: the loads of a scenario as one list in order of time.
#ifndef BYLAW_SIMULATOR_ARRIVALS_H_
#define BYLAW_SIMULATOR_ARRIVALS_H_

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "runtime/abi/ids.h"
#include "simulator/scenario.h"

namespace bylaw::simulator {

struct Arrival {
  TimeNs at = 0;
  uint32_t load = 0;
  TenantId tenant;
};

std::vector<Arrival> MakeArrivals(const Scenario& scenario);

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_ARRIVALS_H_
