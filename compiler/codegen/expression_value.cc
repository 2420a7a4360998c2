// Values: boxing, calls, fields, optionals and names.
#include <llvm/IR/Constants.h>

#include "base/check.h"
#include "compiler/codegen/expression.h"
#include "compiler/codegen/support.h"

namespace bylaw::codegen {

using cel::Op;
using cel::Type;
using cel::TypedExpr;
using value::Kind;

namespace {

// The kind of a scalar type's values.
Kind KindOf(Type type) {
  switch (type) {
    case Type::kBool:
      return Kind::kBool;
    case Type::kInt:
      return Kind::kInt;
    case Type::kUint:
      return Kind::kUint;
    case Type::kDouble:
      return Kind::kDouble;
    case Type::kString:
      return Kind::kString;
    case Type::kBytes:
      return Kind::kBytes;
    case Type::kMoney:
      return Kind::kMoney;
    case Type::kDuration:
      return Kind::kDuration;
    case Type::kTimestamp:
      return Kind::kTimestamp;
    default:
      BYLAW_UNREACHABLE("a scalar type");
  }
}

}  // namespace

llvm::Value* ExpressionLowering::Temporary() {
  llvm::BasicBlock& entry = b_.GetInsertBlock()->getParent()->getEntryBlock();
  llvm::IRBuilder<> at_entry(&entry, entry.begin());
  return at_entry.CreateAlloca(llvm::ArrayType::get(b_.getInt64Ty(), 2), nullptr, "value");
}

// INVARIANT(value-layout): meta at 0, payload at 8.
Native ExpressionLowering::LoadPair(llvm::Value* address) {
  llvm::Type* i64 = b_.getInt64Ty();
  llvm::Value* payload = b_.CreateConstInBoundsGEP1_64(i64, address, 1);
  return {b_.CreateAlignedLoad(i64, address, llvm::Align(8), "meta"),
          b_.CreateAlignedLoad(i64, payload, llvm::Align(8), "payload")};
}

void ExpressionLowering::StorePair(const Native& pair, llvm::Value* address) {
  b_.CreateAlignedStore(pair.value, address, llvm::Align(8));
  b_.CreateAlignedStore(pair.size, b_.CreateConstInBoundsGEP1_64(b_.getInt64Ty(), address, 1), llvm::Align(8));
}

llvm::Value* ExpressionLowering::Address(const Native& pair) {
  llvm::Value* address = Temporary();
  StorePair(pair, address);
  return address;
}

Native ExpressionLowering::Pair(Kind kind, llvm::Value* payload) {
  return {b_.getInt64(static_cast<uint64_t>(kind)), payload};
}

Native ExpressionLowering::Merge(const Native& a, llvm::BasicBlock* from_a, const Native& b, llvm::BasicBlock* from_b) {
  const auto merge = [&](llvm::Value* x, llvm::Value* y) -> llvm::Value* {
    if (x == nullptr) return nullptr;
    llvm::PHINode* phi = b_.CreatePHI(x->getType(), 2, "chosen");
    phi->addIncoming(x, from_a);
    phi->addIncoming(y, from_b);
    return phi;
  };
  llvm::Value* value = merge(a.value, b.value);
  return {value, merge(a.size, b.size)};
}

llvm::Value* ExpressionLowering::IsKind(const Native& pair, Kind kind) {
  return b_.CreateICmpEQ(b_.CreateTrunc(pair.value, b_.getInt8Ty()), b_.getInt8(static_cast<uint8_t>(kind)), "is");
}

Native ExpressionLowering::Box(Type type, const Native& native) {
  if (!cel::IsScalar(type)) return native;
  llvm::Type* i64 = b_.getInt64Ty();
  switch (type) {
    case Type::kDouble:
      return Pair(Kind::kDouble, b_.CreateBitCast(native.value, i64));
    case Type::kString:
    case Type::kBytes: {
      llvm::Value* meta = b_.CreateOr(b_.CreateShl(native.size, 8), static_cast<uint64_t>(KindOf(type)));
      return {meta, b_.CreatePtrToInt(native.value, i64)};
    }
    case Type::kTimestamp: {
      llvm::Function* box = Support(module_, kTimestampOf, b_.getVoidTy(), {i64, i64, b_.getPtrTy()});
      llvm::Value* out = Temporary();
      llvm::Value* high = b_.CreateTrunc(b_.CreateLShr(native.value, 64), i64);
      b_.CreateCall(box, {b_.CreateTrunc(native.value, i64), high, out});
      return LoadPair(out);
    }
    case Type::kMoney: {
      const auto meta = static_cast<uint64_t>(Kind::kMoney) | static_cast<uint64_t>(currency_) << 8;
      return {b_.getInt64(meta), native.value};
    }
    default:
      return Pair(KindOf(type), native.value);
  }
}

Native ExpressionLowering::Unbox(Type type, const Native& pair, llvm::BasicBlock* error) {
  LeaveIf(b_.CreateNot(IsKind(pair, KindOf(type))), error);
  switch (type) {
    case Type::kDouble:
      return {b_.CreateBitCast(pair.size, b_.getDoubleTy()), nullptr};
    case Type::kString:
    case Type::kBytes:
      return {b_.CreateIntToPtr(pair.size, b_.getPtrTy()), b_.CreateLShr(pair.value, 8)};
    case Type::kTimestamp: {
      llvm::Type* wide = b_.getInt128Ty();
      llvm::Value* seconds = b_.CreateMul(b_.CreateSExt(pair.size, wide), llvm::ConstantInt::get(wide, 1'000'000'000));
      return {b_.CreateAdd(seconds, b_.CreateZExt(b_.CreateLShr(pair.value, 8), wide)), nullptr};
    }
    default:
      return {pair.size, nullptr};
  }
}

Native ExpressionLowering::Convert(const Native& native, Type from, Type to, llvm::BasicBlock* error) {
  if (from == to) return native;
  if (!cel::IsScalar(to)) return Box(from, native);
  // Two scalars of different types never meet where types are checked; where they are not, it is an error.
  return Unbox(to, Box(from, native), error);
}

Native ExpressionLowering::LoadAs(llvm::Value* address, Type type, llvm::BasicBlock* error) {
  const Native pair = LoadPair(address);
  if (cel::IsScalar(type)) return Unbox(type, pair, error);
  LeaveIf(IsKind(pair, Kind::kError), error);
  return pair;
}

Native ExpressionLowering::Boxed(const TypedExpr& expr, llvm::BasicBlock* error) {
  return Box(expr.type, Value(expr, error));
}

Native ExpressionLowering::Call(const TypedExpr& expr, llvm::BasicBlock* error) {
  std::vector<Native> args;
  for (const cel::TypedExprPtr& arg : expr.args) args.push_back(Boxed(*arg, error));
  llvm::Type* i64 = b_.getInt64Ty();
  llvm::BasicBlock& entry = b_.GetInsertBlock()->getParent()->getEntryBlock();
  llvm::IRBuilder<> at_entry(&entry, entry.begin());
  llvm::Value* row = at_entry.CreateAlloca(llvm::ArrayType::get(i64, 2 * args.size()), nullptr, "args");
  for (size_t i = 0; i < args.size(); ++i) StorePair(args[i], b_.CreateConstInBoundsGEP1_64(i64, row, 2 * i));
  llvm::Type* ptr = b_.getPtrTy();
  llvm::Function* call = Support(module_, kCall, b_.getVoidTy(), {b_.getInt32Ty(), ptr, i64, ptr, ptr});
  llvm::Value* out = Temporary();
  b_.CreateCall(
      call, {b_.getInt32(static_cast<uint32_t>(expr.function)), row, b_.getInt64(args.size()), leaves_.Arena(), out});
  return LoadAs(out, expr.type, error);
}

Native ExpressionLowering::Field(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Value* operand = Address(Boxed(*expr.args[0], error));
  const Native name = ConstantText(expr.text_value);
  llvm::Type* ptr = b_.getPtrTy();
  llvm::Function* field =
      Support(module_, kField, b_.getVoidTy(), {b_.getInt32Ty(), ptr, ptr, b_.getInt64Ty(), ptr, ptr});
  llvm::Value* out = Temporary();
  b_.CreateCall(field,
                {b_.getInt32(static_cast<uint32_t>(expr.op)), operand, name.value, name.size, leaves_.Arena(), out});
  return LoadAs(out, expr.type, error);
}

void ExpressionLowering::SetLocal(uint32_t slot, const Native& pair) {
  if (locals_.size() <= slot) locals_.resize(slot + 1);
  locals_[slot] = pair;
}

Native ExpressionLowering::Local(const TypedExpr& expr, llvm::BasicBlock* error) {
  const Native& pair = locals_[expr.slot];
  if (cel::IsScalar(expr.type)) return Unbox(expr.type, pair, error);
  LeaveIf(IsKind(pair, Kind::kError), error);
  return pair;
}

// An error of what is bound counts where the name is used.
Native ExpressionLowering::Bind(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::BasicBlock* failed = Block("failed");
  llvm::BasicBlock* bound = Block("bound");
  const Native value = Boxed(*expr.args[0], failed);
  llvm::BasicBlock* from = b_.GetInsertBlock();
  b_.CreateBr(bound);
  b_.SetInsertPoint(failed);
  b_.CreateBr(bound);
  b_.SetInsertPoint(bound);
  SetLocal(expr.slot, Merge(value, from, Pair(Kind::kError, b_.getInt64(0)), failed));
  return Convert(Value(*expr.args[1], error), expr.args[1]->type, expr.type, error);
}

// `or` gives the optional, `orValue` what it holds; the alternative is computed only where it is needed.
Native ExpressionLowering::Alternative(const TypedExpr& expr, llvm::BasicBlock* error) {
  const Native target = Boxed(*expr.args[0], error);
  LeaveIf(b_.CreateNot(IsKind(target, Kind::kOptional)), error);
  llvm::BasicBlock* held = Block("held");
  llvm::BasicBlock* none = Block("none");
  llvm::BasicBlock* done = Block("either");
  b_.CreateCondBr(b_.CreateIsNull(target.size), none, held);
  b_.SetInsertPoint(held);
  const Native value = expr.op == Op::kOrElse ? target : LoadPair(b_.CreateIntToPtr(target.size, b_.getPtrTy()));
  b_.CreateBr(done);
  b_.SetInsertPoint(none);
  const Native alternative = Boxed(*expr.args[1], error);
  if (expr.op == Op::kOrElse) LeaveIf(b_.CreateNot(IsKind(alternative, Kind::kOptional)), error);
  llvm::BasicBlock* from = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  return Convert(Merge(value, held, alternative, from), Type::kDyn, expr.type, error);
}

Native ExpressionLowering::OptionalMap(const TypedExpr& expr, llvm::BasicBlock* error) {
  const Native target = Boxed(*expr.args[0], error);
  LeaveIf(b_.CreateNot(IsKind(target, Kind::kOptional)), error);
  llvm::BasicBlock* from = b_.GetInsertBlock();
  llvm::BasicBlock* held = Block("held");
  llvm::BasicBlock* done = Block("mapped");
  b_.CreateCondBr(b_.CreateIsNull(target.size), done, held);
  b_.SetInsertPoint(held);
  SetLocal(expr.slot, LoadPair(b_.CreateIntToPtr(target.size, b_.getPtrTy())));
  Native made = Boxed(*expr.args[1], error);
  if (expr.op == Op::kOptionalMap) {
    llvm::Type* ptr = b_.getPtrTy();
    llvm::Value* out = Temporary();
    b_.CreateCall(Support(module_, kHold, b_.getVoidTy(), {ptr, ptr, ptr}), {Address(made), leaves_.Arena(), out});
    made = LoadPair(out);
  } else {
    LeaveIf(b_.CreateNot(IsKind(made, Kind::kOptional)), error);
  }
  llvm::BasicBlock* from_held = b_.GetInsertBlock();
  b_.CreateBr(done);
  b_.SetInsertPoint(done);
  return Merge(target, from, made, from_held);
}

}  // namespace bylaw::codegen
