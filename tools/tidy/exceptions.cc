#include "tools/tidy/exceptions.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <string>

namespace bylaw::tidy {

Findings ApplyExceptions(const SourceFile& exceptions, const Findings& findings) {
  std::vector<bool> excused(findings.size());
  Findings out;
  for (size_t i = 0; i < exceptions.lines.size(); ++i) {
    const std::string& line = exceptions.lines[i];
    if (line.empty() || line.starts_with('#')) continue;
    const int line_number = static_cast<int>(i) + 1;
    std::string check;
    std::string path;
    if (!RE2::FullMatch(line, R"((\S+)\s+(\S+)\s+\S.*)", &check, &path)) {
      out.push_back(
          {"stale-exception", exceptions.path, line_number, "an exception reads `check path reason`: say why"});
      continue;
    }
    bool matched = false;
    for (size_t f = 0; f < findings.size(); ++f) {
      if (findings[f].check != check || findings[f].path != path) continue;
      excused[f] = true;
      matched = true;
    }
    if (!matched) {
      out.push_back({"stale-exception", exceptions.path, line_number,
                     fmt::format("{} finds nothing in {} any more: delete this line", check, path)});
    }
  }
  for (size_t f = 0; f < findings.size(); ++f) {
    if (!excused[f]) out.push_back(findings[f]);
  }
  return out;
}

}  // namespace bylaw::tidy
