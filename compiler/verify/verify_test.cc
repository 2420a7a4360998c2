// The theorems on policies as texts: what a person is told, and that every witness reproduces in the evaluator.
#include "compiler/verify/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/verify/testing.h"

namespace bylaw::verify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Two models in Europe and the US, a dated adequacy decision, and a workflow that calls one of them.
std::string World(std::string_view more) {
  return std::string(R"(edition 2026
use std.places
adequacy from EU to US {
  only those certified by dpf
  since 2023-07-10
  until 2027-07-10
}
endpoint gpt4-us {
  serves model gpt-4
  in us-east-1
  costs at most $0.03 per call
}
endpoint gpt4-eu {
  serves model gpt-4
  in eu-west-1
  costs at most $0.03 per call
}
endpoint gpt4-us-b {
  serves model gpt-4
  in us-west-2
  certified by dpf checked 2026-10-01
  costs at most $0.03 per call
}
regulation GDPR {
  calls go only to EU, places adequate for EU
}
workflow loan-approval {
  step compliance {
    calls model gpt-4
  }
}
)") + std::string(more);
}

TEST(ResidencyTest, AnInheritedRouteIsToldOnceWithItsPathAndTheSentenceToWrite) {
  const Verified v = VerifyText(World(R"(tier standard {
  route gpt-4 to gpt4-eu then gpt4-us
}
tenant european-institution on tier standard {
  subject to GDPR
}
tenant other-institution on tier standard {
  subject to GDPR
}
tenant third-institution on tier standard {
  subject to GDPR
}
tenant bank on tier standard
)"));
  EXPECT_THAT(v.analysis, IsEmpty());
  EXPECT_THAT(v.result.internal_errors, IsEmpty());
  EXPECT_FALSE(v.result.verified.has_value());
  EXPECT_EQ(v.Rendered(diag::Kind::kResidencyViolation),
            R"(error[residency-violation]: european-institution's calls to gpt-4 are routed outside the EU
  --> p.bylaw:33:31
33 |   route gpt-4 to gpt4-eu then gpt4-us
   |                               ^^^^^^^ in us-east-1 (US), not certified by dpf
  ::: p.bylaw:36:3
36 |   subject to GDPR
   |   ^^^^^^^^^^^^^^^ calls go only to EU, places adequate for EU (p.bylaw:25)
   = path: loan-approval, step compliance, when gpt4-eu is down
   = also: 2 more tenants on tier standard
   = help: give this tenant its own route: `route gpt-4 to gpt4-eu else suspend`
)");
}

TEST(ResidencyTest, ALapseIsToldWithItsFirstDate) {
  const Verified v = VerifyText(World(R"(tier standard
tenant t on tier standard {
  subject to GDPR
  route gpt-4 to gpt4-eu then gpt4-us-b
}
)"));
  EXPECT_THAT(v.analysis, IsEmpty());
  EXPECT_THAT(v.Reports(), ElementsAre("p.bylaw:35 [residency-lapse] from 2027-07-11 t's calls to gpt-4 are routed "
                                       "outside the EU"));
  EXPECT_THAT(v.result.internal_errors, IsEmpty());
}

TEST(ResidencyTest, CertificatesAreAssumptions) {
  const Verified v = VerifyText(World(R"(tier standard
tenant t on tier standard {
  subject to GDPR
}
)"),
                                {2026, 1, 1});
  EXPECT_TRUE(v.result.verified.has_value()) << v.analysis;
  EXPECT_THAT(v.result.theorems[0].assumptions,
              ::testing::Contains("assuming gpt4-us-b is certified by dpf, checked 2026-10-01 (p.bylaw:21)"));
}

TEST(ResidencyTest, NothingLegalAndOneEndpointAlone) {
  const Verified none = VerifyText(World(R"(tier standard
tenant t on tier standard {
  calls go only to JP
}
)"));
  EXPECT_THAT(none.Reports(), ElementsAre("p.bylaw:29 [no-legal-route] no endpoint may serve gpt-4 for t"))
      << none.analysis;
  EXPECT_THAT(none.result.internal_errors, IsEmpty());
  const std::string_view one = R"(tier standard
tenant t on tier standard {
  calls go only to eu-west-1
}
)";
  const Verified warned = VerifyText(World(one));
  EXPECT_THAT(warned.Reports(), ElementsAre("p.bylaw:29 [no-available-route] gpt4-eu alone may serve gpt-4 for t"));
  EXPECT_TRUE(warned.result.verified.has_value());
}

// language.md's numbers: 0.02 + 3 x 0.05 + 0.03 + 3 x 0.12 = 0.56, or 0.44 with one replan.
std::string Money(std::string_view terms, std::string_view more = "") {
  return fmt::format(R"(edition 2026
use std.places
endpoint id {{
  serves tool identity
  in us-east-1
  costs at most $0.02 per call
}}
endpoint bureau {{
  serves tool bureau
  in us-east-1
  costs at most $0.05 per call
}}
endpoint mini {{
  serves model mini
  in us-east-1
  costs at most $0.01 per call
}}
endpoint big {{
  serves model big
  in us-east-1
  costs at most $0.12 per call
}}
workflow loan-approval {{
  step verify {{
    calls tool identity
  }}
  step credit {{
    after verify
    calls tool bureau
    retries at most 2 times
  }}
  optional step enrich {{
    after credit
    costs at most $0.03
  }}
  step compliance {{
    after credit, enrich
    calls model big
    on failure replans from compliance at most 2 times
  }}
}}
reviewers desk {{
  based in US
}}
{}tier standard {{
  {}
}}
tenant t on tier standard
)",
                     more, terms);
}

