// `bylaw check` and `bylaw verify`: what is wrong, what is proved, and under which assumptions.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "compiler/verify/verify.h"
#include "tools/bylaw/commands.h"

namespace bylaw::cli {
namespace {

using nlohmann::json;

struct TheoremTitle {
  std::string_view id, title;
};
constexpr TheoremTitle kTitles[] = {
    {"V1", "residency"},
    {"V2", "worst-case cost"},
    {"V3", "ladder safety"},
    {"V4", "monthly budget"},
    {"V5", "rate feasibility"},
    {"V6", "caps"},
    {"V7", "SLA"},
    {"V8", "tools and models"},
    {"V9", "availability"},
    {"V10", "retention"},
    {"V11", "workflow graph"},
    {"V12", "tighten-only"},
    {"V13", "rules"},
    {"V14", "change"},
    {"V15", "reload safety"},
    {"V16", "no starvation"},
    {"G", "stated guarantees"},
};

std::string_view Title(std::string_view id) {
  for (const TheoremTitle& row : kTitles) {
    if (row.id == id) return row.title;
  }
  return "";
}

size_t TitlePosition(std::string_view id) {
  size_t at = 0;
  while (at < std::size(kTitles) && kTitles[at].id != id) ++at;
  return at;
}

json TheoremsJson(const driver::Compilation& compilation) {
  json rows = json::array();
  for (const verify::TheoremResult& theorem : compilation.theorems) {
    json row{{"id", theorem.id}, {"verdict", verify::VerdictName(theorem.verdict)}, {"subject", theorem.subject}};
    if (!theorem.assumptions.empty()) row["assumptions"] = theorem.assumptions;
    if (!theorem.witness.path.empty()) row["witness"] = theorem.witness.path;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string RenderReport(const Options& options, const driver::Compilation& compilation) {
  if (options.format == Format::kJson) {
    json report{{"format", 1}, {"diagnostics", json::array()}};
    for (const diag::Diagnostic& d : compilation.sink.diagnostics()) {
      report["diagnostics"].push_back(diag::RenderJson(*compilation.sources, d));
    }
    report["suppressed"] = compilation.sink.suppressed();
    report["theorems"] = TheoremsJson(compilation);
    return report.dump(2) + "\n";
  }
  std::string text;
  for (const diag::Diagnostic& d : compilation.sink.diagnostics()) {
    text += diag::RenderText(*compilation.sources, d, {options.color_on}) + "\n";
  }
  return text;
}

// One line a theorem: how many subjects, and the verdict that matters most.
std::string TheoremLines(const Options& options, const driver::Compilation& compilation) {
  struct Count {
    size_t total = 0;
    std::vector<size_t> by_verdict = std::vector<size_t>(4, 0);
  };
  std::map<std::pair<size_t, std::string>, Count> counts;
  std::vector<std::string> assumptions;
  for (const verify::TheoremResult& theorem : compilation.theorems) {
    Count& count = counts[{TitlePosition(theorem.id), theorem.id}];
    ++count.total;
    ++count.by_verdict[static_cast<size_t>(theorem.verdict)];
    assumptions.insert(assumptions.end(), theorem.assumptions.begin(), theorem.assumptions.end());
  }
  std::string text;
  for (const auto& [key, count] : counts) {
    const auto& [position, id] = key;
    const bool refuted = count.by_verdict[static_cast<size_t>(verify::Verdict::kRefuted)] > 0;
    const bool unknown = count.by_verdict[static_cast<size_t>(verify::Verdict::kUnknown)] > 0;
    const bool advisory = count.by_verdict[static_cast<size_t>(verify::Verdict::kAdvisory)] > 0;
    const std::string_view word = refuted ? "REFUTED" : (unknown ? "UNKNOWN" : (advisory ? "ADVISORY" : "PROVED"));
    const size_t held = count.by_verdict[static_cast<size_t>(verify::Verdict::kProved)];
    text += fmt::format("{:<9}{:<4} {:<18} {}\n",
                        Paint(options, refuted ? "1;31" : (unknown || advisory ? "1;33" : "32"), word), id, Title(id),
                        held == count.total ? fmt::format("{} of {}", held, count.total)
                                            : fmt::format("{} of {} hold", held, count.total));
  }
  std::sort(assumptions.begin(), assumptions.end());
  assumptions.erase(std::unique(assumptions.begin(), assumptions.end()), assumptions.end());
  for (const std::string& assumption : assumptions) text += fmt::format("  {}\n", assumption);
  return text;
}

std::string Counted(size_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

std::string SummaryLine(const driver::Compilation& compilation) {
  const sema::Program& program = *compilation.program;
  return fmt::format("{}: {}, {}, {}\n", diag::Summary(compilation.sink), Counted(compilation.own_files, "file"),
                     Counted(program.tenants.size(), "tenant"), Counted(program.workflows.size(), "workflow"));
}

int ExitCodeOf(const driver::Compilation& compilation) {
  if (compilation.sink.has_errors()) return kViolation;
  if (!compilation.internal_errors.empty()) return kUsage;
  for (const verify::TheoremResult& theorem : compilation.theorems) {
    if (theorem.verdict == verify::Verdict::kUnknown) return kUndecided;
  }
  return kClean;
}

int Report(const Options& options, const driver::Compilation& compilation) {
  std::string text = RenderReport(options, compilation);
  if (options.format == Format::kText && !options.quiet) {
    if (!compilation.theorems.empty()) text += TheoremLines(options, compilation);
    text += SummaryLine(compilation);
  }
  for (const std::string& error : compilation.internal_errors) {
    Fail(fmt::format("this is a bug of ours, please report it: {}", error));
  }
  return Emit(options, text, ExitCodeOf(compilation));
}

}  // namespace

int RunCheck(const Options& options, const std::vector<std::string>& paths) {
  const auto compile = ToCompileOptions(options, paths);
  if (!compile) return kUsage;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return Fail(std::string(compilation.status().message()));
  return Report(options, *compilation);
}

int RunVerify(const Options& options, const std::vector<std::string>& paths) {
  const auto compile = ToCompileOptions(options, paths);
  if (!compile) return kUsage;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return Fail(std::string(compilation.status().message()));
  driver::Verify(*compilation);
  return Report(options, *compilation);
}

}  // namespace bylaw::cli
