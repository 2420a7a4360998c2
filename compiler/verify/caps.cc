// V6, caps: no cap exceeds what it is taken from. A tenant's cap fits its pool and its org's cap (a burst takes what is
// idle, so its ceiling may be any); an
// org's cap fits all pools together; and the guaranteed minimums of all who share a pool or an org fit it. Caps
// together may exceed a pool: that is sharing. So may rates together exceed an endpoint's quota, which is worth a word.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "compiler/verify/rates.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Terms;

class Caps {
 public:
  explicit Caps(const Facts& facts) : facts_(facts), program_(facts.program()), members_(MembersOfOrgs(program_)) {}

  Outcome Prove() {
    for (uint32_t i = 0; i < facts_.shape_count(); ++i) ProveShape(ShapeId(i));
    for (uint32_t i = 0; i < program_.pools.size(); ++i) ProvePoolMinimums(PoolId(i));
    for (uint32_t i = 0; i < program_.orgs.size(); ++i) ProveOrg(OrgId(i));
    ProveExceptions();
    for (uint32_t i = 0; i < program_.endpoints.size(); ++i) WarnOfQuotas(EndpointId(i));
    outcome_.findings = findings_.Take(program_);
    return std::move(outcome_);
  }

 private:
  PoolId PoolOf(TenantId tenant) const { return facts_.shape(program_.tenants[tenant.index()].shape).pool; }

  Probe PoolProbe(TenantId tenant) const {
    Probe probe;
    probe.tenant = tenant;
    probe.pool = PoolOf(tenant);
    return probe;
  }

  // A cap and what it may not exceed.
  struct Bound {
    uint32_t most = 0;
    std::string noun;  // "pool us-workers"
    source::Span span;
    std::string text;  // "has 80 slots"
  };
  std::vector<Bound> BoundsOf(TenantId tenant) const {
    std::vector<Bound> bounds;
    if (const PoolId pool = PoolOf(tenant); pool.valid()) bounds.push_back(PoolBound(pool));
    if (const OrgId org = program_.tenants[tenant.index()].org; org.valid()) {
      const sema::Org& row = program_.orgs[org.index()];
      if (row.together_at_once.has_value()) {
        bounds.push_back({row.together_at_once->value, "org " + row.name, program_.SpanOf(row.together_at_once->clause),
                          "no more than this together"});
      }
    }
    return bounds;
  }
  Bound PoolBound(PoolId id) const {
    const sema::Pool& pool = program_.pools[id.index()];
    return {pool.slots, "pool " + pool.name, program_.SpanOf(pool.clause),
            fmt::format("its work runs here, on {}", CountText(pool.slots, "slot"))};
  }

  void ProveShape(ShapeId shape) {
    TheoremResult result;
    result.id = "V6";
    std::vector<TenantId> capped;
    std::set<std::tuple<uint32_t, OrgId>> done;
    for (const TenantId tenant : program_.shapes[shape.index()].members) {
      const sema::Tenant& row = program_.tenants[tenant.index()];
      const Terms& terms = program_.terms(tenant);
      if (!terms.at_once.has_value() && !terms.min_slots.has_value()) continue;
      capped.push_back(tenant);
      if (done.insert({row.effective, row.org}).second) ProveTenant(tenant, terms, result);
    }
    if (capped.empty()) return;
    result.subject = "caps of " + TenantsText(program_, capped);
    result.tenants = std::move(capped);
    outcome_.results.push_back(std::move(result));
  }

  void ProveTenant(TenantId tenant, const Terms& terms, TheoremResult& result) {
    for (const Bound& bound : BoundsOf(tenant)) {
      if (terms.at_once.has_value() && terms.at_once->value > bound.most) {
        Exceeds(tenant, terms.at_once->clause, terms.at_once->value, "may run", bound, result);
      }
      if (terms.min_slots.has_value() && terms.min_slots->value > bound.most) {
        Exceeds(tenant, terms.min_slots->clause, terms.min_slots->value, "is kept", bound, result);
      }
    }
    if (terms.min_slots.has_value() && terms.at_once.has_value() && terms.min_slots->value > terms.at_once->value) {
      Exceeds(tenant, terms.min_slots->clause, terms.min_slots->value, "is kept",
              {terms.at_once->value, "its own cap", program_.SpanOf(terms.at_once->clause), "no more at once"}, result);
    }
  }

  void Exceeds(TenantId tenant, ClauseId clause, uint32_t stated, std::string_view verb, const Bound& bound,
               TheoremResult& result) {
    const source::Span span = program_.SpanOf(clause);
    result.verdict = Verdict::kRefuted;
    findings_.Add(diag::Kind::kCapInfeasible, span, bound.noun, AllLike(tenant), [&] {
      Finding finding{MakeDiagnostic(diag::Kind::kCapInfeasible, span,
                                     fmt::format("{} {} {} at once, and {} has {}", TenantName(program_, tenant), verb,
                                                 GroupedText(stated), bound.noun, GroupedText(bound.most))),
                      {},
                      {}};
      finding.diagnostic.notes.push_back({"note", bound.text, bound.span});
      finding.diagnostic.help.push_back(HelpFor(clause, bound.most));
      finding.witness.path.push_back(finding.diagnostic.message);
      finding.witness.probes.push_back(PoolProbe(tenant));
      if (result.witness.path.empty()) result.witness = finding.witness;
      return finding;
    });
  }

