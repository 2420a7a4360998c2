#include "compiler/format/spelling.h"

#include <algorithm>
#include <array>
#include <utility>

namespace bylaw::format {
namespace {

using syntax::WordKind;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Groups of three from the right, from four digits on; leading zeros go.
std::string Grouped(std::string_view digits) {
  std::string plain;
  for (const char c : digits) {
    if (c != '_') plain.push_back(c);
  }
  plain.erase(0, std::min(plain.find_first_not_of('0'), plain.size() - 1));
  std::string grouped;
  for (size_t i = 0; i < plain.size(); ++i) {
    if (i > 0 && (plain.size() - i) % 3 == 0) grouped.push_back('_');
    grouped.push_back(plain[i]);
  }
  return grouped;
}

// `prefix` (signs), whole digits, fraction.
struct Decimal {
  std::string_view prefix, whole, fraction, rest;
};

Decimal Split(std::string_view text) {
  size_t begin = 0;
  while (begin < text.size() && !IsDigit(text[begin])) ++begin;
  size_t end = begin;
  while (end < text.size() && (IsDigit(text[end]) || text[end] == '_')) ++end;
  Decimal d{text.substr(0, begin), text.substr(begin, end - begin), "", ""};
  size_t last = end;
  if (last < text.size() && text[last] == '.') {
    ++last;
    while (last < text.size() && IsDigit(text[last])) ++last;
    d.fraction = text.substr(end + 1, last - end - 1);
  }
  d.rest = text.substr(last);
  return d;
}

std::string Money(std::string_view text) {
  const Decimal d = Split(text);
  std::string fraction(d.fraction);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (!fraction.empty() && fraction.size() < 2) fraction.push_back('0');
  return std::string(d.prefix) + Grouped(d.whole) + (fraction.empty() ? "" : "." + fraction);
}

std::string Number(std::string_view text) {
  const Decimal d = Split(text);
  return std::string(d.prefix) + Grouped(d.whole) + (d.fraction.empty() ? "" : "." + std::string(d.fraction)) +
         std::string(d.rest);
}

// Words that are read in both numbers: singular, plural.
constexpr std::pair<std::string_view, std::string_view> kCounted[] = {
    {"call", "calls"},         {"token", "tokens"},
    {"workflow", "workflows"}, {"slot", "slots"},
    {"run", "runs"},           {"time", "times"},
    {"second", "seconds"},     {"minute", "minutes"},
    {"hour", "hours"},         {"millisecond", "milliseconds"},
    {"reviewer", "reviewers"}, {"day", "days"},
    {"week", "weeks"},         {"month", "months"},
    {"year", "years"}};
// Verbs that follow such a word.
constexpr std::pair<std::string_view, std::string_view> kVerbs[] = {{"is", "are"}, {"was", "were"}};

template <size_t N>
bool AgreeWith(bool one, const std::pair<std::string_view, std::string_view> (&pairs)[N], std::string& word) {
  for (const auto& [singular, plural] : pairs) {
    if (word != singular && word != plural) continue;
    word = one ? singular : plural;
    return true;
  }
  return false;
}

bool IsCounted(const std::string& word) {
  return std::any_of(std::begin(kCounted), std::end(kCounted),
                     [&](const auto& pair) { return word == pair.first || word == pair.second; });
}

}  // namespace

std::string Spelling(WordKind kind, std::string_view text) {
  switch (kind) {
    case WordKind::kNumber:
    case WordKind::kPercent:
      return Number(text);
    case WordKind::kMoney:
      return Money(text);
    case WordKind::kClockTime:
      return (text.size() == 4 ? "0" : "") + std::string(text);
    case WordKind::kKeyword:
    case WordKind::kName:
    case WordKind::kDate:
    case WordKind::kText:
    case WordKind::kComma:
    case WordKind::kColon:
    case WordKind::kOpenBrace:
    case WordKind::kCloseBrace:
    case WordKind::kLineEnd:
    case WordKind::kConditionOpen:
    case WordKind::kCondition:
    case WordKind::kBad:
      break;
  }
  return std::string(text);
}

void Agree(std::vector<Word>& words) {
  const size_t n = words.size();
  if (n < 2 || words[n - 1].kind != WordKind::kKeyword) return;
  std::string& word = words[n - 1].text;
  const Word& before = words[n - 2];
  if (before.kind == WordKind::kNumber) {
    AgreeWith(before.text == "1", kCounted, word);
    return;
  }
  if (n >= 5 && (word == "arrive" || word == "arrives") && words[n - 5].kind == WordKind::kNumber) {
    word = words[n - 5].text == "1" ? "arrives" : "arrive";  // `1 run of NAME arrives`
    return;
  }
  if (n < 3 || before.kind != WordKind::kKeyword) return;
  const Word& value = words[n - 3];
  if (word == "token" || word == "tokens") {  // `1 input token`, `2_000 output tokens`, `per million input tokens`
    if (before.text == "input" || before.text == "output")
      word = value.kind == WordKind::kNumber && value.text == "1" ? "token" : "tokens";
  } else if (value.kind == WordKind::kNumber && IsCounted(before.text)) {
    AgreeWith(value.text == "1", kVerbs, word);
  }
}

bool ConditionSpacing::OperandBefore() const {
  const char last = before_.back();
  const bool word = IsDigit(last) || (last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z') || last == '_';
  return (word && before_ != "in") || last == ')' || last == ']' || last == '}' || last == '"' || last == '\'' ||
         last == '`';
}

bool ConditionSpacing::SpaceBefore(std::string_view word) {
  const bool operand_before = OperandBefore();
  const char after = before_.back();
  const bool opened = after == '(' || after == '[' || after == '{';
  const bool optional = before_ == "?" && !open_.empty() && open_.back().choices < 0;
  bool space = !opened && !sign_before_ && !optional && before_ != ".";
  sign_before_ = false;
  if (word == ")" || word == "]" || word == "}" || word == "," || word == ".") space = false;
  if ((word == "(" || word == "[") && operand_before) space = false;
  if (word == "(" || word == "[" || word == "{") open_.push_back({word[0]});
  if ((word == ")" || word == "]" || word == "}") && !open_.empty()) open_.pop_back();
  if (open_.empty()) open_.push_back({'('});
  Bracket& bracket = open_.back();
  if (bracket.choices < 0) bracket.choices = 0;
  if (word == "?") {
    if (operand_before) {
      ++bracket.choices;
    } else {
      space = !opened && before_ != ".";
      bracket.choices = bracket.choices == 0 ? -1 : bracket.choices;
    }
  }
  if (word == ":") {
    if (bracket.choices > 0) {
      --bracket.choices;
    } else {
      space = false;
    }
  }
  if ((word == "-" || word == "!") && !operand_before) sign_before_ = true;
  before_ = word;
  return space;
}

}  // namespace bylaw::format
