#include "compiler/syntax/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "BylawParser.h"
#include "compiler/syntax/expect.h"
#include "compiler/syntax/explain_word.h"
#include "compiler/syntax/forms.h"
#include "compiler/syntax/repair.h"
#include "compiler/syntax/synonyms.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using diag::Kind;

constexpr size_t kNamedWordsMax = 4;

bool InCondition(const std::vector<Word>& words, size_t at) {
  size_t depth = 0;
  for (size_t i = 0; i < at && i < words.size(); ++i) {
    if (words[i].type == P::LPAREN || words[i].type == P::C_LPAREN) ++depth;
    if (words[i].type == P::C_RPAREN && depth > 0) --depth;
  }
  return depth > 0;
}

bool IsCurrencySign(std::string_view word) { return word == "$" || word == "€" || word == "£"; }

bool IsLiteral(uint16_t type) { return type >= P::DATE && type <= P::TEXT; }

bool IsUnit(uint16_t type) {
  switch (type) {
    case P::MILLISECOND:
    case P::MILLISECONDS:
    case P::SECOND:
    case P::SECONDS:
    case P::MINUTE:
    case P::MINUTES:
    case P::HOUR:
    case P::HOURS:
    case P::DAY:
    case P::DAYS:
    case P::WEEK:
    case P::WEEKS:
    case P::MONTH:
    case P::MONTHS:
    case P::YEAR:
    case P::YEARS:
      return true;
    default:
      return false;
  }
}

// "`per`", "`per` or `to`", "a name", "a value", "`,` or the end of the sentence".
std::string WhatMayStand(const Expectation& expected) {
  std::vector<std::string> kinds;
  const bool any_name = std::find(expected.words.begin(), expected.words.end(), P::NAME) != expected.words.end() &&
                        std::find(expected.at_name.begin(), expected.at_name.end(), P::NAME) == expected.at_name.end();
  const bool literal = std::any_of(expected.at_name.begin(), expected.at_name.end(), IsLiteral);
  const bool path =
      !literal && std::find(expected.at_name.begin(), expected.at_name.end(), P::NAME) != expected.at_name.end();
  const bool count = std::all_of(expected.rules.begin(), expected.rules.end(), [](size_t rule) {
    return rule == P::RuleGoesToReviewers || rule == P::RuleThenPhrase;
  });
  if (literal) kinds.push_back(count && !expected.rules.empty() ? "a number" : "a value");
  if (any_name || path) kinds.push_back("a name");
  const auto expects = [&](size_t type) {
    return std::binary_search(expected.at_name.begin(), expected.at_name.end(), type);
  };
  const bool units = expects(P::MILLISECONDS) && expects(P::YEARS);
  for (const uint16_t type : expected.at_name) {
    const std::string_view word = SpellingOf(type);
    const bool singular = std::any_of(expected.at_name.begin(), expected.at_name.end(), [&](uint16_t other) {
      return SpellingOf(other).size() == word.size() + 1 && SpellingOf(other).starts_with(word) &&
             SpellingOf(other).ends_with('s');
    });
    if (!word.empty() && !singular && !(units && IsUnit(type))) kinds.push_back(fmt::format("`{}`", word));
  }
  if (units) kinds.push_back("a unit of time");
  if (expected.may_end) kinds.push_back("the end of the sentence");
  if (kinds.size() > kNamedWordsMax + 1) {
    kinds.resize(kNamedWordsMax);
    kinds.push_back("…");
  }
  std::string text;
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (i > 0) text += i + 1 == kinds.size() ? " or " : ", ";
    text += kinds[i];
  }
  return text;
}

// Entries, other than `entry`, at which the line is a sentence.
std::vector<std::string_view> OtherHomes(size_t entry, const std::vector<uint16_t>& types) {
  std::vector<std::string_view> homes;
  for (const Entry& other : Entries()) {
    if (other.rule == entry || other.block == BlockName(entry) || other.rule == P::RuleStepHeaderEntry) continue;
    if (std::find(homes.begin(), homes.end(), other.block) != homes.end()) continue;
    if (Expect(other.rule, types, IsForm()).fits) homes.push_back(other.block);
  }
  return homes;
}

