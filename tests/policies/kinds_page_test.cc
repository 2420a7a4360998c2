// docs/language/kinds.md: each kind has a section, and each example in it does what the page says.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "compiler/driver/compile.h"
#include "tests/policies/failed_tests.h"
#include "tests/policies/marks.h"

namespace bylaw {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Example {
  std::string kind;
  bool wrong = false;
  std::string text;
  std::string table;  // what `institutions.csv` holds: the block that stands before it
};

std::vector<Example> Examples(const std::string& page) {
  std::vector<Example> examples;
  std::istringstream lines(page);
  std::string line, kind, table;
  std::string* block = nullptr;
  while (std::getline(lines, line)) {
    if (line.starts_with("## ")) kind = line.substr(3);
    if (line == "```") {
      block = nullptr;
    } else if (line.starts_with("```bylaw ")) {
      examples.push_back({kind, line.ends_with("wrong"), "", std::exchange(table, "")});
      block = &examples.back().text;
    } else if (line == "```csv") {
      block = &table;
    } else if (block != nullptr) {
      *block += line + "\n";
    }
  }
  return examples;
}

driver::Compilation Compile(const Example& example) {
  driver::CompileOptions options;
  options.texts = {{"example.bylaw", example.text}, {"prelude.bylaw", ReadAll("docs/language/prelude.bylaw")}};
  if (!example.table.empty()) options.texts.push_back({"institutions.csv", example.table});
  options.as_of = Date{2026, 11, 23};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  EXPECT_TRUE(compilation.ok()) << compilation.status();
  driver::Verify(*compilation);
  EXPECT_THAT(compilation->internal_errors, testing::IsEmpty());
  return *std::move(compilation);
}

TEST(KindsPage, HasASectionForEveryKind) {
  const std::string page = ReadAll("docs/language/kinds.md");
  for (const diag::Kind kind : diag::AllKinds()) {
    EXPECT_NE(page.find(fmt::format("\n## {}\n", diag::KindName(kind))), std::string::npos) << diag::KindName(kind);
  }
}

// So that no section tells of a mistake without showing it.
TEST(KindsPage, ShowsEveryKindWrongAndRight) {
  std::set<std::string> wrong, right;
  for (const Example& example : Examples(ReadAll("docs/language/kinds.md"))) {
    if (!example.wrong) {
      right.insert(example.kind);
    } else if (example.text.find(fmt::format(": [{}]", example.kind)) != std::string::npos) {
      wrong.insert(example.kind);
    }
  }
  for (const diag::Kind kind : diag::AllKinds()) {
    const std::string name(diag::KindName(kind));
    EXPECT_TRUE(wrong.contains(name)) << name << " has no example that gets it";
    EXPECT_TRUE(right.contains(name)) << name << " has no example of what to write instead";
  }
}

TEST(KindsPage, WrongExamplesGetTheirMistakeAndRightOnesNone) {
  const std::vector<Example> examples = Examples(ReadAll("docs/language/kinds.md"));
  EXPECT_GE(examples.size(), 50u);
  for (const Example& example : examples) {
    const driver::Compilation compilation = Compile(example);
    std::set<std::string> expected;
    AddMarks("example.bylaw", example.text, &expected);
    const bool warnings = example.text.find("# warning: [") != std::string::npos;
    EXPECT_EQ(expected.empty(), !example.wrong) << example.kind;
    std::set<std::string> said = Said(compilation, "example.bylaw", warnings);
    if (compilation.verified.has_value()) AddFailedTests(compilation, &said);
    std::erase_if(
        said, [](const std::string& row) { return row.starts_with("prelude.bylaw"); });  // the same mistake, seen there
    EXPECT_EQ(said, expected) << example.kind << "\n" << example.text;
  }
}

}  // namespace
}  // namespace bylaw
