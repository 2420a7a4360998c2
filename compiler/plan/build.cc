#include <re2/re2.h>

#include <algorithm>
#include <string>
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

void FillEntries(const verify::VerifiedProgram& verified, const std::vector<ShapeFacts>& shapes, StepBuilder& builder,
                 Plan& plan) {
  const sema::Program& program = verified.program();
  ProgramPool pool(plan);
  for (uint32_t w = 0; w < program.workflows.size(); ++w) {
    for (uint32_t s = 0; s < program.workflows[w].steps.size(); ++s) {
      pool.NextStep();
      for (const ShapeFacts& facts : shapes) {
        const WorkflowId workflow(w);
        abi::ShapeWorkflow& row = plan.tables.shapes[facts.id.index()].workflows[w];
        const StepProgram* kept = pool.Keep(builder.Build(facts, workflow, StepId(s)));
        row.may_run = kept->may_run;
        abi::StepEntry& entry = row.steps[s];
        entry.program = kept;
        entry.floor_after_micros = std::min(verified.floors(facts.id, workflow).after[s], kCostMicrosMax);
        entry.hi_max_micros = DearestOf(*kept);
      }
    }
  }
}

}  // namespace

std::shared_ptr<const Plan> BuildPlan(const verify::VerifiedProgram& verified) {
  auto plan = std::make_shared<Plan>();
  plan->program = verified.shared_program();
  const sema::Program& program = *plan->program;
  const ProvenanceLayout layout(program);
  BuildTables(program, layout, *plan);
  plan->tables.replay_only = verified.purpose() == verify::VerifiedProgram::Purpose::kReplay;

  const std::vector<TimeNs> instants = sema::ChangeInstants(program, kBeginningOfTimeNs, kForeverNs);
  std::vector<ShapeFacts> shapes;
  plan->tables.shapes.resize(program.shapes.size());
  for (uint32_t i = 0; i < program.shapes.size(); ++i) {
    shapes.push_back(BuildShapeFacts(program, layout, instants, ShapeId(i)));
    abi::ShapeInfo& info = plan->tables.shapes[i];
    FillShapeInfo(program, layout, shapes.back(), instants, info, plan->tables.bases);
    info.workflows.resize(program.workflows.size());
    for (uint32_t w = 0; w < program.workflows.size(); ++w) {
      info.workflows[w].floor_entry_micros = std::min(verified.floors(ShapeId(i), WorkflowId(w)).entry, kCostMicrosMax);
      info.workflows[w].steps.resize(program.workflows[w].steps.size());
    }
  }
  StepBuilder builder(program, layout, *plan);
  FillEntries(verified, shapes, builder, *plan);
  for (const auto& step : plan->programs) CompilePatterns(*step, *plan);
  const absl::Status valid = ValidatePlan(*plan);
  BYLAW_CHECK(valid.ok(), std::string(valid.message()).c_str());
  return plan;
}

}  // namespace bylaw::plan
