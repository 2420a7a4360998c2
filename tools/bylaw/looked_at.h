// Which tenants of a scenario are told one by one, and which together.
#ifndef BYLAW_TOOLS_BYLAW_LOOKED_AT_H_
#define BYLAW_TOOLS_BYLAW_LOOKED_AT_H_

#include <string>
#include <vector>

#include "runtime/abi/policy_image.h"
#include "simulator/signs.h"
#include "tools/bylaw/simulate_report.h"

namespace bylaw::cli {

// By position in Result::tenants: who is noisy under some strategy.
std::vector<bool> NoisyTenants(const abi::PolicyImage& image, const ScenarioReport& report);

struct LookedAt {
  std::string who;         // the tenant, or "the other 192"
  simulator::Group group;  // positions in Result::tenants, which are the same under every strategy
  bool one = true;         // a single tenant by its name
  bool named = false;      // it has a load of its own in the scenario
};

// All of them if they are few. Else those that the scenario names, those that are noisy, and those
// that wait longest (p95, under whichever strategy is worst for them); the others together in the last place.
std::vector<LookedAt> WhomToLookAt(const abi::PolicyImage& image, const ScenarioReport& report);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_LOOKED_AT_H_
