#include "compiler/syntax/repair.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "BylawParser.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/syntax/explain_word.h"
#include "compiler/syntax/forms.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;

// Longer lines are lists; trying every change on them costs more than it tells.
constexpr size_t kRepairWordsMax = 60;

bool Fits(size_t entry, std::span<const Word> words) { return Expect(entry, TypesOf(words), IsForm()).fits; }

using Words = std::vector<Word>;

Words Replaced(Words words, size_t at, Word word) {
  word.space = words[at].space || (IsKeyword(word.type) && word.space);  // what replaces a comma stands apart
  words[at] = std::move(word);
  return words;
}

Words Inserted(Words words, size_t at, Word word) {
  words.insert(words.begin() + static_cast<ptrdiff_t>(at), std::move(word));
  return words;
}

Words Erased(Words words, size_t at) {
  words.erase(words.begin() + static_cast<ptrdiff_t>(at));
  return words;
}

Word KeywordWord(uint16_t type) { return {type, std::string(SpellingOf(type)), type != P::COMMA && type != P::COLON}; }

// The expected keyword that `text` nearly is, or 0.
uint16_t NearKeyword(std::string_view text, const std::vector<uint16_t>& expected) {
  std::vector<std::string_view> spellings;
  for (const uint16_t type : expected) {
    if (IsKeyword(type)) spellings.push_back(SpellingOf(type));
  }
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string near = diag::NearestName(text, spellings);
  if (near.empty()) near = diag::NearestName(lower, spellings);
  for (const uint16_t type : expected) {
    if (!near.empty() && IsKeyword(type) && SpellingOf(type) == near) return type;
  }
  return 0;
}

// Tries changes at one place, most likely kind of change first. More than two ways to make one change tell nothing.
class Repairer {
 public:
  Repairer(size_t entry, const Words& words, const Expectation& expected)
      : entry_(entry), words_(words), expected_(expected) {
    for (const size_t rule : expected.rules) {
      for (const std::string_view example : ExamplesOf(rule)) examples_.push_back(WordsOf(example));
    }
  }

  std::vector<Words> Run() {
    using Step = void (Repairer::*)();
    static constexpr Step kSteps[] = {
        &Repairer::NearWord,   &Repairer::DropArticle,        &Repairer::UnitInFull,         &Repairer::InsertKeyword,
        &Repairer::WordBefore, &Repairer::InsertFromExample,  &Repairer::ReplaceKeyword,     &Repairer::LikeExample,
        &Repairer::Delete,     &Repairer::ReplaceFromExample, &Repairer::CompleteFromExample};
    for (const Step step : kSteps) {
      found_.clear();
      (this->*step)();
      if (found_.size() == 1 || found_.size() == 2) return std::move(found_);
    }
    return {};
  }

 private:
  // Keeps `candidate` if it is a sentence and repeats no word.
  bool Try(Words candidate) {
    for (size_t i = 1; i < candidate.size(); ++i) {
      if (IsKeyword(candidate[i].type) && candidate[i].type == candidate[i - 1].type) return false;
    }
    if (candidate.empty() || !Fits(entry_, candidate)) return false;
    found_.push_back(std::move(candidate));
    return true;
  }
  // A name or a value, which an example may lend; of keywords it would be one among others.
  bool IsValueAt(const Words& example) const {
    return expected_.at > 0 && expected_.at < example.size() && !IsKeyword(example[expected_.at].type);
  }
  bool AtWord() const { return expected_.at < words_.size(); }

  void NearWord() {
    if (!AtWord()) return;
    const uint16_t near = NearKeyword(words_[expected_.at].text, expected_.at_name);
    if (near != 0) Try(Replaced(words_, expected_.at, KeywordWord(near)));
  }

  // `state stays in the EU`, `follow the ladder careful`.
  void DropArticle() {
    for (const size_t at : {expected_.at, expected_.at - 1}) {
      if (at > 0 && at < words_.size() && words_[at].text == "the" && Try(Erased(words_, at))) return;
    }
  }

