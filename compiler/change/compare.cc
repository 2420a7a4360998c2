#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "compiler/change/change.h"
#include "compiler/change/exceptions.h"
#include "compiler/change/match.h"
#include "compiler/change/places.h"
#include "compiler/change/steps.h"
#include "compiler/change/terms.h"
#include "compiler/change/words.h"
#include "compiler/change/work.h"

namespace bylaw::change {
namespace {

using sema::Program;

// Differences by what they say, with everyone whom they concern.
class Groups {
 public:
  void Add(Difference difference, TenantId tenant) {
    const std::string key =
        fmt::format("{}\n{}\n{}", difference.kind, static_cast<int>(difference.relation), difference.text);
    const auto [at, fresh] = index_.try_emplace(key, changes_.size());
    if (fresh) changes_.push_back({std::move(difference), {}});
    std::vector<TenantId>& tenants = changes_[at->second].tenants;
    if (tenant.valid() && (tenants.empty() || tenants.back() != tenant)) tenants.push_back(tenant);
  }
  std::vector<Change> Take() { return std::move(changes_); }

 private:
  absl::flat_hash_map<std::string, size_t, std::hash<std::string_view>, std::equal_to<>> index_;
  std::vector<Change> changes_;
};

class Comparison {
 public:
  Comparison(const plan::Plan& before, const plan::Plan& after)
      : old_plan_(before),
        new_plan_(after),
        old_(before.program()),
        new_(after.program()),
        work_(MatchWork(old_, new_)),
        places_(old_, new_),
        steps_(before, after, work_) {}

  ChangeReport Run() {
    ChangeReport report;
    report.before = MatchByName<TenantId>(new_.tenants, old_.tenants);
    report.relations.resize(new_.tenants.size(), Relation::kEqual);
    std::vector<Difference> platform;
    ComparePlatform(old_, new_, platform);
    for (Difference& difference : platform) groups_.Add(std::move(difference), TenantId());
    for (uint32_t i = 0; i < new_.tenant_count(); ++i) {  // exceptions are compared as such
      if (!report.before[i].valid()) {
        report.added.push_back(new_.tenants[i].name);
        continue;
      }
      report.relations[i] = CompareTenant(report.before[i], TenantId(i));
      report.unchanged += report.relations[i] == Relation::kEqual ? 1 : 0;
    }
    const std::vector<TenantId> back = MatchByName<TenantId>(old_.tenants, new_.tenants);
    for (size_t i = 0; i < old_.tenant_count(); ++i) {
      if (!back[i].valid()) report.removed.push_back(old_.tenants[i].name);
    }
    report.exceptions = CompareExceptions(old_, new_);
    report.changes = groups_.Take();
    return report;
  }

 private:
  Relation CompareTenant(TenantId before, TenantId after) {
    const sema::Tenant& was = old_.tenants[before.index()];
    const sema::Tenant& is = new_.tenants[after.index()];
    std::vector<Difference> differences;
    CompareMembership(old_, was, new_, is, differences);
    CompareNumbers(old_, old_.terms(before), new_, new_.terms(after), differences);
    for (const std::vector<Difference>* shared :
         {&OrgDifferences(was.org, is.org), &ShapeDifferences(was.shape, is.shape)}) {
      differences.insert(differences.end(), shared->begin(), shared->end());
    }
    steps_.Compare(before, after, differences);
    Seen seen;
    for (Difference& difference : differences) {
      seen |= Seen::Of(difference.relation);
      groups_.Add(std::move(difference), after);
    }
    return seen.relation();
  }

  const std::vector<Difference>& OrgDifferences(OrgId before, OrgId after) {
    const auto [at, fresh] = by_org_.try_emplace({before, after});
    if (fresh) CompareOrgs(old_, new_, before, after, at->second);
    return at->second;
  }

  const std::vector<Difference>& ShapeDifferences(ShapeId before, ShapeId after) {
    const auto [at, fresh] = by_shape_.try_emplace({before, after});
    if (!fresh) return at->second;
    std::vector<Difference>& out = at->second;
    const sema::Terms& was = old_.terms(old_.shapes[before.index()].representative);
    const sema::Terms& is = new_.terms(new_.shapes[after.index()].representative);
    ComparePermissions(old_, was, new_, is, out);
    places_.Compare(was, is, out);
    CompareHomes(before, after, out);
    for (uint32_t w = 0; w < work_.size(); ++w) {
      if (!work_[w].before.valid()) continue;
      const bool ran = old_plan_.tables.shapes[before.index()].workflows[work_[w].before.index()].may_run;
      const bool runs = new_plan_.tables.shapes[after.index()].workflows[w].may_run;
      if (ran && runs) CompareWorkflow(old_, new_, WorkflowId(w), work_[w], out);
    }
    return out;
  }

  // Where its work runs, its state is kept, and who reviews when nobody else is named.
  void CompareHomes(ShapeId before, ShapeId after, std::vector<Difference>& out) const {
    const abi::ShapeInfo& was = old_plan_.tables.shapes[before.index()];
    const abi::ShapeInfo& is = new_plan_.tables.shapes[after.index()];
    const auto add = [&](const char* kind, std::string_view verb, const auto& old_rows, auto old_id,
                         const auto& new_rows, auto new_id) {
      const std::string old_name = old_id.valid() ? old_rows[old_id.index()].name : "none";
      const std::string new_name = new_id.valid() ? new_rows[new_id.index()].name : "none";
      if (old_name == new_name) return;
      out.push_back({kind, FromTo(fmt::format("{} {}", verb, old_name), fmt::format("{} {}", verb, new_name)),
                     Relation::kIncomparable, old_id.valid() ? old_rows[old_id.index()].clause : ClauseId(),
                     new_id.valid() ? new_rows[new_id.index()].clause : ClauseId()});
    };
    add("store", "keeps state in store", old_plan_.tables.stores, was.stores[0], new_plan_.tables.stores, is.stores[0]);
    add("pool-used", "runs in pool", old_plan_.tables.pools, was.pool, new_plan_.tables.pools, is.pool);
    add("reviewers", "is reviewed by", old_plan_.tables.reviewers, was.reviewers, new_plan_.tables.reviewers,
        is.reviewers);
  }

  const plan::Plan& old_plan_;
  const plan::Plan& new_plan_;
  const Program& old_;
  const Program& new_;
  const std::vector<WorkMatch> work_;
  PlacesComparison places_;
  StepsComparison steps_;
  Groups groups_;
  std::map<std::pair<OrgId, OrgId>, std::vector<Difference>> by_org_;
  std::map<std::pair<ShapeId, ShapeId>, std::vector<Difference>> by_shape_;
};

}  // namespace

std::string_view RelationName(Relation relation) {
  switch (relation) {
    case Relation::kEqual:
      return "equal";
    case Relation::kStricter:
      return "stricter";
    case Relation::kLooser:
      return "looser";
    case Relation::kIncomparable:
      return "incomparable";
    case Relation::kUndecided:
      return "undecided";
  }
  BYLAW_UNREACHABLE("relation");
}

bool ChangeReport::undecided() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& change) { return change.difference.relation == Relation::kUndecided; });
}

ChangeReport Compare(const plan::Plan& before, const plan::Plan& after) { return Comparison(before, after).Run(); }

}  // namespace bylaw::change
