// V2, worst-case cost: what a workflow can cost at most fits the budget per workflow, or a ladder that satisfies V3
// degrades in time; what it costs at least fits every budget.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "compiler/sema/candidates.h"
#include "compiler/verify/ladder.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"
#include "compiler/verify/worst_case.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Workflow;

constexpr size_t kTraceAttemptsMax = 1'000;
constexpr size_t kProbesAtEachEnd = 16;

// One question: a workflow of a shape within one budget per workflow.
struct Case {
  const Facts& facts;
  ShapeId shape_id;
  WorkflowId workflow_id;
  int64_t budget = 0;

  const Program& program() const { return facts.program(); }
  const ShapeFacts& shape() const { return facts.shape(shape_id); }
  const Workflow& workflow() const { return program().workflows[workflow_id.index()]; }
  const WorkFacts& work() const { return shape().works[workflow_id.index()]; }
};

// The budgets per workflow of a shape's members: each value with the sentences that state it.
using Budgets = std::map<int64_t, std::map<ClauseId, std::vector<TenantId>>>;

Budgets BudgetsOf(const Program& program, const sema::Shape& shape) {
  Budgets budgets;
  for (const TenantId tenant : shape.members) {
    const sema::Maybe<int64_t>& budget = program.terms(tenant).budget_workflow;
    if (budget.has_value()) budgets[budget->value][budget->clause].push_back(tenant);
  }
  return budgets;
}

Probe ProbeOf(const Case& c, TenantId tenant, StepId step, int64_t remaining) {
  Probe probe = DearestProbe(c.facts, tenant, c.workflow_id, step);
  probe.remaining_micros = remaining;
  return probe;
}

// The dearest run as questions, `remaining` falling by each hi, up to the first that is no longer payable at its price.
std::vector<Probe> ProbesOfDearestRun(const Case& c, TenantId tenant) {
  std::vector<Probe> probes;
  const sema::Shape& members = c.program().shapes[c.shape_id.index()];
  int64_t remaining = c.budget;
  for (const TraceAttempt& attempt : DearestRun(c.workflow(), c.work(), kTraceAttemptsMax)) {
    const StepFacts& facts = c.work().steps[attempt.step.index()];
    if (facts.base_hi_micros == 0) continue;
    const GateQuestion question{c.shape().ladder, c.workflow().steps[attempt.step.index()], facts,
                                c.work().floors.after[attempt.step.index()], c.budget};
    const GateChoice choice = PassGate(question, DearestPrices(facts), remaining);
    const bool dearest = choice.kind == GateChoice::Kind::kProceed && choice.hi_micros == facts.base_hi_micros;
    if (IsProbeable(c.program(), members, c.workflow_id, attempt.step)) {
      Probe probe = ProbeOf(c, tenant, attempt.step, remaining);
      if (dearest) {
        probe.verdict = abi::Verdict::kProceed;
        probe.reserved_micros = choice.hi_micros;
        if (facts.own.dearest.valid()) probe.endpoint = facts.own.dearest;
        probes.push_back(probe);
      } else if (choice.kind == GateChoice::Kind::kStuck) {
        probe.verdict = abi::Verdict::kSuspend;
        probe.reason = abi::Reason::kBudget;
        probes.push_back(probe);
      }
    }
    if (!dearest) break;
    remaining -= choice.hi_micros;
  }
  if (probes.size() > 2 * kProbesAtEachEnd) {
    probes.erase(probes.begin() + kProbesAtEachEnd, probes.end() - kProbesAtEachEnd);
  }
  return probes;
}

// The largest value below the stated one of one bound, a reference into `bounds`, with which the worst case fits, and
// what it then costs; nothing if none does. The cost rises with every bound.
std::optional<std::pair<int64_t, int64_t>> LargestThatFits(const Case& c, Bounds& bounds, int64_t& bound) {
  const auto cost_at = [&](int64_t n) {
    bound = n;
    return WorstCaseMicros(c.workflow(), c.work(), bounds);
  };
  int64_t fits = -1, too_dear = bound;
  while (too_dear - fits > 1) {
    const int64_t middle = fits + (too_dear - fits) / 2;
    (cost_at(middle) <= c.budget ? fits : too_dear) = middle;
  }
  if (fits < 0) return std::nullopt;
  return std::pair(fits, cost_at(fits));
}