  // `900 ms`, `4 h`.
  void UnitInFull() {
    if (!AtWord()) return;
    const std::string_view unit = UnitNamed(words_[expected_.at].text);
    for (const uint16_t type : expected_.at_name) {
      if (!unit.empty() && SpellingOf(type) == unit) Try(Replaced(words_, expected_.at, KeywordWord(type)));
    }
  }

  void InsertKeyword() {
    if (expected_.at == 0) return;
    for (const uint16_t type : expected_.at_name) {
      if (!SpellingOf(type).empty()) Try(Inserted(words_, expected_.at, KeywordWord(type)));
    }
  }

  // The keyword just before may be the wrong one: `in tier standard`.
  void WordBefore() {
    if (expected_.at < 2 || !AtWord() || !IsKeyword(words_[expected_.at - 1].type)) return;
    const std::vector<uint16_t> types = TypesOf(words_);
    for (const uint16_t type : Expect(entry_, std::span(types).first(expected_.at - 1), IsForm()).at_name) {
      if (IsKeyword(type) && type != words_[expected_.at - 1].type)
        Try(Replaced(words_, expected_.at - 1, KeywordWord(type)));
    }
  }

  void InsertFromExample() {
    for (const Words& example : examples_) {
      if (IsValueAt(example) && Try(Inserted(words_, expected_.at, example[expected_.at]))) return;
    }
  }

  void ReplaceKeyword() {
    if (expected_.at == 0 || !AtWord()) return;
    for (const uint16_t type : expected_.at_name) {
      if (SpellingOf(type).empty() || Try(Replaced(words_, expected_.at, KeywordWord(type)))) continue;
      if (expected_.at + 1 == words_.size()) TryRestOfExample(type);
    }
  }

  // What was written before the wrong last word, and an example from the expected word on.
  void TryRestOfExample(uint16_t from) {
    for (const Words& example : examples_) {
      const auto at = std::find_if(example.begin(), example.end(), [&](const Word& word) { return word.type == from; });
      Words candidate(words_.begin(), words_.begin() + static_cast<ptrdiff_t>(expected_.at));
      candidate.insert(candidate.end(), at, example.end());
      if (at != example.end() && Try(std::move(candidate))) return;
    }
  }

  // An example with the values of this line, if it has all its keywords in their order: `costs $0.03 per call`.
  void LikeExample() {
    std::vector<Words> all = examples_;
    for (const size_t rule : Expect(entry_, {}, IsForm()).rules) {
      for (const std::string_view example : ExamplesOf(rule)) all.push_back(WordsOf(example));
    }
    for (Words candidate : all) {
      size_t next = 0;
      for (Word& word : candidate) {
        if (next == words_.size()) break;
        const bool keyword = IsKeyword(word.type);
        const bool same = words_[next].type == word.type;
        if (!keyword && !same) break;  // a value of another kind
        if (!keyword) word.text = words_[next].text;
        next += same;
      }
      if (next == words_.size() && Try(std::move(candidate))) return;
    }
  }

  // Only what follows a complete sentence: taking out a word elsewhere may turn the meaning round.
  void Delete() {
    if (AtWord() && expected_.may_end) Try(Erased(words_, expected_.at));
  }

  void ReplaceFromExample() {
    if (!AtWord()) return;
    for (const Words& example : examples_) {
      if (IsValueAt(example) && Try(Replaced(words_, expected_.at, example[expected_.at]))) return;
    }
  }

  // What was written so far, and the rest of an example that began alike.
  void CompleteFromExample() {
    if (expected_.at == 0 || expected_.at + 2 < words_.size()) return;
    for (const Words& example : examples_) {
      for (size_t from = 1; from < example.size(); ++from) {
        Words completed(words_.begin(), words_.begin() + static_cast<ptrdiff_t>(expected_.at));
        const bool name = example[from - 1].type == P::NAME && IsKeyword(completed.back().type);
        if (completed.back().type != example[from - 1].type && !name) continue;
        completed.insert(completed.end(), example.begin() + static_cast<ptrdiff_t>(from), example.end());
        if (Try(std::move(completed))) return;
      }
    }
  }

