#include "compiler/codegen/standalone.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/check.h"
#include "compiler/cel/evaluate.h"
#include "compiler/codegen/expression.h"
#include "compiler/codegen/module.h"
#include "compiler/codegen/support.h"

namespace bylaw::codegen {
namespace {

using cel::TypedExpr;

// Free variables lie in a row of values.
class VariableLeaves final : public LeafLowering {
 public:
  VariableLeaves(llvm::IRBuilder<>& builder, const ExpressionSymbols& symbols, llvm::Function* function,
                 Currency currency)
      : b_(builder), symbols_(symbols), function_(function), expression_(builder, *this, currency) {}

  void Run(const TypedExpr& expr) {
    expression_.StoreAt(expr, function_->getArg(2));
    b_.CreateRetVoid();
  }

 private:
  Native Read(const TypedExpr& leaf, llvm::BasicBlock* error) override {
    BYLAW_CHECK(leaf.op == cel::Op::kVariable, "an expression that stands alone has no other leaves");
    llvm::Value* address =
        b_.CreateConstInBoundsGEP1_64(b_.getInt64Ty(), function_->getArg(0), 2 * uint64_t{leaf.slot});
    return expression_.LoadAs(address, leaf.type, error);
  }
  llvm::Value* IsPresent(const TypedExpr&) override { BYLAW_UNREACHABLE("a variable is never asked for"); }
  llvm::Value* Pattern(const TypedExpr& matches) override {
    return Table(*function_->getParent(), symbols_.PatternName(matches));
  }
  llvm::Value* Arena() override { return function_->getArg(1); }

  llvm::IRBuilder<>& b_;
  const ExpressionSymbols& symbols_;
  llvm::Function* function_;
  ExpressionLowering expression_;
};

// The currency of the first amount.
Currency CurrencyOf(const TypedExpr& expr) {
  if (expr.op == cel::Op::kConst && expr.type == cel::Type::kMoney) return static_cast<Currency>(expr.slot);
  for (const cel::TypedExprPtr& arg : expr.args) {
    if (const Currency found = CurrencyOf(*arg); found != Currency::kUsd) return found;
  }
  return Currency::kUsd;
}

}  // namespace

ExpressionSymbols::ExpressionSymbols(Expressions expressions) : symbols_(SupportSymbols()) {
  for (const TypedExpr* expr : expressions) {
    cel::ForEachPattern(*expr, [&](const TypedExpr& node) {
      patterns_.push_back({&node, std::make_shared<const re2::RE2>(node.text_value, re2::RE2::Quiet)});
      symbols_.emplace_back(fmt::format("bylaw_pattern_{}", patterns_.size() - 1), patterns_.back().compiled.get());
    });
  }
}

std::string ExpressionSymbols::PatternName(const TypedExpr& matches) const {
  const auto found = std::find_if(patterns_.begin(), patterns_.end(),
                                  [&](const Pattern& pattern) { return pattern.node == &matches; });
  return fmt::format("bylaw_pattern_{}", found - patterns_.begin());
}

std::unique_ptr<llvm::Module> LowerExpressions(llvm::LLVMContext& context, const ExpressionSymbols& symbols,
                                               Expressions expressions, const std::string& prefix, size_t begin,
                                               size_t end) {
  auto module = std::make_unique<llvm::Module>(fmt::format("{}{}-{}", prefix, begin, end), context);
  llvm::IRBuilder<> builder(context);
  llvm::Type* ptr = builder.getPtrTy();
  auto* type = llvm::FunctionType::get(builder.getVoidTy(), {ptr, ptr, ptr}, /*isVarArg=*/false);
  for (size_t i = begin; i < end; ++i) {
    auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, FunctionName(prefix, i), *module);
    function->setDoesNotThrow();
    builder.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", function));
    VariableLeaves(builder, symbols, function, CurrencyOf(*expressions[i])).Run(*expressions[i]);
  }
  VerifyModule(*module);
  return module;
}

}  // namespace bylaw::codegen
