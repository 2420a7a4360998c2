// What V13 says about random rules, against every input there can be: conditions of two models, of a weaker and of a
// stricter rule, asked of the reference evaluator for all values of three inputs, absent ones included.
//
// 20,000 sets by default, a fifth of BYLAW_SOUNDNESS_SETS if that is in the environment.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/prng.h"
#include "compiler/plan/cel_eval.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/verified_for_test.h"
#include "compiler/sema/program_builder.h"
#include "compiler/verify/theorem.h"

namespace bylaw::soundness {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExpr;
using cel::TypedExprPtr;
using verify::Verdict;
using Effect = syntax::RuleEffect::Kind;

constexpr const char* kChannels[] = {"web", "branch", "partner"};
constexpr uint32_t kAmount = 0, kChannel = 1, kFlag = 2;

// Four rules over one step: use model one, use model two, send to reviewers, deny; each under a condition by chance.
class RandomRules {
 public:
  explicit RandomRules(uint64_t seed) : prng_(seed) {
    const ResourceId one = builder_.Model("one"), two = builder_.Model("two");
    for (const ResourceId model : {one, two}) builder_.Serve("e", model, sema::Location{}, 1);
    const WorkflowId workflow = builder_.AddWorkflow("work");
    builder_.Call(builder_.AddStep(workflow, "s"), one);
    sema::Workflow& row = builder_.program().workflows[0];
    row.slots = {{"amount", abi::SlotType::kMoney, {}},
                 {"channel", abi::SlotType::kText, {kChannels[0], kChannels[1], kChannels[2]}},
                 {"flag", abi::SlotType::kYesNo, {}}};
    row.input_count = 3;
    sema::Setting setting;
    setting.name = "limit";
    setting.info = {"limit", abi::SlotType::kMoney, {}};
    setting.default_value = abi::SlotValue{.integer = 2};
    builder_.program().settings.push_back(setting);
    builder_.AddTenant("t", builder_.AddTier("tier"), {});
    AddRule("a", Effect::kUseModel, one);
    AddRule("b", Effect::kUseModel, two);
    AddRule("weak", Effect::kSendToReviewers, {});
    AddRule("strict", Effect::kDeny, {});
  }
  std::shared_ptr<const sema::Program> Build() { return builder_.Build(); }

