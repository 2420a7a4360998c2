#include "tools/bylaw/report.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "compiler/diag/render.h"
#include "compiler/verify/verify.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;
using verify::Verdict;

struct TheoremName {
  std::string_view id, title;
};
constexpr TheoremName kTheorems[] = {
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
    {"guarantee", "stated guarantees"},
};

// A case for each file: what is wrong in it, as a person would read it.
void AddFiles(const driver::Compilation& compilation, std::vector<Case>& cases) {
  std::map<source::FileId, std::string> wrong;
  for (const diag::Diagnostic& d : compilation.sink.diagnostics()) {
    if (d.severity == diag::Severity::kError) wrong[d.span.file] += diag::RenderText(*compilation.sources, d);
  }
  for (size_t i = 0; i < compilation.own_files; ++i) {
    const source::FileId file = compilation.files[i]->file;
    Case c{"files", compilation.sources->path(file), {file, 0, 0}, Case::Outcome::kPassed, ""};
    if (const auto text = wrong.extract(file); !text.empty()) {
      c.outcome = Case::Outcome::kFailed;
      c.text = text.mapped();
    }
    cases.push_back(std::move(c));
  }
  for (auto& [file, text] : wrong) {  // imported tables, the standard library
    const std::string name = file.valid() ? compilation.sources->path(file) : "the policy";
    cases.push_back({"files", name, {file, 0, 0}, Case::Outcome::kFailed, std::move(text)});
  }
}

Case::Outcome OutcomeOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kProved:
    case Verdict::kAdvisory:
      return Case::Outcome::kPassed;
    case Verdict::kRefuted:
      return Case::Outcome::kFailed;
    case Verdict::kUnknown:
      return Case::Outcome::kUndecided;
  }
  BYLAW_UNREACHABLE("verdict");
}

// Folds one result into the case it belongs to: the worst outcome stands, every reason is told.
void Join(const verify::TheoremResult& theorem, Verdict verdict, Case& c) {
  const Case::Outcome outcome = OutcomeOf(verdict);
  if (c.outcome == Case::Outcome::kPassed || outcome == Case::Outcome::kFailed) c.outcome = outcome;
  if (verdict == Verdict::kProved) return;
  c.text += fmt::format("{}: {}\n", verify::VerdictName(verdict), theorem.subject);
  if (verdict != Verdict::kRefuted) return;
  for (const std::string& line : theorem.witness.path) c.text += fmt::format("  {}\n", line);
}

void AddTheorems(const driver::Compilation& compilation, std::vector<Case>& cases) {
  const sema::Program& program = *compilation.program;
  std::map<std::tuple<size_t, std::string, std::string>, Case> by_name;  // theorem, its suite, tenant or subject
  const auto at = [&](const verify::TheoremResult& theorem, const std::string& name, source::Span span) -> Case& {
    const std::string suite = fmt::format("{} {}", theorem.id, TheoremTitle(theorem.id));
    const auto [it, is_new] = by_name.try_emplace({TheoremPosition(theorem.id), suite, name});
    if (is_new) it->second = {suite, name, span, Case::Outcome::kPassed, ""};
    return it->second;
  };
  for (const verify::TheoremResult& theorem : compilation.theorems) {
    if (theorem.tenants.empty()) Join(theorem, theorem.verdict, at(theorem, theorem.subject, {}));
    const std::set<TenantId> failing(theorem.failing.begin(), theorem.failing.end());
    for (const TenantId tenant : theorem.tenants) {
      const sema::Tenant& row = program.tenants[tenant.index()];
      const bool holds = theorem.verdict == Verdict::kRefuted && !failing.contains(tenant);
      Join(theorem, holds ? Verdict::kProved : theorem.verdict, at(theorem, row.name, program.SpanOf(row.clause)));
    }
  }
  for (auto& [key, c] : by_name) cases.push_back(std::move(c));
}

std::string TextOf(const Options& options, const Report& report) {
  // What stops the work comes last, beside the closing lines: a long list of warnings must not hide it.
  std::string text;
  for (const auto severity : {diag::Severity::kWarning, diag::Severity::kError}) {
    for (const diag::Diagnostic& d : report.diagnostics) {
      if (d.severity != severity || (options.quiet && severity == diag::Severity::kWarning)) continue;
      text += diag::RenderText(*report.compilation->sources, d, {options.color_on}) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string_view TheoremTitle(std::string_view id) {
  const size_t at = TheoremPosition(id);
  return at < std::size(kTheorems) ? kTheorems[at].title : std::string_view();
}

size_t TheoremPosition(std::string_view id) {
  size_t at = 0;
  while (at < std::size(kTheorems) && kTheorems[at].id != id) ++at;
  return at;
}

std::vector<Case> CasesOf(const driver::Compilation& compilation) {
  std::vector<Case> cases;
  AddFiles(compilation, cases);
  AddTheorems(compilation, cases);
  return cases;
}

std::string FromRepositoryRoot(const std::string& path) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  fs::path root = here;
  for (fs::path folder = here; !error; folder = folder.parent_path()) {
    if (fs::exists(folder / ".git", error)) {
      root = folder;
      break;
    }
    if (folder == folder.root_path()) break;
  }
  const fs::path relative = (here / path).lexically_normal().lexically_relative(root);
  return relative.empty() || *relative.begin() == ".." ? path : relative.generic_string();
}

std::string RenderReport(const Options& options, Format format, const Report& report) {
  switch (format) {
    case Format::kText:
      return TextOf(options, report) + report.closing;
    case Format::kJson: {
      nlohmann::json json = report.json;
      json["format"] = 1;
      json["diagnostics"] = nlohmann::json::array();
      for (const diag::Diagnostic& d : report.diagnostics) {
        json["diagnostics"].push_back(diag::RenderJson(*report.compilation->sources, d));
      }
      json["suppressed"] = report.compilation->sink.suppressed();
      return json.dump(2) + "\n";
    }
    case Format::kSarif:
      return SarifOf(report).dump(2) + "\n";
    case Format::kJunit:
      return JunitOf(report);
    case Format::kGithub:
      return AnnotationsOf(report) + report.closing;
    case Format::kDot:
    case Format::kSvg:
    case Format::kPng:
      break;
  }
  BYLAW_UNREACHABLE("Resolve lets only kReportFormats through");
}

}  // namespace bylaw::cli