  const size_t entry_;
  const Words& words_;
  const Expectation& expected_;
  std::vector<Words> examples_;
  std::vector<Words> found_;
};

size_t SharedWords(const Words& line, const Words& example) {
  size_t shared = 0;
  std::vector<bool> used(example.size(), false);
  for (const Word& word : line) {
    for (size_t i = 0; i < example.size(); ++i) {
      const bool same = word.text == example[i].text || (!IsKeyword(word.type) && word.type == example[i].type &&
                                                         word.type != P::NAME && word.type != P::COMMA);
      const bool near = !same && IsKeyword(example[i].type) && NearKeyword(word.text, {example[i].type}) != 0;
      if (used[i] || (!same && !near)) continue;
      used[i] = true;
      shared += same ? 2 : 1;
      break;
    }
  }
  return shared;
}

}  // namespace

std::vector<Word> WordsOf(std::string_view text, std::span<const Lexeme> lexemes) {
  Words words;
  uint32_t last = lexemes.empty() ? 0 : lexemes.front().begin;
  for (const Lexeme& lexeme : lexemes) {
    if (lexeme.type == P::NL) continue;
    words.push_back({lexeme.type, std::string(text.substr(lexeme.begin, lexeme.end - lexeme.begin)),
                     words.empty() || lexeme.begin > last});
    last = lexeme.end;
  }
  return words;
}

std::vector<Word> WordsOf(std::string_view sentence) {
  return WordsOf(sentence, LexFile(sentence, kRepairWordsMax).lexemes);
}

std::string SentenceOf(std::span<const Word> words) {
  std::string sentence;
  bool condition = false;  // in which spaces are kept as they were written
  for (const Word& word : words) {
    const bool space = condition ? word.space : word.type != P::COMMA && word.type != P::COLON;
    if (space && !sentence.empty()) sentence += ' ';
    sentence += word.text;
    condition = condition || word.type == P::LPAREN;
  }
  return sentence;
}

std::vector<uint16_t> TypesOf(std::span<const Word> words) {
  std::vector<uint16_t> types;
  types.reserve(words.size());
  for (const Word& word : words) types.push_back(word.type);
  return types;
}

std::vector<std::string> Repair(size_t entry, const Words& words, const Expectation& expected) {
  if (words.size() > kRepairWordsMax) return {};
  std::vector<Words> found = Repairer(entry, words, expected).Run();
  if (found.empty() && expected.at < words.size()) {
    // Two misspelt words: mend the first where that leads further, and try again.
    const uint16_t near = NearKeyword(words[expected.at].text, expected.at_name);
    if (near == 0) return {};
    const Words once = Replaced(words, expected.at, KeywordWord(near));
    const Expectation next = Expect(entry, TypesOf(once), IsForm());
    if (next.at > expected.at) found = Repairer(entry, once, next).Run();
  }
  std::vector<std::string> sentences;
  for (const Words& sentence : found) sentences.push_back(SentenceOf(sentence));
  return sentences;
}

std::vector<std::string> NearestExamples(const Words& words, const std::vector<size_t>& rules, size_t limit,
                                         bool near_only) {
  std::vector<std::pair<size_t, std::string>> ranked;
  const std::span<const Word> head(words.data(), std::min(words.size(), kRepairWordsMax));
  const Words line(head.begin(), head.end());
  for (const size_t rule : rules) {
    if (ExamplesOf(rule).empty()) continue;
    const std::string_view example = ExamplesOf(rule).front();
    ranked.emplace_back(SharedWords(line, WordsOf(example)), example);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> examples;
  for (const auto& [shared, example] : ranked) {
    const bool far = shared < 2 || shared + 2 < ranked.front().first;
    if (examples.size() == limit || (far && (near_only || !examples.empty()))) break;
    examples.push_back(example);
  }
  return examples;
}

}  // namespace bylaw::syntax
