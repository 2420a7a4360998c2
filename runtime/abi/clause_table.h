// The sentences of a policy, for who reads a decision: where each stands, and its text.
//
// Most tenants say the same few sentences, each in a place of its own: a clause takes 12 bytes and shares its text with
// its equals. Immutable once the image is made; copies share their memory.
#ifndef BYLAW_RUNTIME_ABI_CLAUSE_TABLE_H_
#define BYLAW_RUNTIME_ABI_CLAUSE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/abi/shared_vector.h"

namespace bylaw::abi {

// Outlived by the table.
struct ClauseInfo {
  std::string_view file;
  uint32_t line = 0;
  std::string_view sentence;
};

class ClauseTable {
 public:
  ClauseTable() = default;
  ClauseTable(std::initializer_list<ClauseInfo> clauses) {
    for (const ClauseInfo& clause : clauses) Add(clause);
  }

  size_t size() const { return entries_.size(); }
  ClauseInfo operator[](size_t i) const {
    const Entry& entry = entries_[i];
    return {Text(entry.file), entry.line, Text(entry.sentence)};
  }
  // The next number.
  void Add(const ClauseInfo& clause) {
    std::vector<Entry>& entries = entries_.Edit();
    // A tenant's terms are often one line of a table.
    const Entry last = entries.empty() ? Entry{} : entries.back();
    entries.push_back({Number(clause.file, last.file), clause.line, Number(clause.sentence, last.sentence)});
  }
  // Nothing will be added: what only Add needs is given back.
  void Close() {
    numbers_ = {};
    entries_.Edit().shrink_to_fit();
    bytes_.Edit().shrink_to_fit();
    ends_.Edit().shrink_to_fit();
  }

 private:
  struct Entry {
    uint32_t file = 0, line = 0, sentence = 0;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  std::string_view Text(uint32_t number) const {
    const uint32_t begin = number == 0 ? 0 : ends_[number - 1];
    return {bytes_.data() + begin, ends_[number] - begin};
  }
  uint32_t Number(std::string_view text, uint32_t guess) {
    if (guess < ends_.size() && Text(guess) == text) return guess;
    const auto at = numbers_.find(text);
    if (at != numbers_.end()) return at->second;
    const auto number = static_cast<uint32_t>(ends_.size());
    numbers_.emplace(text, number);
    std::vector<char>& bytes = bytes_.Edit();
    bytes.insert(bytes.end(), text.begin(), text.end());
    ends_.Edit().push_back(static_cast<uint32_t>(bytes.size()));
    return number;
  }

  SharedVector<Entry> entries_;
  SharedVector<char> bytes_;                                                  // of all texts
  SharedVector<uint32_t> ends_;                                               // of each text in bytes_
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> numbers_;  // of each text; never iterated
};

}  // namespace bylaw::abi

#endif  // BYLAW_RUNTIME_ABI_CLAUSE_TABLE_H_
