// Enumeration against the solver against the reference evaluator: random conditions of every type, two at a time. What
// one of the first two excludes no request may show and the other may not show either; what the solver shows, the
// evaluator says too.
//
// 1,000 pairs by default, a hundredth of BYLAW_SOUNDNESS_SETS if that is in the environment.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/prng.h"
#include "compiler/plan/cel_eval.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/verified_for_test.h"
#include "compiler/sema/program_builder.h"
#include "compiler/verify/condition_space.h"
#include "tests/differential/random_condition.h"

namespace bylaw::soundness {
namespace {

using verify::ConditionSpace;
using Answer = ConditionSpace::Answer;
using Wanted = ConditionSpace::Wanted;
using verify::Truth;

constexpr uint64_t kUnits = 300'000;
constexpr abi::SlotType kTypes[] = {abi::SlotType::kMoney,  abi::SlotType::kMoney,  abi::SlotType::kCount,
                                    abi::SlotType::kDate,   abi::SlotType::kDate,   abi::SlotType::kDuration,
                                    abi::SlotType::kNumber, abi::SlotType::kNumber, abi::SlotType::kText,
                                    abi::SlotType::kText,   abi::SlotType::kYesNo};

// One step, one tenant, two settings, two rules with a condition each.
class RandomPair {
 public:
  explicit RandomPair(uint64_t seed) : prng_(seed) {
    const ResourceId model = builder_.Model("model");
    builder_.Serve("e", model, sema::Location{}, 1);
    const WorkflowId workflow = builder_.AddWorkflow("work");
    builder_.Call(builder_.AddStep(workflow, "s"), model);
    sema::Program& program = builder_.program();
    std::vector<abi::SlotInfo>& slots = program.workflows[0].slots;
    for (const abi::SlotType type : kTypes) slots.push_back({"in" + std::to_string(slots.size()), type, {}});
    slots[8].choices = {differential::kTexts[1], differential::kTexts[2], differential::kTexts[3]};
    program.workflows[0].input_count = static_cast<uint32_t>(slots.size());
    std::vector<abi::SlotInfo> settings;
    for (const abi::SlotType type : {abi::SlotType::kMoney, abi::SlotType::kText}) {
      sema::Setting setting;
      setting.name = "set" + std::to_string(settings.size());
      setting.info = {setting.name, type, {}};
      abi::SlotValue value{.integer = prng_.Between(0, 9)};
      if (type == abi::SlotType::kText) value.text = program.texts->Intern(differential::kTexts[prng_.Below(4)]);
      if (prng_.Chance(0.8)) setting.default_value = value;
      settings.push_back(setting.info);
      program.settings.push_back(std::move(setting));
    }
    builder_.AddTenant("t", builder_.AddTier("standard"), {});
    for (const char* const name : {"a", "b"}) {
      sema::Rule rule;
      rule.name = name;
      rule.clause = builder_.Say(std::string("rule ") + name);
      rule.span = program.clauses.back().span;
      rule.scopes.push_back({WorkflowId(0), StepId(), TierId(), TenantId()});
      sema::RuleEffect effect;
      effect.kind = syntax::RuleEffect::Kind::kDeny;
      effect.clause = builder_.Say("deny");
      rule.effects.push_back(effect);
      const int depth = static_cast<int>(prng_.Between(1, 3));
      rule.when = sema::TypedCondition{"", {}, differential::RandomCondition(prng_, {&slots, &settings}, depth)};
      program.rules.push_back(std::move(rule));
    }
  }
  std::shared_ptr<const sema::Program> Build() { return builder_.Build(); }

 private:
  Prng prng_;
  sema::ProgramBuilder builder_;
};

// A request to the pair's step, and what the evaluator says of both conditions.
struct Request {
  std::array<abi::SlotValue, std::size(kTypes)> slots{};
  uint64_t present = 0;
  abi::StepRequest request;

