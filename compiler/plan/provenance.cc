#include "compiler/plan/provenance.h"

#include <algorithm>

#include "runtime/abi/policy_image.h"

namespace bylaw::plan {
namespace {

template <typename T>
ClauseId ClauseOf(const sema::Maybe<T>& term) {
  return term.has_value() ? term->clause : ClauseId::None();
}

abi::ClauseRef TenantTerm(size_t position) { return abi::kTenantTerm | static_cast<uint32_t>(position); }

}  // namespace

abi::ClauseRef Direct(ClauseId clause) { return clause.valid() ? clause.value() : abi::kNoClause; }

ProvenanceLayout::ProvenanceLayout(const sema::Program& program) {
  size_t rates = 0, routes = 0, denials = 0, places = 0;
  for (const sema::Terms& terms : program.effective) {
    rates = std::max(rates, terms.rates.size());
    routes = std::max(routes, terms.routes.size());
    denials = std::max(denials, terms.must_not_use.size());
    places = std::max(places, terms.places.size());
  }
  allow_models_ = static_cast<uint32_t>(abi::kFirstRate + rates);
  allow_tools_ = allow_models_ + 1;
  routes_ = allow_tools_ + 1;
  denials_ = static_cast<uint32_t>(routes_ + routes);
  places_ = static_cast<uint32_t>(denials_ + denials);
  places_max_ = static_cast<uint32_t>(places);
}

std::vector<ClauseId> ProvenanceLayout::Row(const sema::Program& program, const sema::Tenant& tenant) const {
  std::vector<ClauseId> row(width());
  const sema::Terms& terms = program.effective[tenant.effective];
  row[abi::kTermTenant] = tenant.clause;
  row[abi::kTermWeight] = ClauseOf(terms.weight);
  row[abi::kTermCap] = ClauseOf(terms.at_once);
  row[abi::kTermWaiting] = ClauseOf(terms.waiting);
  row[abi::kTermBudgetWorkflow] = ClauseOf(terms.budget_workflow);
  row[abi::kTermBudgetMonth] = ClauseOf(terms.budget_month);
  row[abi::kTermLadder] = ClauseOf(terms.ladder);
  for (const sema::StoreChoice& choice : terms.stores) {
    if (choice.data == syntax::DataClass::kState) row[abi::kTermStore] = choice.clause;
  }
  row[abi::kTermReviewers] = ClauseOf(terms.reviewers);
  row[abi::kTermPool] = ClauseOf(terms.pool);
  row[abi::kTermUrgentLane] = ClauseOf(terms.lane_share_ppm[static_cast<size_t>(abi::Lane::kUrgent)]);
  row[abi::kTermMayRun] = ClauseOf(terms.may_run);
  row[abi::kTermSla] = ClauseOf(terms.sla);
  for (size_t i = 0; i < terms.rates.size(); ++i) row[abi::kFirstRate + i] = terms.rates[i].clause;
  row[allow_models_] = ClauseOf(terms.may_use_models);
  row[allow_tools_] = ClauseOf(terms.may_use_tools);
  for (size_t i = 0; i < terms.routes.size(); ++i) row[routes_ + i] = terms.routes[i].clause;
  for (size_t i = 0; i < terms.must_not_use.size(); ++i) row[denials_ + i] = terms.must_not_use[i].second;
  for (size_t i = 0; i < terms.places.size(); ++i) row[places_ + i] = terms.places[i].clause;
  return row;
}

abi::ClauseRef ProvenanceLayout::Route(const sema::Terms& terms, ResourceId resource) const {
  for (size_t i = 0; i < terms.routes.size(); ++i) {
    if (terms.routes[i].resource == resource) return TenantTerm(routes_ + i);
  }
  return abi::kNoClause;
}

abi::ClauseRef ProvenanceLayout::Place(const sema::Terms& terms, ClauseId clause) const {
  for (size_t i = 0; i < terms.places.size(); ++i) {
    if (terms.places[i].clause == clause) return TenantTerm(places_ + i);
  }
  return Direct(clause);
}

abi::ClauseRef ProvenanceLayout::Contract(const sema::Terms& terms, ResourceId resource, bool is_model,
                                          ClauseId clause) const {
  for (size_t i = 0; i < terms.must_not_use.size(); ++i) {
    if (terms.must_not_use[i].first == resource) return TenantTerm(denials_ + i);
  }
  const bool listed = is_model ? terms.may_use_models.has_value() : terms.may_use_tools.has_value();
  return listed ? TenantTerm(is_model ? allow_models_ : allow_tools_) : Direct(clause);
}

}  // namespace bylaw::plan
