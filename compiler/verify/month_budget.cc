// V4, the month's budget: what the declared volume of a month can cost, worst cases included, fits the tenant's budget
// per month, and what the members of an org declare fits the org's.
//
// Refuted if runs that surely happen as the files state them spend more. Where the excess rests on an estimate (`about`
// tokens), on a ladder or on a condition, the same kind is a warning and the theorem advisory.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "compiler/verify/demand.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;

// One workflow's part of a month.
struct Part {
  Volume volume;
  int64_t sure_micros = 0, most_micros = 0;  // of one run
  int64_t tenants = 1;                       // that declare this much each
};

struct Month {
  std::vector<Part> parts;
  int64_t sure = 0, most = 0;

  void Add(const Part& part) {
    parts.push_back(part);
    const int64_t runs = SaturatingMultiply(part.volume.monthly, part.tenants);
    sure = SaturatingAdd(sure, SaturatingMultiply(runs, part.sure_micros));
    most = SaturatingAdd(most, SaturatingMultiply(runs, part.most_micros));
  }
};

// What the tenants with one set of effective terms declare; made once a set.
class Months {
 public:
  explicit Months(const Facts& facts) : facts_(facts), program_(facts.program()) {}

  const std::vector<Part>& Of(TenantId tenant) {
    const sema::Tenant& row = program_.tenants[tenant.index()];
    const auto [it, is_new] = parts_.try_emplace(row.effective);
    if (!is_new) return it->second;
    const sema::Terms& terms = program_.terms(tenant);
    const int64_t budget = terms.budget_workflow.has_value() ? terms.budget_workflow->value : abi::kUnlimitedMicros;
    for (const Volume& volume : VolumesOf(program_, terms)) {
      const auto [demand, is_new_demand] = demands_.try_emplace({row.shape, volume.workflow, budget});
      if (is_new_demand) {
        const RunDemand run(facts_, row.shape, volume.workflow, budget);
        demand->second = {run.sure_micros(), run.most_micros()};
      }
      it->second.push_back({volume, demand->second.first, demand->second.second});
    }
    return it->second;
  }

 private:
  const Facts& facts_;
  const Program& program_;
  std::map<uint32_t, std::vector<Part>> parts_;
  std::map<std::tuple<ShapeId, WorkflowId, int64_t>, std::pair<int64_t, int64_t>> demands_;
};

std::string Arithmetic(const Program& program, const Month& month, bool sure) {
  constexpr size_t kPartsMax = 4;
  std::string text;
  for (size_t i = 0; i < month.parts.size(); ++i) {
    const Part& part = month.parts[i];
    if (i == kPartsMax) {
      text += " + …";
      break;
    }
    if (i > 0) text += " + ";
    if (part.tenants > 1) text += fmt::format("{} x ", CountText(part.tenants, "tenant"));
    const std::string runs = part.volume.per_month
                                 ? CountText(part.volume.monthly, "run")
                                 : fmt::format("31 days x {}", CountText(part.volume.monthly / 31, "run"));
    text += fmt::format("{} x {}", runs, MoneyText(program, sure ? part.sure_micros : part.most_micros));
  }
  return fmt::format("{} = {}", text, MoneyText(program, sure ? month.sure : month.most));
}

// The first day on which the next run is no longer payable, if every day is alike.
int64_t DayItRunsOut(int64_t budget, int64_t month) {
  return std::min<int64_t>(31,
                           static_cast<int64_t>(static_cast<__int128>(budget) * 31 / std::max<int64_t>(month, 1)) + 1);
}