// The mildest change of one bound that makes the worst case fit: "replan at most 1 time ($0.44)"; or nothing.
std::string Alternative(const Case& c) {
  constexpr int kBoundsTried = 40;
  const Bounds stated = BoundsOf(c.workflow());
  const auto replanning = std::count_if(stated.replans.begin(), stated.replans.end(), [](int64_t n) { return n > 0; });
  int tried = 0;
  for (const bool replans : {true, false}) {
    for (size_t s = 0; s < c.workflow().steps.size() && tried < kBoundsTried; ++s) {
      Bounds bounds = stated;
      int64_t& bound = (replans ? bounds.replans : bounds.retries)[s];
      if (bound == 0) continue;
      ++tried;
      const auto found = LargestThatFits(c, bounds, bound);
      if (!found) continue;
      const auto [n, cost] = *found;
      const std::string of = replans && replanning == 1 ? "" : " step " + c.workflow().steps[s].name;
      std::string words = fmt::format("{}{} at most {}", replans ? "replan" : "retry", of, TimesText(n));
      if (n == 0) words = replans ? fmt::format("no replan{}", of.empty() ? "" : " of" + of) : "no retry of" + of;
      return fmt::format("{} ({})", words, MoneyText(c.program(), cost));
    }
  }
  return "";
}

// What the dearest run spends, a line a step: "credit: 3 attempts in each of 3 visits, 9 x $0.05".
std::vector<std::string> DearestSteps(const Case& c) {
  const Bounds bounds = BoundsOf(c.workflow());
  const std::vector<int64_t> attempts = AttemptsAtMost(c.workflow(), c.work(), bounds);
  std::vector<std::string> lines;
  size_t unnamed = 0;
  for (const StepId step : c.workflow().order) {
    const int64_t hi = c.work().steps[step.index()].base_hi_micros;
    if (hi == 0) continue;
    if (lines.size() == kStepsNamedMax) {
      ++unnamed;
      continue;
    }
    const int64_t each = bounds.retries[step.index()] + 1, visits = attempts[step.index()] / each;
    const std::string tries = each == 1 ? "" : fmt::format("{} attempts", GroupedText(each));
    std::string line = fmt::format("step {}: ", c.workflow().steps[step.index()].name);
    if (visits > 1) {
      line += each == 1 ? fmt::format("{} visits, ", GroupedText(visits))
                        : fmt::format("{} in each of {} visits, ", tries, GroupedText(visits));
    } else if (each > 1) {
      line += tries + ", ";
    }
    if (attempts[step.index()] > 1) line += fmt::format("{} x ", GroupedText(attempts[step.index()]));
    lines.push_back(line + MoneyText(c.program(), hi));
  }
  if (unnamed > 0) lines.push_back(fmt::format("{} more steps that cost", GroupedText(static_cast<int64_t>(unnamed))));
  return lines;
}

// Where the dearest run stops: "attempt 2 of step credit in its visit 3 needs $0.05, and $0.03 is left"; empty if that
// is further on than anyone would follow.
std::string WhereItBreaks(const Case& c) {
  std::map<StepId, int64_t> visits;
  int64_t left = c.budget;
  for (const TraceAttempt& attempt : DearestRun(c.workflow(), c.work(), kTraceAttemptsMax)) {
    const int64_t visit = visits[attempt.step] += attempt.attempt == 1 ? 1 : 0;
    const int64_t hi = c.work().steps[attempt.step.index()].base_hi_micros;
    if (hi <= left) {
      left -= hi;
      continue;
    }
    const sema::Step& step = c.workflow().steps[attempt.step.index()];
    std::string which = "step " + step.name;
    if (attempt.attempt > 1) which = fmt::format("attempt {} of {}", attempt.attempt, which);
    if (visit > 1) which += fmt::format(", in its visit {},", visit);
    return fmt::format("{} needs {} and {} is left", which, MoneyText(c.program(), hi), MoneyText(c.program(), left));
  }
  return "";
}

// The least budget that passes: what the mandatory steps cost where a ladder keeps the rest payable, else the worst
// case.
int64_t LeastBudget(const Case& c, int64_t worst) {
  const int64_t floor = c.work().floors.entry;
  return floor > c.budget && LadderSatisfiesV3(c.program(), c.shape(), c.workflow_id, floor) ? floor : worst;
}

// "write `budget $0.56 per workflow`, or replan at most 1 time ($0.44)".
std::string HowToPay(const Case& c, int64_t least, int64_t worst) {
  std::string help = fmt::format("write `budget {} per workflow`", MoneyText(c.program(), least));
  if (least < worst) {
    return help + fmt::format(" and let ladder {} save the rest, or {} to pay for the worst case",
                              c.shape().ladder->name, MoneyText(c.program(), worst));
  }
  if (const std::string other = Alternative(c); !other.empty()) help += ", or " + other;
  return help;
}

