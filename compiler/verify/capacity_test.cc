// The theorems about volume on policies as texts: months, rates, caps, SLAs, availability and starvation. What a person
// is told, and that every witness reproduces in the evaluator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/verify/testing.h"

namespace bylaw::verify {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A bureau call of 45 seconds and two cents, up to three of them; a pool of 100 slots.
std::string Platform(std::string_view contract, std::string_view more = "") {
  return fmt::format(R"(edition 2026
use std.places
endpoint bureau-a {{
  serves tool bureau
  in us-east-1
  provider first
  costs at most $0.02 per call
  takes about 45 seconds
  takes at most 60 seconds
}}
endpoint bureau-b {{
  serves tool bureau
  in us-west-2
  provider second
  costs at most $0.02 per call
  takes about 45 seconds
  takes at most 60 seconds
}}
workflow loan {{
  step credit {{
    calls tool bureau
    retries at most 2 times
  }}
}}
pool workers in us-east-1 has 100 slots with room for 1_000 waiting
{}tier standard {{
{}}}
tenant t on tier standard
)",
                     more, contract);
}

Verified Proved(std::string_view contract, std::string_view more = "") {
  Verified v = VerifyText(Platform(contract, more));
  EXPECT_THAT(v.analysis, IsEmpty());
  EXPECT_THAT(v.result.internal_errors, IsEmpty());
  return v;
}

TEST(MonthBudgetTest, TheDearestMonthOfTheDeclaredVolumeMustFit) {
  // 31 × 100 × 3 × $0.02 = $186.
  const Verified small = Proved("  expects 100 runs of loan per day\n  budget $150 per month\n");
  EXPECT_EQ(small.VerdictOf("V4"), "REFUTED");
  EXPECT_EQ(small.Rendered(diag::Kind::kMonthBudgetExceeded),
            R"(error[month-budget-exceeded]: $150 per month does not cover what t may spend on its declared volume
  --> p.bylaw:28:10
28 |   budget $150 per month
   |          ^^^^ $36 too little
  ::: p.bylaw:27:3
27 |   expects 100 runs of loan per day
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the declared volume
   = note: 31 days x 100 runs x $0.06 = $186
   = path: it runs out on day 26
   = help: budget $186 per month, or expects 80 runs of loan per day
)");
  EXPECT_EQ(Proved("  expects 100 runs of loan per day\n  budget $186 per month\n").VerdictOf("V4"), "PROVED");
  // A budget per workflow bounds each run, and a monthly volume is a month's.
  EXPECT_EQ(Proved("  expects 3_100 runs of loan per month\n  budget $186 per month\n").VerdictOf("V4"), "PROVED");
  EXPECT_EQ(Proved("  expects 3_101 runs of loan per month\n  budget $186 per month\n").VerdictOf("V4"), "REFUTED");
  EXPECT_EQ(Proved("  budget $1 per month\n").VerdictOf("V4"), "none");
}

TEST(MonthBudgetTest, WhatRestsOnAnEstimateIsAWarning) {
  const std::string_view model = R"(endpoint m {
  serves model m
  in us-east-1
  costs $1_000 per million input tokens, $1_000 per million output tokens
}
workflow answer {
  step say {
    calls model m for TOKENS 500 input tokens, 500 output tokens
  }
}
)";
  const auto verdict = [&](std::string tokens) {
    std::string text(model);
    text.replace(text.find("TOKENS"), 6, tokens);
    const Verified v = Proved("  expects 10 runs of answer per day\n  budget $300 per month\n", text);
    return std::pair(v.VerdictOf("V4"), v.Rendered(diag::Kind::kMonthBudgetExceeded).substr(0, 8));
  };
  EXPECT_EQ(verdict("at most"), std::pair(std::string("REFUTED"), std::string("error[mo")));
  EXPECT_EQ(verdict("about"), std::pair(std::string("ADVISORY"), std::string("warning[")));
}

TEST(MonthBudgetTest, AnOrgPaysForAllItsMembers) {
  const std::string_view org = "org group {\n  together budget $186 per month\n}\n";
  const Verified v =
      Proved("  expects 100 runs of loan per day\n", std::string(org) + "tenant a on tier standard in org group\n");
  EXPECT_EQ(v.VerdictOf("V4", "org group"), "PROVED");
  const Verified two = Proved("  expects 100 runs of loan per day\n", std::string(org) +
                                                                          "tenant a on tier standard in org group\n"
                                                                          "tenant b on tier standard in org group\n");
  EXPECT_EQ(two.VerdictOf("V4", "org group"), "REFUTED");
  EXPECT_THAT(two.Rendered(diag::Kind::kMonthBudgetExceeded), HasSubstr("2 tenants x 31 days x 100 runs x $0.06"));
}

