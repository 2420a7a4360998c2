// Lists, maps, and the macros that go through them: loops.
#include <llvm/IR/Constants.h>

#include "compiler/codegen/expression.h"
#include "compiler/codegen/support.h"

namespace bylaw::codegen {

using cel::Op;
using cel::Type;
using cel::TypedExpr;
using value::Kind;

void ExpressionLowering::Element(const TypedExpr& expr, llvm::BasicBlock* error,
                                 const std::function<void(const Native&)>& take) {
  if (expr.op != Op::kMaybe) return take(Boxed(expr, error));
  const Native optional = Boxed(*expr.args[0], error);
  LeaveIf(b_.CreateNot(IsKind(optional, Kind::kOptional)), error);
  llvm::BasicBlock* held = Block("held");
  llvm::BasicBlock* next = Block("next");
  b_.CreateCondBr(b_.CreateIsNull(optional.size), next, held);
  b_.SetInsertPoint(held);
  take(LoadPair(b_.CreateIntToPtr(optional.size, b_.getPtrTy())));
  b_.CreateBr(next);
  b_.SetInsertPoint(next);
}

Native ExpressionLowering::NewList(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Type* ptr = b_.getPtrTy();
  llvm::Value* list = b_.CreateCall(Support(module_, kNewListOf, ptr, {ptr, b_.getInt64Ty()}),
                                    {leaves_.Arena(), b_.getInt64(expr.args.size())});
  for (const cel::TypedExprPtr& arg : expr.args) {
    Element(*arg, error, [&](const Native& item) {
      b_.CreateCall(Support(module_, kPush, b_.getVoidTy(), {ptr, ptr}), {list, Address(item)});
    });
  }
  llvm::Value* out = Temporary();
  b_.CreateCall(Support(module_, kFinishList, b_.getVoidTy(), {ptr, ptr}), {list, out});
  return LoadPair(out);
}

Native ExpressionLowering::NewMap(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Type* ptr = b_.getPtrTy();
  llvm::Value* map = b_.CreateCall(Support(module_, kNewMapOf, ptr, {ptr, b_.getInt64Ty()}),
                                   {leaves_.Arena(), b_.getInt64(expr.args.size() / 2)});
  for (size_t i = 0; i < expr.args.size(); i += 2) {
    llvm::Value* key = Address(Boxed(*expr.args[i], error));
    Element(*expr.args[i + 1], error, [&](const Native& value) {
      llvm::Function* insert = Support(module_, kInsert, b_.getInt1Ty(), {ptr, ptr, ptr});
      LeaveIf(b_.CreateCall(insert, {map, key, Address(value)}), error);
    });
  }
  llvm::Value* out = Temporary();
  b_.CreateCall(Support(module_, kFinishMap, b_.getVoidTy(), {ptr, ptr}), {map, out});
  return LoadPair(out);
}

llvm::Value* ExpressionLowering::RangeSize(llvm::Value* range, llvm::BasicBlock* error) {
  llvm::Value* size = b_.CreateCall(Support(module_, kRangeSize, b_.getInt64Ty(), {b_.getPtrTy()}), {range});
  LeaveIf(b_.CreateICmpSLT(size, b_.getInt64(0)), error);
  return size;
}

void ExpressionLowering::Loop(const TypedExpr& expr, llvm::Value* range, llvm::Value* size,
                              const std::function<void(llvm::BasicBlock* next, llvm::BasicBlock* done)>& body) {
  llvm::Type* i64 = b_.getInt64Ty();
  llvm::Type* ptr = b_.getPtrTy();
  llvm::Value* variables[] = {Temporary(), Temporary()};
  llvm::BasicBlock* before = b_.GetInsertBlock();
  llvm::BasicBlock* head = Block("head");
  llvm::BasicBlock* item = Block("item");
  llvm::BasicBlock* next = Block("next");
  llvm::BasicBlock* done = Block("done");
  b_.CreateBr(head);
  b_.SetInsertPoint(head);
  llvm::PHINode* index = b_.CreatePHI(i64, 2, "index");
  index->addIncoming(b_.getInt64(0), before);
  b_.CreateCondBr(b_.CreateICmpSLT(index, size), item, done);
  b_.SetInsertPoint(item);
  llvm::Function* at = Support(module_, kRangeAt, b_.getVoidTy(), {ptr, i64, b_.getInt32Ty(), ptr, ptr});
  b_.CreateCall(at, {range, index, b_.getInt32(expr.two ? 1 : 0), variables[0], variables[1]});
  SetLocal(expr.slot, LoadPair(variables[0]));
  if (expr.two) SetLocal(expr.slot + 1, LoadPair(variables[1]));
  body(next, done);
  b_.CreateBr(next);
  b_.SetInsertPoint(next);
  index->addIncoming(b_.CreateAdd(index, b_.getInt64(1)), next);
  b_.CreateBr(head);
  b_.SetInsertPoint(done);
}

// all is &&, exists is ||, and exists_one counts and passes every error on.
llvm::Value* ExpressionLowering::Fold(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Value* range = Address(Boxed(*expr.args[0], error));
  llvm::Value* size = RangeSize(range, error);
  llvm::BasicBlock& entry = b_.GetInsertBlock()->getParent()->getEntryBlock();
  llvm::IRBuilder<> at_entry(&entry, entry.begin());
  llvm::Value* kept = at_entry.CreateAlloca(b_.getInt64Ty(), nullptr, "kept");
  const auto load = [&] { return b_.CreateLoad(b_.getInt64Ty(), kept); };
  const bool count = expr.op == Op::kExistsOne;
  const uint64_t decides = expr.op == Op::kExists ? 1 : 0;
  b_.CreateStore(b_.getInt64(count ? 0 : 1 - decides), kept);
  Loop(expr, range, size, [&](llvm::BasicBlock*, llvm::BasicBlock* done) {
    llvm::Value* truth = b_.CreateZExt(Truth(*expr.args[1]), b_.getInt64Ty());
    llvm::Value* is_error = b_.CreateICmpEQ(truth, b_.getInt64(2));
    if (count) {
      LeaveIf(is_error, error);
      b_.CreateStore(b_.CreateAdd(load(), truth), kept);
      return;
    }
    llvm::Value* settled = b_.CreateICmpEQ(truth, b_.getInt64(decides));
    llvm::Value* kept_now = b_.CreateSelect(b_.CreateOr(settled, is_error), truth, load());
    b_.CreateStore(kept_now, kept);
    llvm::BasicBlock* open = Block("open");
    b_.CreateCondBr(settled, done, open);
    b_.SetInsertPoint(open);
  });
  if (count) return b_.CreateICmpEQ(load(), b_.getInt64(1));
  llvm::Value* result = load();
  LeaveIf(b_.CreateICmpEQ(result, b_.getInt64(2)), error);
  return b_.CreateIsNotNull(result);
}

Native ExpressionLowering::Transform(const TypedExpr& expr, llvm::BasicBlock* error) {
  llvm::Type* ptr = b_.getPtrTy();
  llvm::Value* range = Address(Boxed(*expr.args[0], error));
  llvm::Value* size = RangeSize(range, error);
  const bool makes_list = expr.op == Op::kTransformList;
  llvm::Value* builder = b_.CreateCall(
      Support(module_, makes_list ? kNewListOf : kNewMapOf, ptr, {ptr, b_.getInt64Ty()}), {leaves_.Arena(), size});
  Loop(expr, range, size, [&](llvm::BasicBlock* next, llvm::BasicBlock*) {
    if (expr.args.size() > 2) {
      llvm::Value* chosen = Truth(*expr.args[2]);
      LeaveIf(b_.CreateICmpEQ(chosen, b_.getInt8(2)), error);
      llvm::BasicBlock* taken = Block("taken");
      b_.CreateCondBr(b_.CreateIsNull(chosen), next, taken);
      b_.SetInsertPoint(taken);
    }
    llvm::Value* made = Address(Boxed(*expr.args[1], error));
    if (makes_list) {
      b_.CreateCall(Support(module_, kPush, b_.getVoidTy(), {ptr, ptr}), {builder, made});
    } else if (expr.op == Op::kTransformMap) {
      llvm::Value* key = Address(locals_[expr.slot]);
      LeaveIf(b_.CreateCall(Support(module_, kInsert, b_.getInt1Ty(), {ptr, ptr, ptr}), {builder, key, made}), error);
    } else {
      LeaveIf(b_.CreateCall(Support(module_, kInsertAll, b_.getInt1Ty(), {ptr, ptr}), {builder, made}), error);
    }
  });
  llvm::Value* out = Temporary();
  b_.CreateCall(Support(module_, makes_list ? kFinishList : kFinishMap, b_.getVoidTy(), {ptr, ptr}), {builder, out});
  return LoadPair(out);
}

}  // namespace bylaw::codegen
