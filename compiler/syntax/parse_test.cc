#include "compiler/syntax/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "BylawParser.h"
#include "compiler/syntax/corpus.h"
#include "compiler/syntax/forms.h"
#include "compiler/syntax/lexer.h"
#include "compiler/syntax/line_parser.h"
#include "compiler/syntax/repair.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using testing::ElementsAre;

// What ANTLR itself notices about its decisions, and its errors.
class Decisions final : public antlr4::DiagnosticErrorListener {
 public:
  void syntaxError(antlr4::Recognizer*, antlr4::Token* at, size_t, size_t, const std::string& message,
                   std::exception_ptr) override {
    // The diagnostic listener reports ambiguities through here as well.
    remarks.push_back(message + " at " + (at == nullptr ? std::string("?") : at->getText()));
  }
  void reportAttemptingFullContext(antlr4::Parser*, const antlr4::dfa::DFA& dfa, size_t, size_t,
                                   const antlrcpp::BitSet&, antlr4::atn::ATNConfigSet*) override {
    remarks.push_back("full context in decision " + std::to_string(dfa.decision));
  }
  void reportAmbiguity(antlr4::Parser*, const antlr4::dfa::DFA& dfa, size_t, size_t, bool, const antlrcpp::BitSet&,
                       antlr4::atn::ATNConfigSet*) override {
    remarks.push_back("ambiguity in decision " + std::to_string(dfa.decision));
  }
  std::vector<std::string> remarks;
};

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

File Read(const std::string& text, source::SourceSet& sources) {
  diag::Sink sink;
  File tree = Parse(sources, sources.Add("a.bylaw", text), sink);
  for (const auto& d : sink.diagnostics()) ADD_FAILURE() << sources.WhereColumn(d.span) << ": " << d.message;
  return tree;
}

TEST(ParseTest, CorpusHasNoMistakes) {
  const auto files = CorpusFiles();
  ASSERT_GE(files.size(), 7u);
  for (const std::string& path : files) {
    source::SourceSet sources;
    const File tree = Read(ReadFile(path), sources);
    EXPECT_FALSE(tree.decls.empty()) << path;
    EXPECT_TRUE(tree.unread.empty());
    for (const Decl& decl : tree.decls) EXPECT_FALSE(decl.incomplete);
  }
}

// The rule `file` over whole files: the composition of the lines in the grammar is what the reader does by hand, and no
// decision of the generated parser is ambiguous or needs the full context.
TEST(GrammarTest, WholeFilesAreReadWithoutAmbiguity) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const std::string& path : CorpusFiles()) texts.emplace_back(path, ReadFile(path));
  for (const std::string path : {"docs/language/prelude.bylaw", "tests/cel/prelude.bylaw"}) {
    texts.emplace_back(path, ReadFile(path));
  }
  const size_t files = texts.size();
  for (const std::string& page : LanguagePages()) {
    for (PageExample& example : ExamplesOfPage(page)) {
      if (!example.wrong) texts.emplace_back(std::move(example.place), std::move(example.text));
    }
  }
  EXPECT_GE(files, 100u);
  EXPECT_GE(texts.size() - files, 80u);
  for (const auto& [path, text] : texts) {
    LineTokens tokens;
    const auto lexemes = LexFile(text, 4'000'000).lexemes;
    tokens.Reset(text, lexemes);
    P parser(&tokens);
    parser.removeErrorListeners();
    Decisions decisions;
    parser.addErrorListener(&decisions);
    P::FileContext* file = parser.file();
    EXPECT_THAT(decisions.remarks, ElementsAre()) << path;
    source::SourceSet sources;
    EXPECT_EQ(file->declaration().size(), Read(text, sources).decls.size()) << path;
  }
}

bool EndsALine(const std::string& rule) { return rule.ends_with("Line") || rule.ends_with("Phrase"); }

// Which rules stand in the tree, and those of them that are what a line of a block may be.
void CollectRules(P& parser, antlr4::tree::ParseTree* tree, std::set<size_t>* used, std::set<size_t>* line_forms) {
  for (antlr4::tree::ParseTree* child : tree->children) {
    auto* rule = dynamic_cast<antlr4::ParserRuleContext*>(child);
    if (rule == nullptr) continue;
    used->insert(rule->getRuleIndex());
    const auto& names = parser.getRuleNames();
    const size_t parent = static_cast<antlr4::ParserRuleContext*>(tree)->getRuleIndex();
    const bool chosen = EndsALine(names[parent]) && tree->children.size() == 1;
    if (chosen && !EndsALine(names[rule->getRuleIndex()])) line_forms->insert(rule->getRuleIndex());
    CollectRules(parser, rule, used, line_forms);
  }
}

