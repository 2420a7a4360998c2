// Where a term of a contract stands in its tenant's provenance row, so that the tenants of one shape share code.
//
// A row is the fixed terms of abi::TenantTerm, the rates (as many as the tenant with the most has), then the terms that
// make the shape: allow-lists, routes by resource, denials by resource, distinct places by content. Two tenants of one
// shape say the same, in whatever order, so a position found for the shape's representative holds for every member.
#ifndef BYLAW_COMPILER_PLAN_PROVENANCE_H_
#define BYLAW_COMPILER_PLAN_PROVENANCE_H_

#include <cstdint>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/abi/decision.h"

namespace bylaw::plan {

class ProvenanceLayout {
 public:
  explicit ProvenanceLayout(const sema::Program& program);

  // The row of a tenant: `width()` clauses, absent terms as None.
  std::vector<ClauseId> Row(const sema::Program& program, const sema::Tenant& tenant) const;
  uint32_t width() const { return places_ + places_max_; }

  // References for the tenants that have `terms`. A clause that is none of their terms refers to itself.
  abi::ClauseRef Route(const sema::Terms& terms, ResourceId resource) const;
  abi::ClauseRef Place(const sema::Terms& terms, ClauseId clause) const;
  // The allow-list or denial that keeps `resource` out.
  abi::ClauseRef Contract(const sema::Terms& terms, ResourceId resource, bool is_model, ClauseId clause) const;

 private:
  uint32_t allow_models_ = 0, allow_tools_ = 0, routes_ = 0, denials_ = 0, places_ = 0;
  uint32_t places_max_ = 0;
};

abi::ClauseRef Direct(ClauseId clause);

}  // namespace bylaw::plan

#endif  // BYLAW_COMPILER_PLAN_PROVENANCE_H_
