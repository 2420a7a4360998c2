#include "compiler/verify/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/money.h"

namespace bylaw::verify {
namespace {

using sema::Program;

// " on tier standard" if all are on one tier.
std::string OnTier(const Program& program, const std::vector<TenantId>& tenants) {
  const TierId tier = program.tenants[tenants.front().index()].tier;
  const bool all = std::all_of(tenants.begin(), tenants.end(),
                               [&](TenantId tenant) { return program.tenants[tenant.index()].tier == tier; });
  return all && tier.valid() ? " on tier " + program.tiers[tier.index()].name : "";
}

bool IsNameByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || (c & 0x80) != 0;
}

}  // namespace

std::string TenantsText(const Program& program, const std::vector<TenantId>& tenants) {
  if (tenants.size() == 1) return TenantName(program, tenants.front());
  return fmt::format("{} tenants{}", tenants.size(), OnTier(program, tenants));
}

std::string MoreTenantsText(const Program& program, const std::vector<TenantId>& tenants) {
  if (tenants.size() == 1) return TenantName(program, tenants.front());
  return fmt::format("{} more tenants{}", tenants.size(), OnTier(program, tenants));
}

const std::string& TenantName(const Program& program, TenantId tenant) { return program.tenants[tenant.index()].name; }

std::string PlacesText(const sema::PlaceSet& places) {
  static constexpr std::array<std::string_view, 4> kWithArticle = {"EU", "EEA", "UK", "US"};
  static constexpr std::string_view kAdequate = "places adequate for ";
  std::vector<std::string> named, adequate;
  for (size_t at = 0; at < places.text.size();) {
    const size_t end = std::min(places.text.find(", ", at), places.text.size());
    const std::string item = places.text.substr(at, end - at);
    at = end + 2;
    if (item.starts_with(kAdequate)) {
      adequate.push_back("the " + item);
    } else {
      const bool article = std::find(kWithArticle.begin(), kWithArticle.end(), item) != kWithArticle.end();
      named.push_back((article ? "the " : "") + item);
    }
  }
  return JoinAnd(named.empty() ? adequate : named);
}

std::string MoneyText(const Program& program, int64_t micros) { return FormatMoney({micros, program.currency}); }

std::string BareMoneyText(const Program& program, int64_t micros) {
  return MoneyText(program, micros).substr(CurrencySymbol(program.currency).size());
}

std::string SentenceText(const Program& program, ClauseId clause) {
  const source::Span span = program.SpanOf(clause);
  std::string sentence;
  if (!span.valid()) return sentence;
  for (const char c : program.sources->text(span)) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      sentence += c;
    } else if (!sentence.empty() && sentence.back() != ' ') {
      sentence += ' ';
    }
  }
  while (!sentence.empty() && sentence.back() == ' ') sentence.pop_back();
  return sentence;
}

source::Span Narrow(const Program& program, source::Span span, std::string_view word) {
  if (!span.valid() || word.empty()) return span;
  const std::string_view text = program.sources->text(span);
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at > 0 && IsNameByte(text[at - 1])) || (end < text.size() && IsNameByte(text[end]))) continue;
    return {span.file, span.begin + static_cast<uint32_t>(at), span.begin + static_cast<uint32_t>(end)};
  }
  return span;
}

source::Span NarrowToMoney(const Program& program, source::Span span) {
  if (!span.valid()) return span;
  const std::string_view text = program.sources->text(span);
  const std::string_view symbol = CurrencySymbol(program.currency);
  const size_t at = text.find(symbol);
  if (at == std::string_view::npos) return span;
  size_t end = at + symbol.size();
  while (end < text.size() && (std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_' ||
                               (text[end] == '.' && end + 1 < text.size()))) {
    ++end;
  }
  return {span.file, span.begin + static_cast<uint32_t>(at), span.begin + static_cast<uint32_t>(end)};
}

std::string JoinAnd(const std::vector<std::string>& items) {
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

std::string JoinComma(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

std::string CountText(int64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", GroupedText(n), noun, n == 1 ? "" : "s");
}

std::string GroupedText(int64_t n) {
  std::string digits = fmt::format("{}", n);
  for (size_t at = digits.size(); at > 3; digits.insert(at, "_")) at -= 3;
  return digits;
}

std::string TimeText(DurationNs duration) {
  if (duration % kMinuteNs == 0 || duration < 2 * kMinuteNs) return FormatDuration(duration);
  const DurationNs unit = duration < 2 * kHourNs ? kMinuteNs : kHourNs;
  return fmt::format("{:.3g} {}", static_cast<double>(duration) / static_cast<double>(unit),
                     unit == kHourNs ? "hours" : "minutes");
}

std::string PercentText(int64_t ppm) { return fmt::format("{:g}%", static_cast<double>(ppm) / 10'000); }

std::string TimesText(int64_t n) { return fmt::format("{} time{}", n, n == 1 ? "" : "s"); }

}  // namespace bylaw::verify
