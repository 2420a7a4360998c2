// V3, ladder safety: thresholds fall, each rung makes the step cheaper, the last costs nothing or hands to a person,
// and from no reachable (step, remaining) is a workflow stuck.
#include "compiler/verify/ladder.h"

#include <fmt/format.h>

#include <map>

#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Ladder;
using sema::Program;
using sema::Rung;

// The first rung whose threshold does not lie below the one before it in the same unit; nothing if all fall.
std::optional<size_t> RungOutOfOrder(const Ladder& ladder) {
  std::optional<int64_t> percent, money;
  for (size_t i = 0; i < ladder.rungs.size(); ++i) {
    const Rung& rung = ladder.rungs[i];
    std::optional<int64_t>& last = rung.is_percent ? percent : money;
    const int64_t here = rung.is_percent ? rung.below_ppm : rung.below_micros;
    if (last.has_value() && here >= *last) return i;
    last = here;
  }
  return std::nullopt;
}

const std::string& StepName(const Program& program, WorkflowId workflow, StepId step) {
  return program.workflows[workflow.index()].steps[step.index()].name;
}

std::string StepText(const Program& program, WorkflowId workflow, StepId step) {
  return fmt::format("step {} of {}", StepName(program, workflow, step), program.workflows[workflow.index()].name);
}

void ReportOrder(const Program& program, Findings& findings, std::vector<bool>& broken) {
  for (size_t i = 0; i < program.ladders.size(); ++i) {
    const Ladder& ladder = program.ladders[i];
    const std::optional<size_t> rung = RungOutOfOrder(ladder);
    broken[i] = rung.has_value();
    if (!rung.has_value()) continue;
    findings.Add(diag::Kind::kLadderGap, ladder.rungs[*rung].span, "order", {}, [&] {
      Finding finding{MakeDiagnostic(diag::Kind::kLadderGap, ladder.rungs[*rung].span,
                                     fmt::format("the thresholds of ladder {} do not fall", ladder.name)),
                      {},
                      {}};
      finding.diagnostic.caret = "this rung must lie below the one before it";
      finding.diagnostic.notes.push_back({"note", "the rung before it", ladder.rungs[*rung - 1].span});
      finding.diagnostic.help.push_back(fmt::format("write the rungs from the highest threshold down: `{}` before `{}`",
                                                    program.sources->text(ladder.rungs[*rung].span),
                                                    program.sources->text(ladder.rungs[*rung - 1].span)));
      finding.witness.path.push_back(fmt::format("ladder {}, rung {}", ladder.name, *rung + 1));
      return finding;
    });
  }
}

Finding NotCheaperFinding(const Program& program, const ShapeFacts& shape, const NotCheaper& fault) {
  const Rung& rung = shape.ladder->rungs[fault.rung];
  const std::string step = StepText(program, fault.workflow, fault.step);
  Finding finding{MakeDiagnostic(diag::Kind::kLadderNotCheaper, rung.span,
                                 fmt::format("using model {} does not make {} cheaper",
                                             program.resources[rung.model.index()].name, step)),
                  {},
                  {}};
  finding.diagnostic.caret = fmt::format("{} a call, {} without this rung", MoneyText(program, fault.after_micros),
                                         MoneyText(program, fault.before_micros));
  finding.diagnostic.notes.push_back(
      {"note", "this step",
       program.SpanOf(program.workflows[fault.workflow.index()].steps[fault.step.index()].clause)});
  finding.diagnostic.help.push_back(fmt::format("name a model that costs less than {} a call, or leave this rung out",
                                                MoneyText(program, fault.before_micros)));
  finding.witness.path.push_back(step);
  return finding;
}

Finding LastRungFinding(const Program& program, const ShapeFacts& shape, const LastRungCosts& fault) {
  const Rung& rung = shape.ladder->rungs.back();
  const std::string step = StepText(program, fault.workflow, fault.step);
  Finding finding{MakeDiagnostic(diag::Kind::kLadderGap, rung.span,
                                 fmt::format("the last rung of ladder {} still costs money", shape.ladder->name)),
                  {},
                  {}};
  finding.diagnostic.caret = fmt::format("{} is still to be paid", step);
  finding.diagnostic.help.push_back(fmt::format(
      "end the ladder with a rung that costs nothing: `when budget below {}: send to reviewers`",
      MoneyText(program, shape.works[fault.workflow.index()].steps[fault.step.index()].cheapest_hi_micros)));
  finding.witness.path.push_back(step);
  return finding;
}

