// `bylaw test`: the tests in the files against the compiled policy.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/coverage.h"
#include "tools/bylaw/mutants.h"
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

// What the tests are worth, where that was asked for.
struct Measures {
  std::optional<Coverage> coverage;
  std::optional<std::vector<MutantResult>> mutants;
};

absl::StatusOr<Coverage> CoverageOf(const driver::Compilation& compilation) {
  const auto image = driver::BuildImage(*compilation.verified, driver::EngineKind::kEvaluator);
  if (!image.ok()) return image.status();
  const CoverageRun run(*compilation.program, *image);
  return run.Take(RunPolicyTests(*compilation.program, run.image()));
}

// Mutants take a while: a person at a terminal sees how far they are.
void ShowProgress(size_t done, size_t total) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::fputs(done < total ? fmt::format("\rmutants: {} of {}", done, total).c_str() : "\r\x1b[K", stderr);
  std::fflush(stderr);
}

// A mutant that nothing notices is a mistake only for those who want warnings to be.
bool FailsStrictly(const Measures& measures) {
  return measures.mutants && std::any_of(measures.mutants->begin(), measures.mutants->end(), [](const auto& result) {
           return result.by == MutantResult::Noticed::kByNothing;
         });
}

Report ReportOf(const driver::Compilation& compilation, const std::vector<TestOutcome>& outcomes,
                const Measures& measures, bool strict) {
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
  if (measures.coverage) {
    report.json["coverage"] = CoverageJson(*measures.coverage, *compilation.sources);
    report.closing += CoverageText(*measures.coverage, *compilation.sources);
  }
  if (measures.mutants) {
    report.json["mutants"] = MutantsJson(*measures.mutants, *compilation.sources);
    report.closing += MutantsText(*measures.mutants, *compilation.sources);
  }
  report.closing += outcomes.empty() ? "the policy has no tests; one begins with `test \"what must hold\" {`\n"
                                     : fmt::format("{} passed, {} failed\n", outcomes.size() - failed, failed);
  report.exit_code = failed == 0 && !(strict && FailsStrictly(measures)) ? kClean : kViolation;
  return report;
}

// People have been told on stderr; whatever reads the other forms must not find yesterday's file, or none.
int TellUnverified(const Options& options, const driver::Compilation& compilation, int code) {
  Report report;
  report.command = "test";
  report.compilation = &compilation;
  report.diagnostics = compilation.sink.diagnostics();
  report.json = {{"tests", nlohmann::json::array()}, {"passed", 0}, {"failed", 0}};
  report.exit_code = code;
  return Emit(
      options,
      [&](const Options& how, Format format) {
        if (format == Format::kText) return std::string();
        if (report.cases.empty())
          report.cases = CasesOf(compilation);  // one for every tenant: only where it is asked for
        return RenderReport(how, format, report);
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
  Measures measures;
  if (flags.coverage) {
    absl::StatusOr<Coverage> coverage = CoverageOf(policy.compilation);
    if (!coverage.ok()) return Fail(std::string(coverage.status().message()));
    measures.coverage = *std::move(coverage);
  }
  if (flags.mutate) measures.mutants = TryMutants(policy.compilation, ShowProgress);
  const Report report = ReportOf(policy.compilation, outcomes, measures, options.strict);
  return Emit(
      options,
      [&](const Options& how, Format format) {
        if (format == Format::kText) return TextOf(how, policy.compilation, outcomes) + report.closing;
        return RenderReport(how, format, report);
      },
      report.exit_code);
}

}  // namespace bylaw::cli
