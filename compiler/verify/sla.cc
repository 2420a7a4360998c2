// V7, the SLA: refuted when even ideal capacity cannot finish the promised share of the declared volume in time, proved
// by a bound on declared arrivals, advisory in between (sla_bound.h).
#include <fmt/format.h>

#include <map>
#include <tuple>

#include "compiler/verify/sla.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;

std::string PoolNote(const Capacity& capacity) {
  if (capacity.reviews) return CountText(capacity.slots, "person") + " at this desk";
  return CountText(capacity.slots, "slot") + " at the most";
}

// "4_750 runs at 50 slots and 45 seconds each take at least 71.25 minutes".
std::string Arithmetic(const SlaBound::Refusal& refusal) {
  const bool one = refusal.batches.size() == 1;
  const std::string each =
      one ? fmt::format(" and {} each", TimeText(refusal.batches[0].each_ns)) : ", each as short as it can be,";
  const std::string at = !refusal.capacity.clause.valid() ? ""
                         : refusal.capacity.reviews
                             ? fmt::format(" with {}", CountText(refusal.capacity.slots, "reviewer"))
                             : fmt::format(" at {}", CountText(refusal.capacity.slots, "slot"));
  return fmt::format("{}{}{} take at least {}", CountText(refusal.needed, "run"), at,
                     at.empty() && one ? fmt::format(" of {} each", TimeText(refusal.batches[0].each_ns)) : each,
                     TimeText(refusal.least_ns));
}

// Slots that would be enough, if the binding resource had them.
std::optional<int64_t> EnoughSlots(const SlaBound::Refusal& refusal, DurationNs within) {
  constexpr int64_t kSlotsMax = 10'000'000;
  Capacity more = refusal.capacity;
  more.burst_slots = 0;
  const auto fits = [&](int64_t slots) {
    more.slots = slots;
    return LeastTime(refusal.batches, refusal.needed, more) <= within;
  };
  if (!fits(kSlotsMax)) return std::nullopt;
  int64_t low = 0, high = kSlotsMax;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (fits(middle) ? high : low) = middle;
  }
  return high;
}

Probe PoolProbe(const Facts& facts, TenantId tenant) {
  Probe probe;
  probe.tenant = tenant;
  probe.pool = facts.shape(facts.program().tenants[tenant.index()].shape).pool;
  return probe;
}

}  // namespace