TEST(WorstCaseCostTest, TheTraceTheLeastBudgetAndTheMildestChange) {
  const Verified v = VerifyText(Money("budget $0.50 per workflow"));
  EXPECT_THAT(v.analysis, IsEmpty());
  EXPECT_THAT(v.result.internal_errors, IsEmpty());
  EXPECT_THAT(v.Rendered(diag::Kind::kBudgetTooSmall),
              HasSubstr("error[budget-too-small]: $0.50 per workflow cannot cover loan-approval\n"
                        "  --> p.bylaw:46:10\n"));
  EXPECT_THAT(
      v.Rendered(diag::Kind::kBudgetTooSmall),
      HasSubstr("   = note: 0.02 + 3 x 0.05 + 0.03 + 3 x 0.12 = $0.56\n"
                "   = path: step verify: $0.02; step credit: 3 attempts, 3 x $0.05; step enrich: $0.03; step "
                "compliance: 3 visits, 3 x $0.12; step compliance, in its visit 3, needs $0.12 and $0.06 is left\n"
                "   = help: write `budget $0.56 per workflow`, or replan at most 1 time ($0.44)\n"));
  EXPECT_EQ(v.VerdictOf("V2"), "REFUTED");
  EXPECT_EQ(VerifyText(Money("budget $0.56 per workflow")).VerdictOf("V2"), "PROVED");
}

constexpr std::string_view kCareful = R"(ladder careful {
  when budget below 40%: use model mini
  when budget below 20%: skip optional steps
  when budget below $0.01: send to reviewers
}
)";

TEST(LadderTest, ASafeLadderTurnsTheErrorIntoAWarningButNotBelowTheFloor) {
  const Verified safe = VerifyText(Money("budget $0.50 per workflow\n  follow ladder careful", kCareful));
  EXPECT_TRUE(safe.result.verified.has_value()) << safe.analysis;
  EXPECT_EQ(safe.VerdictOf("V2"), "ADVISORY");
  EXPECT_THAT(safe.Rendered(diag::Kind::kBudgetReliesOnLadder), Not(IsEmpty()));
  // The floor with the cheaper model: 0.02 + 0.05 + 0.01.
  const Verified floor = VerifyText(Money("budget $0.07 per workflow\n  follow ladder careful", kCareful));
  EXPECT_THAT(floor.Rendered(diag::Kind::kBudgetTooSmall), HasSubstr("help: write `budget $0.08 per workflow`"));
  EXPECT_THAT(floor.result.internal_errors, IsEmpty());
  EXPECT_EQ(VerifyText(Money("budget $0.08 per workflow\n  follow ladder careful", kCareful)).VerdictOf("V2"),
            "ADVISORY");
}

TEST(LadderTest, GapsDearerRungsAndStuckRunsAreRefused) {
  const auto kinds = [](std::string_view rungs) {
    const Verified v =
        VerifyText(Money("budget $0.30 per workflow\n  follow ladder l", fmt::format("ladder l {{\n{}}}\n", rungs)));
    EXPECT_THAT(v.analysis, IsEmpty());
    EXPECT_THAT(v.result.internal_errors, IsEmpty());
    std::set<std::string> found;
    for (const diag::Diagnostic& d : v.sink->diagnostics()) {
      if (d.severity == diag::Severity::kError) found.insert(std::string(diag::KindName(d.kind)));
    }
    return found;
  };
  EXPECT_THAT(kinds("  when budget below 20%: use model mini\n  when budget below 40%: send to reviewers\n"),
              ::testing::Contains("ladder-gap"));
  EXPECT_THAT(kinds("  when budget below 40%: use model mini\n"), ::testing::Contains("ladder-gap"));
  EXPECT_THAT(kinds("  when budget below 40%: use model mini\n  when budget below 20%: use model big\n"
                    "  when budget below 10%: suspend\n"),
              ::testing::Contains("ladder-not-cheaper"));
}

