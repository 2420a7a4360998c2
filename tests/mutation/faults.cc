#include "tests/mutation/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "compiler/sema/placement.h"
#include "tests/mutation/author.h"
#include "tests/mutation/policy_facts.h"

namespace bylaw::mutation {
namespace {

using driver::TextFile;
using sema::Program;
using sema::Terms;

bool OwnFile(const Program& program, ClauseId clause, const std::vector<TextFile>& texts) {
  const source::Span span = program.SpanOf(clause);
  return span.valid() && std::any_of(texts.begin(), texts.end(), [&](const TextFile& file) {
           return file.path == program.sources->path(span.file) && file.path.ends_with(".bylaw");
         });
}

class Faults {
 public:
  Faults(const Program& program, const std::vector<TextFile>& texts)
      : program_(program), texts_(texts), policy_(program), author_(program, texts) {}

  std::vector<Mutant> Seed() {
    for (uint32_t i = 0; i < program_.tiers.size(); ++i) SeedTier(TierId(i));
    // Behind them stand what exceptions make of them.
    for (uint32_t i = 0; i < program_.tenant_count(); ++i) {
      if (OwnFile(program_, program_.tenants[i].clause, texts_)) SeedTenant(TenantId(i));
    }
    for (uint32_t i = 0; i < program_.workflows.size(); ++i) SeedWorkflow(WorkflowId(i));
    for (uint32_t i = 0; i < program_.endpoints.size(); ++i) SeedEndpoint(EndpointId(i));
    for (const sema::Ladder& ladder : program_.ladders) SeedLadder(ladder);
    for (const sema::Pool& pool : program_.pools) SeedPool(pool);
    return author_.TakeMutants();
  }

 private:
  const std::string& Name(ResourceId resource) const { return program_.resources[resource.index()].name; }

  void SeedTier(TierId id) {
    const sema::Tier& tier = program_.tiers[id.index()];
    const std::vector<TenantId> tenants = policy_.On(id);
    if (tenants.empty()) return;
    const Terms& terms = program_.terms(tenants.front());
    const std::string header = "tier " + tier.name;
    SeedMoney(header, tier.terms, terms);
    SeedCapacity(header, tier.terms, terms);
    SeedAllowed(header, tier.terms, terms);
    SeedVolume(header, tier.terms, terms);
    author_.Say(header, "at most fifty calls per hour to nothing", "not-a-number");
    author_.Say(header, "may run no-such-workflow", tier.terms.may_run.has_value() ? "repeated-term" : "unknown-name");
    author_.Say(header, "sla $5 within 4 hours", "unit-mismatch");
    author_.Say(header, "keep audit for at least 7 hours", "duration-mix");
  }

  void SeedMoney(const std::string& header, const Terms& own, const Terms& terms) {
    if (!policy_.CostsMoney(terms)) return;
    if (own.budget_workflow.has_value()) {
      // A row of a table that grants its tenant more is told first.
      const bool granted = std::any_of(program_.tenants.begin(), program_.tenants.end(), [&](const auto& tenant) {
        const sema::Maybe<int64_t>& budget = program_.effective[tenant.effective].budget_workflow;
        return !OwnFile(program_, tenant.clause, texts_) && budget.has_value() &&
               program_.clauses[budget->clause.index()].level == sema::Level::kTenant &&
               &own == &program_.tiers[tenant.tier.index()].terms;
      });
      author_.Replace(own.budget_workflow->clause, "budget $0.000001 per workflow",
                      granted ? "import-row" : "budget-too-small");
    }
    if (!own.budget_month.has_value()) author_.Say(header, "budget $0.000001 per month", "budget-too-small");
    author_.Say(header, "budget €5 per workflow", "currency-mix");
  }

