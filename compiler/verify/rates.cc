// V5, rates: the limits of a contract let the calls of its declared volume through within its SLA, however the runs of
// a day come. What the quotas of endpoints let through is in quotas.cc.
//
// Refuted if the runs of an ordinary day, coming at once when the limit is unused, make so many calls that fewer than
// the promised share can finish in time; or if a day's calls are more than a day lets through, for ever. Proved if all
// calls of a peak day are let through in time. In between it is advisory: it depends on when the runs come.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "compiler/verify/demand.h"
#include "compiler/verify/rates.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {

int64_t AdmittedWithin(const abi::RateSpec& spec, DurationNs within) {
  if (spec.window == abi::RateWindow::kEvenly) {
    const auto paced = static_cast<__int128>(within) * spec.amount / spec.window_ns;
    return SaturatingAdd(spec.burst, static_cast<int64_t>(std::min<__int128>(paced, abi::kUnlimitedMicros)));
  }
  const DurationNs window = WindowAtLeast(spec);
  return SaturatingMultiply(spec.amount, within / window + 1);
}

DurationNs WindowAtLeast(const abi::RateSpec& spec) {
  if (spec.window != abi::RateWindow::kCalendar) return spec.window_ns;
  return spec.calendar == abi::CalendarPeriod::kMonth ? 28 * kDayNs : kDayNs;
}

int64_t AdmittedPerMonth(const abi::RateSpec& spec) {
  const auto admitted = static_cast<__int128>(spec.amount) * 31 * kDayNs / WindowAtLeast(spec);
  return static_cast<int64_t>(std::min<__int128>(admitted, abi::kUnlimitedMicros));
}

int64_t FinishInTime(const std::vector<Use>& all, int64_t admitted, int64_t Volume::* runs) {
  std::vector<const Use*> uses;
  for (const Use& use : all) uses.push_back(&use);
  std::sort(uses.begin(), uses.end(), [](const Use* a, const Use* b) { return a->sure < b->sure; });
  int64_t finished = 0;
  for (const Use* use : uses) {
    const int64_t of_this = use->sure == 0 ? use->volume.*runs : std::min(use->volume.*runs, admitted / use->sure);
    finished = SaturatingAdd(finished, of_this);
    admitted -= of_this * use->sure;
  }
  return finished;
}

// By the end of each span, closed at both ends, everything that may come in it has come.
bool CarriesPeaks(const std::vector<Use>& uses, const abi::RateSpec& spec, DurationNs within) {
  std::set<DurationNs> spans = {0};
  for (const Use& use : uses) {
    if (!use.most.has_value()) return false;
    for (const Volume::Bound& bound : use.volume.bounds) {
      for (DurationNs span = bound.span_ns; span < kDayNs; span += bound.span_ns) spans.insert(span);
    }
  }
  return std::all_of(spans.begin(), spans.end(), [&](DurationNs span) {
    int64_t calls = 0;
    for (const Use& use : uses) {
      calls = SaturatingAdd(calls, SaturatingMultiply(use.volume.PeakWithin(span), *use.most));
    }
    return calls <= AdmittedWithin(spec, std::max<DurationNs>(0, span + within));
  });
}

std::string SentenceWith(const sema::Program& program, ClauseId clause, int64_t number) {
  std::string sentence = SentenceText(program, clause);
  if (const size_t at = sentence.find_first_of("0123456789"); at != std::string::npos) {
    const size_t end = std::min(sentence.find_first_not_of("0123456789_", at), sentence.size());
    sentence.replace(at, end - at, GroupedText(number));
  }
  return sentence;
}

