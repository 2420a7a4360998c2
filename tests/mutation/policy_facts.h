// What a checked policy says about those who are under it, as faults are chosen from: who may run what, what it calls,
// where it may be served and at which price.
#ifndef BYLAW_TESTS_MUTATION_POLICY_FACTS_H_
#define BYLAW_TESTS_MUTATION_POLICY_FACTS_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "compiler/sema/candidates.h"
#include "compiler/sema/legality.h"
#include "compiler/sema/program.h"

namespace bylaw::mutation {

// Of one program, which must outlive it.
class PolicyFacts {
 public:
  explicit PolicyFacts(const sema::Program& program) : program_(program) {}

  std::vector<TenantId> On(TierId tier) const {
    std::vector<TenantId> tenants;
    for (uint32_t i = 0; i < program_.tenants.size(); ++i) {
      if (program_.tenants[i].tier == tier) tenants.push_back(TenantId(i));
    }
    return tenants;
  }
  bool Runs(const sema::Terms& terms, size_t workflow) const {
    return !terms.may_run.has_value() ||
           std::find(terms.may_run->value.begin(), terms.may_run->value.end(),
                     WorkflowId(static_cast<uint32_t>(workflow))) != terms.may_run->value.end();
  }
  // Models and tools that the workflows of a contract call.
  std::set<ResourceId> Called(const sema::Terms& terms) const {
    std::set<ResourceId> called;
    for (size_t w = 0; w < program_.workflows.size(); ++w) {
      if (!Runs(terms, w)) continue;
      for (const sema::Step& step : program_.workflows[w].steps) {
        const ResourceId resource = sema::ResourceFor(terms, step).resource;
        if (resource.valid()) called.insert(resource);
      }
    }
    return called;
  }
  // Whether some mandatory step calls it: an optional one is left out where its tool is denied.
  bool IsNeeded(const sema::Terms& terms, ResourceId resource) const {
    for (size_t w = 0; w < program_.workflows.size(); ++w) {
      for (const sema::Step& step : program_.workflows[w].steps) {
        if (Runs(terms, w) && !step.optional && sema::ResourceFor(terms, step).resource == resource) return true;
      }
    }
    return false;
  }
  bool CostsMoney(const sema::Terms& terms) const {
    for (size_t w = 0; w < program_.workflows.size(); ++w) {
      for (const sema::Step& step : program_.workflows[w].steps) {
        if (!Runs(terms, w) || step.optional || !step.resource.valid()) continue;
        const bool free = std::any_of(program_.endpoints.begin(), program_.endpoints.end(), [&](const auto& endpoint) {
          return endpoint.resource == step.resource && sema::EndpointPrice(step, endpoint).value_or(0) == 0;
        });
        if (!free) return true;
      }
    }
    return false;
  }
  // What one attempt of the step may cost at an endpoint that may serve it: nothing if it may not.
  std::optional<int64_t> PriceAt(const sema::Terms& terms, const sema::Step& step, EndpointId id) const {
    const sema::Endpoint& endpoint = program_.endpoints[id.index()];
    const ResourceId resource = sema::ResourceFor(terms, step).resource;
    if (resource != endpoint.resource || !sema::IsAllowed(program_, terms, resource).allowed) return std::nullopt;
    const std::vector<EndpointId> serve = sema::CandidateEndpoints(program_, terms, step, resource);
    if (std::find(serve.begin(), serve.end(), id) == serve.end()) return std::nullopt;
    if (Illegal(terms, sema::PlaceSubject::kCalls, endpoint.location)) return std::nullopt;
    return sema::CostAt(program_, step, endpoint).hi_micros;
  }
  // Whether so many attempts of a step cost more than the budget of somebody without a ladder.
  bool CannotPay(WorkflowId workflow, const sema::Step& step, int64_t attempts) const {
    return std::any_of(program_.tenants.begin(), program_.tenants.end(), [&](const sema::Tenant& tenant) {
      const sema::Terms& terms = program_.effective[tenant.effective];
      if (!terms.budget_workflow.has_value() || terms.ladder.has_value() || !Runs(terms, workflow.index()))
        return false;
      for (uint32_t i = 0; i < program_.endpoints.size(); ++i) {
        const int64_t price = PriceAt(terms, step, EndpointId(i)).value_or(0);
        if (price > terms.budget_workflow->value / attempts) return true;
      }
      return false;
    });
  }
  // The budget of somebody without a ladder whose runs the endpoint may serve at its own price.
  std::optional<int64_t> BudgetBehind(EndpointId id) const {
    for (const sema::Tenant& tenant : program_.tenants) {
      const sema::Terms& terms = program_.effective[tenant.effective];
      if (!terms.budget_workflow.has_value() || terms.ladder.has_value()) continue;
      for (size_t w = 0; w < program_.workflows.size(); ++w) {
        for (const sema::Step& step : program_.workflows[w].steps) {
          const bool bounded = step.cost_at_most.has_value();
          if (!bounded && Runs(terms, w) && PriceAt(terms, step, id).has_value()) return terms.budget_workflow->value;
        }
      }
    }
    return std::nullopt;
  }
  bool Illegal(const sema::Terms& terms, sema::PlaceSubject subject, const sema::Location& location) const {
    return !sema::LegalAt(program_, terms, subject, location, program_.activation_ns).legal;
  }

 private:
  const sema::Program& program_;
};

}  // namespace bylaw::mutation

#endif  // BYLAW_TESTS_MUTATION_POLICY_FACTS_H_
