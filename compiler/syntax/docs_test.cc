// The examples of docs/language: what is right is read, what is wrong has one mistake at the marked line.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/syntax/corpus.h"
#include "compiler/syntax/forms.h"
#include "compiler/syntax/parse.h"

namespace bylaw::syntax {
namespace {

TEST(LanguageReferenceTest, ExamplesAreReadAsThePagesSay) {
  size_t right = 0, wrong = 0;
  for (const std::string& page : LanguagePages()) {
    for (const PageExample& example : ExamplesOfPage(page)) {
      SCOPED_TRACE(example.place);
      source::SourceSet sources;
      const auto file = sources.Add("example.bylaw", example.text);
      diag::Sink sink;
      Parse(sources, file, sink);
      const size_t mark = example.text.find("# error: [unexpected-text]");
      if (mark == std::string::npos) {
        if (example.wrong) continue;  // in meaning: the kinds' own test reads it
        ++right;
        for (const auto& d : sink.diagnostics())
          ADD_FAILURE() << sources.line_text(file, sources.begin(d.span).line) << "\n" << d.message;
        continue;
      }
      ++wrong;
      EXPECT_TRUE(example.wrong);
      ASSERT_EQ(sink.diagnostics().size(), 1u);
      EXPECT_EQ(sink.diagnostics()[0].kind, diag::Kind::kUnexpectedText);
      EXPECT_EQ(sources.begin(sink.diagnostics()[0].span).line,
                sources.position(file, static_cast<uint32_t>(mark)).line);
    }
  }
  EXPECT_GE(right, 50u);
  EXPECT_GE(wrong, 18u);
}

// A row of docs/language/forms.md: "| `weight 10` | `weight of 10` | `of` cannot stand here; … |".
struct Row {
  std::string right, wrong, message;
  std::vector<std::string> blocks;  // the headers around it
  bool is_header = false;

  // The sentence where it may stand, and on which line that is.
  std::pair<std::string, size_t> Policy(const std::string& sentence) const {
    std::string text;
    for (const std::string& block : blocks) text += block + " {\n";
    text += sentence + (is_header ? " {\n}\n" : "\n");
    for (size_t i = 0; i < blocks.size(); ++i) text += "}\n";
    return {text, blocks.size() + 1};
  }
};

std::vector<std::string> Quoted(const std::string& line) {
  std::vector<std::string> quoted;
  for (size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at)) {
    const size_t end = line.find('`', at + 1);
    quoted.push_back(line.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return quoted;
}

std::vector<Row> RowsOf(const std::string& path) {
  std::ifstream in(path);
  std::vector<Row> rows;
  Row place;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) place = {};
    if (line.starts_with("Each with ` {`") || line.starts_with("In `")) {
      place.is_header = line.find("with ` {`") != std::string::npos;
      place.blocks = line.starts_with("In `") ? Quoted(line) : std::vector<std::string>();
      if (place.is_header && !place.blocks.empty()) place.blocks.pop_back();  // the brace
    }
    if (!line.starts_with("| `")) continue;
    const size_t second = line.find("` | `"), third = line.find("` | ", second + 5);
    Row& row = rows.emplace_back(place);
    row.right = line.substr(3, second - 3);
    row.wrong = line.substr(second + 5, third - second - 5);
    row.message = line.substr(third + 4, line.size() - third - 6);
  }
  return rows;
}

TEST(LanguageReferenceTest, EveryFormIsShownRightAndWrong) {
  std::set<std::string> shown;
  for (const Row& row : RowsOf("docs/language/forms.md")) {
    SCOPED_TRACE(row.right);
    source::SourceSet sources;
    diag::Sink right, wrong;
    Parse(sources, sources.Add("right.bylaw", row.Policy(row.right).first), right);
    EXPECT_TRUE(right.diagnostics().empty()) << right.diagnostics()[0].message;
    const auto [text, line] = row.Policy(row.wrong);
    Parse(sources, sources.Add("wrong.bylaw", text), wrong);
    ASSERT_EQ(wrong.diagnostics().size(), 1u) << row.wrong;
    EXPECT_EQ(wrong.diagnostics()[0].kind, diag::Kind::kUnexpectedText) << row.wrong;
    EXPECT_EQ(wrong.diagnostics()[0].message, row.message) << row.wrong;
    EXPECT_EQ(sources.begin(wrong.diagnostics()[0].span).line, line) << row.wrong;
    shown.insert(row.right);
  }
  // The grammar's forms are those of forms.cc (GrammarTest.EveryFormHasAnExampleAndIsUsedInTheCorpus).
  std::map<size_t, bool> covered;
  for (const Form& form : Forms()) covered[form.rule] = covered[form.rule] || shown.contains(std::string(form.example));
  for (const auto& [rule, is_covered] : covered) {
    EXPECT_TRUE(is_covered) << "no row for `" << ExamplesOf(rule).front() << "`";
  }
  EXPECT_GE(covered.size(), 120u);
}

}  // namespace
}  // namespace bylaw::syntax
