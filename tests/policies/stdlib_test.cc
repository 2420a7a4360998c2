// The standard library: every module reads without a remark, and what it states decides as the law it quotes does.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/driver/compile.h"
#include "compiler/sema/candidates.h"
#include "stdlib.h"
#include "tests/policies/marks.h"

namespace bylaw {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

driver::Compilation Verified(const std::string& text, Date as_of = {2026, 11, 23}) {
  driver::CompileOptions options;
  options.texts = {{"p.bylaw", text}};
  options.as_of = as_of;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  EXPECT_TRUE(compilation.ok()) << compilation.status();
  driver::Verify(*compilation);
  EXPECT_THAT(compilation->internal_errors, IsEmpty());
  return *std::move(compilation);
}

// A tenant under `regulation` whose one model is served at `place`, and whose data is kept in `home`.
std::string Platform(std::string_view regulation, std::string_view home, std::string_view place,
                     std::string_view certificate = "") {
  return fmt::format(R"(edition 2026
use std.regulations
endpoint model-here {{
  serves model gpt-4
  in {}
  costs at most $0.01 per call
{}}}
store home {{
  keeps state, checkpoints, audit
  in {}
}}
workflow answer {{
  step reply {{
    calls model gpt-4
  }}
}}
tier basic {{
  budget $1 per workflow
}}
tenant acme on tier basic {{
  subject to {}
  route gpt-4 to model-here else suspend
}}
)",
                     place,
                     certificate.empty() ? "" : fmt::format("  certified by {} checked 2026-10-01\n", certificate),
                     home, regulation);
}

std::set<std::string> Kinds(const driver::Compilation& compilation) {
  std::set<std::string> kinds;
  for (const diag::Diagnostic& d : compilation.sink.diagnostics()) kinds.insert(std::string(diag::KindName(d.kind)));
  return kinds;
}

TEST(StandardLibrary, EveryModuleReadsWithoutARemark) {
  for (const stdlib::EmbeddedFile& file : stdlib::EmbeddedFiles()) {
    const std::string module = "std." + std::string(file.name.substr(0, file.name.rfind('.')));
    const driver::Compilation compilation = Verified(fmt::format("edition 2026\nuse {}\n", module));
    EXPECT_THAT(Kinds(compilation), IsEmpty()) << module;
  }
}

