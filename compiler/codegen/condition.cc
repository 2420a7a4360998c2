#include "compiler/codegen/condition.h"

#include <llvm/IR/Constants.h>

#include <cstddef>

#include "base/check.h"
#include "compiler/cel/cost.h"
#include "compiler/codegen/abi_types.h"
#include "compiler/codegen/support.h"

namespace bylaw::codegen {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

ConditionLowering::ConditionLowering(llvm::IRBuilder<>& builder, const SymbolTable& symbols,
                                     const plan::StepProgram& program, const StepArgs& args)
    : b_(builder),
      module_(*builder.GetInsertBlock()->getModule()),
      symbols_(symbols),
      program_(program),
      args_(args),
      expression_(builder, *this, symbols.plan().tables.currency) {}

llvm::Value* ConditionLowering::Truth(const TypedExpr& condition) {
  arena_ = nullptr;
  if (ExpressionLowering::NeedsArena(condition)) {
    arena_ = b_.CreateCall(Support(module_, kConditionArena, b_.getPtrTy(), {}), {});
  }
  return expression_.Truth(condition);
}

llvm::Value* ConditionLowering::Request(llvm::Type* type, size_t offset, const char* name) {
  return LoadField(b_, type, args_.request, offset, name);
}

llvm::Value* ConditionLowering::RequestBit(size_t offset, uint32_t bit) {
  llvm::Value* words = Request(b_.getPtrTy(), offset, "words");
  llvm::Value* word = LoadField(b_, b_.getInt64Ty(), words, bit / 64 * sizeof(uint64_t), "word");
  return b_.CreateIsNotNull(b_.CreateAnd(word, b_.getInt64(uint64_t{1} << (bit % 64))), "bit");
}

llvm::Value* ConditionLowering::IsPresent(const TypedExpr& leaf) {
  return RequestBit(offsetof(abi::StepRequest, present), leaf.slot);
}

llvm::Value* ConditionLowering::Pattern(const TypedExpr& matches) {
  return Table(module_, symbols_.PatternName(matches));
}

// `text`: an abi::Text*.
Native ConditionLowering::TextAt(llvm::Value* text) {
  return {LoadField(b_, b_.getPtrTy(), text, offsetof(abi::Text, data), "data"),
          LoadField(b_, b_.getInt64Ty(), text, offsetof(abi::Text, size), "size")};
}

Native ConditionLowering::SlotIn(llvm::Value* row, Type type, uint32_t slot, llvm::BasicBlock* error) {
  const size_t offset = slot * sizeof(abi::SlotValue);
  switch (type) {
    case Type::kString: {
      const Native text = TextAt(LoadField(b_, b_.getPtrTy(), row, offset, "text"));
      expression_.LeaveIf(b_.CreateICmpUGT(text.size, b_.getInt64(cel::kTextBytesMax)), error);
      return text;
    }
    case Type::kList: {
      llvm::Type* ptr = b_.getPtrTy();
      llvm::Value* out = expression_.Temporary();
      b_.CreateCall(Support(module_, kReadList, b_.getVoidTy(), {ptr, ptr}),
                    {LoadField(b_, ptr, row, offset, "list"), out});
      return expression_.LoadAs(out, type, error);
    }
    case Type::kDouble:
      return {LoadField(b_, b_.getDoubleTy(), row, offset, "number"), nullptr};
    default:
      break;
  }
  llvm::Value* integer = LoadField(b_, b_.getInt64Ty(), row, offset, "integer");
  if (type == Type::kBool) integer = b_.CreateZExt(b_.CreateIsNotNull(integer), b_.getInt64Ty());
  if (type == Type::kTimestamp) integer = b_.CreateSExt(integer, b_.getInt128Ty());
  return {integer, nullptr};
}

Native ConditionLowering::Slot(const TypedExpr& leaf, llvm::BasicBlock* error) {
  expression_.LeaveIf(b_.CreateNot(IsPresent(leaf)), error);
  return SlotIn(Request(b_.getPtrTy(), offsetof(abi::StepRequest, slots), "slots"), leaf.type, leaf.slot, error);
}

Native ConditionLowering::Setting(const TypedExpr& leaf, llvm::BasicBlock* error) {
  llvm::Value* begin =
      LoadField(b_, b_.getInt32Ty(), args_.tenant, offsetof(abi::TenantRecord, settings_begin), "begin");
  llvm::Value* row = b_.CreateInBoundsGEP(b_.getInt64Ty(), Table(module_, kSettings),
                                          b_.CreateZExt(begin, b_.getInt64Ty()), "settings");
  if (!symbols_.AlwaysSet(leaf.slot)) {
    const size_t offset = (symbols_.plan().setting_count + leaf.slot / 64) * sizeof(abi::SlotValue);
    llvm::Value* word = LoadField(b_, b_.getInt64Ty(), row, offset, "set");
    llvm::Value* set = b_.CreateAnd(word, b_.getInt64(uint64_t{1} << (leaf.slot % 64)));
    expression_.LeaveIf(b_.CreateIsNull(set), error);
  }
  return SlotIn(row, leaf.type, leaf.slot, error);
}

Native ConditionLowering::TenantText(const TypedExpr& leaf) {
  const char* table = nullptr;
  size_t offset = 0;
  switch (leaf.tenant_text) {
    case cel::TenantText::kId:
      table = kTenantTexts, offset = offsetof(abi::TenantRecord, tenant);
      break;
    case cel::TenantText::kTier:
      table = kTierTexts, offset = offsetof(abi::TenantRecord, tier);
      break;
    case cel::TenantText::kClass:
      table = kClassTexts, offset = offsetof(abi::TenantRecord, klass);
      break;
    case cel::TenantText::kOrg:
      table = kOrgTexts, offset = offsetof(abi::TenantRecord, org);
      break;
  }
  llvm::Value* id = LoadField(b_, b_.getInt32Ty(), args_.tenant, offset, "id");
  llvm::Value* none = b_.CreateICmpEQ(id, b_.getInt32(abi::kNoId));
  llvm::Value* index = b_.CreateZExt(b_.CreateSelect(none, b_.getInt32(0), id), b_.getInt64Ty());
  llvm::Value* row =
      b_.CreateInBoundsGEP(llvm::ArrayType::get(b_.getInt64Ty(), sizeof(abi::Text) / 8), Table(module_, table), index);
  Native text = TextAt(row);
  text.size = b_.CreateSelect(none, b_.getInt64(0), text.size);
  return text;
}

Native ConditionLowering::Read(const TypedExpr& leaf, llvm::BasicBlock* error) {
  llvm::Type* i64 = b_.getInt64Ty();
  switch (leaf.op) {
    case Op::kSlot:
      return Slot(leaf, error);
    case Op::kSetting:
      return Setting(leaf, error);
    case Op::kTenantText:
      return TenantText(leaf);
    case Op::kStepName:
      return expression_.ConstantText(program_.step_name);
    case Op::kStepAttempt:
      return {b_.CreateZExt(Request(b_.getInt32Ty(), offsetof(abi::StepRequest, attempt), "attempt"), i64), nullptr};
    case Op::kStepEstimatedCost:
      return {b_.getInt64(static_cast<uint64_t>(program_.estimate_micros)), nullptr};
    case Op::kWorkflowName:
      return expression_.ConstantText(program_.workflow_name);
    case Op::kWorkflowSpent:
      return {Request(i64, offsetof(abi::StepRequest, spent_micros), "spent"), nullptr};
    case Op::kWorkflowAge:
      return {Request(i64, offsetof(abi::StepRequest, age_ns), "age"), nullptr};
    case Op::kBudgetRemaining:
      return {Request(i64, offsetof(abi::StepRequest, remaining_micros), "remaining"), nullptr};
    case Op::kNow: {
      llvm::Value* now = Request(i64, offsetof(abi::StepRequest, wall_now_ns), "now");
      return {b_.CreateSExt(now, b_.getInt128Ty()), nullptr};
    }
    default:
      BYLAW_UNREACHABLE("a leaf of a condition");
  }
}

}  // namespace bylaw::codegen
