// V16, no starvation: every lane and every tenant has some guaranteed service. Weights see to it in a pool (each is at
// least 1), unless a sentence takes all of it away: no place to wait in, a lane without a share, a pool or an org whose
// slots are all kept for others; and, as a warning, a desk that does not serve the tenant's tier.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "compiler/sema/placement.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Terms;

class Starvation {
 public:
  explicit Starvation(const Facts& facts)
      : facts_(facts), program_(facts.program()), members_(MembersOfOrgs(program_)) {}

  Outcome Prove() {
    for (uint32_t i = 0; i < facts_.shape_count(); ++i) ProveShape(ShapeId(i));
    for (uint32_t i = 0; i < program_.pools.size(); ++i) ProvePool(PoolId(i));
    for (uint32_t i = 0; i < program_.orgs.size(); ++i) ProveOrg(OrgId(i));
    outcome_.findings = findings_.Take(program_);
    return std::move(outcome_);
  }

 private:
  void Report(source::Span span, std::string message, std::string caret, std::string help,
              const std::vector<TenantId>& tenants, TheoremResult& result,
              const std::optional<Probe>& probe = std::nullopt, diag::Note note = {"", "", {}},
              diag::Severity severity = diag::Severity::kError) {
    Weaken(result.verdict, severity == diag::Severity::kError ? Verdict::kRefuted : Verdict::kAdvisory);
    findings_.Add(diag::Kind::kStarvingLane, span, "", tenants, [&] {
      Finding finding{MakeDiagnostic(diag::Kind::kStarvingLane, span, std::move(message)), {}, {}};
      finding.diagnostic.severity = severity;
      finding.diagnostic.caret = std::move(caret);
      if (!note.text.empty()) finding.diagnostic.notes.push_back(std::move(note));
      finding.diagnostic.help.push_back(std::move(help));
      finding.witness.path.push_back(finding.diagnostic.message);
      if (probe.has_value()) finding.witness.probes.push_back(*probe);
      if (result.witness.path.empty()) result.witness = finding.witness;
      return finding;
    });
  }

  void ProveShape(ShapeId shape) {
    const std::vector<TenantId>& members = program_.shapes[shape.index()].members;
    TheoremResult result;
    result.id = "V16";
    result.subject = "the lanes, queues and reviewers of " + TenantsText(program_, members);
    result.tenants = members;
    std::set<std::tuple<uint32_t, TierId>> done;
    for (const TenantId tenant : members) {
      const sema::Tenant& row = program_.tenants[tenant.index()];
      if (!done.insert({row.effective, row.tier}).second) continue;
      const Terms& terms = program_.terms(tenant);
      CheckQueue(terms, tenant, result);
      for (const abi::Lane lane : {abi::Lane::kNormal, abi::Lane::kBackground}) {
        CheckLane(terms, lane, shape, tenant, result);
      }
      CheckReviewers(terms, shape, tenant, result);
    }
    outcome_.results.push_back(std::move(result));
  }

  std::vector<TenantId> AllLike(TenantId tenant) const {
    const sema::Tenant& row = program_.tenants[tenant.index()];
    std::vector<TenantId> alike;
    for (const TenantId other : program_.shapes[row.shape.index()].members) {
      const sema::Tenant& own = program_.tenants[other.index()];
      if (own.effective == row.effective && own.tier == row.tier) alike.push_back(other);
    }
    return alike;
  }

  // Every run waits before it is dispatched, if only for a moment.
  void CheckQueue(const Terms& terms, TenantId tenant, TheoremResult& result) {
    if (!terms.waiting.has_value() || terms.waiting->value > 0) return;
    Report(program_.SpanOf(terms.waiting->clause),
           fmt::format("every run of {} is refused: none may wait", TenantName(program_, tenant)),
           "a run waits for its slot, if only for a moment", "at most 1 workflow waiting", AllLike(tenant), result);
  }

