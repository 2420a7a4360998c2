#include "compiler/syntax/synonyms.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "BylawParser.h"
#include "compiler/syntax/expect.h"
#include "compiler/syntax/forms.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

// Whole words on the left; what they may stand for, most likely first. `0` stands for any plain number.
struct Synonym {
  std::string_view said, meant;
};
constexpr Synonym kSynonyms[] = {
    {"max", "at most"},
    {"maximum", "at most"},
    {"up to", "at most"},
    {"no more than", "at most"},
    {"not more than", "at most"},
    {"limit", "at most"},
    {"limited to", "at most"},
    {"min", "at least"},
    {"minimum", "at least"},
    {"no less than", "at least"},
    {"concurrently", "at once"},
    {"simultaneously", "at once"},
    {"in parallel", "at once"},
    {"at a time", "at once"},
    {"at the same time", "at once"},
    {"concurrent workflows", "workflows at once"},
    {"parallel workflows", "workflows at once"},
    {"queued", "waiting"},
    {"for each", "per"},
    {"each", "per"},
    {"every", "per"},
    {"a", "per"},
    {"an", "per"},
    {"otherwise", "else"},
    {"or else", "else"},
    {"or", "then"},
    {",", "then"},
    {"stay in", "go only to"},
    {"stays in", "go only to"},
    {"only go to", "go only to"},
    {"go to", "go only to"},
    {"go only to", "stays in"},
    {"costs", "costs at most"},
    {"rejected", "denied"},
    {"rejected", "refused"},
    {"blocked", "denied"},
    {"allowed", "proceeds"},
    {"is allowed", "proceeds"},
    {"passes", "proceeds"},
    {"paused", "suspends"},
    {"runs", "is submitted"},
    {"starts", "is submitted"},
    {"to", "until"},
    {"to", "outside"},
    {"with", "has"},
    {"=", "to"},
    {"0 dollars", "$0"},
    {"0 dollar", "$0"},
    {"0 usd", "$0"},
    {"0 euros", "€0"},
    {"0 euro", "€0"},
    {"0 eur", "€0"},
    {"0 pounds", "£0"},
    {"0 gbp", "£0"},
    {"0 percent", "0%"},
    {"0 %", "0%"},
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

// How many words from `at` on are `said`; 0 if they are others. *number gets what stands for `0`.
size_t Matches(const std::vector<Word>& words, size_t at, std::string_view said, std::string* number) {
  size_t count = 0;
  while (!said.empty()) {
    const size_t end = std::min(said.find(' '), said.size());
    const std::string_view word = said.substr(0, end);
    said.remove_prefix(std::min(end + 1, said.size()));
    if (at + count >= words.size()) return 0;
    const Word& line = words[at + count++];
    if (word == "0" && line.type == P::NUMBER) {
      *number = line.text;
    } else if (Lower(line.text) != word) {
      return 0;
    }
  }
  return count;
}

}  // namespace

std::optional<std::string> InOurWords(size_t entry, const std::vector<Word>& words, size_t at) {
  for (const Synonym& synonym : kSynonyms) {
    for (size_t i = std::min(at + 1, words.size()); i-- > 0;) {  // the nearest first
      std::string number;
      const size_t count = Matches(words, i, synonym.said, &number);
      if (count == 0) continue;
      std::string meant(synonym.meant);
      if (const size_t zero = meant.find('0'); zero != std::string::npos) meant.replace(zero, 1, number);
      std::vector<Word> mended(words.begin(), words.begin() + static_cast<ptrdiff_t>(i));
      for (Word& word : WordsOf(meant)) mended.push_back(std::move(word));
      mended.insert(mended.end(), words.begin() + static_cast<ptrdiff_t>(i + count), words.end());
      if (Expect(entry, TypesOf(mended), IsForm()).fits) return SentenceOf(mended);
    }
  }
  return std::nullopt;
}

}  // namespace bylaw::syntax
