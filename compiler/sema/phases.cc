#include "compiler/sema/phases.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace bylaw::sema {
namespace {

template <typename T>
void Put(Maybe<T>& term, const Maybe<T>& with) {
  if (with) term = with;
}

template <typename T, typename Same>
void PutList(std::vector<T>& terms, const std::vector<T>& with, Same same) {
  for (const T& one : with) {
    const auto found = std::find_if(terms.begin(), terms.end(), [&](const T& other) { return same(one, other); });
    found == terms.end() ? terms.push_back(one) : void(*found = one);
  }
}

void PutNumbers(Terms& terms, const Terms& with) {
  Put(terms.weight, with.weight);
  if (with.at_once) {  // the cap and its burst are one term
    terms.at_once = with.at_once;
    terms.burst = with.burst;
  }
  Put(terms.min_slots, with.min_slots);
  Put(terms.waiting, with.waiting);
  Put(terms.budget_workflow, with.budget_workflow);
  Put(terms.budget_month, with.budget_month);
  for (size_t i = 0; i < terms.lane_share_ppm.size(); ++i) Put(terms.lane_share_ppm[i], with.lane_share_ppm[i]);
  Put(terms.sla, with.sla);
  Put(terms.suspended_max_ns, with.suspended_max_ns);
  Put(terms.delete_within, with.delete_within);
  for (size_t i = 0; i < terms.keep_at_least.size(); ++i) Put(terms.keep_at_least[i], with.keep_at_least[i]);
  PutList(terms.rates, with.rates, [](const Rate& a, const Rate& b) { return SameRateTerm(a.spec, b.spec); });
  PutList(terms.expects, with.expects, SameExpectsTerm);
  PutList(terms.settings, with.settings, [](const auto& a, const auto& b) { return a.first == b.first; });
}

// Clauses that accumulate: the quoted ones go, the new ones come.
void ReplaceAccumulated(Terms& terms, const Exception& exception) {
  for (const PlaceConstraint& quoted : exception.replace.places) {
    std::erase_if(terms.places, [&](const PlaceConstraint& one) { return SamePlaces(one, quoted); });
  }
  terms.places.insert(terms.places.end(), exception.with.places.begin(), exception.with.places.end());
  for (const auto& quoted : exception.replace.must_not_use) {
    std::erase_if(terms.must_not_use, [&](const auto& one) { return one.first == quoted.first; });
  }
  PutList(terms.must_not_use, exception.with.must_not_use,
          [](const auto& a, const auto& b) { return a.first == b.first; });
}

void PutChoices(Terms& terms, const Terms& with) {
  Put(terms.may_use_models, with.may_use_models);
  Put(terms.may_use_tools, with.may_use_tools);
  Put(terms.may_run, with.may_run);
  PutList(terms.routes, with.routes, [](const Route& a, const Route& b) { return a.resource == b.resource; });
  PutList(terms.models, with.models, [](const ModelChoice& a, const ModelChoice& b) { return a.step == b.step; });
  PutList(terms.stores, with.stores, [](const StoreChoice& a, const StoreChoice& b) { return a.data == b.data; });
  Put(terms.ladder, with.ladder);
  Put(terms.pool, with.pool);
  Put(terms.reviewers, with.reviewers);
  Put(terms.prefer_fastest, with.prefer_fastest);
}

// The phase of `tenant` in [from, until), on which the exceptions `in_force` hold together.
void AddPhase(Program& program, TenantId id, TimeNs from, TimeNs until, const std::vector<const Exception*>& in_force) {
  Tenant phase = program.tenants[id.index()];
  phase.phase_of = id;
  phase.from_ns = from;
  phase.until_ns = until;
  phase.clause = in_force.front()->clause;
  Terms terms = program.terms(id);
  for (const Exception* exception : in_force) {
    phase.name += (exception == in_force.front() ? " under exception " : " and ") + exception->name;
    PutNumbers(terms, exception->with);
    PutChoices(terms, exception->with);
    ReplaceAccumulated(terms, *exception);
  }
  phase.effective = static_cast<uint32_t>(program.effective.size());
  program.effective.push_back(std::move(terms));
  program.tenants.push_back(std::move(phase));
  ++program.phase_count;
}

}  // namespace

void AddPhases(Program& program) {
  std::map<TenantId, std::vector<const Exception*>> by_tenant;
  for (const Exception& exception : program.exceptions) by_tenant[exception.tenant].push_back(&exception);
  for (const auto& [tenant, exceptions] : by_tenant) {
    std::set<TimeNs> cuts;
    for (const Exception* exception : exceptions) cuts.insert({exception->from_ns, exception->until_ns});
    for (auto from = cuts.begin(); std::next(from) != cuts.end(); ++from) {
      std::vector<const Exception*> in_force;
      for (const Exception* exception : exceptions) {
        if (exception->from_ns <= *from && *from < exception->until_ns) in_force.push_back(exception);
      }
      if (!in_force.empty()) AddPhase(program, tenant, *from, *std::next(from), in_force);
    }
  }
}

}  // namespace bylaw::sema
