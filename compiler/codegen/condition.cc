// Truth values, names and arithmetic; comparisons and text are in condition_text.cc.
#include "compiler/codegen/condition.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Intrinsics.h>

#include <cstddef>
#include <limits>

#include "base/check.h"
#include "compiler/codegen/abi_types.h"

namespace bylaw::codegen {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

llvm::Function* Helper(llvm::Module& module, const char* name, llvm::Type* result,
                       const std::vector<llvm::Type*>& parameters) {
  if (llvm::Function* known = module.getFunction(name)) return known;
  auto* type = llvm::FunctionType::get(result, parameters, /*isVarArg=*/false);
  auto* helper = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  helper->setDoesNotThrow();
  helper->setOnlyReadsMemory();
  helper->addFnAttr(llvm::Attribute::WillReturn);
  if (result->isIntegerTy(1)) helper->addRetAttr(llvm::Attribute::ZExt);
  return helper;
}

llvm::GlobalVariable* Table(llvm::Module& module, const std::string& name) {
  if (llvm::GlobalVariable* known = module.getNamedGlobal(name)) return known;
  return new llvm::GlobalVariable(module, llvm::Type::getInt8Ty(module.getContext()), /*isConstant=*/true,
                                  llvm::GlobalValue::ExternalLinkage, /*Initializer=*/nullptr, name);
}

ConditionLowering::ConditionLowering(llvm::IRBuilder<>& builder, const SymbolTable& symbols,
                                     const plan::StepProgram& program, const StepArgs& args)
    : b_(builder), module_(*builder.GetInsertBlock()->getModule()), symbols_(symbols), program_(program), args_(args) {}

llvm::BasicBlock* ConditionLowering::Block(const char* name) {
  return llvm::BasicBlock::Create(b_.getContext(), name, b_.GetInsertBlock()->getParent());
}

void ConditionLowering::LeaveIf(llvm::Value* condition, llvm::BasicBlock* error) {
  llvm::BasicBlock* next = Block("ok");
  b_.CreateCondBr(condition, error, next);
  b_.SetInsertPoint(next);
}

llvm::Value* ConditionLowering::Request(llvm::Type* type, size_t offset, const char* name) {
  return LoadField(b_, type, args_.request, offset, name);
}

llvm::Value* ConditionLowering::RequestBit(size_t offset, uint32_t bit) {
  llvm::Value* words = Request(b_.getPtrTy(), offset, "words");
  llvm::Value* word = LoadField(b_, b_.getInt64Ty(), words, bit / 64 * sizeof(uint64_t), "word");
  return b_.CreateIsNotNull(b_.CreateAnd(word, b_.getInt64(uint64_t{1} << (bit % 64))), "bit");
}

llvm::Value* ConditionLowering::Truth(const TypedExpr& expr) {
  switch (expr.op) {
    case Op::kAnd:
      return Junction(expr, false);
    case Op::kOr:
      return Junction(expr, true);
    case Op::kConditional:
      return ConditionalTruth(expr);
    case Op::kNot: {
      llvm::Value* inner = Truth(*expr.args[0]);
      llvm::Value* is_error = b_.CreateICmpEQ(inner, b_.getInt8(2));
      return b_.CreateSelect(is_error, inner, b_.CreateXor(inner, b_.getInt8(1)), "not");
    }
    default:
      break;
  }
  llvm::BasicBlock* error = Block("error");
  llvm::Value* holds = b_.CreateZExt(Test(expr, error), b_.getInt8Ty());
  if (error->hasNPredecessors(0)) {
    error->eraseFromParent();
    return holds;
  }
  llvm::BasicBlock* from = b_.GetInsertBlock();
  llvm::BasicBlock* done = Block("truth");
  b_.CreateBr(done);
  b_.SetInsertPoint(error);
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  llvm::PHINode* truth = b_.CreatePHI(b_.getInt8Ty(), 2, "truth");
  truth->addIncoming(holds, from);
  truth->addIncoming(b_.getInt8(2), error);
  return truth;
}

llvm::Value* ConditionLowering::Junction(const TypedExpr& expr, bool decides) {
  llvm::Value* left = Truth(*expr.args[0]);
  llvm::Value* deciding = b_.getInt8(decides ? 1 : 0);
  llvm::BasicBlock* from_left = b_.GetInsertBlock();
  llvm::BasicBlock* other = Block("other");
  llvm::BasicBlock* done = Block("junction");
  b_.CreateCondBr(b_.CreateICmpEQ(left, deciding), done, other);
  b_.SetInsertPoint(other);
  llvm::Value* right = Truth(*expr.args[1]);
  // Neither side decides: an error if one side is, else the opposite of what would have decided. Left is not
  // `deciding` here, so the larger of the two is 2 exactly if one is an error.
  llvm::Value* larger = b_.CreateSelect(b_.CreateICmpUGT(left, right), left, right);
  llvm::Value* both = b_.CreateSelect(b_.CreateICmpEQ(right, deciding), deciding, larger);
  llvm::BasicBlock* from_right = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  llvm::PHINode* truth = b_.CreatePHI(b_.getInt8Ty(), 2, "junction");
  truth->addIncoming(deciding, from_left);
  truth->addIncoming(both, from_right);
  return truth;
}

llvm::Value* ConditionLowering::ConditionalTruth(const TypedExpr& expr) {
  llvm::Value* condition = Truth(*expr.args[0]);
  llvm::BasicBlock* done = Block("chosen");
  llvm::PHINode* truth = llvm::PHINode::Create(b_.getInt8Ty(), 3, "chosen", done);
  llvm::BasicBlock* branches[] = {Block("else"), Block("then")};
  llvm::SwitchInst* choose = b_.CreateSwitch(condition, done, 2);
  truth->addIncoming(b_.getInt8(2), b_.GetInsertBlock());
  for (uint8_t holds : {0, 1}) {
    choose->addCase(b_.getInt8(holds), branches[holds]);
    b_.SetInsertPoint(branches[holds]);
    llvm::Value* value = Truth(*expr.args[holds == 1 ? 1 : 2]);
    truth->addIncoming(value, b_.GetInsertBlock());
    b_.CreateBr(done);
  }
  b_.SetInsertPoint(done);
  return truth;
}

ConditionLowering::Scalar ConditionLowering::Conditional(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Value* condition = Truth(*expr.args[0]);
  LeaveIf(b_.CreateICmpEQ(condition, b_.getInt8(2)), error);
  llvm::BasicBlock* then = Block("then");
  llvm::BasicBlock* otherwise = Block("else");
  llvm::BasicBlock* done = Block("chosen");
  b_.CreateCondBr(b_.CreateICmpEQ(condition, b_.getInt8(1)), then, otherwise);
  Scalar values[2];
  llvm::BasicBlock* from[2];
  for (const int i : {0, 1}) {
    b_.SetInsertPoint(i == 0 ? then : otherwise);
    values[i] = Value(*expr.args[i + 1], error);
    from[i] = b_.GetInsertBlock();
    b_.CreateBr(done);
  }
  b_.SetInsertPoint(done);
  const auto merge = [&](llvm::Value* a, llvm::Value* b) {
    llvm::PHINode* phi = b_.CreatePHI(a->getType(), 2, "chosen");
    phi->addIncoming(a, from[0]);
    phi->addIncoming(b, from[1]);
    return phi;
  };
  Scalar chosen{merge(values[0].value, values[1].value), nullptr};
  if (values[0].size != nullptr) chosen.size = merge(values[0].size, values[1].size);
  return chosen;
}

ConditionLowering::Scalar ConditionLowering::Constant(const TypedExpr& expr) {
  if (expr.type == Type::kDouble) return {llvm::ConstantFP::get(b_.getDoubleTy(), expr.double_value), nullptr};
  if (expr.type == Type::kString) return ConstantText(expr.text_value);
  return {b_.getInt64(static_cast<uint64_t>(expr.int_value)), nullptr};
}

ConditionLowering::Scalar ConditionLowering::ConstantText(std::string_view text) {
  llvm::Constant* bytes =
      llvm::ConstantDataArray::getString(b_.getContext(), llvm::StringRef(text.data(), text.size()), false);
  auto* kept = new llvm::GlobalVariable(module_, bytes->getType(), true, llvm::GlobalValue::PrivateLinkage, bytes);
  kept->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  return {kept, b_.getInt64(text.size())};
}

// `text`: an abi::Text*.
ConditionLowering::Scalar ConditionLowering::TextAt(llvm::Value* text) {
  return {LoadField(b_, b_.getPtrTy(), text, offsetof(abi::Text, data), "data"),
          LoadField(b_, b_.getInt64Ty(), text, offsetof(abi::Text, size), "size")};
}

ConditionLowering::Scalar ConditionLowering::SlotIn(llvm::Value* row, Type type, uint32_t slot) {
  const size_t offset = slot * sizeof(abi::SlotValue);
  if (type == Type::kString) return TextAt(LoadField(b_, b_.getPtrTy(), row, offset, "text"));
  if (type == Type::kDouble) return {LoadField(b_, b_.getDoubleTy(), row, offset, "number"), nullptr};
  llvm::Value* integer = LoadField(b_, b_.getInt64Ty(), row, offset, "integer");
  if (type == Type::kBool) integer = b_.CreateZExt(b_.CreateIsNotNull(integer), b_.getInt64Ty());
  return {integer, nullptr};
}

ConditionLowering::Scalar ConditionLowering::Slot(const TypedExpr& expr, llvm::BasicBlock* error) {
  LeaveIf(b_.CreateNot(RequestBit(offsetof(abi::StepRequest, present), expr.slot)), error);
  return SlotIn(Request(b_.getPtrTy(), offsetof(abi::StepRequest, slots), "slots"), expr.type, expr.slot);
}

ConditionLowering::Scalar ConditionLowering::Setting(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Value* begin =
      LoadField(b_, b_.getInt32Ty(), args_.tenant, offsetof(abi::TenantRecord, settings_begin), "begin");
  llvm::Value* row = b_.CreateInBoundsGEP(b_.getInt64Ty(), Table(module_, kSettings),
                                          b_.CreateZExt(begin, b_.getInt64Ty()), "settings");
  if (!symbols_.AlwaysSet(expr.slot)) {
    const size_t offset = (symbols_.plan().setting_count + expr.slot / 64) * sizeof(abi::SlotValue);
    llvm::Value* word = LoadField(b_, b_.getInt64Ty(), row, offset, "set");
    LeaveIf(b_.CreateIsNull(b_.CreateAnd(word, b_.getInt64(uint64_t{1} << (expr.slot % 64)))), error);
  }
  return SlotIn(row, expr.type, expr.slot);
}

ConditionLowering::Scalar ConditionLowering::TenantText(const TypedExpr& expr) {
  const char* table = nullptr;
  size_t offset = 0;
  switch (expr.tenant_text) {
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
  Scalar text = TextAt(row);
  text.size = b_.CreateSelect(none, b_.getInt64(0), text.size);
  return text;
}

ConditionLowering::Scalar ConditionLowering::Checked(Op op, llvm::Value* a, llvm::Value* b, llvm::BasicBlock* error) {
  if (op == Op::kDivide || op == Op::kModulo) {
    llvm::Value* least = b_.getInt64(static_cast<uint64_t>(std::numeric_limits<int64_t>::min()));
    llvm::Value* overflow = b_.CreateAnd(b_.CreateICmpEQ(a, least), b_.CreateICmpEQ(b, b_.getInt64(~uint64_t{0})));
    LeaveIf(b_.CreateOr(b_.CreateIsNull(b), overflow), error);
    return {op == Op::kDivide ? b_.CreateSDiv(a, b) : b_.CreateSRem(a, b), nullptr};
  }
  const llvm::Intrinsic::ID checked = op == Op::kAdd        ? llvm::Intrinsic::sadd_with_overflow
                                      : op == Op::kSubtract ? llvm::Intrinsic::ssub_with_overflow
                                                            : llvm::Intrinsic::smul_with_overflow;
  llvm::Value* result = b_.CreateBinaryIntrinsic(checked, a, b);
  LeaveIf(b_.CreateExtractValue(result, 1), error);
  return {b_.CreateExtractValue(result, 0), nullptr};
}

ConditionLowering::Scalar ConditionLowering::Arithmetic(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Value* a = Value(*expr.args[0], error).value;
  llvm::Value* b = Value(*expr.args[1], error).value;
  if (expr.type != Type::kDouble) return Checked(expr.op, a, b, error);
  switch (expr.op) {
    case Op::kAdd:
      return {b_.CreateFAdd(a, b), nullptr};
    case Op::kSubtract:
      return {b_.CreateFSub(a, b), nullptr};
    case Op::kMultiply:
      return {b_.CreateFMul(a, b), nullptr};
    case Op::kDivide:
      return {b_.CreateFDiv(a, b), nullptr};
    default:
      BYLAW_UNREACHABLE("the checker gives numbers no other arithmetic");
  }
}

ConditionLowering::Scalar ConditionLowering::Negated(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Value* a = Value(*expr.args[0], error).value;
  if (expr.type == Type::kDouble) return {b_.CreateFNeg(a), nullptr};
  return Checked(Op::kSubtract, b_.getInt64(0), a, error);
}

ConditionLowering::Scalar ConditionLowering::Value(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Type* i64 = b_.getInt64Ty();
  switch (expr.op) {
    case Op::kConst:
      return Constant(expr);
    case Op::kSlot:
      return Slot(expr, error);
    case Op::kSetting:
      return Setting(expr, error);
    case Op::kTenantText:
      return TenantText(expr);
    case Op::kStepName:
      return ConstantText(program_.step_name);
    case Op::kStepAttempt:
      return {b_.CreateZExt(Request(b_.getInt32Ty(), offsetof(abi::StepRequest, attempt), "attempt"), i64), nullptr};
    case Op::kStepEstimatedCost:
      return {b_.getInt64(static_cast<uint64_t>(program_.estimate_micros)), nullptr};
    case Op::kWorkflowName:
      return ConstantText(program_.workflow_name);
    case Op::kWorkflowSpent:
      return {Request(i64, offsetof(abi::StepRequest, spent_micros), "spent"), nullptr};
    case Op::kWorkflowAge:
      return {Request(i64, offsetof(abi::StepRequest, age_ns), "age"), nullptr};
    case Op::kBudgetRemaining:
      return {Request(i64, offsetof(abi::StepRequest, remaining_micros), "remaining"), nullptr};
    case Op::kNow:
      return {Request(i64, offsetof(abi::StepRequest, wall_now_ns), "now"), nullptr};
    case Op::kNegate:
      return Negated(expr, error);
    case Op::kConditional:
      return Conditional(expr, error);
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo:
      return Arithmetic(expr, error);
    case Op::kSize: {
      const Scalar text = Value(*expr.args[0], error);
      llvm::Function* count = Helper(module_, kCodePoints, i64, {b_.getPtrTy(), i64});
      return {b_.CreateCall(count, {text.value, text.size}), nullptr};
    }
    case Op::kHas:
    case Op::kNot:
    case Op::kAnd:
    case Op::kOr:
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
    case Op::kIn:
    case Op::kMatches:
    case Op::kStartsWith:
    case Op::kEndsWith:
    case Op::kContains: {
      llvm::Value* truth = Truth(expr);
      LeaveIf(b_.CreateICmpEQ(truth, b_.getInt8(2)), error);
      return {b_.CreateZExt(truth, i64), nullptr};
    }
  }
  BYLAW_UNREACHABLE("operator");
}

}  // namespace bylaw::codegen