// A form without an example has no help to offer; one that the corpus does not use is tested by nothing.
TEST(GrammarTest, EveryFormHasAnExampleAndIsUsedInTheCorpus) {
  std::set<size_t> used, line_forms;
  P parser(nullptr);
  for (const std::string& path : CorpusFiles()) {
    const std::string text = ReadFile(path);
    LineTokens tokens;
    const auto lexemes = LexFile(text, 4'000'000).lexemes;
    tokens.Reset(text, lexemes);
    parser.setTokenStream(&tokens);
    parser.removeErrorListeners();
    CollectRules(parser, parser.file(), &used, &line_forms);
  }
  const std::vector<std::string>& names = parser.getRuleNames();
  EXPECT_GT(line_forms.size(), 80u);
  for (const size_t rule : line_forms) EXPECT_TRUE(IsForm()[rule]) << names[rule] << " has no example in forms.cc";
  for (const Form& form : Forms()) {
    EXPECT_TRUE(used.contains(form.rule)) << names[form.rule] << " is not used in tests/testdata/language";
  }
}

TEST(GrammarTest, LinesAreReadWithoutAmbiguity) {
  LineParser lines;
  Decisions decisions;
  lines.parser().addErrorListener(&decisions);
  for (const Form& form : Forms()) {
    const auto lexemes = LexFile(form.example, 100).lexemes;
    for (const Entry& entry : Entries()) lines.Read(entry.rule, form.example, lexemes);
  }
  std::erase_if(decisions.remarks,
                [](const std::string& remark) { return !remark.starts_with("full") && !remark.starts_with("ambig"); });
  EXPECT_THAT(decisions.remarks, ElementsAre());
}

