// Every pack in policies/, and the examples of the language as one policy, with one fault seeded at a time: each mutant
// is rejected with the error it must get, and the originals are not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "tests/mutation/faults.h"

namespace bylaw::mutation {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Packs() {
  std::vector<std::string> packs;
  for (const auto& entry : fs::directory_iterator("policies")) {
    if (entry.is_directory()) packs.push_back(entry.path().string());
  }
  packs.push_back("tests/testdata/platform");
  std::sort(packs.begin(), packs.end());
  return packs;
}

// The policy itself, without its good/ and bad/ examples; with the tables it imports.
std::vector<driver::TextFile> TextsOf(const std::string& pack) {
  std::vector<driver::TextFile> texts;
  for (const auto& entry : fs::directory_iterator(pack)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".bylaw" || extension == ".csv") texts.push_back({entry.path().string(), ReadAll(entry.path())});
  }
  std::sort(texts.begin(), texts.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return texts;
}

driver::Compilation Verified(const std::vector<driver::TextFile>& texts) {
  driver::CompileOptions options;
  options.texts = texts;
  options.as_of = Date{2026, 11, 23};
  options.diagnostics_max = 1'000;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  EXPECT_TRUE(compilation.ok()) << compilation.status();
  driver::Verify(*compilation);
  return *std::move(compilation);
}

std::set<std::string> Errors(const driver::Compilation& compilation) {
  std::set<std::string> kinds;
  for (const diag::Diagnostic& d : compilation.sink.diagnostics()) {
    if (d.severity == diag::Severity::kError) kinds.insert(std::string(diag::KindName(d.kind)));
  }
  return kinds;
}

TEST(MutationTest, EveryFaultIsToldAndNoOriginalIs) {
  size_t mutants = 0, harmless = 0;
  std::map<std::string, size_t> by_kind;
  for (const std::string& pack : Packs()) {
    const std::vector<driver::TextFile> texts = TextsOf(pack);
    const driver::Compilation original = Verified(texts);
    ASSERT_THAT(Errors(original), testing::IsEmpty()) << pack;
    ASSERT_TRUE(original.verified.has_value()) << pack;
    for (const Mutant& mutant : SeedFaults(original, texts)) {
      const driver::Compilation compilation = Verified(mutant.texts);
      if (mutant.kind.empty()) {
        EXPECT_THAT(Errors(compilation), testing::IsEmpty()) << pack << ": " << mutant.what;
        EXPECT_TRUE(compilation.verified.has_value()) << pack << ": " << mutant.what;
        ++harmless;
        continue;
      }
      EXPECT_THAT(Errors(compilation), testing::Contains(mutant.kind)) << pack << ": " << mutant.what;
      EXPECT_FALSE(compilation.verified.has_value()) << pack << ": " << mutant.what;
      EXPECT_THAT(compilation.internal_errors, testing::IsEmpty()) << pack << ": " << mutant.what;
      ++by_kind[mutant.kind];
      ++mutants;
    }
  }
  for (const auto& [kind, count] : by_kind) RecordProperty(kind, static_cast<int>(count));
  EXPECT_GE(mutants, 200u);
  EXPECT_GE(harmless, 1u);
  EXPECT_GE(by_kind.size(), 20u);
}

}  // namespace
}  // namespace bylaw::mutation