  // The sentence with its first number lowered; a burst beyond it is left out.
  std::string HelpFor(ClauseId clause, uint32_t most) const {
    std::string sentence = SentenceText(program_, clause);
    const size_t at = sentence.find_first_of("0123456789");
    if (at == std::string::npos) return "at most " + CountText(most, "workflow") + " at once";
    const size_t end = std::min(sentence.find_first_not_of("0123456789_", at), sentence.size());
    sentence.replace(at, end - at, GroupedText(most));
    if (const size_t burst = sentence.find(" bursting"); burst != std::string::npos) sentence.resize(burst);
    return sentence;
  }

  std::vector<TenantId> AllLike(TenantId tenant) const {
    const sema::Tenant& row = program_.tenants[tenant.index()];
    std::vector<TenantId> alike;
    for (const TenantId other : program_.shapes[row.shape.index()].members) {
      const sema::Tenant& own = program_.tenants[other.index()];
      if (own.effective == row.effective && own.org == row.org) alike.push_back(other);
    }
    return alike;
  }

  // The minimums of tenants in `members` against what they share.
  void ProveMinimums(const std::vector<TenantId>& members, const Bound& bound, TheoremResult& result) {
    uint64_t sum = 0;
    std::map<ClauseId, std::pair<uint32_t, uint64_t>> stated;  // clause → slots, tenants
    std::vector<TenantId> kept;
    for (const TenantId tenant : members) {
      const sema::Maybe<uint32_t>& least = program_.terms(tenant).min_slots;
      const bool phase = program_.tenants[tenant.index()].phase_of.valid();  // the tenant itself is counted
      if (!least.has_value() || phase) continue;
      sum += least->value;
      auto& row = stated[least->clause];
      row.first = least->value;
      ++row.second;
      kept.push_back(tenant);
    }
    if (sum <= bound.most) return;
    result.verdict = Verdict::kRefuted;
    std::string arithmetic;
    for (const auto& [clause, row] : stated) {
      arithmetic += fmt::format("{}{} x {}", arithmetic.empty() ? "" : " + ", CountText(int64_t(row.second), "tenant"),
                                row.first);
    }
    arithmetic += fmt::format(" = {}", CountText(static_cast<int64_t>(sum), "slot"));
    const source::Span span = program_.SpanOf(stated.begin()->first);
    findings_.Add(diag::Kind::kCapInfeasible, span, "together " + bound.noun, kept, [&] {
      Finding finding{MakeDiagnostic(diag::Kind::kCapInfeasible, span,
                                     fmt::format("the slots kept for {} are more than {} has",
                                                 TenantsText(program_, kept), bound.noun)),
                      {},
                      {}};
      finding.diagnostic.caret = arithmetic;
      for (auto it = std::next(stated.begin()); it != stated.end(); ++it) {
        finding.diagnostic.notes.push_back({"note", "and these", program_.SpanOf(it->first)});
      }
      finding.diagnostic.notes.push_back({"note", fmt::format("{} has {}", bound.noun, bound.most), bound.span});
      finding.diagnostic.help.push_back(fmt::format("keep no more than {} in all", CountText(bound.most, "slot")));
      finding.witness.path = {arithmetic, fmt::format("{} has {}", bound.noun, bound.most)};
      for (const TenantId tenant : kept) {
        if (finding.witness.probes.size() < kProbesMax) finding.witness.probes.push_back(PoolProbe(tenant));
      }
      if (result.witness.path.empty()) result.witness = finding.witness;
      return finding;
    });
  }

  void ProvePoolMinimums(PoolId pool) {
    std::vector<TenantId> users;
    for (uint32_t i = 0; i < facts_.shape_count(); ++i) {
      if (facts_.shape(ShapeId(i)).pool != pool) continue;
      users.insert(users.end(), program_.shapes[i].members.begin(), program_.shapes[i].members.end());
    }
    if (std::none_of(users.begin(), users.end(), [&](TenantId t) { return program_.terms(t).min_slots.has_value(); })) {
      return;
    }
    TheoremResult result;
    result.id = "V6";
    result.subject = "the slots kept in pool " + program_.pools[pool.index()].name;
    result.tenants = users;
    ProveMinimums(users, PoolBound(pool), result);
    outcome_.results.push_back(std::move(result));
  }

