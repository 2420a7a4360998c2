#include <fmt/format.h>

#include <string>

#include "tools/tidy/checks.h"
#include "tools/tidy/functions.h"

namespace bylaw::tidy {
namespace {

constexpr int kFunctionLines = 70;
constexpr int kFileLines = 400;

// A line inside a raw string: text, not code.
bool IsInsideLiteral(const SourceFile& file, int line) {
  const std::string& raw = file.lines[line - 1];
  const size_t first = raw.find_first_not_of(' ');
  return first != std::string::npos && raw[first] != '/' &&
         file.code[line - 1].find_first_not_of(' ') == std::string::npos;
}

int CountLines(const SourceFile& file, const Function& function) {
  int count = 0;
  for (int line = function.first_line; line <= function.last_line; ++line) count += !IsInsideLiteral(file, line);
  return count;
}

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
      const int length = CountLines(file, function);
      if (length <= kFunctionLines) continue;
      findings.push_back({"long-function", file.path, function.first_line,
                          fmt::format("{} has {} lines, at most {}: name its parts and make them functions",
                                      function.name, length, kFunctionLines)});
    }
  }
  return findings;
}

}  // namespace bylaw::tidy
