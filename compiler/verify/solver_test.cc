// Conditions that only the solver decides, in policies as texts; and that nothing else loads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "compiler/verify/testing.h"

namespace bylaw::verify {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool SolverIsLoaded() {
  std::ifstream maps("/proc/self/maps");
  const std::string text((std::istreambuf_iterator<char>(maps)), std::istreambuf_iterator<char>());
  return text.find("libz3") != std::string::npos;
}

// Two rules with these conditions that ask for different models.
Verified Models(std::string_view one, std::string_view two, std::string_view more = "") {
  Verified v = VerifyText(fmt::format(R"(edition 2026
use std.places
endpoint big-a {{
  serves model big
  in us-east-1
}}
endpoint mini-a {{
  serves model mini
  in us-east-1
}}
setting reserve is money by default $100 that tenants may only raise
workflow loan {{
  input amount is money
  input income is money
  input months is a count
  input applied is a date
  input due is a date
  input grace is a duration
  input score is a number
  input prior is a number
  input home is text
  input work is text
  input note is text
  step decide {{
    calls model big
  }}
}}
tier standard {{
  route big to big-a else suspend
  route mini to mini-a else suspend
}}
tenant t on tier standard
rule a {{
  for step decide of loan
  when ({})
  use model mini
}}
rule b {{
  for step decide of loan
  when ({})
  use model big
}}
{})",
                                      one, two, more));
  EXPECT_THAT(v.analysis, IsEmpty());
  EXPECT_THAT(v.result.internal_errors, IsEmpty());
  return v;
}
std::string VerdictOf(std::string_view one, std::string_view two) {
  return Models(one, two).VerdictOf("V13", "one model");
}

TEST(SolverTest, WhatEnumerationDecidesLoadsNoSolver) {
  ASSERT_FALSE(SolverIsLoaded()) << "this test has to run first";
  EXPECT_EQ(VerdictOf("request.amount > $50", "request.amount < $50"), "PROVED");
  EXPECT_EQ(VerdictOf("request.amount + request.income > $50", "request.amount < $1"), "REFUTED");
  EXPECT_FALSE(SolverIsLoaded());
  EXPECT_EQ(VerdictOf("request.amount > request.income", "request.amount <= request.income"), "PROVED");
  EXPECT_TRUE(SolverIsLoaded());
}

TEST(SolverTest, SumsAndDifferences) {
  EXPECT_EQ(VerdictOf("request.amount > request.income", "request.income > request.amount + $1"), "PROVED");
  EXPECT_EQ(VerdictOf("request.amount > request.income * 4", "request.amount < request.income * 4"), "PROVED");
  EXPECT_EQ(VerdictOf("request.amount > request.income * 4 && request.income > $1000", "request.amount < $2000"),
            "PROVED");
  EXPECT_EQ(VerdictOf("request.amount - request.income > tenant.reserve", "request.amount < request.income + $99"),
            "PROVED");
  EXPECT_EQ(VerdictOf("request.months / 12 >= 5", "request.months < 60 && request.months > 0"), "PROVED");
  EXPECT_EQ(VerdictOf("request.months % 12 == 0", "request.months % 12 == 5"), "PROVED");
  // Truncated division: -7 / 2 is -3, and -7 % 2 is -1.
  EXPECT_EQ(VerdictOf("request.months % 2 == -1", "request.months > 0"), "PROVED");
  EXPECT_EQ(VerdictOf("request.months % 2 == -1", "request.months < -4 && request.months / 2 == -3"), "REFUTED");
}

TEST(SolverTest, OverflowIsAnErrorAndNeverAMatch) {
  // Were the sum unbounded, an amount close to the largest would do.
  EXPECT_EQ(VerdictOf("request.amount + $1 > $0", "request.amount > $9_223_372_036_854"), "PROVED")
      << "an amount of 9,223,372,036,854.775807 is the largest";
  EXPECT_EQ(VerdictOf("request.months * 3 < 0", "request.months > 0"), "PROVED");
  // … but an error does not decide where the other side of || holds.
  EXPECT_EQ(VerdictOf("request.amount + $1 > $0 || request.months == 3", "request.amount > $9_223_372_036_854"),
            "REFUTED");
}

TEST(SolverTest, DatesNumbersAndTexts) {
  EXPECT_EQ(
      VerdictOf("request.due - request.applied > duration('48h')", "request.due < request.applied + duration('24h')"),
      "PROVED");
  EXPECT_EQ(VerdictOf("request.applied + request.grace < request.due",
                      "request.due < request.applied && request.grace > duration('1s')"),
            "PROVED");
  EXPECT_EQ(VerdictOf("request.score > request.prior", "request.score < request.prior"), "PROVED");
  EXPECT_EQ(VerdictOf("request.score > request.prior", "!(request.score <= request.prior)"), "REFUTED");
  EXPECT_EQ(VerdictOf("request.score + request.prior > 1.5", "request.score < 0.5 && request.prior < 0.5"), "PROVED");
  EXPECT_EQ(VerdictOf("request.home == request.work && request.home == 'x'", "request.work == 'y'"), "PROVED");
  EXPECT_EQ(VerdictOf("request.home == request.work", "request.work != 'y' && request.home.startsWith('y')"), "UNKNOWN")
      << "a text that only a string solver would find";
  EXPECT_EQ(VerdictOf("request.note.size() > 9", "request.note.size() < 5"), "PROVED") << "the same unknown twice";
}

TEST(SolverTest, AModelIsAWitnessInPlainWords) {
  const Verified v = Models("request.amount > request.income * 4", "request.income > $1000");
  EXPECT_EQ(v.VerdictOf("V13", "one model"), "REFUTED");
  const std::string told = v.Rendered(diag::Kind::kContradictingRules);
  EXPECT_THAT(told, HasSubstr("= path: t, step decide of loan, where request.amount is $"));
  EXPECT_THAT(told, HasSubstr("and request.income is $"));
  EXPECT_EQ(
      told,
      Models("request.amount > request.income * 4", "request.income > $1000").Rendered(diag::Kind::kContradictingRules))
      << "the same question has the same answer";
}

TEST(SolverTest, RulesDie) {
  const auto reports = [](std::string_view condition) {
    return Models("false && request.months == 1", "request.months == 2",
                  fmt::format("rule r {{\n  for workflow loan\n  when ({})\n  deny\n}}\n", condition))
        .Reports();
  };
  const auto dies = ::testing::Contains(HasSubstr("[dead-rule] rule r can never match"));
  EXPECT_THAT(reports("request.amount > request.income && request.income > request.amount"), dies);
  EXPECT_THAT(reports("request.amount > request.income"), ::testing::Not(dies));
}

// Products of unknowns are beyond it: that ends within the allowance, and claims nothing.
TEST(SolverTest, WhatIsTooHardIsUnknown) {
  EXPECT_EQ(VerdictOf("request.months * request.months * request.months % 1009 == 1008 - request.months % 7",
                      "request.months * request.months % 1013 == 11 && request.months > 1000000"),
            "UNKNOWN");
}

}  // namespace
}  // namespace bylaw::verify
