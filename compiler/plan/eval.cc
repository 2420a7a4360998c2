#include "compiler/plan/eval.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "compiler/plan/cel_eval.h"
#include "compiler/plan/window.h"

namespace bylaw::plan {
namespace {

using abi::Decision;
using abi::Reason;
using abi::Verdict;

template <typename IdType>
uint32_t Raw(IdType id) {
  return id.value();
}

bool HasBit(const uint64_t* words, EndpointId id) { return (words[id.index() / 64] >> (id.index() % 64) & 1) != 0; }

const LegalSpan& SpanAt(const Server& server, TimeNs now) {
  const LegalSpan* at = &server.spans.front();
  for (const LegalSpan& span : server.spans) {
    if (span.from <= now) at = &span;
  }
  return *at;
}

// One decision. Each gate returns true when it has decided and nothing after it may run.
class Evaluation {
 public:
  Evaluation(const abi::StepEntry& entry, const abi::TenantRecord& tenant, const abi::StepRequest& request,
             Decision& out)
      : program_(*static_cast<const StepProgram*>(entry.program)),
        tenant_(tenant),
        request_(request),
        out_(out),
        context_{&program_, &tenant, &request} {
    out_ = abi::ProceedDecision();
    out_.floor_micros = entry.floor_after_micros;
    out_.store = Raw(program_.store);
    if (!program_.calls.empty()) out_.resource = Raw(program_.calls.front().resource);
  }

  void Run() {
    if (NotWanted() || ContractGate() || RulesGate()) return;
    if (!program_.calls.empty() && HealthGate()) return;
    if (program_.calls.empty()) {
      out_.reserved_micros = program_.own_cost_micros;
      out_.clause = program_.step_clause;
    }
    if (out_.reserved_micros > 0) BudgetGate();
  }

 private:
  Truth Holds(const cel::TypedExpr* when) const { return when == nullptr ? Truth::kTrue : Evaluate(*when, context_); }

  // Ends with a verdict other than proceed: nothing is chosen, nothing is reserved.
  bool Stop(Verdict verdict, Reason reason, abi::ClauseRef clause) {
    out_.verdict = static_cast<uint8_t>(verdict);
    out_.reason = static_cast<uint8_t>(reason);
    out_.clause = clause;
    out_.candidate = 0;
    out_.endpoint = out_.region = abi::kNoId;
    out_.reserved_micros = 0;
    return true;
  }

  bool NotWanted() {
    if (program_.when == nullptr || Holds(program_.when) != Truth::kFalse) return false;
    return Stop(Verdict::kSkip, Reason::kNone, program_.when_clause);
  }

  // Gate 1, for the call that is current.
  bool ContractGate() {
    if (!program_.may_run) return Stop(Verdict::kDeny, Reason::kContract, abi::kTenantTerm | abi::kTermMayRun);
    if (program_.calls_unknown) return Stop(Verdict::kDeny, Reason::kContract, program_.step_clause);
    if (program_.calls.empty()) return false;
    const Call& call = program_.calls[call_];
    // What the contract denies is left out where the step is optional.
    return !call.allowed &&
           Stop(program_.optional ? Verdict::kSkip : Verdict::kDeny, Reason::kContract, call.contract_clause);
  }

  bool Concerns(const Rule& rule) const {
    return rule.guards.empty() || std::any_of(rule.guards.begin(), rule.guards.end(), [&](const Guard& guard) {
             return (!guard.tier.valid() || guard.tier == tenant_.tier) &&
                    (!guard.tenant.valid() || guard.tenant == tenant_.tenant);
           });
  }

  // Whether the rule applies with an effect on the course: an error counts as matched from `ask` up.
  bool Matches(const Rule& rule, Course course) const {
    return rule.course == course && Concerns(rule) && Holds(rule.when) != Truth::kFalse;
  }
  const Rule* FirstMatch(Course course) const {
    for (const Rule& rule : program_.rules) {
      if (Matches(rule, course)) return &rule;
    }
    return nullptr;
  }

  // Gate 2: the strictest effect on the course of the step; model and lane beside it.
  bool RulesGate() {
    if (program_.rules.empty()) return false;
    if (const Rule* rule = FirstMatch(Course::kDeny)) return Stop(Verdict::kDeny, Reason::kRule, rule->clause);
    if (const Rule* rule = FirstMatch(Course::kSuspend)) return Stop(Verdict::kSuspend, Reason::kRule, rule->clause);
    for (const Rule& rule : program_.rules) {
      if (rule.weak && Concerns(rule) && Holds(rule.when) == Truth::kError) {
        return Stop(Verdict::kSuspend, Reason::kConditionError, rule.clause);
      }
    }
    ChooseLane();
    if (const Rule* rule = FirstMatch(Course::kSend)) return Review(Reason::kRule, rule->reviewers, 0, rule->clause);
    if (request_.approved == 0 && AsksSomebody()) return true;
    if (MustWait()) return true;
    if (const Rule* rule = FirstMatch(Course::kSkip)) return Stop(Verdict::kSkip, Reason::kRule, rule->clause);
    for (const Rule& rule : program_.rules) {
      if (rule.call == kNoCall || !Concerns(rule) || Holds(rule.when) != Truth::kTrue) continue;
      call_ = rule.call;
      out_.resource = Raw(program_.calls[call_].resource);
      return ContractGate();
    }
    return false;
  }

