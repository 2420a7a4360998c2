#include "tools/bylaw/report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"

namespace bylaw::cli {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

driver::Compilation Verified(const std::vector<std::string>& paths, const std::vector<driver::TextFile>& texts = {}) {
  driver::CompileOptions options;
  options.paths = paths;
  options.texts = texts;
  options.as_of = Date{2026, 11, 23};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  EXPECT_TRUE(compilation.ok()) << compilation.status();
  driver::Verify(*compilation);
  return *std::move(compilation);
}

Report ReportOf(const driver::Compilation& compilation) {
  Report report;
  report.command = "verify";
  report.compilation = &compilation;
  report.diagnostics = compilation.sink.diagnostics();
  report.cases = CasesOf(compilation);
  report.closing = "closing\n";
  return report;
}

// The pack with a route to the US for a tenant that says GDPR.
driver::Compilation GdprToUs() { return Verified({"policies/lending", "policies/lending/bad/gdpr-to-us.bylaw"}); }

TEST(Sarif, ResultsAreDiagnosticsWithTheirPlaces) {
  const driver::Compilation compilation = GdprToUs();
  const Report report = ReportOf(compilation);
  const nlohmann::json run = SarifOf(report)["runs"][0];
  ASSERT_EQ(run["results"].size(), report.diagnostics.size());
  size_t violations = 0;
  for (const nlohmann::json& result : run["results"]) {
    const std::string id = result["ruleId"];
    EXPECT_EQ(run["tool"]["driver"]["rules"][result["ruleIndex"].get<size_t>()]["id"], id);
    EXPECT_THAT(result["partialFingerprints"]["primaryLocationLineHash"].get<std::string>(), Not(IsEmpty()));
    if (id != "residency-violation") continue;
    ++violations;
    EXPECT_EQ(result["level"], "error");
    const nlohmann::json& place = result["locations"][0]["physicalLocation"];
    EXPECT_EQ(place["artifactLocation"]["uri"], "policies/lending/bad/gdpr-to-us.bylaw");
    EXPECT_EQ(place["region"]["startLine"], 6);
    EXPECT_EQ(place["region"]["startColumn"], 37);
    EXPECT_EQ(place["region"]["endColumn"], 44);
    ASSERT_EQ(result["relatedLocations"].size(), 1u);
    EXPECT_EQ(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 5);
    EXPECT_THAT(result["message"]["text"].get<std::string>(), HasSubstr("route gpt-4o-mini to mini-eu else suspend"));
    EXPECT_THAT(result["properties"]["witness"][0].get<std::string>(), HasSubstr("when mini-eu is down"));
  }
  EXPECT_EQ(violations, 1u);
}

TEST(Sarif, EveryKindIsARuleWithItsPage) {
  const driver::Compilation compilation = Verified({}, {{"a.bylaw", "edition 2026\n"}});
  const nlohmann::json rules = SarifOf(ReportOf(compilation))["runs"][0]["tool"]["driver"]["rules"];
  ASSERT_EQ(rules.size(), diag::AllKinds().size());
  for (const nlohmann::json& rule : rules) {
    EXPECT_THAT(rule["help"]["markdown"].get<std::string>(), Not(IsEmpty())) << rule["id"];
    EXPECT_THAT(rule["help"]["text"].get<std::string>(), Not(HasSubstr("```"))) << rule["id"];
    EXPECT_THAT(rule["help"]["markdown"].get<std::string>(), Not(HasSubstr("# error: ["))) << rule["id"];
  }
}

std::vector<std::string> Fingerprints(const std::string& text) {
  const driver::Compilation compilation = Verified({}, {{"a.bylaw", text}});
  std::vector<std::string> fingerprints;
  const nlohmann::json results = SarifOf(ReportOf(compilation))["runs"][0]["results"];
  for (const nlohmann::json& result : results) {
    fingerprints.push_back(result["partialFingerprints"]["primaryLocationLineHash"]);
  }
  return fingerprints;
}

TEST(Sarif, AFingerprintStaysWhenLinesMoveAndTellsEqualLinesApart) {
  const std::string tier =
      "tier a {\n  at most fifty workflows at once\n}\ntier b {\n  at most fifty workflows at once\n}\n";
  const std::vector<std::string> before = Fingerprints(tier);
  ASSERT_EQ(before.size(), 2u);
  EXPECT_NE(before[0], before[1]);
  EXPECT_EQ(Fingerprints("# a new comment\n\n" + tier), before);
}

TEST(Sarif, PathsAreWrittenAsUris) {
  const driver::Compilation compilation =
      Verified({}, {{"my policies/größe #1.bylaw", "tenant acme on tier missing\n"}});
  EXPECT_EQ(SarifOf(ReportOf(
                compilation))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "my%20policies/gr%C3%B6%C3%9Fe%20%231.bylaw");
}

TEST(Junit, HasACaseForEachTheoremAndTenant) {
  const driver::Compilation compilation = GdprToUs();
  const Report report = ReportOf(compilation);
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(JunitOf(report).c_str()));
  std::map<std::string, std::set<std::string>> names, failures;
  for (const pugi::xml_node suite : document.child("testsuites")) {
    size_t failed = 0;
    for (const pugi::xml_node c : suite.children("testcase")) {
      EXPECT_TRUE(names[suite.attribute("name").value()].insert(c.attribute("name").value()).second)
          << suite.attribute("name").value() << " " << c.attribute("name").value() << " stands twice";
      if (!c.child("failure")) continue;
      ++failed;
      failures[suite.attribute("name").value()].insert(c.attribute("name").value());
    }
    EXPECT_EQ(suite.attribute("failures").as_uint(), failed);
    EXPECT_EQ(suite.attribute("tests").as_uint(), std::distance(suite.begin(), suite.end()));
  }
  std::set<std::string> tenants;
  for (const sema::Tenant& tenant : compilation.program->tenants) tenants.insert(tenant.name);
  for (const std::string suite : {"V1 residency", "V2 worst-case cost", "V8 tools and models", "V12 tighten-only"}) {
    EXPECT_EQ(names[suite], tenants) << suite;
  }
  EXPECT_EQ(failures,
            (std::map<std::string, std::set<std::string>>{{"files", {"policies/lending/bad/gdpr-to-us.bylaw"}},
                                                          {"V1 residency", {"careless-institution"}}}));
}