 private:
  void AddRule(const std::string& name, Effect kind, ResourceId model) {
    sema::Rule rule;
    rule.name = name;
    rule.clause = builder_.Say("rule " + name);
    rule.span = builder_.program().clauses.back().span;
    rule.scopes.push_back({WorkflowId(0), StepId(), TierId(), TenantId()});
    sema::RuleEffect effect;
    effect.kind = kind;
    effect.model = model;
    effect.clause = builder_.Say("effect of " + name);
    rule.effects.push_back(effect);
    rule.when = sema::TypedCondition{"", builder_.Line("when"), Condition(2)};
    builder_.program().rules.push_back(std::move(rule));
  }
  static TypedExprPtr Node(Op op, Type type) {
    auto node = std::make_unique<TypedExpr>();
    node->op = op;
    node->type = type;
    return node;
  }
  static TypedExprPtr Slot(uint32_t slot, Type type) {
    TypedExprPtr node = Node(Op::kSlot, type);
    node->slot = slot;
    return node;
  }
  TypedExprPtr Money() {
    TypedExprPtr node = Node(prng_.Below(4) == 0 ? Op::kSetting : Op::kConst, Type::kMoney);
    node->int_value = static_cast<int64_t>(prng_.Below(4));
    return node;
  }
  TypedExprPtr Channel() {
    TypedExprPtr node = Node(Op::kConst, Type::kString);
    node->text_value = kChannels[prng_.Below(3)];
    return node;
  }
  static TypedExprPtr Of(Op op, Type type, TypedExprPtr a, TypedExprPtr b) {
    TypedExprPtr node = Node(op, type);
    node->args.push_back(std::move(a));
    node->args.push_back(std::move(b));
    return node;
  }
  // Money and money, or money and a count, which may be none: dividing by it is an error.
  TypedExprPtr Calculated() {
    constexpr Op kOps[] = {Op::kAdd, Op::kSubtract, Op::kMultiply, Op::kDivide};
    const Op op = kOps[prng_.Below(4)];
    if (op == Op::kAdd || op == Op::kSubtract) return Of(op, Type::kMoney, Slot(kAmount, Type::kMoney), Money());
    TypedExprPtr count = Node(Op::kConst, Type::kInt);
    count->int_value = static_cast<int64_t>(prng_.Below(4));
    return Of(op, Type::kMoney, Slot(kAmount, Type::kMoney), std::move(count));
  }
  TypedExprPtr Atom() {
    constexpr Op kComparisons[] = {Op::kEqual,     Op::kNotEqual, Op::kLess,
                                   Op::kLessEqual, Op::kGreater,  Op::kGreaterEqual};
    const Op comparison = kComparisons[prng_.Below(6)];
    switch (prng_.Below(8)) {
      case 0:
        return Slot(kFlag, Type::kBool);
      case 1:
        return Of(prng_.Below(2) == 0 ? Op::kEqual : Op::kNotEqual, Type::kBool, Slot(kChannel, Type::kString),
                  Channel());
      case 2: {
        TypedExprPtr in = Of(Op::kIn, Type::kBool, Slot(kChannel, Type::kString), Channel());
        in->args.push_back(Channel());
        return in;
      }
      case 3: {
        TypedExprPtr has = Node(Op::kHas, Type::kBool);
        has->slot = static_cast<uint32_t>(prng_.Below(3));
        return has;
      }
      case 4:  // opaque: it calculates
        return Of(comparison, Type::kBool, Calculated(), Money());
      default:
        return Of(comparison, Type::kBool, Slot(kAmount, Type::kMoney), Money());
    }
  }
  TypedExprPtr Condition(int depth) {
    if (depth == 0 || prng_.Below(3) == 0) return Atom();
    if (prng_.Below(4) == 0) {
      TypedExprPtr node = Node(Op::kNot, Type::kBool);
      node->args.push_back(Condition(depth - 1));
      return node;
    }
    return Of(prng_.Below(2) == 0 ? Op::kAnd : Op::kOr, Type::kBool, Condition(depth - 1), Condition(depth - 1));
  }

