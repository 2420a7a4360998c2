// `bylaw check` and `bylaw verify`: what is wrong, what is proved, and under which assumptions.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "compiler/verify/verify.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/report.h"
#include "tools/bylaw/shared_terms.h"
#include "tools/bylaw/verify_cache.h"

namespace bylaw::cli {
namespace {

using nlohmann::json;

// What the compiled policy was asked, and what it answered, when the witness was replayed.
json ProbesJson(const sema::Program& program, const verify::Witness& witness) {
  json rows = json::array();
  for (const verify::Probe& probe : witness.probes) {
    json row{{"tenant", program.tenants[probe.tenant.index()].name}, {"down", json::array()}};
    if (probe.step.valid()) {
      const sema::Workflow& workflow = program.workflows[probe.workflow.index()];
      row["workflow"] = workflow.name;
      row["step"] = workflow.steps[probe.step.index()].name;
      if (probe.verdict) row["verdict"] = abi::VerdictName(*probe.verdict);
    }
    for (const EndpointId down : probe.down) row["down"].push_back(program.endpoints[down.index()].name);
    if (probe.at != 0) row["at_unix_s"] = probe.at / kSecondNs;
    if (probe.remaining_micros != abi::kUnlimitedMicros) row["remaining_micros"] = probe.remaining_micros;
    if (probe.reason) row["reason"] = abi::ReasonName(*probe.reason);
    if (probe.endpoint) row["endpoint"] = program.endpoints[probe.endpoint->index()].name;
    if (probe.reserved_micros) row["reserved_micros"] = *probe.reserved_micros;
    const auto named = [&row](const char* key, const auto& id, const auto& table) {
      if (!id) return;
      row[key] = id->valid() ? json(table[id->index()].name) : json(nullptr);
    };
    named("store", probe.store, program.stores);
    named("pool", probe.pool, program.pools);
    named("reviewers", probe.reviewers, program.reviewers);
    rows.push_back(std::move(row));
  }
  return rows;
}

json TheoremsJson(const driver::Compilation& compilation) {
  json rows = json::array();
  for (const verify::TheoremResult& theorem : compilation.theorems) {
    json row{{"id", theorem.id}, {"verdict", verify::VerdictName(theorem.verdict)}, {"subject", theorem.subject}};
    if (!theorem.assumptions.empty()) row["assumptions"] = theorem.assumptions;
    if (!theorem.witness.path.empty()) row["witness"] = theorem.witness.path;
    if (!theorem.witness.probes.empty()) row["replayed"] = ProbesJson(*compilation.program, theorem.witness);
    rows.push_back(std::move(row));
  }
  return rows;
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
    Count& count = counts[{TheoremPosition(theorem.id), theorem.id}];
    ++count.total;
    ++count.by_verdict[static_cast<size_t>(theorem.verdict)];
    assumptions.insert(assumptions.end(), theorem.assumptions.begin(), theorem.assumptions.end());
  }
  std::string text;
  for (const auto& [key, count] : counts) {
    const std::string& id = key.second;
    const bool refuted = count.by_verdict[static_cast<size_t>(verify::Verdict::kRefuted)] > 0;
    const bool unknown = count.by_verdict[static_cast<size_t>(verify::Verdict::kUnknown)] > 0;
    const bool advisory = count.by_verdict[static_cast<size_t>(verify::Verdict::kAdvisory)] > 0;
    const std::string_view word = refuted ? "REFUTED" : (unknown ? "UNKNOWN" : (advisory ? "ADVISORY" : "PROVED"));
    const size_t held = count.by_verdict[static_cast<size_t>(verify::Verdict::kProved)];
    // A stated guarantee has no number of its own.
    const bool numbered = id.starts_with('V');
    text += fmt::format(
        "{}{:<4} {:<18} {}\n",
        Paint(options, refuted ? "1;31" : (unknown || advisory ? "1;33" : "32"), fmt::format("{:<9}", word)),
        numbered ? id : "", TheoremTitle(id),
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
                     Counted(program.tenant_count(), "tenant"), Counted(program.workflows.size(), "workflow"));
}

// Why `verify` shows no theorem.
std::string_view Untried(const Report& report) {
  const bool untried =
      report.command == "verify" && report.compilation->theorems.empty() && report.compilation->sink.has_errors();
  return untried ? "nothing was proved yet: the theorems are tried once the files read without these errors\n" : "";
}

int ExitCodeOf(const driver::Compilation& compilation) {
  if (compilation.sink.has_errors()) return kViolation;
  if (!compilation.internal_errors.empty()) return kUsage;
  for (const verify::TheoremResult& theorem : compilation.theorems) {
    if (theorem.verdict == verify::Verdict::kUnknown) return kUndecided;
  }
  return kClean;
}

// Everything there is to say of a compilation, rendered when asked.
class Telling {
 public:
  Telling(const driver::Compilation& compilation, std::string command) : compilation_(compilation) {
    report_.command = std::move(command);
    report_.compilation = &compilation;
    report_.diagnostics = compilation.sink.diagnostics();
    report_.json["theorems"] = TheoremsJson(compilation);
    report_.exit_code = ExitCodeOf(compilation);
  }
  int code() const { return report_.exit_code; }
  std::string Render(const Options& how, Format format) {
    if (format == Format::kJunit && report_.cases.empty()) report_.cases = CasesOf(compilation_);
    report_.closing =
        how.quiet ? ""
                  : fmt::format("{}{}{}", TheoremLines(how, compilation_), Untried(report_), SummaryLine(compilation_));
    return RenderReport(how, format, report_);
  }

