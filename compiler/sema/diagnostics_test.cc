// Every kind that sema reports, each with the sentence that is wrong, its line, and the help a person gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "compiler/sema/testing.h"

namespace bylaw::sema {
namespace {

using ::testing::HasSubstr;

// A policy with one wrong line: the one that says `<here>` in a comment.
struct Case {
  std::string name;
  std::string more, tier, tenant;  // added to Lending()
  std::string kind;
  std::string says;  // in message, notes and help
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const std::vector<Case> kCases = {
    {"number word", "", "  at most fifty workflows waiting # <here>\n", "", "not-a-number",
     "\"fifty\" is not a number | write `at most 50 workflows waiting`"},
    {"tier", "tenant b on tier standrd # <here>\n", "", "", "unknown-name",
     "no tier is named standrd | did you mean `standard`?"},
    {"class", "tenant b on tier standard in class high-volum # <here>\n", "", "", "unknown-name",
     "did you mean `high-volume`?"},
    {"org", "tenant b on tier standard in org alpin # <here>\n", "", "", "unknown-name", "did you mean `alpine`?"},
    {"regulation", "", "", "  subject to GDRP # <here>\n", "unknown-name", "did you mean `GDPR`?"},
    {"endpoint", "", "", "  route gpt-4 to mini-ue # <here>\n", "unknown-name", "did you mean `mini-eu`?"},
    {"route to what serves another", "", "", "  route gpt-4 to bureau-eu # <here>\n", "unknown-name",
     "endpoint bureau-eu serves credit_bureau_v2, not gpt-4 | gpt-4 is served by gpt4-us and gpt4-eu"},
    {"model", "", "", "  use model gpt-5-turbo # <here>\n", "unknown-name", "no model is named gpt-5-turbo"},
    {"a tool is no model", "", "", "  use model credit_bureau_v2 # <here>\n", "unknown-name",
     "credit_bureau_v2 is a tool, not a model"},
    {"misspelt denial", "", "", "  must not use tools credit_bureua_v2 # <here>\n", "unknown-name",
     "did you mean `credit_bureau_v2`?"},
    {"rate on nothing", "", "", "  at most 5 calls per hour to credit_buro_v2 # <here>\n", "unknown-name",
     "did you mean `credit_bureau_v2`?"},
    {"store", "", "", "  use store eu-date for state # <here>\n", "unknown-name", "did you mean `eu-data`?"},
    {"store that keeps it not", "", "", "  use store eu-data for queues # <here>\n", "missing-term",
     "store eu-data does not say that it keeps queues"},
    {"pool", "", "", "  use pool eu-worker # <here>\n", "unknown-name", "did you mean `eu-workers`?"},
    {"reviewers", "", "", "  reviewers eu-desc # <here>\n", "unknown-name", "did you mean `eu-desk`?"},
    {"ladder", "", "", "  follow ladder carefull # <here>\n", "unknown-name", "did you mean `careful`?"},
    {"workflow", "", "", "  may run loans # <here>\n", "unknown-name", "did you mean `loan`?"},
    {"place", "", "", "  state stays in eu-wst-1 # <here>\n", "unknown-name", "did you mean `eu-west-1`?"},
    {"step of a choice", "", "", "  use model gpt-4 for step decyde # <here>\n", "unknown-step",
     "did you mean `decide`?"},
    {"setting", "", "", "  set treshold to 0.9 # <here>\n", "unknown-setting", "did you mean `threshold`?"},
    {"time zone", "time zone \"Europe/Berlin\" # <here>\n", "", "", "repeated-term", "stated twice"},
    {"edition", "edition 2025 # <here>\n", "", "", "out-of-range", "edition 2026"},
    {"region twice", "region lab in DE\nregion lab in FR # <here>\n", "", "", "duplicate-name",
     "region lab is declared twice"},
    {"place against the library", "place EFTA is CH, IS # <here>\n", "", "", "duplicate-name",
     "says something else in the standard library"},
    {"place in itself", "place a is b\nplace b is a # <here>\n", "", "", "unexpected-text", "made of itself"},
    {"tenant twice", "tenant acme on tier standard # <here>\n", "", "", "duplicate-name",
     "tenant acme is declared twice"},
    {"tier twice", "tier standard { # <here>\n  weight 1\n}\n", "", "", "duplicate-name",
     "tier standard is declared twice"},
    {"model and tool", "endpoint x { \n  serves tool gpt-4 # <here>\n  in eu-west-1\n}\n", "", "", "duplicate-name",
     "models and tools share one namespace"},
    {"budget twice", "", "  budget $3 per workflow # <here>\n", "", "repeated-term",
     "`budget … per workflow` is stated twice in tier standard"},
    {"cap twice", "", "  at most 40 workflows at once # <here>\n", "", "repeated-term", "tier standard"},
    {"route twice", "", "", "  route gpt-4 to gpt4-eu\n  route gpt-4 to gpt4-us # <here>\n", "repeated-term",
     "route gpt-4"},
    {"rate twice", "", "", "  at most 5 calls per hour to gpt-4\n  at most 6 calls per hour to gpt-4 # <here>\n",
     "repeated-term", "at most … calls to gpt-4"},
    {"two tiers", "tenant b on tier standard on tier standard # <here>\n", "", "", "repeated-term",
     "`on tier` is stated twice in tenant b"},
    {"no tier", "tenant b # <here>\n", "", "", "missing-term", "tenant b has no tier | tenant b on tier standard"},
    {"endpoint nowhere", "endpoint x { # <here>\n  serves model gpt-4\n}\n", "", "", "missing-term",
     "endpoint x does not say where it is | say where it is, as in `in eu-west-1`"},
    {"endpoint serves nothing", "endpoint x { # <here>\n  in eu-west-1\n}\n", "", "", "missing-term",
     "serves model gpt-4"},
    {"store keeps nothing", "store x { # <here>\n  in eu-west-1\n}\n", "", "", "missing-term",
     "keeps state, checkpoints, audit"},
    {"no model chosen", "workflow w {\n  step talk {\n    calls a model # <here>\n  }\n}\n", "", "", "missing-term",
     "use model gpt-4 for step talk"},
    {"reviewers without place", "reviewers nowhere { # <here>\n  staff 2\n}\n", "  reviewers based in EU\n", "",
     "missing-term", "based in DE, FR"},
    {"money without currency", "", "", "  budget 2 per workflow # <here>\n", "unit-mismatch",
     "2 is a plain number; money is needed here | write `budget $2 per workflow`"},
    {"euro meets dollar", "", "", "  budget €1 per workflow # <here>\n", "currency-mix", "a policy has one currency"},
    {"calendar for clock", "", "", "  sla 95% within 2 days # <here>\n", "duration-mix",
     "write `sla 95% within 48 hours`"},
    {"clock for calendar", "", "", "  delete data within 24 hours # <here>\n", "duration-mix",
     "write `delete data within 1 day`"},
    {"month and days overlap",
     "regulation R {\n  delete data within 1 month\n}\ntenant b on tier standard {\n  subject to R\n  delete data "
     "within 30 days # <here>\n}\n",
     "", "", "duration-mix", "30 days and 1 month overlap"},
    {"rate per month", "", "", "  at most 5 calls per month to gpt-4 # <here>\n", "duration-mix", "per calendar month"},
    {"no slot", "pool none in eu-west-1 has 0 slots # <here>\n", "", "", "out-of-range", "has 1 slot`"},
    {"share above all", "", "", "  lane urgent at most 120% # <here>\n", "out-of-range", "between 0% and 100%"},
    {"burst below cap", "", "", "  at most 20 workflows at once bursting to 10 for 5 minutes # <here>\n",
     "out-of-range", "no more than the cap of 20"},
    {"setting beyond its type", "", "", "  set threshold to 1.5 # <here>\n", "out-of-range", "a number from 0 to 1"},
    {"decision ends early", "adequacy from EU to IN {\n  since 2026-05-01\n  until 2026-04-01 # <here>\n}\n", "", "",
     "out-of-range", "before it starts"},
    {"peak below usual", "", "", "  expects 10 runs of loan per day peaking at 5 # <here>\n", "out-of-range",
     "a peak of 5 is below the usual 10"},
    {"cap raised", "", "", "  at most 80 workflows at once # <here>\n", "loosened-term",
     "a tenant may tighten its tier, not loosen it | write `at most 50 workflows at once bursting to 75 for 10 "
     "minutes` or "
     "something tighter | to loosen it for a while, write an exception with an end date and an approver: `replace at "
     "most 50 workflows at once bursting to 75 for 10 minutes`, `with at most 80 workflows at once`"},
    {"burst raised", "", "", "  at most 40 workflows at once bursting to 90 for 10 minutes # <here>\n", "loosened-term",
     "tier"},
    {"budget raised", "", "", "  budget $2.01 per workflow # <here>\n", "loosened-term", "tier"},
    {"weight raised", "", "", "  weight 11 # <here>\n", "loosened-term", "tier"},
    {"setting lowered", "", "", "  set threshold to 0.7 # <here>\n", "loosened-term",
     "a tenant may only raise threshold"},
    {"list widened", "", "  may use models gpt-4\n", "  may use models gpt-4, gpt-4o-mini # <here>\n", "loosened-term",
     "tier"},
    {"denial undone", "", "  must not use models gpt-4o-mini\n", "  may use models gpt-4, gpt-4o-mini # <here>\n",
     "loosened-term", "tier"},
    {"regulation loosened", "", "", "  subject to GDPR\n  delete data within 40 days # <here>\n", "loosened-term",
     "a tenant may tighten its regulation"},
    {"class loosens tier",
     "class wide {\n  budget $5 per workflow # <here>\n}\ntenant b on tier standard in class wide\n", "", "",
     "loosened-term", "a class may tighten its tier"},
    {"org loosens tier",
     "org big {\n  at most 60 workflows at once # <here>\n}\ntenant b on tier standard in org big\n", "", "",
     "loosened-term", "an org may tighten its tier"},
    {"unknown step", "workflow w {\n  step a {\n    after b # <here>\n  }\n}\n", "", "", "unknown-step",
     "no step of w is named b"},
    {"circle", "workflow w {\n  step a { # <here>\n    after b\n  }\n  step b {\n    after a\n  }\n}\n", "", "",
     "step-cycle", "a after b after a"},
    {"replan to nowhere",
     "workflow w {\n  step a {\n    calls model gpt-4\n    on failure replans from aa at most 2 times # <here>\n  "
     "}\n}\n",
     "", "", "unknown-step", "did you mean `a`?"},
    {"input", "workflow w {\n  input amount is money\n  step a {\n    reads amont # <here>\n  }\n}\n", "", "",
     "unknown-name", "did you mean `amount`?"},
    {"condition", "workflow w {\n  input amount is money\n  step a {\n    when (request.amont > $5) # <here>\n  }\n}\n",
     "", "", "unknown-name", "amont"},
    {"condition type",
     "workflow w {\n  input amount is money\n  step a {\n    when (request.amount) # <here>\n  }\n}\n", "", "",
     "condition-type", ""},
    {"output name", "workflow w {\n  step a {\n    gives in as text # <here>\n  }\n}\n", "", "", "unexpected-text",
     "the word is reserved there"},
    {"more asked than there are", "workflow w {\n  step a {\n    asks 9 of reviewers eu-desk # <here>\n  }\n}\n", "",
     "", "out-of-range", "asks 4 of reviewers eu-desk"},
    {"rule on unknown step", "rule r {\n  for step decyde of loan # <here>\n  deny\n}\n", "", "", "unknown-step",
     "did you mean `decide`?"},
    {"rule skips what must run", "rule r {\n  for step decide of loan\n  skip # <here>\n}\n", "", "", "unexpected-text",
     "optional step decide {"},
    {"rule with two effects of one kind", "rule r {\n  use model gpt-4\n  use model gpt-4o-mini # <here>\n}\n", "", "",
     "repeated-term", "rule r"},
    {"window", "rule r {\n  wait until nights # <here>\n}\n", "", "", "unknown-name", "no window is named nights"},
    {"guarantee", "guarantee g {\n  for every tenant subject to GDRP # <here>\n  never keep data outside EU\n}\n", "",
     "", "unknown-name", "did you mean `GDPR`?"},
    {"test endpoint",
     "test \"t\" {\n  given tenant acme\n  and endpoint gpt4-ux is down # <here>\n  when loan is submitted\n  then "
     "it proceeds\n}\n",
     "", "", "unknown-name", "did you mean `gpt4-"},
    {"test value",
     "test \"t\" {\n  given tenant acme\n  and request.amount is 5 # <here>\n  when loan is submitted\n  then it "
     "proceeds\n}\n",
     "", "", "unit-mismatch", "money is needed here"},
    {"test reason",
     "test \"t\" {\n  given tenant acme\n  when loan is submitted\n  then it suspends because residence # "
     "<here>\n}\n",
     "", "", "unknown-name", "did you mean `residency`?"},
    {"value of a scenario that no workflow has",
     "scenario s {\n  every tenant sends 5 runs of loan per day\n  request.chanel is web # <here>\n  run from 08:00 to "
     "16:00\n}\n",
     "", "", "unknown-name", "no input of the workflows of scenario s is named chanel | did you mean `channel`?"},
    {"value of a scenario of another type",
     "scenario s {\n  every tenant sends 5 runs of loan per day\n  steps.decide.confidence is web # <here>\n  run from "
     "08:00 to 16:00\n}\n",
     "", "", "not-a-number", "is not a number"},
    {"shares of a scenario",
     "scenario s {\n  every tenant sends 5 runs of loan per day\n  request.channel is web in 60% of runs\n  "
     "request.channel is branch in 50% of runs # <here>\n  run from 08:00 to 16:00\n}\n",
     "", "", "out-of-range", "the shares of request.channel come to more than 100% of the runs"},
    {"rest of a scenario twice",
     "scenario s {\n  every tenant sends 5 runs of loan per day\n  request.channel is web\n  request.channel is branch "
     "# "
     "<here>\n  run from 08:00 to 16:00\n}\n",
     "", "", "repeated-term", "`request.channel is` is stated twice in scenario s"},
    {"scenario", "scenario s {\n  every tenant sends 5 runs of loann per day # <here>\n  run from 08:00 to 16:00\n}\n",
     "", "", "unknown-name", "did you mean `loan`?"},
};

uint32_t LineOfMark(std::string_view text) {
  const size_t mark = text.find("<here>");
  return 1 + static_cast<uint32_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(mark), '\n'));
}

class SemaDiagnostic : public ::testing::TestWithParam<Case> {};

TEST_P(SemaDiagnostic, NamesTheLineAndTheSentenceToWrite) {
  const Case& c = GetParam();
  const std::string text = Lending(c.more, c.tier, c.tenant);
  const Analyzed a = AnalyzeText(text);
  const std::vector<std::string> reports = a.Reports();
  ASSERT_FALSE(reports.empty());
  EXPECT_THAT(reports[0], HasSubstr(fmt::format("p.bylaw:{} [{}] ", LineOfMark(text), c.kind))) << a.AllReports();
  EXPECT_THAT(reports[0], HasSubstr(c.says));
  EXPECT_EQ(reports.size(), 1u) << a.AllReports();
}

INSTANTIATE_TEST_SUITE_P(Kinds, SemaDiagnostic, ::testing::ValuesIn(kCases));

std::string Exception(std::string_view body) { return fmt::format("exception e for tenant acme {{\n{}}}\n", body); }
constexpr std::string_view kQuote = "  replace at most 50 workflows at once bursting to 75 for 10 minutes\n";
constexpr std::string_view kWith = "  with at most 80 workflows at once\n";
constexpr std::string_view kDays = "  from 2026-12-28 until 2027-01-05\n";
constexpr std::string_view kApproved = "  approved by \"A. Rossi, Compliance\" on 2026-12-20\n";

std::vector<std::string> ReportsOf(const std::string& more, std::string_view tenant = "") {
  return AnalyzeText(Lending(more, "", tenant)).Reports();
}

TEST(Exceptions, AnApprovedOneIsKeptWithItsDays) {
  const Analyzed a = AnalyzeText(Lending(Exception(fmt::format("{}{}{}{}", kQuote, kWith, kDays, kApproved))));
  EXPECT_FALSE(a.sink->has_errors()) << a.AllReports();
  ASSERT_EQ(a.program.exceptions.size(), 1u);
  // Whole days, both included, in Europe/Berlin (UTC+1 in winter).
  EXPECT_EQ(a.program.exceptions[0].from_ns, DaysFromCivil({2026, 12, 28}) * kDayNs - kHourNs);
  EXPECT_EQ(a.program.exceptions[0].until_ns, DaysFromCivil({2027, 1, 6}) * kDayNs - kHourNs);
}

TEST(Incomplete, WhatWasNotReadIsNotMissing) {
  const Analyzed a =
      AnalyzeText(Lending("rule r {\n  denny\n}\ntest \"t\" {\n  given tenant acme\n  when loan is "
                          "submitted\n  then it is quewed\n}\nscenario s {\n  run 08:00\n}\n"));
  EXPECT_EQ(a.Reports().size(), 3u) << a.AllReports();
  EXPECT_THAT(a.Reports(), ::testing::Each(HasSubstr("[unexpected-text]")));
}

TEST(Exceptions, MustQuoteTheWholeTerm) {
  const auto reports =
      ReportsOf(Exception(fmt::format("  replace at most 50 workflows at once\n{}{}{}", kWith, kDays, kApproved)));
  EXPECT_THAT(reports,
              ::testing::Contains(HasSubstr("[missing-term] exception e does not quote a term in force for acme | "
                                            "replace at most 50 workflows at once bursting to 75 for 10 minutes")));
}

TEST(Exceptions, AreApprovedByThen) {
  EXPECT_THAT(ReportsOf(Exception(fmt::format("{}{}{}", kQuote, kWith, kDays))),
              ::testing::Contains(HasSubstr("[exception-unapproved]")));
  const auto late =
      ReportsOf(Exception(fmt::format("{}{}{}  approved by \"B\" on 2026-12-30\n", kQuote, kWith, kDays)));
  EXPECT_THAT(late, ::testing::Contains(HasSubstr("[exception-unapproved]")));
}

TEST(Exceptions, EndOnce) {
  const auto past = ReportsOf(Exception(
      fmt::format("{}{}  from 2026-01-01 until 2026-11-22\n  approved by \"B\" on 2025-12-20\n", kQuote, kWith)));
  EXPECT_THAT(past, ::testing::Contains(HasSubstr("[exception-expired]")));
  const auto today = ReportsOf(Exception(
      fmt::format("{}{}  from 2026-01-01 until 2026-11-23\n  approved by \"B\" on 2025-12-20\n", kQuote, kWith)));
  EXPECT_THAT(today, ::testing::ElementsAre(HasSubstr("[exception-ends-soon]")));
}

TEST(Exceptions, DoNotOverlapOnOneTerm) {
  const std::string one = Exception(fmt::format("{}{}{}{}", kQuote, kWith, kDays, kApproved));
  std::string other = one;
  other.replace(other.find("exception e"), 11, "exception f");
  EXPECT_THAT(ReportsOf(one + other), ::testing::Contains(HasSubstr("[exception-overlap]")));
  other.replace(other.find("2026-12-28"), 10, "2027-01-06");
  other.replace(other.find("2027-01-05"), 10, "2027-01-09");
  EXPECT_THAT(ReportsOf(one + other), ::testing::Not(::testing::Contains(HasSubstr("[exception-overlap]"))));
}

TEST(Exceptions, LoosenARegulationOnlyIfItMayBeWaived) {
  const std::string body =
      fmt::format("  replace delete data within 30 days\n  with delete data within 60 days\n{}{}", kDays, kApproved);
  EXPECT_THAT(ReportsOf(Exception(body), "  subject to GDPR\n"),
              ::testing::Contains(HasSubstr("[exception-not-waivable] regulation GDPR")));
  const std::string waivable =
      "regulation SOFT {\n  delete data within 30 days\n  may be waived\n}\n" + Exception(body);
  EXPECT_FALSE(AnalyzeText(Lending(waivable, "", "  subject to SOFT\n")).sink->has_errors());
}

TEST(Reports, ComeAllInOneRun) {
  const Analyzed a = AnalyzeText(
      Lending("tenant b on tier standrd\ntenant c on tier standard in org alpin\n", "", "  subject to GDRP\n"));
  EXPECT_EQ(a.Reports().size(), 3u) << a.AllReports();
}

TEST(Reports, SayToUseTheLibraryThatHasThePlace) {
  const Analyzed a = AnalyzeText("endpoint e {\n  serves model m\n  in eu-west-1\n}\n");
  EXPECT_THAT(a.Reports(), ::testing::ElementsAre(
                               "p.bylaw:3 [unknown-name] no place or region is named eu-west-1 | use std.places"));
}

}  // namespace
}  // namespace bylaw::sema
