// `bylaw test`: the tests in the files against the compiled policy.

#include <fmt/format.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/policy_tests.h"
#include "tools/bylaw/verified_policy.h"

namespace bylaw::cli {
namespace {

std::string RenderText(const Options& options, const driver::Compilation& compilation,
                       const std::vector<TestOutcome>& outcomes) {
  std::string text;
  size_t failed = 0;
  for (const TestOutcome& outcome : outcomes) {
    failed += !outcome.passed();
    if (outcome.passed() && options.quiet) continue;
    text += fmt::format("{} {}\n", outcome.passed() ? Paint(options, "32", "pass") : Paint(options, "1;31", "FAIL"),
                        outcome.title);
    for (const TestFailure& failure : outcome.failures) {
      diag::Diagnostic d{diag::Kind::kTestFailed,
                         diag::Severity::kError,
                         failure.span,
                         fmt::format("\"{}\" does not hold", outcome.title),
                         failure.text,
                         {},
                         {}};
      text += diag::RenderText(*compilation.sources, d, {options.color_on});
    }
  }
  text += fmt::format("{} passed, {} failed\n", outcomes.size() - failed, failed);
  return text;
}

std::string RenderJson(const driver::Compilation& compilation, const std::vector<TestOutcome>& outcomes) {
  nlohmann::json report{{"format", 1}, {"tests", nlohmann::json::array()}};
  size_t failed = 0;
  for (const TestOutcome& outcome : outcomes) {
    failed += !outcome.passed();
    nlohmann::json row{{"title", outcome.title}, {"passed", outcome.passed()}, {"failures", nlohmann::json::array()}};
    row["file"] = compilation.sources->path(outcome.span.file);
    row["line"] = compilation.sources->begin(outcome.span).line;
    for (const TestFailure& failure : outcome.failures) row["failures"].push_back(failure.text);
    report["tests"].push_back(std::move(row));
  }
  report["passed"] = outcomes.size() - failed;
  report["failed"] = failed;
  return report.dump(2) + "\n";
}

}  // namespace

int RunTest(const Options& options, const TestFlags& flags) {
  VerifiedPolicy policy;
  const auto engine = flags.engine == "jit" ? driver::EngineKind::kJitO2 : driver::EngineKind::kEvaluator;
  if (const int code = LoadVerified(options, flags.paths, engine, &policy); code != kClean) return code;
  const std::vector<TestOutcome> outcomes = RunPolicyTests(*policy.compilation.program, policy.image);
  bool passed = true;
  for (const TestOutcome& outcome : outcomes) passed = passed && outcome.passed();
  return Emit(options,
              options.format == Format::kJson ? RenderJson(policy.compilation, outcomes)
                                              : RenderText(options, policy.compilation, outcomes),
              passed ? kClean : kViolation);
}

}  // namespace bylaw::cli
