// Typed expressions to LLVM IR: the meaning of compiler/cel/evaluate.h as straight code.
//
// A truth value becomes an i8 (0 false, 1 true, 2 error). Any other value that may be an error is computed in blocks
// that leave for an error block at the first error, so that nothing behind an error is ever read. A scalar (cel::Type
// up to kBytes) is one or two native values; whatever else is a value::Value as a pair of i64 (meta, payload), made and
// looked at by the functions of support.h. The builder stands behind the emitted code afterwards. One object lowers the
// expressions of one function.
#ifndef BYLAW_COMPILER_CODEGEN_EXPRESSION_H_
#define BYLAW_COMPILER_CODEGEN_EXPRESSION_H_

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "compiler/cel/typed.h"
#include "compiler/codegen/llvm_ir.h"
#include "compiler/value/value.h"

namespace bylaw::codegen {

// A native value: i64 (i1 as 0 or 1), double or i128 (nanoseconds of a timestamp) in `value`; a text is its data and
// its size; a pair is meta and payload.
struct Native {
  llvm::Value* value = nullptr;
  llvm::Value* size = nullptr;
};

// What the leaves of an expression are in the function that is being emitted.
class LeafLowering {
 public:
  virtual ~LeafLowering() = default;
  // In the form of the leaf's type; leaves for `error` where it is absent.
  virtual Native Read(const cel::TypedExpr& leaf, llvm::BasicBlock* error) = 0;
  // i1: kHas.
  virtual llvm::Value* IsPresent(const cel::TypedExpr& leaf) = 0;
  // The compiled pattern of a kMatches node.
  virtual llvm::Value* Pattern(const cel::TypedExpr& matches) = 0;
  // The arena of the expression that is being emitted.
  virtual llvm::Value* Arena() = 0;
};

// A function or table outside the module, by name. A helper only reads memory; support may do anything but throw.
llvm::Function* Helper(llvm::Module& module, const char* name, llvm::Type* result,
                       const std::vector<llvm::Type*>& parameters);
llvm::Function* Support(llvm::Module& module, const char* name, llvm::Type* result,
                        const std::vector<llvm::Type*>& parameters);
llvm::GlobalVariable* Table(llvm::Module& module, const std::string& name);

class ExpressionLowering {
 public:
  ExpressionLowering(llvm::IRBuilder<>& builder, LeafLowering& leaves, Currency currency);

  // i8: 0 false, 1 true, 2 error.
  llvm::Value* Truth(const cel::TypedExpr& expr);
  // Whatever the expression is, stored at `out` as a value; the error kind if it is one.
  void StoreAt(const cel::TypedExpr& expr, llvm::Value* out);

  // For leaves.
  llvm::BasicBlock* Block(const char* name);
  void LeaveIf(llvm::Value* condition, llvm::BasicBlock* error);
  Native ConstantText(std::string_view text);
  // A value stored at `address`, in the form of `type`.
  Native LoadAs(llvm::Value* address, cel::Type type, llvm::BasicBlock* error);
  // Memory for a value, in the function's frame.
  llvm::Value* Temporary();
  // True if the expression makes values, so that it needs an arena.
  static bool NeedsArena(const cel::TypedExpr& expr);

 private:
  // expression.cc
  Native Value(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native Constant(const cel::TypedExpr& expr);
  Native Conditional(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native TruthAsValue(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  llvm::Value* Junction(const cel::TypedExpr& expr, bool decides);
  llvm::Value* ConditionalTruth(const cel::TypedExpr& expr);
  // i1 of an expression that is neither && nor || nor ! nor a conditional.
  llvm::Value* Test(const cel::TypedExpr& expr, llvm::BasicBlock* error);

  // expression_scalar.cc
  Native Arithmetic(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native Checked(cel::Op op, llvm::Value* a, llvm::Value* b, bool is_signed, llvm::BasicBlock* error);
  Native Divided(cel::Op op, llvm::Value* a, llvm::Value* b, bool is_signed, llvm::BasicBlock* error);
  Native OnDoubles(cel::Op op, llvm::Value* a, llvm::Value* b);
  Native OnTimes(const cel::TypedExpr& expr, const Native& a, const Native& b, llvm::BasicBlock* error);
  Native Negated(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  llvm::Value* Compare(cel::Op op, cel::Type type, const Native& a, const Native& b);
  llvm::Value* CompareText(cel::Op op, const Native& a, const Native& b);
  llvm::Value* SameText(const Native& a, const Native& b);
  llvm::Value* CompareBytes(llvm::Value* a, llvm::Value* b, llvm::Value* size);
  llvm::Value* Membership(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  llvm::Value* TextTest(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  // `then` if `condition` holds, else false: `then` is emitted in a block of its own.
  llvm::Value* And(llvm::Value* condition, const std::function<llvm::Value*()>& then);

  // expression_value.cc: values, calls and fields.
  Native Boxed(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native Box(cel::Type type, const Native& native);
  Native Unbox(cel::Type type, const Native& pair, llvm::BasicBlock* error);
  Native Convert(const Native& native, cel::Type from, cel::Type to, llvm::BasicBlock* error);
  llvm::Value* IsKind(const Native& pair, value::Kind kind);
  Native LoadPair(llvm::Value* address);
  void StorePair(const Native& pair, llvm::Value* address);
  // Stored in the frame, for the functions of support.h.
  llvm::Value* Address(const Native& pair);
  Native Pair(value::Kind kind, llvm::Value* payload);
  Native Merge(const Native& a, llvm::BasicBlock* from_a, const Native& b, llvm::BasicBlock* from_b);
  Native Call(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native Field(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native Alternative(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native Bind(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native OptionalMap(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native Local(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  void SetLocal(uint32_t slot, const Native& pair);

  // expression_macros.cc: lists, maps and what goes through them.
  Native NewList(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native NewMap(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  // Calls `take` with the item or value where there is one.
  void Element(const cel::TypedExpr& expr, llvm::BasicBlock* error, const std::function<void(const Native&)>& take);
  llvm::Value* Fold(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  Native Transform(const cel::TypedExpr& expr, llvm::BasicBlock* error);
  // For each item of the range: the variables of the macro are set, and `body` is emitted with the blocks that go on
  // with the next item and leave the loop.
  void Loop(const cel::TypedExpr& expr, llvm::Value* range, llvm::Value* size,
            const std::function<void(llvm::BasicBlock* next, llvm::BasicBlock* done)>& body);
  llvm::Value* RangeSize(llvm::Value* range, llvm::BasicBlock* error);

  llvm::IRBuilder<>& b_;
  llvm::Module& module_;
  LeafLowering& leaves_;
  const Currency currency_;
  std::vector<Native> locals_;  // pairs, by local number
};

}  // namespace bylaw::codegen

#endif  // BYLAW_COMPILER_CODEGEN_EXPRESSION_H_
