// What is said of contracts, places, workflows and exceptions, sentence by sentence.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "compiler/change/words.h"
#include "compiler/driver/compare.h"
#include "compiler/driver/compile.h"

namespace bylaw::change {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::string_view kPolicy = R"(edition 2026
use std.places
endpoint gpt4-us {
  serves model gpt-4
  in us-east-1
  costs at most $0.03 per call
  at most 100 calls per minute
}
endpoint gpt4-eu {
  serves model gpt-4
  in eu-west-1
  costs at most $0.03 per call
}
endpoint mini-eu {
  serves model gpt-4o-mini
  in eu-west-1
  costs at most $0.01 per call
}
store us-data {
  keeps state, checkpoints, audit
  in us-east-1
}
store eu-data {
  keeps state, checkpoints, audit
  in eu-west-1
}
reviewers desk {
  based in DE
}
pool workers in eu-west-1 has 80 slots with room for 100 waiting
setting bar is a number from 0 to 1 by default 0.8 that tenants may only raise
org group {
  together at most 60 workflows at once
}
tier standard {
  weight 3
  at most 10 workflows at once bursting to 20 for 10 minutes
  at most 500 calls per hour to gpt-4
  at most 40 workflows waiting
  budget $0.50 per workflow
  budget $100 per month
  sla 95% within 4 hours
  keep audit for at least 7 years
  delete data within 30 days
  lane urgent at most 20%
  suspended at most 24 hours
}
workflow answer {
  input amount is money
  step classify {
    calls model gpt-4
    retries at most 2 times
  }
  step reply {
    after classify
    calls model gpt-4o-mini
  }
}
tenant alpha on tier standard in org group
tenant beta on tier standard
)";