std::string HomeText(const std::vector<std::string_view>& homes) {
  if (homes.front().empty()) return "it is a declaration of its own, outside all blocks";
  std::string text = "it belongs in ";
  for (size_t i = 0; i < homes.size() && i < 3; ++i) text += fmt::format("{}{}", i == 0 ? "" : ", or in ", homes[i]);
  return text;
}

std::string Home(const Misfit& line) {
  return line.entry == P::RuleHeaderEntry ? "declaration"
                                          : fmt::format("sentence of {}", BlockName(line.entry, line.header));
}

class Explainer {
 public:
  Explainer(const Misfit& line, diag::Sink& sink) : line_(line), sink_(sink) {
    for (const Lexeme& lexeme : line.words) {
      if (lexeme.type != P::NL) lexemes_.push_back(lexeme);
    }
    words_ = WordsOf(line.text, lexemes_);
    types_ = TypesOf(words_);
    expected_ = Expect(line.entry, types_, IsForm());
  }

  void Run() {
    if (InCondition(words_, expected_.at)) return ExplainCondition(line_.text, line_.file, lexemes_, expected_, sink_);
    if (expected_.at == words_.size()) return EndsEarly();
    if (IsBadWord(types_[expected_.at])) return BadWord();
    if (expected_.at == 0) return BadBeginning();
    Misplaced();
  }

 private:
  source::Span SpanAt(size_t i) const { return {line_.file, lexemes_[i].begin, lexemes_[i].end}; }
  // The point after the last word.
  source::Span End() const { return {line_.file, lexemes_.back().begin, lexemes_.back().end}; }

  // The sentence that was probably meant, or examples of what can be said.
  void AddHelp(diag::Diagnostic& d) const {
    const std::string brace = line_.has_block ? " {" : "";
    if (const auto ours = InOurWords(line_.entry, words_, expected_.at)) {
      d.help.push_back(fmt::format("write `{}{}`", *ours, brace));
      return;
    }
    const std::vector<std::string> sentences = Repair(line_.entry, words_, expected_);
    for (const std::string& sentence : sentences) d.help.push_back(fmt::format("write `{}{}`", sentence, brace));
    if (!sentences.empty()) return;
    const auto homes = OtherHomes(line_.entry, types_);
    if (!homes.empty()) {
      d.help.push_back(HomeText(homes));
      return;
    }
    const bool complete = expected_.may_end && expected_.at > 0;
    if (!complete || EndsInABareWord()) AddExamples(d, brace);
    if (complete && d.help.empty()) {
      const std::span<const Word> sentence(words_.data(), expected_.at);
      d.help.push_back(
          fmt::format("write `{}{}`, and anything else on a line of its own", SentenceOf(sentence), brace));
    }
  }

  void AddExamples(diag::Diagnostic& d, const std::string& brace) const {
    const bool continues = !types_.empty() && types_[0] == P::AND;
    for (std::string example : NearestExamples(words_, expected_.rules, 3, expected_.at == 0)) {
      const size_t space = example.find(' ');
      const std::string first = example.substr(0, space);
      if (continues && (first == "given" || first == "when" || first == "then"))
        example = "and" + example.substr(space);
      d.help.push_back(fmt::format("write, for instance, `{}{}`", example, brace));
    }
  }

  // Where a value is wanted, what stands before the misfit is a word: `until July 10, 2027`.
  bool EndsInABareWord() const {
    if (expected_.at < 2 || types_[expected_.at - 1] != P::NAME) return false;
    const Expectation before = Expect(line_.entry, std::span(types_).first(expected_.at - 1), IsForm());
    return std::any_of(before.at_name.begin(), before.at_name.end(), IsLiteral);
  }

  bool NoteContinuedList(diag::Diagnostic& d) const {
    for (size_t i = 1; i <= expected_.at && i < lexemes_.size(); ++i) {
      const std::string_view between = line_.text.substr(lexemes_[i - 1].end, lexemes_[i].begin - lexemes_[i - 1].end);
      if (types_[i - 1] != P::COMMA || between.find('\n') == std::string_view::npos) continue;
      d.notes.push_back({"note", "the comma at the end of this line continues its list on the next", SpanAt(i - 1)});
      d.help.push_back("remove the comma at the end of the line before, if its list ends there");
      return true;
    }
    return false;
  }

