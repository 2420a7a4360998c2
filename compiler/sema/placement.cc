#include "compiler/sema/placement.h"

#include <algorithm>
#include <vector>

#include "compiler/sema/candidates.h"
#include "compiler/sema/legality.h"

namespace bylaw::sema {
namespace {

template <typename IdType, typename LegalFrom>
IdType FirstLegal(const Program& program, const std::vector<IdType>& candidates, LegalFrom legal) {
  const std::vector<TimeNs> instants = ChangeInstants(program, program.activation_ns, program.horizon_ns);
  for (const IdType id : candidates) {
    if (std::all_of(instants.begin(), instants.end(), [&](TimeNs at) { return legal(id, at); })) return id;
  }
  for (const IdType id : candidates) {
    if (legal(id, program.activation_ns)) return id;
  }
  return IdType::None();
}

}  // namespace

StoreId StoreFor(const Program& program, const Terms& terms, syntax::DataClass data) {
  return FirstLegal(program, CandidateStores(program, terms, data), [&](StoreId id, TimeNs at) {
    return LegalAt(program, terms, PlaceSubject::kState, program.stores[id.index()].location, at).legal;
  });
}

PoolId PoolFor(const Program& program, const Terms& terms) {
  return FirstLegal(program, CandidatePools(program, terms), [&](PoolId id, TimeNs at) {
    return LegalAt(program, terms, PlaceSubject::kCalls, program.pools[id.index()].location, at).legal;
  });
}

bool ServesTier(const Reviewers& reviewers, TierId tier) {
  return reviewers.serves.empty() ||
         std::find(reviewers.serves.begin(), reviewers.serves.end(), tier) != reviewers.serves.end();
}

ReviewersId ReviewersFor(const Program& program, const Terms& terms, TierId tier) {
  std::vector<ReviewersId> candidates = CandidateReviewers(program, terms);
  if (!terms.reviewers.has_value()) {
    std::erase_if(candidates, [&](ReviewersId id) { return !ServesTier(program.reviewers[id.index()], tier); });
  }
  return FirstLegal(program, candidates, [&](ReviewersId id, TimeNs at) {
    const std::vector<Location>& places = program.reviewers[id.index()].based_in;
    return std::all_of(places.begin(), places.end(), [&](const Location& place) {
      return LegalAt(program, terms, PlaceSubject::kReviewers, place, at).legal;
    });
  });
}

}  // namespace bylaw::sema