Finding TooSmall(const Case& c, const sema::Stated<int64_t>& budget, TenantId tenant) {
  const Program& program = c.program();
  const int64_t worst = WorstCaseMicros(c.workflow(), c.work(), BoundsOf(c.workflow()));
  const int64_t floor = c.work().floors.entry;
  Finding finding{
      MakeDiagnostic(diag::Kind::kBudgetTooSmall, NarrowToMoney(program, program.SpanOf(budget.clause)),
                     fmt::format("{} per workflow cannot cover {}", MoneyText(program, c.budget), c.workflow().name)),
      {},
      {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  const std::string trace = WorstCaseTrace(program, c.workflow(), c.work());
  const int64_t least = LeastBudget(c, worst);
  diagnostic.caret = fmt::format("{} too little", MoneyText(program, least - c.budget));
  diagnostic.notes.push_back({"note", trace, {}});
  const std::vector<std::string> steps = DearestSteps(c);
  const std::string breaks = WhereItBreaks(c);
  std::string path = fmt::format("{}", fmt::join(steps, "; "));
  if (!breaks.empty()) path += "; " + breaks;
  diagnostic.notes.push_back({"path", std::move(path), {}});
  if (floor > c.budget) {
    diagnostic.notes.push_back(
        {"note", fmt::format("the mandatory steps alone cost {}, without any failure", MoneyText(program, floor)), {}});
  }
  diagnostic.help.push_back(HowToPay(c, least, worst));
  finding.witness.path.push_back(fmt::format("{} for {}: {}", c.workflow().name, TenantName(program, tenant), trace));
  finding.witness.path.insert(finding.witness.path.end(), steps.begin(), steps.end());
  if (!breaks.empty()) finding.witness.path.push_back(breaks);
  finding.witness.probes = ProbesOfDearestRun(c, tenant);
  return finding;
}

Finding ReliesOnLadder(const Case& c, const sema::Stated<int64_t>& budget) {
  const Program& program = c.program();
  Finding finding{
      MakeDiagnostic(diag::Kind::kBudgetReliesOnLadder, NarrowToMoney(program, program.SpanOf(budget.clause)),
                     fmt::format("{} per workflow covers the worst case of {} only because of ladder {}",
                                 MoneyText(program, c.budget), c.workflow().name, c.shape().ladder->name)),
      {},
      {}};
  finding.diagnostic.notes.push_back({"note", "the rungs", c.shape().ladder->span});
  finding.diagnostic.notes.push_back({"note", WorstCaseTrace(program, c.workflow(), c.work()), {}});
  const int64_t worst = WorstCaseMicros(c.workflow(), c.work(), BoundsOf(c.workflow()));
  finding.diagnostic.help.push_back(
      fmt::format("`budget {} per workflow` would do without it", MoneyText(program, worst)));
  return finding;
}

void ProveCase(const Case& c, const std::map<ClauseId, std::vector<TenantId>>& stated, Findings& findings,
               Outcome& outcome) {
  const Program& program = c.program();
  TheoremResult result;
  result.id = "V2";
  std::vector<TenantId> everyone;
  for (const auto& [clause, tenants] : stated) everyone.insert(everyone.end(), tenants.begin(), tenants.end());
  result.subject = fmt::format("{} within {} for {}", c.workflow().name, MoneyText(program, c.budget),
                               TenantsText(program, everyone));
  result.tenants = std::move(everyone);
  result.assumptions.push_back("assuming costs as stated");
  if (WorstCaseMicros(c.workflow(), c.work(), BoundsOf(c.workflow())) > c.budget) {
    const bool ladder =
        c.work().floors.entry <= c.budget && LadderSatisfiesV3(program, c.shape(), c.workflow_id, c.budget);
    result.verdict = ladder ? Verdict::kAdvisory : Verdict::kRefuted;
    for (const auto& [clause, tenants] : stated) {
      const sema::Stated<int64_t> budget{c.budget, clause};
      Finding finding = ladder ? ReliesOnLadder(c, budget) : TooSmall(c, budget, tenants.front());
      if (!ladder && result.witness.path.empty()) result.witness = finding.witness;
      findings.Add(finding.diagnostic.kind, finding.diagnostic.span, c.workflow().name, tenants,
                   [&] { return std::move(finding); });
    }
  }
  outcome.results.push_back(std::move(result));
}

// F(entry) must fit the month of the tenant and of its org, or no workflow is ever admitted.
void ProveMonths(const Facts& facts, ShapeId shape_id, Findings& findings) {
  const Program& program = facts.program();
  for (const TenantId tenant : program.shapes[shape_id.index()].members) {
    const OrgId org = program.tenants[tenant.index()].org;
    for (const sema::Maybe<int64_t>& month :
         {program.terms(tenant).budget_month,
          org.valid() ? program.orgs[org.index()].together_budget_month : sema::Maybe<int64_t>()}) {
      if (!month.has_value()) continue;
      for (size_t w = 0; w < program.workflows.size(); ++w) {
        const WorkFacts& work = facts.shape(shape_id).works[w];
        if (!work.runs || work.floors.entry <= month->value) continue;
        const source::Span span = NarrowToMoney(program, program.SpanOf(month->clause));
        findings.Add(diag::Kind::kBudgetTooSmall, span, program.workflows[w].name, {tenant}, [&] {
          Finding finding{MakeDiagnostic(diag::Kind::kBudgetTooSmall, span,
                                         fmt::format("{} per month cannot cover a single run of {}",
                                                     MoneyText(program, month->value), program.workflows[w].name)),
                          {},
                          {}};
          const std::string floor = MoneyText(program, work.floors.entry);
          finding.diagnostic.notes.push_back({"note", "its mandatory steps alone cost " + floor, {}});
          finding.diagnostic.help.push_back(fmt::format("write `budget {} per month`, or more", floor));
          return finding;
        });
      }
    }
  }
}

bool NamesMoney(const Program& program, TenantId tenant) {
  const sema::Terms& terms = program.terms(tenant);
  const OrgId org = program.tenants[tenant.index()].org;
  return terms.budget_workflow.has_value() || terms.budget_month.has_value() || terms.ladder.has_value() ||
         (org.valid() && program.orgs[org.index()].together_budget_month.has_value());
}

Finding Unpriced(const Program& program, const sema::Step& step, const Workflow& workflow, EndpointId id,
                 TenantId tenant) {
  const sema::Endpoint& endpoint = program.endpoints[id.index()];
  const bool per_token = endpoint.input_per_million.has_value() || endpoint.output_per_million.has_value();
  Finding finding{MakeDiagnostic(diag::Kind::kMissingTerm, per_token ? step.resource_span : endpoint.span, ""), {}, {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  const std::string name = fmt::format("step {} of {}", step.name, workflow.name);
  if (per_token) {
    diagnostic.message =
        fmt::format("endpoint {} is priced per token, and {} does not say how many it uses", endpoint.name, name);
    diagnostic.help.push_back("say `for at most 2_000 input tokens, 500 output tokens`, with the step's own numbers");
  } else {
    diagnostic.message = fmt::format("nothing says what endpoint {} costs, and {}'s contract names money",
                                     endpoint.name, TenantName(program, tenant));
    diagnostic.notes.push_back({"note", "it may serve " + name, program.SpanOf(step.clause)});
    diagnostic.help.push_back("say `costs at most … per call` at the endpoint, or `costs at most …` at the step");
  }
  return finding;
}

// Prices that are not stated anywhere, for those whose contract names money. True if none is missing.
bool ProvePriced(const Facts& facts, ShapeId shape_id, Findings& findings) {
  const Program& program = facts.program();
  std::vector<TenantId> with_money;
  for (const TenantId tenant : program.shapes[shape_id.index()].members) {
    if (NamesMoney(program, tenant)) with_money.push_back(tenant);
  }
  bool priced = true;
  if (with_money.empty()) return priced;
  for (size_t w = 0; w < program.workflows.size(); ++w) {
    const WorkFacts& work = facts.shape(shape_id).works[w];
    if (!work.runs) continue;
    for (size_t s = 0; s < work.steps.size(); ++s) {
      std::vector<EndpointId> unpriced = work.steps[s].own.unpriced;
      const auto join = [&](const Option& option) {
        unpriced.insert(unpriced.end(), option.unpriced.begin(), option.unpriced.end());
      };
      for (const Option& option : work.steps[s].by_rule) join(option);
      for (const std::optional<Option>& option : work.steps[s].by_rung) {
        if (option.has_value()) join(*option);
      }
      for (const EndpointId id : unpriced) {
        priced = false;
        Finding finding =
            Unpriced(program, program.workflows[w].steps[s], program.workflows[w], id, with_money.front());
        findings.Add(finding.diagnostic.kind, finding.diagnostic.span, program.endpoints[id.index()].name, with_money,
                     [&] { return std::move(finding); });
      }
    }
  }
  return priced;
}

}  // namespace

Outcome ProveWorstCaseCost(const Facts& facts) {
  const Program& program = facts.program();
  Outcome outcome;
  Findings findings;
  for (uint32_t i = 0; i < facts.shape_count(); ++i) {
    const ShapeId shape(i);
    if (!ProvePriced(facts, shape, findings)) {
      TheoremResult result;
      result.id = "V2";
      result.verdict = Verdict::kRefuted;
      result.subject = "the prices of what serves " + TenantsText(program, program.shapes[i].members);
      result.tenants = program.shapes[i].members;
      outcome.results.push_back(std::move(result));
      continue;
    }
    ProveMonths(facts, shape, findings);
    for (const auto& [budget, stated] : BudgetsOf(program, program.shapes[i])) {
      for (uint32_t w = 0; w < program.workflows.size(); ++w) {
        if (!facts.shape(shape).works[w].runs) continue;
        ProveCase({facts, shape, WorkflowId(w), budget}, stated, findings, outcome);
      }
    }
  }
  outcome.findings = findings.Take(program);
  return outcome;
}

}  // namespace bylaw::verify
