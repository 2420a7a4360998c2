// V13 on policies as texts, and the enumeration of conditions beneath it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/verify/testing.h"

namespace bylaw::verify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Rules(std::string_view rules, std::string_view tenants = "tenant t on tier standard\n") {
  return fmt::format(R"(edition 2026
use std.places
endpoint big-a {{
  serves model big
  in us-east-1
}}
endpoint mini-a {{
  serves model mini
  in us-east-1
}}
reviewers desk {{
  based in US
}}
setting limit is money by default $100 that tenants may only lower
workflow loan {{
  input amount is money
  input channel is one of web, branch
  input note is text
  step check {{
    costs at most $0.01
  }}
  optional step extra {{
    after check
  }}
  step decide {{
    after extra
    calls model big
    gives confidence as a number from 0 to 1
  }}
}}
tier standard {{
  route big to big-a else suspend
  route mini to mini-a else suspend
}}
{}{})",
                     tenants, rules);
}

Verified Proved(std::string_view rules, std::string_view tenants = "tenant t on tier standard\n") {
  Verified v = VerifyText(Rules(rules, tenants));
  EXPECT_THAT(v.analysis, IsEmpty());
  EXPECT_THAT(v.result.internal_errors, IsEmpty());
  return v;
}

// Two rules with these conditions that ask for different models.
std::string Models(std::string_view one, std::string_view two) {
  return fmt::format(
      "rule a {{\n  for step decide of loan\n  when ({})\n  use model mini\n}}\n"
      "rule b {{\n  for step decide of loan\n  when ({})\n  use model big\n}}\n",
      one, two);
}

TEST(ContradictionTest, TwoModelsForOneStep) {
  const Verified v = Proved(Models("request.amount > $50", "request.amount < $60"));
  EXPECT_EQ(v.VerdictOf("V13", "one model"), "REFUTED");
  EXPECT_EQ(v.Rendered(diag::Kind::kContradictingRules),
            R"(error[contradicting-rules]: rules a and b ask for two different models for step decide of loan
  --> p.bylaw:44:3
44 |   use model big
   |   ^^^^^^^^^^^^^ rule b asks for big
  ::: p.bylaw:39:3
39 |   use model mini
   |   ^^^^^^^^^^^^^^ rule a asks for mini
   = path: t, step decide of loan, where request.amount is $50.000001
   = help: give one of them a condition that the other excludes, or let both say `use model mini`
)");
}

TEST(ContradictionTest, DisjointConditionsAreProved) {
  const auto verdict = [](std::string_view one, std::string_view two,
                          std::string_view tenants =
                              "tenant t on tier "
                              "standard\n") { return Proved(Models(one, two), tenants).VerdictOf("V13", "one model"); };
  EXPECT_EQ(verdict("request.amount >= $50", "request.amount < $50"), "PROVED");
  EXPECT_EQ(verdict("request.channel == 'web'", "request.channel == 'branch'"), "PROVED");
  EXPECT_EQ(verdict("request.channel == 'web'", "request.channel in ['branch', 'web']"), "REFUTED");
  EXPECT_EQ(verdict("request.channel == 'web' && request.amount > $5", "!(request.channel == 'web')"), "PROVED");
  EXPECT_EQ(verdict("has(request.amount)", "!has(request.amount)"), "PROVED");
  // The setting is a constant of each tenant; all tenants count.
  EXPECT_EQ(verdict("request.amount > tenant.limit", "request.amount < $50"), "PROVED");
  EXPECT_EQ(verdict("request.amount > tenant.limit", "request.amount < $50",
                    "tenant t on tier standard\ntenant u on tier standard {\n  set limit to $20\n}\n"),
            "REFUTED");
  // What looks into open text, or calculates, is refuted only with an example and proved only by the rest.
  EXPECT_EQ(verdict("request.note.matches('^x+$')", "!request.note.matches('^x+$')"), "PROVED");
  EXPECT_EQ(verdict("request.note.matches('^x+$')", "request.note.matches('^y+$')"), "UNKNOWN");
  EXPECT_EQ(verdict("request.note.startsWith('x')", "request.note.endsWith('x')"), "REFUTED");
  EXPECT_EQ(verdict("request.amount + request.amount > $5", "request.amount > $1"), "REFUTED");
}

TEST(ContradictionTest, WhatCannotBeDecidedIsNotPassed) {
  const Verified v = Proved(Models("request.note.matches('^x+$')", "request.note.matches('^y+$')"));
  EXPECT_THAT(v.Reports(), ElementsAre(HasSubstr("cannot be decided")));
  EXPECT_FALSE(v.result.verified.has_value());
}

TEST(DeadRuleTest, EachReasonIsTold) {
  const auto reports = [](std::string_view rules, std::string_view tenants = "tenant t on tier standard\n") {
    return Proved(rules, tenants).Reports();
  };
  EXPECT_THAT(
      reports("rule r {\n  for workflow loan\n  when (request.amount > $9 && request.amount < $8)\n  deny\n}\n"),
      ElementsAre("p.bylaw:36 [dead-rule] rule r can never match"));
  EXPECT_THAT(reports("rule r {\n  for workflow loan\n  when (request.amount > $9)\n  deny\n}\n"), IsEmpty());
  EXPECT_THAT(reports("tier empty\nrule r {\n  for every tenant on tier empty\n  deny\n}\n"),
              ElementsAre("p.bylaw:37 [dead-rule] rule r concerns nobody"));
  EXPECT_THAT(reports("rule r {\n  for step check of loan\n  use model mini\n}\n"),
              ElementsAre("p.bylaw:36 [dead-rule] rule r has nothing to act on"));
}

TEST(DeadRuleTest, AStricterRuleThatAlwaysMatchesShadows) {
  const auto reports = [](std::string_view strict, std::string_view weak) {
    return Proved(fmt::format("rule strict {{\n  for workflow loan\n  {}}}\nrule weak {{\n  for step decide of loan\n  "
                              "{}}}\n",
                              strict, weak))
        .Reports();
  };
  const auto shadowed = ElementsAre(HasSubstr("[dead-rule] rule weak never counts: rule strict always overrules it"));
  EXPECT_THAT(reports("deny\n", "send to reviewers\n"), shadowed);
  EXPECT_THAT(reports("when (request.amount > $5)\n  deny\n", "when (request.amount > $9)\n  send to reviewers\n"),
              shadowed);
  EXPECT_THAT(reports("when (request.amount > $9)\n  deny\n", "when (request.amount > $5)\n  send to reviewers\n"),
              IsEmpty());
  // An absent amount makes the stricter condition an error, which counts as a match.
  EXPECT_THAT(reports("when (request.amount > $5)\n  deny\n", "when (!has(request.amount))\n  send to reviewers\n"),
              shadowed);
  EXPECT_THAT(reports("send to reviewers\n", "put in lane background\n"), IsEmpty());
  EXPECT_THAT(reports("deny\n", "note \"seen\"\n"), IsEmpty());
}

}  // namespace
}  // namespace bylaw::verify
