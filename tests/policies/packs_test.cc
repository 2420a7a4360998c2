// Every pack in policies/, and the examples of the language reference: they verify, their tests hold by both engines,
// their good/ examples pass and their bad/ examples are rejected with exactly the mistakes they are marked with; their
// scenarios run, and their READMEs show what the commands print.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "simulator/simulate.h"
#include "tests/policies/marks.h"
#include "tests/policies/readme_commands.h"
#include "tools/bylaw/policy_tests.h"
#include "tools/bylaw/scenarios.h"

namespace bylaw {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Packs() {
  std::vector<std::string> packs = {"tests/testdata/platform"};
  for (const auto& entry : fs::directory_iterator("policies")) {
    if (entry.is_directory()) packs.push_back(entry.path().string());
  }
  std::sort(packs.begin(), packs.end());
  return packs;
}

driver::Compilation Verified(const std::vector<std::string>& paths) {
  driver::CompileOptions options;
  options.paths = paths;
  options.as_of = Date{2026, 11, 23};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  EXPECT_TRUE(compilation.ok()) << compilation.status();
  driver::Verify(*compilation);
  EXPECT_THAT(compilation->internal_errors, testing::IsEmpty());
  return *std::move(compilation);
}

std::vector<std::string> Examples(const std::string& pack, const std::string& folder) {
  std::vector<std::string> files;
  if (!fs::exists(pack + "/" + folder)) return files;
  for (const auto& entry : fs::directory_iterator(pack + "/" + folder)) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

class PackTest : public testing::TestWithParam<std::string> {};

TEST_P(PackTest, VerifiesAndItsTestsHoldByBothEngines) {
  const driver::Compilation compilation = Verified({GetParam()});
  ASSERT_THAT(Said(compilation, GetParam(), /*warnings=*/false), testing::IsEmpty());
  ASSERT_TRUE(compilation.verified.has_value());
  for (const auto engine : {driver::EngineKind::kEvaluator, driver::EngineKind::kJitO2}) {
    const auto image = driver::BuildImage(*compilation.verified, engine);
    ASSERT_TRUE(image.ok()) << image.status();
    const std::vector<cli::TestOutcome> outcomes = cli::RunPolicyTests(*compilation.program, *image);
    EXPECT_FALSE(outcomes.empty());
    for (const cli::TestOutcome& outcome : outcomes) {
      EXPECT_TRUE(outcome.passed()) << outcome.title << ": " << outcome.failures[0].text;
    }
  }
}

TEST_P(PackTest, GoodExamplesPass) {
  for (const std::string& file : Examples(GetParam(), "good")) {
    const driver::Compilation compilation = Verified({GetParam(), file});
    EXPECT_TRUE(compilation.verified.has_value()) << file;
    EXPECT_THAT(Said(compilation, file, /*warnings=*/false), testing::IsEmpty()) << file;
  }
}

TEST_P(PackTest, BadExamplesGetExactlyTheirMistakes) {
  for (const std::string& file : Examples(GetParam(), "bad")) {
    const driver::Compilation compilation = Verified({GetParam(), file});
    std::set<std::string> expected;
    for (size_t i = 0; i < compilation.own_files; ++i) {
      const source::FileId id = compilation.files[i]->file;
      if (compilation.sources->path(id) == file) AddMarks(file, compilation.sources->text(id), &expected);
    }
    EXPECT_THAT(expected, testing::Not(testing::IsEmpty())) << file << " marks no mistake";
    EXPECT_EQ(Said(compilation, file, /*warnings=*/false), expected);
  }
}

TEST_P(PackTest, ItsScenariosRunWithEveryInvariantHeld) {
  const driver::Compilation compilation = Verified({GetParam()});
  ASSERT_TRUE(compilation.verified.has_value());
  const auto image = driver::BuildImage(*compilation.verified, driver::EngineKind::kJitO2);
  ASSERT_TRUE(image.ok()) << image.status();
  for (const sema::Scenario& scenario : compilation.program->scenarios) {
    auto prepared = cli::Prepare(*compilation.program, **image, scenario);
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    prepared->scenario.check_every = 5'000;
    const auto result = simulator::Simulate(*image, prepared->scenario);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->broken_invariant, "") << scenario.name;
    uint64_t completed = 0;
    for (const simulator::TenantResult& tenant : result->tenants) completed += tenant.completed;
    EXPECT_GT(completed, 0u) << scenario.name;
  }
}

TEST_P(PackTest, IsWhole) {
  if (!GetParam().starts_with("policies/")) return;
  EXPECT_GE(Examples(GetParam(), "bad").size(), 3u);
  EXPECT_FALSE(Verified({GetParam()}).program->scenarios.empty());
  EXPECT_TRUE(fs::exists(GetParam() + "/README.md"));
}

std::string Output(const std::string& command) {
  std::string text;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "cannot run " + command;
  char buffer[4096];
  for (size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  pclose(pipe);
  return text;
}

TEST_P(PackTest, ItsReadmeShowsWhatTheCommandsPrint) {
  std::ifstream in(GetParam() + "/README.md");
  std::stringstream readme;
  readme << in.rdbuf();
  for (const ShownCommand& shown : ShownCommands(readme.str())) {
    const std::string command = std::string(BYLAW_BINARY) + " " + shown.arguments + " --as-of 2026-11-23";
    const std::string printed = Output(command);
    EXPECT_TRUE(Matches(shown.lines, LinesOf(printed))) << shown.arguments << "\n" << printed;
  }
}

INSTANTIATE_TEST_SUITE_P(All, PackTest, testing::ValuesIn(Packs()), [](const auto& info) {
  std::string name = fs::path(info.param).filename().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace bylaw
