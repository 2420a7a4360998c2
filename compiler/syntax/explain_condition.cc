// Mistakes inside `when ( … )`: people write the sentences' values there, and the operators of other languages.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "BylawParser.h"
#include "compiler/syntax/explain_word.h"
#include "compiler/syntax/forms.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using diag::Kind;

constexpr std::string_view kExample = "when (request.amount > $50_000 && request.channel == \"web\")";

class ConditionExplainer {
 public:
  ConditionExplainer(std::string_view text, source::FileId file, const std::vector<Lexeme>& lexemes,
                     const Expectation& expected, diag::Sink& sink)
      : text_(text), file_(file), lexemes_(lexemes), expected_(expected), at_(expected.at), sink_(sink) {}

  void Run() {
    if (at_ > 1 && PercentSign()) return;
    if (at_ == lexemes_.size()) return EndsEarly();
    if (BadWord() || UnitAfterNumber() || ForeignOperator()) return;
    auto& d = Add(at_, fmt::format("`{}` cannot stand here in a condition; expected {}", TextOf(at_), WhatMayStand()));
    d.help.push_back(fmt::format("write a condition such as `{}`", kExample));
    for (size_t i = 1; i <= at_; ++i) {
      if (text_.substr(lexemes_[i - 1].end, lexemes_[i].begin - lexemes_[i - 1].end).find('\n') ==
          std::string_view::npos)
        continue;
      d.notes.push_back({"note",
                         fmt::format("the condition goes on below this line because it ends with `{}`", TextOf(i - 1)),
                         SpanOf(i - 1, i - 1)});
      break;
    }
  }

 private:
  std::string_view TextOf(size_t i) const {
    return text_.substr(lexemes_[i].begin, lexemes_[i].end - lexemes_[i].begin);
  }
  source::Span SpanOf(size_t first, size_t last) const { return {file_, lexemes_[first].begin, lexemes_[last].end}; }
  diag::Diagnostic& Add(size_t i, std::string message) {
    return sink_.Add(Kind::kUnexpectedText, SpanOf(i, i), std::move(message));
  }
  bool Touches(size_t a, size_t b) const { return lexemes_[a].end == lexemes_[b].begin; }
  bool IsNumber(size_t i) const { return lexemes_[i].type == P::C_INT || lexemes_[i].type == P::C_FLOAT; }
  bool MayStand(uint16_t type) const {
    return std::binary_search(expected_.words.begin(), expected_.words.end(), type);
  }

  std::string WhatMayStand() const {
    if (MayStand(P::C_INT)) return "a value, a name or `(`";
    if (MayStand(P::C_RPAREN)) return "an operator such as `&&`, or `)`";
    if (MayStand(P::C_RBRACKET)) return "an operator, `,` or `]`";
    if (MayStand(P::C_RBRACE)) return "an operator, `,` or `}`";
    if (MayStand(P::C_COLON)) return "an operator or `:`";
    return "the name of a field";
  }

  void EndsEarly() {
    const bool closable = MayStand(P::C_RPAREN);
    const size_t last = lexemes_.size() - 1;
    auto& d =
        Add(last, closable ? "the condition is not closed on its line: `)` is missing"
                           : fmt::format("the condition ends after `{}`; expected {}", TextOf(last), WhatMayStand()));
    if (closable)
      d.help.push_back(fmt::format("write `{})`",
                                   text_.substr(lexemes_.front().begin, lexemes_.back().end - lexemes_.front().begin)));
    d.help.push_back("a condition goes on below only after an operator, a comma or an opening bracket");
  }

  // `0.4 < 95%)`: the sign reads as the remainder of a division.
  bool PercentSign() {
    const size_t sign = lexemes_[at_ - 1].type == P::C_PERCENT ? at_ - 1 : at_ - 2;
    if (sign == 0 || lexemes_[sign].type != P::C_PERCENT || !IsNumber(sign - 1) || !Touches(sign - 1, sign) ||
        sign != at_ - 1)
      return false;
    const double share = std::strtod(std::string(TextOf(sign - 1)).c_str(), nullptr) / 100;
    auto& d = sink_.Add(Kind::kUnexpectedText, SpanOf(sign - 1, sign),
                        fmt::format("`{}%` is not a number in a condition", TextOf(sign - 1)));
    d.help.push_back(fmt::format("write a share as a number: {}", share));
    return true;
  }

  bool BadWord() {
    const std::string_view word = TextOf(at_);
    switch (lexemes_[at_].type) {
      case P::C_BAD_DATE: {
        auto& d = Add(at_, fmt::format("`{}` is not a date in a condition", word));
        d.help.push_back(fmt::format("write `timestamp(\"{}T00:00:00Z\")`", word));
        return true;
      }
      case P::C_BAD_NUMBER:
        BadNumber(word);
        return true;
      case P::C_BAD_TEXT:
        Add(at_, "this text is not closed on its line")
            .help.push_back(fmt::format("end it with `{}` on the line where it begins", word[0]));
        return true;
      case P::C_BAD:
        BadMark(word);
        return true;
      default:
        return false;
    }
  }