  // The least urgent lane that any matching rule names.
  void ChooseLane() {
    for (const Rule& rule : program_.rules) {
      if (rule.lane == abi::kLaneUnchanged || !Concerns(rule) || Holds(rule.when) != Truth::kTrue) continue;
      out_.lane = out_.lane == abi::kLaneUnchanged ? rule.lane : std::max(out_.lane, rule.lane);
    }
  }

  bool AsksSomebody() {
    const Rule* most = nullptr;
    for (const Rule& rule : program_.rules) {
      if (Matches(rule, Course::kAsk) && (most == nullptr || rule.ask_count > most->ask_count)) most = &rule;
    }
    return most != nullptr && Review(Reason::kApproval, most->reviewers, most->ask_count, most->clause);
  }

  bool MustWait() {
    const Rule* last = nullptr;
    TimeNs until = request_.wall_now_ns;
    for (const Rule& rule : program_.rules) {
      if (!Matches(rule, Course::kWait)) continue;
      const TimeNs open =
          NextOpen(program_.plan->windows[rule.window], program_.plan->tables.time_zone, request_.wall_now_ns);
      if (open > until) {
        until = open;
        last = &rule;
      }
    }
    if (last == nullptr) return false;
    out_.retry_at_ns = until;
    return Stop(Verdict::kWait, Reason::kWindow, last->clause);
  }

  bool Review(Reason reason, ReviewersId reviewers, uint32_t count, abi::ClauseRef clause) {
    out_.reviewers = Raw(reviewers);
    out_.ask_count = static_cast<uint8_t>(std::min(count, 255u));
    return Stop(Verdict::kReview, reason, clause);
  }

  // Gates 3 and 4 for one call: the first candidate that is legal now, permitted and up.
  const Candidate* Usable(const Call& call) const {
    for (const Candidate& candidate : call.candidates) {
      const Server& server = call.servers[candidate.server];
      if (HasBit(request_.up, server.endpoint) && HasBit(request_.permitted, server.endpoint) &&
          SpanAt(server, request_.wall_now_ns).legal) {
        return &candidate;
      }
    }
    return nullptr;
  }

  void Choose(const Call& call, const Candidate& candidate) {
    const Server& server = call.servers[candidate.server];
    out_.resource = Raw(call.resource);
    out_.endpoint = Raw(server.endpoint);
    out_.region = Raw(server.region);
    out_.candidate = static_cast<uint16_t>(&candidate - call.candidates.data());
    out_.reserved_micros = candidate.hi_micros;
    out_.clause = candidate.clause;
  }

  bool HealthGate() {
    const Call& call = program_.calls[call_];
    if (const Candidate* candidate = Usable(call)) {
      Choose(call, *candidate);
      return false;
    }
    Reason reason = Reason::kAvailability;
    abi::ClauseRef clause = call.refusal_clause;
    Unserved(call, &reason, &clause);
    return Refuse(program_.optional ? Verdict::kSkip : Verdict::kSuspend, reason, clause);
  }

  // Why nothing serves: only illegal endpoints are up; or a candidate is up but revoked; or nothing is up.
  void Unserved(const Call& call, Reason* reason, abi::ClauseRef* clause) const {
    const LegalSpan* illegal = nullptr;
    bool legal_elsewhere = false, revoked = false;  // elsewhere: outside the route
    for (const Server& server : call.servers) {
      if (!HasBit(request_.up, server.endpoint)) continue;
      const LegalSpan& span = SpanAt(server, request_.wall_now_ns);
      if (!span.legal && illegal == nullptr) illegal = &span;
      if (span.legal && HasBit(request_.permitted, server.endpoint)) legal_elsewhere = true;
    }
    for (const Candidate& candidate : call.candidates) {
      const Server& server = call.servers[candidate.server];
      if (HasBit(request_.up, server.endpoint) && !HasBit(request_.permitted, server.endpoint) &&
          SpanAt(server, request_.wall_now_ns).legal) {
        revoked = true;
      }
    }
    if (illegal != nullptr && !legal_elsewhere) {
      *reason = Reason::kResidency;
      *clause = illegal->clause;
    } else if (revoked) {
      *reason = Reason::kRevoked;
    }
  }

  bool Fits(int64_t hi) const { return hi == 0 || request_.remaining_micros >= out_.floor_micros + hi; }

  bool Passed(const Rung& rung) const {
    if (!rung.is_percent) return request_.remaining_micros < rung.below;
    return static_cast<__int128>(request_.remaining_micros) * 1'000'000 <
           static_cast<__int128>(request_.budget_micros) * rung.below;
  }

  uint8_t Number(const Rung& rung) const { return static_cast<uint8_t>(&rung - program_.rungs.data() + 1); }