  Prng prng_;
  sema::ProgramBuilder builder_;
};

// Absent, and wherever `amount` plus, minus, times or divided by up to 3, compared with up to 3, changes its answer:
// around 0 (a third of 11 is still 3) and where it overflows.
std::vector<std::optional<int64_t>> Amounts() {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();
  std::vector<std::optional<int64_t>> amounts = {std::nullopt};
  for (int64_t amount = -13; amount <= 13; ++amount) amounts.emplace_back(amount);
  for (int64_t step = 0; step <= 4; ++step) {
    amounts.emplace_back(kLeast + step);
    amounts.emplace_back(kMost - step);
    for (int64_t factor = 2; factor <= 3; ++factor) {
      amounts.emplace_back(kLeast / factor - 2 + step);
      amounts.emplace_back(kMost / factor - 2 + step);
    }
  }
  return amounts;
}

// Visits what the reference evaluator says of all four conditions for every input, until `visit` returns true.
bool AnyInput(const sema::Program& program, const abi::PolicyImage& tables,
              const std::function<bool(const std::vector<plan::Truth>&)>& visit) {
  const abi::TenantRecord& tenant = tables.tenant(TenantId(0));
  const abi::StepEntry& entry = tables.shape_workflow(tenant, WorkflowId(0)).steps[0];
  std::vector<abi::Text> texts;
  for (const std::string_view channel : kChannels) texts.push_back({channel.data(), channel.size()});
  static const std::vector<std::optional<int64_t>> kAmounts = Amounts();
  for (const std::optional<int64_t> amount : kAmounts) {
    for (size_t channel = 0; channel <= 3; ++channel) {  // 3: absent
      for (int64_t flag = 0; flag <= 2; ++flag) {        // 2: absent
        std::vector<abi::SlotValue> slots(3);
        slots[kAmount].integer = amount.value_or(0);
        slots[kChannel].text = &texts[std::min<size_t>(channel, 2)];
        slots[kFlag].integer = flag;
        const uint64_t present = (amount.has_value() ? 1 : 0) | (channel < 3 ? 2 : 0) | (flag < 2 ? 4 : 0);
        abi::StepRequest request;
        request.slots = slots.data();
        request.present = &present;
        const plan::EvalContext context{static_cast<const plan::StepProgram*>(entry.program), &tenant, &request};
        std::vector<plan::Truth> truths;
        for (const sema::Rule& rule : program.rules) truths.push_back(plan::Evaluate(*rule.when->expr, context));
        if (visit(truths)) return true;
      }
    }
  }
  return false;
}

uint64_t Sets() {
  const char* const stated = std::getenv("BYLAW_SOUNDNESS_SETS");
  return stated == nullptr ? 20'000 : std::strtoull(stated, nullptr, 10) / 5;
}

TEST(ConditionSoundnessTest, RulesContradictAndDieExactlyWhereSomeInputSaysSo) {
  std::map<std::string, int> counts;
  for (uint64_t seed = 0; seed < Sets(); ++seed) {
    const std::shared_ptr<const sema::Program> program = RandomRules(seed).Build();
    const verify::Facts facts(*program);
    const verify::Outcome outcome = verify::ProveRules(facts);
    const auto plan = plan::BuildPlan(
        verify::VerifiedProgramForTest::Make(program, facts.floors(), verify::VerifiedProgram::Purpose::kReplay));
    const auto any = [&](const std::function<bool(const std::vector<plan::Truth>&)>& visit) {
      return AnyInput(*program, plan->tables, visit);
    };
    for (const verify::TheoremResult& result : outcome.results) {
      if (result.subject.find("one model") == std::string::npos) continue;
      const bool both = any([](const auto& t) { return t[0] == plan::Truth::kTrue && t[1] == plan::Truth::kTrue; });
      if (result.verdict == Verdict::kProved) {
        ASSERT_FALSE(both) << "seed " << seed;
      }
      if (result.verdict == Verdict::kRefuted) {
        ASSERT_TRUE(both) << "seed " << seed;
      }
      ++counts[std::string(verify::VerdictName(result.verdict))];
    }
    for (size_t r = 0; r < program->rules.size(); ++r) {
      const bool true_once = any([&](const auto& t) { return t[r] == plan::Truth::kTrue; });
      const std::string& name = program->rules[r].name;
      for (const verify::Finding& finding : outcome.findings) {
        const std::string& message = finding.diagnostic.message;
        if (message == fmt::format("rule {} can never match", name)) {
          ASSERT_FALSE(true_once) << "seed " << seed << " rule " << name;
          ++counts["never"];
        }
        if (message == fmt::format("rule {} never counts: rule strict always overrules it", name)) {
          ASSERT_FALSE(any([&](const auto& t) { return t[r] != plan::Truth::kFalse && t[3] == plan::Truth::kFalse; }))
              << "seed " << seed << " rule " << name;
          ++counts["shadowed"];
        }
      }
      if (outcome.results[r].verdict == Verdict::kProved) {
        ASSERT_TRUE(true_once) << "seed " << seed << " rule " << name;
      }
    }
  }
  const int some = static_cast<int>(Sets() / 500);
  for (const char* const what : {"PROVED", "REFUTED", "never", "shadowed"}) EXPECT_GT(counts[what], some) << what;
  EXPECT_EQ(counts["UNKNOWN"], 0) << "sums with constants are decided";
}

}  // namespace
}  // namespace bylaw::soundness
