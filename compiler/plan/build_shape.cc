// What the tenants of one shape share: which places are legal when, and where their state, people and workers are.

#include <algorithm>

#include "compiler/plan/build_internal.h"

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

// The first candidate that is legal from activation to the horizon; else the first that is legal at activation.
template <typename IdType, typename LegalFrom>
IdType FirstLegal(const sema::Program& program, const std::vector<IdType>& candidates, LegalFrom legal) {
  const std::vector<TimeNs> instants = sema::ChangeInstants(program, program.activation_ns, program.horizon_ns);
  for (const IdType id : candidates) {
    if (std::all_of(instants.begin(), instants.end(), [&](TimeNs at) { return legal(id, at); })) return id;
  }
  for (const IdType id : candidates) {
    if (legal(id, program.activation_ns)) return id;
  }
  return IdType::None();
}

bool ServesTier(const sema::Reviewers& reviewers, TierId tier) {
  return reviewers.serves.empty() ||
         std::find(reviewers.serves.begin(), reviewers.serves.end(), tier) != reviewers.serves.end();
}

ReviewersId ChooseReviewers(const sema::Program& program, const sema::Terms& terms, TierId tier) {
  std::vector<ReviewersId> candidates = sema::CandidateReviewers(program, terms);
  if (!terms.reviewers.has_value()) {
    std::erase_if(candidates, [&](ReviewersId id) { return !ServesTier(program.reviewers[id.index()], tier); });
  }
  return FirstLegal(program, candidates, [&](ReviewersId id, TimeNs at) {
    const std::vector<sema::Location>& places = program.reviewers[id.index()].based_in;
    return std::all_of(places.begin(), places.end(), [&](const sema::Location& place) {
      return sema::LegalAt(program, terms, PlaceSubject::kReviewers, place, at).legal;
    });
  });
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
  facts.store =
      FirstLegal(program, sema::CandidateStores(program, terms, syntax::DataClass::kState), [&](StoreId id, TimeNs at) {
        const sema::Location& place = program.stores[id.index()].location;
        return sema::LegalAt(program, terms, PlaceSubject::kState, place, at).legal;
      });
  facts.pool = FirstLegal(program, sema::CandidatePools(program, terms), [&](PoolId id, TimeNs at) {
    const sema::Location& place = program.pools[id.index()].location;
    return sema::LegalAt(program, terms, PlaceSubject::kCalls, place, at).legal;
  });
  facts.reviewers = ChooseReviewers(program, terms, program.tenants[members.representative.index()].tier);
  return facts;
}

void FillShapeInfo(const sema::Program& program, const ShapeFacts& facts, const std::vector<TimeNs>& instants,
                   abi::ShapeInfo& info) {
  info.pool = facts.pool;
  info.state_store = facts.store;
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
    if (!info.legal.empty() && info.legal.back() == mask) continue;
    info.legal_from.push_back(from);
    info.legal.push_back(std::move(mask));
  }
}

}  // namespace bylaw::plan