  void SeedCapacity(const std::string& header, const Terms& own, const Terms& terms) {
    const bool pooled = sema::PoolFor(program_, terms).valid();
    if (own.at_once.has_value() && pooled) {
      // An exception that quotes the cap quotes what is not there any more.
      const bool quoted =
          std::any_of(program_.exceptions.begin(), program_.exceptions.end(), [&](const auto& exception) {
            return exception.replace.at_once.has_value() &&
                   program_.terms(exception.tenant).at_once->clause == own.at_once->clause;
          });
      author_.Replace(own.at_once->clause, "at most 1_000_000 workflows at once",
                      quoted ? "missing-term" : "cap-infeasible");
      author_.Replace(own.at_once->clause, "at most 0 workflows at once", "out-of-range");
    }
    if (!own.min_slots.has_value() && pooled) author_.Say(header, "at least 1_000_000 slots", "cap-infeasible");
    if (own.waiting.has_value()) {
      author_.Replace(own.waiting->clause, "at most 0 workflows waiting", "starving-lane");
    } else {
      author_.Say(header, "at most 0 workflows waiting", "starving-lane");
    }
  }

  void SeedAllowed(const std::string& header, const Terms& own, const Terms& terms) {
    for (const ResourceId resource : policy_.Called(terms)) {
      const bool model = program_.resources[resource.index()].is_model;
      // What only optional steps call may be denied: they are left out, and nothing is wrong.
      if (!model) {
        author_.Say(header, "must not use tools " + Name(resource),
                    policy_.IsNeeded(terms, resource) ? "tool-denied" : "");
      }
      const auto& list = model ? own.may_use_models : own.may_use_tools;
      for (uint32_t i = 0; i < program_.resources.size(); ++i) {
        const sema::Resource& other = program_.resources[i];
        if (other.is_model != model || ResourceId(i) == resource) continue;
        const std::string sentence = fmt::format("may use {} {}", model ? "models" : "tools", other.name);
        const std::string kind = model ? "model-not-allowed" : "tool-not-allowed";
        if (list.has_value()) {
          author_.Replace(list->clause, sentence, kind);
        } else {
          author_.Say(header, sentence, kind);
        }
        break;
      }
    }
  }

  // A volume that no rate of one a month can carry, and an SLA that no run can meet.
  void SeedVolume(const std::string& header, const Terms& own, const Terms& terms) {
    for (size_t w = 0; w < program_.workflows.size(); ++w) {
      const sema::Workflow& workflow = program_.workflows[w];
      if (!policy_.Runs(terms, w) || workflow.steps.empty() || !own.expects.empty()) continue;
      const sema::Step& first = workflow.steps[workflow.order.front().index()];
      const bool sure = !first.optional && !first.when.has_value() && program_.rules.empty();
      if (!sure || first.calls != sema::Step::Calls::kTool) continue;
      const std::string volume = fmt::format("expects 1_000 runs of {} per day\n  ", workflow.name);
      author_.Say(header, volume + fmt::format("at most 1 calls per calendar month to {}", Name(first.resource)),
                  "rate-infeasible");
      if (first.takes_about.has_value() && !own.sla.has_value()) {
        author_.Say(header, volume + "sla 95% within 1 milliseconds", "sla-infeasible");
      }
    }
    if (own.sla.has_value() && !own.expects.empty()) {
      const auto& workflow = program_.workflows[own.expects.front().workflow.index()];
      const bool timed = std::any_of(workflow.steps.begin(), workflow.steps.end(), [](const sema::Step& step) {
        return step.takes_about.has_value() && !step.optional && !step.when.has_value();
      });
      if (timed && program_.rules.empty()) {
        author_.Replace(own.sla->clause, "sla 95% within 1 milliseconds", "sla-infeasible");
      }
    }
  }

