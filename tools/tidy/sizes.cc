#include <fmt/format.h>

#include "tools/tidy/checks.h"
#include "tools/tidy/functions.h"

namespace bylaw::tidy {
namespace {

constexpr int kFunctionLines = 70;
constexpr int kFileLines = 400;

}  // namespace

Findings CheckSizes(const std::vector<SourceFile>& files) {
  Findings findings;
  for (const SourceFile& file : files) {
    if (!IsCpp(file.path)) continue;
    const int lines = static_cast<int>(file.lines.size());
    if (lines > kFileLines) {
      findings.push_back({"long-file", file.path, kFileLines + 1,
                          fmt::format("{} lines, at most {}: split the file by subject", lines, kFileLines)});
    }
    for (const Function& function : FindFunctions(file)) {
      const int length = function.last_line - function.first_line + 1;
      if (length <= kFunctionLines) continue;
      findings.push_back({"long-function", file.path, function.first_line,
                          fmt::format("{} has {} lines, at most {}: name its parts and make them functions",
                                      function.name, length, kFunctionLines)});
    }
  }
  return findings;
}

}  // namespace bylaw::tidy
