// The parts of BuildPlan, shared by the files of this folder. Not for use outside plan/.
#ifndef BYLAW_COMPILER_PLAN_BUILD_INTERNAL_H_
#define BYLAW_COMPILER_PLAN_BUILD_INTERNAL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/provenance.h"
#include "compiler/sema/candidates.h"
#include "compiler/sema/legality.h"
#include "compiler/sema/program.h"

namespace bylaw::plan {

// build_tables.cc: everything of the image that is the same for every shape, and the tenants' records.
void BuildTables(const sema::Program& program, const ProvenanceLayout& layout, Plan& plan);

// What every step of one shape shares.
struct ShapeFacts {
  ShapeId id;
  const sema::Terms* terms = nullptr;
  std::vector<Server> servers;    // by EndpointId
  std::vector<TierId> tiers;      // of its members, sorted, without duplicates
  std::array<StoreId, 4> stores;  // by syntax::DataClass
  ReviewersId reviewers;
  PoolId pool;
};

// build_shape.cc. `instants`: every time at which the legality of a place may change, from the beginning of time on.
ShapeFacts BuildShapeFacts(const sema::Program& program, const ProvenanceLayout& layout,
                           const std::vector<TimeNs>& instants, ShapeId shape);
// `bases`: of the image; equal ones are shared.
void FillShapeInfo(const sema::Program& program, const ProvenanceLayout& layout, const ShapeFacts& facts,
                   const std::vector<TimeNs>& instants, abi::ShapeInfo& info, std::vector<abi::LegalBasis>& bases);

// build_step.cc. Clauses of conditions are appended to plan.tables.clauses once a step.
class StepBuilder {
 public:
  StepBuilder(const sema::Program& program, const ProvenanceLayout& layout, Plan& plan);
  StepProgram Build(const ShapeFacts& facts, WorkflowId workflow, StepId step);

 private:
  Call MakeCall(const ShapeFacts& facts, const sema::Step& step, ResourceId resource) const;
  uint32_t CallFor(const ShapeFacts& facts, const sema::Step& step, ResourceId resource, StepProgram& out) const;
  void AddRules(const ShapeFacts& facts, WorkflowId workflow, StepId step_id, StepProgram& out) const;
  bool HasPhaseOf(ShapeId shape, TenantId tenant) const;
  bool InScope(const ShapeFacts& facts, const sema::Rule& rule, WorkflowId workflow, StepId step,
               std::vector<Guard>* guards) const;
  Rule MakeRule(const ShapeFacts& facts, const sema::Rule& rule, const sema::Step& step, StepProgram& out) const;
  void AddAsks(const ShapeFacts& facts, const sema::Step& step, StepProgram& out) const;
  void AddRungs(const ShapeFacts& facts, const sema::Step& step, StepProgram& out) const;
  abi::ClauseRef ConditionClause(const sema::TypedCondition& condition);

  const sema::Program& program_;
  const ProvenanceLayout& layout_;
  Plan& plan_;
  absl::flat_hash_map<const cel::TypedExpr*, abi::ClauseRef> condition_clauses_;
};

// The sentence at a span as a person reads it.
// Outlived by the sources.
abi::ClauseInfo MakeClauseInfo(const source::SourceSet* sources, source::Span span);

}  // namespace bylaw::plan

#endif  // BYLAW_COMPILER_PLAN_BUILD_INTERNAL_H_
