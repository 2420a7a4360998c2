// The same decisions written by hand: what a good engineer would write who knows this policy's features in advance.
//
// Tables are laid out for it (one packed row a step program, masks over one word of endpoints, the conditions as C++
// expressions); it allocates nothing and calls nothing out of line. Its answers are checked against the evaluator's.
#ifndef BYLAW_BENCH_DECISION_TWIN_H_
#define BYLAW_BENCH_DECISION_TWIN_H_

#include <cstdint>
#include <vector>

#include "base/huge_pages.h"
#include "bench/decision/policy.h"
#include "compiler/plan/plan.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::bench {

struct TwinCandidate {
  uint64_t bit;
  int64_t hi;
  uint32_t endpoint, region, clause;
};
struct TwinCall {
  uint64_t servers = 0;        // every endpoint that serves it
  uint64_t legal[2] = {0, 0};  // of those, before and after the lapse
  uint64_t candidate_bits = 0;
  uint32_t resource = 0, refusal_clause = 0, place_clause = 0, count = 0;
  TwinCandidate candidates[4];
};
struct TwinRung {
  int64_t below;
  bool is_percent;
  plan::RungEffect effect;
  uint8_t call;  // into TwinStep::calls; 0xFF: none
  uint32_t clause, reviewers;
};
struct alignas(64) TwinStep {
  int64_t floor = 0;
  bool optional = false, when_amount = false, asks = false, calls_anything = false;
  uint8_t rungs_count = 0;
  uint32_t store = 0, when_clause = 0, step_clause = 0, deny_clause = 0, ask_clause = 0, ask_reviewers = 0;
  uint32_t offer_reviewers = 0;
  TwinRung rungs[4];
  TwinCall calls[3];
};

class Twin {
 public:
  explicit Twin(const plan::Plan& plan);

  // The pointer a run would take at admission.
  const TwinStep* StepsOf(uint32_t shape) const { return &steps_[size_t{shape} * kSteps]; }
  void Decide(const TwinStep& step, const abi::TenantRecord& tenant, const abi::StepRequest& request,
              abi::Decision* out) const;

 private:
  HugeVector<TwinStep> steps_;
  const abi::SlotValue* settings_;
};

}  // namespace bylaw::bench

#endif  // BYLAW_BENCH_DECISION_TWIN_H_
