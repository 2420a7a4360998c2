// V12, tighten-only: no effective term exceeds what any level above states, but by an exception in force.
//
// The analyser establishes it while it merges terms; here it is proved again from the result alone, level by level.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Maybe;
using sema::Program;
using sema::Terms;

struct Loosened {
  std::string term;
  ClauseId effective;  // none: the term is missing altogether
  ClauseId inherited;
};

// Compares one tenant's effective terms with one level's.
class Comparison {
 public:
  Comparison(const Program& program, const Terms& effective, const Terms& level)
      : program_(program), effective_(effective), level_(level) {}

  std::vector<Loosened> Run() {
    const auto at_most = [](const auto& a, const auto& b) { return a <= b; };
    Limit("workflows at once", effective_.at_once, level_.at_once, at_most);
    Limit("workflows waiting", effective_.waiting, level_.waiting, at_most);
    Limit("weight", effective_.weight, level_.weight, at_most);
    Limit("budget per workflow", effective_.budget_workflow, level_.budget_workflow, at_most);
    Limit("budget per month", effective_.budget_month, level_.budget_month, at_most);
    Limit("time in suspension", effective_.suspended_max_ns, level_.suspended_max_ns, at_most);
    for (size_t lane = 0; lane < effective_.lane_share_ppm.size(); ++lane) {
      Limit("lane share", effective_.lane_share_ppm[lane], level_.lane_share_ppm[lane], at_most);
    }
    Limit("deletion of data", effective_.delete_within, level_.delete_within,
          [](const CalendarDuration& a, const CalendarDuration& b) { return a.days_max() <= b.days_max(); });
    for (size_t data = 0; data < effective_.keep_at_least.size(); ++data) {
      Limit("time that data is kept", effective_.keep_at_least[data], level_.keep_at_least[data],
            [](const CalendarDuration& a, const CalendarDuration& b) { return a.days_min() >= b.days_min(); });
    }
    const auto subset = [](const auto& a, const auto& b) {
      return std::includes(b.begin(), b.end(), a.begin(), a.end());
    };
    Limit("allowed models", effective_.may_use_models, level_.may_use_models, subset);
    Limit("allowed tools", effective_.may_use_tools, level_.may_use_tools, subset);
    CompareMayRun();
    CompareRates();
    ComparePlaces();
    CompareDenials();
    CompareSettings();
    return std::move(loosened_);
  }

 private:
  template <typename T, typename Within>
  void Limit(std::string_view term, const Maybe<T>& effective, const Maybe<T>& level, Within within) {
    if (!level.has_value() || (effective.has_value() && within(effective->value, level->value))) return;
    Add(term, effective.has_value() ? effective->clause : ClauseId(), level->clause);
  }
  void Add(std::string_view term, ClauseId effective, ClauseId inherited) {
    const bool by_exception = effective.valid() && program_.clauses[effective.index()].level == sema::Level::kException;
    if (!by_exception) loosened_.push_back({std::string(term), effective, inherited});
  }
  void CompareMayRun() {
    if (!level_.may_run.has_value()) return;
    const auto allowed = [&](WorkflowId workflow) {
      const std::vector<WorkflowId>& all = level_.may_run->value;
      return std::find(all.begin(), all.end(), workflow) != all.end();
    };
    if (effective_.may_run.has_value() &&
        std::all_of(effective_.may_run->value.begin(), effective_.may_run->value.end(), allowed)) {
      return;
    }
    Add("workflows it may run", effective_.may_run.has_value() ? effective_.may_run->clause : ClauseId(),
        level_.may_run->clause);
  }
  void CompareRates() {
    for (const sema::Rate& inherited : level_.rates) {
      const auto it = std::find_if(effective_.rates.begin(), effective_.rates.end(), [&](const sema::Rate& rate) {
        return sema::SameRateTerm(rate.spec, inherited.spec);
      });
      if (it == effective_.rates.end()) {
        Add("rate", ClauseId(), inherited.clause);
      } else if (it->spec.amount > inherited.spec.amount) {
        Add("rate", it->clause, inherited.clause);
      }
    }
  }
  void ComparePlaces() {
    for (const sema::PlaceConstraint& inherited : level_.places) {
      const bool kept =
          std::any_of(effective_.places.begin(), effective_.places.end(), [&](const sema::PlaceConstraint& place) {
            return place.clause == inherited.clause && place.subject == inherited.subject;
          });
      if (!kept) Add("places", ClauseId(), inherited.clause);
    }
  }
  void CompareDenials() {
    for (const auto& [resource, clause] : level_.must_not_use) {
      const ResourceId denied = resource;
      const bool kept = std::any_of(effective_.must_not_use.begin(), effective_.must_not_use.end(),
                                    [&](const auto& own) { return own.first == denied; });
      if (!kept) Add("denied models and tools", ClauseId(), clause);
    }
  }
  void CompareSettings() {
    for (const auto& [id, inherited] : level_.settings) {
      const SettingId setting = id;
      const auto it = std::find_if(effective_.settings.begin(), effective_.settings.end(),
                                   [&](const auto& own) { return own.first == setting; });
      if (it == effective_.settings.end()) {
        Add("settings", ClauseId(), inherited.clause);
      } else if (!WithinDirection(program_.settings[setting.index()], it->second.value, inherited.value)) {
        Add("setting " + program_.settings[setting.index()].name, it->second.clause, inherited.clause);
      }
    }
  }
  static bool WithinDirection(const sema::Setting& setting, const abi::SlotValue& own, const abi::SlotValue& above) {
    using Direction = syntax::SettingDecl::Direction;
    if (setting.direction == Direction::kFree || setting.info.type == abi::SlotType::kText) return true;
    const bool number = setting.info.type == abi::SlotType::kNumber;
    const bool lower = number ? own.number < above.number : own.integer < above.integer;
    const bool higher = number ? own.number > above.number : own.integer > above.integer;
    return setting.direction == Direction::kRaiseOnly ? !lower : !higher;
  }