  // `5,000`: the line with the digits joined as we write them, if that is a sentence.
  std::optional<std::string> WithDigitsJoined() const {
    std::vector<Word> joined;
    for (size_t i = 0; i < words_.size(); ++i) {
      const bool group = i + 1 < words_.size() && types_[i] == P::COMMA && types_[i + 1] == P::NUMBER &&
                         !words_[i + 1].space && words_[i + 1].text.size() == 3 && !joined.empty() &&
                         (joined.back().type == P::NUMBER || joined.back().type == P::MONEY);
      if (group) {
        joined.back().text += "_" + words_[++i].text;
      } else {
        joined.push_back(words_[i]);
      }
    }
    if (!Expect(line_.entry, TypesOf(joined), IsForm()).fits) return std::nullopt;
    return SentenceOf(joined);
  }

  void EndsEarly() {
    auto& d = sink_.Add(
        Kind::kUnexpectedText, End(),
        fmt::format("the sentence ends too early: after `{}` comes {}", words_.back().text, WhatMayStand(expected_)));
    d.caret = fmt::format("{} is missing", WhatMayStand(expected_));
    AddHelp(d);
  }

  // The line with every word that is none written as it was probably meant, if that is a sentence.
  std::optional<std::string> WithBadWordsMended() const {
    std::vector<Word> mended;
    for (const Word& word : words_) {
      const auto instead = IsBadWord(word.type) ? BadWordInstead(word.type, word.text) : std::nullopt;
      if (!instead) {
        mended.push_back(word);
        continue;
      }
      for (Word& part : WordsOf(*instead)) mended.push_back(std::move(part));
    }
    const Expectation next = Expect(line_.entry, TypesOf(mended), IsForm());
    if (next.fits) return SentenceOf(mended);
    return next.at > expected_.at ? InOurWords(line_.entry, mended, next.at) : std::nullopt;
  }

  void BadWord() {
    const size_t at = expected_.at;
    // `5$`: the sign is read as a word of its own, and told together with its number.
    const bool sign_after =
        IsCurrencySign(words_[at].text) && at > 0 && types_[at - 1] == P::NUMBER && !words_[at].space;
    const source::Span span{line_.file, lexemes_[sign_after ? at - 1 : at].begin, lexemes_[at].end};
    auto& d = sink_.Add(Kind::kUnexpectedText, span,
                        BadWordMessage(types_[at], (sign_after ? words_[at - 1].text : "") + words_[at].text));
    if (const auto mended = WithBadWordsMended()) {
      d.help.push_back(fmt::format("write `{}`", *mended));
      return;
    }
    if (const auto joined = WithSignJoined(at)) {
      d.help.push_back(fmt::format("write `{}`", *joined));
    } else {
      AddHelp(d);
    }
    d.help.push_back(BadWordHelp(types_[at], words_[at].text));
  }

  // `95 %`, `$ 5` or `5$`: the line with the sign where we write it, if that is a sentence.
  std::optional<std::string> WithSignJoined(size_t at) const {
    const std::string& sign = words_[at].text;
    const bool after = at > 0 && types_[at - 1] == P::NUMBER;
    const bool before = at + 1 < words_.size() && types_[at + 1] == P::NUMBER;
    if (sign != "%" && !IsCurrencySign(sign)) return std::nullopt;
    if (!after && !(before && sign != "%")) return std::nullopt;
    const size_t number = after ? at - 1 : at + 1;
    const std::string text = sign == "%" ? words_[number].text + sign : sign + words_[number].text;
    std::vector<Word> joined(words_.begin(), words_.begin() + static_cast<ptrdiff_t>(std::min(at, number)));
    for (Word& word : WordsOf(text)) joined.push_back(std::move(word));
    joined.insert(joined.end(), words_.begin() + static_cast<ptrdiff_t>(std::max(at, number)) + 1, words_.end());
    if (!Expect(line_.entry, TypesOf(joined), IsForm()).fits) return std::nullopt;
    return SentenceOf(joined);
  }