namespace {

using sema::Program;

struct Question {
  const sema::Rate& rate;
  std::vector<Use> uses;
  int64_t share_ppm = 1'000'000;
  DurationNs within_ns = kDayNs;  // the SLA's, or a day
  DurationNs call_ns = 0;         // the shortest that a call takes
  bool has_sla = false;
};

int64_t Total(const Question& q, int64_t Volume::* runs) {
  int64_t total = 0;
  for (const Use& use : q.uses) total = SaturatingAdd(total, use.volume.*runs);
  return total;
}

struct Answer {
  Verdict verdict = Verdict::kProved;
  bool sustained = false;  // refuted by what a month lets through, not by the SLA
  int64_t admitted = 0;
};

Answer Decide(const Question& q) {
  Answer answer;
  answer.admitted = AdmittedWithin(q.rate.spec, std::max<DurationNs>(0, q.within_ns - q.call_ns));
  const int64_t needed = ShareOf(q.share_ppm, Total(q, &Volume::usual));
  const int64_t per_month = AdmittedPerMonth(q.rate.spec);
  if (q.has_sla && FinishInTime(q.uses, answer.admitted, &Volume::usual) < needed) {
    answer.verdict = Verdict::kRefuted;
  } else if (FinishInTime(q.uses, per_month, &Volume::monthly) < ShareOf(q.share_ppm, Total(q, &Volume::monthly))) {
    answer.verdict = Verdict::kRefuted;
    answer.sustained = true;
    answer.admitted = per_month;
  } else {
    if (!CarriesPeaks(q.uses, q.rate.spec, q.within_ns - q.call_ns)) answer.verdict = Verdict::kAdvisory;
  }
  return answer;
}

std::string Unit(const Question& q, int64_t n) { return CountText(n, q.rate.spec.tokens ? "token" : "call"); }

Finding Infeasible(const Program& program, const Question& q, const Answer& answer, TenantId tenant) {
  const std::string& resource = program.resources[q.rate.spec.resource.index()].name;
  int64_t Volume::* const runs = answer.sustained ? &Volume::monthly : &Volume::usual;
  int64_t needed = 0;
  std::string sum;
  for (const Use& use : q.uses) {
    if (use.sure == 0) continue;
    needed = SaturatingAdd(needed, SaturatingMultiply(use.volume.*runs, use.sure));
    sum += fmt::format("{}{} x {}", sum.empty() ? "" : " + ", CountText(use.volume.*runs, "run"), Unit(q, use.sure));
  }
  Finding finding{MakeDiagnostic(diag::Kind::kRateInfeasible, program.SpanOf(q.rate.clause),
                                 fmt::format("this limit cannot carry what {} declares{}", TenantName(program, tenant),
                                             answer.sustained ? "" : " within its sla")),
                  {},
                  {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  diagnostic.caret = fmt::format("{} to {} {} at the most", Unit(q, answer.admitted), resource,
                                 answer.sustained ? "in a month" : "within " + FormatDuration(q.within_ns));
  for (const Use& use : q.uses) {
    if (use.sure > 0) diagnostic.notes.push_back({"note", "the declared volume", program.SpanOf(use.volume.clause)});
  }
  const sema::Terms& terms = program.terms(tenant);
  if (!answer.sustained) {
    diagnostic.notes.push_back({"note", "has to be done in this time", program.SpanOf(terms.sla->clause)});
  }
  diagnostic.notes.push_back({"note", fmt::format("{} = {}, retries and replans included", sum, Unit(q, needed)), {}});
  const std::string path =
      fmt::format("the largest {} that fits: {} of {}", answer.sustained ? "month" : "burst",
                  GroupedText(FinishInTime(q.uses, answer.admitted, runs)), CountText(Total(q, runs), "run"));
  diagnostic.notes.push_back({"path", path, {}});
  finding.witness.path = {fmt::format("{} = {}", sum, Unit(q, needed)), path};
  const auto least = static_cast<int64_t>((static_cast<__int128>(q.rate.spec.amount) * needed + answer.admitted - 1) /
                                          std::max<int64_t>(answer.admitted, 1));
  diagnostic.help.push_back(fmt::format("{}, or expect fewer runs", SentenceWith(program, q.rate.clause, least)));
  return finding;
}

// The first step of the volume that calls the limited thing, as a question that shows the call.
void AddCallProbe(const Facts& facts, const Question& q, TenantId tenant, Witness& witness) {
  const Program& program = facts.program();
  const ShapeId shape = program.tenants[tenant.index()].shape;
  for (const Use& use : q.uses) {
    const WorkFacts& work = facts.shape(shape).works[use.volume.workflow.index()];
    for (uint32_t s = 0; s < work.steps.size(); ++s) {
      const Option& own = work.steps[s].own;
      if (own.resource != q.rate.spec.resource || !own.usable()) continue;
      if (!IsProbeable(program, program.shapes[shape.index()], use.volume.workflow, StepId(s))) continue;
      Probe probe = DearestProbe(facts, tenant, use.volume.workflow, StepId(s));
      if (!own.dearest.valid()) probe.at = facts.instants().front();
      probe.resource = own.resource;
      witness.probes.push_back(std::move(probe));
      return;
    }
  }
}

// The shortest that a call of `resource` takes, as its endpoints say.
DurationNs CallTakes(const Program& program, ResourceId resource) {
  std::optional<DurationNs> shortest;
  for (const sema::Endpoint& endpoint : program.endpoints) {
    if (endpoint.resource != resource) continue;
    const DurationNs takes = endpoint.takes_about.has_value() ? endpoint.takes_about->value : 0;
    shortest = std::min(shortest.value_or(takes), takes);
  }
  return shortest.value_or(0);
}

class ShapeRates {
 public:
  ShapeRates(const Facts& facts, ShapeId shape) : facts_(facts), program_(facts.program()), shape_(shape) {}

  void Prove(Findings& findings, Outcome& outcome) {
    TheoremResult result;
    result.id = "V5";
    std::map<std::vector<ClauseId>, std::vector<TenantId>> alike;
    for (const TenantId tenant : program_.shapes[shape_.index()].members) {
      const sema::Terms& terms = program_.terms(tenant);
      if (!terms.rates.empty() && !terms.expects.empty()) alike[DemandSentences(terms)].push_back(tenant);
    }
    std::vector<TenantId> concerned;
    for (const auto& [sentences, tenants] : alike) {
      if (ProveTenants(tenants, findings, result)) concerned.insert(concerned.end(), tenants.begin(), tenants.end());
    }
    if (concerned.empty()) return;
    result.subject = fmt::format("the rates of {} under its declared volume", TenantsText(program_, concerned));
    result.tenants = std::move(concerned);
    outcome.results.push_back(std::move(result));
  }

 private:
  // `tenants` agree in all that matters here. False if nothing they declare may run.
  bool ProveTenants(const std::vector<TenantId>& tenants, Findings& findings, TheoremResult& result) {
    const sema::Terms& terms = program_.terms(tenants.front());
    const std::vector<Volume> volumes = VolumesOf(program_, terms);
    if (volumes.empty()) return false;
    for (const sema::Rate& rate : terms.rates) {
      const Question q = Ask(terms, volumes, rate);
      const Answer answer = Decide(q);
      Weaken(result.verdict, answer.verdict);
      if (answer.verdict != Verdict::kRefuted) continue;
      findings.Add(diag::Kind::kRateInfeasible, program_.SpanOf(rate.clause), "", tenants, [&] {
        Finding finding = Infeasible(program_, q, answer, tenants.front());
        AddCallProbe(facts_, q, tenants.front(), finding.witness);
        if (result.witness.path.empty()) result.witness = finding.witness;
        return finding;
      });
    }
    return true;
  }

  Question Ask(const sema::Terms& terms, const std::vector<Volume>& volumes, const sema::Rate& rate) {
    Question q{rate, {}};
    q.call_ns = CallTakes(program_, rate.spec.resource);
    if (terms.sla.has_value()) {
      q.has_sla = true;
      q.share_ppm = terms.sla->value.share_ppm;
      q.within_ns = terms.sla->value.within_ns;
    }
    const int64_t budget = terms.budget_workflow.has_value() ? terms.budget_workflow->value : abi::kUnlimitedMicros;
    for (const Volume& volume : volumes) {
      const auto key = std::pair(volume.workflow, budget);
      auto it = demands_.find(key);
      if (it == demands_.end()) it = demands_.emplace(key, RunDemand(facts_, shape_, volume.workflow, budget)).first;
      q.uses.push_back({volume, it->second.SureUses(rate.spec.resource, rate.spec.tokens),
                        it->second.MostUses(rate.spec.resource, rate.spec.tokens)});
    }
    return q;
  }

  const Facts& facts_;
  const Program& program_;
  const ShapeId shape_;
  std::map<std::pair<WorkflowId, int64_t>, RunDemand> demands_;
};

}  // namespace

Outcome ProveRates(const Facts& facts) {
  Outcome outcome;
  Findings findings;
  for (uint32_t i = 0; i < facts.shape_count(); ++i) ShapeRates(facts, ShapeId(i)).Prove(findings, outcome);
  ProveQuotas(facts, findings, outcome);
  outcome.findings = findings.Take(facts.program());
  return outcome;
}

}  // namespace bylaw::verify
