#include "compiler/sema/shapes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>
#include <tuple>

namespace bylaw::sema {
namespace {

void Put(std::string& key, uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) key.push_back(static_cast<char>(value >> shift));
}
template <typename Tag>
void Put(std::string& key, Id<Tag> id) {
  Put(key, static_cast<uint64_t>(id.value()));
}
template <typename IdType>
void PutList(std::string& key, const std::vector<IdType>& list) {
  Put(key, list.size());
  for (const IdType id : list) Put(key, id);
}
template <typename IdType>
void PutList(std::string& key, const Maybe<std::vector<IdType>>& list) {
  Put(key, list ? 1u : 0u);
  if (list) PutList(key, list->value);
}

void PutPlaces(std::string& key, const std::vector<PlaceConstraint>& places) {
  std::set<std::string> distinct;  // clauses meet: their order and repetition say nothing
  for (const PlaceConstraint& constraint : places) {
    std::string one;
    Put(one, static_cast<uint64_t>(constraint.subject));
    static_assert(sizeof(CountrySet) == kCountriesMax / 8);
    for (const uint64_t word : std::bit_cast<std::array<uint64_t, kCountriesMax / 64>>(constraint.places.countries)) {
      Put(one, word);
    }
    PutList(one, constraint.places.regions);
    PutList(one, constraint.places.adequate_for);
    distinct.insert(std::move(one));
  }
  Put(key, distinct.size());
  for (const std::string& one : distinct) key += one;
}

void PutRates(std::string& key, const std::vector<Rate>& rates) {
  // Rates keep their order: the image refers to them by position.
  Put(key, rates.size());
  for (const Rate& rate : rates) {
    Put(key, rate.spec.resource);
    Put(key, (rate.spec.tokens ? 1u : 0u) | static_cast<uint64_t>(rate.spec.window) << 8 |
                 static_cast<uint64_t>(rate.spec.calendar) << 16);
    Put(key, static_cast<uint64_t>(rate.spec.window_ns));
  }
}

template <typename T, typename Order>
std::vector<T> Sorted(std::vector<T> list, Order order) {
  std::sort(list.begin(), list.end(), [&](const T& a, const T& b) { return order(a) < order(b); });
  return list;
}

bool InScope(const RuleScope& scope, const Tenant& tenant, TenantId id) {
  return (!scope.tier.valid() || scope.tier == tenant.tier) && (!scope.tenant.valid() || scope.tenant == id);
}

// For each rule, whether it may match the tenant at all.
std::string RuleMembership(const Program& program, const Tenant& tenant, TenantId id) {
  std::string bits;
  for (const Rule& rule : program.rules) {
    const bool matches = rule.scopes.empty() || std::any_of(rule.scopes.begin(), rule.scopes.end(),
                                                            [&](const auto& s) { return InScope(s, tenant, id); });
    // Scopes of one rule may bind different tenants to different steps.
    bits.push_back(matches ? '1' : '0');
    if (!matches || rule.scopes.size() < 2) continue;
    for (const RuleScope& scope : rule.scopes) bits.push_back(InScope(scope, tenant, id) ? 'y' : 'n');
  }
  return bits;
}

// For each desk that serves only some tiers, whether the tenant's is one of them.
std::string DesksOf(const Program& program, TierId tier) {
  std::string bits;
  for (const Reviewers& desk : program.reviewers) {
    if (desk.serves.empty()) continue;
    bits.push_back(std::find(desk.serves.begin(), desk.serves.end(), tier) != desk.serves.end() ? 'd' : '-');
  }
  return bits;
}

// The part of a tenant's key that is not in its terms.
class TenantKeys {
 public:
  explicit TenantKeys(const Program& program) : program_(program) {
    for (const Rule& rule : program.rules) {
      for (const RuleScope& scope : rule.scopes) {
        if (scope.tenant.valid()) special_.insert(scope.tenant);
      }
    }
  }

  std::string KeyOf(TenantId row) {
    const Tenant& tenant = program_.tenants[row.index()];
    const TenantId id = program_.TenantOf(row);
    if (special_.contains(id)) return DesksOf(program_, tenant.tier) + RuleMembership(program_, tenant, id);
    auto [found, fresh] = by_tier_.try_emplace(tenant.tier);
    if (fresh) found->second = DesksOf(program_, tenant.tier) + RuleMembership(program_, tenant, id);
    return found->second;
  }

 private:
  const Program& program_;
  std::set<TenantId> special_;  // named by a rule
  std::map<TierId, std::string> by_tier_;
};

}  // namespace

std::string ShapeKey(const Terms& terms) {
  std::string key;
  key.reserve(512);
  PutPlaces(key, terms.places);
  PutList(key, terms.may_use_models);
  PutList(key, terms.may_use_tools);
  std::set<ResourceId> denied;
  for (const auto& [resource, clause] : terms.must_not_use) denied.insert(resource);
  PutList(key, std::vector<ResourceId>(denied.begin(), denied.end()));
  PutList(key, terms.may_run);
  Put(key, terms.routes.size());
  for (const Route& route : Sorted(terms.routes, [](const Route& r) { return r.resource; })) {
    Put(key, route.resource);
    PutList(key, route.endpoints);
    Put(key, route.else_suspend ? 1u : 0u);
  }
  Put(key, terms.models.size());
  for (const ModelChoice& choice : Sorted(terms.models, [](const ModelChoice& m) { return m.step; })) {
    Put(key, choice.step.size());
    key += choice.step;
    Put(key, choice.model);
  }
  Put(key, terms.ladder ? terms.ladder->value : LadderId::None());
  Put(key, terms.stores.size());
  for (const StoreChoice& choice : Sorted(terms.stores, [](const StoreChoice& s) { return s.data; })) {
    Put(key, static_cast<uint64_t>(choice.data));
    Put(key, choice.store);
  }
  Put(key, terms.pool ? terms.pool->value : PoolId::None());
  PutList(key, terms.reviewers);
  Put(key, terms.prefer_fastest ? (terms.prefer_fastest->value ? 2u : 1u) : 0u);
  std::set<uint32_t> regulations;
  for (const Stated<uint32_t>& regulation : terms.regulations) regulations.insert(regulation.value);
  Put(key, regulations.size());
  for (const uint32_t regulation : regulations) Put(key, static_cast<uint64_t>(regulation));
  Put(key, (terms.budget_workflow ? 1u : 0u) | (terms.budget_month ? 2u : 0u));
  PutRates(key, terms.rates);
  return key;
}

void AssignShapes(Program& program) {
  std::vector<std::string> term_keys(program.effective.size());
  TenantKeys tenant_keys(program);
  absl::flat_hash_map<std::string, ShapeId, ViewHash, std::equal_to<>> known;
  for (size_t i = 0; i < program.tenants.size(); ++i) {
    const TenantId id(static_cast<uint32_t>(i));
    Tenant& tenant = program.tenants[i];
    std::string& term_key = term_keys[tenant.effective];
    if (term_key.empty()) term_key = ShapeKey(program.effective[tenant.effective]);
    const auto [found, fresh] =
        known.try_emplace(term_key + tenant_keys.KeyOf(id), ShapeId(static_cast<uint32_t>(program.shapes.size())));
    if (fresh) program.shapes.push_back(Shape{id, {}});
    tenant.shape = found->second;
    program.shapes[tenant.shape.index()].members.push_back(id);
  }
}

}  // namespace bylaw::sema
