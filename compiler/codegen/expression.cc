// Truth values and the choice of what each node becomes.
#include "compiler/codegen/expression.h"

#include <llvm/IR/Constants.h>

#include <algorithm>

#include "base/check.h"
#include "compiler/codegen/support.h"

namespace bylaw::codegen {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

llvm::Function* Support(llvm::Module& module, const char* name, llvm::Type* result,
                        const std::vector<llvm::Type*>& parameters) {
  if (llvm::Function* known = module.getFunction(name)) return known;
  auto* type = llvm::FunctionType::get(result, parameters, /*isVarArg=*/false);
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  function->setDoesNotThrow();
  function->addFnAttr(llvm::Attribute::WillReturn);
  if (result->isIntegerTy(1)) function->addRetAttr(llvm::Attribute::ZExt);
  return function;
}

llvm::Function* Helper(llvm::Module& module, const char* name, llvm::Type* result,
                       const std::vector<llvm::Type*>& parameters) {
  llvm::Function* helper = Support(module, name, result, parameters);
  helper->setOnlyReadsMemory();
  return helper;
}

llvm::GlobalVariable* Table(llvm::Module& module, const std::string& name) {
  if (llvm::GlobalVariable* known = module.getNamedGlobal(name)) return known;
  return new llvm::GlobalVariable(module, llvm::Type::getInt8Ty(module.getContext()), /*isConstant=*/true,
                                  llvm::GlobalValue::ExternalLinkage, /*Initializer=*/nullptr, name);
}

ExpressionLowering::ExpressionLowering(llvm::IRBuilder<>& builder, LeafLowering& leaves, Currency currency)
    : b_(builder), module_(*builder.GetInsertBlock()->getModule()), leaves_(leaves), currency_(currency) {}

bool ExpressionLowering::NeedsArena(const TypedExpr& expr) {
  switch (expr.op) {
    case Op::kCall:
    case Op::kSelect:
    case Op::kSelectOptional:
    case Op::kHasField:
    case Op::kNewList:
    case Op::kNewMap:
    case Op::kTransformList:
    case Op::kTransformMap:
    case Op::kTransformMapEntry:
    case Op::kOptionalMap:
      return true;
    default:
      return std::any_of(expr.args.begin(), expr.args.end(),
                         [](const cel::TypedExprPtr& arg) { return NeedsArena(*arg); });
  }
}

llvm::BasicBlock* ExpressionLowering::Block(const char* name) {
  return llvm::BasicBlock::Create(b_.getContext(), name, b_.GetInsertBlock()->getParent());
}

void ExpressionLowering::LeaveIf(llvm::Value* condition, llvm::BasicBlock* error) {
  llvm::BasicBlock* next = Block("ok");
  b_.CreateCondBr(condition, error, next);
  b_.SetInsertPoint(next);
}

llvm::Value* ExpressionLowering::Truth(const TypedExpr& expr) {
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

void ExpressionLowering::StoreAt(const TypedExpr& expr, llvm::Value* out) {
  llvm::BasicBlock* error = Block("error");
  llvm::BasicBlock* done = Block("done");
  StorePair(Boxed(expr, error), out);
  b_.CreateBr(done);
  b_.SetInsertPoint(error);
  StorePair(Pair(value::Kind::kError, b_.getInt64(0)), out);
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
}

llvm::Value* ExpressionLowering::Junction(const TypedExpr& expr, bool decides) {
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

llvm::Value* ExpressionLowering::ConditionalTruth(const TypedExpr& expr) {
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

Native ExpressionLowering::Conditional(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Value* condition = Truth(*expr.args[0]);
  LeaveIf(b_.CreateICmpEQ(condition, b_.getInt8(2)), error);
  llvm::BasicBlock* branches[] = {Block("then"), Block("else")};
  llvm::BasicBlock* done = Block("chosen");
  b_.CreateCondBr(b_.CreateICmpEQ(condition, b_.getInt8(1)), branches[0], branches[1]);
  Native values[2];
  llvm::BasicBlock* from[2];
  for (const int i : {0, 1}) {
    b_.SetInsertPoint(branches[i]);
    const TypedExpr& answer = *expr.args[i + 1];
    values[i] = Convert(Value(answer, error), answer.type, expr.type, error);
    from[i] = b_.GetInsertBlock();
    b_.CreateBr(done);
  }
  b_.SetInsertPoint(done);
  return Merge(values[0], from[0], values[1], from[1]);
}

Native ExpressionLowering::TruthAsValue(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Value* truth = Truth(expr);
  LeaveIf(b_.CreateICmpEQ(truth, b_.getInt8(2)), error);
  return Convert({b_.CreateZExt(truth, b_.getInt64Ty()), nullptr}, Type::kBool, expr.type, error);
}

llvm::Value* ExpressionLowering::Test(const TypedExpr& expr, llvm::BasicBlock* error) {
  switch (expr.op) {
    case Op::kHas:
      return leaves_.IsPresent(expr);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: {
      const Native a = Value(*expr.args[0], error);
      const Native b = Value(*expr.args[1], error);
      return Compare(expr.op, expr.args[0]->type, a, b);
    }
    case Op::kIn:
      return Membership(expr, error);
    case Op::kMatches:
    case Op::kStartsWith:
    case Op::kEndsWith:
    case Op::kContains:
      return TextTest(expr, error);
    case Op::kAll:
    case Op::kExists:
    case Op::kExistsOne:
      return Fold(expr, error);
    default:
      return b_.CreateIsNotNull(Convert(Value(expr, error), expr.type, Type::kBool, error).value);
  }
}

Native ExpressionLowering::Value(const TypedExpr& expr, llvm::BasicBlock* error) {
  if (cel::IsLeaf(expr.op) && expr.op != Op::kHas) return leaves_.Read(expr, error);
  switch (expr.op) {
    case Op::kConst:
      return Constant(expr);
    case Op::kLocal:
      return Local(expr, error);
    case Op::kNegate:
      return Negated(expr, error);
    case Op::kConditional:
      return expr.type == Type::kBool ? TruthAsValue(expr, error) : Conditional(expr, error);
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo:
      return Arithmetic(expr, error);
    case Op::kSize: {
      const Native text = Value(*expr.args[0], error);
      llvm::Function* count = Helper(module_, kCodePoints, b_.getInt64Ty(), {b_.getPtrTy(), b_.getInt64Ty()});
      return {b_.CreateCall(count, {text.value, text.size}), nullptr};
    }
    case Op::kCall:
      return Call(expr, error);
    case Op::kSelect:
    case Op::kSelectOptional:
    case Op::kHasField:
      return Field(expr, error);
    case Op::kNewList:
      return NewList(expr, error);
    case Op::kNewMap:
      return NewMap(expr, error);
    case Op::kMaybe:
      BYLAW_UNREACHABLE("part of a list or map");
    case Op::kTransformList:
    case Op::kTransformMap:
    case Op::kTransformMapEntry:
      return Transform(expr, error);
    case Op::kBind:
      return Bind(expr, error);
    case Op::kOptionalMap:
    case Op::kOptionalFlatMap:
      return OptionalMap(expr, error);
    case Op::kOrElse:
    case Op::kOrValue:
      return Alternative(expr, error);
    case Op::kFailure: {
      b_.CreateBr(error);
      b_.SetInsertPoint(Block("never"));
      return {llvm::UndefValue::get(b_.getInt64Ty()), llvm::UndefValue::get(b_.getInt64Ty())};
    }
    default:
      return TruthAsValue(expr, error);
  }
}

}  // namespace bylaw::codegen
