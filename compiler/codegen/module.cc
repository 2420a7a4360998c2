#include "compiler/codegen/module.h"

#include <fmt/format.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include "base/check.h"
#include "compiler/codegen/llvm_ir.h"
#include "compiler/codegen/step.h"

namespace bylaw::codegen {

std::string FunctionName(const std::string& prefix, size_t index) { return fmt::format("{}{}", prefix, index); }

void VerifyModule(const llvm::Module& module) {
  std::string breach;
  llvm::raw_string_ostream stream(breach);
  if (llvm::verifyModule(module, &stream)) {
    BYLAW_CHECK(false, stream.str().c_str());
  }
}

std::unique_ptr<llvm::Module> LowerPrograms(llvm::LLVMContext& context, const SymbolTable& symbols,
                                            const std::string& prefix, std::span<const size_t> programs,
                                            Mutant mutant) {
  auto module = std::make_unique<llvm::Module>(prefix + "module", context);
  for (const size_t i : programs) {
    StepLowering(*module, symbols, *symbols.plan().programs[i], FunctionName(prefix, i), mutant).Run();
  }
  VerifyModule(*module);
  return module;
}

}  // namespace bylaw::codegen
