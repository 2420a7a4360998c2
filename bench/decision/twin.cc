#include "bench/decision/twin.h"

#include <cstring>

#include "base/check.h"

namespace bylaw::bench {
namespace {

using abi::Reason;
using abi::Verdict;
using plan::RungEffect;

TwinCall MakeCall(const plan::Call& call) {
  TwinCall made;
  made.resource = call.resource.value();
  made.refusal_clause = call.refusal_clause;
  BYLAW_CHECK(call.allowed && call.candidates.size() <= 4, "the bench's policy is of a known kind");
  for (const plan::Server& server : call.servers) {
    const uint64_t bit = uint64_t{1} << server.endpoint.value();
    made.servers |= bit;
    if (server.spans.front().legal) made.legal[0] |= bit;
    if (server.spans.back().legal) made.legal[1] |= bit;
    BYLAW_CHECK(server.spans.size() == 1 || server.spans[1].from == kLapse, "one decision lapses");
    for (const plan::LegalSpan& span : server.spans) {
      if (!span.legal) made.place_clause = span.clause;
    }
  }
  for (const plan::Candidate& candidate : call.candidates) {
    const plan::Server& server = call.servers[candidate.server];
    const uint64_t bit = uint64_t{1} << server.endpoint.value();
    made.candidate_bits |= bit;
    made.candidates[made.count++] = {bit, candidate.hi_micros, server.endpoint.value(), server.region.value(),
                                     candidate.clause};
  }
  return made;
}

TwinStep MakeStep(const abi::StepEntry& entry) {
  const auto& program = *static_cast<const plan::StepProgram*>(entry.program);
  TwinStep made;
  made.floor = entry.floor_after_micros;
  made.optional = program.optional;
  made.when_amount = program.when != nullptr;
  made.calls_anything = !program.calls.empty();
  made.store = program.store.value();
  made.when_clause = program.when_clause;
  made.step_clause = program.step_clause;
  made.deny_clause = program.rules[0].clause;
  made.asks = program.rules.size() > 2;
  if (made.asks) {
    made.ask_clause = program.rules[2].clause;
    made.ask_reviewers = program.rules[2].reviewers.value();
  }
  made.offer_reviewers = program.offer_reviewers.value();
  BYLAW_CHECK(program.calls.size() <= 3 && program.rungs.size() <= 4, "the bench's policy is of a known kind");
  for (size_t i = 0; i < program.calls.size(); ++i) made.calls[i] = MakeCall(program.calls[i]);
  for (const plan::Rung& rung : program.rungs) {
    made.rungs[made.rungs_count++] = {rung.below,  rung.is_percent,
                                      rung.effect, static_cast<uint8_t>(rung.call == plan::kNoCall ? 0xFF : rung.call),
                                      rung.clause, rung.reviewers.value()};
  }
  return made;
}

inline bool Is(const abi::Text& text, const char* wanted, size_t size) {
  return text.size == size && std::memcmp(text.data, wanted, size) == 0;
}

struct Frame {
  const TwinStep& step;
  const abi::StepRequest& request;
  abi::Decision& out;

