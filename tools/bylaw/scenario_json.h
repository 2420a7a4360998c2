// `strategies` of docs/json.md: everything a simulation found, for programs and for the report page.
#ifndef BYLAW_TOOLS_BYLAW_SCENARIO_JSON_H_
#define BYLAW_TOOLS_BYLAW_SCENARIO_JSON_H_

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "runtime/abi/policy_image.h"
#include "tools/bylaw/simulate_report.h"

namespace bylaw::cli {

// `simulate` of docs/json.md for one scenario: its name, its hours, and its strategies.
nlohmann::json ScenarioJson(const abi::PolicyImage& image, const ScenarioReport& report);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_SCENARIO_JSON_H_
