// What `check`, `verify` and `test` have to tell, in every form that CI and reviewers read.
//
// A Report is filled by its command and only reads the compilation it points to. The forms: text for people, JSON
// (docs/json.md), SARIF 2.1.0 for code scanning, JUnit XML for test reporters, GitHub annotations for pull requests.
// Paths in the last three are relative to the root of the repository the command runs in (the nearest folder above that
// holds `.git`), as those readers want them; without one, to the working folder. Pure but for that look-up.
#ifndef BYLAW_TOOLS_BYLAW_REPORT_H_
#define BYLAW_TOOLS_BYLAW_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/diag/diagnostic.h"
#include "compiler/driver/compile.h"
#include "tools/bylaw/options.h"

namespace bylaw::cli {

// Something that was judged: a file, a theorem for a tenant, a test of the policy.
struct Case {
  std::string suite;  // "V1 residency"
  std::string name;   // "european-institution"
  source::Span span;  // may point nowhere
  enum class Outcome : uint8_t { kPassed, kFailed, kUndecided } outcome = Outcome::kPassed;
  std::string text;  // why it failed; or what a pass leans on
};

struct Report {
  std::string command;  // "verify"
  const driver::Compilation* compilation = nullptr;
  std::vector<diag::Diagnostic> diagnostics;  // in order of place
  std::vector<Case> cases;
  nlohmann::json json;  // what the command adds to `format` and `diagnostics`
  std::string closing;  // the last lines of the text form and of GitHub's annotations
  int exit_code = kClean;
};

// Every case that check and verify know of: the policy's own files and each theorem for each tenant.
std::vector<Case> CasesOf(const driver::Compilation& compilation);

std::string RenderReport(const Options& options, Format format, const Report& report);

// The forms by themselves.
nlohmann::json SarifOf(const Report& report);
std::string JunitOf(const Report& report);
std::string AnnotationsOf(const Report& report);

// `path` as seen from the root of the repository.
std::string FromRepositoryRoot(const std::string& path);

// "V1" is "residency"; "" if there is no such theorem. Its place in the order they are told in.
std::string_view TheoremTitle(std::string_view id);
size_t TheoremPosition(std::string_view id);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_REPORT_H_
