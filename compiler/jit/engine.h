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
#include "compiler/codegen/standalone.h"
#include "compiler/codegen/symbols.h"
#include "compiler/jit/jit.h"
#include "compiler/plan/plan.h"
#include "runtime/abi/decision.h"

namespace bylaw::jit {

class Engine;

// A library of machine code inside an engine. Freed on destruction; must not be running then.
class Library {
 public:
  struct Tracker;
  Library(std::shared_ptr<Engine> engine, std::unique_ptr<Tracker> tracker);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  Tracker& tracker() { return *tracker_; }

 private:
  std::shared_ptr<Engine> engine_;
  std::unique_ptr<Tracker> tracker_;
};

// The machine code of one image: the library goes before what it refers to.
struct Code {
  std::unique_ptr<codegen::SymbolTable> symbols;
  std::vector<abi::DecideFn> functions;  // by position in Plan::programs
  std::unique_ptr<Library> library;
};

// The same of expressions that stand alone.
struct ExpressionCode {
  std::unique_ptr<codegen::ExpressionSymbols> symbols;
  std::vector<ExpressionFn> functions;  // in the order of the expressions
  std::unique_ptr<Library> library;
};

// The process's engine for a level, made on first use.
absl::StatusOr<std::shared_ptr<Engine>> EngineFor(OptLevel level);

absl::StatusOr<std::shared_ptr<const Code>> CompileCode(const std::shared_ptr<Engine>& engine,
                                                        const CompileRequest& request);

absl::StatusOr<std::shared_ptr<const ExpressionCode>> CompileExpressionCode(const std::shared_ptr<Engine>& engine,
                                                                            codegen::Expressions expressions);

absl::StatusOr<std::string> DumpModule(const CompileRequest& request, bool assembly);

}  // namespace bylaw::jit

#endif  // BYLAW_COMPILER_JIT_ENGINE_H_
