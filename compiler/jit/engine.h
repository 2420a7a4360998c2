// LLVM's JIT for one optimization level: modules in, addresses out. Inside the shared object only.
//
// One Engine serves all images of its level; the code of an image is one ResourceTracker, removed when its Code dies.
// Thread-safe. LLVM's own error texts stay in here: a failure is an Internal status in our words.
#ifndef BYLAW_COMPILER_JIT_ENGINE_H_
#define BYLAW_COMPILER_JIT_ENGINE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/codegen/symbols.h"
#include "compiler/jit/jit.h"
#include "compiler/plan/plan.h"
#include "runtime/abi/decision.h"

namespace bylaw::jit {

class Engine;

// The machine code of one image. Freed on destruction; must not be running then.
class Code {
 public:
  struct Tracker;
  Code(std::shared_ptr<Engine> engine, std::unique_ptr<codegen::SymbolTable> symbols, std::unique_ptr<Tracker> tracker);
  ~Code();
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;

  const codegen::SymbolTable& symbols() const { return *symbols_; }
  void SetFunctions(std::vector<abi::DecideFn> functions) { functions_ = std::move(functions); }
  // By position in Plan::programs.
  const std::vector<abi::DecideFn>& functions() const { return functions_; }

 private:
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<codegen::SymbolTable> symbols_;
  std::unique_ptr<Tracker> tracker_;
  std::vector<abi::DecideFn> functions_;
};

// The process's engine for a level, made on first use.
absl::StatusOr<std::shared_ptr<Engine>> EngineFor(OptLevel level);

absl::StatusOr<std::shared_ptr<const Code>> CompileCode(const std::shared_ptr<Engine>& engine,
                                                        const CompileRequest& request);

absl::StatusOr<std::string> DumpModule(const CompileRequest& request, bool assembly);

}  // namespace bylaw::jit

#endif  // BYLAW_COMPILER_JIT_ENGINE_H_