  // Takes what a rung that ends the step says; false if it ends nothing here.
  bool Ends(const Rung& rung, RungEffect effect) {
    if (rung.effect != effect) return false;
    if (effect == RungEffect::kSkipOptional && !program_.optional) return false;
    out_.rung = Number(rung);
    if (effect == RungEffect::kSkipOptional) return Refuse(Verdict::kSkip, Reason::kBudget, rung.clause);
    if (effect == RungEffect::kSuspend) return Refuse(Verdict::kSuspend, Reason::kBudget, rung.clause);
    out_.reviewers = Raw(rung.reviewers);
    return Refuse(Verdict::kReview, Reason::kBudget, rung.clause);
  }

  // A rung's model, if the contract allows it and one of its endpoints may serve.
  const Candidate* ModelOf(const Rung& rung) const {
    if (rung.effect != RungEffect::kUseModel || rung.call == kNoCall || !program_.calls[rung.call].allowed) {
      return nullptr;
    }
    return Usable(program_.calls[rung.call]);
  }

  void TakeModel(const Rung& rung, const Candidate& candidate) {
    Choose(program_.calls[rung.call], candidate);
    call_ = rung.call;
    out_.rung = Number(rung);
    out_.reason = static_cast<uint8_t>(Reason::kBudget);
    out_.clause = rung.clause;
  }

  // Gate 6: the rungs that are passed apply together, the strictest ends the step; then down the ladder until the rest
  // stays payable.
  void BudgetGate() {
    for (const RungEffect effect : {RungEffect::kSuspend, RungEffect::kSendToReviewers, RungEffect::kSkipOptional}) {
      for (const Rung& rung : program_.rungs) {
        if (Passed(rung) && Ends(rung, effect)) return;
      }
    }
    for (auto rung = program_.rungs.rbegin(); rung != program_.rungs.rend(); ++rung) {
      const Candidate* candidate = Passed(*rung) ? ModelOf(*rung) : nullptr;
      if (candidate == nullptr) continue;
      if (rung->call != call_) TakeModel(*rung, *candidate);
      break;
    }
    if (!Fits(out_.reserved_micros) && WalkDown()) return;
    if (out_.rung != 0) Offer();
  }

  // True if the step has ended; false if a cheaper model was taken that leaves the rest payable.
  bool WalkDown() {
    for (const Rung& rung : program_.rungs) {
      if (Passed(rung)) continue;
      if (const Candidate* candidate = ModelOf(rung); candidate != nullptr && Fits(candidate->hi_micros)) {
        TakeModel(rung, *candidate);
        return false;
      }
      if (rung.effect != RungEffect::kUseModel && Ends(rung, rung.effect)) return true;
    }
    return Refuse(program_.optional ? Verdict::kSkip : Verdict::kSuspend, Reason::kBudget,
                  abi::kTenantTerm | abi::kTermBudgetWorkflow);
  }

  bool Refuse(Verdict verdict, Reason reason, abi::ClauseRef clause) {
    Stop(verdict, reason, clause);
    Offer();
    return true;
  }

  // What else would pass: the ladder's first other model that may serve and is payable, leaving the step out, a person.
  void Offer() {
    for (const Rung& rung : program_.rungs) {
      const Candidate* candidate = ModelOf(rung);
      if (candidate == nullptr || Raw(program_.calls[rung.call].resource) == out_.resource) continue;
      if (!Fits(candidate->hi_micros)) continue;
      out_.offers |= abi::kOfferCheaperModel;
      out_.offer_resource = Raw(program_.calls[rung.call].resource);
      break;
    }
    const Verdict verdict = static_cast<Verdict>(out_.verdict);
    if (program_.optional && verdict != Verdict::kSkip) out_.offers |= abi::kOfferSkip;
    if (program_.offer_reviewers.valid() && verdict != Verdict::kReview) {
      out_.offers |= abi::kOfferPerson;
      out_.offer_reviewers = Raw(program_.offer_reviewers);
    }
  }

  const StepProgram& program_;
  const abi::TenantRecord& tenant_;
  const abi::StepRequest& request_;
  Decision& out_;
  EvalContext context_;
  uint32_t call_ = 0;
};

}  // namespace

void EvaluateStep(const abi::StepEntry* entry, const abi::TenantRecord* tenant, const abi::StepRequest* request,
                  abi::Decision* out) {
  Evaluation(*entry, *tenant, *request, *out).Run();
}

std::shared_ptr<const abi::PolicyImage> EvaluatorImage(std::shared_ptr<const Plan> plan) {
  BYLAW_CHECK(plan != nullptr, "an image is made from a plan");
  auto image = std::make_shared<abi::PolicyImage>(plan->tables);
  for (abi::ShapeInfo& shape : image->shapes) {
    for (abi::ShapeWorkflow& workflow : shape.workflows) {
      for (abi::StepEntry& entry : workflow.steps) entry.decide = &EvaluateStep;
    }
  }
  image->keep_alive = std::move(plan);
  return image;
}

}  // namespace bylaw::plan
