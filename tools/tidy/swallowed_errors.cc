#include <re2/re2.h>

#include <memory>
#include <string>
#include <vector>

#include "tools/tidy/checks.h"

namespace bylaw::tidy {
namespace {

constexpr char kDropped[] = "the result of a call is dropped: return it, or check it with BYLAW_CHECK";

struct Pattern {
  std::unique_ptr<RE2> expression;
  const char* message;
};

// Each looks at blanked text of up to three lines, so that a body on the next line counts as well.
std::vector<Pattern> MakePatterns() {
  std::vector<Pattern> patterns;
  const auto add = [&](const char* expression, const char* message) {
    patterns.push_back({std::make_unique<RE2>(expression), message});
  };
  add(R"(^[^\n]*\bcatch\s*\([^)]*\)\s*\{\s*\})", "an empty catch: turn the exception into a Status or a diagnostic");
  add(R"(^[^\n]*\(void\)\s*[\w:.>\[\]-]+\s*\()", kDropped);
  add(R"(^[^\n]*static_cast<void>\(\s*[\w:.>\[\]-]+\s*\()", kDropped);
  add(R"(^[^\n]*\bstd::ignore\s*=)", kDropped);
  add(R"(^[^\n]*\.IgnoreError\(\))", "an ignored Status: return it, or check it with BYLAW_CHECK");
  return patterns;
}

}  // namespace

Findings CheckSwallowedErrors(const std::vector<SourceFile>& files) {
  const std::vector<Pattern> patterns = MakePatterns();
  Findings findings;
  for (const SourceFile& file : files) {
    for (size_t i = 0; i < file.code.size(); ++i) {
      std::string window;
      for (size_t j = i; j < file.code.size() && j < i + 3; ++j) window += file.code[j] + "\n";
      for (const Pattern& pattern : patterns) {
        if (!RE2::PartialMatch(window, *pattern.expression)) continue;
        findings.push_back({"swallowed-error", file.path, static_cast<int>(i) + 1, pattern.message});
      }
    }
  }
  return findings;
}

}  // namespace bylaw::tidy
