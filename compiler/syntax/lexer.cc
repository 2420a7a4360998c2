#include "compiler/syntax/lexer.h"

#include <string>

#include "BylawParser.h"
#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "compiler/syntax/lexer_shapes.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

// Keywords come first in the vocabulary, each with one spelling.
const absl::flat_hash_map<std::string_view, uint16_t>& Keywords() {
  static const auto* const kKeywords = [] {
    auto* keywords = new absl::flat_hash_map<std::string_view, uint16_t>();
    static const BylawParser parser(nullptr);
    for (uint16_t type = 1; type < P::DATE; ++type) {
      const std::string& literal =
          *new std::string(parser.getVocabulary().getLiteralName(type));  // lives as long as the table
      BYLAW_CHECK(literal.size() > 2, "a keyword has a spelling");
      keywords->emplace(std::string_view(literal).substr(1, literal.size() - 2), type);
    }
    return keywords;
  }();
  return *kKeywords;
}

class Lexer {
 public:
  Lexer(std::string_view text, size_t tokens_max, bool condition_alone)
      : text_(text), tokens_max_(tokens_max), condition_alone_(condition_alone), depth_(condition_alone ? 1 : 0) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    result_.lexemes.reserve(text_.size() / 6);
  }

  Lexed Run() {
    while (at_ < text_.size() && !result_.too_many) {
      if (depth_ > 0) {
        LexCel();
      } else {
        LexSentence();
      }
    }
    return std::move(result_);
  }

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool NewlineHere() const { return Peek() == '\n' || (Peek() == '\r' && Peek(1) == '\n'); }

  void Emit(uint16_t type, size_t end) {
    if (result_.lexemes.size() >= tokens_max_) {
      result_.too_many = true;
      return;
    }
    result_.lexemes.push_back({type, static_cast<uint32_t>(at_), static_cast<uint32_t>(end)});
    at_ = end;
  }

  void SkipComment() {
    while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
  }

  void LexSentence() {
    const char c = Peek();
    if (c == ' ' || c == '\t') {
      ++at_;
    } else if (c == '#') {
      SkipComment();
    } else if (NewlineHere()) {
      Emit(P::NL, at_ + (c == '\r' ? 2 : 1));
    } else if (c == '"') {
      LexText();
    } else if (IsDigit(c) || SignLength(text_, at_) > 0 ||
               (c == '-' && (IsDigit(Peek(1)) || SignLength(text_, at_ + 1) > 0))) {
      LexValue();
    } else if (IsWordByte(c)) {
      LexWord();
    } else {
      LexMark(c);
    }
  }

  void LexMark(char c) {
    switch (c) {
      case ',':
        return Emit(P::COMMA, at_ + 1);
      case ':':
        return Emit(P::COLON, at_ + 1);
      case '{':
        return Emit(P::LBRACE, at_ + 1);
      case '}':
        return Emit(P::RBRACE, at_ + 1);
      case '(':
        ++depth_;
        return Emit(P::LPAREN, at_ + 1);
      default:
        return Emit(P::BAD, at_ + 1);
    }
  }

  void LexText() {
    size_t end = at_ + 1;
    bool good = true;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n' && text_[end] != '\r') {
      if (text_[end] == '\\') {
        const char next = end + 1 < text_.size() ? text_[end + 1] : '\n';
        if (next != '"' && next != '\\') good = false;
        if (next == '\n' || next == '\r') {
          ++end;
          break;
        }
        end += 1 + CodePointLength(next);
      } else {
        ++end;
      }
    }
    const bool closed = end < text_.size() && text_[end] == '"';
    Emit(closed && good ? P::TEXT : P::BAD_TEXT, closed ? end + 1 : end);
  }

  void LexValue() {
    size_t end = at_ + 1;
    if (text_[at_] == '-') ++end;
    while (end < text_.size()) {
      const char c = text_[end];
      const bool colon = c == ':' && end + 1 < text_.size() && IsWordByte(text_[end + 1]);
      if (!IsWordByte(c) && c != '.' && c != '-' && !colon) break;
      ++end;
    }
    if (end < text_.size() && text_[end] == '%') ++end;
    Emit(ValueType(text_.substr(at_, end - at_)), end);
  }

  void LexWord() {
    size_t end = at_ + 1;
    while (end < text_.size() && (IsWordByte(text_[end]) || text_[end] == '.' || text_[end] == '-')) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    if (!IsName(word)) return Emit(P::BAD_NAME, end);
    const auto keyword = Keywords().find(word);
    Emit(keyword == Keywords().end() ? static_cast<uint16_t>(P::NAME) : keyword->second, end);
  }

  // Conditions.

  void LexCel() {
    const char c = Peek();
    if (c == ' ' || c == '\t' || (condition_alone_ && (c == '\n' || c == '\r' || c == '\f'))) {
      ++at_;
    } else if (c == '#' || (c == '/' && Peek(1) == '/')) {
      SkipComment();
    } else if (NewlineHere()) {
      LexCelNewline();
    } else if (IsDigit(c) || (c == '.' && IsDigit(Peek(1))) || SignLength(text_, at_) > 0) {
      LexCelNumber();
    } else if (const size_t quote = CelQuoteAt(); quote != std::string_view::npos) {
      LexCelText(quote);
    } else if (IsLetter(c) || c == '_') {
      LexCelWord();
    } else if (c == '`') {
      LexQuotedIdent();
    } else {
      LexCelMark(c);
    }
  }

  void LexCelNewline() {
    const size_t length = Peek() == '\r' ? 2 : 1;
    switch (result_.lexemes.back().type) {
      case P::C_RPAREN:
      case P::C_RBRACKET:
      case P::C_RBRACE:
      case P::C_INT:
      case P::C_UINT:
      case P::C_FLOAT:
      case P::C_MONEY:
      case P::C_STRING:
      case P::C_BYTES:
      case P::C_IDENT:
      case P::C_QUOTED_IDENT:
      case P::C_TRUE:
      case P::C_FALSE:
      case P::C_NULL:
      case P::C_BAD_DATE:
      case P::C_BAD_NUMBER:
      case P::C_BAD_TEXT:
      case P::C_BAD:
        depth_ = 0;
        return Emit(P::NL, at_ + length);
      default:
        at_ += length;
    }
  }

  void LexCelNumber() {
    if (Matches(text_.substr(at_, 10), "0000-00-00")) return Emit(P::C_BAD_DATE, at_ + 10);
    if (const size_t sign = SignLength(text_, at_); sign > 0) {
      const size_t money = SkipDecimal(text_, at_ + sign);
      const size_t chunk = CelNumberChunk(at_ + sign);
      const bool good = money > at_ + sign && money >= chunk;
      return Emit(good ? P::C_MONEY : P::C_BAD_NUMBER, good ? money : chunk);
    }
    uint16_t type = P::C_INT;
    const size_t end = CelNumberEnd(&type);
    const size_t chunk = Peek() == '.' ? end : CelNumberChunk(at_);
    Emit(chunk > end ? static_cast<uint16_t>(P::C_BAD_NUMBER) : type, std::max(chunk, end));
  }

  // [A-Za-z0-9_]* ('.' digit [A-Za-z0-9_]*)* from `i`.
  size_t CelNumberChunk(size_t i) const {
    const auto word = [&](size_t k) {
      return k < text_.size() && (IsLetter(text_[k]) || IsDigit(text_[k]) || text_[k] == '_');
    };
    while (true) {
      while (word(i)) ++i;
      if (i + 1 < text_.size() && text_[i] == '.' && IsDigit(text_[i + 1])) {
        ++i;
      } else {
        return i;
      }
    }
  }

  // The longest int, uint or float from here.
  size_t CelNumberEnd(uint16_t* type) const {
    const auto digits = [&](size_t k) {
      while (k < text_.size() && IsDigit(text_[k])) ++k;
      return k;
    };
    const auto suffixed = [&](size_t k) { return k < text_.size() && (text_[k] == 'u' || text_[k] == 'U'); };
    if (Peek() == '0' && Peek(1) == 'x' && IsHexDigit(Peek(2))) {
      size_t end = at_ + 2;
      while (end < text_.size() && IsHexDigit(text_[end])) ++end;
      *type = suffixed(end) ? P::C_UINT : P::C_INT;
      return suffixed(end) ? end + 1 : end;
    }
    size_t end = digits(at_);
    if (suffixed(end)) {
      *type = P::C_UINT;
      return end + 1;
    }
    if (end + 1 < text_.size() && text_[end] == '.' && IsDigit(text_[end + 1])) {
      *type = P::C_FLOAT;
      end = digits(end + 1);
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      size_t exponent = end + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
      if (exponent < text_.size() && IsDigit(text_[exponent])) {
        *type = P::C_FLOAT;
        end = digits(exponent);
      }
    }
    return end;
  }

  // Where the quote of a text literal stands if one begins here (after r, b, br, rb in any case), else npos.
  size_t CelQuoteAt() const {
    size_t k = at_;
    bool raw = false, bytes = false;
    while (k < text_.size()) {
      const char c = text_[k];
      if (c == '"' || c == '\'') return k;
      if ((c == 'r' || c == 'R') && !raw) {
        raw = true;
      } else if ((c == 'b' || c == 'B') && !bytes) {
        bytes = true;
      } else {
        break;
      }
      ++k;
    }
    return std::string_view::npos;
  }

  void LexCelText(size_t quote) {
    bool raw = false, bytes = false;
    for (size_t k = at_; k < quote; ++k) {
      raw |= text_[k] == 'r' || text_[k] == 'R';
      bytes |= text_[k] == 'b' || text_[k] == 'B';
    }
    const char mark = text_[quote];
    const std::string three(3, mark);
    size_t end = std::string_view::npos;
    if (text_.substr(quote, 3) == three) end = CelTextEnd(quote + 3, three, raw);
    if (end == std::string_view::npos) end = CelTextEnd(quote + 1, std::string_view(&mark, 1), raw);
    if (end != std::string_view::npos) return Emit(bytes ? P::C_BYTES : P::C_STRING, end);
    if (quote > at_) {  // the prefix is an identifier of its own, as in the grammar
      return LexCelWord();
    }
    end = quote + 1;
    while (end < text_.size() && text_[end] != '\n' && text_[end] != '\r') ++end;
    Emit(P::C_BAD_TEXT, end);
  }

  // The end of a text whose content begins at `i`, or npos if it is not closed (on this line, in a file).
  size_t CelTextEnd(size_t i, std::string_view closing, bool raw) const {
    const bool lines_allowed = condition_alone_ && closing.size() == 3;
    while (i < text_.size()) {
      if (text_.substr(i, closing.size()) == closing) return i + closing.size();
      if (!lines_allowed && (text_[i] == '\n' || text_[i] == '\r')) break;
      if (!raw && text_[i] == '\\') {
        ++i;
        if (i < text_.size() && !lines_allowed && (text_[i] == '\n' || text_[i] == '\r')) break;
      }
      ++i;
    }
    return std::string_view::npos;
  }

  void LexCelWord() {
    size_t end = at_;
    while (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]) || text_[end] == '_')) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    uint16_t type = P::C_IDENT;
    if (word == "in") type = P::C_IN;
    if (word == "true") type = P::C_TRUE;
    if (word == "false") type = P::C_FALSE;
    if (word == "null") type = P::C_NULL;
    Emit(type, end);
  }

  void LexQuotedIdent() {
    size_t end = at_ + 1;
    while (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]) ||
                                  std::string_view("_.-/ ").find(text_[end]) != std::string_view::npos)) {
      ++end;
    }
    const bool good = end > at_ + 1 && end < text_.size() && text_[end] == '`';
    Emit(good ? P::C_QUOTED_IDENT : P::C_BAD, good ? end + 1 : at_ + 1);
  }

  void LexCelMark(char c) {
    struct Mark {
      std::string_view text;
      uint16_t type;
    };
    static constexpr Mark kMarks[] = {
        {"<=", P::C_LE},   {">=", P::C_GE},      {"==", P::C_EQ},      {"!=", P::C_NE},    {"&&", P::C_AND},
        {"||", P::C_OR},   {"[", P::C_LBRACKET}, {"]", P::C_RBRACKET}, {"{", P::C_LBRACE}, {"}", P::C_RBRACE},
        {".", P::C_DOT},   {",", P::C_COMMA},    {"?", P::C_QUESTION}, {":", P::C_COLON},  {"<", P::C_LT},
        {">", P::C_GT},    {"!", P::C_NOT},      {"+", P::C_PLUS},     {"-", P::C_MINUS},  {"*", P::C_STAR},
        {"/", P::C_SLASH}, {"%", P::C_PERCENT}};
    if (c == '(') {
      ++depth_;
      return Emit(P::C_LPAREN, at_ + 1);
    }
    if (c == ')') {
      if (depth_ > (condition_alone_ ? 1u : 0u)) --depth_;
      return Emit(P::C_RPAREN, at_ + 1);
    }
    for (const Mark& mark : kMarks) {
      if (text_.substr(at_, mark.text.size()) == mark.text) return Emit(mark.type, at_ + mark.text.size());
    }
    Emit(P::C_BAD, at_ + CodePointLength(c));
  }

  const std::string_view text_;
  const size_t tokens_max_;
  const bool condition_alone_;
  size_t depth_;  // open parentheses; 0 outside conditions
  size_t at_ = 0;
  Lexed result_;
};

}  // namespace

Lexed LexFile(std::string_view text, size_t tokens_max) { return Lexer(text, tokens_max, false).Run(); }

Lexed LexCondition(std::string_view text, size_t tokens_max) { return Lexer(text, tokens_max, true).Run(); }

}  // namespace bylaw::syntax