TEST(Junit, HostileTextStaysXml) {
  driver::Compilation compilation = Verified({}, {{"a<b>&\"'.bylaw", "tier \x01\xff <x> & ]]> {\n"}});
  Report report = ReportOf(compilation);
  report.cases.push_back({"tests", "a & b <c> \x02 \xff", {}, Case::Outcome::kUndecided, "]]> \x1b[0m & <x>"});
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(JunitOf(report).c_str())) << JunitOf(report);
  for (const char c : JunitOf(report)) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
}

TEST(Annotations, AreALineADiagnosticAtItsPlace) {
  const driver::Compilation compilation = GdprToUs();
  const Report report = ReportOf(compilation);
  const std::string text = RenderReport({}, Format::kGithub, report);
  EXPECT_THAT(text, HasSubstr("::error file=policies/lending/bad/gdpr-to-us.bylaw,line=6,endLine=6,col=37,endColumn=44,"
                              "title=residency-violation::careless-institution's calls to gpt-4o-mini are routed "
                              "outside the EU%0Ain us-east-1 (US), not certified by dpf%0A"));
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    lines.push_back(text.substr(at, text.find('\n', at) - at));
  }
  EXPECT_EQ(lines.size(), report.diagnostics.size() + 1);
  EXPECT_EQ(lines.back(), "closing");
  lines.pop_back();
  EXPECT_THAT(lines, Each(testing::AnyOf(StartsWith("::error file="), StartsWith("::warning file="))));
}

TEST(Json, TheWitnessStandsBesideTheDiagnostic) {
  const driver::Compilation compilation = GdprToUs();
  const nlohmann::json json = nlohmann::json::parse(RenderReport({}, Format::kJson, ReportOf(compilation)));
  EXPECT_EQ(json["format"], 1);
  size_t found = 0;
  for (const nlohmann::json& d : json["diagnostics"]) {
    if (d["kind"] != "residency-violation") continue;
    ++found;
    EXPECT_EQ(d["witness"].size(), 1u);
  }
  EXPECT_EQ(found, 1u);
}

TEST(Text, ErrorsComeLastAndColorOnlyWhereItIsWanted) {
  const driver::Compilation compilation = GdprToUs();
  Options options;
  const std::string plain = RenderReport(options, Format::kText, ReportOf(compilation));
  EXPECT_LT(plain.rfind("warning["), plain.rfind("error[residency-violation]"));
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  options.color_on = true;
  EXPECT_NE(RenderReport(options, Format::kText, ReportOf(compilation)).find('\x1b'), std::string::npos);
}

TEST(Outputs, EachFileGetsItsFormAndStandardOutputTheRest) {
  Options options;
  options.outputs = {"a.sarif", "b.xml", "junit:c.log", "d", "json:-", "e.sarif.json"};
  ASSERT_TRUE(Resolve(options, "verify", kReportFormats));
  std::vector<std::pair<std::string, Format>> got;
  for (const Output& output : options.writes) got.emplace_back(output.path, output.format);
  EXPECT_THAT(got, testing::ElementsAre(std::pair("a.sarif", Format::kSarif), std::pair("b.xml", Format::kJunit),
                                        std::pair("c.log", Format::kJunit), std::pair("d", Format::kText),
                                        std::pair("", Format::kJson), std::pair("e.sarif.json", Format::kSarif)));
  Options beside;
  beside.format_name = "github";
  beside.outputs = {"a.sarif"};
  ASSERT_TRUE(Resolve(beside, "verify", kReportFormats));
  EXPECT_EQ(beside.writes.size(), 2u);
  EXPECT_EQ(beside.writes[0].path, "");
  EXPECT_EQ(beside.writes[0].format, Format::kGithub);
  Options wrong;
  wrong.outputs = {"a.sarif"};
  EXPECT_FALSE(Resolve(wrong, "fmt", kTextOnly));
}

TEST(Outputs, PathsAreSeenFromTheRepository) {
  EXPECT_EQ(FromRepositoryRoot("policies/lending/tiers.bylaw"), "policies/lending/tiers.bylaw");
  EXPECT_EQ(FromRepositoryRoot("./policies/../policies/a.bylaw"), "policies/a.bylaw");
  EXPECT_EQ(FromRepositoryRoot((std::filesystem::current_path() / "x.bylaw").string()), "x.bylaw");
  EXPECT_EQ(FromRepositoryRoot("../elsewhere.bylaw"), "../elsewhere.bylaw");
}

}  // namespace
}  // namespace bylaw::cli
