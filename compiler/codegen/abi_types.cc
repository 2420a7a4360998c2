#include "compiler/codegen/abi_types.h"

#include <llvm/IR/DataLayout.h>

#include <array>

#include "base/check.h"

namespace bylaw::codegen {
namespace {

constexpr std::array kFieldOffsets = {
#define BYLAW_DECISION_FIELD(c_type, llvm_bits, name, meaning) offsetof(abi::Decision, name),
#include "runtime/abi/decision.def"
#undef BYLAW_DECISION_FIELD
};

}  // namespace

llvm::StructType* DecisionType(llvm::LLVMContext& context) {
  if (llvm::StructType* known = llvm::StructType::getTypeByName(context, "Decision")) return known;
  return llvm::StructType::create(context,
                                  {
#define BYLAW_DECISION_FIELD(c_type, llvm_bits, name, meaning) llvm::Type::getIntNTy(context, llvm_bits),
#include "runtime/abi/decision.def"
#undef BYLAW_DECISION_FIELD
                                  },
                                  "Decision");
}

void CheckLayout(const llvm::DataLayout& layout, llvm::LLVMContext& context) {
  const llvm::StructLayout* decision = layout.getStructLayout(DecisionType(context));
  for (unsigned i = 0; i < kFieldOffsets.size(); ++i) {
    BYLAW_CHECK(decision->getElementOffset(i) == kFieldOffsets[i], "a decision's fields lie where C++ puts them");
  }
}

void StoreDecision(llvm::IRBuilder<>& builder, llvm::Value* out, const DecisionValues& values) {
  const abi::Decision proceed = abi::ProceedDecision();
  llvm::StructType* type = DecisionType(builder.getContext());
  unsigned index = 0;
#define BYLAW_DECISION_FIELD(c_type, llvm_bits, name, meaning)                                                \
  builder.CreateStore(                                                                                        \
      values.name != nullptr ? values.name : builder.getIntN(llvm_bits, static_cast<uint64_t>(proceed.name)), \
      builder.CreateStructGEP(type, out, index++, "out." #name));
#include "runtime/abi/decision.def"
#undef BYLAW_DECISION_FIELD
}

llvm::Value* LoadField(llvm::IRBuilder<>& builder, llvm::Type* type, llvm::Value* base, size_t offset,
                       const char* name) {
  return builder.CreateLoad(type, builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, offset), name);
}

}  // namespace bylaw::codegen
