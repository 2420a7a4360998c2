#include "compiler/driver/image.h"

#include <utility>

#include "base/check.h"
#include "compiler/jit/jit.h"
#include "compiler/plan/eval.h"
#include "compiler/plan/plan.h"

namespace bylaw::driver {

absl::StatusOr<std::shared_ptr<const abi::PolicyImage>> BuildImage(const verify::VerifiedProgram& verified,
                                                                   EngineKind engine) {
  return MakeImage(plan::BuildPlan(verified), engine);
}

absl::StatusOr<std::shared_ptr<const abi::PolicyImage>> MakeImage(std::shared_ptr<const plan::Plan> plan,
                                                                  EngineKind engine) {
  if (engine == EngineKind::kEvaluator) return plan::EvaluatorImage(std::move(plan));
  const absl::StatusOr<const jit::Jit*> jit = jit::LoadJit();
  if (!jit.ok()) return jit.status();
  return (*jit)->CompileImage(std::move(plan), engine == EngineKind::kJitO0 ? jit::OptLevel::kO0 : jit::OptLevel::kO2);
}

absl::StatusOr<std::string> DumpCompiled(const Compilation& compilation, const std::string& phase) {
  BYLAW_CHECK(compilation.verified.has_value(), "only a verified program is compiled");
  std::shared_ptr<const plan::Plan> plan = plan::BuildPlan(*compilation.verified);
  if (phase == "plan") return plan::DumpPlan(*plan);
  const absl::StatusOr<const jit::Jit*> jit = jit::LoadJit();
  if (!jit.ok()) return jit.status();
  return phase == "asm" ? (*jit)->DumpAsm(std::move(plan), jit::OptLevel::kO2)
                        : (*jit)->DumpLlvm(std::move(plan), jit::OptLevel::kO2);
}

}  // namespace bylaw::driver
