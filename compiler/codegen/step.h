// One step program to one LLVM function of type abi::DecideFn.
//
// The function decides exactly as plan/eval.h does. Every exit stores all fields of the decision. Conditions that are
// not needed are not evaluated; an exit that proceeds at once stores constants.
#ifndef BYLAW_COMPILER_CODEGEN_STEP_H_
#define BYLAW_COMPILER_CODEGEN_STEP_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/codegen/abi_types.h"
#include "compiler/codegen/condition.h"
#include "compiler/codegen/llvm_ir.h"
#include "compiler/codegen/module.h"
#include "compiler/codegen/symbols.h"
#include "compiler/plan/plan.h"

namespace bylaw::codegen {

class StepLowering {
 public:
  StepLowering(llvm::Module& module, const SymbolTable& symbols, const plan::StepProgram& program,
               const std::string& name, Mutant mutant);
  void Run();

 private:
  // What the later gates know and change: variables on the stack, which the optimizer turns into registers.
  struct State {
    llvm::AllocaInst *verdict, *reason, *rung, *candidate, *resource, *endpoint, *region, *reviewers, *clause, *hi;
  };
  using OnUsable = std::function<void(const plan::Candidate&, const plan::Server&)>;

  // Each gate leaves the builder where the step goes on; false if it never does.
  void NotWanted();
  bool ContractGate();
  void RulesGate();
  void CourseGate(plan::Course course);
  void WeakErrors();
  void ChooseLane();
  void Asks();
  void Wait();
  void ChooseModel();

  // step_budget.cc
  void CallGate(uint32_t call);
  void StepWithoutCall();
  // Emits `on_usable` (which must end its block) for each candidate that may serve; stands where none does.
  void Select(const plan::Call& call, const OnUsable& on_usable);
  void Unserved(const plan::Call& call);
  void BudgetGate(uint32_t call, bool some_free, bool some_cost);
  void PassedRungs(uint32_t call, llvm::BasicBlock* taken);
  void PassedEnds();
  void WalkDown(llvm::BasicBlock* taken);
  void RungEnds(size_t rung);
  bool EndsHere(const plan::Rung& rung) const;
  const plan::Call* ModelOf(const plan::Rung& rung) const;
  void OfferTail();
  void Proceed();

  llvm::Value* Applies(const plan::Rule& rule);
  llvm::Value* Concerns(const plan::Rule& rule);
  llvm::Value* Passed(const plan::Rung& rung);
  llvm::Value* Fits(int64_t hi);
  llvm::Value* FitsNow();
  llvm::Value* IsUp(const plan::Server& server);
  llvm::Value* IsPermitted(const plan::Server& server);
  llvm::Value* IsLegal(const plan::Server& server);
  llvm::Value* LegalClause(const plan::Server& server);
  llvm::Value* SpanValue(const plan::Server& server, const std::function<llvm::Value*(const plan::LegalSpan&)>& value);

  // Stores a decision and returns; `fill` changes what differs from the defaults of this function.
  void Return(const std::function<void(DecisionValues&)>& fill);
  void Stop(abi::Verdict verdict, abi::Reason reason, abi::ClauseRef clause);
  void Review(abi::Reason reason, const plan::Rule& rule, uint32_t ask_count);
  void Refuse(abi::Verdict verdict, llvm::Value* reason, llvm::Value* clause);
  // Goes on behind if `condition` does not hold; `then` must end its block.
  void If(llvm::Value* condition, const std::function<void()>& then);

  // What a step gets whose call the contract denies: an optional one is left out.
  abi::Verdict NotAllowed() const { return program_.optional ? abi::Verdict::kSkip : abi::Verdict::kDeny; }

  llvm::Value* Request64(size_t offset, const char* name);
  llvm::Value* Code(abi::Verdict verdict) { return b_.getInt8(static_cast<uint8_t>(verdict)); }
  llvm::Value* Code(abi::Reason reason) { return b_.getInt8(static_cast<uint8_t>(reason)); }
  llvm::Value* Load(llvm::AllocaInst* variable) { return b_.CreateLoad(variable->getAllocatedType(), variable); }
  llvm::BasicBlock* Block(const char* name) { return llvm::BasicBlock::Create(b_.getContext(), name, function_); }
  void TakeCandidate(const plan::Call& call, const plan::Candidate& candidate, const plan::Server& server);
  void TakeRung(size_t rung);

  const SymbolTable& symbols_;
  const plan::StepProgram& program_;
  Mutant mutant_;
  llvm::IRBuilder<> b_;
  llvm::Function* function_;
  StepArgs args_;
  std::optional<ConditionLowering> conditions_;
  State state_;
  llvm::Value* floor_ = nullptr;
  llvm::Value* lane_ = nullptr;
  std::vector<llvm::Value*> truths_;  // by rule, where already known
  llvm::BasicBlock* offer_ = nullptr;
};

}  // namespace bylaw::codegen

#endif  // BYLAW_COMPILER_CODEGEN_STEP_H_
