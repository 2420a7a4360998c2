// The policies in this repository, read as a whole: what they say must be without mistakes of names, types and units.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/sema/testing.h"

namespace bylaw::sema {
namespace {

using ::testing::IsEmpty;

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// The .bylaw and .csv files of one folder, without its subfolders.
std::vector<Text> Folder(const std::string& folder) {
  std::vector<Text> texts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (path.ends_with(".bylaw") || path.ends_with(".csv")) texts.push_back({path, ReadAll(entry.path())});
  }
  std::sort(texts.begin(), texts.end(), [](const Text& a, const Text& b) { return a.path < b.path; });
  return texts;
}

TEST(Corpus, TheLendingPackIsRead) {
  const Analyzed a = AnalyzeTexts(Folder("policies/lending"));
  EXPECT_THAT(a.Reports(), IsEmpty());
  EXPECT_GE(a.program.tenants.size(), 200u);
  EXPECT_LT(a.program.shapes.size(), 20u);
}

TEST(Corpus, ThePlatformOfTheTestsIsRead) {
  const Analyzed a = AnalyzeTexts(Folder("tests/testdata/platform"));
  EXPECT_FALSE(a.sink->has_errors()) << a.AllReports();
  EXPECT_FALSE(a.program.tenants.empty());
}

}  // namespace
}  // namespace bylaw::sema
