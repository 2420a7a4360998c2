#include "compiler/syntax/lexer.h"
#include "compiler/syntax/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "BylawLexer.h"
#include "BylawParser.h"
#include "base/prng.h"
#include "compiler/syntax/corpus.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

// The generated lexer, with what its grammar cannot say: newlines in conditions. Offsets in bytes.
std::vector<Lexeme> GeneratedLexemes(const std::string& text) {
  std::vector<uint32_t> offsets;  // byte offset of each code point
  for (uint32_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) offsets.push_back(i);
  }
  offsets.push_back(static_cast<uint32_t>(text.size()));
  antlr4::ANTLRInputStream input(text);
  BylawLexer lexer(&input);
  lexer.removeErrorListeners();
  static const std::set<size_t> kOperands = {P::C_RPAREN,       P::C_RBRACKET, P::C_RBRACE, P::C_INT,   P::C_UINT,
                                             P::C_FLOAT,        P::C_MONEY,    P::C_STRING, P::C_BYTES, P::C_IDENT,
                                             P::C_QUOTED_IDENT, P::C_TRUE,     P::C_FALSE,  P::C_NULL,  P::C_BAD_DATE,
                                             P::C_BAD_NUMBER,   P::C_BAD_TEXT, P::C_BAD};
  std::vector<Lexeme> lexemes;
  while (true) {
    const auto token = lexer.nextToken();
    if (token->getType() == antlr4::Token::EOF) return lexemes;
    if (token->getType() == P::NL && lexer.mode != 0) {
      if (!kOperands.contains(lexemes.back().type)) continue;
      lexer.modeStack.clear();
      lexer.mode = 0;
    }
    lexemes.push_back(
        {static_cast<uint16_t>(token->getType()), offsets[token->getStartIndex()], offsets[token->getStopIndex() + 1]});
  }
}

std::string Show(const std::string& text, const std::vector<Lexeme>& lexemes) {
  const P parser(nullptr);
  std::string shown;
  for (const Lexeme& l : lexemes)
    shown += parser.getVocabulary().getSymbolicName(l.type) + " '" + text.substr(l.begin, l.end - l.begin) + "'\n";
  return shown;
}

