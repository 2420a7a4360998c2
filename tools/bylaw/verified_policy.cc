#include "tools/bylaw/verified_policy.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "compiler/diag/render.h"

namespace bylaw::cli {

int LoadVerified(const Options& options, const std::vector<std::string>& paths, driver::EngineKind engine,
                 VerifiedPolicy* out) {
  const auto compile = ToCompileOptions(options, paths);
  if (!compile) return kUsage;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return Fail(std::string(compilation.status().message()));
  driver::Verify(*compilation);
  for (const std::string& error : compilation->internal_errors) {
    Fail(fmt::format("this is a bug of ours, please report it: {}", error));
  }
  if (!compilation->verified) {
    std::string text;
    for (const diag::Diagnostic& d : compilation->sink.diagnostics()) {
      if (d.severity == diag::Severity::kError) text += diag::RenderText(*compilation->sources, d, {}) + "\n";
    }
    std::fputs((text + "nothing was run: the policy does not verify\n").c_str(), stderr);
    const int code = compilation->sink.has_errors() ? kViolation : kUndecided;
    out->compilation = *std::move(compilation);
    return code;
  }
  absl::StatusOr<std::shared_ptr<const abi::PolicyImage>> image = driver::BuildImage(*compilation->verified, engine);
  if (absl::IsUnavailable(image.status())) {
    Fail(fmt::format("{}; the evaluator decides instead", std::string(image.status().message())));
    image = driver::BuildImage(*compilation->verified, driver::EngineKind::kEvaluator);
  }
  if (!image.ok()) return Fail(std::string(image.status().message()));
  out->compilation = *std::move(compilation);
  out->image = *std::move(image);
  return kClean;
}

}  // namespace bylaw::cli
