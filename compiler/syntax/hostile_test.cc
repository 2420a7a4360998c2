// Hostile input ends soon, with a diagnostic or a clean tree, and never otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/prng.h"
#include "base/time.h"
#include "compiler/syntax/corpus.h"
#include "compiler/syntax/parse.h"

namespace bylaw::syntax {
namespace {

constexpr size_t kMegabyte = size_t{1} << 20;

std::string Repeat(std::string_view piece, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

struct Outcome {
  File tree;
  diag::Sink sink;
  double seconds = 0;
};

Outcome Read(const std::string& text, const ParseLimits& limits = {}) {
  source::SourceSet sources;
  const auto file = sources.Add("hostile.bylaw", text);
  Outcome outcome;
  const SystemClock clock;
  const TimeNs start = clock.MonotonicNow();
  outcome.tree = Parse(sources, file, outcome.sink, limits);
  outcome.seconds = static_cast<double>(clock.MonotonicNow() - start) / kSecondNs;
  for (const auto& d : outcome.sink.diagnostics()) {
    EXPECT_LE(d.span.end, text.size());
    EXPECT_LE(d.span.begin, d.span.end);
    EXPECT_FALSE(d.help.empty()) << d.message;
  }
  return outcome;
}

// Sanitizers and debug builds are several times slower; the bound is there to catch hangs and blow-ups.
constexpr double kSecondsMax = 20;

TEST(HostileTest, DeepNestsAreOneDiagnostic) {
  for (const std::string& text :
       {std::string(kMegabyte, '('), "rule r {\n  when (" + std::string(kMegabyte, '(') + "\n}\n",
        Repeat("tier x {\n", 10'000), Repeat("tier x {\n", 10'000) + Repeat("}\n", 10'000),
        "workflow w {\n" + Repeat("step s {\n", 10'000), std::string(kMegabyte, '{'),
        "rule r {\n  when (" + Repeat("[", 10'000) + "\n}\n", "rule r {\n  when (" + Repeat("{a:", 10'000) + "\n}\n",
        "rule r {\n  when (" + std::string(65, '(') + "a" + std::string(65, ')') + ")\n}\n"}) {
    const Outcome outcome = Read(text);
    ASSERT_EQ(outcome.sink.diagnostics().size(), 1u) << text.substr(0, 40);
    EXPECT_EQ(outcome.sink.diagnostics()[0].kind, diag::Kind::kInputTooLarge) << text.substr(0, 40);
    EXPECT_LT(outcome.seconds, kSecondsMax);
  }
}

TEST(HostileTest, WhatNestsAsDeepAsAllowedIsRead) {
  const Outcome outcome =
      Read("rule r {\n  deny\n  when (" + std::string(63, '(') + "a" + std::string(63, ')') + ")\n}\n");
  EXPECT_TRUE(outcome.sink.diagnostics().empty());
}

TEST(HostileTest, AMegabyteOfDenseConditionsIsReadInTime) {
  const std::string deep = "  when (" + std::string(63, '(') + "a" + std::string(63, ')') + ")\n";
  const std::string wide = "  when (a + b * c == d && e in [f, g] || h.i(j)[k] ? l : m)\n";
  for (const std::string& line : {deep, wide}) {
    const Outcome outcome = Read("rule r {\n" + Repeat(line, kMegabyte / line.size()) + "}\n");
    EXPECT_TRUE(outcome.sink.diagnostics().empty());
    EXPECT_EQ(std::get<RuleDecl>(outcome.tree.decls[0].decl).when.size(), kMegabyte / line.size());
    EXPECT_LT(outcome.seconds, kSecondsMax);
  }
}

// Words that are keywords and names at once, in long rows: prediction must not look ahead over all of them.
TEST(HostileTest, KeywordsAsNamesAreReadInTime) {
  for (const std::string& text :
       {"tenant on" + Repeat(" on tier on in class in in org org", 6'000) + "\n",
        "tier then {\n  route to to to" + Repeat(" then then", 30'000) + " else suspend\n}\n",
        "tier and {\n  may use models and" + Repeat(", and", 30'000) + "\n}\n",
        "rule when {\n" + Repeat("  ask 1 of reviewers when\n  send to reviewers to\n  put in lane normal\n", 10'000) +
            "}\n",
        "test \"then\" {\n" + Repeat("  then it goes to reviewers because because because\n", 10'000) + "}\n",
        "step because {\n" + Repeat("asks 1 of reviewers when when (when)\n", 10'000) + "}\n"}) {
    EXPECT_LT(Read(text).seconds, kSecondsMax) << text.substr(0, 40);
  }
  EXPECT_TRUE(Read("tier then {\n  route to to to" + Repeat(" then then", 30'000) + " else suspend\n}\n")
                  .sink.diagnostics()
                  .empty());
}

// Each mistake costs its own line: what stands around it is read, and nothing is told twice.
TEST(HostileTest, TwelveMistakesGiveTwelveMessages) {
  const char* const kPolicy = R"(edition 2026
tier gold {
  at most 50loan workflows at once
  budget $2.00 for workflow
  weight 5
  sla 95% in 4 hours
}
tenant a on tire gold
endpoint e {
  serve model m
  in eu-west-1
}
workflow w {
  step s
    calls tool crm
  }
  step t {
    retries at most 2 time5
  }
}
ladder l {
  when budget under 20%: suspend
}
rule r {
  for step s of w
  when (request.amount > 5_000)
  deny
}
test "x" {
  given tenant a
  when step s of w runs
  then it procedes
}
scenario x {
  run 08:00 to 16:00
)";
  const Outcome outcome = Read(kPolicy);
  std::vector<uint32_t> lines;
  for (const auto& d : outcome.sink.diagnostics()) {
    const std::string_view before(kPolicy, d.span.begin);
    lines.push_back(1 + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n')));
  }
  EXPECT_THAT(lines, testing::UnorderedElementsAre(3, 4, 6, 8, 10, 14, 18, 22, 26, 32, 34, 35));
}

TEST(HostileTest, LongChainsAndListsAreBounded) {
  for (const std::string& text :
       {"rule r {\n  when (" + std::string(kMegabyte, '!') + "a)\n}\n",
        "rule r {\n  when (" + Repeat("a+", 500'000) + "a)\n}\n",
        "rule r {\n  when (" + Repeat("a?", 500'000) + "a)\n}\n",
        "rule r {\n  when (" + Repeat("a?b:", 100) + "a)\n}\n", "rule r {\n  when (" + Repeat("a+", 1'000) + "a)\n}\n",
        "rule r {\n  when (a" + Repeat(".b", 1'000) + ")\n}\n", "rule r {\n  when (" + Repeat("!", 100) + "a)\n}\n",
        "place x is a" + Repeat(",\na", 100'000) + "\n", "rule r {\n  when (" + Repeat("a && ", 5'000) + "a)\n}\n"}) {
    const Outcome outcome = Read(text);
    ASSERT_FALSE(outcome.sink.diagnostics().empty()) << text.substr(0, 40);
    EXPECT_EQ(outcome.sink.diagnostics()[0].kind, diag::Kind::kInputTooLarge) << text.substr(0, 40);
    EXPECT_LT(outcome.seconds, kSecondsMax);
  }
}

TEST(HostileTest, FloodsEndSoonWithDiagnostics) {
  std::string noise(kMegabyte, ' ');
  Prng prng(7);
  for (char& c : noise) c = static_cast<char>(32 + prng.Below(95));
  for (const std::string& text :
       {std::string(kMegabyte, '"'), Repeat("a ", kMegabyte / 2), "tier x {\n" + Repeat("a\n", kMegabyte / 2) + "}\n",
        "tier x {\n" + Repeat("at most at most at most\n", kMegabyte / 24) + "}\n", Repeat("}\n", kMegabyte / 2),
        Repeat("{\n", kMegabyte / 2), Repeat("}{\n", kMegabyte / 3), std::string(kMegabyte, '\0'), noise,
        Repeat("tier\n", kMegabyte / 5), Repeat("test \"x\" {\n}}\n", kMegabyte / 14),
        Repeat("tier x { weight 1 }\n", kMegabyte / 20)}) {
    const Outcome outcome = Read(text);
    EXPECT_FALSE(outcome.sink.diagnostics().empty()) << text.substr(0, 40);
    EXPECT_LT(outcome.seconds, kSecondsMax) << text.substr(0, 40);
  }
}

TEST(HostileTest, BinaryIsOneDiagnostic) {
  std::string bytes(kMegabyte, '\0');
  Prng prng(99);
  for (char& c : bytes) c = static_cast<char>(prng.Next());
  for (const std::string& text :
       {bytes, std::string("tier x {\n  # \xED\xA0\x80\n}\n"), std::string("\xFF\xFEt\0i\0", 6)}) {
    const Outcome outcome = Read(text);
    ASSERT_EQ(outcome.sink.diagnostics().size(), 1u);
    EXPECT_THAT(outcome.sink.diagnostics()[0].message, testing::HasSubstr("not UTF-8"));
    EXPECT_TRUE(outcome.tree.decls.empty());
  }
}

TEST(HostileTest, LineEndsOfAllKindsAreRead) {
  for (const char* text :
       {"tier x {\n  weight 10\n}", "tier x {\r\n  weight 10\r\n  may use models a,\r\n    b\r\n}\r\n",
        "\xEF\xBB\xBFtier x {\n  weight 10\n}\n", ""}) {
    const Outcome outcome = Read(text);
    EXPECT_TRUE(outcome.sink.diagnostics().empty()) << text;
  }
  EXPECT_FALSE(Read("tier x {\r  weight 10\r}\r").sink.diagnostics().empty());
}

TEST(HostileTest, LimitsAreTheCallers) {
  EXPECT_EQ(Read("tier x {\n}\n", {.bytes_max = 5}).sink.diagnostics()[0].kind, diag::Kind::kInputTooLarge);
  EXPECT_EQ(Read("tier x {\n}\n", {.tokens_max = 3}).sink.diagnostics()[0].kind, diag::Kind::kInputTooLarge);
  EXPECT_EQ(Read("workflow x {\n  step s {\n  }\n}\n", {.nesting_max = 1}).sink.diagnostics()[0].kind,
            diag::Kind::kInputTooLarge);
}

// Words and lines of the corpus dropped, doubled, exchanged and replaced by noise, always the same way.
TEST(HostileTest, MutatedCorpusNeverBreaksTheReader) {
  static const char* const kNoise[] = {"{",      "}",      "(",       ")",  ",", ":",  "\"",      "#",   "\n",
                                       "50loan", "when (", "at most", "%",  "$", "ü",  "\0x",     "and", "}\n}",
                                       "{\n{",   "-",      "step",    "\r", "'", "&&", "tier x {"};
  std::vector<std::string> corpus;
  for (const std::string& path : CorpusFiles()) {
    std::ifstream in(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  Prng prng(4711);
  size_t with_mistakes = 0;
  for (int round = 0; round < 4'000; ++round) {
    std::string text = corpus[prng.Below(corpus.size())];
    const size_t from = text.size() > 1'500 ? prng.Below(text.size() - 1'500) : 0;
    text = text.substr(from, 200 + prng.Below(1'300));
    for (uint64_t edit = prng.Below(6); edit > 0 && !text.empty(); --edit) {
      const size_t at = prng.Below(text.size());
      const size_t length = std::min<size_t>(1 + prng.Below(20), text.size() - at);
      switch (prng.Below(4)) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          text.insert(at, text.substr(at, length));
          break;
        case 2:
          text.insert(at, kNoise[prng.Below(std::size(kNoise))]);
          break;
        default:
          text[at] = static_cast<char>(prng.Below(256));
      }
    }
    const Outcome outcome = Read(text);
    with_mistakes += outcome.sink.diagnostics().empty() ? 0 : 1;
    EXPECT_EQ(outcome.sink.has_errors(), !outcome.sink.diagnostics().empty());
    ASSERT_LT(outcome.seconds, kSecondsMax) << text;
  }
  EXPECT_GT(with_mistakes, 3'000u);
}

}  // namespace
}  // namespace bylaw::syntax
