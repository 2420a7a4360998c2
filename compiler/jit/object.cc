// The shared object's door: what LoadJit finds in libbylaw_jit.so.
#include <memory>
#include <utility>

#include "compiler/jit/engine.h"
#include "compiler/jit/jit.h"

namespace bylaw::jit {
namespace {

// What an image of compiled code keeps alive: the plan's tables behind the code, and the code.
struct Kept {
  std::shared_ptr<const plan::Plan> plan;
  std::shared_ptr<const Code> code;
};

absl::StatusOr<Jit::Image> Compile(const CompileRequest& request) {
  absl::StatusOr<std::shared_ptr<Engine>> engine = EngineFor(request.level);
  if (!engine.ok()) return engine.status();
  absl::StatusOr<std::shared_ptr<const Code>> code = CompileCode(*engine, request);
  if (!code.ok()) return code.status();
  absl::flat_hash_map<const void*, abi::DecideFn> decide;
  for (size_t i = 0; i < request.plan->programs.size(); ++i) {
    decide.emplace(request.plan->programs[i].get(), (*code)->functions[i]);
  }
  auto image = std::make_shared<abi::PolicyImage>(request.plan->tables);
  for (abi::ShapeInfo& shape : image->shapes) {
    for (abi::ShapeWorkflow& workflow : shape.workflows) {
      for (abi::StepEntry& entry : workflow.steps) {
        if (entry.program != nullptr) entry.decide = decide.at(entry.program);  // null: of a plan for a few probes
      }
    }
  }
  image->keep_alive = std::make_shared<Kept>(Kept{request.plan, *std::move(code)});
  return Jit::Image(std::move(image));
}

absl::StatusOr<CompiledExpressions> CompileExpressions(std::span<const cel::TypedExpr* const> expressions,
                                                       OptLevel level) {
  absl::StatusOr<std::shared_ptr<Engine>> engine = EngineFor(level);
  if (!engine.ok()) return engine.status();
  absl::StatusOr<std::shared_ptr<const ExpressionCode>> code = CompileExpressionCode(*engine, expressions);
  if (!code.ok()) return code.status();
  std::vector<ExpressionFn> functions = (*code)->functions;
  return CompiledExpressions{std::move(functions), *std::move(code)};
}

absl::StatusOr<std::string> DumpLlvm(const CompileRequest& request) { return DumpModule(request, false); }
absl::StatusOr<std::string> DumpAsm(const CompileRequest& request) { return DumpModule(request, true); }

}  // namespace
}  // namespace bylaw::jit

extern "C" __attribute__((visibility("default"))) const bylaw::jit::Jit::Entries* bylaw_jit_entries() {
  static constexpr bylaw::jit::Jit::Entries kEntries = {bylaw::jit::Jit::kVersion, &bylaw::jit::Compile,
                                                        &bylaw::jit::DumpLlvm, &bylaw::jit::DumpAsm,
                                                        &bylaw::jit::CompileExpressions};
  return &kEntries;
}
