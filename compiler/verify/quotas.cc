// The quotas of V5: an endpoint's own limit, which all tenants share, lets through what they declare.
//
// Refuted if a month of everybody's ordinary days, each run calling no more than it surely does while everything is up,
// is more than a month of the quota; or if one tenant's ordinary burst is, within its SLA, though the whole quota were
// lent to it. Proved if everything that may go there is let through, all tenants sending their peaks at once, within
// the shortest SLA among them. In between it is advisory, also where a tenant that may call it declares no volume.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "compiler/verify/rates.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;

// Tenants that declare and may do the same.
struct Callers {
  std::vector<TenantId> tenants;
  std::vector<Use> uses;  // of one tenant
  int64_t share_ppm = 1'000'000;
  std::optional<DurationNs> within_ns;
  bool silent = false;  // it runs something that calls the endpoint and declares no volume of it
};

struct Quota {
  EndpointId endpoint;
  const sema::Rate& rate;
  std::vector<Callers> callers;
  DurationNs call_ns = 0;

  std::string Unit(int64_t n) const { return CountText(n, rate.spec.tokens ? "token" : "call"); }
  int64_t AdmittedIn(DurationNs within) const {
    return AdmittedWithin(rate.spec, std::max<DurationNs>(0, within - call_ns));
  }
};

int64_t Total(const std::vector<Use>& uses, int64_t Volume::* runs) {
  int64_t total = 0;
  for (const Use& use : uses) total = SaturatingAdd(total, use.volume.*runs);
  return total;
}

// What `uses` surely need of so many of their runs, the ones with the fewest uses first.
int64_t LeastUses(std::vector<Use> uses, int64_t runs, int64_t Volume::* of) {
  std::sort(uses.begin(), uses.end(), [](const Use& a, const Use& b) { return a.sure < b.sure; });
  int64_t least = 0;
  for (const Use& use : uses) {
    const int64_t counted = std::min(runs, use.volume.*of);
    runs -= counted;
    least = SaturatingAdd(least, SaturatingMultiply(counted, use.sure));
  }
  return least;
}

class QuotaProofs {
 public:
  QuotaProofs(const Facts& facts, Findings& findings, Outcome& outcome)
      : facts_(facts), program_(facts.program()), findings_(findings), outcome_(outcome) {}

  void Prove() {
    for (uint32_t i = 0; i < program_.tenant_count(); ++i) {
      const sema::Tenant& tenant = program_.tenants[i];
      groups_[{tenant.shape.value(), tenant.effective}].push_back(TenantId(i));
    }
    for (uint32_t e = 0; e < program_.endpoints.size(); ++e) {
      for (const sema::Rate& rate : program_.endpoints[e].quotas) ProveQuota(EndpointId(e), rate);
    }
  }

 private:
  void ProveQuota(EndpointId endpoint, const sema::Rate& rate) {
    const auto& takes = program_.endpoints[endpoint.index()].takes_about;
    Quota quota{endpoint, rate, {}, takes.has_value() ? takes->value : 0};
    for (const auto& [key, tenants] : groups_) {
      Callers callers = CallersOf(tenants, endpoint, rate.spec.tokens);
      if (callers.silent || !callers.uses.empty()) quota.callers.push_back(std::move(callers));
    }
    TheoremResult result;
    result.id = "V5";
    for (const Callers& callers : quota.callers) {
      if (!callers.uses.empty()) {
        result.tenants.insert(result.tenants.end(), callers.tenants.begin(), callers.tenants.end());
      }
    }
    if (result.tenants.empty()) return;  // nobody declares anything
    result.subject = fmt::format("the quota of endpoint {} under what {} declare", Name(endpoint),
                                 TenantsText(program_, result.tenants));
    if (RefuteMonth(quota, result) || RefuteBursts(quota, result)) {
      result.verdict = Verdict::kRefuted;
    } else if (!CarriesAll(quota)) {
      result.verdict = Verdict::kAdvisory;
    }
    outcome_.results.push_back(std::move(result));
  }

