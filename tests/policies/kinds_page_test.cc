// docs/language/kinds.md: each kind has a section, and each example in it does what the page says.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "compiler/driver/compile.h"
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
};

std::vector<Example> Examples(const std::string& page) {
  std::vector<Example> examples;
  std::istringstream lines(page);
  std::string line, kind;
  bool code = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("## ")) kind = line.substr(3);
    if (code && line == "```") {
      code = false;
    } else if (line.starts_with("```bylaw ")) {
      code = true;
      examples.push_back({kind, line.ends_with("wrong"), ""});
    } else if (code) {
      examples.back().text += line + "\n";
    }
  }
  return examples;
}

driver::Compilation Compile(const std::string& text) {
  driver::CompileOptions options;
  options.texts = {{"example.bylaw", text}, {"prelude.bylaw", ReadAll("docs/language/prelude.bylaw")}};
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

TEST(KindsPage, WrongExamplesGetTheirMistakeAndRightOnesNone) {
  const std::vector<Example> examples = Examples(ReadAll("docs/language/kinds.md"));
  EXPECT_GE(examples.size(), 50u);
  for (const Example& example : examples) {
    const driver::Compilation compilation = Compile(example.text);
    std::set<std::string> expected;
    AddMarks("example.bylaw", example.text, &expected);
    const bool warnings = example.text.find("# warning: [") != std::string::npos;
    EXPECT_EQ(expected.empty(), !example.wrong) << example.kind;
    std::set<std::string> said = Said(compilation, "example.bylaw", warnings);
    std::erase_if(
        said, [](const std::string& row) { return row.starts_with("prelude.bylaw"); });  // the same mistake, seen there
    EXPECT_EQ(said, expected) << example.kind << "\n" << example.text;
  }
}

}  // namespace
}  // namespace bylaw
