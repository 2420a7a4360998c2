// Which model or tool a step calls for a tenant, which endpoints may serve it in which order, and what each may cost.
//
// Shared by the proofs (V1, V2, V3, V8) and by plan/. Pure functions over Program.
#ifndef BYLAW_COMPILER_SEMA_CANDIDATES_H_
#define BYLAW_COMPILER_SEMA_CANDIDATES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/sema/program.h"

namespace bylaw::sema {

// The model or tool `step` calls under `terms`: the nearest `use model … for step`, else `use model …`, else the step's
// default; none for a step that calls nothing, or `calls a model` without a choice. `clause` is the sentence that
// chose. Effective terms hold one choice a step name (the nearest); tools are never replaced.
struct ChosenResource {
  ResourceId resource;
  ClauseId clause;
};
ChosenResource ResourceFor(const Terms& terms, const Step& step);

// Whether the contract lets the tenant use `resource`; if not, the clause that denies it, or the allow-list without it.
struct Allowed {
  bool allowed = true;
  bool denied = false;  // by `must not use` (tool-denied) rather than by an allow-list
  ClauseId clause;
};
Allowed IsAllowed(const Program& program, const Terms& terms, ResourceId resource);

// The nearest route of `terms` for `resource`, or null.
const Route* RouteFor(const Terms& terms, ResourceId resource);

// What one attempt of `step` at `endpoint` costs by the endpoint's own price: per call, or per token times the step's
// estimate, rounded up, saturated at INT64_MAX. Nothing if no price is stated that applies.
std::optional<int64_t> EndpointPrice(const Step& step, const Endpoint& endpoint);

// The most one attempt of `step` at `endpoint` may cost: the step's own bound if it has one, else the endpoint's price.
// A step states its bound for the model or tool it names: where a contract, rule or ladder puts another model in its
// place, the price of that model's endpoint counts, and the bound stays the most it may be. Nothing if no price is
// stated anywhere (`missing-term` for whoever's contract names money). `too_dear`: the endpoint costs more than the
// step's own bound, so it is no candidate.
struct StepCost {
  std::optional<int64_t> hi_micros;
  bool too_dear = false;
  ClauseId clause;
};
StepCost CostAt(const Program& program, const Step& step, const Endpoint& endpoint);
// The same for a step that calls nothing: its own bound, or 0.
int64_t CostWithoutCall(const Step& step);

// The endpoints that serve `resource` for this step in the order in which they are tried, legality apart: the route's
// endpoints if there is a route, else all that serve it, cheapest first by their own price (or fastest first under
// `prefer fastest`), ties by declaration, the unpriced (untimed) last. Those too dear for the step are left out.
std::vector<EndpointId> CandidateEndpoints(const Program& program, const Terms& terms, const Step& step,
                                           ResourceId resource);

// The stores, reviewers and pool that a tenant uses: chosen by its terms, else all declared ones in order; legality
// apart.
std::vector<StoreId> CandidateStores(const Program& program, const Terms& terms, syntax::DataClass data);
std::vector<ReviewersId> CandidateReviewers(const Program& program, const Terms& terms);
std::vector<PoolId> CandidatePools(const Program& program, const Terms& terms);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_CANDIDATES_H_