  void ProveOrg(OrgId id) {
    const sema::Org& org = program_.orgs[id.index()];
    if (!org.together_at_once.has_value()) return;
    const std::vector<TenantId>& members = members_[id.index()];
    if (members.empty()) return;
    TheoremResult result;
    result.id = "V6";
    result.subject = "the cap of org " + org.name;
    result.tenants = members;
    // Members may come, and work in any pool.
    uint64_t slots = 0;
    for (const sema::Pool& pool : program_.pools) slots += pool.slots;
    const source::Span span = program_.SpanOf(org.together_at_once->clause);
    if (!program_.pools.empty() && org.together_at_once->value > slots) {
      result.verdict = Verdict::kRefuted;
      findings_.Add(diag::Kind::kCapInfeasible, span, "pools", {}, [&] {
        Finding finding{
            MakeDiagnostic(diag::Kind::kCapInfeasible, span,
                           fmt::format("org {} may run {} at once, and all pools together have {}", org.name,
                                       GroupedText(org.together_at_once->value), GroupedText(int64_t(slots)))),
            {},
            {}};
        finding.diagnostic.help.push_back(
            fmt::format("together at most {} at once", CountText(static_cast<int64_t>(slots), "workflow")));
        finding.witness.path.push_back(finding.diagnostic.message);
        result.witness = finding.witness;
        return finding;
      });
    }
    ProveMinimums(members, {org.together_at_once->value, "org " + org.name, span, ""}, result);
    outcome_.results.push_back(std::move(result));
  }

  // A cap that an exception raises for a while fits its pool too.
  void ProveExceptions() {
    for (const sema::Exception& exception : program_.exceptions) {
      const sema::Maybe<uint32_t>& cap = exception.with.at_once;
      if (!cap.has_value() || exception.until_ns <= program_.activation_ns || exception.approved_by.empty()) continue;
      TheoremResult result;
      result.id = "V6";
      result.subject = "the cap of exception " + exception.name;
      result.tenants = {exception.tenant};
      for (const Bound& bound : BoundsOf(exception.tenant)) {
        if (cap->value > bound.most) Exceeds(exception.tenant, cap->clause, cap->value, "may run", bound, result);
      }
      outcome_.results.push_back(std::move(result));
    }
  }

  // Tenants' own rates for what an endpoint serves against the endpoint's quota, per day.
  void WarnOfQuotas(EndpointId id) {
    const sema::Endpoint& endpoint = program_.endpoints[id.index()];
    for (const sema::Rate& quota : endpoint.quotas) {
      __int128 sum = 0;
      std::vector<TenantId> limited;
      for (uint32_t i = 0; i < program_.tenant_count(); ++i) {
        const TenantId tenant(i);
        if (!MayServe(tenant, id)) continue;
        std::optional<int64_t> least;  // of several windows the tightest
        for (const sema::Rate& rate : program_.terms(tenant).rates) {
          if (rate.spec.resource != endpoint.resource || rate.spec.tokens != quota.spec.tokens) continue;
          least = std::min(least.value_or(AdmittedPerMonth(rate.spec)), AdmittedPerMonth(rate.spec));
        }
        if (!least.has_value()) continue;
        sum += *least;
        limited.push_back(tenant);
      }
      const int64_t most = AdmittedPerMonth(quota.spec);
      if (limited.empty() || sum <= most) continue;
      const source::Span span = program_.SpanOf(quota.clause);
      findings_.Add(diag::Kind::kOversubscribedQuota, span, "", {}, [&] {
        Finding finding{MakeDiagnostic(diag::Kind::kOversubscribedQuota, span,
                                       fmt::format("the limits of {} together exceed the quota of endpoint {}",
                                                   TenantsText(program_, limited), endpoint.name)),
                        {},
                        {}};
        finding.diagnostic.caret =
            fmt::format("they may ask for {:.3g} times as much", static_cast<double>(sum) / static_cast<double>(most));
        finding.diagnostic.help.push_back(
            "this is sharing by weight, not a mistake; raise the quota if all may use "
            "their limits at the same time");
        return finding;
      });
    }
  }
  bool MayServe(TenantId tenant, EndpointId endpoint) {
    const ShapeId shape = program_.tenants[tenant.index()].shape;
    const auto [it, is_new] = may_serve_.try_emplace({shape, endpoint}, false);
    if (is_new) {
      const std::vector<bool>& legal = facts_.shape(shape).legal[endpoint.index()];
      const bool ever = std::find(legal.begin(), legal.end(), true) != legal.end();
      it->second = ever && std::any_of(facts_.shape(shape).works.begin(), facts_.shape(shape).works.end(),
                                       [&](const WorkFacts& work) { return work.runs && Calls(work, endpoint); });
    }
    return it->second;
  }
  static bool Calls(const WorkFacts& work, EndpointId endpoint) {
    return std::any_of(work.steps.begin(), work.steps.end(), [&](const StepFacts& step) {
      const auto& candidates = step.own.candidates;
      return step.own.allowed && std::find(candidates.begin(), candidates.end(), endpoint) != candidates.end();
    });
  }

  static constexpr size_t kProbesMax = 8;
  const Facts& facts_;
  const Program& program_;
  const std::vector<std::vector<TenantId>> members_;  // by OrgId
  Findings findings_;
  Outcome outcome_;
  std::map<std::pair<ShapeId, EndpointId>, bool> may_serve_;
};

}  // namespace

Outcome ProveCaps(const Facts& facts) { return Caps(facts).Prove(); }

}  // namespace bylaw::verify
