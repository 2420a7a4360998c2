// Residency, health and the ladder.
#include <cstddef>

#include "compiler/codegen/step.h"

namespace bylaw::codegen {

using abi::Reason;
using abi::Verdict;
using plan::RungEffect;

llvm::Value* StepLowering::IsUp(const plan::Server& server) {
  return conditions_->RequestBit(offsetof(abi::StepRequest, up), server.endpoint.value());
}

llvm::Value* StepLowering::IsPermitted(const plan::Server& server) {
  return conditions_->RequestBit(offsetof(abi::StepRequest, permitted), server.endpoint.value());
}

llvm::Value* StepLowering::SpanValue(const plan::Server& server,
                                     const std::function<llvm::Value*(const plan::LegalSpan&)>& value) {
  llvm::Value* chosen = value(server.spans.front());
  if (server.spans.size() == 1) return chosen;
  llvm::Value* now = Request64(offsetof(abi::StepRequest, wall_now_ns), "now");
  for (size_t i = 1; i < server.spans.size(); ++i) {
    llvm::Value* from = b_.getInt64(static_cast<uint64_t>(server.spans[i].from));
    llvm::Value* begun = mutant_ == Mutant::kLapseLate ? b_.CreateICmpSGT(now, from) : b_.CreateICmpSGE(now, from);
    chosen = b_.CreateSelect(begun, value(server.spans[i]), chosen);
  }
  return chosen;
}

llvm::Value* StepLowering::IsLegal(const plan::Server& server) {
  return SpanValue(server, [&](const plan::LegalSpan& span) { return b_.getInt1(span.legal); });
}

llvm::Value* StepLowering::LegalClause(const plan::Server& server) {
  return SpanValue(server, [&](const plan::LegalSpan& span) { return b_.getInt32(span.clause); });
}

void StepLowering::Select(const plan::Call& call, const OnUsable& on_usable) {
  for (const plan::Candidate& candidate : call.candidates) {
    const plan::Server& server = call.servers[candidate.server];
    if (server.spans.size() == 1 && !server.spans.front().legal) continue;
    llvm::Value* usable = b_.CreateAnd(b_.CreateAnd(IsUp(server), IsPermitted(server)), IsLegal(server));
    If(usable, [&] { on_usable(candidate, server); });
  }
}

void StepLowering::TakeCandidate(const plan::Call& call, const plan::Candidate& candidate, const plan::Server& server) {
  const auto position = static_cast<uint16_t>(&candidate - call.candidates.data());
  b_.CreateStore(b_.getInt16(position), state_.candidate);
  b_.CreateStore(b_.getInt32(call.resource.value()), state_.resource);
  b_.CreateStore(b_.getInt32(server.endpoint.value()), state_.endpoint);
  b_.CreateStore(b_.getInt32(server.region.value()), state_.region);
  b_.CreateStore(b_.getInt32(candidate.clause), state_.clause);
  b_.CreateStore(b_.getInt64(static_cast<uint64_t>(candidate.hi_micros)), state_.hi);
}

void StepLowering::TakeRung(size_t rung) {
  b_.CreateStore(b_.getInt8(static_cast<uint8_t>(rung + 1)), state_.rung);
  b_.CreateStore(Code(Reason::kBudget), state_.reason);
  b_.CreateStore(b_.getInt32(program_.rungs[rung].clause), state_.clause);
}

// Why nothing serves, then the refusal.
void StepLowering::Unserved(const plan::Call& call) {
  llvm::Value* illegal = b_.getFalse();
  llvm::Value* illegal_clause = b_.getInt32(call.refusal_clause);
  llvm::Value* legal_elsewhere = b_.getFalse();
  for (const plan::Server& server : call.servers) {
    llvm::Value* up = IsUp(server);
    llvm::Value* legal = IsLegal(server);
    llvm::Value* first = b_.CreateAnd(b_.CreateAnd(up, b_.CreateNot(legal)), b_.CreateNot(illegal));
    illegal_clause = b_.CreateSelect(first, LegalClause(server), illegal_clause);
    illegal = b_.CreateOr(illegal, first);
    legal_elsewhere = b_.CreateOr(legal_elsewhere, b_.CreateAnd(b_.CreateAnd(up, legal), IsPermitted(server)));
  }
  llvm::Value* revoked = b_.getFalse();
  for (const plan::Candidate& candidate : call.candidates) {
    const plan::Server& server = call.servers[candidate.server];
    llvm::Value* out = b_.CreateAnd(b_.CreateAnd(IsUp(server), IsLegal(server)), b_.CreateNot(IsPermitted(server)));
    revoked = b_.CreateOr(revoked, out);
  }
  llvm::Value* residency = b_.CreateAnd(illegal, b_.CreateNot(legal_elsewhere));
  llvm::Value* reason = b_.CreateSelect(residency, Code(Reason::kResidency),
                                        b_.CreateSelect(revoked, Code(Reason::kRevoked), Code(Reason::kAvailability)));
  Refuse(program_.optional ? Verdict::kSkip : Verdict::kSuspend, reason,
         b_.CreateSelect(residency, illegal_clause, b_.getInt32(call.refusal_clause)));
}

void StepLowering::CallGate(uint32_t index, const plan::Rule* by) {
  const plan::Call& call = program_.calls[index];
  llvm::BasicBlock* budget = Block("budget");
  bool some_free = false, some_cost = false;
  Select(call, [&](const plan::Candidate& candidate, const plan::Server& server) {
    TakeCandidate(call, candidate, server);
    if (by != nullptr) {
      b_.CreateStore(Code(Reason::kRule), state_.reason);
      b_.CreateStore(b_.getInt32(by->clause), state_.clause);
    }
    (candidate.hi_micros == 0 ? some_free : some_cost) = true;
    b_.CreateBr(budget);
  });
  Unserved(call);
  b_.SetInsertPoint(budget);
  BudgetGate(index, some_free, some_cost);
}

void StepLowering::StepWithoutCall() {
  b_.CreateStore(b_.getInt64(static_cast<uint64_t>(program_.own_cost_micros)), state_.hi);
  b_.CreateStore(b_.getInt32(program_.step_clause), state_.clause);
  BudgetGate(plan::kNoCall, program_.own_cost_micros == 0, program_.own_cost_micros > 0);
}

void StepLowering::Proceed() {
  Return([&](DecisionValues& values) {
    values.candidate = Load(state_.candidate);
    values.endpoint = Load(state_.endpoint);
    values.region = Load(state_.region);
    values.reason = Load(state_.reason);
    values.clause = Load(state_.clause);
    values.reserved_micros = Load(state_.hi);
  });
}

llvm::Value* StepLowering::Fits(int64_t hi) {
  if (hi == 0) return b_.getTrue();
  llvm::Value* needed = b_.CreateNSWAdd(floor_, b_.getInt64(static_cast<uint64_t>(hi)));
  llvm::Value* remaining = Request64(offsetof(abi::StepRequest, remaining_micros), "remaining");
  return mutant_ == Mutant::kFloorExclusive ? b_.CreateICmpSGT(remaining, needed) : b_.CreateICmpSGE(remaining, needed);
}

// Whether the cost of what is chosen leaves the rest payable.
llvm::Value* StepLowering::FitsNow() {
  llvm::Value* hi = Load(state_.hi);
  llvm::Value* remaining = Request64(offsetof(abi::StepRequest, remaining_micros), "remaining");
  llvm::Value* needed = b_.CreateNSWAdd(floor_, hi);
  llvm::Value* payable =
      mutant_ == Mutant::kFloorExclusive ? b_.CreateICmpSGT(remaining, needed) : b_.CreateICmpSGE(remaining, needed);
  return b_.CreateOr(b_.CreateIsNull(hi), payable);
}

llvm::Value* StepLowering::Passed(const plan::Rung& rung) {
  llvm::Value* remaining = Request64(offsetof(abi::StepRequest, remaining_micros), "remaining");
  llvm::Value* below = b_.getInt64(static_cast<uint64_t>(rung.below));
  const auto compare = [&](llvm::Value* a, llvm::Value* b) {
    return mutant_ == Mutant::kThresholdInclusive ? b_.CreateICmpSLE(a, b) : b_.CreateICmpSLT(a, b);
  };
  if (!rung.is_percent) return compare(remaining, below);
  llvm::Type* i128 = b_.getInt128Ty();
  llvm::Value* budget = Request64(offsetof(abi::StepRequest, budget_micros), "budget");
  const auto wide = [&](llvm::Value* a, llvm::Value* b) {
    return b_.CreateNSWMul(b_.CreateSExt(a, i128), b_.CreateSExt(b, i128));
  };
  return compare(wide(remaining, b_.getInt64(1'000'000)), wide(budget, below));
}

bool StepLowering::EndsHere(const plan::Rung& rung) const {
  switch (rung.effect) {
    case RungEffect::kUseModel:
      return false;
    case RungEffect::kSkipOptional:
      return program_.optional;
    case RungEffect::kSendToReviewers:
    case RungEffect::kSuspend:
      return true;
  }
  return false;
}

const plan::Call* StepLowering::ModelOf(const plan::Rung& rung) const {
  if (rung.effect != RungEffect::kUseModel || rung.call == plan::kNoCall) return nullptr;
  const plan::Call& call = program_.calls[rung.call];
  return call.allowed ? &call : nullptr;
}

void StepLowering::BudgetGate(uint32_t call, bool some_free, bool some_cost) {
  if (!some_cost && !some_free) {
    b_.CreateUnreachable();  // no candidate is ever legal: nothing jumps here
    return;
  }
  if (!some_cost) return Proceed();
  if (some_free) If(b_.CreateIsNull(Load(state_.hi)), [&] { Proceed(); });
  llvm::BasicBlock* taken = Block("taken");
  PassedEnds();
  PassedRungs(call, taken);
  If(FitsNow(), [&] { Proceed(); });
  llvm::BasicBlock* walk = Block("walk");
  b_.CreateBr(walk);
  b_.SetInsertPoint(taken);  // a passed rung's model
  b_.CreateCondBr(FitsNow(), offer_, walk);
  b_.SetInsertPoint(walk);
  WalkDown(offer_);
}

void StepLowering::PassedEnds() {
  for (const RungEffect effect : {RungEffect::kSuspend, RungEffect::kSendToReviewers, RungEffect::kSkipOptional}) {
    for (size_t i = 0; i < program_.rungs.size(); ++i) {
      const plan::Rung& rung = program_.rungs[i];
      if (rung.effect == effect && EndsHere(rung)) If(Passed(rung), [&] { RungEnds(i); });
    }
  }
}

// The lowest passed rung with a model that may serve: goes to `taken` with it, or on if it is the model in use.
void StepLowering::PassedRungs(uint32_t current, llvm::BasicBlock* taken) {
  llvm::BasicBlock* unchanged = Block("unchanged");
  for (size_t i = program_.rungs.size(); i-- > 0;) {
    const plan::Rung& rung = program_.rungs[i];
    const plan::Call* call = ModelOf(rung);
    if (call == nullptr) continue;
    llvm::BasicBlock* passed = Block("passed");
    llvm::BasicBlock* next = Block("above");
    b_.CreateCondBr(Passed(rung), passed, next);
    b_.SetInsertPoint(passed);
    Select(*call, [&](const plan::Candidate& candidate, const plan::Server& server) {
      if (rung.call == current) {
        b_.CreateBr(unchanged);
        return;
      }
      TakeCandidate(*call, candidate, server);
      TakeRung(i);
      b_.CreateBr(taken);
    });
    b_.CreateBr(next);
    b_.SetInsertPoint(next);
  }
  b_.CreateBr(unchanged);
  b_.SetInsertPoint(unchanged);
}

void StepLowering::WalkDown(llvm::BasicBlock* taken) {
  for (size_t i = 0; i < program_.rungs.size(); ++i) {
    const plan::Rung& rung = program_.rungs[i];
    const plan::Call* call = ModelOf(rung);
    if (call == nullptr && !EndsHere(rung)) continue;
    llvm::BasicBlock* below = Block("below");
    llvm::BasicBlock* next = Block("further");
    b_.CreateCondBr(Passed(rung), next, below);
    b_.SetInsertPoint(below);
    if (call == nullptr) {
      RungEnds(i);
    } else {
      Select(*call, [&](const plan::Candidate& candidate, const plan::Server& server) {
        llvm::BasicBlock* payable = Block("payable");
        b_.CreateCondBr(Fits(candidate.hi_micros), payable, next);
        b_.SetInsertPoint(payable);
        TakeCandidate(*call, candidate, server);
        TakeRung(i);
        b_.CreateBr(taken);
      });
      b_.CreateBr(next);
    }
    b_.SetInsertPoint(next);
  }
  Refuse(program_.optional ? Verdict::kSkip : Verdict::kSuspend, Code(Reason::kBudget),
         b_.getInt32(abi::kTenantTerm | abi::kTermBudgetWorkflow));
}

void StepLowering::RungEnds(size_t index) {
  const plan::Rung& rung = program_.rungs[index];
  b_.CreateStore(b_.getInt8(static_cast<uint8_t>(index + 1)), state_.rung);
  Verdict verdict = Verdict::kSuspend;
  if (rung.effect == RungEffect::kSkipOptional) verdict = Verdict::kSkip;
  if (rung.effect == RungEffect::kSendToReviewers) {
    verdict = Verdict::kReview;
    b_.CreateStore(b_.getInt32(rung.reviewers.value()), state_.reviewers);
  }
  Refuse(verdict, Code(Reason::kBudget), b_.getInt32(rung.clause));
}

void StepLowering::Refuse(Verdict verdict, llvm::Value* reason, llvm::Value* clause) {
  b_.CreateStore(Code(verdict), state_.verdict);
  b_.CreateStore(reason, state_.reason);
  b_.CreateStore(clause, state_.clause);
  b_.CreateStore(b_.getInt16(0), state_.candidate);
  b_.CreateStore(b_.getInt32(abi::kNoId), state_.endpoint);
  b_.CreateStore(b_.getInt32(abi::kNoId), state_.region);
  b_.CreateStore(b_.getInt64(0), state_.hi);
  b_.CreateBr(offer_);
}

// Where refusals and downgrades end: what else would pass, then the decision.
void StepLowering::OfferTail() {
  if (offer_->hasNPredecessors(0)) {
    offer_->eraseFromParent();
    return;
  }
  b_.SetInsertPoint(offer_);
  llvm::Value* verdict = Load(state_.verdict);
  llvm::Value* resource = Load(state_.resource);
  llvm::BasicBlock* chosen = Block("cheaper");
  llvm::PHINode* offered = llvm::PHINode::Create(b_.getInt32Ty(), 4, "offered", chosen);
  for (const plan::Rung& rung : program_.rungs) {
    const plan::Call* call = ModelOf(rung);
    if (call == nullptr) continue;
    llvm::Value* model = b_.getInt32(call->resource.value());
    llvm::BasicBlock* other = Block("other");
    llvm::BasicBlock* next = Block("offer");
    b_.CreateCondBr(b_.CreateICmpNE(resource, model), other, next);
    b_.SetInsertPoint(other);
    Select(*call, [&](const plan::Candidate& candidate, const plan::Server&) {
      llvm::Value* fits = mutant_ == Mutant::kWrongOffer ? b_.getTrue() : Fits(candidate.hi_micros);
      offered->addIncoming(model, b_.GetInsertBlock());
      b_.CreateCondBr(fits, chosen, next);
    });
    b_.CreateBr(next);
    b_.SetInsertPoint(next);
  }
  offered->addIncoming(b_.getInt32(abi::kNoId), b_.GetInsertBlock());
  b_.CreateBr(chosen);
  b_.SetInsertPoint(chosen);
  llvm::Value* is_offered = b_.CreateICmpNE(offered, b_.getInt32(abi::kNoId));
  llvm::Value* offers = b_.CreateSelect(is_offered, b_.getInt8(abi::kOfferCheaperModel), b_.getInt8(0));
  const auto add = [&](Verdict unless, abi::Offer offer) {
    llvm::Value* on_offer = b_.CreateICmpNE(verdict, Code(unless));
    offers = b_.CreateOr(offers, b_.CreateSelect(on_offer, b_.getInt8(offer), b_.getInt8(0)));
    return on_offer;
  };
  if (program_.optional) add(Verdict::kSkip, abi::kOfferSkip);
  llvm::Value* people = b_.getInt32(abi::kNoId);
  if (program_.offer_reviewers.valid()) {
    people = b_.CreateSelect(add(Verdict::kReview, abi::kOfferPerson), b_.getInt32(program_.offer_reviewers.value()),
                             people);
  }
  Return([&](DecisionValues& values) {
    values.verdict = verdict;
    values.reason = Load(state_.reason);
    values.rung = Load(state_.rung);
    values.offers = offers;
    values.candidate = Load(state_.candidate);
    values.endpoint = Load(state_.endpoint);
    values.region = Load(state_.region);
    values.reviewers = Load(state_.reviewers);
    values.clause = Load(state_.clause);
    values.offer_resource = offered;
    values.offer_reviewers = people;
    values.reserved_micros = Load(state_.hi);
  });
}

}  // namespace bylaw::codegen
