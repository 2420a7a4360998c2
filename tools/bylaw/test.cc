// `bylaw test`: the tests in the files against the compiled policy.

#include <fmt/format.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/policy_tests.h"
#include "tools/bylaw/report.h"
#include "tools/bylaw/verified_policy.h"

namespace bylaw::cli {
namespace {

diag::Diagnostic ToDiagnostic(const TestOutcome& outcome, const TestFailure& failure) {
  return {diag::Kind::kTestFailed,
          diag::Severity::kError,
          failure.span,
          fmt::format("\"{}\" does not hold", outcome.title),
          failure.text,
          {},
          {}};
}

// Each test by its title, and below it what does not hold.
std::string TextOf(const Options& options, const driver::Compilation& compilation,
                   const std::vector<TestOutcome>& outcomes) {
  std::string text;
  for (const TestOutcome& outcome : outcomes) {
    if (outcome.passed() && options.quiet) continue;
    text += fmt::format("{} {}\n", outcome.passed() ? Paint(options, "32", "pass") : Paint(options, "1;31", "FAIL"),
                        outcome.title);
    for (const TestFailure& failure : outcome.failures) {
      text += diag::RenderText(*compilation.sources, ToDiagnostic(outcome, failure), {options.color_on});
    }
  }
  return text;
}

nlohmann::json TestsJson(const driver::Compilation& compilation, const std::vector<TestOutcome>& outcomes) {
  nlohmann::json rows = nlohmann::json::array();
  for (const TestOutcome& outcome : outcomes) {
    nlohmann::json row{{"title", outcome.title}, {"passed", outcome.passed()}, {"failures", nlohmann::json::array()}};
    row["file"] = compilation.sources->path(outcome.span.file);
    row["line"] = compilation.sources->begin(outcome.span).line;
    for (const TestFailure& failure : outcome.failures) row["failures"].push_back(failure.text);
    rows.push_back(std::move(row));
  }
  return rows;
}

Report ReportOf(const driver::Compilation& compilation, const std::vector<TestOutcome>& outcomes) {
  Report report;
  report.command = "test";
  report.compilation = &compilation;
  size_t failed = 0;
  for (const TestOutcome& outcome : outcomes) {
    failed += !outcome.passed();
    Case& c = report.cases.emplace_back(Case{"tests", outcome.title, outcome.span,
                                             outcome.passed() ? Case::Outcome::kPassed : Case::Outcome::kFailed, ""});
    for (const TestFailure& failure : outcome.failures) {
      report.diagnostics.push_back(ToDiagnostic(outcome, failure));
      c.text += diag::RenderText(*compilation.sources, report.diagnostics.back());
    }
  }
  report.json = {{"tests", TestsJson(compilation, outcomes)}, {"passed", outcomes.size() - failed}, {"failed", failed}};
  report.closing = fmt::format("{} passed, {} failed\n", outcomes.size() - failed, failed);
  report.exit_code = failed == 0 ? kClean : kViolation;
  return report;
}

// People have been told on stderr; whatever reads the other forms must not find yesterday's file, or none.
int TellUnverified(const Options& options, const driver::Compilation& compilation, int code) {
  Report report;
  report.command = "test";
  report.compilation = &compilation;
  report.diagnostics = compilation.sink.diagnostics();
  report.cases = CasesOf(compilation);
  report.json = {{"tests", nlohmann::json::array()}, {"passed", 0}, {"failed", 0}};
  report.exit_code = code;
  return Emit(
      options,
      [&](const Options& how, Format format) {
        return format == Format::kText ? std::string() : RenderReport(how, format, report);
      },
      code);
}

}  // namespace

int RunTest(const Options& options, const TestFlags& flags) {
  VerifiedPolicy policy;
  const auto engine = flags.engine == "jit" ? driver::EngineKind::kJitO2 : driver::EngineKind::kEvaluator;
  if (const int code = LoadVerified(options, flags.paths, engine, &policy); code != kClean) {
    return policy.compilation.sources == nullptr ? code : TellUnverified(options, policy.compilation, code);
  }
  const std::vector<TestOutcome> outcomes = RunPolicyTests(*policy.compilation.program, policy.image);
  const Report report = ReportOf(policy.compilation, outcomes);
  return Emit(
      options,
      [&](const Options& how, Format format) {
        if (format == Format::kText) return TextOf(how, policy.compilation, outcomes) + report.closing;
        return RenderReport(how, format, report);
      },
      report.exit_code);
}

}  // namespace bylaw::cli
