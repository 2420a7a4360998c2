// Coverage and mutants of the starter policy, and its workflow drawn.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "compiler/verify/worst_case.h"
#include "tools/bylaw/coverage.h"
#include "tools/bylaw/graph_dot.h"
#include "tools/bylaw/mutants.h"
#include "tools/bylaw/policy_tests.h"

namespace bylaw::cli {
namespace {

using Noticed = MutantResult::Noticed;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

driver::Compilation Starter(bool with_tests = true) {
  driver::CompileOptions options;
  for (const auto& entry : std::filesystem::directory_iterator("examples/starter/policy")) {
    if (with_tests || entry.path().filename() != "tests.bylaw") options.paths.push_back(entry.path().string());
  }
  options.as_of = Date{2026, 11, 23};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  EXPECT_TRUE(compilation.ok()) << compilation.status();
  driver::Verify(*compilation);
  EXPECT_TRUE(compilation->verified.has_value());
  EXPECT_THAT(compilation->sink.diagnostics(), IsEmpty());
  return *std::move(compilation);
}

Coverage CoverageOf(const driver::Compilation& compilation, const sema::Program& program) {
  const auto image = driver::BuildImage(*compilation.verified, driver::EngineKind::kEvaluator);
  EXPECT_TRUE(image.ok()) << image.status();
  const CoverageRun run(program, *image);
  const std::vector<TestOutcome> outcomes = RunPolicyTests(program, run.image());
  for (const TestOutcome& outcome : outcomes) EXPECT_TRUE(outcome.passed()) << outcome.title;
  return run.Take(outcomes);
}

const Coverage::Sentence* Find(const std::vector<Coverage::Sentence>& sentences, const std::string& part) {
  const auto at = std::find_if(sentences.begin(), sentences.end(),
                               [&](const auto& s) { return s.text.find(part) != std::string::npos; });
  return at == sentences.end() ? nullptr : &*at;
}

TEST(Coverage, TellsWhatTheTestsExercise) {
  const driver::Compilation compilation = Starter();
  const Coverage coverage = CoverageOf(compilation, *compilation.program);
  const Coverage::Sentence* cap = Find(coverage.sentences, "at most 5 workflows at once");
  const Coverage::Sentence* other_cap = Find(coverage.sentences, "at most 15 workflows at once");
  ASSERT_TRUE(cap != nullptr && other_cap != nullptr);
  EXPECT_TRUE(cap->decided);
  EXPECT_FALSE(other_cap->decided);
  ASSERT_EQ(coverage.rungs.size(), 2u);
  EXPECT_TRUE(Find(coverage.rungs, "use model small-model")->decided);
  EXPECT_FALSE(Find(coverage.rungs, "send to reviewers")->decided);
  ASSERT_EQ(coverage.conditions.size(), 1u);
  EXPECT_TRUE(coverage.conditions[0].was_true);
  EXPECT_TRUE(coverage.conditions[0].was_false);
  EXPECT_THAT(CoverageText(coverage, *compilation.sources), HasSubstr("never stood on  "));
}

TEST(Coverage, PartsOfConditionsCountByThemselves) {
  driver::CompileOptions options;
  options.paths = {"docs/language/prelude.bylaw"};
  options.texts = {{"own.bylaw",
                    "tenant acme on tier basic\nrule r {\n  for workflow small-loan\n"
                    "  when (request.amount > $5 && !(request.amount > $50))\n  send to reviewers eu-desk\n}\n"
                    "test \"between\" {\n  given tenant acme\n  and request.amount is $20\n  when step verify of "
                    "small-loan runs\n  then it goes to reviewers\n}\n"}};
  options.as_of = Date{2026, 11, 23};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  ASSERT_TRUE(compilation.ok());
  driver::Verify(*compilation);
  ASSERT_TRUE(compilation->verified.has_value());
  const Coverage coverage = CoverageOf(*compilation, *compilation->program);
  ASSERT_EQ(coverage.conditions.size(), 4u);  // the whole, its two operands, and what the second denies
  EXPECT_TRUE(coverage.conditions[0].was_true && !coverage.conditions[0].was_false);
  EXPECT_TRUE(coverage.conditions[1].was_true && !coverage.conditions[1].was_false);
  EXPECT_TRUE(coverage.conditions[2].was_true && !coverage.conditions[2].was_false);
  EXPECT_TRUE(!coverage.conditions[3].was_true && coverage.conditions[3].was_false);
}

const MutantResult* Find(const std::vector<MutantResult>& results, const std::string& change) {
  const auto at =
      std::find_if(results.begin(), results.end(), [&](const auto& r) { return r.mutant.change == change; });
  return at == results.end() ? nullptr : &*at;
}

TEST(Mutants, AreNoticedByWhatHoldsTheSentenceUp) {
  const driver::Compilation compilation = Starter();
  const std::vector<MutantResult> results = TryMutants(compilation, [](size_t, size_t) {});
  const MutantResult* cap = Find(results, "without `at most 5 workflows at once`");
  ASSERT_NE(cap, nullptr);
  EXPECT_EQ(cap->by, Noticed::kByTest);
  EXPECT_EQ(cap->what, "the sixth workflow at once is queued");
  const MutantResult* law = Find(results, "without `subject to GDPR`");
  ASSERT_NE(law, nullptr);
  EXPECT_EQ(law->by, Noticed::kByTest) << law->what;
  const MutantResult* reversed = Find(results, "the opposite of `steps.sort.confidence < tenant.confidence_threshold`");
  ASSERT_NE(reversed, nullptr);
  EXPECT_EQ(reversed->by, Noticed::kByTest);
  for (const MutantResult& result : results) EXPECT_NE(result.by, Noticed::kMeaningless) << result.mutant.change;
}

TEST(Mutants, WithoutTestsOnlyProofsNotice) {
  const driver::Compilation compilation = Starter(/*with_tests=*/false);
  size_t unnoticed = 0, proved = 0;
  for (const MutantResult& result : TryMutants(compilation, [](size_t, size_t) {})) {
    EXPECT_NE(result.by, Noticed::kByTest) << result.mutant.change;
    unnoticed += result.by == Noticed::kByNothing;
    proved += result.by == Noticed::kByVerify;
  }
  EXPECT_GT(unnoticed, 10u);
  EXPECT_GT(proved, 0u);
}

// Each changed text differs from the original in the mutant's own lines alone.
TEST(Mutants, KeepLineNumbers) {
  const driver::Compilation compilation = Starter();
  const std::vector<Mutant> mutants = MutantsOf(compilation);
  EXPECT_GT(mutants.size(), 20u);
  for (const Mutant& mutant : mutants) {
    const std::string_view was = compilation.sources->text(mutant.span);
    EXPECT_EQ(std::count(was.begin(), was.end(), '\n'), std::count(mutant.text.begin(), mutant.text.end(), '\n'));
    EXPECT_NE(was, mutant.text) << mutant.change;
  }
}

TEST(Graph, ShowsCostsFloorsRetriesAndTheLadder) {
  const driver::Compilation compilation = Starter();
  const sema::Program& program = *compilation.program;
  const verify::Facts facts(program);
  TenantId clinic;
  for (uint32_t i = 0; i < program.tenants.size(); ++i) {
    if (program.tenants[i].name == "european-clinic") clinic = TenantId(i);
  }
  ASSERT_TRUE(clinic.valid());
  const std::string dot = WorkflowDot(facts, WorkflowId(0), clinic);
  const verify::WorkFacts& work = facts.shape(program.tenants[clinic.index()].shape).works[0];
  EXPECT_EQ(verify::WorstCaseMicros(program.workflows[0], work, verify::BoundsOf(program.workflows[0])), 128'000);
  EXPECT_THAT(dot, HasSubstr("worst case $0.128, floor F $"));
  EXPECT_THAT(dot, HasSubstr("budget $0.20"));
  EXPECT_THAT(dot, HasSubstr("<b>answer</b><br/>model large-model<br/>at most $0.04 an attempt<br/>F $0 behind it"
                             "<br/>retries at most 2 times<br/>rule unsure-goes-to-a-person"));
  EXPECT_THAT(dot, HasSubstr("s0 -> s1;"));
  EXPECT_THAT(dot, HasSubstr("below 50%: use model small-model"));
  // For all tenants the costs are a range.
  EXPECT_THAT(WorkflowDot(facts, WorkflowId(0), TenantId::None()), HasSubstr("at most $0.03 to $0.04 an attempt"));
}

}  // namespace
}  // namespace bylaw::cli