  const Program& program_;
  const Terms& effective_;
  const Terms& level_;
  std::vector<Loosened> loosened_;
};

std::vector<const Terms*> LevelsOf(const Program& program, const sema::Tenant& tenant) {
  std::vector<const Terms*> levels;
  if (tenant.tier.valid()) levels.push_back(&program.tiers[tenant.tier.index()].terms);
  if (tenant.klass.valid()) levels.push_back(&program.classes[tenant.klass.index()].terms);
  if (tenant.org.valid()) levels.push_back(&program.orgs[tenant.org.index()].terms);
  for (const sema::Stated<uint32_t>& regulation : program.effective[tenant.effective].regulations) {
    levels.push_back(&program.regulations[regulation.value].terms);
  }
  return levels;
}

Finding MakeFinding(const Program& program, TenantId tenant, const Loosened& loosened) {
  const sema::Tenant& stated = program.tenants[tenant.index()];
  const ClauseId clause = loosened.effective.valid() ? loosened.effective : stated.clause;
  Finding finding{MakeDiagnostic(diag::Kind::kLoosenedTerm, program.SpanOf(clause),
                                 fmt::format("{}'s {} may be tightened below what it inherits, not loosened",
                                             stated.name, loosened.term)),
                  {},
                  {}};
  finding.diagnostic.notes.push_back({"note", "this stands above it", program.SpanOf(loosened.inherited)});
  finding.diagnostic.help.push_back(
      "loosening needs an exception with an end date and an approver: `bylaw explain loosened-term`");
  finding.witness.path.push_back(finding.diagnostic.message);
  return finding;
}

}  // namespace

Outcome ProveTightenOnly(const Facts& facts) {
  const Program& program = facts.program();
  Outcome outcome;
  Findings findings;
  // Tenants that share their terms and the levels above them are proved once.
  std::set<std::tuple<uint32_t, TierId, ClassId, OrgId>> done;
  for (const sema::Shape& shape : program.shapes) {
    TheoremResult result;
    result.id = "V12";
    result.subject = "inherited terms of " + TenantsText(program, shape.members);
    result.tenants = shape.members;
    for (const TenantId id : shape.members) {
      const sema::Tenant& tenant = program.tenants[id.index()];
      if (!done.insert({tenant.effective, tenant.tier, tenant.klass, tenant.org}).second) continue;
      for (const Terms* level : LevelsOf(program, tenant)) {
        for (const Loosened& loosened : Comparison(program, program.effective[tenant.effective], *level).Run()) {
          Finding finding = MakeFinding(program, id, loosened);
          if (result.verdict == Verdict::kProved) result.witness = finding.witness;
          result.verdict = Verdict::kRefuted;
          findings.Add(diag::Kind::kLoosenedTerm, finding.diagnostic.span, loosened.term, {id},
                       [&] { return std::move(finding); });
        }
      }
    }
    outcome.results.push_back(std::move(result));
  }
  outcome.findings = findings.Take(program);
  return outcome;
}

}  // namespace bylaw::verify
