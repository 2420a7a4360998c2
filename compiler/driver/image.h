// From a verified program to policy images, by either engine, and the dumps of the compiled phases.
//
// The JIT lives in a shared object that is opened on first use; without it JitImage is an Unavailable status and the
// evaluator's image is an honest substitute.
#ifndef BYLAW_COMPILER_DRIVER_IMAGE_H_
#define BYLAW_COMPILER_DRIVER_IMAGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/driver/compile.h"
#include "compiler/plan/plan.h"
#include "compiler/verify/verified_program.h"
#include "compiler/verify/witness.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::driver {

enum class EngineKind : uint8_t { kEvaluator, kJitO0, kJitO2 };

absl::StatusOr<std::shared_ptr<const abi::PolicyImage>> BuildImage(const verify::VerifiedProgram& verified,
                                                                   EngineKind engine);

// `phase` is plan, llvm or asm; `compilation` has been verified.
absl::StatusOr<std::string> DumpCompiled(const Compilation& compilation, const std::string& phase);

absl::StatusOr<std::shared_ptr<const abi::PolicyImage>> MakeImage(std::shared_ptr<const plan::Plan> plan,
                                                                  EngineKind engine);

// Asks every probe of the evaluator's and of the JIT's image of what the probes are about; a status for each witness,
// not OK names its first probe that an engine answers otherwise.
std::vector<absl::Status> ReplayWitnesses(const verify::VerifiedProgram& replay_only,
                                          const std::vector<const verify::Witness*>& witnesses);

}  // namespace bylaw::driver

#endif  // BYLAW_COMPILER_DRIVER_IMAGE_H_