  Callers CallersOf(const std::vector<TenantId>& tenants, EndpointId endpoint, bool tokens) {
    const sema::Tenant& one = program_.tenants[tenants.front().index()];
    const sema::Terms& terms = program_.terms(tenants.front());
    const int64_t budget = terms.budget_workflow.has_value() ? terms.budget_workflow->value : abi::kUnlimitedMicros;
    Callers callers;
    callers.tenants = tenants;
    if (terms.sla.has_value()) {
      callers.share_ppm = terms.sla->value.share_ppm;
      callers.within_ns = terms.sla->value.within_ns;
    }
    const std::vector<Volume> volumes = VolumesOf(program_, terms);
    const std::vector<bool>& legal = facts_.shape(one.shape).legal[endpoint.index()];
    if (std::find(legal.begin(), legal.end(), true) == legal.end()) return callers;
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      if (!MayRun(terms, WorkflowId(w))) continue;
      const RunDemand& demand = DemandOf(one.shape, WorkflowId(w), budget);
      const std::optional<int64_t> most = demand.MostUsesAt(endpoint, tokens);
      if (most == std::optional<int64_t>(0)) continue;
      const auto volume = std::find_if(volumes.begin(), volumes.end(),
                                       [&](const Volume& row) { return row.workflow == WorkflowId(w); });
      if (volume == volumes.end()) {
        callers.silent = true;
      } else {
        callers.uses.push_back({*volume, demand.SureUsesAt(endpoint, tokens), most});
      }
    }
    return callers;
  }
  const RunDemand& DemandOf(ShapeId shape, WorkflowId workflow, int64_t budget) {
    const std::tuple key(shape, workflow, budget);
    const auto it = demands_.find(key);
    if (it != demands_.end()) return it->second;
    return demands_.emplace(key, RunDemand(facts_, shape, workflow, budget)).first->second;
  }

  bool RefuteMonth(const Quota& quota, TheoremResult& result) {
    const int64_t admitted = AdmittedPerMonth(quota.rate.spec);
    int64_t needed = 0;
    for (const Callers& callers : quota.callers) {
      const int64_t runs = ShareOf(callers.share_ppm, Total(callers.uses, &Volume::monthly));
      needed = SaturatingAdd(
          needed, SaturatingMultiply(LeastUses(callers.uses, runs, &Volume::monthly), std::ssize(callers.tenants)));
    }
    if (needed <= admitted) return false;
    std::vector<const Callers*> all;
    for (const Callers& callers : quota.callers) all.push_back(&callers);
    Refute(quota, all, needed, admitted, 0, result);
    return true;
  }

  bool RefuteBursts(const Quota& quota, TheoremResult& result) {
    bool refuted = false;
    for (const Callers& callers : quota.callers) {
      if (!callers.within_ns.has_value()) continue;
      const int64_t admitted = quota.AdmittedIn(*callers.within_ns);
      const int64_t runs = ShareOf(callers.share_ppm, Total(callers.uses, &Volume::usual));
      const int64_t needed = LeastUses(callers.uses, runs, &Volume::usual);
      if (needed <= admitted) continue;
      refuted = true;
      Refute(quota, {&callers}, needed, admitted, *callers.within_ns, result);
    }
    return refuted;
  }

  // Told at the quota, once, with all whom it fails. `within` is 0 for what a month has to carry.
  void Refute(const Quota& quota, const std::vector<const Callers*>& callers, int64_t needed, int64_t admitted,
              DurationNs within, TheoremResult& result) {
    const std::string when = within == 0 ? "in a month" : "within " + FormatDuration(within);
    std::vector<TenantId> tenants;
    for (const Callers* one : callers) {
      const bool sure = std::any_of(one->uses.begin(), one->uses.end(), [](const Use& use) { return use.sure > 0; });
      if (sure) tenants.insert(tenants.end(), one->tenants.begin(), one->tenants.end());
    }
    const source::Span span = program_.SpanOf(quota.rate.clause);
    // Of a month all are named at once; of bursts the first, and then who else.
    const bool together = within == 0;
    const std::string who = together ? TenantsText(program_, tenants) : TenantName(program_, tenants.front());
    const bool many = together && tenants.size() > 1;
    const std::vector<TenantId> others = together ? std::vector<TenantId>() : tenants;
    findings_.Add(diag::Kind::kRateInfeasible, span, "", others, [&] {
      Finding finding{MakeDiagnostic(diag::Kind::kRateInfeasible, span,
                                     fmt::format("the quota of endpoint {} cannot carry what {} {}",
                                                 Name(quota.endpoint), who, many ? "declare" : "declares")),
                      {},
                      {}};
      diag::Diagnostic& diagnostic = finding.diagnostic;
      diagnostic.caret = fmt::format("{} {} at the most, for all tenants together", quota.Unit(admitted), when);
      std::vector<ClauseId> told;
      for (const Callers* one : callers) {
        for (const Use& use : one->uses) {
          const bool known = std::find(told.begin(), told.end(), use.volume.clause) != told.end();
          if (use.sure == 0 || known || told.size() == kVolumesTold) continue;
          told.push_back(use.volume.clause);
          diagnostic.notes.push_back({"note", "a declared volume", program_.SpanOf(use.volume.clause)});
        }
      }
      const std::string sum =
          fmt::format("{} are sure {}, though nothing fails and nothing is retried", quota.Unit(needed), when);
      diagnostic.notes.push_back({"note", sum, {}});
      const auto least = static_cast<int64_t>((static_cast<__int128>(quota.rate.spec.amount) * needed + admitted - 1) /
                                              std::max<int64_t>(admitted, 1));
      diagnostic.help.push_back(fmt::format("{}, if the provider grants it, or expect fewer runs",
                                            SentenceWith(program_, quota.rate.clause, least)));
      finding.witness.path = {sum, diagnostic.caret};
      AddCallProbe(quota, tenants, finding.witness);
      if (result.witness.path.empty()) result.witness = finding.witness;
      return finding;
    });
  }

  // A step of theirs that this endpoint serves, as a question that shows the call.
  void AddCallProbe(const Quota& quota, const std::vector<TenantId>& tenants, Witness& witness) const {
    for (const TenantId tenant : tenants) {
      const sema::Shape& shape = program_.shapes[program_.tenants[tenant.index()].shape.index()];
      const ShapeFacts& shape_facts = facts_.shape(program_.tenants[tenant.index()].shape);
      for (const Volume& volume : VolumesOf(program_, program_.terms(tenant))) {
        const WorkFacts& work = shape_facts.works[volume.workflow.index()];
        for (uint32_t s = 0; s < work.steps.size(); ++s) {
          const std::vector<EndpointId>& candidates = work.steps[s].own.candidates;
          const auto serves = std::find_if(candidates.begin(), candidates.end(),
                                           [&](EndpointId id) { return shape_facts.legal[id.index()].front(); });
          if (serves == candidates.end() || *serves != quota.endpoint) continue;
          if (!IsProbeable(program_, shape, volume.workflow, StepId(s))) continue;
          Probe probe;
          probe.tenant = tenant;
          probe.workflow = volume.workflow;
          probe.step = StepId(s);
          probe.at = facts_.instants().front();
          probe.endpoint = quota.endpoint;
          witness.probes.push_back(std::move(probe));
          return;
        }
      }
    }
  }

  // Whether everybody's peaks fit together.
  static bool CarriesAll(const Quota& quota) {
    std::vector<Use> together;
    DurationNs within = kDayNs;
    for (const Callers& callers : quota.callers) {
      if (callers.silent) return false;
      if (callers.within_ns.has_value()) within = std::min(within, *callers.within_ns);
      for (Use use : callers.uses) {
        if (!use.most.has_value()) return false;
        use.most = SaturatingMultiply(*use.most, std::ssize(callers.tenants));
        together.push_back(std::move(use));
      }
    }
    return CarriesPeaks(together, quota.rate.spec, within - quota.call_ns);
  }

  const std::string& Name(EndpointId endpoint) const { return program_.endpoints[endpoint.index()].name; }

  static constexpr size_t kVolumesTold = 4;
  const Facts& facts_;
  const Program& program_;
  Findings& findings_;
  Outcome& outcome_;
  std::map<std::pair<uint32_t, uint32_t>, std::vector<TenantId>> groups_;  // by shape and effective terms
  std::map<std::tuple<ShapeId, WorkflowId, int64_t>, RunDemand> demands_;
};

}  // namespace

void ProveQuotas(const Facts& facts, Findings& findings, Outcome& outcome) {
  const Program& program = facts.program();
  const bool limited = std::any_of(program.endpoints.begin(), program.endpoints.end(),
                                   [](const sema::Endpoint& endpoint) { return !endpoint.quotas.empty(); });
  const bool declared = std::any_of(program.effective.begin(), program.effective.end(),
                                    [](const sema::Terms& terms) { return !terms.expects.empty(); });
  if (limited && declared) QuotaProofs(facts, findings, outcome).Prove();
}

}  // namespace bylaw::verify
