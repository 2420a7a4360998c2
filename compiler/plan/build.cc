#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "compiler/plan/build_internal.h"
#include "compiler/plan/plan.h"

namespace bylaw::plan {
namespace {

// Equal step programs of one step share one object. Few shapes differ at a step, so its distinct programs are compared
// one by one.
class ProgramPool {
 public:
  explicit ProgramPool(Plan& plan) : plan_(plan) {}

  void NextStep() { step_begin_.clear(); }
  const StepProgram* Keep(StepProgram program) {
    const uint64_t key = Fingerprint(program);
    for (const StepProgram* known : step_begin_[key]) {
      if (*known == program) return known;
    }
    plan_.programs.push_back(std::make_unique<StepProgram>(std::move(program)));
    step_begin_[key].push_back(plan_.programs.back().get());
    return plan_.programs.back().get();
  }

 private:
  static uint64_t Fingerprint(const StepProgram& program) {
    uint64_t key = program.rules.size() * 31 + program.rungs.size();
    for (const Call& call : program.calls) {
      key = key * 1'000'003 + call.resource.value();
      for (const Candidate& candidate : call.candidates) key = key * 31 + candidate.server;
      for (const Server& server : call.servers) key = key * 31 + server.spans.size() * 2 + server.spans.front().legal;
    }
    return key;
  }

  Plan& plan_;
  absl::flat_hash_map<uint64_t, std::vector<const StepProgram*>> step_begin_;
};

int64_t DearestOf(const StepProgram& program) {
  int64_t dearest = program.own_cost_micros;
  for (const Call& call : program.calls) {
    for (const Candidate& candidate : call.candidates) {
      const std::vector<LegalSpan>& spans = call.servers[candidate.server].spans;
      const bool ever = std::any_of(spans.begin(), spans.end(), [](const LegalSpan& span) { return span.legal; });
      if (ever) dearest = std::max(dearest, candidate.hi_micros);
    }
  }
  return dearest;
}

void CompilePatterns(const cel::TypedExpr& expr, Plan& plan) {
  if (expr.op == cel::Op::kMatches && !plan.patterns.contains(&expr)) {
    auto pattern = std::make_shared<const re2::RE2>(expr.text_value, re2::RE2::Quiet);
    BYLAW_CHECK(pattern->ok(), "the checker has compiled every pattern");
    const auto number = static_cast<uint32_t>(plan.patterns.size());
    plan.patterns.emplace(&expr, Plan::Pattern{number, std::move(pattern)});
  }
  for (const auto& arg : expr.args) CompilePatterns(*arg, plan);
}

void CompilePatterns(const StepProgram& program, Plan& plan) {
  if (program.when != nullptr) CompilePatterns(*program.when, plan);
  for (const Rule& rule : program.rules) {
    if (rule.when != nullptr) CompilePatterns(*rule.when, plan);
  }
}

// Of rules, steps and asks.
void KeepConditions(const sema::Program& program, Plan& plan) {
  const auto keep = [&](const std::optional<sema::TypedCondition>& condition) {
    if (condition.has_value()) plan.conditions.push_back(condition->expr);
  };
  for (const sema::Rule& rule : program.rules) keep(rule.when);
  for (const sema::Workflow& workflow : program.workflows) {
    for (const sema::Step& step : workflow.steps) {
      keep(step.when);
      for (const sema::Ask& ask : step.asks) keep(ask.when);
    }
  }
}

// Fills the plan's shapes and their step tables, as far as they are asked for.
class EntryBuilder {
 public:
  EntryBuilder(const verify::VerifiedProgram& verified, const ProvenanceLayout& layout, Plan& plan)
      : verified_(verified),
        program_(verified.program()),
        layout_(layout),
        plan_(plan),
        instants_(sema::ChangeInstants(program_, kBeginningOfTimeNs, kForeverNs)),
        steps_(program_, layout, plan),
        pool_(plan) {
    plan_.tables.shapes.resize(program_.shapes.size());
  }

  ShapeFacts AddShape(ShapeId id) {
    ShapeFacts facts = BuildShapeFacts(program_, layout_, instants_, id);
    abi::ShapeInfo& info = plan_.tables.shapes[id.index()];
    FillShapeInfo(program_, layout_, facts, instants_, info, plan_.tables.bases);
    info.workflows.resize(program_.workflows.size());
    for (uint32_t w = 0; w < program_.workflows.size(); ++w) {
      info.workflows[w].floor_entry_micros = std::min(verified_.floors(id, WorkflowId(w)).entry, kCostMicrosMax);
      info.workflows[w].steps.resize(program_.workflows[w].steps.size());
    }
    return facts;
  }

