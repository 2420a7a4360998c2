#include "compiler/syntax/words.h"

#include "BylawParser.h"
#include "compiler/syntax/forms.h"
#include "compiler/syntax/lexer.h"
#include "compiler/syntax/parse.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

WordKind KindOf(uint16_t type) {
  switch (type) {
    case P::NAME:
      return WordKind::kName;
    case P::NUMBER:
      return WordKind::kNumber;
    case P::PERCENT:
      return WordKind::kPercent;
    case P::MONEY:
      return WordKind::kMoney;
    case P::DATE:
      return WordKind::kDate;
    case P::CLOCK_TIME:
      return WordKind::kClockTime;
    case P::TEXT:
      return WordKind::kText;
    case P::COMMA:
      return WordKind::kComma;
    case P::COLON:
      return WordKind::kColon;
    case P::LBRACE:
      return WordKind::kOpenBrace;
    case P::RBRACE:
      return WordKind::kCloseBrace;
    case P::NL:
      return WordKind::kLineEnd;
    case P::LPAREN:
      return WordKind::kConditionOpen;
    default:
      if (IsKeyword(type)) return WordKind::kKeyword;
      return type >= P::C_LPAREN ? WordKind::kCondition : WordKind::kBad;
  }
}

}  // namespace

std::vector<FileWord> WordsOfFile(std::string_view text) {
  std::vector<FileWord> words;
  for (const Lexeme& lexeme : LexFile(text, ParseLimits().tokens_max).lexemes) {
    words.push_back({KindOf(lexeme.type), lexeme.begin, lexeme.end});
  }
  return words;
}

}  // namespace bylaw::syntax