void ExpectEqualLexers(const std::string& text) {
  const auto ours = LexFile(text, 1'000'000).lexemes;
  const auto theirs = GeneratedLexemes(text);
  EXPECT_EQ(Show(text, ours), Show(text, theirs)) << text;
  EXPECT_TRUE(ours == theirs) << "places differ in: " << text;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

TEST(LexerTest, EqualsTheGeneratedLexerOnTheCorpus) {
  for (const std::string& path : CorpusFiles()) ExpectEqualLexers(ReadFile(path));
}

constexpr const char* kOddWords[] = {"50loan",
                                     "5_000",
                                     "5__0",
                                     "5_",
                                     "-20",
                                     "- 20",
                                     "--20",
                                     "-$5",
                                     "$5.",
                                     "$.5",
                                     "$",
                                     "€12 £3.50 $1_000",
                                     "95%",
                                     "9.5%",
                                     "5%%",
                                     "22:00",
                                     "9:30",
                                     "22:0",
                                     "22:000",
                                     "2026-07-10",
                                     "2026-7-10",
                                     "2026-07-10x",
                                     "a-b",
                                     "a--b",
                                     "a-",
                                     "a.b.c",
                                     "a_",
                                     "_a",
                                     "ü",
                                     "aü",
                                     "a b",
                                     "\"x\"",
                                     "\"x",
                                     "\"a\\\"b\"",
                                     "\"a\\qb\"",
                                     "\"a\\",
                                     "\"a\\\n",
                                     "#c\nx",
                                     "a:b",
                                     "40%:",
                                     "40%: use",
                                     "$0.05: send",
                                     "5:use",
                                     "\r",
                                     "\r\n",
                                     "a\rb",
                                     "\t",
                                     "\x01",
                                     "a;b",
                                     "'a'",
                                     "when (a)",
                                     "when (a\n",
                                     "when (a &&\n b)\nx",
                                     "when (a #c\n",
                                     "when (a, // c\n b)",
                                     "((a))",
                                     "(a))",
                                     "(",
                                     ")",
                                     "(1.5e3 .5 1e5 1.e 1u 0x1F 0xG 1_000 $5_000.50 $ 1.2.3)",
                                     "('a' \"b\" r'c\\' b'd' bR\"e\" 'f)",
                                     "(\"\"\"a\"b\"\"\" '''c''' \"\"\"d)",
                                     "(\"a\\\"b\" 'c\\'d' \"e\\",
                                     "(`a-b` `` `a!` `)",
                                     "(2026-07-10 2026-7-1)",
                                     "(a.b[1]{2}?c:d!e==f!=g<=h>=i<j>k&&l||m+n-o*p/q%r=s&t|u)",
                                     "(in true false null inner)",
                                     "(“x”)",
                                     "(a\r\nb)",
                                     "(a +\r\nb)",
                                     "(\r)",
                                     "(€5 £)",
                                     "(r\"abc)",
                                     "(1.\n)"};

TEST(LexerTest, EqualsTheGeneratedLexerOnOddWords) {
  for (const char* text : kOddWords) ExpectEqualLexers(text);
}

// Deterministic noise over the corpus: bytes replaced by pieces that are known to be awkward.
TEST(LexerTest, EqualsTheGeneratedLexerOnMutatedText) {
  static const char* const kPieces[] = {"(", ")", "\"", "'", "\n", "-",  ".", "_", "%",    "$",   "€", ":",
                                        "é", "0", "a",  " ", "#",  "\\", "`", "{", "\r\n", "r\"", "1e"};
  Prng prng(20261123);
  const auto files = CorpusFiles();
  for (int round = 0; round < 400; ++round) {
    std::string text = ReadFile(files[prng.Below(files.size())]);
    const size_t from = prng.Below(text.size());
    size_t begin = from;
    while (begin > 0 && text[begin - 1] != '\n') --begin;  // whole lines, so that no code point is cut
    text = text.substr(begin, text.find('\n', begin + 300) - begin);
    for (int edits = 0; edits < 5 && !text.empty(); ++edits) {
      const size_t at = prng.Below(text.size());
      if (static_cast<unsigned char>(text[at]) >= 0x80) continue;
      text.replace(at, prng.Below(2), kPieces[prng.Below(std::size(kPieces))]);
    }
    ExpectEqualLexers(text);
    if (HasFailure()) return;
  }
}

TEST(LexerTest, StopsAtTheLimit) {
  EXPECT_TRUE(LexFile("a b c d", 3).too_many);
  EXPECT_FALSE(LexFile("a b c d", 4).too_many);
}

TEST(LexerTest, ByteOrderMarkIsPassedOver) {
  EXPECT_THAT(LexFile("\xEF\xBB\xBFtier", 10).lexemes, testing::ElementsAre(Lexeme{P::TIER, 3, 7}));
}

TEST(LexerTest, FindsWhatIsNotUtf8) {
  EXPECT_EQ(FirstInvalidUtf8("tier ü € 𝄞"), std::nullopt);
  EXPECT_EQ(FirstInvalidUtf8("ab\xFF"), 2u);
  EXPECT_EQ(FirstInvalidUtf8("a\xC3"), 1u);
  EXPECT_EQ(FirstInvalidUtf8("a\xC0\xAF"), 1u) << "overlong";
  EXPECT_EQ(FirstInvalidUtf8("\xE0\x80\xAF"), 0u) << "overlong";
  EXPECT_EQ(FirstInvalidUtf8("\xED\xA0\x80"), 0u) << "surrogate";
  EXPECT_EQ(FirstInvalidUtf8("\xF4\x90\x80\x80"), 0u) << "past the last code point";
}

TEST(LexerTest, EveryKeywordMayBeAName) {
  const P parser(nullptr);
  for (size_t type = 1; type < P::DATE; ++type) {
    const std::string literal = parser.getVocabulary().getLiteralName(type);
    ASSERT_GT(literal.size(), 2u) << "a keyword with one spelling: token " << type;
    const std::string word = literal.substr(1, literal.size() - 2);
    antlr4::ANTLRInputStream input(word);
    BylawLexer lexer(&input);
    antlr4::CommonTokenStream tokens(&lexer);
    P names(&tokens);
    names.removeErrorListeners();
    names.name();
    EXPECT_EQ(names.getNumberOfSyntaxErrors(), 0u) << word << " is missing from rule `name`";
  }
}

}  // namespace
}  // namespace bylaw::syntax
