// Every engine against every other: the reference evaluator, compiled code and optimized compiled code must give the
// same decision, every field of it, on a million questions to generated policies. Planted faults must be found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "compiler/codegen/module.h"
#include "compiler/jit/jit.h"
#include "compiler/plan/eval.h"
#include "tests/differential/random_policy.h"
#include "tests/differential/random_request.h"

namespace bylaw::differential {
namespace {

using jit::Jit;
using jit::OptLevel;

const Jit& Loaded() {
  static const absl::StatusOr<const Jit*> kJit = jit::LoadJit();
  EXPECT_TRUE(kJit.ok()) << kJit.status();
  return **kJit;
}

std::string Describe(uint64_t seed, const plan::Plan& plan, const Question& question) {
  const auto& workflow = plan.tables.workflows[question.workflow.index()];
  return "policy " + std::to_string(seed) + ", tenant " + std::to_string(question.tenant.value()) + ", " +
         workflow.name + "." + workflow.steps[question.step.index()].name + ", remaining " +
         std::to_string(question.request.remaining_micros) + ", now " + std::to_string(question.request.wall_now_ns);
}

constexpr uint64_t kPolicies = 60;
constexpr int kQuestions = 18'000;  // a policy

TEST(Differential, AMillionDecisionsOfThreeEnginesAgree) {
  uint64_t decisions = 0;
  std::map<std::pair<int, int>, uint64_t> outcomes;  // verdict and reason: what the corpus reaches
  for (uint64_t seed = 1; seed <= kPolicies; ++seed) {
    const auto plan = RandomPlan(seed);
    const auto reference = plan::EvaluatorImage(plan);
    const auto plain = Loaded().CompileImage(plan, OptLevel::kO0);
    const auto optimized = Loaded().CompileImage(plan, OptLevel::kO2);
    ASSERT_TRUE(plain.ok() && optimized.ok()) << plain.status() << optimized.status();
    QuestionGenerator questions(*plan, seed);
    for (int i = 0; i < kQuestions; ++i) {
      const Question& question = questions.Next();
      const abi::Decision expected = Ask(*reference, question);
      const abi::Decision at_o0 = Ask(**plain, question);
      const abi::Decision at_o2 = Ask(**optimized, question);
      ASSERT_TRUE(at_o0 == expected) << Describe(seed, *plan, question) << "\nevaluator " << abi::ToString(expected)
                                     << "\nO0        " << abi::ToString(at_o0);
      ASSERT_TRUE(at_o2 == expected) << Describe(seed, *plan, question) << "\nevaluator " << abi::ToString(expected)
                                     << "\nO2        " << abi::ToString(at_o2);
      ++decisions;
      ++outcomes[{expected.verdict, expected.reason}];
    }
  }
  EXPECT_GE(decisions, 1'000'000u);
  RecordProperty("decisions", std::to_string(decisions));
  const auto reached = [&](abi::Verdict verdict, abi::Reason reason) {
    return outcomes[{static_cast<int>(verdict), static_cast<int>(reason)}];
  };
  using abi::Reason;
  using abi::Verdict;
  // Agreement on what never happens would prove nothing.
  EXPECT_GE(reached(Verdict::kProceed, Reason::kNone), 10'000u);
  EXPECT_GE(reached(Verdict::kProceed, Reason::kBudget), 1'000u);
  EXPECT_GE(reached(Verdict::kSkip, Reason::kNone), 1'000u);
  EXPECT_GE(reached(Verdict::kSkip, Reason::kBudget), 1'000u);
  EXPECT_GE(reached(Verdict::kReview, Reason::kBudget), 1'000u);
  EXPECT_GE(reached(Verdict::kReview, Reason::kApproval), 1'000u);
  EXPECT_GE(reached(Verdict::kReview, Reason::kRule), 1'000u);
  EXPECT_GE(reached(Verdict::kWait, Reason::kWindow), 100u);
  EXPECT_GE(reached(Verdict::kSuspend, Reason::kResidency), 1'000u);
  EXPECT_GE(reached(Verdict::kSuspend, Reason::kAvailability), 1'000u);
  EXPECT_GE(reached(Verdict::kSuspend, Reason::kRevoked), 1'000u);
  EXPECT_GE(reached(Verdict::kSuspend, Reason::kBudget), 1'000u);
  EXPECT_GE(reached(Verdict::kSuspend, Reason::kConditionError), 1'000u);
  EXPECT_GE(reached(Verdict::kDeny, Reason::kContract), 1'000u);
  EXPECT_GE(reached(Verdict::kDeny, Reason::kRule), 1'000u);
}

// How many of a few policies' answers a fault changes.
uint64_t Differences(codegen::Mutant mutant) {
  uint64_t differences = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const auto plan = RandomPlan(seed);
    const auto reference = plan::EvaluatorImage(plan);
    const auto faulty = Loaded().CompileMutantForTest({plan, OptLevel::kO0, static_cast<uint8_t>(mutant)});
    EXPECT_TRUE(faulty.ok()) << faulty.status();
    QuestionGenerator questions(*plan, seed);
    for (int i = 0; i < 6'000; ++i) {
      const Question& question = questions.Next();
      if (!(Ask(**faulty, question) == Ask(*reference, question))) ++differences;
    }
  }
  return differences;
}

TEST(Differential, PlantedFaultsAreFound) {
  EXPECT_EQ(Differences(codegen::Mutant::kNone), 0u);
  for (const codegen::Mutant mutant : codegen::kMutants) {
    EXPECT_GE(Differences(mutant), 10u) << "mutant " << static_cast<int>(mutant);
  }
}

}  // namespace
}  // namespace bylaw::differential
