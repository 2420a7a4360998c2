// The step's own condition, contract and rules; residency, health and ladder are in step_budget.cc.
#include "compiler/codegen/step.h"

#include <llvm/IR/Verifier.h>

#include <algorithm>
#include <cstddef>

namespace bylaw::codegen {

using abi::Reason;
using abi::Verdict;
using plan::Course;

StepLowering::StepLowering(llvm::Module& module, const SymbolTable& symbols, const plan::StepProgram& program,
                           const std::string& name, Mutant mutant)
    : symbols_(symbols), program_(program), mutant_(mutant), b_(module.getContext()) {
  llvm::Type* ptr = b_.getPtrTy();
  auto* type = llvm::FunctionType::get(b_.getVoidTy(), {ptr, ptr, ptr, ptr}, /*isVarArg=*/false);
  function_ = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  function_->setDoesNotThrow();
  for (unsigned i = 0; i < 4; ++i) {
    function_->addParamAttr(i, llvm::Attribute::NoAlias);
    if (i < 3) function_->addParamAttr(i, llvm::Attribute::ReadOnly);
  }
  function_->getArg(3)->addAttr(llvm::Attribute::getWithAlignment(module.getContext(), llvm::Align(64)));
  args_ = {function_->getArg(0), function_->getArg(1), function_->getArg(2), function_->getArg(3)};
  b_.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", function_));
  conditions_.emplace(b_, symbols_, program_, args_);
}

void StepLowering::Run() {
  llvm::Type* i8 = b_.getInt8Ty();
  llvm::Type* i32 = b_.getInt32Ty();
  llvm::Type* i64 = b_.getInt64Ty();
  const auto variable = [&](llvm::Type* type, const char* name, uint64_t value) {
    llvm::AllocaInst* kept = b_.CreateAlloca(type, nullptr, name);
    b_.CreateStore(llvm::ConstantInt::get(type, value), kept);
    return kept;
  };
  const uint32_t resource = program_.calls.empty() ? abi::kNoId : program_.calls.front().resource.value();
  state_ = {variable(i8, "verdict", 0),
            variable(i8, "reason", 0),
            variable(i8, "rung", 0),
            variable(b_.getInt16Ty(), "candidate", 0),
            variable(i32, "resource", resource),
            variable(i32, "endpoint", abi::kNoId),
            variable(i32, "region", abi::kNoId),
            variable(i32, "reviewers", abi::kNoId),
            variable(i32, "clause", abi::kNoClause),
            variable(i64, "hi", 0)};
  floor_ = LoadField(b_, i64, args_.entry, offsetof(abi::StepEntry, floor_after_micros), "floor");
  lane_ = b_.getInt8(abi::kLaneUnchanged);
  truths_.assign(program_.rules.size(), nullptr);
  offer_ = Block("offer");

  NotWanted();
  if (ContractGate()) {
    RulesGate();
    if (program_.calls.empty()) {
      StepWithoutCall();
    } else {
      CallGate(0);
    }
  }
  OfferTail();
}

void StepLowering::If(llvm::Value* condition, const std::function<void()>& then) {
  llvm::BasicBlock* holds = Block("then");
  llvm::BasicBlock* next = Block("next");
  b_.CreateCondBr(condition, holds, next);
  b_.SetInsertPoint(holds);
  then();
  b_.SetInsertPoint(next);
}

void StepLowering::Return(const std::function<void(DecisionValues&)>& fill) {
  DecisionValues values;
  values.floor_micros = floor_;
  values.lane = lane_;
  values.store = b_.getInt32(program_.store.value());
  values.resource = Load(state_.resource);
  fill(values);
  StoreDecision(b_, args_.out, values);
  b_.CreateRetVoid();
}

void StepLowering::Stop(Verdict verdict, Reason reason, abi::ClauseRef clause) {
  Return([&](DecisionValues& values) {
    values.verdict = Code(verdict);
    values.reason = Code(reason);
    values.clause = b_.getInt32(clause);
  });
}

void StepLowering::Review(Reason reason, const plan::Rule& rule, uint32_t ask_count) {
  Return([&](DecisionValues& values) {
    values.verdict = Code(Verdict::kReview);
    values.reason = Code(reason);
    values.clause = b_.getInt32(rule.clause);
    values.reviewers = b_.getInt32(rule.reviewers.value());
    values.ask_count = b_.getInt8(static_cast<uint8_t>(std::min(ask_count, 255u)));
  });
}

void StepLowering::NotWanted() {
  if (program_.when == nullptr) return;
  llvm::Value* truth = conditions_->Truth(*program_.when);
  If(b_.CreateIsNull(truth), [&] { Stop(Verdict::kSkip, Reason::kNone, program_.when_clause); });
}

bool StepLowering::ContractGate() {
  if (!program_.may_run) {
    Stop(Verdict::kDeny, Reason::kContract, abi::kTenantTerm | abi::kTermMayRun);
  } else if (program_.calls_unknown) {
    Stop(Verdict::kDeny, Reason::kContract, program_.step_clause);
  } else if (!program_.calls.empty() && !program_.calls.front().allowed) {
    Stop(NotAllowed(), Reason::kContract, program_.calls.front().contract_clause);
  } else {
    return true;
  }
  return false;
}

llvm::Value* StepLowering::Concerns(const plan::Rule& rule) {
  llvm::Value* any = b_.getFalse();
  for (const plan::Guard& guard : rule.guards) {
    llvm::Value* both = b_.getTrue();
    const auto require = [&](size_t offset, uint32_t wanted) {
      llvm::Value* id = LoadField(b_, b_.getInt32Ty(), args_.tenant, offset, "id");
      both = b_.CreateAnd(both, b_.CreateICmpEQ(id, b_.getInt32(wanted)));
    };
    if (guard.tier.valid()) require(offsetof(abi::TenantRecord, tier), guard.tier.value());
    if (guard.tenant.valid()) require(offsetof(abi::TenantRecord, tenant), guard.tenant.value());
    any = b_.CreateOr(any, both);
  }
  return any;
}

// The truth of a rule for this tenant, computed once: later gates stand behind the place of the first use.
llvm::Value* StepLowering::Applies(const plan::Rule& rule) {
  llvm::Value*& known = truths_[static_cast<size_t>(&rule - program_.rules.data())];
  if (known != nullptr) return known;
  known = rule.when == nullptr ? b_.getInt8(1) : conditions_->Truth(*rule.when);
  if (mutant_ == Mutant::kErrorIsFalse) known = b_.CreateAnd(known, b_.getInt8(1));
  if (!rule.guards.empty()) known = b_.CreateSelect(Concerns(rule), known, b_.getInt8(0));
  return known;
}

void StepLowering::RulesGate() {
  if (program_.rules.empty()) return;
  CourseGate(Course::kDeny);
  CourseGate(Course::kSuspend);
  WeakErrors();
  ChooseLane();
  CourseGate(Course::kSend);
  Asks();
  Wait();
  CourseGate(Course::kSkip);
  ChooseModel();
}

void StepLowering::CourseGate(Course course) {
  for (const plan::Rule& rule : program_.rules) {
    if (rule.course != course) continue;
    If(b_.CreateIsNotNull(Applies(rule)), [&] {
      if (course == Course::kDeny) return Stop(Verdict::kDeny, Reason::kRule, rule.clause);
      if (course == Course::kSuspend) return Stop(Verdict::kSuspend, Reason::kRule, rule.clause);
      if (course == Course::kSkip) return Stop(Verdict::kSkip, Reason::kRule, rule.clause);
      Review(Reason::kRule, rule, 0);
    });
  }
}

void StepLowering::WeakErrors() {
  for (const plan::Rule& rule : program_.rules) {
    if (!rule.weak) continue;
    If(b_.CreateICmpEQ(Applies(rule), b_.getInt8(2)),
       [&] { Stop(Verdict::kSuspend, Reason::kConditionError, rule.clause); });
  }
}

void StepLowering::ChooseLane() {
  // One more than the lane, so that none is 0 and the least urgent is the largest.
  llvm::Value* chosen = b_.getInt8(0);
  for (const plan::Rule& rule : program_.rules) {
    if (rule.lane == abi::kLaneUnchanged) continue;
    llvm::Value* named = b_.getInt8(static_cast<uint8_t>(rule.lane + 1));
    llvm::Value* larger = b_.CreateSelect(b_.CreateICmpUGT(named, chosen), named, chosen);
    chosen = b_.CreateSelect(b_.CreateICmpEQ(Applies(rule), b_.getInt8(1)), larger, chosen);
  }
  static_assert(abi::kLaneUnchanged == 0xFF, "none, 0, wraps to unchanged");
  lane_ = b_.CreateSub(chosen, b_.getInt8(1), "lane");
}

void StepLowering::Asks() {
  std::vector<const plan::Rule*> asks;
  for (const plan::Rule& rule : program_.rules) {
    if (rule.course == Course::kAsk) asks.push_back(&rule);
  }
  if (asks.empty()) return;
  std::stable_sort(asks.begin(), asks.end(),
                   [](const plan::Rule* a, const plan::Rule* b) { return a->ask_count > b->ask_count; });
  llvm::BasicBlock* asking = Block("asking");
  llvm::BasicBlock* next = Block("approved");
  llvm::Value* approved =
      LoadField(b_, b_.getInt32Ty(), args_.request, offsetof(abi::StepRequest, approved), "approved");
  b_.CreateCondBr(b_.CreateIsNull(approved), asking, next);
  b_.SetInsertPoint(asking);
  // What is computed in here is not known behind; only rules without weaker effects are computed in here.
  const std::vector<llvm::Value*> known = truths_;
  for (const plan::Rule* rule : asks) {
    If(b_.CreateIsNotNull(Applies(*rule)), [&] { Review(Reason::kApproval, *rule, rule->ask_count); });
  }
  truths_ = known;
  b_.CreateBr(next);
  b_.SetInsertPoint(next);
}

void StepLowering::Wait() {
  llvm::Value* now = nullptr;
  llvm::Value* until = nullptr;
  llvm::Value* clause = b_.getInt32(abi::kNoClause);
  for (const plan::Rule& rule : program_.rules) {
    if (rule.course != Course::kWait) continue;
    if (now == nullptr) until = now = Request64(offsetof(abi::StepRequest, wall_now_ns), "now");
    llvm::Module& module = *function_->getParent();
    llvm::Function* next_open = Helper(module, kNextOpen, b_.getInt64Ty(), {b_.getPtrTy(), b_.getInt64Ty()});
    llvm::Value* open = b_.CreateCall(next_open, {Table(module, SymbolTable::WindowName(rule.window)), now});
    llvm::Value* later = b_.CreateAnd(b_.CreateIsNotNull(Applies(rule)), b_.CreateICmpSGT(open, until));
    until = b_.CreateSelect(later, open, until);
    clause = b_.CreateSelect(later, b_.getInt32(rule.clause), clause);
  }
  if (now == nullptr) return;
  If(b_.CreateICmpSGT(until, now), [&] {
    Return([&](DecisionValues& values) {
      values.verdict = Code(Verdict::kWait);
      values.reason = Code(Reason::kWindow);
      values.clause = clause;
      values.retry_at_ns = until;
    });
  });
}

void StepLowering::ChooseModel() {
  for (const plan::Rule& rule : program_.rules) {
    if (rule.call == plan::kNoCall) continue;
    If(b_.CreateICmpEQ(Applies(rule), b_.getInt8(1)), [&] {
      const plan::Call& call = program_.calls[rule.call];
      b_.CreateStore(b_.getInt32(call.resource.value()), state_.resource);
      if (call.allowed) {
        CallGate(rule.call);
      } else {
        Stop(NotAllowed(), Reason::kContract, call.contract_clause);
      }
    });
  }
}

llvm::Value* StepLowering::Request64(size_t offset, const char* name) {
  return LoadField(b_, b_.getInt64Ty(), args_.request, offset, name);
}

}  // namespace bylaw::codegen
