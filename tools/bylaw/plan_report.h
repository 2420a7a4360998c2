// What `bylaw plan` prints of two policies compared.
#ifndef BYLAW_TOOLS_BYLAW_PLAN_REPORT_H_
#define BYLAW_TOOLS_BYLAW_PLAN_REPORT_H_

#include <string>

#include "compiler/driver/compare.h"
#include "tools/bylaw/options.h"

namespace bylaw::cli {

struct PlanHeading {
  std::string before, after;  // as the user named them
  Date as_of;
  size_t errors = 0;  // of `bylaw verify` on the new policy
};

std::string RenderPlan(const Options& options, const PlanHeading& heading, const driver::Comparison& comparison);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_PLAN_REPORT_H_
