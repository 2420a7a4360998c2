// `bylaw demo`: three minutes of platform life in ten seconds, on the lending pack that is inside the binary.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "lending_pack.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/simulate_report.h"

namespace bylaw::cli {
namespace {

constexpr std::string_view kOwnPolicies[] = {"gdpr-to-us.bylaw", "free-tier-on-gpt4.bylaw"};

bool IsExample(std::string_view name) { return name == kOwnPolicies[0] || name == kOwnPolicies[1]; }

// The pack's files, and one of the examples that must be rejected, or none.
driver::CompileOptions PackWith(std::string_view example) {
  driver::CompileOptions options;
  for (const lending_pack::EmbeddedFile& file : lending_pack::EmbeddedFiles()) {
    if (IsExample(file.name) && file.name != example) continue;
    const std::string folder = IsExample(file.name) ? "policies/lending/bad/" : "policies/lending/";
    options.texts.push_back({folder + std::string(file.name), std::string(file.text)});
  }
  return options;
}

// The errors of the pack with this example; empty if it was not rejected.
absl::StatusOr<std::string> Rejection(const Options& options, std::string_view example) {
  absl::StatusOr<driver::Compilation> compilation = driver::Check(PackWith(example));
  if (!compilation.ok()) return compilation.status();
  driver::Verify(*compilation);
  if (!compilation->internal_errors.empty()) return absl::InternalError(compilation->internal_errors[0]);
  std::string text;
  for (const diag::Diagnostic& d : compilation->sink.diagnostics()) {
    if (d.severity == diag::Severity::kError) text += diag::RenderText(*compilation->sources, d, {options.color_on});
  }
  if (text.empty()) return absl::InternalError(fmt::format("{} was not rejected", example));
  return text;
}

absl::StatusOr<std::string> MondayMorning(const Options& options) {
  absl::StatusOr<driver::Compilation> compilation = driver::Check(PackWith(""));
  if (!compilation.ok()) return compilation.status();
  driver::Verify(*compilation);
  if (!compilation->verified) return absl::InternalError("the lending pack does not verify");
  const auto image = driver::BuildImage(*compilation->verified, driver::EngineKind::kJitO2);
  if (!image.ok()) return image.status();
  SimulateFlags flags;
  flags.strategies = {"fifo", "policy"};
  for (const sema::Scenario& scenario : compilation->program->scenarios) {
    if (scenario.name != "monday-morning") continue;
    const auto report = SimulateScenario(*compilation->program, *image, scenario, flags);
    if (!report.ok()) return report.status();
    return RenderScenario(options, **image, *report);
  }
  return absl::InternalError("the lending pack has no Monday morning");
}

std::string Heading(const Options& options, std::string_view title, std::string_view story) {
  return fmt::format("{}\n{}\n\n", Paint(options, "1;36", title), story);
}

}  // namespace

int RunDemo(const Options& options) {
  const SystemClock clock;
  const TimeNs start = clock.MonotonicNow();
  const auto residency = Rejection(options, kOwnPolicies[0]);
  if (!residency.ok()) return Fail(std::string(residency.status().message()));
  std::string text =
      Heading(options, "1. A European tenant's fallback leads to the US",
              "One line of a tenant file. Nobody would notice before the day the first endpoint is down; "
              "`bylaw verify` does:");
  text += *residency;
  const auto budget = Rejection(options, kOwnPolicies[1]);
  if (!budget.ok()) return Fail(std::string(budget.status().message()));
  text +=
      "\n" + Heading(options, "2. A budget that cannot cover its workflow",
                     "The tier's table promises $0.10 a workflow; its only model costs more. The dearest path, and the "
                     "least budget that passes:");
  text += *budget;
  const auto monday = MondayMorning(options);
  if (!monday.ok()) return Fail(std::string(monday.status().message()));
  text += "\n" +
          Heading(options, "3. Monday morning: 200 institutions, one of them sends 5,000 applications in 30 minutes",
                  "The same 15,000 runs through the same engine, first come first served and under the policy (at most "
                  "20 slots per institution):");
  text += *monday;
  text += fmt::format(
      "\nEach rejection was replayed through the reference evaluator and the compiled policy before it was "
      "printed. All of it took {:.1f} seconds.\nNext: bylaw verify policies/lending · bylaw test "
      "policies/lending · bylaw show tenant regional-bank policies/lending\n",
      static_cast<double>(clock.MonotonicNow() - start) / static_cast<double>(kSecondNs));
  return Emit(options, text, kClean);
}

}  // namespace bylaw::cli