  void SeedTenant(TenantId id) {
    const sema::Tenant& tenant = program_.tenants[id.index()];
    const Terms& terms = program_.terms(id);
    const std::string header = "tenant " + tenant.name;
    const bool tier_caps = program_.tiers[tenant.tier.index()].terms.at_once.has_value();
    const bool own_cap =
        terms.at_once.has_value() && program_.clauses[terms.at_once->clause.index()].level == sema::Level::kTenant;
    if (tier_caps && !own_cap) {
      author_.Say(header, fmt::format("at most {} workflows at once", terms.at_once->value + 1), "loosened-term");
      author_.Declare(
          fmt::format("exception silent for tenant {} {{\n  replace at most {} workflows at once\n  with at "
                      "most {} workflows at once\n  from 2026-12-01 until 2026-12-02\n}}\n",
                      tenant.name, terms.at_once->value, terms.at_once->value + 1),
          terms.burst.has_value() ? "missing-term" : "exception-unapproved");
    }
    const bool own_weight =
        terms.weight.has_value() && program_.clauses[terms.weight->clause.index()].level == sema::Level::kTenant;
    if (!own_weight) {
      author_.Say(header, fmt::format("weight {}", terms.weight.has_value() ? terms.weight->value + 1 : 2),
                  "loosened-term");
    }
    if (terms.budget_workflow.has_value() &&
        program_.clauses[terms.budget_workflow->clause.index()].level != sema::Level::kTenant) {
      author_.Say(header, "budget $900_000 per workflow", "loosened-term");
    }
    if (!terms.keep_at_least[0].has_value()) {
      author_.Say(header, "keep state for at least 90 years\n  delete data within 1 days",
                  terms.delete_within.has_value() &&
                          program_.clauses[terms.delete_within->clause.index()].level == sema::Level::kTenant
                      ? "repeated-term"
                      : "retention-conflict");
    }
    author_.Say(header, "set no_such_setting to 1", "unknown-setting");
    SeedPlaces(id, header, terms);
    SeedNever(tenant, terms);
  }

  bool SaysItself(ClauseId clause) const { return program_.clauses[clause.index()].level == sema::Level::kTenant; }

  void SeedPlaces(TenantId, const std::string& header, const Terms& terms) {
    const std::set<ResourceId> called = policy_.Called(terms);
    for (const sema::Endpoint& endpoint : program_.endpoints) {
      const sema::Route* route = sema::RouteFor(terms, endpoint.resource);
      if (!called.contains(endpoint.resource) || (route != nullptr && SaysItself(route->clause))) continue;
      if (!policy_.Illegal(terms, sema::PlaceSubject::kCalls, endpoint.location)) continue;
      author_.Say(header, fmt::format("route {} to {} else suspend", Name(endpoint.resource), endpoint.name),
                  "residency-violation");
    }
    for (const sema::Store& store : program_.stores) {
      const bool stated = std::any_of(terms.stores.begin(), terms.stores.end(),
                                      [&](const sema::StoreChoice& choice) { return SaysItself(choice.clause); });
      if (stated || !store.keeps[0] || !policy_.Illegal(terms, sema::PlaceSubject::kState, store.location)) continue;
      author_.Say(header, fmt::format("use store {} for state", store.name), "residency-violation");
    }
    for (const sema::Reviewers& desk : program_.reviewers) {
      const bool stated = terms.reviewers.has_value() && SaysItself(terms.reviewers->clause);
      const bool illegal = std::any_of(desk.based_in.begin(), desk.based_in.end(), [&](const sema::Location& place) {
        return policy_.Illegal(terms, sema::PlaceSubject::kReviewers, place);
      });
      if (!stated && illegal) author_.Say(header, "reviewers " + desk.name, "reviewer-place");
    }
    const bool places_stated =
        std::any_of(terms.places.begin(), terms.places.end(), [&](const sema::PlaceConstraint& constraint) {
          return constraint.subject == sema::PlaceSubject::kCalls && SaysItself(constraint.clause);
        });
    if (called.empty() || program_.endpoints.empty() || places_stated) return;
    author_.Say(header, "calls go only to AQ", "no-legal-route");
  }

  // What is used must never be used.
  void SeedNever(const sema::Tenant& tenant, const Terms& terms) {
    for (const ResourceId resource : policy_.Called(terms)) {
      author_.Declare(fmt::format("guarantee never-that {{\n  for every tenant on tier {}\n  never use {} {}\n}}\n",
                                  program_.tiers[tenant.tier.index()].name,
                                  program_.resources[resource.index()].is_model ? "model" : "tool", Name(resource)),
                      "guarantee-violated");
      return;
    }
  }