TEST(AllowedTest, BothClausesAreShown) {
  const Verified v = VerifyText(Money("may use tools identity"));
  EXPECT_THAT(v.Reports(),
              ::testing::Contains("p.bylaw:46 [tool-not-allowed] t may not use tool bureau, which loan-approval calls"))
      << v.analysis;
  const Verified denied = VerifyText(Money("must not use tools bureau"));
  EXPECT_THAT(denied.Reports(),
              ::testing::Contains("p.bylaw:46 [tool-denied] t must not use tool bureau, which loan-approval calls"));
  const Verified model = VerifyText(Money("may use models mini"));
  EXPECT_THAT(model.Reports(),
              ::testing::Contains("p.bylaw:46 [model-not-allowed] t may not use model big, which loan-approval calls"));
  for (const Verified* each : {&v, &denied, &model}) EXPECT_THAT(each->result.internal_errors, IsEmpty());
}

// The optional step calls a tool that is only in India and costs $5 a call.
std::string WithOptionalTool(std::string_view terms) {
  std::string text =
      Money(terms, "endpoint far {\n  serves tool far\n  in ap-south-1\n  costs at most $5 per call\n}\n");
  return text.replace(text.find("costs at most $0.03"), 19, "calls tool far");
}

TEST(AllowedTest, AnOptionalStepWhoseToolIsDeniedIsLeftOut) {
  const std::string_view us = "budget $1 per workflow\n  calls go only to US\n";
  const Verified needed = VerifyText(WithOptionalTool(us));
  EXPECT_THAT(needed.Reports(), ::testing::Contains("p.bylaw:34 [no-legal-route] no endpoint may serve far for t"));
  const Verified unlisted = VerifyText(WithOptionalTool("may use tools identity, bureau"));
  EXPECT_THAT(unlisted.Reports(),
              ::testing::Contains("p.bylaw:51 [tool-not-allowed] t may not use tool far, which loan-approval calls"));
  const Verified denied = VerifyText(WithOptionalTool(std::string(us) + "  must not use tools far\n"));
  EXPECT_TRUE(denied.result.verified.has_value()) << denied.analysis;  // neither the place nor the price counts
  const Verified routed =
      VerifyText(WithOptionalTool(std::string(us) + "  must not use tools far\n  route far to far else suspend\n"));
  EXPECT_TRUE(routed.result.verified.has_value()) << routed.analysis;  // nor a route that cannot be taken
  for (const Verified* each : {&needed, &unlisted, &denied}) EXPECT_THAT(each->result.internal_errors, IsEmpty());
}

// One model in region `where`; the contract lets calls go to the trust boundary only, or anywhere.
std::string Boundary(std::string_view where, bool bound) {
  return fmt::format(R"(edition 2026
use std.places
region trusted in US
region public in US
place trust-boundary is trusted
endpoint m {{
  serves model m
  in {}
  costs at most $0.01 per call
}}
store s {{
  keeps state
  in {}
}}
workflow w {{
  step a {{
    calls model m
  }}
}}
tier t {{
{}}}
tenant acme on tier t
guarantee inside {{
  for every tenant
  never send data outside trust-boundary
  never keep data outside trust-boundary
}}
)",
                     where, where, bound ? "  data stays in trust-boundary\n" : "");
}

TEST(GuaranteeTest, APlaceMadeOfRegionsHoldsThem) {
  EXPECT_TRUE(VerifyText(Boundary("trusted", true)).result.verified.has_value());
  EXPECT_TRUE(VerifyText(Boundary("trusted", false)).result.verified.has_value());
  EXPECT_THAT(
      VerifyText(Boundary("public", false)).Reports(),
      ::testing::Contains(::testing::HasSubstr("[guarantee-violated] guarantee inside does not hold for acme")));
}

TEST(VerifyTest, AWitnessThatDoesNotReproduceIsOurBugAndNotTold) {
  sema::Analyzed analyzed = sema::AnalyzeText(Money("budget $0.50 per workflow"));
  diag::Sink sink;
  const VerifyResult result = Verify(
      std::make_shared<const sema::Program>(std::move(analyzed.program)),
      {.replay =
           [](const VerifiedProgram& program, const std::vector<const Witness*>& witnesses) {
             EXPECT_EQ(program.purpose(), VerifiedProgram::Purpose::kReplay);
             return std::vector<absl::Status>(witnesses.size(), absl::InternalError("the evaluator says otherwise"));
           }},
      sink);
  EXPECT_FALSE(sink.has_errors());
  ASSERT_THAT(result.internal_errors, Not(IsEmpty()));
  for (const std::string& error : result.internal_errors) {
    EXPECT_THAT(error, HasSubstr("the evaluator says otherwise"));
  }
  EXPECT_FALSE(result.verified.has_value());
}

}  // namespace
}  // namespace bylaw::verify