// Sentences over and over with every word a keyword: names that look like sentences must not slow prediction down.
TEST(GrammarTest, KeywordsAsNamesArePredictedInLinearTime) {
  std::string text = "tier tier {\n";
  for (int i = 0; i < 2'000; ++i) {
    text +=
        "  may use models at, most, to, for, per, of, in, then, else, suspend, when, and, or\n"
        "  route to to to then then then then else suspend\n  use model for for step step\n";
  }
  text += "}\n";
  source::SourceSet sources;
  EXPECT_EQ(std::get<TierDecl>(Read(text, sources).decls[0].decl).clauses.size(), 6'000u);
}

const Value& FirstWeight(const File& tree) {
  return std::get<WeightTerm>(std::get<TierDecl>(tree.decls[0].decl).clauses[0].term).weight;
}

Value ReadValue(const std::string& text) {
  source::SourceSet sources;
  return FirstWeight(Read("tier t {\n  weight " + text + "\n}\n", sources));
}

TEST(ValueTest, EachKindHasItsUnit) {
  EXPECT_EQ(ReadValue("5_000").integer, 5'000);
  EXPECT_TRUE(ReadValue("5_000").is_integer);
  EXPECT_EQ(ReadValue("-20").integer, -20);
  EXPECT_DOUBLE_EQ(ReadValue("0.42").number, 0.42);
  EXPECT_FALSE(ReadValue("0.42").is_integer);
  EXPECT_EQ(ReadValue("95%").integer, 950'000);
  EXPECT_EQ(ReadValue("99.9999%").integer, 999'999);
  EXPECT_EQ(ReadValue("$0.034").integer, 34'000);
  EXPECT_EQ(ReadValue("€12").currency, Currency::kEur);
  EXPECT_EQ(ReadValue("£20_000.50").integer, 20'000'500'000);
  EXPECT_EQ(ReadValue("-$1.5").integer, -1'500'000);
  EXPECT_EQ(ReadValue("2026-07-10").date, (Date{2026, 7, 10}));
  EXPECT_EQ(ReadValue("22:30").integer, 22 * 60 + 30);
  EXPECT_EQ(ReadValue("24:00").integer, 24 * 60);
  EXPECT_EQ(ReadValue("900 milliseconds").integer, 900 * kMillisecondNs);
  EXPECT_EQ(ReadValue("1.5 minutes").integer, 90 * kSecondNs);
  EXPECT_EQ(ReadValue("7 years").calendar, (CalendarDuration{7, CalendarUnit::kYear}));
  EXPECT_EQ(ReadValue("1 week").calendar, (CalendarDuration{1, CalendarUnit::kWeek}));
  EXPECT_EQ(ReadValue("\"a \\\"b\\\" \\\\\"").text, "a \"b\" \\");
  EXPECT_EQ(ReadValue("fifty").kind, Value::Kind::kName);
}

TEST(ValueTest, WhatCannotBeHeldIsReported) {
  for (const char* text :
       {"$0.0000001", "$99_999_999_999_999", "0.00001%", "2026-13-01", "24:01", "9:60", "300_000_000 hours",
        "0.5 months", "99_999_999_999_999_999_999", "1.0000000000000001 seconds"}) {
    source::SourceSet sources;
    diag::Sink sink;
    Parse(sources, sources.Add("a.bylaw", std::string("tier t {\n  weight ") + text + "\n}\n"), sink);
    ASSERT_EQ(sink.diagnostics().size(), 1u) << text;
    EXPECT_EQ(sink.diagnostics()[0].kind, diag::Kind::kOutOfRange);
    EXPECT_EQ(sources.text(sink.diagnostics()[0].span), text);
  }
}

TEST(SpanTest, NodesPointAtTheirWords) {
  source::SourceSet sources;
  const File tree = Read("# ü\ntenant a on tier b {\n  route gpt-4 to x then y else suspend  # no\n}\n", sources);
  const Decl& decl = tree.decls[0];
  EXPECT_EQ(sources.text(decl.header), "tenant a on tier b");
  EXPECT_TRUE(sources.text(decl.span).ends_with("\n}"));
  const Clause& clause = std::get<TenantDecl>(decl.decl).clauses[0];
  EXPECT_EQ(sources.text(clause.span), "route gpt-4 to x then y else suspend");
  EXPECT_EQ(sources.text(std::get<RouteTerm>(clause.term).endpoints[1].span), "y");
  EXPECT_EQ(sources.begin(clause.span).line, 3u);
}

std::string Cel(const std::string& text) {
  source::SourceSet sources;
  const File tree = Read("rule r {\n  when (" + text + ")\n}\n", sources);
  const std::string dump = TreeText(tree);
  const size_t at = dump.find("when: ");
  return dump.substr(at + 6, dump.find('\n', at) - at - 6);
}

TEST(CelTest, PrecedenceAndShapeAreCels) {
  EXPECT_EQ(Cel("a || b && c == d"), "_||_(a, _&&_(b, _==_(c, d)))");
  EXPECT_EQ(Cel("a + b * -c % 2"), "_+_(a, _%_(_*_(b, -_(c)), 2))");
  EXPECT_EQ(Cel("a < b < c"), "_<_(_<_(a, b), c)");
  EXPECT_EQ(Cel("a ? b : c ? d : e"), "_?_:_(a, b, _?_:_(c, d, e))");
  EXPECT_EQ(Cel("!(a in [1, 2u, 'x'])"), "!_(_in_(a, [1, 2u, \"x\"]))");
  EXPECT_EQ(Cel("request.amount > $50_000.50"), "_>_(request.amount, $50_000.50)");
  EXPECT_EQ(Cel("a.b(c, d).e[f]"), "_[_](a.b(c, d).e, f)");
  EXPECT_EQ(Cel("has(a.b) && f()"), "_&&_(has(a.b), f())");
  EXPECT_EQ(Cel("-9223372036854775808 == 0x1F"), "_==_(-9223372036854775808, 31)");
  EXPECT_EQ(Cel("'\\u00e9\\x41\\101\\t' == r'\\n'"), "_==_(\"éAA\t\", \"\\n\")") << "escapes";
  EXPECT_EQ(Cel("{'a': 1, b: 2}"), "{\"a\", 1, b, 2}");
  EXPECT_EQ(Cel("a && b && c && d"), "_&&_(_&&_(a, b), _&&_(c, d))") << "chains of && are balanced";
  EXPECT_EQ(Cel("a -  # minus\n  b"), "_-_(a, b)");
}

TEST(CelTest, AConditionAloneMaySpanLines) {
  source::SourceSet sources;
  diag::Sink sink;
  EXPECT_NE(ParseCondition(sources, sources.Add("c", "a\n&& b // why\n"), sink), nullptr);
  EXPECT_TRUE(sink.diagnostics().empty());
  for (const char* bad : {"", "a &&", "a b", "(a", "a)", "[1", "5_000", "\xFF"}) {
    diag::Sink wrong;
    EXPECT_EQ(ParseCondition(sources, sources.Add("c", bad), wrong), nullptr) << bad;
    EXPECT_EQ(wrong.diagnostics().size(), 1u) << bad;
  }
}

TEST(TestDeclTest, AndContinuesTheSectionBeforeIt) {
  source::SourceSet sources;
  const File tree = Read(
      "test \"t\" {\n  given tenant a\n  and steps.deep-check.confidence is 0.5\n  when w is submitted\n  then it "
      "waits because rate\n"
      "  and it uses model m because rule\n}\n",
      sources);
  const auto& test = std::get<TestDecl>(tree.decls[0].decl);
  ASSERT_EQ(test.given.size(), 2u);
  EXPECT_EQ(std::get<TestGiven::OutputIs>(test.given[1].given).step.text, "deep-check");
  EXPECT_EQ(std::get<TestGiven::OutputIs>(test.given[1].given).output.text, "confidence");
  ASSERT_EQ(test.then.size(), 2u);
  EXPECT_EQ(test.then[1].reason->text, "rule");
}

TEST(DumpTest, TokensAndTree) {
  source::SourceSet sources;
  const auto file = sources.Add("a.bylaw", "tier t {\n  weight 10\n}\n");
  diag::Sink sink;
  EXPECT_EQ(DumpTokens(sources, file),
            "1:1 TIER tier\n1:6 NAME t\n1:8 LBRACE {\n1:9 NL\n2:3 WEIGHT weight\n2:10 NUMBER 10\n2:12 NL\n3:1 RBRACE "
            "}\n3:2 NL\n");
  EXPECT_EQ(DumpAst(sources, Parse(sources, file, sink)),
            "declaration: Decl  @1:1\n  decl: TierDecl\n    name: t  @1:6\n    clauses: Clause  @2:3\n      term: "
            "WeightTerm\n        weight: number 10  @2:10\n");
}

}  // namespace
}  // namespace bylaw::syntax