TEST(RatesTest, TwoHundredRunsOfThreeCallsFitTwoWindowsOfFiveHundred) {
  const std::string terms = "  expects 200 runs of loan per day\n  sla 95% within 4 hours\n";
  EXPECT_EQ(Proved(terms + "  at most 500 calls per hour to bureau\n").VerdictOf("V5"), "PROVED");
  const Verified v = Proved(terms + "  at most 140 calls per hour to bureau\n");
  EXPECT_EQ(v.VerdictOf("V5"), "REFUTED");
  EXPECT_THAT(v.Rendered(diag::Kind::kRateInfeasible), HasSubstr(R"(
29 |   at most 140 calls per hour to bureau
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 560 calls to bureau within 4 hours at the most
)"));
  EXPECT_THAT(v.Rendered(diag::Kind::kRateInfeasible),
              HasSubstr("   = note: 200 runs x 3 calls = 600 calls, retries and replans included\n"
                        "   = path: the largest burst that fits: 186 of 200 runs\n"
                        "   = help: at most 150 calls per hour to bureau, or expect fewer runs\n"));
  // The help holds: 600 in four windows.
  EXPECT_EQ(Proved(terms + "  at most 150 calls per hour to bureau\n").VerdictOf("V5"), "PROVED");
  // Of 600 calls, 570 are needed: neither proved nor refuted.
  EXPECT_EQ(Proved(terms + "  at most 145 calls per hour to bureau\n").VerdictOf("V5"), "ADVISORY");
}

// `per hour` beside `per day` says how a day spreads.
TEST(VolumeTest, SentencesOfSeveralPeriodsHoldTogether) {
  const std::string day = "  expects 5_000 runs of loan per day\n", hour = "  expects 400 runs of loan per hour\n";
  const std::string cap = "  at most 50 workflows at once\n  sla 95% within 60 minutes\n";
  EXPECT_EQ(Proved(cap + day).VerdictOf("V7"), "REFUTED");
  EXPECT_NE(Proved(cap + day + hour).VerdictOf("V7"), "REFUTED") << "400 at once take six minutes";
  EXPECT_NE(Proved(cap + hour).VerdictOf("V7"), "REFUTED");
  // 95% of 9,600 a day at one slot take longer than a day, however they come.
  const Verified slow =
      Proved("  at most 1 workflow at once\n  sla 95% within 24 hours\n  expects 100 runs of loan per hour\n");
  EXPECT_THAT(slow.Rendered(diag::Kind::kSlaInfeasible), HasSubstr("each day adds more than a day's work"));

  // 3 x 40 calls of an hour fit an hour's limit, and no more come in any other; 24 x 40 at once would not.
  const std::string limit = "  sla 95% within 10 minutes\n  at most 250 calls per hour to bureau\n";
  EXPECT_EQ(Proved(limit + "  expects 40 runs of loan per hour\n").VerdictOf("V5"), "PROVED");
  EXPECT_EQ(Proved(limit + "  expects 960 runs of loan per day\n").VerdictOf("V5"), "REFUTED");
  EXPECT_EQ(Proved(limit + "  expects 50 runs of loan per minute\n").VerdictOf("V5"), "REFUTED");
  // A month has 31 days, a day at most 24 such hours; the tightest sentence counts.
  const std::string_view budget = "  budget $186 per month\n";
  EXPECT_EQ(Proved(std::string(budget) + "  expects 5 runs of loan per hour\n").VerdictOf("V4"), "REFUTED");
  EXPECT_EQ(Proved(std::string(budget) + "  expects 5 runs of loan per hour\n  expects 100 runs of loan per day\n")
                .VerdictOf("V4"),
            "PROVED");
  EXPECT_THAT(VerifyText(Platform("  expects 5 runs of loan per hour\n  expects 6 runs of loan per hour\n")).analysis,
              HasSubstr("[repeated-term]"));
}

TEST(QuotaTest, AnEndpointsOwnLimitCarriesWhatAllDeclare) {
  const auto quota = [](std::string_view sentence) {
    return fmt::format(
        "endpoint bureau-0 {{\n  serves tool bureau\n  in us-east-1\n  costs at most $0.01 per call\n  {}\n}}\n",
        sentence);
  };
  const std::string terms = "  expects 200 runs of loan per day\n";
  // Two tenants, up to 1,200 calls a day; 400 are sure.
  const std::string other = "tenant u on tier standard\n";
  const auto verdict = [&](std::string_view sentence, std::string_view more = "") {
    return Proved(terms + std::string(more), quota(sentence) + other).VerdictOf("V5", "the quota of endpoint bureau-0");
  };
  EXPECT_EQ(verdict("at most 50 calls per hour"), "PROVED");
  EXPECT_EQ(verdict("at most 20 calls per hour"), "ADVISORY");
  EXPECT_EQ(verdict("at most 16 calls per hour"), "REFUTED");
  EXPECT_EQ(verdict("at most 50 calls per hour", "  sla 95% within 2 hours\n"), "REFUTED");
  EXPECT_EQ(verdict("at most 100 calls per hour", "  sla 95% within 2 hours\n"), "ADVISORY");
  EXPECT_EQ(verdict("at most 1_200 calls per hour", "  sla 95% within 2 hours\n"), "PROVED");
  EXPECT_EQ(Proved("", quota("at most 1 call per hour")).VerdictOf("V5"), "none");
  const Verified silent = Proved(terms, quota("at most 500 calls per hour") + "tier quiet\ntenant q on tier quiet\n");
  EXPECT_EQ(silent.VerdictOf("V5", "the quota"), "ADVISORY") << "q may call it and declares nothing";

  const Verified v = Proved(terms, quota("at most 16 calls per hour") + other);
  EXPECT_EQ(
      v.Rendered(diag::Kind::kRateInfeasible),
      R"(error[rate-infeasible]: the quota of endpoint bureau-0 cannot carry what 2 tenants on tier standard declare
  --> p.bylaw:30:3
30 |   at most 16 calls per hour
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^ 11_904 calls in a month at the most, for all tenants together
  ::: p.bylaw:34:3
34 |   expects 200 runs of loan per day
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a declared volume
   = note: 12_400 calls are sure in a month, though nothing fails and nothing is retried
   = help: at most 17 calls per hour, if the provider grants it, or expect fewer runs
)");
}

TEST(RatesTest, WithoutAnSlaAMonthMustBeCarriedByAMonth) {
  const std::string terms = "  expects 200 runs of loan per day\n";
  EXPECT_EQ(Proved(terms + "  at most 25 calls per hour to bureau\n").VerdictOf("V5"), "PROVED");
  EXPECT_EQ(Proved(terms + "  at most 24 calls per hour to bureau\n").VerdictOf("V5"), "REFUTED");
  EXPECT_EQ(Proved(terms + "  at most 600 calls per calendar day to bureau\n").VerdictOf("V5"), "PROVED");
  EXPECT_EQ(Proved(terms + "  at most 599 calls per calendar day to bureau\n").VerdictOf("V5"), "REFUTED");
}

TEST(CapsTest, NoCapExceedsItsPoolOrItsOrg) {
  EXPECT_EQ(Proved("  at most 100 workflows at once\n").VerdictOf("V6"), "PROVED");
  const Verified v = Proved("  at most 120 workflows at once\n");
  EXPECT_EQ(v.Rendered(diag::Kind::kCapInfeasible),
            R"(error[cap-infeasible]: t may run 120 at once, and pool workers has 100
  --> p.bylaw:27:3
27 |   at most 120 workflows at once
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ::: p.bylaw:25:1
25 | pool workers in us-east-1 has 100 slots with room for 1_000 waiting
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ its work runs here, on 100 slots
   = help: at most 100 workflows at once
)");
  EXPECT_THAT(Proved("  at most 90 workflows at once bursting to 120 for 1 minute\n").Reports(), IsEmpty());
  EXPECT_THAT(
      Proved("  at most 90 workflows at once\n",
             "org group {\n  together at most 80 workflows at once\n}\ntenant a on tier standard in org group\n")
          .Reports(),
      ElementsAre("p.bylaw:31 [cap-infeasible] a may run 90 at once, and org group has 80"));
}

TEST(CapsTest, WhatIsKeptFitsAndSumsOfCapsMayExceed) {
  const std::string_view others = "tenant a on tier standard\ntenant b on tier standard\n";
  EXPECT_THAT(Proved("  at most 90 workflows at once\n", others).Reports(), IsEmpty());
  EXPECT_THAT(Proved("  at least 33 slots\n", others).Reports(), IsEmpty());
  const Verified v = Proved("  at least 34 slots\n", others);
  EXPECT_THAT(v.Reports(), ElementsAre("p.bylaw:29 [cap-infeasible] the slots kept for 3 tenants on tier standard are "
                                       "more than pool workers has"));
  EXPECT_THAT(v.Rendered(diag::Kind::kCapInfeasible), HasSubstr("3 tenants x 34 = 102 slots"));
}

TEST(CapsTest, QuotasMayBeOversubscribed) {
  const std::string_view quota = R"(endpoint bureau-c {
  serves tool bureau
  in us-east-1
  costs at most $0.02 per call
  at most 10 calls per minute
}
)";
  EXPECT_THAT(Proved("  at most 20 calls per minute to bureau\n", quota).Reports(),
              Contains(HasSubstr("[oversubscribed-quota] the limits of t together exceed the quota of endpoint")));
  EXPECT_THAT(Proved("  at most 600 calls per hour to bureau\n", quota).Reports(), IsEmpty());
}

