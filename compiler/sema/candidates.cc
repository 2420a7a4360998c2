#include "compiler/sema/candidates.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

namespace bylaw::sema {
namespace {

int64_t TokenPart(int64_t tokens, const Money& per_million) {
  int64_t micros = 0;
  // Micros per million tokens are pico-units per token.
  if (!TokenPriceMicros(tokens, per_million.micros, &micros)) return std::numeric_limits<int64_t>::max();
  return micros;
}

const ModelChoice* ChoiceFor(const Terms& terms, std::string_view step) {
  for (const ModelChoice& choice : terms.models) {
    if (choice.step == step) return &choice;
  }
  return nullptr;
}

template <typename Id, typename Table, typename Keep>
std::vector<Id> AllOf(const Table& table, Keep keep) {
  std::vector<Id> ids;
  for (uint32_t i = 0; i < table.size(); ++i) {
    if (keep(table[i])) ids.push_back(Id(i));
  }
  return ids;
}

}  // namespace

ChosenResource ResourceFor(const Terms& terms, const Step& step) {
  if (step.calls == Step::Calls::kNothing) return {};
  if (step.calls != Step::Calls::kTool) {
    const ModelChoice* choice = ChoiceFor(terms, step.name);
    if (choice == nullptr) choice = ChoiceFor(terms, "");
    if (choice != nullptr) return {choice->model, choice->clause};
  }
  return {step.resource, step.clause};
}

Allowed IsAllowed(const Program& program, const Terms& terms, ResourceId resource) {
  for (const auto& [denied, clause] : terms.must_not_use) {
    if (denied == resource) return {false, true, clause};
  }
  const Maybe<std::vector<ResourceId>>& allow_list =
      program.resources[resource.index()].is_model ? terms.may_use_models : terms.may_use_tools;
  if (!allow_list.has_value()) return {};
  const bool listed = std::binary_search(allow_list->value.begin(), allow_list->value.end(), resource);
  return {listed, false, allow_list->clause};
}

const Route* RouteFor(const Terms& terms, ResourceId resource) {
  for (const Route& route : terms.routes) {
    if (route.resource == resource) return &route;
  }
  return nullptr;
}

std::optional<int64_t> EndpointPrice(const Step& step, const Endpoint& endpoint) {
  if (endpoint.cost_per_call.has_value()) return endpoint.cost_per_call->value.micros;
  if (!step.tokens_stated || !(endpoint.input_per_million.has_value() || endpoint.output_per_million.has_value())) {
    return std::nullopt;
  }
  int64_t input = 0, output = 0, sum = 0;
  if (endpoint.input_per_million.has_value()) input = TokenPart(step.input_tokens, endpoint.input_per_million->value);
  if (endpoint.output_per_million.has_value()) {
    output = TokenPart(step.output_tokens, endpoint.output_per_million->value);
  }
  return AddMicros(input, output, &sum) ? sum : std::numeric_limits<int64_t>::max();
}

StepCost CostAt(const Program&, const Step& step, const Endpoint& endpoint) {
  const std::optional<int64_t> price = EndpointPrice(step, endpoint);
  const ClauseId price_clause = endpoint.cost_per_call.has_value()        ? endpoint.cost_per_call->clause
                                : endpoint.input_per_million.has_value()  ? endpoint.input_per_million->clause
                                : endpoint.output_per_million.has_value() ? endpoint.output_per_million->clause
                                                                          : endpoint.clause;
  if (!step.cost_at_most.has_value()) return {price, false, price_clause};
  const int64_t bound = step.cost_at_most->value.micros;
  if (price.has_value() && *price > bound) return {bound, true, price_clause};
  const bool bound_is_for_this = step.resource.valid() && step.resource == endpoint.resource;
  if (bound_is_for_this || !price.has_value()) return {bound, false, step.cost_at_most->clause};
  return {price, false, price_clause};
}

int64_t CostWithoutCall(const Step& step) {
  return step.cost_at_most.has_value() ? step.cost_at_most->value.micros : 0;
}

std::vector<EndpointId> CandidateEndpoints(const Program& program, const Terms& terms, const Step& step,
                                           ResourceId resource) {
  const auto affordable = [&](EndpointId id) { return !CostAt(program, step, program.endpoints[id.index()]).too_dear; };
  std::vector<EndpointId> candidates;
  if (const Route* route = RouteFor(terms, resource); route != nullptr) {
    std::copy_if(route->endpoints.begin(), route->endpoints.end(), std::back_inserter(candidates), affordable);
    return candidates;
  }
  for (uint32_t i = 0; i < program.endpoints.size(); ++i) {
    if (program.endpoints[i].resource == resource && affordable(EndpointId(i))) candidates.push_back(EndpointId(i));
  }
  const bool fastest = terms.prefer_fastest.has_value() && terms.prefer_fastest->value;
  const auto rank = [&](EndpointId id) -> std::pair<bool, int64_t> {
    const Endpoint& endpoint = program.endpoints[id.index()];
    if (fastest) return {!endpoint.takes_about.has_value(), endpoint.takes_about ? endpoint.takes_about->value : 0};
    const std::optional<int64_t> price = EndpointPrice(step, endpoint);
    return {!price.has_value(), price.value_or(0)};
  };
  std::stable_sort(candidates.begin(), candidates.end(), [&](EndpointId a, EndpointId b) { return rank(a) < rank(b); });
  return candidates;
}

std::vector<StoreId> CandidateStores(const Program& program, const Terms& terms, syntax::DataClass data) {
  for (const StoreChoice& choice : terms.stores) {
    if (choice.data == data) return {choice.store};
  }
  return AllOf<StoreId>(program.stores, [&](const Store& store) { return store.keeps[static_cast<size_t>(data)]; });
}

std::vector<ReviewersId> CandidateReviewers(const Program& program, const Terms& terms) {
  if (terms.reviewers.has_value()) return terms.reviewers->value;
  return AllOf<ReviewersId>(program.reviewers, [](const Reviewers&) { return true; });
}

std::vector<PoolId> CandidatePools(const Program& program, const Terms& terms) {
  if (terms.pool.has_value()) return {terms.pool->value};
  return AllOf<PoolId>(program.pools, [](const Pool&) { return true; });
}

}  // namespace bylaw::sema
