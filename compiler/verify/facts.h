// What several theorems need to know of each shape and workflow: which endpoints are legal when, what each step can
// cost, and the floors.
//
// Computed once from the program, immutable and thread-safe afterwards. Everything holds over the whole span from
// activation to horizon: a cost is the dearest over every instant, and a model counts as payable for a floor only if it
// has a legal endpoint at every instant.
#ifndef BYLAW_COMPILER_VERIFY_FACTS_H_
#define BYLAW_COMPILER_VERIFY_FACTS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/sema/program.h"
#include "compiler/verify/verified_program.h"
#include "compiler/verify/witness.h"

namespace bylaw::verify {

// One model or tool that may serve a step.
struct Option {
  ResourceId resource;                 // none: the step calls nothing
  bool allowed = true;                 // by the contract
  bool legal_always = true;            // some candidate is legal at every instant
  bool legal_ever = true;              // … at some instant
  std::vector<EndpointId> candidates;  // in the order tried, legality apart
  std::vector<int64_t> costs;        // what an attempt may cost at each that is legal at some instant; rising, distinct
  int64_t hi_micros = 0;             // the dearest of them; unstated prices count nothing
  EndpointId dearest;                // that endpoint
  std::vector<EndpointId> unpriced;  // candidates legal at some instant whose price is not stated
  bool usable() const { return allowed && legal_always; }
};

struct StepFacts {
  // Without a ladder: what the contract chose, and what rules may put in its place. `base_hi_micros` is the dearest.
  Option own;
  std::vector<Option> by_rule;
  int64_t base_hi_micros = 0;
  // By rung of the followed ladder; set for rungs that use another model, where the step calls a model.
  std::vector<std::optional<Option>> by_rung;
  // The step's part of a floor if it is mandatory: its cheapest usable choice at its dearest legal endpoint.
  int64_t cheapest_hi_micros = 0;
};

struct WorkFacts {
  bool runs = true;  // the contract lets the shape's tenants run it
  std::vector<StepFacts> steps;
  Floors floors;
  std::vector<uint32_t> position;  // of each step in Workflow::order
};

struct ShapeFacts {
  const sema::Terms* terms = nullptr;    // of the representative
  const sema::Ladder* ladder = nullptr;  // the one it follows, or null
  PoolId pool;                           // where its work runs; none: no pool is declared, or none is legal
  std::vector<std::vector<bool>> legal;  // [endpoint][instant]
  std::vector<WorkFacts> works;          // by WorkflowId
};

class Facts {
 public:
  explicit Facts(const sema::Program& program);

  const sema::Program& program() const { return program_; }
  // The instants from activation to horizon at which legality may change, activation first.
  const std::vector<TimeNs>& instants() const { return instants_; }
  const ShapeFacts& shape(ShapeId shape) const { return shapes_[shape.index()]; }
  size_t shape_count() const { return shapes_.size(); }
  std::vector<std::vector<Floors>> floors() const;

 private:
  ShapeFacts FactsOfShape(const sema::Shape& shape) const;
  WorkFacts FactsOfWork(const sema::Shape& shape, const ShapeFacts& facts, WorkflowId workflow) const;
  StepFacts FactsOfStep(const sema::Shape& shape, const ShapeFacts& facts, WorkflowId workflow, StepId step) const;
  Option MakeOption(const ShapeFacts& facts, const sema::Step& step, ResourceId resource) const;

  const sema::Program& program_;
  std::vector<TimeNs> instants_;
  std::vector<ShapeFacts> shapes_;
};

// Whether the contract denies by name (`must not use`) what an optional step would call: the step is left out, and
// nothing is asked of it.
bool LeftOut(const sema::Program& program, const sema::Terms& terms, const sema::Step& step);

// a + b and a × b of amounts that are not negative, at most INT64_MAX.
int64_t SaturatingAdd(int64_t a, int64_t b);
int64_t SaturatingMultiply(int64_t a, int64_t b);
// The tenants of every org, by OrgId.
std::vector<std::vector<TenantId>> MembersOfOrgs(const sema::Program& program);
// Whether `terms` let a tenant run `workflow`.
bool MayRun(const sema::Terms& terms, WorkflowId workflow);
// Whether a rule may speak about this step for some tenant of the shape.
bool MayApply(const sema::Program& program, const sema::Rule& rule, const sema::Shape& shape, WorkflowId workflow,
              StepId step);
// Whether a decision of this step can be asked for without inputs and outputs: it depends on no condition, and no rule
// but notes and lanes without a condition may speak about it. Witnesses are replayed on such steps.
bool IsProbeable(const sema::Program& program, const sema::Shape& shape, WorkflowId workflow, StepId step);

// The question that makes the step's dearest endpoint serve: asked when it is legal, with every other candidate down.
Probe DearestProbe(const Facts& facts, TenantId tenant, WorkflowId workflow, StepId step);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_FACTS_H_