TEST(SlaTest, FiveThousandAtFiftySlotsTakeSeventyOneMinutes) {
  const Verified v =
      Proved("  at most 50 workflows at once\n  expects 5_000 runs of loan per day\n  sla 95% within 60 minutes\n");
  EXPECT_EQ(v.VerdictOf("V7"), "REFUTED");
  EXPECT_EQ(v.Rendered(diag::Kind::kSlaInfeasible),
            R"(error[sla-infeasible]: 95% of what t declares cannot be done within 1 hour
  --> p.bylaw:29:3
29 |   sla 95% within 60 minutes
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^ at least 71.2 minutes
  ::: p.bylaw:28:3
28 |   expects 5_000 runs of loan per day
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the declared volume, however it comes
  ::: p.bylaw:27:3
27 |   at most 50 workflows at once
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 50 slots at the most
   = note: 4_750 runs at 50 slots and 45 seconds each take at least 71.2 minutes
   = help: sla 95% within 80 minutes, or its own cap: 60 would do
)");
  EXPECT_EQ(
      Proved("  at most 60 workflows at once\n  expects 5_000 runs of loan per day\n  sla 95% within 60 minutes\n")
          .VerdictOf("V7"),
      "ADVISORY");
}

TEST(SlaTest, IsProvedWhereDeclaredArrivalsAreBounded) {
  // At the worst 50 runs of three attempts of a minute: 150 minutes of work over 100 and over 50 slots, and 3 minutes.
  const std::string terms = "  at most 50 workflows at once\n  expects 50 runs of loan per day\n";
  EXPECT_EQ(Proved(terms + "  sla 95% within 8 minutes\n").VerdictOf("V7"), "PROVED");
  const Verified late = Proved(terms + "  sla 95% within 7 minutes\n");
  EXPECT_EQ(late.VerdictOf("V7"), "ADVISORY");
  EXPECT_THAT(late.Rendered(diag::Kind::kSlaAdvisory), HasSubstr("at the worst a run may take 7.5 minutes"));
  // Somebody who shares the pool and declares nothing.
  const Verified stranger =
      Proved(terms + "  sla 95% within 8 minutes\n", "tier other\ntenant stranger on tier other\n");
  EXPECT_THAT(stranger.Rendered(diag::Kind::kSlaAdvisory), HasSubstr("stranger declares no volume of loan"));
  // A rate that may hold a run up for an hour.
  EXPECT_EQ(Proved(terms + "  at most 100 calls per hour to bureau\n  sla 95% within 30 minutes\n").VerdictOf("V7"),
            "ADVISORY");
  EXPECT_EQ(Proved(terms + "  at most 100 calls per hour to bureau\n  sla 95% within 4 hours\n").VerdictOf("V7"),
            "PROVED");
  EXPECT_THAT(Proved("  sla 95% within 8 minutes\n").Rendered(diag::Kind::kSlaAdvisory),
              HasSubstr("= help: declare what is promised to be carried: `expects 200 runs of loan per day`"));
}