Finding Exceeded(const Program& program, const sema::Stated<int64_t>& budget, const Month& month, bool sure,
                 const std::string& whose, bool together) {
  const int64_t total = sure ? month.sure : month.most;
  const source::Span span = NarrowToMoney(program, program.SpanOf(budget.clause));
  std::vector<Volume> volumes;
  for (const Part& part : month.parts) {
    const auto same = [&](const Volume& volume) { return volume.monthly_clause == part.volume.monthly_clause; };
    if (std::none_of(volumes.begin(), volumes.end(), same)) volumes.push_back(part.volume);
  }
  Finding finding{MakeDiagnostic(diag::Kind::kMonthBudgetExceeded, span,
                                 fmt::format("{} per month {} not cover what {}", MoneyText(program, budget.value),
                                             sure ? "does" : "may", whose)),
                  {},
                  {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  if (!sure) diagnostic.severity = diag::Severity::kWarning;
  diagnostic.caret = fmt::format("{} too little", MoneyText(program, total - budget.value));
  for (const Volume& volume : volumes) {
    diagnostic.notes.push_back({"note", "the declared volume", program.SpanOf(volume.monthly_clause)});
  }
  diagnostic.notes.push_back({"note", Arithmetic(program, month, sure), {}});
  if (!sure) {
    diagnostic.notes.push_back(
        {"note", "this counts estimates, or steps that a ladder, rule or condition may leave out", {}});
  }
  const std::string day = fmt::format("it runs out on day {}", DayItRunsOut(budget.value, total));
  diagnostic.notes.push_back({"path", day, {}});
  std::string help = fmt::format("{}budget {} per month", together ? "together " : "", MoneyText(program, total));
  if (volumes.size() == 1) {
    const int64_t fit = static_cast<int64_t>(static_cast<__int128>(budget.value) *
                                             (volumes[0].per_month ? volumes[0].monthly : volumes[0].daily) / total);
    if (fit > 0) {
      help += fmt::format(", or expects {} runs of {} per {}", GroupedText(fit),
                          program.workflows[volumes[0].workflow.index()].name, volumes[0].per_month ? "month" : "day");
    }
  }
  diagnostic.help.push_back(std::move(help));
  finding.witness.path = {Arithmetic(program, month, sure), day};
  return finding;
}

// The dearest attempt of each step that can be asked about, as the engines price it.
void AddPriceProbes(const Facts& facts, TenantId tenant, WorkflowId workflow, Witness& witness) {
  const Program& program = facts.program();
  const ShapeId shape = program.tenants[tenant.index()].shape;
  const WorkFacts& work = facts.shape(shape).works[workflow.index()];
  for (uint32_t i = 0; i < work.steps.size(); ++i) {
    const Option& own = work.steps[i].own;
    if (!own.dearest.valid() || !own.usable()) continue;
    if (!IsProbeable(program, program.shapes[shape.index()], workflow, StepId(i))) continue;
    Probe probe = DearestProbe(facts, tenant, workflow, StepId(i));
    probe.reserved_micros = own.hi_micros;
    probe.endpoint = own.dearest;
    witness.probes.push_back(std::move(probe));
  }
}

Verdict VerdictOf(const Month& month, int64_t budget) {
  if (month.sure > budget) return Verdict::kRefuted;
  return month.most > budget ? Verdict::kAdvisory : Verdict::kProved;
}

void ProveShape(const Facts& facts, ShapeId shape_id, Months& months, Findings& findings, Outcome& outcome) {
  const Program& program = facts.program();
  const sema::Shape& shape = program.shapes[shape_id.index()];
  TheoremResult result;
  result.id = "V4";
  std::vector<TenantId> concerned;
  for (const TenantId tenant : shape.members) {
    const sema::Maybe<int64_t>& budget = program.terms(tenant).budget_month;
    if (!budget.has_value() || months.Of(tenant).empty()) continue;
    concerned.push_back(tenant);
    Month month;
    for (const Part& part : months.Of(tenant)) month.Add(part);
    const Verdict verdict = VerdictOf(month, budget->value);
    Weaken(result.verdict, verdict);
    if (verdict == Verdict::kProved) continue;
    findings.Add(diag::Kind::kMonthBudgetExceeded, NarrowToMoney(program, program.SpanOf(budget->clause)), "", {tenant},
                 [&] {
                   Finding finding =
                       Exceeded(program, *budget, month, verdict == Verdict::kRefuted,
                                fmt::format("{} may spend on its declared volume", TenantName(program, tenant)), false);
                   AddPriceProbes(facts, tenant, month.parts.front().volume.workflow, finding.witness);
                   if (result.witness.path.empty()) result.witness = finding.witness;
                   return finding;
                 });
  }
  if (concerned.empty()) return;
  result.subject =
      fmt::format("the declared volume of {} within its budget per month", TenantsText(program, concerned));
  result.tenants = std::move(concerned);
  result.assumptions.push_back("assuming costs as stated, and a month of 31 days at the declared volume");
  outcome.results.push_back(std::move(result));
}

// Members that declare the same part are counted together.
Month MonthOfOrg(const std::vector<TenantId>& members, Months& months) {
  std::map<std::tuple<ClauseId, int64_t, int64_t>, Part> merged;
  for (const TenantId tenant : members) {
    for (const Part& part : months.Of(tenant)) {
      const auto [it, is_new] = merged.try_emplace({part.volume.clause, part.sure_micros, part.most_micros}, part);
      if (!is_new) ++it->second.tenants;
    }
  }
  Month month;
  for (const auto& [key, part] : merged) month.Add(part);
  return month;
}

void ProveOrgs(const Facts& facts, Months& months, Findings& findings, Outcome& outcome) {
  const Program& program = facts.program();
  const std::vector<std::vector<TenantId>> members = MembersOfOrgs(program);
  for (uint32_t i = 0; i < program.orgs.size(); ++i) {
    const sema::Maybe<int64_t>& budget = program.orgs[i].together_budget_month;
    if (!budget.has_value()) continue;
    const Month month = MonthOfOrg(members[i], months);
    if (month.parts.empty()) continue;
    TheoremResult result;
    result.id = "V4";
    result.subject = fmt::format("the declared volumes of org {} within its budget per month", program.orgs[i].name);
    result.tenants = members[i];
    result.assumptions.push_back("assuming costs as stated, and a month of 31 days at the declared volume");
    result.verdict = VerdictOf(month, budget->value);
    const auto silent =
        std::find_if(members[i].begin(), members[i].end(), [&](TenantId tenant) { return months.Of(tenant).empty(); });
    if (silent != members[i].end()) {
      Weaken(result.verdict, Verdict::kAdvisory);
      result.assumptions.push_back(
          fmt::format("not counted: {}, which declares no volume", TenantName(program, *silent)));
    }
    if (month.most > budget->value) {
      Finding finding = Exceeded(program, *budget, month, month.sure > budget->value,
                                 fmt::format("the members of org {} may spend together", program.orgs[i].name), true);
      result.witness = finding.witness;
      findings.Add(diag::Kind::kMonthBudgetExceeded, finding.diagnostic.span, "together", {},
                   [&] { return std::move(finding); });
    }
    outcome.results.push_back(std::move(result));
  }
}

}  // namespace

Outcome ProveMonthBudget(const Facts& facts) {
  Outcome outcome;
  Findings findings;
  Months months(facts);
  for (uint32_t i = 0; i < facts.shape_count(); ++i) ProveShape(facts, ShapeId(i), months, findings, outcome);
  ProveOrgs(facts, months, findings, outcome);
  outcome.findings = findings.Take(facts.program());
  return outcome;
}

}  // namespace bylaw::verify
