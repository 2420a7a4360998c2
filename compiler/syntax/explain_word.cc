#include "compiler/syntax/explain_word.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "BylawParser.h"
#include "base/time.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The number that begins `word` (digits, `_`, one point), its length.
size_t NumberLength(std::string_view word) {
  size_t end = 0;
  while (end < word.size() && (IsDigit(word[end]) || word[end] == '_' ||
                               (word[end] == '.' && end + 1 < word.size() && IsDigit(word[end + 1]))))
    ++end;
  return end;
}

// `5k`, `2M` written out, or "".
std::string Thousands(std::string_view digits, std::string_view suffix) {
  if (suffix != "k" && suffix != "K" && suffix != "M" && suffix != "m") return "";
  if (digits.find('.') != std::string_view::npos || digits.find('_') != std::string_view::npos) return "";
  return std::string(digits) + (suffix == "M" ? "_000_000" : "_000");
}

// A date in another order or with other signs (`2026-7-1`, `01.07.2026`), in ours, or "".
std::string DateInstead(std::string_view word) {
  std::vector<int> parts = {0};
  for (const char c : word) {
    if (IsDigit(c) && parts.back() < 10'000) {
      parts.back() = parts.back() * 10 + (c - '0');
    } else if (c == '-' || c == '.') {
      parts.push_back(0);
    } else {
      return "";
    }
  }
  if (parts.size() != 3) return "";
  Date date;
  const bool year_first = parts[0] > 31;
  date.year = year_first ? parts[0] : parts[2];
  date.month = static_cast<int8_t>(std::min(parts[1], 99));
  date.day = static_cast<int8_t>(std::min(year_first ? parts[2] : parts[0], 99));
  return IsValidDate(date) ? FormatDate(date) : "";
}

// `9am`, `10:30pm` on the 24-hour clock, or "".
std::string TimeInstead(std::string_view word) {
  const bool am = word.ends_with("am"), pm = word.ends_with("pm");
  if (!am && !pm) return "";
  const std::string_view clock = word.substr(0, word.size() - 2);
  const size_t colon = clock.find(':');
  const std::string_view hours_text = clock.substr(0, colon),
                         minutes_text = colon == std::string_view::npos ? "00" : clock.substr(colon + 1);
  const auto number = [](std::string_view text) {
    return !text.empty() && text.size() <= 2 && std::all_of(text.begin(), text.end(), IsDigit)
               ? std::stoi(std::string(text))
               : -1;
  };
  const int hours = number(hours_text), minutes = number(minutes_text);
  if (hours < 1 || hours > 12 || minutes < 0 || minutes > 59) return "";
  return fmt::format("{:02}:{:02}", hours % 12 + (pm ? 12 : 0), minutes);
}

std::string BadNumberInstead(std::string_view word) {
  if (std::string date = DateInstead(word); !date.empty()) return date;
  if (std::string time = TimeInstead(word); !time.empty()) return time;
  std::string_view sign;
  for (const std::string_view known : {"$", "\xE2\x82\xAC", "\xC2\xA3"}) {
    if (word.starts_with(known)) sign = known;
  }
  const std::string_view rest = word.substr(sign.size());
  const size_t length = NumberLength(rest);
  if (length == 0) return "";
  const std::string_view digits = rest.substr(0, length), suffix = rest.substr(length);
  if (std::string thousands = Thousands(digits, suffix); !thousands.empty() && (suffix != "m" || !sign.empty()))
    return std::string(sign) + thousands;
  if (!sign.empty()) return "";
  for (const std::string_view known : {"$", "\xE2\x82\xAC", "\xC2\xA3"}) {
    if (suffix == known) return std::string(known) + std::string(digits);
  }
  if (suffix == "USD" || suffix == "EUR" || suffix == "GBP")
    return (suffix == "USD" ? "$" : suffix == "EUR" ? "\xE2\x82\xAC" : "\xC2\xA3") + std::string(digits);
  if (const std::string_view unit = UnitNamed(suffix); !unit.empty()) return fmt::format("{} {}", digits, unit);
  if (!suffix.empty() && std::all_of(suffix.begin(), suffix.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
    return fmt::format("{} {}", digits, suffix);
  return "";
}

bool Has(std::string_view word, std::string_view part) { return word.find(part) != std::string_view::npos; }

bool HasCurlyQuote(std::string_view word) {
  return Has(word, "\xE2\x80\x9C") || Has(word, "\xE2\x80\x9D") || Has(word, "\xE2\x80\x9E");
}

bool HasNoBreakSpace(std::string_view word) { return Has(word, "\xC2\xA0") || Has(word, "\xE2\x80\xAF"); }

std::string WithPlainSpaces(std::string_view word) {
  std::string plain;
  for (size_t i = 0; i < word.size();) {
    const size_t length = word.substr(i).starts_with("\xC2\xA0")       ? 2
                          : word.substr(i).starts_with("\xE2\x80\xAF") ? 3
                                                                       : 0;
    plain += length > 0 ? ' ' : word[i];
    i += length > 0 ? length : 1;
  }
  return plain;
}

}  // namespace

std::string_view UnitNamed(std::string_view abbreviation) {
  static constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
      {"ms", "milliseconds"}, {"msec", "milliseconds"}, {"s", "seconds"},   {"sec", "seconds"},
      {"secs", "seconds"},    {"m", "minutes"},         {"min", "minutes"}, {"mins", "minutes"},
      {"h", "hours"},         {"hr", "hours"},          {"hrs", "hours"},   {"d", "days"},
      {"w", "weeks"},         {"mo", "months"},         {"y", "years"},     {"yr", "years"},
      {"yrs", "years"}};
  for (const auto& [known, unit] : kUnits) {
    if (known == abbreviation) return unit;
  }
  return "";
}