  void SeedWorkflow(WorkflowId id) {
    const sema::Workflow& workflow = program_.workflows[id.index()];
    const bool run = std::any_of(program_.tenants.begin(), program_.tenants.end(), [&](const sema::Tenant& tenant) {
      return policy_.Runs(program_.effective[tenant.effective], id.index());
    });
    if (!run || !OwnFile(program_, workflow.clause, texts_)) return;
    for (const sema::Step& step : workflow.steps) {
      const std::string header = (step.optional ? "optional step " : "step ") + step.name;
      // Headers of steps are unique only within their workflow.
      const auto same = [&](const sema::Workflow& other) {
        return std::count_if(other.steps.begin(), other.steps.end(),
                             [&](const sema::Step& s) { return s.name == step.name; });
      };
      int64_t named = 0;
      for (const sema::Workflow& other : program_.workflows) named += same(other);
      if (named != 1) continue;
      if (step.after.empty()) author_.Say(header, "after no_such_step", "unknown-step");
      if (step.after.empty() && workflow.steps.size() > 1) {
        const sema::Step& last = workflow.steps[workflow.order.back().index()];
        if (&last != &step && !last.after.empty()) author_.Say(header, "after " + last.name, "step-cycle");
      }
      if (step.after.empty()) author_.Say(header, "after " + step.name, "step-cycle");
      if (!step.retries.has_value()) {
        author_.Say(header, "retries at most 1_000_000 times", "out-of-range");
        if (policy_.CannotPay(id, step, 1'001)) author_.Say(header, "retries at most 1_000 times", "budget-too-small");
        if (!step.replans.has_value()) {
          author_.Say(
              header,
              fmt::format("retries at most 1_000 times\n    on failure replans from {} at most 1_000 times", step.name),
              "endless-workflow");
        }
      }
      author_.Say(header, "costs at most 5% more", "unexpected-text");
    }
    SeedModels(id);
  }

  // Two rules that always match and ask for different models.
  void SeedModels(WorkflowId id) {
    const sema::Workflow& workflow = program_.workflows[id.index()];
    std::vector<std::string> models;
    for (const sema::Resource& resource : program_.resources) {
      if (resource.is_model) models.push_back(resource.name);
    }
    for (const sema::Step& step : workflow.steps) {
      const bool calls = step.calls == sema::Step::Calls::kModel || step.calls == sema::Step::Calls::kAnyModel;
      if (!calls || models.size() < 2) continue;
      std::string rules;
      for (size_t i = 0; i < 2; ++i) {
        rules += fmt::format("rule contrary-{} {{\n  for step {} of {}\n  use model {}\n}}\n", i, step.name,
                             workflow.name, models[i]);
      }
      author_.Declare(rules, "contradicting-rules");
    }
  }

  void SeedEndpoint(EndpointId id) {
    const sema::Endpoint& endpoint = program_.endpoints[id.index()];
    if (!OwnFile(program_, endpoint.clause, texts_)) return;
    author_.Say("endpoint " + endpoint.name, "in no_such_region", "repeated-term");
    if (endpoint.location.clause.valid()) {
      author_.Replace(endpoint.location.clause, "in no-such-region", "unknown-name");
    }
    if (endpoint.cost_per_call.has_value()) {
      author_.Replace(endpoint.cost_per_call->clause, "costs at most 5% per call", "unit-mismatch");
      if (const std::optional<int64_t> budget = policy_.BudgetBehind(id)) {
        const Money dear{*budget + 1, program_.currency};
        author_.Replace(endpoint.cost_per_call->clause, fmt::format("costs at most {} per call", FormatMoney(dear)),
                        "budget-too-small");
      }
    }
  }

  void SeedLadder(const sema::Ladder& ladder) {
    if (ladder.rungs.size() < 2) return;
    const sema::Rung &first = ladder.rungs[0], &second = ladder.rungs[1];
    if (first.is_percent && second.is_percent && OwnFile(program_, second.clause, texts_)) {
      author_.Replace(second.clause, "when budget below 99%: suspend", "ladder-gap");
    }
  }

  void SeedPool(const sema::Pool& pool) {
    if (!OwnFile(program_, pool.clause, texts_)) return;
    author_.Declare(fmt::format("pool {} in no-such-region has 5 slots\n", pool.name), "duplicate-name");
  }

  const Program& program_;
  const std::vector<TextFile>& texts_;
  const PolicyFacts policy_;
  Author author_;
};

}  // namespace

std::vector<Mutant> SeedFaults(const driver::Compilation& original, const std::vector<TextFile>& texts) {
  return Faults(*original.program, texts).Seed();
}

}  // namespace bylaw::mutation