Finding StuckFinding(const Program& program, const ShapeFacts& shape, WorkflowId workflow, const Stuck& stuck,
                     TenantId tenant, int64_t budget) {
  const WorkFacts& work = shape.works[workflow.index()];
  const StepFacts& facts = work.steps[stuck.step.index()];
  const int64_t after = work.floors.after[stuck.step.index()];
  const std::string step = StepText(program, workflow, stuck.step);
  const std::string left = MoneyText(program, stuck.remaining_micros);
  Finding finding{
      MakeDiagnostic(diag::Kind::kLadderStuck, shape.ladder->span,
                     fmt::format("no rung of ladder {} pays for {} with {} left", shape.ladder->name, step, left)),
      {},
      {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  const std::string need = MoneyText(program, SaturatingAdd(facts.cheapest_hi_micros, after));
  diagnostic.notes.push_back({"note",
                              fmt::format("the step may cost {}, and {} must stay for the steps after it",
                                          MoneyText(program, facts.cheapest_hi_micros), MoneyText(program, after)),
                              program.SpanOf(program.workflows[workflow.index()].steps[stuck.step.index()].clause)});
  if (shape.terms->ladder.has_value()) {
    diagnostic.notes.push_back({"note", "the contract follows it", program.SpanOf(shape.terms->ladder->clause)});
  }
  std::string path = fmt::format("{}, step {}, attempt {}", program.workflows[workflow.index()].name,
                                 StepName(program, workflow, stuck.step), stuck.attempt);
  if (stuck.replans_used > 0)
    path +=
        fmt::format(", after {}", stuck.replans_used == 1 ? "1 replan" : fmt::format("{} replans", stuck.replans_used));
  path += fmt::format(", with {} of {} left", left, MoneyText(program, budget));
  diagnostic.notes.push_back({"path", path, {}});
  diagnostic.help.push_back(fmt::format("end the ladder with `when budget below {}: send to reviewers`", need));
  finding.witness.path.push_back(path);
  const sema::Shape& members = program.shapes[program.tenants[tenant.index()].shape.index()];
  if (IsProbeable(program, members, workflow, stuck.step)) {
    Probe probe;
    probe.tenant = tenant;
    probe.workflow = workflow;
    probe.step = stuck.step;
    probe.at = program.activation_ns;
    probe.remaining_micros = stuck.remaining_micros;
    probe.verdict = abi::Verdict::kSuspend;
    probe.reason = abi::Reason::kBudget;
    finding.witness.probes.push_back(probe);
  }
  return finding;
}

// The shape's members by their budget per workflow; those without one are left out.
std::map<int64_t, std::vector<TenantId>> MembersByBudget(const Program& program, const sema::Shape& shape) {
  std::map<int64_t, std::vector<TenantId>> by_budget;
  for (const TenantId tenant : shape.members) {
    const sema::Maybe<int64_t>& budget = program.terms(tenant).budget_workflow;
    if (budget.has_value()) by_budget[budget->value].push_back(tenant);
  }
  return by_budget;
}

// The rungs of a followed ladder, apart from the order of their thresholds. True if they are sound.
bool ProveRungs(const Facts& facts, ShapeId shape_id, Findings& findings, Witness& witness) {
  const Program& program = facts.program();
  const ShapeFacts& shape = facts.shape(shape_id);
  const std::vector<TenantId>& members = program.shapes[shape_id.index()].members;
  bool sound = true;
  const auto add = [&](const Rung& rung, diag::Kind kind, const Finding& finding) {
    findings.Add(kind, rung.span, "", members, [&] { return finding; });
    if (sound) witness = finding.witness;
    sound = false;
  };
  if (const auto fault = FindNotCheaper(shape); fault.has_value()) {
    add(shape.ladder->rungs[fault->rung], diag::Kind::kLadderNotCheaper, NotCheaperFinding(program, shape, *fault));
  }
  if (const auto fault = FindLastRungCosts(program, shape); fault.has_value()) {
    add(shape.ladder->rungs.back(), diag::Kind::kLadderGap, LastRungFinding(program, shape, *fault));
  }
  return sound;
}

void ProveGames(const Facts& facts, ShapeId shape_id, Findings& findings, Outcome& outcome) {
  const Program& program = facts.program();
  const ShapeFacts& shape = facts.shape(shape_id);
  for (const auto& [budget, tenants] : MembersByBudget(program, program.shapes[shape_id.index()])) {
    for (uint32_t i = 0; i < program.workflows.size(); ++i) {
      const WorkFacts& work = shape.works[i];
      if (!work.runs || work.floors.entry > budget) continue;  // never admitted: V2 says so
      const GameResult game = PlayLadder(shape.ladder, program.workflows[i], work, budget);
      TheoremResult result;
      result.id = "V3";
      result.subject = fmt::format("ladder {} of {} within {} for {}", shape.ladder->name, program.workflows[i].name,
                                   MoneyText(program, budget), TenantsText(program, tenants));
      result.tenants = tenants;
      if (game.undecided) result.verdict = Verdict::kUnknown;
      if (game.stuck.has_value()) {
        const WorkflowId workflow(i);
        Finding finding = StuckFinding(program, shape, workflow, *game.stuck, tenants.front(), budget);
        result.verdict = Verdict::kRefuted;
        result.witness = finding.witness;
        findings.Add(diag::Kind::kLadderStuck, shape.ladder->span, program.workflows[i].name, tenants,
                     [&] { return std::move(finding); });
      }
      outcome.results.push_back(std::move(result));
    }
  }
}

}  // namespace

bool ThresholdsFall(const Ladder& ladder) { return !RungOutOfOrder(ladder).has_value(); }

std::optional<NotCheaper> FindNotCheaper(const ShapeFacts& shape) {
  for (size_t rung = 0; rung < shape.ladder->rungs.size(); ++rung) {
    for (uint32_t w = 0; w < shape.works.size(); ++w) {
      if (!shape.works[w].runs) continue;
      for (uint32_t s = 0; s < shape.works[w].steps.size(); ++s) {
        const StepFacts& facts = shape.works[w].steps[s];
        const std::optional<Option>& option = facts.by_rung[rung];
        if (!option.has_value() || !option->legal_ever || !option->unpriced.empty()) continue;
        const Option* before = &facts.own;
        for (size_t k = 0; k < rung; ++k) {
          if (facts.by_rung[k].has_value() && facts.by_rung[k]->legal_ever) before = &*facts.by_rung[k];
        }
        if (before->resource == option->resource || !before->legal_ever || !before->unpriced.empty()) continue;
        if (option->hi_micros < before->hi_micros) continue;
        return NotCheaper{rung, WorkflowId(w), StepId(s), before->hi_micros, option->hi_micros};
      }
    }
  }
  return std::nullopt;
}

std::optional<LastRungCosts> FindLastRungCosts(const Program& program, const ShapeFacts& shape) {
  if (shape.ladder->rungs.empty()) return std::nullopt;
  const Rung& last = shape.ladder->rungs.back();
  if (last.effect == Rung::Effect::kSendToReviewers || last.effect == Rung::Effect::kSuspend) return std::nullopt;
  for (uint32_t w = 0; w < shape.works.size(); ++w) {
    if (!shape.works[w].runs) continue;
    for (uint32_t s = 0; s < shape.works[w].steps.size(); ++s) {
      const StepFacts& facts = shape.works[w].steps[s];
      const std::optional<Option>& option = facts.by_rung.back();
      const bool costs = last.effect == Rung::Effect::kUseModel
                             ? option.has_value() && option->hi_micros > 0
                             : !program.workflows[w].steps[s].optional && facts.cheapest_hi_micros > 0;
      if (costs) return LastRungCosts{WorkflowId(w), StepId(s)};
    }
  }
  return std::nullopt;
}

bool LadderSatisfiesV3(const Program& program, const ShapeFacts& shape, WorkflowId workflow, int64_t budget) {
  if (shape.ladder == nullptr || !ThresholdsFall(*shape.ladder) || FindNotCheaper(shape).has_value() ||
      FindLastRungCosts(program, shape).has_value()) {
    return false;
  }
  const GameResult game =
      PlayLadder(shape.ladder, program.workflows[workflow.index()], shape.works[workflow.index()], budget);
  return !game.undecided && !game.stuck.has_value();
}

Outcome ProveLadderSafety(const Facts& facts) {
  const Program& program = facts.program();
  Outcome outcome;
  Findings findings;
  std::vector<bool> broken(program.ladders.size());
  ReportOrder(program, findings, broken);
  for (uint32_t i = 0; i < facts.shape_count(); ++i) {
    const ShapeFacts& shape = facts.shape(ShapeId(i));
    if (shape.ladder == nullptr) continue;
    TheoremResult result;
    result.id = "V3";
    result.subject = fmt::format("the rungs of ladder {} for {}", shape.ladder->name,
                                 TenantsText(program, program.shapes[i].members));
    result.tenants = program.shapes[i].members;
    const bool sound = ProveRungs(facts, ShapeId(i), findings, result.witness);
    const bool in_order = !broken[shape.terms->ladder->value.index()];
    if (!sound || !in_order) result.verdict = Verdict::kRefuted;
    outcome.results.push_back(std::move(result));
    if (sound && in_order) ProveGames(facts, ShapeId(i), findings, outcome);
  }
  outcome.findings = findings.Take(program);
  return outcome;
}

}  // namespace bylaw::verify