// The countries (and certificates) that a decision of `from` covers, as "JP", "US by dpf", "UK until 2031-12-27".
std::vector<std::string> AdequateFor(const sema::Program& program, std::string_view from) {
  std::vector<std::string> rows;
  for (const sema::Adequacy& adequacy : program.adequacies) {
    if (program.places[adequacy.from.index()].name != from) continue;
    std::string row = program.places[adequacy.to.index()].name;
    for (const auto id : adequacy.certified_by) row += " by " + program.certificates[id.index()];
    if (adequacy.until_clause != adequacy.clause) {
      row += fmt::format(" until {}", program.sources->text(program.SpanOf(adequacy.until_clause)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(StandardLibrary, AdequacyDecisionsOfEachAuthority) {
  const driver::Compilation compilation = Verified("edition 2026\nuse std.places\n");
  const sema::Program& program = *compilation.program;
  const auto commission = UnorderedElementsAre("EEA", "AD", "AR", "BR", "CA by pipeda", "CH", "FO", "GG", "IL", "IM",
                                               "JE", "JP", "KR", "NZ", "UK until 2031-12-27", "US by dpf", "UY");
  EXPECT_THAT(AdequateFor(program, "EU"), commission);
  EXPECT_THAT(AdequateFor(program, "EEA"), commission);
  EXPECT_THAT(AdequateFor(program, "UK"),
              UnorderedElementsAre("EEA", "AD", "AR", "CA by pipeda", "CH", "FO", "GG", "GI", "IL", "IM", "JE", "JP",
                                   "NZ", "UY", "KR", "US by dpf-uk-extension"));
  EXPECT_THAT(AdequateFor(program, "CH"),
              UnorderedElementsAre("EEA", "UK", "AD", "AR", "CA by pipeda", "FO", "GG", "GI", "IL", "IM", "JE", "MC",
                                   "NZ", "UY", "US by swiss-dpf"));
  EXPECT_THAT(AdequateFor(program, "BR"), ElementsAre("EEA"));
}

TEST(StandardLibrary, RegulationsDecideWhereWorkMayGo) {
  struct Case {
    std::string_view regulation, home, place, certificate;
    bool legal;
  };
  const Case cases[] = {
      {"GDPR", "eu-west-1", "japaneast", "", true},
      {"GDPR", "eu-west-1", "norwayeast", "", true},
      {"GDPR", "eu-west-1", "brazilsouth", "", true},
      {"GDPR", "eu-west-1", "asia-south1", "", false},
      {"GDPR", "eu-west-1", "us-east-1", "", false},
      {"GDPR", "eu-west-1", "us-east-1", "dpf", true},
      {"GDPR", "eu-west-1", "us-east-1", "dpf-uk-extension", false},
      {"GDPR", "ca-central-1", "eu-west-1", "", false},
      {"GDPR-at-home", "eu-west-1", "uksouth", "", true},
      {"GDPR-at-home", "uksouth", "eu-west-1", "", false},
      {"UK-GDPR", "uksouth", "us-east-1", "dpf", false},
      {"UK-GDPR", "uksouth", "us-east-1", "dpf-uk-extension", true},
      {"UK-GDPR", "uksouth", "brazilsouth", "", false},
      {"UK-GDPR", "uksouth", "koreacentral", "", true},
      {"Swiss-FADP", "switzerlandnorth", "koreacentral", "", false},
      {"Swiss-FADP", "switzerlandnorth", "europe-west3", "", true},
      {"Swiss-FADP", "switzerlandnorth", "eastus", "swiss-dpf", true},
      {"LGPD", "sa-east-1", "europe-west9", "", true},
      {"LGPD", "sa-east-1", "us-east-1", "dpf", false},
      {"HIPAA-like", "us-east-1", "ap-south-1", "", true},
      {"HIPAA-like-in-the-US", "us-east-1", "us-west-2", "", true},
      {"HIPAA-like-in-the-US", "us-east-1", "ca-central-1", "", false},
      {"PCI-like", "us-east-1", "ap-south-1", "", true},
  };
  for (const Case& c : cases) {
    const driver::Compilation compilation = Verified(Platform(c.regulation, c.home, c.place, c.certificate));
    EXPECT_EQ(compilation.verified.has_value(), c.legal)
        << c.regulation << " " << c.home << " " << c.place << " " << c.certificate;
  }
}

TEST(StandardLibrary, TheDecisionForTheUnitedKingdomEndsIn2031) {
  const std::string policy = Platform("GDPR", "eu-west-1", "uksouth");
  EXPECT_TRUE(Verified(policy).verified.has_value());
  EXPECT_THAT(Kinds(Verified(policy, Date{2031, 6, 1})), ElementsAre("residency-lapse"));
  EXPECT_THAT(Kinds(Verified(policy, Date{2032, 1, 1})), ElementsAre("residency-violation"));
}

// What one call with 1,000 input and 1,000 output tokens costs at most, in micros.
int64_t DearestCall(const std::string& more, const std::string& costs) {
  std::string policy = Platform("GDPR", "eu-west-1", "uksouth") + more;
  policy.replace(policy.find("  costs at most $0.01 per call\n"), 31, costs);
  policy.replace(policy.find("calls model gpt-4"), 17,
                 "calls model gpt-4 for at most 1_000 input tokens, 1_000 output tokens");
  const driver::Compilation compilation = Verified(policy);
  EXPECT_TRUE(compilation.verified.has_value()) << policy;
  const sema::Program& program = *compilation.program;
  return sema::EndpointPrice(program.workflows[0].steps[0], program.endpoints[0]).value_or(-1);
}

TEST(StandardLibrary, AnEndpointWithoutAPriceHasTheListedOne) {
  EXPECT_EQ(DearestCall("use std.prices\n", ""), 90'000);
  EXPECT_EQ(DearestCall("use std.prices\n", "  costs at most $0.01 per call\n"), 10'000);
  EXPECT_EQ(
      DearestCall("use std.prices\nmodel gpt-4 costs $1 per million input tokens, $2 per million output tokens\n", ""),
      3'000);
}

TEST(StandardLibrary, AnOwnRegulationOfTheSameNameIsReportedWhereItStands) {
  const driver::Compilation compilation = Verified("edition 2026\nuse std.regulations\nregulation GDPR {\n}\n");
  EXPECT_THAT(Said(compilation, "p.bylaw", false), ElementsAre("p.bylaw:3 error duplicate-name"));
}

TEST(StandardLibrary, AMissingModuleIsNamed) {
  std::string policy = Platform("GDPR", "eu-west-1", "uksouth");
  policy.replace(policy.find("std.regulations"), 15, "std.places");
  const driver::Compilation compilation = Verified(policy);
  ASSERT_EQ(compilation.sink.diagnostics().size(), 1u);
  EXPECT_THAT(compilation.sink.diagnostics()[0].help, ElementsAre("use std.regulations"));
}

}  // namespace
}  // namespace bylaw
