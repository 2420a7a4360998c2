// What `bylaw simulate` prints of one scenario: all strategies side by side, the tenants to look at, what happened
// when.
#ifndef BYLAW_TOOLS_BYLAW_SIMULATE_REPORT_H_
#define BYLAW_TOOLS_BYLAW_SIMULATE_REPORT_H_

#include <string>
#include <vector>

#include "runtime/abi/policy_image.h"
#include "simulator/result.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/options.h"
#include "tools/bylaw/scenarios.h"

namespace bylaw::cli {

// The results of one scenario, a strategy each.
struct ScenarioReport {
  PreparedScenario prepared;
  std::vector<simulator::Result> results;
};

std::string_view StrategyName(sched::Strategy strategy);  // "fifo", "round-robin", "weighted", "policy"

// Runs one scenario of the policy under the strategies of `flags`.
absl::StatusOr<ScenarioReport> SimulateScenario(const sema::Program& program,
                                                const std::shared_ptr<const abi::PolicyImage>& image,
                                                const sema::Scenario& scenario, const SimulateFlags& flags);

// "institution-x: 20 run, 1 wait".
std::string EventText(const abi::PolicyImage& image, const simulator::TimelineEvent& event);

std::string RenderScenario(const Options& options, const abi::PolicyImage& image, const ScenarioReport& report);
}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_SIMULATE_REPORT_H_
