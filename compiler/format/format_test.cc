#include "compiler/format/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/prng.h"
#include "compiler/syntax/corpus.h"
#include "compiler/syntax/parse.h"

namespace bylaw::format {
namespace {

std::optional<std::string> Formatted(const std::string& text) {
  source::SourceSet sources;
  diag::Sink sink;
  return Format(sources, sources.Add("a.bylaw", text), sink);
}

std::string Tree(const std::string& text) {
  source::SourceSet sources;
  diag::Sink sink;
  const std::string tree = syntax::TreeText(syntax::Parse(sources, sources.Add("a.bylaw", text), sink));
  EXPECT_TRUE(sink.diagnostics().empty()) << text;
  return tree;
}

// parse(fmt(x)) = parse(x), and fmt(fmt(x)) = fmt(x).
void ExpectProperties(const std::string& text) {
  const auto once = Formatted(text);
  ASSERT_TRUE(once.has_value()) << text;
  EXPECT_EQ(Tree(*once), Tree(text)) << *once;
  const auto twice = Formatted(*once);
  ASSERT_TRUE(twice.has_value());
  EXPECT_EQ(*twice, *once);
  EXPECT_EQ(std::count(once->begin(), once->end(), '#'), std::count(text.begin(), text.end(), '#'))
      << "a comment was lost";
}

std::vector<std::string> Corpus() {
  std::vector<std::string> texts;
  for (const std::string& path : syntax::CorpusFiles()) {
    std::ifstream in(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return texts;
}

TEST(FormatTest, CorpusKeepsItsMeaningAndIsStable) {
  for (const std::string& text : Corpus()) ExpectProperties(text);
}

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The ```bylaw blocks of a page.
std::vector<std::string> Examples(const std::string& page) {
  std::vector<std::string> examples;
  for (size_t at = page.find("\n```bylaw"); at != std::string::npos; at = page.find("\n```bylaw", at)) {
    at = page.find('\n', at + 1) + 1;
    const size_t end = page.find("\n```", at);
    examples.push_back(page.substr(at, end + 1 - at));
    at = end + 4;
  }
  return examples;
}

// Whatever can be read, right or wrong in what it says: the bad examples of packs, the file tests, the reference.
TEST(FormatTest, EverythingReadableKeepsItsMeaning) {
  std::vector<std::string> texts;
  for (const char* root : {"tests/testdata", "policies", "stdlib", "examples", "docs", "README.md"}) {
    if (!std::filesystem::is_directory(root)) {
      for (std::string& example : Examples(ReadAll(root))) texts.push_back(std::move(example));
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".bylaw") texts.push_back(ReadAll(entry.path()));
      if (extension != ".md") continue;
      for (std::string& example : Examples(ReadAll(entry.path()))) texts.push_back(std::move(example));
    }
  }
  size_t readable = 0;
  for (const std::string& text : texts) {
    if (!Formatted(text).has_value()) continue;
    ++readable;
    ExpectProperties(text);
  }
  EXPECT_GE(readable, 150u) << "of " << texts.size();
}

// The corpus with its spaces, blank lines and line breaks (where one may stand) disturbed.
TEST(FormatTest, DisturbedLayoutKeepsItsMeaningAndIsMended) {
  Prng prng(31);
  for (const std::string& text : Corpus()) {
    const std::string good = *Formatted(text);
    for (int round = 0; round < 20; ++round) {
      std::string disturbed;
      bool comment = false, quoted = false;
      for (size_t i = 0; i < good.size(); ++i) {
        const char c = good[i];
        comment = (comment || c == '#') && c != '\n';
        if (c == '"' && !comment) quoted = !quoted;
        disturbed.push_back(c);
        if (comment || quoted) continue;
        if (c == ' ' && prng.Chance(0.2)) disturbed.append(prng.Below(4), prng.Chance(0.5) ? ' ' : '\t');
        if (c == '\n' && prng.Chance(0.2)) disturbed.append(prng.Below(7), ' ');
        if (c == '\n' && prng.Chance(0.1)) disturbed += "\n\n";
        if (c == ',' && prng.Chance(0.2)) disturbed += prng.Chance(0.5) ? "\n" : " \r\n\t";
      }
      ExpectProperties(disturbed);
      if (HasFailure()) return;
    }
  }
}

TEST(FormatTest, LaysOut) {
  EXPECT_EQ(*Formatted("\xEF\xBB\xBF\n\n#top\nedition   2026\r\n\n\n\ntier  t{\n\n\n"
                       "weight 10#w\n   at most 5000 workflow at once   # two\n\n\n  budget $2.5 per workflow\n\n}\n"),
            "# top\nedition 2026\n\ntier t {\n  weight 10                        # w\n"
            "  at most 5_000 workflows at once  # two\n\n  budget $2.50 per workflow\n}\n");
}

TEST(FormatTest, ValuesAreSpelledOneWay) {
  EXPECT_EQ(*Formatted("tier t {\n  at most 1 workflows at once bursting to 1_0000 for 1 minutes\n  at most 20 call "
                       "per hour to x\n  budget €0.500 per month\n"
                       "  budget $20000.00 per workflow\n  keep audit for at least 7 year\n}\n"),
            "tier t {\n  at most 1 workflow at once bursting to 10_000 for 1 minute\n  at most 20 calls per hour to "
            "x\n  budget €0.50 per month\n"
            "  budget $20_000 per workflow\n  keep audit for at least 7 years\n}\n");
  EXPECT_EQ(*Formatted("window w is Monday 8:00 to 12:00\n"), "window w is Monday 08:00 to 12:00\n");
  EXPECT_EQ(*Formatted("test \"t\" {\n  given 1 workflows are running\n  and 3 call was made to x this hour\n  when 1 "
                       "runs of w arrive within 1 hours\n"
                       "  then it waits\n}\n"),
            "test \"t\" {\n  given 1 workflow is running\n  and 3 calls were made to x this hour\n  when 1 run of w "
            "arrives within 1 hour\n  then it waits\n}\n");
}

TEST(FormatTest, ListsAndConditionsMayGoOnBelow) {
  EXPECT_EQ(*Formatted("place p is a,# one\nb ,\n\n   c\n"), "place p is a,  # one\n    b,\n    c\n");
  EXPECT_EQ(
      *Formatted(
          "rule r {\n when(a.b>-1&&!c||x in[1,2] &&  # why\n{'k':1}[\"k\"]==(a?b:c)&&f( a,b ) . g [0])\n deny\n}\n"),
      "rule r {\n  when (a.b > -1 && !c || x in [1, 2] &&  # why\n      {'k': 1}[\"k\"] == (a ? b : c) && f(a, "
      "b).g[0])\n  deny\n}\n");
}

TEST(FormatTest, WhatIsNotUnderstoodIsNotTouched) {
  source::SourceSet sources;
  diag::Sink sink;
  EXPECT_FALSE(Format(sources, sources.Add("a.bylaw", "tier t {\n  budget\n}\n"), sink).has_value());
  EXPECT_EQ(sink.diagnostics().size(), 1u);
}

TEST(FormatTest, EmptyStaysEmpty) {
  EXPECT_EQ(*Formatted(""), "");
  EXPECT_EQ(*Formatted("\n\n"), "");
  EXPECT_EQ(*Formatted("# only a comment"), "# only a comment\n");
}

}  // namespace
}  // namespace bylaw::format