  // Urgent work beyond its share becomes normal; other lanes have nothing to become.
  void CheckLane(const Terms& terms, abi::Lane lane, ShapeId shape, TenantId tenant, TheoremResult& result) {
    const sema::Maybe<int64_t>& share = terms.lane_share_ppm[static_cast<size_t>(lane)];
    if (!share.has_value() || share->value > 0) return;
    const std::string used = UseOf(lane, shape);
    if (used.empty()) return;
    const std::string_view name = abi::LaneText(lane);
    Report(program_.SpanOf(share->clause),
           fmt::format("the {} lane of {} is never served", name, TenantName(program_, tenant)), used,
           fmt::format("lane {} at most 10%", name), AllLike(tenant), result);
  }
  std::string UseOf(abi::Lane lane, ShapeId shape) const {
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      if (!facts_.shape(shape).works[w].runs) continue;
      const sema::Workflow& workflow = program_.workflows[w];
      if (workflow.lane == lane) return fmt::format("{} runs in it", workflow.name);
      for (const sema::Rule& rule : program_.rules) {
        const bool puts = std::any_of(rule.effects.begin(), rule.effects.end(), [&](const sema::RuleEffect& effect) {
          return effect.kind == syntax::RuleEffect::Kind::kPutInLane && effect.lane == lane;
        });
        for (uint32_t s = 0; puts && s < workflow.steps.size(); ++s) {
          if (MayApply(program_, rule, program_.shapes[shape.index()], WorkflowId(w), StepId(s))) {
            return fmt::format("rule {} puts {} in it", rule.name, workflow.name);
          }
        }
      }
    }
    return "";
  }

  // People whom the work of this tier waits for, and who do not serve it: a warning, since they could.
  void CheckReviewers(const Terms& terms, ShapeId shape, TenantId tenant, TheoremResult& result) {
    const TierId tier = program_.tenants[tenant.index()].tier;
    const std::string tier_name = tier.valid() ? program_.tiers[tier.index()].name : "";
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      if (!facts_.shape(shape).works[w].runs) continue;
      for (const sema::Step& step : program_.workflows[w].steps) {
        for (const sema::Ask& ask : step.asks) CheckAsked(terms, tier, ask.reviewers, ask.clause, tenant, result);
      }
      for (const sema::Rule& rule : program_.rules) {
        if (!AppliesSomewhere(rule, shape, WorkflowId(w))) continue;
        for (const sema::RuleEffect& effect : rule.effects) {
          const bool asks = effect.kind == syntax::RuleEffect::Kind::kSendToReviewers ||
                            effect.kind == syntax::RuleEffect::Kind::kAskReviewers;
          if (asks) CheckAsked(terms, tier, effect.reviewers, effect.clause, tenant, result);
        }
      }
    }
    if (facts_.shape(shape).ladder == nullptr) return;
    for (const sema::Rung& rung : facts_.shape(shape).ladder->rungs) {
      if (rung.effect != sema::Rung::Effect::kSendToReviewers) continue;
      CheckAsked(terms, tier, rung.reviewers, rung.clause, tenant, result);
    }
  }
  bool AppliesSomewhere(const sema::Rule& rule, ShapeId shape, WorkflowId workflow) const {
    for (uint32_t s = 0; s < program_.workflows[workflow.index()].steps.size(); ++s) {
      if (MayApply(program_, rule, program_.shapes[shape.index()], workflow, StepId(s))) return true;
    }
    return false;
  }
  void CheckAsked(const Terms& terms, TierId tier, ReviewersId named, ClauseId asks, TenantId tenant,
                  TheoremResult& result) {
    const ReviewersId desk = named.valid() ? named : sema::ReviewersFor(program_, terms, tier);
    if (!desk.valid() || !tier.valid()) return CheckNobody(terms, tier, desk, asks, tenant, result);
    const sema::Reviewers& reviewers = program_.reviewers[desk.index()];
    if (sema::ServesTier(reviewers, tier)) return;
    const bool chosen = !named.valid() && terms.reviewers.has_value();
    const source::Span span =
        chosen ? Narrow(program_, program_.SpanOf(terms.reviewers->clause), reviewers.name) : program_.SpanOf(asks);
    std::optional<Probe> probe;
    if (!named.valid()) {
      probe.emplace();
      probe->tenant = tenant;
      probe->reviewers = desk;
    }
    Report(span,
           fmt::format("{} waits for reviewers who do not serve tier {}", TenantName(program_, tenant),
                       program_.tiers[tier.index()].name),
           "nobody there takes its work",
           fmt::format("name tier {} among those that {} serves, or let others review",
                       program_.tiers[tier.index()].name, reviewers.name),
           AllLike(tenant), result, probe, {"note", "serves other tiers", reviewers.span}, diag::Severity::kWarning);
  }
  // Nobody at all: told here only if the tier is what stands in the way; else V1 says so.
  void CheckNobody(const Terms& terms, TierId tier, ReviewersId desk, ClauseId asks, TenantId tenant,
                   TheoremResult& result) {
    if (desk.valid() || !tier.valid() || terms.reviewers.has_value() || program_.reviewers.empty()) return;
    const bool serves = std::any_of(program_.reviewers.begin(), program_.reviewers.end(),
                                    [&](const sema::Reviewers& row) { return sema::ServesTier(row, tier); });
    if (serves) return;
    Probe probe;
    probe.tenant = tenant;
    probe.reviewers = ReviewersId::None();
    const std::string& name = program_.tiers[tier.index()].name;
    Report(program_.SpanOf(asks),
           fmt::format("{} waits for reviewers, and none serve tier {}", TenantName(program_, tenant), name), "",
           fmt::format("name tier {} in some `serves tiers …`", name), AllLike(tenant), result, probe, {"", "", {}},
           diag::Severity::kWarning);
  }

  // Slots that are all kept for some leave nothing for the others.
  void CheckKept(const std::vector<TenantId>& members, uint32_t slots, const std::string& noun, source::Span span,
                 TheoremResult& result) {
    uint64_t kept = 0;
    std::vector<TenantId> without;
    for (const TenantId tenant : members) {
      const sema::Maybe<uint32_t>& least = program_.terms(tenant).min_slots;
      if (least.has_value()) {
        kept += least->value;
      } else {
        without.push_back(tenant);
      }
    }
    if (without.empty() || kept < slots) return;
    if (kept > slots) return Weaken(result.verdict, Verdict::kRefuted);  // V6 tells it
    Probe probe;
    probe.tenant = without.front();
    probe.pool = facts_.shape(program_.tenants[without.front().index()].shape).pool;
    Report(span,
           fmt::format("nothing of {} is left for {}: all {} are kept for others", noun,
                       TenantName(program_, without.front()), CountText(slots, "slot")),
           fmt::format("{} kept", CountText(static_cast<int64_t>(kept), "slot")),
           "keep fewer slots, or keep some for everyone: `at least 1 slot`", without, result, probe);
  }

  void ProvePool(PoolId id) {
    const sema::Pool& pool = program_.pools[id.index()];
    std::vector<TenantId> users;
    for (uint32_t i = 0; i < facts_.shape_count(); ++i) {
      if (facts_.shape(ShapeId(i)).pool != id) continue;
      users.insert(users.end(), program_.shapes[i].members.begin(), program_.shapes[i].members.end());
    }
    // A tenant is counted once, not again under its exceptions.
    std::erase_if(users, [&](TenantId user) { return program_.tenants[user.index()].phase_of.valid(); });
    if (users.empty()) return;
    TheoremResult result;
    result.id = "V16";
    result.subject = "a part of pool " + pool.name + " for everyone";
    result.tenants = users;
    const source::Span span = program_.SpanOf(pool.clause);
    if (pool.room.has_value() && *pool.room == 0) {
      Probe probe;
      probe.tenant = users.front();
      probe.pool = id;
      Report(span,
             fmt::format("every run of {} is refused: pool {} has no room to wait", TenantName(program_, users.front()),
                         pool.name),
             "a run waits for its slot, if only for a moment", "with room for 1_000 waiting", users, result, probe);
    }
    CheckKept(users, pool.slots, "pool " + pool.name, span, result);
    outcome_.results.push_back(std::move(result));
  }

  void ProveOrg(OrgId id) {
    const sema::Org& org = program_.orgs[id.index()];
    if (!org.together_at_once.has_value()) return;
    const std::vector<TenantId>& members = members_[id.index()];
    TheoremResult result;
    result.id = "V16";
    result.subject = "a part of org " + org.name + "'s cap for every member";
    result.tenants = members;
    CheckKept(members, org.together_at_once->value, "org " + org.name, program_.SpanOf(org.together_at_once->clause),
              result);
    outcome_.results.push_back(std::move(result));
  }

  const Facts& facts_;
  const Program& program_;
  const std::vector<std::vector<TenantId>> members_;  // by OrgId
  Findings findings_;
  Outcome outcome_;
};

}  // namespace

Outcome ProveNoStarvation(const Facts& facts) { return Starvation(facts).Prove(); }

}  // namespace bylaw::verify