  const TwinCandidate* Usable(const TwinCall& call) const {
    const uint64_t usable = call.legal[request.wall_now_ns >= kLapse] & *request.up & *request.permitted;
    if ((usable & call.candidate_bits) == 0) return nullptr;
    const TwinCandidate* at = call.candidates;
    while ((at->bit & usable) == 0) ++at;
    return at;
  }
  bool Fits(int64_t hi) const { return hi == 0 || request.remaining_micros >= step.floor + hi; }
  bool Passed(const TwinRung& rung) const {
    if (!rung.is_percent) return request.remaining_micros < rung.below;
    return static_cast<__int128>(request.remaining_micros) * 1'000'000 <
           static_cast<__int128>(request.budget_micros) * rung.below;
  }
  void Choose(const TwinCall& call, const TwinCandidate& candidate) {
    out.resource = call.resource;
    out.endpoint = candidate.endpoint;
    out.region = candidate.region;
    out.candidate = static_cast<uint16_t>(&candidate - call.candidates);
    out.reserved_micros = candidate.hi;
    out.clause = candidate.clause;
  }
  void Take(size_t rung, const TwinCall& call, const TwinCandidate& candidate) {
    Choose(call, candidate);
    out.rung = static_cast<uint8_t>(rung + 1);
    out.reason = static_cast<uint8_t>(Reason::kBudget);
    out.clause = step.rungs[rung].clause;
  }
  void Stop(Verdict verdict, Reason reason, uint32_t clause) {
    out.verdict = static_cast<uint8_t>(verdict);
    out.reason = static_cast<uint8_t>(reason);
    out.clause = clause;
    out.candidate = 0;
    out.endpoint = out.region = abi::kNoId;
    out.reserved_micros = 0;
  }
  [[gnu::noinline]] void Offer() {
    for (size_t i = 0; i < step.rungs_count; ++i) {
      if (step.rungs[i].call == 0xFF || step.calls[step.rungs[i].call].resource == out.resource) continue;
      const TwinCandidate* candidate = Usable(step.calls[step.rungs[i].call]);
      if (candidate == nullptr || !Fits(candidate->hi)) continue;
      out.offers |= abi::kOfferCheaperModel;
      out.offer_resource = step.calls[step.rungs[i].call].resource;
      break;
    }
    if (step.optional && out.verdict != static_cast<uint8_t>(Verdict::kSkip)) out.offers |= abi::kOfferSkip;
    if (out.verdict != static_cast<uint8_t>(Verdict::kReview)) {
      out.offers |= abi::kOfferPerson;
      out.offer_reviewers = step.offer_reviewers;
    }
  }
  [[gnu::noinline]] void Unserved(const TwinCall& call) {
    const uint64_t legal = call.legal[request.wall_now_ns >= kLapse];
    const uint64_t up = call.servers & *request.up;
    Reason reason = Reason::kAvailability;
    uint32_t clause = call.refusal_clause;
    if ((up & ~legal) != 0 && (up & legal & *request.permitted) == 0) {
      reason = Reason::kResidency;
      clause = call.place_clause;
    } else if ((up & legal & call.candidate_bits & ~*request.permitted) != 0) {
      reason = Reason::kRevoked;
    }
    Stop(step.optional ? Verdict::kSkip : Verdict::kSuspend, reason, clause);
    Offer();
  }
  bool Ends(size_t rung) {
    const TwinRung& at = step.rungs[rung];
    if (at.effect == RungEffect::kUseModel || (at.effect == RungEffect::kSkipOptional && !step.optional)) return false;
    const Verdict verdict = at.effect == RungEffect::kSuspend        ? Verdict::kSuspend
                            : at.effect == RungEffect::kSkipOptional ? Verdict::kSkip
                                                                     : Verdict::kReview;
    Stop(verdict, Reason::kBudget, at.clause);
    if (verdict == Verdict::kReview) out.reviewers = at.reviewers;
    out.rung = static_cast<uint8_t>(rung + 1);
    Offer();
    return true;
  }
  [[gnu::noinline]] void WalkDown() {
    for (size_t i = 0; i < step.rungs_count; ++i) {
      if (Passed(step.rungs[i])) continue;
      if (step.rungs[i].call != 0xFF) {
        const TwinCandidate* candidate = Usable(step.calls[step.rungs[i].call]);
        if (candidate != nullptr && Fits(candidate->hi)) {
          Take(i, step.calls[step.rungs[i].call], *candidate);
          return Offer();
        }
      }
      if (Ends(i)) return;
    }
    Stop(step.optional ? Verdict::kSkip : Verdict::kSuspend, Reason::kBudget,
         abi::kTenantTerm | abi::kTermBudgetWorkflow);
    Offer();
  }
  void Budget() {
    for (const RungEffect effect : {RungEffect::kSuspend, RungEffect::kSendToReviewers, RungEffect::kSkipOptional}) {
      for (size_t i = 0; i < step.rungs_count; ++i) {
        if (step.rungs[i].effect == effect && Passed(step.rungs[i]) && Ends(i)) return;
      }
    }
    for (size_t i = step.rungs_count; i-- > 0;) {
      if (step.rungs[i].call == 0xFF || !Passed(step.rungs[i])) continue;
      const TwinCandidate* candidate = Usable(step.calls[step.rungs[i].call]);
      if (candidate == nullptr) continue;
      if (step.rungs[i].call != 0) Take(i, step.calls[step.rungs[i].call], *candidate);
      break;
    }
    if (!Fits(out.reserved_micros)) return WalkDown();
    if (out.rung != 0) Offer();
  }
};

}  // namespace

Twin::Twin(const plan::Plan& plan) : settings_(plan.tables.settings.data()) {
  for (const abi::ShapeInfo& shape : plan.tables.shapes) {
    for (const abi::StepEntry& entry : shape.workflows[0].steps) steps_.push_back(MakeStep(entry));
  }
}

void Twin::Decide(const TwinStep& step, const abi::TenantRecord& tenant, const abi::StepRequest& request,
                  abi::Decision* out) const {
  static const abi::Decision kProceed = abi::ProceedDecision();
  *out = kProceed;
  out->floor_micros = step.floor;
  out->store = step.store;
  if (step.calls_anything) out->resource = step.calls[0].resource;
  Frame frame{step, request, *out};
  const int64_t amount = request.slots[kAmount].integer;  // the callers always hand over the three inputs
  const abi::Text& channel = *request.slots[kChannel].text;
  if (step.when_amount && amount <= kEnrichAbove) return frame.Stop(Verdict::kSkip, Reason::kNone, step.when_clause);
  if (amount > kDenyAbove && Is(channel, "partner", 7)) {
    return frame.Stop(Verdict::kDeny, Reason::kRule, step.deny_clause);
  }
  if (request.slots[kPriority].integer < kPriorityBelow && (Is(channel, "branch", 6) || Is(channel, "web", 3))) {
    out->lane = static_cast<uint8_t>(abi::Lane::kBackground);
  }
  if (step.asks && request.approved == 0) {
    const bool known = (*request.present >> kConfidence & 1) != 0;
    if (amount > kAskAbove || !known || request.slots[kConfidence].number < settings_[tenant.settings_begin].number) {
      frame.Stop(Verdict::kReview, Reason::kApproval, step.ask_clause);
      out->reviewers = step.ask_reviewers;
      out->ask_count = 1;
      return;
    }
  }
  if (!step.calls_anything) {
    out->clause = step.step_clause;
    return;
  }
  const TwinCandidate* candidate = frame.Usable(step.calls[0]);
  if (candidate == nullptr) return frame.Unserved(step.calls[0]);
  frame.Choose(step.calls[0], *candidate);
  if (candidate->hi > 0) frame.Budget();
}

}  // namespace bylaw::bench
