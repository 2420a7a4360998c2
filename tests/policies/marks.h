// Test support: what a policy file says it must be told, by `# error: [kind]` or `# warning: [kind]` at the end of a
// line.
#ifndef BYLAW_TESTS_POLICIES_MARKS_H_
#define BYLAW_TESTS_POLICIES_MARKS_H_

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "compiler/driver/compile.h"

namespace bylaw {

// "tiers.bylaw:12 error residency-violation", one for each mark in `text`.
inline void AddMarks(const std::string& path, std::string_view text, std::set<std::string>* marks) {
  size_t line = 1;
  for (size_t at = 0; at < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view row = text.substr(at, end - at);
    for (const std::string_view severity : {"error", "warning"}) {
      const std::string mark = "# " + std::string(severity) + ": [";
      const size_t found = row.find(mark);
      if (found == std::string_view::npos) continue;
      const std::string_view kind = row.substr(found + mark.size());
      const size_t close = std::min(kind.find(']'), kind.size());
      std::string place = path + ":" + std::to_string(line);
      constexpr std::string_view kElsewhere =
          "] at ";  // `# error: [import-row] at tenants.csv:3`, a file beside this one
      if (kind.substr(close).starts_with(kElsewhere)) {
        const std::string other =
            path.substr(0, path.rfind('/') + 1) + std::string(kind.substr(close + kElsewhere.size()));
        place = std::filesystem::path(other).lexically_normal().string();
      }
      marks->insert(place + " " + std::string(severity) + " " + std::string(kind.substr(0, close)));
    }
    at = end + 1;
  }
}

// The same for what the compiler did say about files under `prefix`.
inline std::set<std::string> Said(const driver::Compilation& compilation, std::string_view prefix, bool warnings) {
  std::set<std::string> said;
  for (const diag::Diagnostic& d : compilation.sink.diagnostics()) {
    const bool error = d.severity == diag::Severity::kError;
    if (!d.span.valid() || (!error && !warnings)) continue;
    const std::string& path = compilation.sources->path(d.span.file);
    if (!path.starts_with(prefix) && !error) continue;
    said.insert(path + ":" + std::to_string(compilation.sources->begin(d.span).line) +
                (error ? " error " : " warning ") + std::string(diag::KindName(d.kind)));
  }
  return said;
}

}  // namespace bylaw

#endif  // BYLAW_TESTS_POLICIES_MARKS_H_