TEST(SlaTest, AGuaranteeAsksTheSameOfEveryone) {
  const auto with = [](std::string_view sla) {
    return fmt::format("guarantee g {{\n  for every tenant\n  require sla at least 95% within {}\n}}\n", sla);
  };
  const std::string terms = "  at most 50 workflows at once\n  expects 500 runs of loan per day\n";
  EXPECT_EQ(Proved(terms, with("1 hour")).VerdictOf("guarantee"), "PROVED");
  EXPECT_EQ(Proved(terms, with("15 minutes")).VerdictOf("guarantee"), "ADVISORY");
  const Verified v = Proved(terms, with("5 minutes"));
  EXPECT_EQ(v.VerdictOf("guarantee"), "REFUTED");
  EXPECT_THAT(v.Reports(), ElementsAre(HasSubstr("[guarantee-violated] 95% of what t declares cannot be done")));
}

TEST(AvailabilityTest, TheNarrowestDomainIsTold) {
  EXPECT_THAT(Proved("").Reports(), IsEmpty());
  EXPECT_EQ(Proved("").VerdictOf("V9"), "PROVED");
  EXPECT_THAT(Proved("  route bureau to bureau-a\n").Reports(),
              ElementsAre("p.bylaw:27 [no-available-route] bureau-a alone may serve bureau for t"));
  EXPECT_THAT(Proved("  route bureau to bureau-a else suspend\n").Reports(), IsEmpty());
  const auto twin = [](std::string_view region, std::string_view provider) {
    return fmt::format(
        "endpoint bureau-c {{\n  serves tool bureau\n  in {}\n  provider {}\n  costs at most $0.02 per call\n}}\n",
        region, provider);
  };
  EXPECT_THAT(Proved("  route bureau to bureau-a then bureau-c\n", twin("us-east-1", "third")).Reports(),
              ElementsAre(HasSubstr("nothing may serve bureau for t without region us-east-1 (US)")));
  EXPECT_THAT(Proved("  route bureau to bureau-a then bureau-c\n", twin("eu-west-1", "first")).Reports(),
              ElementsAre(HasSubstr("nothing may serve bureau for t without provider first")));
  EXPECT_THAT(Proved("  route bureau to bureau-a then bureau-c\n", twin("eu-west-1", "third")).Reports(), IsEmpty());
}

