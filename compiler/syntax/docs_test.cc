// The examples of docs/language: what is right is read, what is wrong has one mistake at the marked line.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "compiler/syntax/parse.h"

namespace bylaw::syntax {
namespace {

struct Example {
  std::string place;  // "docs/language/work.md:12"
  bool wrong = false;
  std::string text;
};

// Every fenced block whose language begins with `bylaw`; `bylaw wrong` marks a wrong one.
std::vector<Example> ExamplesOf(const std::string& path) {
  std::ifstream in(path);
  std::vector<Example> examples;
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!inside && line.starts_with("```bylaw")) {
      examples.push_back({path + ":" + std::to_string(number), line == "```bylaw wrong", ""});
      inside = true;
    } else if (inside && line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      examples.back().text += line + "\n";
    }
  }
  EXPECT_FALSE(inside) << path << ": a block is not closed";
  return examples;
}

std::vector<std::string> Pages() {
  std::vector<std::string> pages;
  for (const auto& entry : std::filesystem::directory_iterator("docs/language")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path().string());
  }
  std::sort(pages.begin(), pages.end());
  return pages;
}

TEST(LanguageReferenceTest, ExamplesAreReadAsThePagesSay) {
  size_t right = 0, wrong = 0;
  for (const std::string& page : Pages()) {
    for (const Example& example : ExamplesOf(page)) {
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

}  // namespace
}  // namespace bylaw::syntax
