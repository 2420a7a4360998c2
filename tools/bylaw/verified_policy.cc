#include "tools/bylaw/verified_policy.h"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <utility>

#include "compiler/diag/render.h"
#include "compiler/plan/plan.h"

namespace bylaw::cli {
namespace {

// More distinct steps take longer to compile than a command asks of them: the evaluator says the same, and says it now.
constexpr size_t kProgramsCompiledMax = 400;

}  // namespace

int CompileVerified(const Options& options, const std::vector<std::string>& paths, driver::EngineKind engine,
                    VerifiedPolicy* out, std::string* said) {
  const auto say = [said](std::string_view text) {
    *said += fmt::format("bylaw: {}\n", text);
    return kUsage;
  };
  const auto compile = ToCompileOptions(options, paths);
  if (!compile) return kUsage;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return say(std::string(compilation.status().message()));
  driver::Verify(*compilation);
  for (const std::string& error : compilation->internal_errors) {
    say(fmt::format("this is a bug of ours, please report it: {}", error));
  }
  if (!compilation->verified) {
    for (const diag::Diagnostic& d : compilation->sink.diagnostics()) {
      if (d.severity == diag::Severity::kError) *said += diag::RenderText(*compilation->sources, d, {}) + "\n";
    }
    *said += "nothing was run: the policy does not verify\n";
    const int code = compilation->sink.has_errors() ? kViolation : kUndecided;
    out->compilation = *std::move(compilation);
    return code;
  }
  std::shared_ptr<const plan::Plan> plan = plan::BuildPlan(*compilation->verified);
  if (plan->programs.size() > kProgramsCompiledMax) engine = driver::EngineKind::kEvaluator;
  absl::StatusOr<std::shared_ptr<const abi::PolicyImage>> image = driver::MakeImage(plan, engine);
  if (absl::IsUnavailable(image.status())) {
    say(fmt::format("{}; the evaluator decides instead", std::string(image.status().message())));
    image = driver::MakeImage(std::move(plan), driver::EngineKind::kEvaluator);
  }
  if (!image.ok()) return say(std::string(image.status().message()));
  out->compilation = *std::move(compilation);
  out->image = *std::move(image);
  return kClean;
}

int LoadVerified(const Options& options, const std::vector<std::string>& paths, driver::EngineKind engine,
                 VerifiedPolicy* out) {
  std::string said;
  const int code = CompileVerified(options, paths, engine, out, &said);
  std::fputs(said.c_str(), stderr);
  return code;
}

}  // namespace bylaw::cli
