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
#include "tools/bylaw/report.h"

namespace bylaw::cli {
namespace {

using nlohmann::json;

// What the compiled policy was asked, and what it answered, when the witness was replayed.
json ProbesJson(const sema::Program& program, const verify::Witness& witness) {
  json rows = json::array();
  for (const verify::Probe& probe : witness.probes) {
    const sema::Workflow& workflow = program.workflows[probe.workflow.index()];
    json row{{"tenant", program.tenants[probe.tenant.index()].name},
             {"workflow", workflow.name},
             {"step", workflow.steps[probe.step.index()].name},
             {"verdict", abi::VerdictName(probe.verdict)},
             {"down", json::array()}};
    for (const EndpointId down : probe.down) row["down"].push_back(program.endpoints[down.index()].name);
    if (probe.at != 0) row["at_unix_s"] = probe.at / kSecondNs;
    if (probe.remaining_micros != abi::kUnlimitedMicros) row["remaining_micros"] = probe.remaining_micros;
    if (probe.reason) row["reason"] = abi::ReasonName(*probe.reason);
    if (probe.endpoint) row["endpoint"] = program.endpoints[probe.endpoint->index()].name;
    if (probe.reserved_micros) row["reserved_micros"] = *probe.reserved_micros;
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
                     Counted(program.tenants.size(), "tenant"), Counted(program.workflows.size(), "workflow"));
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

int Tell(const Options& options, const driver::Compilation& compilation, std::string command) {
  Report report;
  report.command = std::move(command);
  report.compilation = &compilation;
  report.diagnostics = compilation.sink.diagnostics();
  report.json["theorems"] = TheoremsJson(compilation);
  report.exit_code = ExitCodeOf(compilation);
  for (const std::string& error : compilation.internal_errors) {
    Fail(fmt::format("this is a bug of ours, please report it: {}", error));
  }
  return Emit(
      options,
      [&](const Options& how, Format format) {
        if (format == Format::kJunit) report.cases = CasesOf(compilation);
        if (!how.quiet)
          report.closing =
              fmt::format("{}{}{}", TheoremLines(how, compilation), Untried(report), SummaryLine(compilation));
        return RenderReport(how, format, report);
      },
      report.exit_code);
}

int Run(const Options& options, const std::vector<std::string>& paths, const std::string& command) {
  const auto compile = ToCompileOptions(options, paths);
  if (!compile) return kUsage;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return Fail(std::string(compilation.status().message()));
  if (command == "verify") driver::Verify(*compilation);
  return Tell(options, *compilation, command);
}

}  // namespace

int RunCheck(const Options& options, const std::vector<std::string>& paths) { return Run(options, paths, "check"); }

int RunVerify(const Options& options, const std::vector<std::string>& paths) { return Run(options, paths, "verify"); }

}  // namespace bylaw::cli
