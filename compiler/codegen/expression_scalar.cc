// Constants, arithmetic, comparisons and tests on text: native code.
#include <llvm/IR/Constants.h>
#include <llvm/IR/Intrinsics.h>

#include <limits>

#include "base/check.h"
#include "compiler/codegen/expression.h"
#include "compiler/codegen/support.h"

namespace bylaw::codegen {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

namespace {

llvm::CmpInst::Predicate IntPredicate(Op op, bool is_signed) {
  switch (op) {
    case Op::kEqual:
      return llvm::CmpInst::ICMP_EQ;
    case Op::kNotEqual:
      return llvm::CmpInst::ICMP_NE;
    case Op::kLess:
      return is_signed ? llvm::CmpInst::ICMP_SLT : llvm::CmpInst::ICMP_ULT;
    case Op::kLessEqual:
      return is_signed ? llvm::CmpInst::ICMP_SLE : llvm::CmpInst::ICMP_ULE;
    case Op::kGreater:
      return is_signed ? llvm::CmpInst::ICMP_SGT : llvm::CmpInst::ICMP_UGT;
    case Op::kGreaterEqual:
      return is_signed ? llvm::CmpInst::ICMP_SGE : llvm::CmpInst::ICMP_UGE;
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

llvm::Intrinsic::ID CheckedIntrinsic(Op op, bool is_signed) {
  switch (op) {
    case Op::kAdd:
      return is_signed ? llvm::Intrinsic::sadd_with_overflow : llvm::Intrinsic::uadd_with_overflow;
    case Op::kSubtract:
      return is_signed ? llvm::Intrinsic::ssub_with_overflow : llvm::Intrinsic::usub_with_overflow;
    default:
      return is_signed ? llvm::Intrinsic::smul_with_overflow : llvm::Intrinsic::umul_with_overflow;
  }
}

llvm::Constant* Wide(llvm::IRBuilder<>& b, value::WideNs number) {
  const uint64_t words[] = {static_cast<uint64_t>(number), static_cast<uint64_t>(number >> 64)};
  return llvm::ConstantInt::get(b.getInt128Ty(), llvm::APInt(128, words));
}

}  // namespace

Native ExpressionLowering::Constant(const TypedExpr& expr) {
  const auto number = static_cast<uint64_t>(expr.int_value);
  switch (expr.type) {
    case Type::kDouble:
      return {llvm::ConstantFP::get(b_.getDoubleTy(), expr.double_value), nullptr};
    case Type::kString:
    case Type::kBytes:
      return ConstantText(expr.text_value);
    case Type::kTimestamp:
      return {Wide(b_, expr.int_value), nullptr};
    case Type::kNull:
      return Pair(value::Kind::kNull, b_.getInt64(0));
    case Type::kTypeOf: {
      const Native name = ConstantText(expr.text_value);
      const auto meta = static_cast<uint64_t>(value::Kind::kType) | uint64_t{expr.text_value.size()} << 8;
      return {b_.getInt64(meta), b_.CreatePtrToInt(name.value, b_.getInt64Ty())};
    }
    default:
      return {b_.getInt64(number), nullptr};
  }
}

Native ExpressionLowering::ConstantText(std::string_view text) {
  llvm::Constant* bytes =
      llvm::ConstantDataArray::getString(b_.getContext(), llvm::StringRef(text.data(), text.size()), false);
  auto* kept = new llvm::GlobalVariable(module_, bytes->getType(), true, llvm::GlobalValue::PrivateLinkage, bytes);
  kept->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  return {kept, b_.getInt64(text.size())};
}

Native ExpressionLowering::Divided(Op op, llvm::Value* a, llvm::Value* b, bool is_signed, llvm::BasicBlock* error) {
  if (!is_signed) {
    LeaveIf(b_.CreateIsNull(b), error);
    return {op == Op::kDivide ? b_.CreateUDiv(a, b) : b_.CreateURem(a, b), nullptr};
  }
  llvm::Value* least = b_.getInt64(static_cast<uint64_t>(std::numeric_limits<int64_t>::min()));
  llvm::Value* overflow = b_.CreateAnd(b_.CreateICmpEQ(a, least), b_.CreateICmpEQ(b, b_.getInt64(~uint64_t{0})));
  LeaveIf(b_.CreateOr(b_.CreateIsNull(b), overflow), error);
  return {op == Op::kDivide ? b_.CreateSDiv(a, b) : b_.CreateSRem(a, b), nullptr};
}

Native ExpressionLowering::Checked(Op op, llvm::Value* a, llvm::Value* b, bool is_signed, llvm::BasicBlock* error) {
  if (op == Op::kDivide || op == Op::kModulo) return Divided(op, a, b, is_signed, error);
  llvm::Value* result = b_.CreateBinaryIntrinsic(CheckedIntrinsic(op, is_signed), a, b);
  LeaveIf(b_.CreateExtractValue(result, 1), error);
  return {b_.CreateExtractValue(result, 0), nullptr};
}

Native ExpressionLowering::OnDoubles(Op op, llvm::Value* a, llvm::Value* b) {
  switch (op) {
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

// Points in time are 128 bits wide and stay within the years 1 to 9999; a difference must be a duration of 64 bits.
Native ExpressionLowering::OnTimes(const TypedExpr& expr, const Native& a, const Native& b, llvm::BasicBlock* error) {
  llvm::Type* wide = b_.getInt128Ty();
  llvm::Value* x = b_.CreateSExt(a.value, wide);
  llvm::Value* y = b_.CreateSExt(b.value, wide);
  llvm::Value* result = expr.op == Op::kAdd ? b_.CreateAdd(x, y) : b_.CreateSub(x, y);
  if (expr.type == Type::kDuration) {
    llvm::Value* narrow = b_.CreateTrunc(result, b_.getInt64Ty());
    LeaveIf(b_.CreateICmpNE(b_.CreateSExt(narrow, wide), result), error);
    return {narrow, nullptr};
  }
  constexpr value::WideNs kFirst = value::WideNs{value::kTimestampSecondsMin} * value::kSecondInNs;
  constexpr value::WideNs kLast = value::WideNs{value::kTimestampSecondsMax + 1} * value::kSecondInNs - 1;
  llvm::Value* before = b_.CreateICmpSLT(result, Wide(b_, kFirst));
  LeaveIf(b_.CreateOr(before, b_.CreateICmpSGT(result, Wide(b_, kLast))), error);
  return {result, nullptr};
}

Native ExpressionLowering::Arithmetic(const TypedExpr& expr, llvm::BasicBlock* error) {
  const Native a = Value(*expr.args[0], error);
  const Native b = Value(*expr.args[1], error);
  if (expr.type == Type::kDouble) return OnDoubles(expr.op, a.value, b.value);
  if (expr.args[0]->type == Type::kTimestamp || expr.args[1]->type == Type::kTimestamp) {
    return OnTimes(expr, a, b, error);
  }
  return Checked(expr.op, a.value, b.value, expr.type != Type::kUint, error);
}

Native ExpressionLowering::Negated(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Value* a = Value(*expr.args[0], error).value;
  if (expr.type == Type::kDouble) return {b_.CreateFNeg(a), nullptr};
  return Checked(Op::kSubtract, b_.getInt64(0), a, /*is_signed=*/true, error);
}

llvm::Value* ExpressionLowering::And(llvm::Value* condition, const std::function<llvm::Value*()>& then) {
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

llvm::Value* ExpressionLowering::CompareBytes(llvm::Value* a, llvm::Value* b, llvm::Value* size) {
  llvm::Function* compare =
      Helper(module_, kCompareBytes, b_.getInt32Ty(), {b_.getPtrTy(), b_.getPtrTy(), b_.getInt64Ty()});
  return b_.CreateCall(compare, {a, b, size});
}

llvm::Value* ExpressionLowering::SameText(const Native& a, const Native& b) {
  return And(b_.CreateICmpEQ(a.size, b.size), [&] {
    // A constant size, if there is one, lets the comparison be a few loads.
    llvm::Value* size = llvm::isa<llvm::ConstantInt>(a.size) ? a.size : b.size;
    return b_.CreateIsNull(CompareBytes(a.value, b.value, size));
  });
}

llvm::Value* ExpressionLowering::CompareText(Op op, const Native& a, const Native& b) {
  if (op == Op::kEqual) return SameText(a, b);
  if (op == Op::kNotEqual) return b_.CreateNot(SameText(a, b));
  llvm::Value* shorter = b_.CreateSelect(b_.CreateICmpULT(a.size, b.size), a.size, b.size);
  llvm::Value* bytes = b_.CreateSExt(CompareBytes(a.value, b.value, shorter), b_.getInt64Ty());
  // Sizes are far below 2^63: their difference orders them.
  llvm::Value* order = b_.CreateSelect(b_.CreateIsNull(bytes), b_.CreateSub(a.size, b.size), bytes);
  return b_.CreateICmp(IntPredicate(op, /*is_signed=*/true), order, b_.getInt64(0));
}

llvm::Value* ExpressionLowering::Compare(Op op, Type type, const Native& a, const Native& b) {
  if (type == Type::kString || type == Type::kBytes) return CompareText(op, a, b);
  if (type == Type::kDouble) return b_.CreateFCmp(DoublePredicate(op), a.value, b.value);
  return b_.CreateICmp(IntPredicate(op, type != Type::kUint), a.value, b.value);
}

llvm::Value* ExpressionLowering::Membership(const TypedExpr& expr, llvm::BasicBlock* error) {
  const Native a = Value(*expr.args[0], error);
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

llvm::Value* ExpressionLowering::TextTest(const TypedExpr& expr, llvm::BasicBlock* error) {
  const Native text = Value(*expr.args[0], error);
  llvm::Type* ptr = b_.getPtrTy();
  llvm::Type* i64 = b_.getInt64Ty();
  if (expr.op == Op::kMatches) {
    llvm::Function* matches = Helper(module_, kMatches, b_.getInt1Ty(), {ptr, ptr, i64});
    return b_.CreateCall(matches, {leaves_.Pattern(expr), text.value, text.size});
  }
  const Native wanted = ConstantText(expr.text_value);
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

}  // namespace bylaw::codegen
