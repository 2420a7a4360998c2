// What the tenants of one shape share: which places are legal when, and where their state, people and workers are.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "compiler/plan/build_internal.h"
#include "compiler/sema/placement.h"

namespace bylaw::plan {
namespace {

using sema::PlaceSubject;

std::vector<LegalSpan> SpansOf(const sema::Program& program, const ProvenanceLayout& layout, const sema::Terms& terms,
                               const sema::Location& location, const std::vector<TimeNs>& instants) {
  std::vector<LegalSpan> spans;
  for (const TimeNs from : instants) {
    const sema::Legality at = sema::LegalAt(program, terms, PlaceSubject::kCalls, location, from);
    const LegalSpan span = {from, at.legal, at.legal ? abi::kNoClause : layout.Place(terms, at.clause)};
    if (spans.empty() || spans.back().legal != span.legal || spans.back().clause != span.clause) spans.push_back(span);
  }
  return spans;
}

// "world.bylaw:9: adequacy from EU to US", and the decision's own name.
std::string GroundOf(const sema::Program& program, ClauseId clause) {
  const abi::ClauseInfo info = MakeClauseInfo(program.sources.get(), program.clauses[clause.index()].span);
  std::string text = fmt::format("{}:{}: {}", info.file, info.line, info.sentence);
  for (const sema::Adequacy& adequacy : program.adequacies) {
    if (adequacy.clause == clause && !adequacy.basis.empty()) text += fmt::format(" ({})", adequacy.basis);
  }
  return text;
}

// By endpoint, into `bases`: what makes calls to it legal from `from` on.
std::vector<uint32_t> BasisRow(const sema::Program& program, const ProvenanceLayout& layout, const sema::Terms& terms,
                               TimeNs from, std::vector<abi::LegalBasis>& bases) {
  std::vector<uint32_t> row(program.endpoints.size(), abi::kNoId);
  abi::LegalBasis said;
  for (const sema::PlaceConstraint& constraint : terms.places) {
    if (constraint.subject == PlaceSubject::kCalls) said.clauses.push_back(layout.Place(terms, constraint.clause));
  }
  if (said.clauses.empty()) return row;
  for (size_t i = 0; i < row.size(); ++i) {
    const sema::Legality at = sema::LegalAt(program, terms, PlaceSubject::kCalls, program.endpoints[i].location, from);
    if (!at.legal) continue;
    abi::LegalBasis basis = said;
    for (const ClauseId clause : at.adequacies) basis.grounds.push_back(GroundOf(program, clause));
    for (const ClauseId clause : at.certificates) basis.grounds.push_back(GroundOf(program, clause));
    const auto known = std::find(bases.begin(), bases.end(), basis);
    row[i] = static_cast<uint32_t>(known - bases.begin());
    if (known == bases.end()) bases.push_back(std::move(basis));
  }
  return row;
}

}  // namespace

ShapeFacts BuildShapeFacts(const sema::Program& program, const ProvenanceLayout& layout,
                           const std::vector<TimeNs>& instants, ShapeId shape) {
  const sema::Shape& members = program.shapes[shape.index()];
  const sema::Terms& terms = program.terms(members.representative);
  ShapeFacts facts;
  facts.id = shape;
  facts.terms = &terms;
  for (uint32_t i = 0; i < program.endpoints.size(); ++i) {
    const sema::Location& location = program.endpoints[i].location;
    facts.servers.push_back({EndpointId(i), location.region, SpansOf(program, layout, terms, location, instants)});
  }
  for (const TenantId member : members.members) facts.tiers.push_back(program.tenants[member.index()].tier);
  std::sort(facts.tiers.begin(), facts.tiers.end());
  facts.tiers.erase(std::unique(facts.tiers.begin(), facts.tiers.end()), facts.tiers.end());
  for (size_t data = 0; data < facts.stores.size(); ++data) {
    facts.stores[data] = sema::StoreFor(program, terms, static_cast<syntax::DataClass>(data));
  }
  facts.pool = sema::PoolFor(program, terms);
  facts.reviewers = sema::ReviewersFor(program, terms, program.tenants[members.representative.index()].tier);
  return facts;
}

void FillShapeInfo(const sema::Program& program, const ProvenanceLayout& layout, const ShapeFacts& facts,
                   const std::vector<TimeNs>& instants, abi::ShapeInfo& info, std::vector<abi::LegalBasis>& bases) {
  info.pool = facts.pool;
  info.stores = facts.stores;
  info.reviewers = facts.reviewers;
  info.denied.resize((program.resources.size() + 63) / 64);
  for (uint32_t i = 0; i < program.resources.size(); ++i) {
    const bool allowed = sema::IsAllowed(program, *facts.terms, ResourceId(i)).allowed;
    if (!allowed) info.denied[i / 64] |= uint64_t{1} << (i % 64);
  }
  for (const TimeNs from : instants) {
    std::vector<uint64_t> mask((facts.servers.size() + 63) / 64, 0);
    for (const Server& server : facts.servers) {
      bool legal = true;
      for (const LegalSpan& span : server.spans) {
        if (span.from <= from) legal = span.legal;
      }
      if (legal) mask[server.endpoint.index() / 64] |= uint64_t{1} << (server.endpoint.index() % 64);
    }
    std::vector<uint32_t> basis = BasisRow(program, layout, *facts.terms, from, bases);
    if (!info.legal.empty() && info.legal.back() == mask && info.basis.back() == basis) continue;
    info.legal_from.push_back(from);
    info.legal.push_back(std::move(mask));
    info.basis.push_back(std::move(basis));
  }
}

}  // namespace bylaw::plan
