// The report page of a simulation: one HTML file with its figures, its style and the script that draws them inside, so
// that it can be mailed and opened without a network (report_page/*.{html,css,js}).
#ifndef BYLAW_TOOLS_BYLAW_REPORT_PAGE_H_
#define BYLAW_TOOLS_BYLAW_REPORT_PAGE_H_

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "tools/bylaw/commands.h"

namespace bylaw::cli {

// `result` is what `simulate --format json` prints for these flags. Equal results give equal pages.
std::string ReportPage(const nlohmann::json& result, const SimulateFlags& flags);

// Writes the page to flags.report, if that is wanted. False, with the reason on stderr, if it cannot be written.
bool WriteReport(const nlohmann::json& result, const SimulateFlags& flags);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_REPORT_PAGE_H_
