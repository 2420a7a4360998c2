#include "compiler/plan/provenance.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <tuple>
#include <utility>

#include "runtime/abi/policy_image.h"

namespace bylaw::plan {
namespace {

template <typename T>
ClauseId ClauseOf(const sema::Maybe<T>& term) {
  return term.has_value() ? term->clause : ClauseId::None();
}

// The items in the order of `key`, the first of those with equal keys.
template <typename T, typename Key>
std::vector<const T*> Canonical(const std::vector<T>& items, Key key) {
  std::vector<const T*> sorted;
  for (const T& item : items) sorted.push_back(&item);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const T* a, const T* b) { return key(*a) < key(*b); });
  const auto same = [&](const T* a, const T* b) { return key(*a) == key(*b); };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
  return sorted;
}

// What a place clause says, apart from where it says it.
auto PlaceKey(const sema::PlaceConstraint& constraint) {
  using Words = std::array<uint64_t, sema::kCountriesMax / 64>;
  return std::make_tuple(constraint.subject, std::bit_cast<Words>(constraint.places.countries),
                         std::cref(constraint.places.regions), std::cref(constraint.places.adequate_for));
}
std::vector<const sema::PlaceConstraint*> Places(const sema::Terms& terms) { return Canonical(terms.places, PlaceKey); }
std::vector<const sema::Route*> Routes(const sema::Terms& terms) {
  return Canonical(terms.routes, [](const sema::Route& route) { return route.resource; });
}
using Denial = std::pair<ResourceId, ClauseId>;
std::vector<const Denial*> Denials(const sema::Terms& terms) {
  return Canonical(terms.must_not_use, [](const Denial& denial) { return denial.first; });
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
  size_t at = routes_;
  for (const sema::Route* route : Routes(terms)) row[at++] = route->clause;
  at = denials_;
  for (const Denial* denial : Denials(terms)) row[at++] = denial->second;
  at = places_;
  for (const sema::PlaceConstraint* place : Places(terms)) row[at++] = place->clause;
  return row;
}

abi::ClauseRef ProvenanceLayout::Route(const sema::Terms& terms, ResourceId resource) const {
  const std::vector<const sema::Route*> routes = Routes(terms);
  for (size_t i = 0; i < routes.size(); ++i) {
    if (routes[i]->resource == resource) return TenantTerm(routes_ + i);
  }
  return abi::kNoClause;
}

abi::ClauseRef ProvenanceLayout::Place(const sema::Terms& terms, ClauseId clause) const {
  const auto stated = std::find_if(terms.places.begin(), terms.places.end(),
                                   [&](const sema::PlaceConstraint& place) { return place.clause == clause; });
  if (stated == terms.places.end()) return Direct(clause);
  const std::vector<const sema::PlaceConstraint*> places = Places(terms);
  const auto at = std::find_if(places.begin(), places.end(), [&](const sema::PlaceConstraint* place) {
    return PlaceKey(*place) == PlaceKey(*stated);
  });
  return TenantTerm(places_ + static_cast<size_t>(at - places.begin()));
}

abi::ClauseRef ProvenanceLayout::Contract(const sema::Terms& terms, ResourceId resource, bool is_model,
                                          ClauseId clause) const {
  const std::vector<const Denial*> denials = Denials(terms);
  for (size_t i = 0; i < denials.size(); ++i) {
    if (denials[i]->first == resource) return TenantTerm(denials_ + i);
  }
  const bool listed = is_model ? terms.may_use_models.has_value() : terms.may_use_tools.has_value();
  return listed ? TenantTerm(is_model ? allow_models_ : allow_tools_) : Direct(clause);
}

}  // namespace bylaw::plan