  void BadBeginning() {
    const auto homes = OtherHomes(line_.entry, types_);
    const std::string home = Home(line_);
    if (!homes.empty()) {
      auto& d = sink_.Add(Kind::kUnexpectedText, {line_.file, lexemes_.front().begin, lexemes_.back().end},
                          fmt::format("this is no {}", home));
      d.help.push_back(HomeText(homes));
      return;
    }
    auto& d = sink_.Add(Kind::kUnexpectedText, SpanAt(0), fmt::format("no {} begins with `{}`", home, words_[0].text));
    AddHelp(d);
    std::string list;
    for (const uint16_t type : expected_.at_name) {
      if (IsKeyword(type)) list += fmt::format("{}{}", list.empty() ? "" : ", ", SpellingOf(type));
    }
    d.help.push_back(fmt::format("a {} begins with one of: {}", home, list));
  }

  void Misplaced() {
    const size_t at = expected_.at;
    const bool complete = expected_.may_end && expected_.words.size() <= 1;
    const std::string message =
        complete ? fmt::format("`{}` cannot follow: the sentence is complete before it", words_[at].text)
                 : fmt::format("`{}` cannot stand here; expected {}", words_[at].text, WhatMayStand(expected_));
    auto& d = sink_.Add(Kind::kUnexpectedText, SpanAt(at), message);
    if (types_[at] == P::COMMA && at > 0 && (types_[at - 1] == P::NUMBER || types_[at - 1] == P::MONEY)) {
      if (const auto joined = WithDigitsJoined()) {
        d.help.push_back(fmt::format("digits are grouped with `_`: write `{}`", *joined));
        return;
      }
      d.help.push_back("digits are grouped with `_`, as in 5_000; a comma only separates the items of a list");
    } else if (types_[at] == P::COMMA) {
      d.help.push_back("a comma only separates the items of a list: give each sentence a line of its own");
    } else if (types_[at] == P::LPAREN) {
      d.help.push_back("a parenthesis only stands after `when`, as in `when (request.amount > $50_000)`");
    }
    if (!NoteContinuedList(d)) AddHelp(d);
    if (d.help.empty()) {
      d.help.push_back(
          fmt::format("end the sentence before `{}`: each sentence has a line of its own", words_[at].text));
    }
  }

  const Misfit& line_;
  diag::Sink& sink_;
  std::vector<Lexeme> lexemes_;
  std::vector<Word> words_;
  std::vector<uint16_t> types_;
  Expectation expected_;
};

}  // namespace

void Explain(const Misfit& line, diag::Sink& sink) {
  if (sink.suppressed() > 0) {  // nobody will read it
    sink.Add(Kind::kUnexpectedText, {line.file, line.words.front().begin, line.words.back().end},
             "this line fits no sentence");
    return;
  }
  Explainer(line, sink).Run();
}

void ExplainBlock(const Misfit& line, diag::Sink& sink) {
  const source::Span span{line.file, line.words.front().begin, line.words.back().end};
  std::vector<uint16_t> types;
  for (const Lexeme& lexeme : line.words) {
    if (lexeme.type != P::NL) types.push_back(lexeme.type);
  }
  const std::string_view sentence = line.text.substr(span.begin, span.end - span.begin);
  if (Expect(line.entry, types, IsForm()).fits) {
    auto& d = sink.Add(Kind::kUnexpectedText, span, "this sentence has no block");
    d.help.push_back(fmt::format("write it without braces: `{}`", sentence));
    return;
  }
  auto& d =
      sink.Add(Kind::kUnexpectedText, span, fmt::format("{} has no blocks inside", BlockName(line.entry, line.header)));
  const auto homes = OtherHomes(line.entry, types);
  if (Expect(P::RuleStepHeaderEntry, types, IsForm()).fits) {
    d.help.push_back("it belongs in a workflow, and a step stands beside other steps, not inside one");
  } else if (!homes.empty()) {
    d.help.push_back(HomeText(homes));
  } else {
    d.help.push_back("only a workflow has blocks inside: its steps");
  }
}

}  // namespace bylaw::syntax
