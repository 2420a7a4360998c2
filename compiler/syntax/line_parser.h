// One sentence to one ANTLR context, with one reused parser.
//
// The parser is entered at a rule of grammar/BylawParser.g4 named …Entry and gives up at the first word that does not
// fit: a line is read whole or not at all, and what is wrong with it is said by explain.h, never by the parser
// generator. Contexts live until the next line is read. Not thread-safe; one object a file.
#ifndef BYLAW_COMPILER_SYNTAX_LINE_PARSER_H_
#define BYLAW_COMPILER_SYNTAX_LINE_PARSER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "BylawParser.h"
#include "compiler/syntax/lexer.h"

namespace bylaw::syntax {

// A lexeme as ANTLR wants to see it. The stop index is that of the last byte.
class LineToken final : public antlr4::Token {
 public:
  LineToken(std::string_view text, Lexeme lexeme, size_t index, bool end)
      : text_(text), lexeme_(lexeme), index_(index), end_(end) {}
  const Lexeme& lexeme() const { return lexeme_; }
  std::string getText() const override { return std::string(text_.substr(lexeme_.begin, lexeme_.end - lexeme_.begin)); }
  size_t getType() const override { return end_ ? antlr4::Token::EOF : lexeme_.type; }
  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() const override { return 0; }
  size_t getChannel() const override { return DEFAULT_CHANNEL; }
  size_t getTokenIndex() const override { return index_; }
  size_t getStartIndex() const override { return lexeme_.begin; }
  size_t getStopIndex() const override { return static_cast<size_t>(lexeme_.end) - 1; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  antlr4::CharStream* getInputStream() const override { return nullptr; }
  std::string toString() const override { return getText(); }

 private:
  std::string_view text_;
  Lexeme lexeme_;
  size_t index_;
  bool end_;
};

// The tokens of one line, then the end of file for ever.
class LineTokens final : public antlr4::TokenStream {
 public:
  void Reset(std::string_view text, std::span<const Lexeme> lexemes);

  antlr4::Token* LT(ssize_t k) override;
  antlr4::Token* get(size_t index) const override;
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval&) override { return ""; }
  std::string getText() override { return ""; }
  std::string getText(antlr4::RuleContext*) override { return ""; }
  std::string getText(antlr4::Token*, antlr4::Token*) override { return ""; }
  void consume() override;
  size_t LA(ssize_t i) override;
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return at_; }
  void seek(size_t index) override;
  size_t size() override { return tokens_.size(); }
  std::string getSourceName() const override { return ""; }

 private:
  mutable std::vector<LineToken> tokens_;  // the last one is the end
  size_t at_ = 0;
};

class LineParser {
 public:
  LineParser();
  ~LineParser();
  LineParser(const LineParser&) = delete;
  LineParser& operator=(const LineParser&) = delete;

  // The context of `entry` (BylawParser::RuleTierEntry, …) over the line, or null if the line does not fit.
  antlr4::ParserRuleContext* Read(size_t entry, std::string_view text, std::span<const Lexeme> lexemes);

  BylawParser& parser() { return parser_; }

 private:
  LineTokens tokens_;
  BylawParser parser_;
};

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_LINE_PARSER_H_
