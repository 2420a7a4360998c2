// Conditions of a step to LLVM IR: the leaves that expression.h needs, from the arguments of a DecideFn.
#ifndef BYLAW_COMPILER_CODEGEN_CONDITION_H_
#define BYLAW_COMPILER_CODEGEN_CONDITION_H_

#include "compiler/cel/typed.h"
#include "compiler/codegen/expression.h"
#include "compiler/codegen/llvm_ir.h"
#include "compiler/codegen/symbols.h"
#include "compiler/plan/plan.h"

namespace bylaw::codegen {

// The arguments of a DecideFn.
struct StepArgs {
  llvm::Value* entry = nullptr;
  llvm::Value* tenant = nullptr;
  llvm::Value* request = nullptr;
  llvm::Value* out = nullptr;
};

class ConditionLowering final : private LeafLowering {
 public:
  ConditionLowering(llvm::IRBuilder<>& builder, const SymbolTable& symbols, const plan::StepProgram& program,
                    const StepArgs& args);

  // i8 (plan::Truth): 0 false, 1 true, 2 error.
  llvm::Value* Truth(const cel::TypedExpr& condition);
  // i1: a bit of the request's words at `offset`.
  llvm::Value* RequestBit(size_t offset, uint32_t bit);

 private:
  Native Read(const cel::TypedExpr& leaf, llvm::BasicBlock* error) override;
  llvm::Value* IsPresent(const cel::TypedExpr& leaf) override;
  llvm::Value* Pattern(const cel::TypedExpr& matches) override;
  llvm::Value* Arena() override { return arena_; }

  Native TextAt(llvm::Value* text);
  Native SlotIn(llvm::Value* row, cel::Type type, uint32_t slot, llvm::BasicBlock* error);
  Native Slot(const cel::TypedExpr& leaf, llvm::BasicBlock* error);
  Native Setting(const cel::TypedExpr& leaf, llvm::BasicBlock* error);
  Native TenantText(const cel::TypedExpr& leaf);
  llvm::Value* Request(llvm::Type* type, size_t offset, const char* name);

  llvm::IRBuilder<>& b_;
  llvm::Module& module_;
  const SymbolTable& symbols_;
  const plan::StepProgram& program_;
  StepArgs args_;
  ExpressionLowering expression_;
  llvm::Value* arena_ = nullptr;  // of the condition that is being emitted; null if it needs none
};

}  // namespace bylaw::codegen

#endif  // BYLAW_COMPILER_CODEGEN_CONDITION_H_