 private:
  const driver::Compilation& compilation_;
  Report report_;
};

int Tell(const Options& options, const driver::Compilation& compilation, std::string command) {
  for (const std::string& error : compilation.internal_errors) {
    Fail(fmt::format("this is a bug of ours, please report it: {}", error));
  }
  Telling telling(compilation, std::move(command));
  return Emit(options, [&](const Options& how, Format format) { return telling.Render(how, format); }, telling.code());
}

int Run(const Options& options, const std::vector<std::string>& paths, const std::string& command) {
  const auto compile = ToCompileOptions(options, paths);
  if (!compile) return kUsage;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return Fail(std::string(compilation.status().message()));
  if (command == "verify") driver::Verify(*compilation);
  return Tell(options, *compilation, command);
}

// The form of an answer: files have no color.
std::string FormOf(const Options& how, Format format) {
  return fmt::format("{}{}", FormatName(format), how.color_on ? " in color" : "");
}

// Verifies and renders every form that `options` ask for.
absl::StatusOr<Judged> Judge(const Options& options, const driver::CompileOptions& compile,
                             const std::vector<std::string>& tenants) {
  absl::StatusOr<driver::Compilation> compilation = driver::Check(compile);
  if (!compilation.ok()) return compilation.status();
  driver::Verify(*compilation);
  for (const std::string& error : compilation->internal_errors) {
    Fail(fmt::format("this is a bug of ours, please report it: {}", error));
  }
  Telling telling(*compilation, "verify");
  Judged judged;
  judged.code = telling.code();
  // Whatever went wrong may come from what is not among the texts: a table that was not there.
  judged.worth_keeping = judged.code == kClean && compilation->internal_errors.empty();
  if (!tenants.empty()) {
    judged.everything = telling.Render(options, Format::kJson);
    const sema::Program& program = *compilation->program;
    for (uint32_t i = 0; i < program.tenants.size(); ++i) {
      const std::string& name = program.tenants[i].name;
      if (std::find(tenants.begin(), tenants.end(), name) == tenants.end()) continue;
      judged.shared[name] = SharedTerms(program, TenantId(i));
    }
    return judged;
  }
  Options plain = options;
  plain.color_on = false;
  for (const Output& output : options.writes) {
    const Options& how = output.path.empty() ? options : plain;
    judged.forms[FormOf(how, output.format)] = telling.Render(how, output.format);
  }
  for (uint32_t i = 0; i < compilation->sources->size(); ++i) {
    const source::FileId file(i);
    const std::string& path = compilation->sources->path(file);
    if (path.starts_with("std.") && !path.ends_with(".bylaw")) continue;
    judged.texts.push_back({path, std::string(compilation->sources->text(file))});
  }
  return judged;
}

int RunCached(const Options& options, const VerifyFlags& flags) {
  auto compile = ToCompileOptions(options, flags.paths);
  if (!compile) return kUsage;
  if (!compile->as_of) compile->as_of = CivilFromDays(SystemClock().WallNow() / kDayNs);
  std::string question =
      fmt::format("{} {} {} {}", FormatDate(*compile->as_of), options.horizon_days, options.strict, options.quiet);
  for (const Output& output : options.writes) {
    question += fmt::format("\n{} {}", FormatName(output.format), output.path.empty() && options.color_on);
  }
  std::error_code error;
  question += "\n" + std::filesystem::current_path(error).string() + "\n" + FromRepositoryRoot("x");
  for (const std::string& path : flags.paths) question += "\n" + path;
  const absl::StatusOr<Answer> answer =
      JudgeWithCache(flags.cache, question, *compile,
                     [&](const driver::CompileOptions& asked, const std::vector<std::string>& tenants) {
                       return Judge(options, asked, tenants);
                     });
  if (!answer.ok()) return Fail(std::string(answer.status().message()));
  return Emit(
      options, [&](const Options& how, Format format) { return answer->forms.at(FormOf(how, format)); }, answer->code);
}

}  // namespace

int RunCheck(const Options& options, const std::vector<std::string>& paths) { return Run(options, paths, "check"); }

int RunVerify(const Options& options, const VerifyFlags& flags) {
  return flags.cache.empty() ? Run(options, flags.paths, "verify") : RunCached(options, flags);
}

}  // namespace bylaw::cli
