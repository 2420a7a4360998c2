// Every policy under tests/testdata/files gets exactly the diagnostics its lines are marked with: a file is a policy,
// and so is a folder; one that has no `edition` is read with docs/language/prelude.bylaw. A mark for a file that has no
// comments stands in a policy beside it: `# error: [import-row] at t.csv:3`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
#include "tests/policies/failed_tests.h"
#include "tests/policies/marks.h"
#include "tools/bylaw/kind_text.h"

namespace bylaw {
namespace {

constexpr char kFiles[] = "tests/testdata/files";

std::vector<std::string> Policies() {
  std::vector<std::string> policies;
  for (const auto& entry : std::filesystem::directory_iterator(kFiles)) policies.push_back(entry.path().string());
  std::sort(policies.begin(), policies.end());
  return policies;
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Kinds with a section in kinds.md that says the compiler does not report them.
std::set<std::string> NotReported() {
  std::set<std::string> kinds;
  const std::string page = ReadAll("docs/language/kinds.md");
  for (const diag::Kind kind : diag::AllKinds()) {
    const size_t at = page.find("\n## " + std::string(diag::KindName(kind)) + "\n");
    if (at == std::string::npos) continue;
    const std::string section = page.substr(at, page.find("\n## ", at + 1) - at);
    if (section.find("does not report it yet") != std::string::npos) kinds.emplace(diag::KindName(kind));
  }
  return kinds;
}

TEST(Kinds, EachHasAFileTest) {
  std::set<std::string> marks, marked;
  for (const char* root : {kFiles, "policies"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() == ".bylaw") AddMarks(entry.path().string(), ReadAll(entry.path()), &marks);
    }
  }
  for (const std::string& mark : marks) marked.insert(mark.substr(mark.rfind(' ') + 1));
  const std::set<std::string> not_reported = NotReported();
  for (const diag::Kind kind : diag::AllKinds()) {
    const std::string name(diag::KindName(kind));
    EXPECT_NE(marked.contains(name), not_reported.contains(name))
        << name
        << (marked.contains(name) ? " has a mark, and kinds.md says that it is not reported"
                                  : " has no mark in any file below tests/testdata/files or policies/*/bad");
    marked.erase(name);
  }
  EXPECT_THAT(marked, testing::IsEmpty()) << "marks of kinds that do not exist";
}

TEST(Kinds, EachIsExplained) {
  for (const diag::Kind kind : diag::AllKinds()) {
    EXPECT_GT(cli::KindForTerminal(kind).size(), 20u) << diag::KindName(kind);
  }
}

class FileTest : public testing::TestWithParam<std::string> {};

TEST_P(FileTest, SaysWhatItsLinesAreMarkedWith) {
  driver::CompileOptions options;
  options.paths = {GetParam()};
  if (std::filesystem::is_regular_file(GetParam()) && ReadAll(GetParam()).find("edition 2026") == std::string::npos) {
    options.paths.push_back("docs/language/prelude.bylaw");
  }
  options.as_of = Date{2026, 11, 23};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  ASSERT_TRUE(compilation.ok()) << compilation.status();
  driver::Verify(*compilation);
  EXPECT_THAT(compilation->internal_errors, testing::IsEmpty());
  std::set<std::string> said = Said(*compilation, kFiles, /*warnings=*/true);
  if (compilation->verified.has_value()) AddFailedTests(*compilation, &said);
  std::set<std::string> expected;
  for (size_t i = 0; i < compilation->own_files; ++i) {
    const source::FileId id = compilation->files[i]->file;
    AddMarks(compilation->sources->path(id), compilation->sources->text(id), &expected);
  }
  EXPECT_EQ(said, expected);
  const std::vector<diag::Diagnostic>& told = compilation->sink.diagnostics();
  const auto here = [&](const diag::Diagnostic& d) {
    return d.span.valid() && compilation->sources->path(d.span.file).starts_with(kFiles);
  };
  std::set<std::string> once;
  for (const diag::Diagnostic& d : told) {
    if (here(d)) once.insert(compilation->sources->WhereColumn(d.span) + std::string(diag::KindName(d.kind)));
  }
  EXPECT_EQ(std::count_if(told.begin(), told.end(), here), static_cast<ptrdiff_t>(once.size()))
      << "the same mistake is told twice";
}

INSTANTIATE_TEST_SUITE_P(All, FileTest, testing::ValuesIn(Policies()), [](const auto& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace bylaw
