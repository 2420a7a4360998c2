// `bylaw plan --format json`, as docs/json.md says.
#ifndef BYLAW_TOOLS_BYLAW_PLAN_JSON_H_
#define BYLAW_TOOLS_BYLAW_PLAN_JSON_H_

#include <string>

#include "compiler/driver/compare.h"
#include "tools/bylaw/plan_report.h"

namespace bylaw::cli {

std::string PlanJson(const PlanHeading& heading, const driver::Comparison& comparison);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_PLAN_JSON_H_