  // Of one step for all shapes, then of the next step.
  void NextStep() { pool_.NextStep(); }
  void AddEntry(const ShapeFacts& facts, WorkflowId workflow, StepId step) {
    abi::ShapeWorkflow& row = plan_.tables.shapes[facts.id.index()].workflows[workflow.index()];
    const StepProgram* kept = pool_.Keep(steps_.Build(facts, workflow, step));
    row.may_run = kept->may_run;
    abi::StepEntry& entry = row.steps[step.index()];
    entry.program = kept;
    entry.floor_after_micros = std::min(verified_.floors(facts.id, workflow).after[step.index()], kCostMicrosMax);
    entry.hi_max_micros = DearestOf(*kept);
  }

 private:
  const verify::VerifiedProgram& verified_;
  const sema::Program& program_;
  const ProvenanceLayout& layout_;
  Plan& plan_;
  const std::vector<TimeNs> instants_;
  StepBuilder steps_;
  ProgramPool pool_;
};

void FillEverything(const sema::Program& program, EntryBuilder& builder) {
  std::vector<ShapeFacts> shapes;
  for (uint32_t i = 0; i < program.shapes.size(); ++i) shapes.push_back(builder.AddShape(ShapeId(i)));
  for (uint32_t w = 0; w < program.workflows.size(); ++w) {
    for (uint32_t s = 0; s < program.workflows[w].steps.size(); ++s) {
      builder.NextStep();
      for (const ShapeFacts& facts : shapes) builder.AddEntry(facts, WorkflowId(w), StepId(s));
    }
  }
}

void FillAsked(const sema::Program& program, const std::vector<verify::Probe>& probes, EntryBuilder& builder) {
  std::map<ShapeId, ShapeFacts> shapes;
  std::set<std::tuple<WorkflowId, StepId, ShapeId>> asked;
  for (const verify::Probe& probe : probes) {
    const ShapeId shape = program.tenants[probe.tenant.index()].shape;
    if (!shapes.contains(shape)) shapes.emplace(shape, builder.AddShape(shape));
    if (probe.step.valid()) asked.emplace(probe.workflow, probe.step, shape);
  }
  std::pair<WorkflowId, StepId> last;
  for (const auto& [workflow, step, shape] : asked) {
    if (std::exchange(last, std::pair(workflow, step)) != last) builder.NextStep();
    builder.AddEntry(shapes.at(shape), workflow, step);
  }
}

std::shared_ptr<const Plan> Build(const verify::VerifiedProgram& verified, const std::vector<verify::Probe>* probes) {
  auto plan = std::make_shared<Plan>();
  const sema::Program& program = verified.program();
  plan->made_from = verified.shared_program();
  plan->texts = program.texts;
  KeepConditions(program, *plan);
  const ProvenanceLayout layout(program);
  BuildTables(program, layout, *plan);
  plan->tables.replay_only = verified.purpose() == verify::VerifiedProgram::Purpose::kReplay;
  EntryBuilder builder(verified, layout, *plan);
  if (probes == nullptr) {
    FillEverything(program, builder);
  } else {
    BYLAW_CHECK(plan->tables.replay_only, "a part of a policy is only asked questions");
    FillAsked(program, *probes, builder);
  }
  for (const auto& step : plan->programs) CompilePatterns(*step, *plan);
  plan->tables.clauses.Close();
  const absl::Status valid = ValidatePlan(*plan);
  BYLAW_CHECK(valid.ok(), std::string(valid.message()).c_str());
  return plan;
}

}  // namespace

const sema::Program& Plan::program() const {
  const std::shared_ptr<const sema::Program> held = made_from.lock();
  BYLAW_CHECK(held != nullptr, "whoever compares policies holds them");
  return *held;  // by the caller as well
}

std::shared_ptr<const Plan> BuildPlan(const verify::VerifiedProgram& verified) { return Build(verified, nullptr); }

std::shared_ptr<const Plan> BuildPlanFor(const verify::VerifiedProgram& replay_only,
                                         const std::vector<verify::Probe>& probes) {
  return Build(replay_only, &probes);
}

}  // namespace bylaw::plan