  void BadNumber(std::string_view word) {
    const bool digits =
        std::all_of(word.begin(), word.end(), [](char c) { return (c >= '0' && c <= '9') || c == '_' || c == '.'; });
    if (digits && word.find('_') != std::string_view::npos) {
      std::string plain(word);
      plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
      auto& d = Add(at_, fmt::format("`{}`: numbers in conditions are written without `_`", word));
      d.help.push_back(fmt::format("write `{}`", plain));
      return;
    }
    size_t end = 0;
    while (end < word.size() && ((word[end] >= '0' && word[end] <= '9') || word[end] == '.')) ++end;
    const std::string_view unit = word.substr(end);
    auto& d = Add(at_, fmt::format("`{}` is not a number", word));
    if (end > 0 && (unit == "ms" || unit == "s" || unit == "m" || unit == "h")) {
      d.help.push_back(fmt::format("write a duration as `duration(\"{}\")`", word));
    } else {
      d.help.push_back("write numbers as 5000 or 0.42, money as $500, durations as `duration(\"30m\")`");
    }
  }

  void BadMark(std::string_view word) {
    auto& d = Add(at_, fmt::format("`{}` is no operator of conditions", word));
    if (word == "=") {
      d.help.push_back("write `==` for equality");
    } else if (word == "&" || word == "|") {
      d.help.push_back(fmt::format("write `{}{}`", word, word));
    } else if (static_cast<unsigned char>(word[0]) >= 0x80) {
      d.help.push_back("write a text in straight quotes: \"…\"");
    } else {
      d.help.push_back(fmt::format("write a condition such as `{}`", kExample));
    }
  }

  // `now - request.when > 30 minutes`.
  bool UnitAfterNumber() {
    if (lexemes_[at_].type != P::C_IDENT || at_ == 0 || !IsNumber(at_ - 1)) return false;
    struct Unit {
      std::string_view word;
      std::string_view suffix;  // of duration("…"); empty for calendar units
      int times;
    };
    static constexpr Unit kUnits[] = {{"millisecond", "ms", 1}, {"second", "s", 1}, {"minute", "m", 1},
                                      {"hour", "h", 1},         {"day", "h", 24},   {"week", "h", 168},
                                      {"month", "", 0},         {"year", "", 0}};
    std::string_view word = TextOf(at_);
    if (word.ends_with('s')) word.remove_suffix(1);
    for (const Unit& unit : kUnits) {
      if (word != unit.word) continue;
      auto& d = sink_.Add(Kind::kUnexpectedText, SpanOf(at_ - 1, at_),
                          fmt::format("`{} {}` is not a duration in a condition", TextOf(at_ - 1), TextOf(at_)));
      const double count = std::strtod(std::string(TextOf(at_ - 1)).c_str(), nullptr) * unit.times;
      d.help.push_back(
          unit.suffix.empty()
              ? "conditions know durations of the clock only: write a number of hours, such as `duration(\"720h\")`"
              : fmt::format("write `duration(\"{}{}\")`", count, unit.suffix));
      return true;
    }
    return false;
  }

  bool ForeignOperator() {
    static constexpr std::pair<std::string_view, std::string_view> kInstead[] = {
        {"and", "&&"}, {"or", "||"},  {"is", "=="}, {"equals", "=="},
        {"not", "!"},  {"AND", "&&"}, {"OR", "||"}, {"xor", "!="}};
    for (const size_t i : {at_, at_ - 1}) {
      if (i >= lexemes_.size() || lexemes_[i].type != P::C_IDENT) continue;
      for (const auto& [word, op] : kInstead) {
        if (TextOf(i) != word) continue;
        Add(i, fmt::format("`{}` is no operator of conditions", word)).help.push_back(fmt::format("write `{}`", op));
        return true;
      }
    }
    return false;
  }

  const std::string_view text_;
  const source::FileId file_;
  const std::vector<Lexeme>& lexemes_;
  const Expectation& expected_;
  const size_t at_;
  diag::Sink& sink_;
};

}  // namespace

void ExplainCondition(std::string_view text, source::FileId file, const std::vector<Lexeme>& lexemes,
                      const Expectation& expected, diag::Sink& sink) {
  ConditionExplainer(text, file, lexemes, expected, sink).Run();
}

void ExplainWholeCondition(std::string_view text, source::FileId file, const std::vector<Lexeme>& lexemes,
                           diag::Sink& sink) {
  std::vector<uint16_t> types;
  for (const Lexeme& lexeme : lexemes) types.push_back(lexeme.type);
  ConditionExplainer(text, file, lexemes, Expect(P::RuleExpressionEntry, types, IsForm()), sink).Run();
}

}  // namespace bylaw::syntax
