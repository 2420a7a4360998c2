// Expressions that stand alone to LLVM modules: one function for each, over its free variables.
#ifndef BYLAW_COMPILER_CODEGEN_STANDALONE_H_
#define BYLAW_COMPILER_CODEGEN_STANDALONE_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compiler/cel/typed.h"
#include "compiler/codegen/symbols.h"

namespace llvm {
class LLVMContext;
class Module;
}  // namespace llvm

namespace bylaw::codegen {

using Expressions = std::span<const cel::TypedExpr* const>;

// What the code of some expressions refers to: the support functions and their compiled patterns. Must outlive the
// code.
class ExpressionSymbols {
 public:
  explicit ExpressionSymbols(Expressions expressions);
  const std::vector<std::pair<std::string, const void*>>& symbols() const { return symbols_; }
  std::string PatternName(const cel::TypedExpr& matches) const;

 private:
  struct Pattern {
    const cel::TypedExpr* node;
    std::shared_ptr<const void> compiled;
  };
  std::vector<Pattern> patterns_;
  std::vector<std::pair<std::string, const void*>> symbols_;
};

// Expressions [begin, end), named FunctionName(prefix, index), each void(const Value* variables, Arena*, Value* out).
std::unique_ptr<llvm::Module> LowerExpressions(llvm::LLVMContext& context, const ExpressionSymbols& symbols,
                                               Expressions expressions, const std::string& prefix, size_t begin,
                                               size_t end);

}  // namespace bylaw::codegen

#endif  // BYLAW_COMPILER_CODEGEN_STANDALONE_H_
