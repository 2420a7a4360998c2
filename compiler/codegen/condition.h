// Conditions to LLVM IR: the meaning of plan/cel_eval.h as straight code.
//
// A condition becomes an i8 (plan::Truth: 0 false, 1 true, 2 error). A value that may be an error is computed in blocks
// that leave for an error block at the first error, so that no text behind an absent slot is ever read. The builder
// stands behind the emitted code afterwards. One object lowers the conditions of one function.
#ifndef BYLAW_COMPILER_CODEGEN_CONDITION_H_
#define BYLAW_COMPILER_CODEGEN_CONDITION_H_

#include <string_view>

#include "compiler/cel/typed.h"
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

// A function or table outside the module, by name.
llvm::Function* Helper(llvm::Module& module, const char* name, llvm::Type* result,
                       const std::vector<llvm::Type*>& parameters);
llvm::GlobalVariable* Table(llvm::Module& module, const std::string& name);

class ConditionLowering {
 public:
  ConditionLowering(llvm::IRBuilder<>& builder, const SymbolTable& symbols, const plan::StepProgram& program,
                    const StepArgs& args);

  // i8: 0 false, 1 true, 2 error.
  llvm::Value* Truth(const cel::TypedExpr& expr);
  // i1: a bit of the request's words at `offset`.
  llvm::Value* RequestBit(size_t offset, uint32_t bit);

 private:
  // A text is its data and its size; everything else has only `value` (i64 or double).
  struct Scalar {
    llvm::Value* value = nullptr;
    llvm::Value* size = nullptr;
  };

  Scalar Value(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Scalar Constant(const cel::TypedExpr& expr);
  Scalar ConstantText(std::string_view text);
  Scalar TextAt(llvm::Value* text);
  Scalar SlotIn(llvm::Value* row, cel::Type type, uint32_t slot);
  Scalar Slot(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Scalar Setting(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Scalar TenantText(const cel::TypedExpr& expr);
  Scalar Arithmetic(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Scalar Checked(cel::Op op, llvm::Value* a, llvm::Value* b, llvm::BasicBlock* error);
  Scalar Conditional(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Scalar Negated(const cel::TypedExpr& expr, llvm::BasicBlock* error);

  llvm::Value* Junction(const cel::TypedExpr& expr, bool decides);
  llvm::Value* ConditionalTruth(const cel::TypedExpr& expr);
  // i1 of an expression of type yes or no that is neither && nor || nor a conditional.
  llvm::Value* Test(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  llvm::Value* Compare(cel::Op op, cel::Type type, const Scalar& a, const Scalar& b);
  llvm::Value* CompareText(cel::Op op, const Scalar& a, const Scalar& b);
  llvm::Value* SameText(const Scalar& a, const Scalar& b);
  llvm::Value* CompareBytes(llvm::Value* a, llvm::Value* b, llvm::Value* size);
  llvm::Value* Membership(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  llvm::Value* TextTest(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  // `then` if `condition` holds, else false: `then` is emitted in a block of its own.
  template <typename Emit>
  llvm::Value* And(llvm::Value* condition, Emit then);

  llvm::Value* Request(llvm::Type* type, size_t offset, const char* name);
  void LeaveIf(llvm::Value* condition, llvm::BasicBlock* error);
  llvm::BasicBlock* Block(const char* name);

  llvm::IRBuilder<>& b_;
  llvm::Module& module_;
  const SymbolTable& symbols_;
  const plan::StepProgram& program_;
  StepArgs args_;
};

}  // namespace bylaw::codegen

#endif  // BYLAW_COMPILER_CODEGEN_CONDITION_H_
