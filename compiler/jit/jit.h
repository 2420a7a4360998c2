// Policy images with compiled code.
//
// LLVM is behind a shared object, libbylaw_jit.so, which LoadJit opens on first use, from the folder of the running
// program or from where the program looks for its libraries: a command that runs no policy never pays for it. Without
// it LoadJit is Unavailable and the evaluator's image (plan/eval.h) is an honest substitute. All functions are
// thread-safe. Images own their code: it is freed with the last of them.
#ifndef BYLAW_COMPILER_JIT_JIT_H_
#define BYLAW_COMPILER_JIT_JIT_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/cel/typed.h"
#include "compiler/plan/plan.h"
#include "compiler/value/arena.h"
#include "compiler/value/value.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::jit {

enum class OptLevel : uint8_t { kO0, kO2 };

// An expression that stands alone (cel::Check with an Environment): its variables in, its value out.
using ExpressionFn = void (*)(const value::Value* variables, value::Arena* arena, value::Value* out);

// Compiled expressions, in the order in which they were given.
struct CompiledExpressions {
  std::vector<ExpressionFn> functions;
  std::shared_ptr<const void> keep_alive;  // owns the code; the expressions must outlive it
};

struct CompileRequest {
  std::shared_ptr<const plan::Plan> plan;
  OptLevel level = OptLevel::kO2;
  uint8_t mutant = 0;  // codegen::Mutant: a fault that a test plants; 0 for none
};

// The functions of the shared object, in the order in which it fills them in.
class Jit {
 public:
  using Image = std::shared_ptr<const abi::PolicyImage>;
  struct Entries {
    uint32_t version;  // kVersion of the object
    absl::StatusOr<Image> (*compile)(const CompileRequest& request);
    absl::StatusOr<std::string> (*dump_llvm)(const CompileRequest& request);
    absl::StatusOr<std::string> (*dump_asm)(const CompileRequest& request);
    absl::StatusOr<CompiledExpressions> (*compile_expressions)(std::span<const cel::TypedExpr* const> expressions,
                                                               OptLevel level);
  };
  // Changes with any structure that crosses the border.
  static constexpr uint32_t kVersion = 2;

  explicit Jit(const Entries& entries) : entries_(entries) {}

  absl::StatusOr<Image> CompileImage(std::shared_ptr<const plan::Plan> plan, OptLevel level) const {
    return entries_.compile({std::move(plan), level, 0});
  }
  // `bylaw dump --phase=llvm|asm`: all step programs of the plan.
  absl::StatusOr<std::string> DumpLlvm(std::shared_ptr<const plan::Plan> plan, OptLevel level) const {
    return entries_.dump_llvm({std::move(plan), level, 0});
  }
  absl::StatusOr<std::string> DumpAsm(std::shared_ptr<const plan::Plan> plan, OptLevel level) const {
    return entries_.dump_asm({std::move(plan), level, 0});
  }
  absl::StatusOr<CompiledExpressions> CompileExpressions(std::span<const cel::TypedExpr* const> expressions,
                                                         OptLevel level) const {
    return entries_.compile_expressions(expressions, level);
  }
  // An image with a fault, to see that tests find it.
  absl::StatusOr<Image> CompileMutantForTest(const CompileRequest& request) const { return entries_.compile(request); }

 private:
  Entries entries_;
};

// The JIT of this process, opened once. Unavailable: the shared object is missing or of another version.
absl::StatusOr<const Jit*> LoadJit();

}  // namespace bylaw::jit

#endif  // BYLAW_COMPILER_JIT_JIT_H_