TEST(AvailabilityTest, AGuaranteeMakesItAnError) {
  const std::string_view guarantee =
      "guarantee g {\n  for every tenant\n  require availability without any one provider\n}\n";
  EXPECT_EQ(Proved("", guarantee).VerdictOf("guarantee"), "PROVED");
  const Verified v = Proved("  route bureau to bureau-a\n", guarantee);
  EXPECT_EQ(v.VerdictOf("guarantee"), "REFUTED");
  EXPECT_THAT(v.Rendered(diag::Kind::kGuaranteeViolated),
              HasSubstr("nothing serves step credit of loan without provider first"));
}

TEST(StarvationTest, WhatIsNeverServedIsTold) {
  EXPECT_EQ(Proved("").VerdictOf("V16"), "PROVED");
  EXPECT_THAT(Proved("  at most 0 workflows waiting\n").Reports(),
              ElementsAre("p.bylaw:27 [starving-lane] every run of t is refused: none may wait"));
  EXPECT_THAT(Proved("  lane normal at most 0%\n").Reports(),
              ElementsAre("p.bylaw:27 [starving-lane] the normal lane of t is never served"));
  // Urgent work beyond its share becomes normal; nothing here runs in the background.
  EXPECT_THAT(Proved("  lane urgent at most 0%\n  lane background at most 0%\n").Reports(), IsEmpty());
  EXPECT_THAT(Proved("", "tier greedy {\n  at least 100 slots\n}\ntenant g on tier greedy\n").Reports(),
              ElementsAre(HasSubstr("[starving-lane] nothing of pool workers is left for t: all 100 slots are kept")));
  EXPECT_THAT(Proved("", "tier greedy {\n  at least 99 slots\n}\ntenant g on tier greedy\n").Reports(), IsEmpty());
}

TEST(StarvationTest, ReviewersServeTheTierThatWaitsForThem) {
  const auto desk = [](std::string_view serves) {
    return fmt::format(R"(tier other
reviewers desk {{
  based in US
  serves tiers {}
}}
workflow reviewed {{
  step look {{
    asks 1 of reviewers
  }}
}}
)",
                       serves);
  };
  EXPECT_THAT(Proved("  reviewers desk\n", desk("standard, other")).Reports(), IsEmpty());
  EXPECT_THAT(Proved("  reviewers desk\n", desk("other")).Reports(),
              ElementsAre(HasSubstr("[starving-lane] t waits for reviewers who do not serve tier standard")));
  EXPECT_THAT(Proved("", desk("other")).Reports(),
              ElementsAre(HasSubstr("[starving-lane] t waits for reviewers, and none serve tier standard")));
}

}  // namespace
}  // namespace bylaw::verify