  std::vector<Truth> Ask(const sema::Program& program, const plan::Plan& plan) {
    const abi::TenantRecord& tenant = plan.tables.tenant(TenantId(0));
    const abi::StepEntry& entry = plan.tables.shape_workflow(tenant, WorkflowId(0)).steps[0];
    request.slots = slots.data();
    request.present = &present;
    const plan::EvalContext context{static_cast<const plan::StepProgram*>(entry.program), &tenant, &request};
    std::vector<Truth> truths;
    for (const sema::Rule& rule : program.rules) {
      truths.push_back(static_cast<Truth>(plan::Evaluate(*rule.when->expr, context)));
    }
    return truths;
  }
};

Request RandomRequest(Prng& prng, const sema::Program& program) {
  constexpr int64_t kEdges[] = {1'000'000, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  constexpr double kNumbers[] = {0.0, -0.0, 0.5, 0.8, 1.0, -3.25, 1e300};
  static const std::vector<abi::Text> kTexts = [] {
    std::vector<abi::Text> texts;
    for (const std::string& text : differential::kTexts) texts.push_back({text.data(), text.size()});
    return texts;
  }();
  const auto whole = [&] { return prng.Chance(0.1) ? kEdges[prng.Below(std::size(kEdges))] : prng.Between(-3, 12); };
  Request made;
  for (size_t i = 0; i < std::size(kTypes); ++i) {
    if (prng.Chance(0.85)) made.present |= uint64_t{1} << i;
    made.slots[i].integer = whole();
    if (kTypes[i] == abi::SlotType::kYesNo) made.slots[i].integer = prng.Between(0, 1);
    if (kTypes[i] == abi::SlotType::kText) made.slots[i].text = &kTexts[i == 8 ? prng.Between(1, 3) : prng.Below(10)];
    if (kTypes[i] == abi::SlotType::kNumber) {
      made.slots[i].number = prng.Chance(0.1) ? std::nan("") : kNumbers[prng.Below(std::size(kNumbers))];
    }
  }
  made.request.wall_now_ns = program.activation_ns + prng.Between(0, 5);
  made.request.remaining_micros = prng.Chance(0.1) ? abi::kUnlimitedMicros : prng.Between(0, 9);
  made.request.spent_micros = prng.Between(0, 9);
  made.request.age_ns = prng.Between(0, 9);
  made.request.attempt = static_cast<uint32_t>(prng.Between(1, 4));
  return made;
}

Request OfProbe(const verify::Probe& probe) {
  Request made;
  for (const verify::ProbeSlot& given : probe.slots) {
    made.slots[given.slot] = given.value;
    made.present |= uint64_t{1} << given.slot;
  }
  made.request.wall_now_ns = probe.at;
  return made;
}

const std::vector<Wanted>& Questions() {
  static const auto* const kQuestions = new std::vector<Wanted>{
      [](const std::vector<Truth>& t) { return t[0] == Truth::kTrue && t[1] == Truth::kTrue; },
      [](const std::vector<Truth>& t) { return t[0] == Truth::kTrue; },
      [](const std::vector<Truth>& t) { return t[0] != Truth::kFalse && t[1] == Truth::kFalse; },
      [](const std::vector<Truth>& t) { return t[0] == Truth::kError && t[1] == Truth::kError; }};
  return *kQuestions;
}

uint64_t Pairs() {
  const char* const stated = std::getenv("BYLAW_SOUNDNESS_SETS");
  return stated == nullptr ? 1'000 : std::strtoull(stated, nullptr, 10) / 100;
}

TEST(SolverSoundnessTest, SolverEnumerationAndEvaluatorAgree) {
  ASSERT_NE(smt::LoadSolver(), nullptr);
  std::map<std::string, uint64_t> counts;
  for (uint64_t seed = 0; seed < Pairs(); ++seed) {
    const std::shared_ptr<const sema::Program> program = RandomPair(seed).Build();
    const auto plan = plan::BuildPlan(verify::VerifiedProgramForTest::WithoutFloors(program));
    const Wanted& wanted = Questions()[seed % Questions().size()];
    Prng prng(seed);
    bool shown = false;
    for (int i = 0; i < 100 && !shown; ++i) shown = wanted(RandomRequest(prng, *program).Ask(*program, *plan));

    const std::vector<const cel::TypedExpr*> conditions = {program->rules[0].when->expr.get(),
                                                           program->rules[1].when->expr.get()};
    verify::ConditionContext context{*program, TenantId(0), WorkflowId(0), StepId(0)};
    const Answer enumerated = ConditionSpace(context, conditions).Find(wanted);
    uint64_t units = kUnits;
    context.solver_units = &units;
    ConditionSpace space(context, conditions);
    const Answer solved = space.FindBySolver(wanted);
    counts["enumeration " + std::to_string(static_cast<int>(enumerated))]++;
    counts["solver " + std::to_string(static_cast<int>(solved))]++;
    if (enumerated == Answer::kUnknown && solved != Answer::kUnknown) counts["decided by the solver alone"]++;

    ASSERT_FALSE(enumerated == Answer::kNo && shown) << "false proof by enumeration, seed " << seed;
    ASSERT_FALSE(solved == Answer::kNo && shown) << "false proof by the solver, seed " << seed;
    ASSERT_FALSE(solved == Answer::kNo && enumerated == Answer::kYes) << "seed " << seed;
    ASSERT_FALSE(solved == Answer::kYes && enumerated == Answer::kNo) << "seed " << seed;
    verify::Probe probe;
    probe.at = program->activation_ns;
    if (solved == Answer::kYes && space.FillProbe(probe)) {
      ++counts["models replayed"];
      ASSERT_TRUE(wanted(OfProbe(probe).Ask(*program, *plan))) << "false example by the solver, seed " << seed;
    }
  }
  for (const auto& [what, count] : counts) RecordProperty(what, static_cast<int>(count));
  for (const char* const what : {"decided by the solver alone", "models replayed", "solver 0", "solver 1"}) {
    EXPECT_GT(counts[what], Pairs() / 100) << what;
  }
}

}  // namespace
}  // namespace bylaw::soundness
