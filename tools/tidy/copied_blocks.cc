#include <fmt/format.h>
#include <re2/re2.h>

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/tidy/checks.h"

namespace bylaw::tidy {
namespace {

constexpr size_t kWindow = 8;

// A file's lines that say something, each by the number of its text, and where they stand.
struct Sequence {
  std::vector<int> text;
  std::vector<int> line;
};

struct Position {
  size_t file;
  size_t index;
};

bool IsTrivial(const std::string& code) {
  static const RE2 kTrivial(
      R"(\W*|\s*#.*|\s*(namespace|using)\b.*|.*\bnamespace\b.*\{|\s*(public|private|protected):\s*|\s*(break|continue|return);\s*|\s*\}?\s*else\s*\{\s*)");
  return RE2::FullMatch(code, kTrivial);
}

std::string FoldWhitespace(std::string line) {
  RE2::GlobalReplace(&line, R"(\s+)", " ");
  if (line.starts_with(' ')) line.erase(0, 1);
  return line;
}

Sequence MakeSequence(const SourceFile& file, std::unordered_map<std::string, int>& numbers) {
  Sequence sequence;
  for (size_t i = 0; i < file.code.size(); ++i) {
    if (IsTrivial(file.code[i])) continue;
    const int number = numbers.emplace(FoldWhitespace(file.lines[i]), static_cast<int>(numbers.size())).first->second;
    sequence.text.push_back(number);
    sequence.line.push_back(static_cast<int>(i) + 1);
  }
  return sequence;
}

size_t CommonLength(const Sequence& a, size_t i, const Sequence& b, size_t j) {
  size_t length = 0;
  while (i + length < a.text.size() && j + length < b.text.size() && a.text[i + length] == b.text[j + length]) ++length;
  return length;
}

}  // namespace

Findings CheckCopiedBlocks(const std::vector<SourceFile>& files) {
  std::unordered_map<std::string, int> numbers;
  std::vector<Sequence> sequences;
  for (const SourceFile& file : files) sequences.push_back(MakeSequence(file, numbers));

  std::map<std::vector<int>, Position> seen;
  Findings findings;
  for (size_t f = 0; f < files.size(); ++f) {
    const Sequence& here = sequences[f];
    for (size_t i = 0; i + kWindow <= here.text.size();) {
      const std::vector<int> window(here.text.begin() + i, here.text.begin() + i + kWindow);
      const auto [entry, is_new] = seen.emplace(window, Position{f, i});
      const Position first = entry->second;
      if (is_new || (first.file == f && i < first.index + kWindow)) {
        ++i;
        continue;
      }
      const size_t length = CommonLength(here, i, sequences[first.file], first.index);
      findings.push_back({"copied-block", files[f].path, here.line[i],
                          fmt::format("{} lines as in {}:{}: give them one home that both call", length,
                                      files[first.file].path, sequences[first.file].line[first.index])});
      i += length;
    }
  }
  return findings;
}

}  // namespace bylaw::tidy
