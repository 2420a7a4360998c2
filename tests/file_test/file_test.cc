// Every policy under tests/testdata/files gets exactly the diagnostics its lines are marked with: a file is a policy,
// and so is a folder. A mark for a file that has no comments stands in a policy beside it: `# error: [import-row] at
// t.csv:3`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "tests/policies/marks.h"

namespace bylaw {
namespace {

constexpr char kFiles[] = "tests/testdata/files";

std::vector<std::string> Policies() {
  std::vector<std::string> policies;
  for (const auto& entry : std::filesystem::directory_iterator(kFiles)) policies.push_back(entry.path().string());
  std::sort(policies.begin(), policies.end());
  return policies;
}

class FileTest : public testing::TestWithParam<std::string> {};

TEST_P(FileTest, SaysWhatItsLinesAreMarkedWith) {
  driver::CompileOptions options;
  options.paths = {GetParam()};
  options.as_of = Date{2026, 11, 23};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  ASSERT_TRUE(compilation.ok()) << compilation.status();
  driver::Verify(*compilation);
  std::set<std::string> expected;
  for (size_t i = 0; i < compilation->own_files; ++i) {
    const source::FileId id = compilation->files[i]->file;
    AddMarks(compilation->sources->path(id), compilation->sources->text(id), &expected);
  }
  EXPECT_EQ(Said(*compilation, kFiles, /*warnings=*/true), expected);
}

INSTANTIATE_TEST_SUITE_P(All, FileTest, testing::ValuesIn(Policies()), [](const auto& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace bylaw
