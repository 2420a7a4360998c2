#include "compiler/driver/image.h"

#include "base/check.h"
#include "compiler/plan/eval.h"
#include "compiler/plan/plan.h"

namespace bylaw::driver {

absl::StatusOr<std::shared_ptr<const abi::PolicyImage>> BuildImage(const verify::VerifiedProgram& verified,
                                                                   EngineKind engine) {
  std::shared_ptr<const plan::Plan> plan = plan::BuildPlan(verified);
  if (absl::Status status = plan::ValidatePlan(*plan); !status.ok()) return status;
  switch (engine) {
    case EngineKind::kEvaluator:
    case EngineKind::kJitO0:
    case EngineKind::kJitO2:
      return plan::EvaluatorImage(std::move(plan));
  }
  BYLAW_UNREACHABLE("engine");
}

absl::StatusOr<std::string> DumpCompiled(const Compilation& compilation, const std::string& phase) {
  BYLAW_CHECK(compilation.verified.has_value(), "only a verified program is compiled");
  const std::shared_ptr<const plan::Plan> plan = plan::BuildPlan(*compilation.verified);
  if (phase == "plan") return plan::DumpPlan(*plan);
  return absl::UnavailableError("no jit");
}

}  // namespace bylaw::driver