std::string Edited(std::string_view from, std::string_view to) {
  std::string text(kPolicy);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

driver::Compilation Checked(const std::string& text) {
  driver::CompileOptions options;
  options.texts.push_back({"policy.bylaw", text});
  options.as_of = Date{2026, 11, 23};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  EXPECT_TRUE(compilation.ok());
  for (const diag::Diagnostic& d : compilation->sink.diagnostics()) {
    if (d.severity == diag::Severity::kError) ADD_FAILURE() << compilation->sources->Where(d.span) << d.message;
  }
  return *std::move(compilation);
}

driver::Comparison Compared(const std::string& before, const std::string& after) {
  auto comparison = driver::ComparePolicies(Checked(before), Checked(after));
  EXPECT_TRUE(comparison.ok());
  EXPECT_THAT(comparison->internal_errors, IsEmpty());
  return *std::move(comparison);
}

// "2: at most 10 → 12 workflows at once (looser)": how many tenants, what, how.
std::vector<std::string> Said(const driver::Comparison& comparison) {
  std::vector<std::string> said;
  for (const Change& change : comparison.report.changes) {
    said.push_back(std::to_string(change.tenants.size()) + ": " + change.difference.text + " (" +
                   std::string(RelationName(change.difference.relation)) + ")");
  }
  return said;
}
std::vector<std::string> SaidOf(std::string_view from, std::string_view to) {
  return Said(Compared(std::string(kPolicy), Edited(from, to)));
}

TEST(FromToTest, SaysOnceWhatBothSay) {
  EXPECT_EQ(FromTo("at most 10 workflows at once", "at most 12 workflows at once"),
            "at most 10 → 12 workflows at once");
  EXPECT_EQ(FromTo("no sla", "sla 95% within 4 hours"), "no sla → sla 95% within 4 hours");
  EXPECT_EQ(FromTo("at most 3", "at most 3 evenly"), "at most 3 → at most 3 evenly");
  EXPECT_EQ(FromTo("a b", "c d"), "a b → c d");
  EXPECT_EQ(CountText(1'234'567), "1_234_567");
  EXPECT_EQ(CountText(-1'000), "-1_000");
  EXPECT_EQ(SomeNames({"a", "b", "c", "d", "e", "f"}), "a, b, c, d and 2 more");
}

TEST(TermsTest, NothingIsSaidOfWhatMeansTheSame) {
  EXPECT_THAT(SaidOf("tier standard {\n  weight 3\n", "# a comment\ntier standard {\n  weight 3\n"), IsEmpty());
  EXPECT_THAT(SaidOf("keep audit for at least 7 years\n  delete data within 30 days",
                     "delete data within 30 days\n  keep audit for at least 7 years"),
              IsEmpty());
}

struct Row {
  std::string_view from, to, said;
};
class TermsRowTest : public testing::TestWithParam<Row> {};

TEST_P(TermsRowTest, SaysWhatTheSentenceMeans) {
  const Row& row = GetParam();
  EXPECT_THAT(SaidOf(row.from, row.to), ElementsAre(std::string(row.said)));
  // The other way round the direction turns, and the words with it.
  const auto back = Said(Compared(Edited(row.from, row.to), std::string(kPolicy)));
  ASSERT_EQ(back.size(), 1u);
  const bool stricter = row.said.ends_with("(stricter)");
  const bool looser = row.said.ends_with("(looser)");
  EXPECT_TRUE(back[0].ends_with(stricter ? "(looser)" : (looser ? "(stricter)" : "(incomparable)"))) << back[0];
}

INSTANTIATE_TEST_SUITE_P(
    Terms, TermsRowTest,
    testing::Values(
        Row{"weight 3", "weight 4", "2: weight 3 → 4 (looser)"},
        Row{"at most 10 workflows at once bursting to 20", "at most 12 workflows at once bursting to 20",
            "2: at most 10 → 12 workflows at once bursting to 20 for 10 minutes (looser)"},
        Row{"at most 10 workflows at once bursting to 20", "at most 9 workflows at once bursting to 25",
            "2: at most 10 workflows at once bursting to 20 → 9 workflows at once bursting to 25 for 10 minutes "
            "(incomparable)"},
        Row{" bursting to 20 for 10 minutes", "",
            "2: at most 10 workflows at once bursting to 20 for 10 minutes → at most 10 workflows at once (stricter)"},
        Row{"at most 500 calls per hour", "at most 400 calls per hour",
            "2: at most 500 → 400 calls per hour to gpt-4 (stricter)"},
        Row{"  at most 500 calls per hour to gpt-4\n", "",
            "2: at most 500 calls per hour to gpt-4 → no such limit (looser)"},
        Row{"at most 40 workflows waiting", "at most 30 workflows waiting",
            "2: at most 40 → 30 workflows waiting (stricter)"},
        Row{"budget $0.50 per workflow", "budget $0.75 per workflow", "2: budget $0.50 → $0.75 per workflow (looser)"},
        Row{"  budget $100 per month\n", "", "2: budget $100 → no budget per month (looser)"},
        Row{"sla 95% within 4 hours", "sla 99% within 4 hours", "2: sla 95% → 99% within 4 hours (stricter)"},
        Row{"sla 95% within 4 hours", "sla 99% within 5 hours",
            "2: sla 95% within 4 → 99% within 5 hours (incomparable)"},
        Row{"at least 7 years", "at least 5 years", "2: keep audit for at least 7 → 5 years (looser)"},
        Row{"within 30 days", "within 14 days", "2: delete data within 30 → 14 days (stricter)"},
        Row{"within 30 days", "within 1 month", "2: delete data within 30 days → 1 month (incomparable)"},
        Row{"lane urgent at most 20%", "lane urgent at most 10%", "2: lane urgent at most 20% → 10% (stricter)"},
        Row{"suspended at most 24 hours", "suspended at most 48 hours", "2: suspended at most 24 → 48 hours (looser)"},
        Row{"by default 0.8", "by default 0.9", "2: bar is 0.8 → 0.9 (stricter)"},
        Row{"together at most 60", "together at most 50",
            "1: org group together at most 60 → 50 workflows at once (stricter)"},
        Row{"has 80 slots", "has 90 slots", "0: pool workers has 80 → 90 slots (looser)"},
        Row{"at most 100 calls per minute", "at most 90 calls per minute",
            "0: endpoint gpt4-us: at most 100 → 90 calls per minute (stricter)"},
        Row{"retries at most 2 times", "retries at most 1 time",
            "2: step classify of answer: retries at most 2 times → 1 time (stricter)"}));

TEST(TermsTest, MembershipIsToldAndDecidesNothing) {
  const driver::Comparison comparison = Compared(
      std::string(kPolicy), Edited("tenant alpha on tier standard in org group", "tenant alpha on tier standard"));
  EXPECT_THAT(Said(comparison),
              UnorderedElementsAre("1: moves from org group to no org (equal)",
                                   "1: org group together at most 60 → any number of workflows at once (looser)"));
  EXPECT_EQ(comparison.report.unchanged, 1u);
}

TEST(TermsTest, TenantsComeAndGo) {
  const driver::Comparison comparison =
      Compared(std::string(kPolicy), Edited("tenant beta on tier standard", "tenant gamma on tier standard"));
  EXPECT_THAT(comparison.report.added, ElementsAre("gamma"));
  EXPECT_THAT(comparison.report.removed, ElementsAre("beta"));
  EXPECT_EQ(comparison.report.unchanged, 1u);
  EXPECT_THAT(comparison.report.changes, IsEmpty());
}

TEST(TermsTest, PlacesAreToldAsTheyAreWritten) {
  const auto said = SaidOf("tenant beta on tier standard", "tenant beta on tier standard {\n  calls go only to EU\n}");
  EXPECT_THAT(said, testing::Contains("1: calls go anywhere → to EU (stricter)"));
  EXPECT_THAT(said, testing::Contains("1: step classify of answer may call gpt4-us and gpt4-eu → gpt4-eu (stricter)"));
}

TEST(TermsTest, ALapseIsToldWithItsDate) {
  const std::string decision = "adequacy from EU to US {\n  since 2023-07-10\n}\n";
  const std::string until = "adequacy from EU to US {\n  since 2023-07-10\n  until 2027-07-10\n}\n";
  const std::string tenant = "tenant beta on tier standard {\n  calls go only to EU, places adequate for EU\n}";
  const std::string before = Edited("tenant beta on tier standard", tenant) + decision;
  const std::string after = Edited("tenant beta on tier standard", tenant) + until;
  const driver::Comparison comparison = Compared(before, after);
  EXPECT_THAT(Said(comparison), testing::Contains("1: calls may no longer go to US, from 2027-07-11 (stricter)"));
}

TEST(TermsTest, PermissionsAreSets) {
  EXPECT_THAT(SaidOf("tenant beta on tier standard",
                     "tenant beta on tier standard {\n  must not use models gpt-4o-mini\n  use model gpt-4\n}"),
              testing::Contains("1: may no longer use model gpt-4o-mini (stricter)"));
}

TEST(TermsTest, ExceptionsComeWithTheirApproval) {
  const std::string exception =
      "exception quarter-end for tenant beta {\n"
      "  replace at most 10 workflows at once bursting to 20 for 10 minutes\n"
      "  with at most 30 workflows at once\n"
      "  from 2026-12-28 until 2027-01-05\n"
      "  because \"Quarter-end portfolio review\"\n"
      "  ticket \"OPS-4121\"\n"
      "  approved by \"A. Rossi, Compliance\" on 2026-12-20\n"
      "}\n";
  const driver::Comparison comparison = Compared(std::string(kPolicy), std::string(kPolicy) + exception);
  ASSERT_EQ(comparison.report.exceptions.size(), 1u);
  const ExceptionChange& told = comparison.report.exceptions[0];
  EXPECT_EQ(told.kind, ExceptionChange::Kind::kAdded);
  EXPECT_EQ(told.tenant, "beta");
  EXPECT_EQ(told.relation, Relation::kLooser);
  EXPECT_EQ(told.approved_by, "A. Rossi, Compliance");
  EXPECT_EQ(told.approved_on, (Date{2026, 12, 20}));
  EXPECT_EQ(told.ticket, "OPS-4121");
  EXPECT_TRUE(comparison.report.any());
  const driver::Comparison back = Compared(std::string(kPolicy) + exception, std::string(kPolicy));
  ASSERT_EQ(back.report.exceptions.size(), 1u);
  EXPECT_EQ(back.report.exceptions[0].kind, ExceptionChange::Kind::kRemoved);
  EXPECT_THAT(Compared(std::string(kPolicy) + exception, std::string(kPolicy) + exception).report.exceptions,
              IsEmpty());
}

}  // namespace
}  // namespace bylaw::change
