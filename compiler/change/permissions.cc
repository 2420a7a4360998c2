// What a tenant may run and use, where it belongs, and what is not any single tenant's: orgs, pools, quotas.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "compiler/change/match.h"
#include "compiler/change/terms.h"
#include "compiler/change/words.h"
#include "compiler/sema/candidates.h"
#include "compiler/verify/facts.h"
#include "compiler/verify/words.h"

namespace bylaw::change {
namespace {

using sema::Program;
using sema::Terms;

// A set of names on both sides, with the sentence that bounds it.
struct NameSet {
  std::vector<std::string> names;  // sorted
  ClauseId clause;
};

void CompareSets(const char* kind, std::string_view verb, NameSet before, NameSet after, std::vector<Difference>& out) {
  std::sort(before.names.begin(), before.names.end());
  std::sort(after.names.begin(), after.names.end());
  std::vector<std::string> gained, lost;
  std::set_difference(after.names.begin(), after.names.end(), before.names.begin(), before.names.end(),
                      std::back_inserter(gained));
  std::set_difference(before.names.begin(), before.names.end(), after.names.begin(), after.names.end(),
                      std::back_inserter(lost));
  if (!lost.empty()) {
    out.push_back({kind, fmt::format("may no longer {} {}", verb, SomeNames(lost)), Relation::kStricter, before.clause,
                   after.clause});
  }
  if (!gained.empty()) {
    out.push_back(
        {kind, fmt::format("may now {} {}", verb, SomeNames(gained)), Relation::kLooser, before.clause, after.clause});
  }
}

NameSet WorkflowsOf(const Program& program, const Terms& terms) {
  NameSet set;
  if (terms.may_run) set.clause = terms.may_run->clause;
  for (uint32_t w = 0; w < program.workflows.size(); ++w) {
    if (verify::MayRun(terms, WorkflowId(w))) set.names.push_back(program.workflows[w].name);
  }
  return set;
}

// What is allowed and served by some endpoint at all.
NameSet ResourcesOf(const Program& program, const Terms& terms, bool models) {
  NameSet set;
  const auto& list = models ? terms.may_use_models : terms.may_use_tools;
  if (list) set.clause = list->clause;
  std::vector<bool> served(program.resources.size(), false);
  for (const sema::Endpoint& endpoint : program.endpoints) {
    if (endpoint.resource.valid()) served[endpoint.resource.index()] = true;
  }
  for (uint32_t r = 0; r < program.resources.size(); ++r) {
    const sema::Resource& resource = program.resources[r];
    if (resource.is_model != models || !served[r]) continue;
    const sema::Allowed allowed = sema::IsAllowed(program, terms, ResourceId(r));
    if (allowed.allowed) {
      set.names.push_back(resource.name);
    } else if (allowed.denied) {
      set.clause = allowed.clause;
    }
  }
  return set;
}

template <typename T>
Relation LessIsStricter(const T& before, const T& after) {
  return MoreIsLooser(after > before ? 1 : (after < before ? -1 : 0));
}

// A limit of something shared, absent if unlimited.
template <typename T>
struct SharedLimit {
  std::optional<T> value;
  ClauseId clause;
};
template <typename T>
SharedLimit<T> Shared(const sema::Maybe<T>& term) {
  if (!term) return {};
  return {term->value, term->clause};
}

template <typename T>
void CompareShared(const char* kind, const SharedLimit<T>& before, const SharedLimit<T>& after,
                   const std::function<std::string(const std::optional<T>&)>& words, std::vector<Difference>& out) {
  if (before.value == after.value) return;
  const Relation relation = !before.value  ? Relation::kStricter
                            : !after.value ? Relation::kLooser
                                           : LessIsStricter(*before.value, *after.value);
  out.push_back({kind, FromTo(words(before.value), words(after.value)), relation, before.clause, after.clause});
}

std::string TierOf(const Program& program, const sema::Tenant& tenant) {
  return tenant.tier.valid() ? program.tiers[tenant.tier.index()].name : "";
}

void ComparePools(const Program& old_program, const Program& new_program, std::vector<Difference>& out) {
  const std::vector<PoolId> match = MatchByName<PoolId>(new_program.pools, old_program.pools);
  for (size_t i = 0; i < match.size(); ++i) {
    const sema::Pool& now = new_program.pools[i];
    if (!match[i].valid()) {
      out.push_back({"pool",
                     fmt::format("pool {} is new, with {} slots", now.name, CountText(now.slots)),
                     Relation::kLooser,
                     {},
                     now.clause});
      continue;
    }
    const sema::Pool& was = old_program.pools[match[i].index()];
    const auto slots = [&](const std::optional<uint32_t>& n) {
      return fmt::format("pool {} has {} slots", now.name, CountText(n.value_or(0)));
    };
    CompareShared<uint32_t>("pool", {was.slots, was.clause}, {now.slots, now.clause}, slots, out);
    const auto room = [&](const std::optional<uint32_t>& n) {
      return fmt::format("pool {} has room for {} waiting", now.name, n ? CountText(*n) : "any number");
    };
    CompareShared<uint32_t>("pool", {was.room, was.clause}, {now.room, now.clause}, room, out);
  }
  const std::vector<PoolId> back = MatchByName<PoolId>(old_program.pools, new_program.pools);
  for (size_t i = 0; i < back.size(); ++i) {
    const sema::Pool& was = old_program.pools[i];
    if (back[i].valid()) continue;
    out.push_back({"pool",
                   fmt::format("pool {} is gone, with {} slots", was.name, CountText(was.slots)),
                   Relation::kStricter,
                   was.clause,
                   {}});
  }
}

// An endpoint's own quotas, by the window they count in.
void CompareQuotas(const Program& old_program, const Program& new_program, std::vector<Difference>& out) {
  const std::vector<EndpointId> match = MatchByName<EndpointId>(new_program.endpoints, old_program.endpoints);
  for (size_t i = 0; i < match.size(); ++i) {
    if (!match[i].valid()) continue;
    Terms before, after;
    for (const sema::Rate& rate : old_program.endpoints[match[i].index()].quotas) before.rates.push_back(rate);
    for (const sema::Rate& rate : new_program.endpoints[i].quotas) after.rates.push_back(rate);
    std::vector<Difference> differences;
    CompareNumbers(old_program, before, new_program, after, differences);
    for (Difference& difference : differences) {
      if (difference.kind != "rate") continue;
      difference.kind = "endpoint-quota";
      difference.text = fmt::format("endpoint {}: {}", new_program.endpoints[i].name, difference.text);
      out.push_back(std::move(difference));
    }
  }
}

}  // namespace

void ComparePermissions(const Program& old_program, const Terms& before, const Program& new_program, const Terms& after,
                        std::vector<Difference>& out) {
  CompareSets("workflows", "run", WorkflowsOf(old_program, before), WorkflowsOf(new_program, after), out);
  CompareSets("models", "use model", ResourcesOf(old_program, before, true), ResourcesOf(new_program, after, true),
              out);
  CompareSets("tools", "use tool", ResourcesOf(old_program, before, false), ResourcesOf(new_program, after, false),
              out);
}

void CompareMembership(const Program& old_program, const sema::Tenant& before, const Program& new_program,
                       const sema::Tenant& after, std::vector<Difference>& out) {
  const auto add = [&](std::string_view noun, const std::string& was, const std::string& now) {
    if (was == now) return;
    const auto named = [&](const std::string& name) {
      return name.empty() ? fmt::format("no {}", noun) : fmt::format("{} {}", noun, name);
    };
    out.push_back({"membership", fmt::format("moves from {} to {}", named(was), named(now)), Relation::kEqual,
                   before.clause, after.clause});
  };
  add("tier", TierOf(old_program, before), TierOf(new_program, after));
  const auto klass = [](const Program& program, const sema::Tenant& tenant) {
    return tenant.klass.valid() ? program.classes[tenant.klass.index()].name : std::string();
  };
  add("class", klass(old_program, before), klass(new_program, after));
  const auto org = [](const Program& program, const sema::Tenant& tenant) {
    return tenant.org.valid() ? program.orgs[tenant.org.index()].name : std::string();
  };
  add("org", org(old_program, before), org(new_program, after));
}

void CompareOrgs(const Program& old_program, const Program& new_program, OrgId before, OrgId after,
                 std::vector<Difference>& out) {
  static const sema::Org kNone;
  const sema::Org& was = before.valid() ? old_program.orgs[before.index()] : kNone;
  const sema::Org& now = after.valid() ? new_program.orgs[after.index()] : kNone;
  const std::string name = after.valid() ? now.name : was.name;
  CompareShared<uint32_t>(
      "org-workflows-at-once", Shared(was.together_at_once), Shared(now.together_at_once),
      [&](const std::optional<uint32_t>& n) {
        return fmt::format("org {} together at most {} workflows at once", name, n ? CountText(*n) : "any number of");
      },
      out);
  CompareShared<int64_t>(
      "org-budget-per-month", Shared(was.together_budget_month), Shared(now.together_budget_month),
      [&](const std::optional<int64_t>& n) {
        return fmt::format("org {} together budget {} per month", name,
                           n ? verify::MoneyText(new_program, *n) : "without limit");
      },
      out);
  CompareShared<uint32_t>(
      "org-weight", Shared(was.weight), Shared(now.weight),
      [&](const std::optional<uint32_t>& n) {
        return fmt::format("org {} weight {}", name, n ? CountText(*n) : "of its members");
      },
      out);
}

void ComparePlatform(const Program& old_program, const Program& new_program, std::vector<Difference>& out) {
  ComparePools(old_program, new_program, out);
  CompareQuotas(old_program, new_program, out);
  if (old_program.time_zone != new_program.time_zone) {
    out.push_back({"time-zone",
                   FromTo(fmt::format("time zone \"{}\"", old_program.time_zone),
                          fmt::format("time zone \"{}\"", new_program.time_zone)),
                   Relation::kIncomparable,
                   {},
                   {}});
  }
  if (old_program.currency != new_program.currency) {
    out.push_back({"currency", "amounts are in another currency", Relation::kIncomparable, {}, {}});
  }
}

}  // namespace bylaw::change
