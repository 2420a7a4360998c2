#include "runtime/abi/policy_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace bylaw::abi {
namespace {

template <typename IdType, typename Row, typename NameOf>
IdType Find(const std::vector<Row>& rows, std::string_view name, NameOf name_of) {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (name_of(rows[i]) == name) return IdType(static_cast<uint32_t>(i));
  }
  return IdType::None();
}

}  // namespace

const TenantRecord& PolicyImage::RecordAt(TenantId id, TimeNs wall_ns) const {
  const auto in_force = std::find_if(phases.begin(), phases.end(), [&](const TenantPhase& phase) {
    return phase.tenant == id && phase.from_ns <= wall_ns && wall_ns < phase.until_ns;
  });
  return in_force == phases.end() ? tenant(id) : in_force->record;
}

ClauseId PolicyImage::ResolveClause(const TenantRecord& record, ClauseRef ref) const {
  if (ref == kNoClause) return ClauseId::None();
  if ((ref & kTenantTerm) == 0) return ClauseId(ref);
  const size_t at = record.provenance_begin + (ref & ~kTenantTerm);
  BYLAW_CHECK(at < provenance.size(), "a clause reference lies inside the tenant's provenance row");
  return provenance[at];
}

std::string PolicyImage::ClauseText(ClauseId clause) const {
  if (!clause.valid()) return "";
  const ClauseInfo info = clauses[clause.index()];
  return fmt::format("{}:{}: {}", info.file, info.line, info.sentence);
}

namespace {

// The row of a shape's places that is in force; legal_from begins with the beginning of time.
size_t RowAt(const ShapeInfo& shape, TimeNs wall_ns) {
  const auto next = std::upper_bound(shape.legal_from.begin(), shape.legal_from.end(), wall_ns);
  return static_cast<size_t>(std::max<ptrdiff_t>(1, next - shape.legal_from.begin())) - 1;
}

}  // namespace

uint32_t PolicyImage::BasisAt(const TenantRecord& record, EndpointId endpoint, TimeNs wall_ns) const {
  const ShapeInfo& shape = shapes[record.shape.index()];
  if (shape.basis.empty() || !endpoint.valid()) return kNoId;
  return shape.basis[RowAt(shape, wall_ns)][endpoint.index()];
}

TimeNs PolicyImage::BasisUntil(const TenantRecord& record, TimeNs wall_ns) const {
  const ShapeInfo& shape = shapes[record.shape.index()];
  const size_t next = RowAt(shape, wall_ns) + 1;
  return next < shape.legal_from.size() ? shape.legal_from[next] : kForeverNs;
}

std::string PolicyImage::BasisText(const TenantRecord& record, uint32_t basis) const {
  if (basis == kNoId) return "";
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() || part.empty() ? "" : "; ") + part; };
  for (const ClauseRef clause : bases[basis].clauses) add(ClauseText(ResolveClause(record, clause)));
  for (const std::string& ground : bases[basis].grounds) add(ground);
  return text;
}

uint32_t PolicyImage::PhaseOf(const TenantRecord* record) const {
  // By its address: every record of a decision asks, and there may be thousands of phases.
  const auto at = reinterpret_cast<uintptr_t>(record), first = reinterpret_cast<uintptr_t>(phases.data());
  if (at < first || at >= first + phases.size() * sizeof(TenantPhase)) return kNoId;
  return static_cast<uint32_t>((at - first) / sizeof(TenantPhase));
}

TenantId PolicyImage::FindTenant(std::string_view name) const {
  return Find<TenantId>(tenant_names.vector(), name, [](const std::string& row) -> const std::string& { return row; });
}

WorkflowId PolicyImage::FindWorkflow(std::string_view name) const {
  return Find<WorkflowId>(workflows, name, [](const WorkflowInfo& row) -> const std::string& { return row.name; });
}

EndpointId PolicyImage::FindEndpoint(std::string_view name) const {
  return Find<EndpointId>(endpoints, name, [](const EndpointInfo& row) -> const std::string& { return row.name; });
}

StepId PolicyImage::FindStep(WorkflowId workflow, std::string_view name) const {
  return Find<StepId>(workflows[workflow.index()].steps, name,
                      [](const StepInfo& row) -> const std::string& { return row.name; });
}

}  // namespace bylaw::abi
