// The runtime's structures as compiled code sees them.
//
// The decision's LLVM struct is made from decision.def, like the C++ one; CheckLayout compares every offset. The
// read-only structures are read by byte offset, taken from the C++ compiler.
#ifndef BYLAW_COMPILER_CODEGEN_ABI_TYPES_H_
#define BYLAW_COMPILER_CODEGEN_ABI_TYPES_H_

#include <cstddef>
#include <cstdint>

#include "compiler/codegen/llvm_ir.h"
#include "runtime/abi/decision.h"

namespace bylaw::codegen {

// A value for every field of a decision; null: as in abi::ProceedDecision().
struct DecisionValues {
#define BYLAW_DECISION_FIELD(c_type, llvm_bits, name, meaning) llvm::Value* name = nullptr;
#include "runtime/abi/decision.def"
#undef BYLAW_DECISION_FIELD
};

llvm::StructType* DecisionType(llvm::LLVMContext& context);

// INVARIANT(one-layout): the struct made from decision.def lies as the C++ struct does. Aborts if it does not.
void CheckLayout(const llvm::DataLayout& layout, llvm::LLVMContext& context);

// Stores every field.
void StoreDecision(llvm::IRBuilder<>& builder, llvm::Value* out, const DecisionValues& values);

// Loads a value of `type` that stands `offset` bytes behind `base`.
llvm::Value* LoadField(llvm::IRBuilder<>& builder, llvm::Type* type, llvm::Value* base, size_t offset,
                       const char* name);

}  // namespace bylaw::codegen

#endif  // BYLAW_COMPILER_CODEGEN_ABI_TYPES_H_