bool IsBadWord(uint16_t type) {
  return type == P::BAD || type == P::BAD_NUMBER || type == P::BAD_NAME || type == P::BAD_TEXT;
}

std::string BadWordMessage(uint16_t type, std::string_view word) {
  const std::string shown = word.size() > 40 ? std::string(word.substr(0, 37)) + "..." : std::string(word);
  switch (type) {
    case P::BAD_NUMBER:
      return fmt::format("`{}` is neither a number nor a name", shown);
    case P::BAD_TEXT:
      return word.size() > 1 && word.ends_with('"') ? "this text holds an escape that is none"
                                                    : "this text is not closed on its line";
    case P::BAD_NAME:
      if (HasCurlyQuote(word)) return "typographic quotes do not enclose a text";
      if (HasNoBreakSpace(word)) return "a no-break space stands between words";
      return fmt::format("`{}` is not a name", shown);
    default:
      if (static_cast<unsigned char>(word[0]) < 0x20 || word[0] == 0x7F) {
        return fmt::format("a control character (0x{:02X}) stands here", static_cast<unsigned char>(word[0]));
      }
      return fmt::format("`{}` has no meaning here", shown);
  }
}

std::optional<std::string> BadWordInstead(uint16_t type, std::string_view word) {
  std::string instead;
  if (type == P::BAD_NUMBER) instead = BadNumberInstead(word);
  if (type == P::BAD_NAME) {
    std::string_view trimmed = word;
    while (!trimmed.empty() && (trimmed.back() == '.' || trimmed.back() == '-' || trimmed.back() == '_'))
      trimmed.remove_suffix(1);
    if (HasNoBreakSpace(word)) {
      instead = WithPlainSpaces(word);
    } else if (trimmed.size() < word.size() && !trimmed.empty()) {
      instead = trimmed;
    }
  }
  if (instead.empty()) return std::nullopt;
  const Lexed lexed = LexFile(instead, 16);
  const bool good =
      std::none_of(lexed.lexemes.begin(), lexed.lexemes.end(), [](const Lexeme& l) { return IsBadWord(l.type); });
  return good ? std::optional(instead) : std::nullopt;
}

std::string BadWordHelp(uint16_t type, std::string_view word) {
  switch (type) {
    case P::BAD_NUMBER:
      return "write numbers as 5_000 or 0.42, money as $0.50, shares as 95%, dates as 2026-07-10, times as 22:00, "
             "durations as 30 minutes";
    case P::BAD_TEXT:
      return word.size() > 1 && word.ends_with('"') ? "after a backslash write only `\"` or `\\`"
                                                    : "end the text with `\"` on the line where it begins";
    case P::BAD_NAME:
      if (HasCurlyQuote(word)) return "write a text in straight quotes: \"…\"";
      return "a name has the letters a to z, digits, and single `-`, `_` or `.` between them, such as eu-west-1";
    default:
      switch (word[0]) {
        case ';':
          return "end each sentence with its line, without `;`";
        case '=':
          return "sentences use words; only a condition, `when ( … )`, compares with signs";
        case '/':
          return word.starts_with("//") ? "begin a comment with `#`"
                                        : "write `per` for a rate, and a date as 2026-07-10";
        case '%':
          return "write the percent sign right after its number: 95%";
        case '\'':
          return "write a text in double quotes: \"…\"";
        case '(':
        case ')':
          return "a parenthesis only stands after `when`, as in `when (request.amount > $50_000)`";
        default:
          return "remove it";
      }
  }
}

}  // namespace bylaw::syntax
