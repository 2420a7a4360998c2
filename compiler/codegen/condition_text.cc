// Comparisons, lists and tests on text.
#include <llvm/IR/Constants.h>

#include <cstddef>

#include "base/check.h"
#include "compiler/codegen/condition.h"

namespace bylaw::codegen {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

namespace {

llvm::CmpInst::Predicate IntPredicate(Op op) {
  switch (op) {
    case Op::kEqual:
      return llvm::CmpInst::ICMP_EQ;
    case Op::kNotEqual:
      return llvm::CmpInst::ICMP_NE;
    case Op::kLess:
      return llvm::CmpInst::ICMP_SLT;
    case Op::kLessEqual:
      return llvm::CmpInst::ICMP_SLE;
    case Op::kGreater:
      return llvm::CmpInst::ICMP_SGT;
    case Op::kGreaterEqual:
      return llvm::CmpInst::ICMP_SGE;
    default:
      BYLAW_UNREACHABLE("comparison");
  }
}

// NaN equals nothing, so `!=` is the unordered one.
llvm::CmpInst::Predicate DoublePredicate(Op op) {
  switch (op) {
    case Op::kEqual:
      return llvm::CmpInst::FCMP_OEQ;
    case Op::kNotEqual:
      return llvm::CmpInst::FCMP_UNE;
    case Op::kLess:
      return llvm::CmpInst::FCMP_OLT;
    case Op::kLessEqual:
      return llvm::CmpInst::FCMP_OLE;
    case Op::kGreater:
      return llvm::CmpInst::FCMP_OGT;
    case Op::kGreaterEqual:
      return llvm::CmpInst::FCMP_OGE;
    default:
      BYLAW_UNREACHABLE("comparison");
  }
}

}  // namespace

template <typename Emit>
llvm::Value* ConditionLowering::And(llvm::Value* condition, Emit then) {
  llvm::BasicBlock* from = b_.GetInsertBlock();
  llvm::BasicBlock* holds = Block("and");
  llvm::BasicBlock* done = Block("both");
  b_.CreateCondBr(condition, holds, done);
  b_.SetInsertPoint(holds);
  llvm::Value* value = then();
  llvm::BasicBlock* end = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  llvm::PHINode* both = b_.CreatePHI(b_.getInt1Ty(), 2, "both");
  both->addIncoming(b_.getFalse(), from);
  both->addIncoming(value, end);
  return both;
}

llvm::Value* ConditionLowering::CompareBytes(llvm::Value* a, llvm::Value* b, llvm::Value* size) {
  llvm::Function* compare =
      Helper(module_, kCompareBytes, b_.getInt32Ty(), {b_.getPtrTy(), b_.getPtrTy(), b_.getInt64Ty()});
  return b_.CreateCall(compare, {a, b, size});
}

llvm::Value* ConditionLowering::SameText(const Scalar& a, const Scalar& b) {
  return And(b_.CreateICmpEQ(a.size, b.size), [&] {
    // A constant size, if there is one, lets the comparison be a few loads.
    llvm::Value* size = llvm::isa<llvm::ConstantInt>(a.size) ? a.size : b.size;
    return b_.CreateIsNull(CompareBytes(a.value, b.value, size));
  });
}

llvm::Value* ConditionLowering::CompareText(Op op, const Scalar& a, const Scalar& b) {
  if (op == Op::kEqual) return SameText(a, b);
  if (op == Op::kNotEqual) return b_.CreateNot(SameText(a, b));
  llvm::Value* shorter = b_.CreateSelect(b_.CreateICmpULT(a.size, b.size), a.size, b.size);
  llvm::Value* bytes = b_.CreateSExt(CompareBytes(a.value, b.value, shorter), b_.getInt64Ty());
  // Sizes are far below 2^63: their difference orders them.
  llvm::Value* order = b_.CreateSelect(b_.CreateIsNull(bytes), b_.CreateSub(a.size, b.size), bytes);
  return b_.CreateICmp(IntPredicate(op), order, b_.getInt64(0));
}

llvm::Value* ConditionLowering::Compare(Op op, Type type, const Scalar& a, const Scalar& b) {
  if (type == Type::kString) return CompareText(op, a, b);
  if (type == Type::kDouble) return b_.CreateFCmp(DoublePredicate(op), a.value, b.value);
  return b_.CreateICmp(IntPredicate(op), a.value, b.value);
}

llvm::Value* ConditionLowering::Membership(const TypedExpr& expr, llvm::BasicBlock* error) {
  const Scalar a = Value(*expr.args[0], error);
  llvm::BasicBlock* found = Block("found");
  llvm::BasicBlock* done = Block("in");
  for (size_t i = 1; i < expr.args.size(); ++i) {
    llvm::Value* same = Compare(Op::kEqual, expr.args[0]->type, a, Constant(*expr.args[i]));
    llvm::BasicBlock* next = Block("next");
    b_.CreateCondBr(same, found, next);
    b_.SetInsertPoint(next);
  }
  llvm::BasicBlock* from = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(found);
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  llvm::PHINode* is_in = b_.CreatePHI(b_.getInt1Ty(), 2, "in");
  is_in->addIncoming(b_.getFalse(), from);
  is_in->addIncoming(b_.getTrue(), found);
  return is_in;
}

llvm::Value* ConditionLowering::TextTest(const TypedExpr& expr, llvm::BasicBlock* error) {
  const Scalar text = Value(*expr.args[0], error);
  llvm::Type* ptr = b_.getPtrTy();
  llvm::Type* i64 = b_.getInt64Ty();
  if (expr.op == Op::kMatches) {
    llvm::Function* matches = Helper(module_, kMatches, b_.getInt1Ty(), {ptr, ptr, i64});
    return b_.CreateCall(matches, {Table(module_, symbols_.PatternName(expr)), text.value, text.size});
  }
  const Scalar wanted = ConstantText(expr.text_value);
  if (expr.op == Op::kContains) {
    llvm::Function* contains = Helper(module_, kContains, b_.getInt1Ty(), {ptr, i64, ptr, i64});
    return b_.CreateCall(contains, {text.value, text.size, wanted.value, wanted.size});
  }
  return And(b_.CreateICmpUGE(text.size, wanted.size), [&] {
    llvm::Value* begin = text.value;
    if (expr.op == Op::kEndsWith) {
      begin = b_.CreateInBoundsGEP(b_.getInt8Ty(), begin, b_.CreateSub(text.size, wanted.size));
    }
    return b_.CreateIsNull(CompareBytes(begin, wanted.value, wanted.size));
  });
}

llvm::Value* ConditionLowering::Test(const TypedExpr& expr, llvm::BasicBlock* error) {
  switch (expr.op) {
    case Op::kConst:
      return b_.getInt1(expr.int_value != 0);
    case Op::kHas:
      return RequestBit(offsetof(abi::StepRequest, present), expr.slot);
    case Op::kSlot:
    case Op::kSetting:
      return b_.CreateIsNotNull(Value(expr, error).value);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: {
      const Scalar a = Value(*expr.args[0], error);
      const Scalar b = Value(*expr.args[1], error);
      return Compare(expr.op, expr.args[0]->type, a, b);
    }
    case Op::kIn:
      return Membership(expr, error);
    case Op::kMatches:
    case Op::kStartsWith:
    case Op::kEndsWith:
    case Op::kContains:
      return TextTest(expr, error);
    default:
      BYLAW_UNREACHABLE("the checker has given this operator another type, or Truth has lowered it");
  }
}

}  // namespace bylaw::codegen