Finding SlaRefused(const Facts& facts, const SlaQuestion& question, const SlaBound::Refusal& refusal,
                   const SlaSentence& sentence) {
  const Program& program = facts.program();
  const DurationNs within = refusal.by_day ? kDayNs : question.within_ns;
  Finding finding{
      MakeDiagnostic(sentence.kind, sentence.span,
                     fmt::format("{} of what {} declares cannot be done within {}", PercentText(question.share_ppm),
                                 TenantName(program, question.tenant), TimeText(within))),
      {},
      {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  const std::string arithmetic = Arithmetic(refusal);
  diagnostic.caret = fmt::format("at least {}", TimeText(refusal.least_ns));
  for (const Volume& volume : refusal.volumes) {
    diagnostic.notes.push_back({"note", "the declared volume, however it comes", program.SpanOf(volume.clause)});
  }
  if (refusal.capacity.clause.valid()) {
    diagnostic.notes.push_back({"note", PoolNote(refusal.capacity), program.SpanOf(refusal.capacity.clause)});
  }
  diagnostic.notes.push_back({"note", arithmetic, {}});
  if (refusal.by_day) diagnostic.notes.push_back({"note", "each day adds more than a day's work", {}});
  std::string help = refusal.by_day ? std::string("declare less")
                                    : fmt::format("sla {} within {}", PercentText(question.share_ppm),
                                                  TimeText(RoundUp(refusal.least_ns)));
  if (const std::optional<int64_t> slots = EnoughSlots(refusal, within); slots && refusal.capacity.clause.valid()) {
    help += fmt::format(", or {}: {} would do", refusal.capacity.noun, GroupedText(*slots));
  }
  diagnostic.help.push_back(std::move(help));
  finding.witness.path = {arithmetic};
  finding.witness.probes.push_back(PoolProbe(facts, question.tenant));
  return finding;
}

Finding SlaUndecided(const Facts& facts, SlaBound& bound, const SlaQuestion& question, const std::string& why_not,
                     const SlaSentence& sentence) {
  const Program& program = facts.program();
  const std::vector<Volume> volumes = VolumesOf(program, program.terms(question.tenant));
  Finding finding{MakeDiagnostic(diag::Kind::kSlaAdvisory, sentence.span,
                                 fmt::format("whether {} gets {} within {} is neither proved nor refuted",
                                             TenantName(program, question.tenant), PercentText(question.share_ppm),
                                             TimeText(question.within_ns))),
                  {},
                  {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  diagnostic.notes.push_back({"note", why_not, {}});
  if (volumes.empty()) {
    const auto& workflows = program.workflows;
    std::string name = "…";
    for (size_t w = workflows.size(); w-- > 0;) {
      if (MayRun(program.terms(question.tenant), WorkflowId(static_cast<uint32_t>(w)))) name = workflows[w].name;
    }
    diagnostic.help.push_back(
        fmt::format("declare what is promised to be carried: `expects 200 runs of {} per day`", name));
    return finding;
  }
  if (const std::optional<int64_t> burst = bound.LargestBurst(question);
      burst.has_value() && *burst < volumes.front().peak) {
    diagnostic.notes.push_back({"note",
                                fmt::format("at the peak of {}, at most {} may come at once",
                                            CountText(volumes.front().peak, "run"), GroupedText(*burst)),
                                program.SpanOf(volumes.front().clause)});
  }
  diagnostic.help.push_back("see how it goes: `bylaw simulate`, with a scenario of such a day");
  return finding;
}

DurationNs RoundUp(DurationNs duration) {
  const DurationNs unit = duration >= kHourNs ? 10 * kMinuteNs : duration >= kMinuteNs ? kMinuteNs : kSecondNs;
  return (duration + unit - 1) / unit * unit;
}

Outcome ProveSla(const Facts& facts) {
  const Program& program = facts.program();
  Outcome outcome;
  Findings findings;
  SlaBound bound(facts);
  for (uint32_t i = 0; i < facts.shape_count(); ++i) {
    // Tenants with the same terms in the same org are proved once.
    std::map<std::tuple<std::vector<ClauseId>, OrgId>, std::vector<TenantId>> alike;
    for (const TenantId tenant : program.shapes[i].members) {
      const sema::Tenant& row = program.tenants[tenant.index()];
      const sema::Terms& terms = program.terms(tenant);
      if (terms.sla.has_value()) alike[{DemandSentences(terms), row.org}].push_back(tenant);
    }
    if (alike.empty()) continue;
    TheoremResult result;
    result.id = "V7";
    result.assumptions.push_back(
        "assuming steps take about as long as stated, endpoints are up and nobody sends more than is declared");
    std::vector<TenantId> concerned;
    for (const auto& [key, tenants] : alike) {
      const sema::Stated<sema::Sla>& sla = *program.terms(tenants.front()).sla;
      const SlaQuestion question{tenants.front(), sla.value.share_ppm, sla.value.within_ns};
      const SlaSentence sentence{diag::Kind::kSlaInfeasible, program.SpanOf(sla.clause)};
      concerned.insert(concerned.end(), tenants.begin(), tenants.end());
      if (const auto refusal = bound.Refute(question); refusal.has_value()) {
        Finding finding = SlaRefused(facts, question, *refusal, sentence);
        Weaken(result.verdict, Verdict::kRefuted);
        if (result.witness.path.empty()) result.witness = finding.witness;
        findings.Add(finding.diagnostic.kind, sentence.span, "", tenants, [&] { return std::move(finding); });
        continue;
      }
      const SlaBound::Proof proof = bound.Prove(question);
      if (proof.why_not.empty()) continue;
      Weaken(result.verdict, Verdict::kAdvisory);
      findings.Add(diag::Kind::kSlaAdvisory, sentence.span, "", tenants,
                   [&] { return SlaUndecided(facts, bound, question, proof.why_not, sentence); });
    }
    result.subject = "the sla of " + TenantsText(program, concerned);
    result.tenants = std::move(concerned);
    outcome.results.push_back(std::move(result));
  }
  outcome.findings = findings.Take(program);
  return outcome;
}

}  // namespace bylaw::verify
