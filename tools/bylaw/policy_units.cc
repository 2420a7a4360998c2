#include "tools/bylaw/policy_units.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace bylaw::cli {
namespace {

using driver::TextFile;
using Names = std::set<std::string, std::less<>>;

// One tenant in one text: bytes [begin, end), whole lines.
struct Unit {
  size_t begin = 0, end = 0;
  std::string_view name;
};

bool IsTable(const TextFile& file) { return !file.path.ends_with(".bylaw"); }

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || (c & 0x80) != 0;
}

std::string_view FirstWord(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  size_t end = 0;
  while (end < text.size() && IsNameByte(text[end])) ++end;
  return text.substr(0, end);
}

size_t EndOfLine(std::string_view text, size_t at) {
  const size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

// Where the rows of a table begin; nothing if it is not taken apart.
std::optional<size_t> RowsOf(std::string_view text) {
  constexpr std::string_view kFirstColumn = "tenant";
  if (text.find('"') != std::string_view::npos || FirstWord(text) != kFirstColumn) return std::nullopt;
  const size_t word = text.find(kFirstColumn) + kFirstColumn.size();
  if (word >= text.size() || (text[word] != ',' && text[word] != '\n' && text[word] != '\r')) return std::nullopt;
  return EndOfLine(text, 0);
}

// Calls `visit` with each line of [begin, end) of a table, whole lines.
template <typename Visit>
void EachRow(std::string_view text, size_t begin, size_t end, const Visit& visit) {
  while (begin < end) {
    const size_t next = EndOfLine(text, begin);
    visit(Unit{begin, next, FirstWord(text.substr(begin, next - begin))});
    begin = next;
  }
}

// Walks over the statements at the top of a policy file.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  // False if the file is not taken apart.
  template <typename Visit>
  bool Walk(const Visit& visit) {
    bool continues = false;  // a list goes on after a comma
    while (at_ < text_.size()) {
      const size_t begin = at_;
      const std::string_view first = FirstWord(text_.substr(at_));
      const bool tenant = !continues && first == "tenant";
      std::string_view name;
      if (tenant) name = FirstWord(text_.substr(static_cast<size_t>(first.data() + first.size() - text_.data())));
      if (!Statement(&continues)) return false;
      if (!tenant) continue;
      while (continues) {
        if (!Statement(&continues)) return false;
      }
      visit({begin, at_, name});
    }
    return true;
  }

 private:
  // One line and the block that it opens, to the end of the line that closes it.
  bool Statement(bool* continues) {
    size_t depth = 0;
    char last = '\n';
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      switch (c) {
        case '#':
          at_ = std::min(text_.find('\n', at_), text_.size());
          break;
        case '"':
          if (!SkipString()) return false;
          last = c;
          break;
        case '(':
        case ')':
        case '\'':
          return false;
        case '{':
          ++depth;
          last = c;
          break;
        case '}':
          if (depth == 0) return false;
          --depth;
          last = c;
          break;
        case '\n':
          if (depth > 0) break;
          if (last != '\n') *continues = last == ',';  // a blank line changes nothing
          return true;
        case ' ':
        case '\t':
        case '\r':
          break;
        default:
          last = c;
      }
    }
    *continues = false;
    return depth == 0;
  }
  bool SkipString() {
    while (at_ < text_.size() && text_[at_] != '\n') {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (c == '\\' && at_ < text_.size()) ++at_;
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// Calls `visit` with each tenant; false if the file is not taken apart.
template <typename Visit>
bool EachUnit(const TextFile& file, const Visit& visit) {
  if (!IsTable(file)) return Walker(file.text).Walk(visit);
  const std::optional<size_t> rows = RowsOf(file.text);
  if (rows) EachRow(file.text, *rows, file.text.size(), visit);
  return rows.has_value();
}

// The bytes in which two texts differ: a common beginning, and a common end of `tail` bytes.
struct Difference {
  size_t head = 0, tail = 0;
};
Difference Differ(std::string_view a, std::string_view b) {
  Difference difference;
  const size_t least = std::min(a.size(), b.size());
  difference.head = static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(least), b.begin()).first - a.begin());
  while (difference.tail < least - difference.head &&
         a[a.size() - 1 - difference.tail] == b[b.size() - 1 - difference.tail]) {
    ++difference.tail;
  }
  return difference;
}

// The tenants of one text that the edit touches, whose units cover all of [begin, end); nothing if they do not.
std::optional<std::vector<Unit>> Touched(const TextFile& file, size_t begin, size_t end) {
  std::vector<Unit> touched;
  size_t covered = begin;
  const auto visit = [&](const Unit& unit) {
    if (unit.end <= begin || unit.begin > end || (unit.begin == end && end > begin)) return;
    if (unit.begin <= covered) covered = std::max(covered, unit.end);
    touched.push_back(unit);
  };
  if (IsTable(file)) {
    const std::optional<size_t> rows = RowsOf(file.text);
    if (!rows || begin < *rows) return std::nullopt;
    const size_t line = begin == 0 ? std::string::npos : file.text.rfind('\n', begin - 1);
    EachRow(file.text, line == std::string::npos ? 0 : line + 1, std::min(EndOfLine(file.text, end), file.text.size()),
            visit);
  } else if (!Walker(file.text).Walk(visit)) {
    return std::nullopt;
  }
  if (covered < end || touched.empty() || touched.size() > kEditedTenantsMax) return std::nullopt;
  return touched;
}

std::vector<std::string> NamesOf(const std::vector<Unit>& units) {
  std::vector<std::string> names;
  for (const Unit& unit : units) names.emplace_back(unit.name);
  return names;
}

// Words that stand behind the word `tenant`.
void CollectNamed(std::string_view text, Names& names) {
  constexpr std::string_view kWord = "tenant";
  for (size_t at = text.find(kWord); at != std::string_view::npos; at = text.find(kWord, at + 1)) {
    const std::string_view rest = text.substr(at + kWord.size());
    if ((at > 0 && IsNameByte(text[at - 1])) || rest.empty() || (rest[0] != ' ' && rest[0] != '\t')) continue;
    names.emplace(FirstWord(rest));
  }
}

// The policy file without its tenants; nothing if it is not taken apart.
std::optional<std::string> WorldOf(const TextFile& file) {
  std::string world;
  size_t at = 0;
  const bool whole = EachUnit(file, [&](const Unit& unit) {
    world.append(file.text, at, unit.begin - at);
    at = unit.end;
  });
  if (!whole) return std::nullopt;
  world.append(file.text, at);
  return world;
}

// The file with those of its tenants alone that are named; as it is if it is not taken apart.
std::string WithTenants(const TextFile& file, const Names& names) {
  std::string kept;
  size_t at = 0;
  const bool whole = EachUnit(file, [&](const Unit& unit) {
    if (names.contains(unit.name)) return;
    kept.append(file.text, at, unit.begin - at);
    at = unit.end;
  });
  if (!whole) return file.text;
  kept.append(file.text, at);
  return kept;
}

}  // namespace

std::optional<UnitEdit> FindUnitEdit(const std::vector<TextFile>& before, const std::vector<TextFile>& after) {
  if (before.size() != after.size()) return std::nullopt;
  size_t edited = before.size();
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].path != after[i].path) return std::nullopt;
    if (before[i].text == after[i].text) continue;
    if (edited != before.size()) return std::nullopt;
    edited = i;
  }
  if (edited == before.size()) return std::nullopt;
  const TextFile &was = before[edited], &is = after[edited];
  const Difference difference = Differ(was.text, is.text);
  const auto old_units = Touched(was, difference.head, was.text.size() - difference.tail);
  const auto new_units = Touched(is, difference.head, is.text.size() - difference.tail);
  if (!old_units || !new_units || NamesOf(*old_units) != NamesOf(*new_units)) return std::nullopt;

  UnitEdit edit;
  edit.tenants = NamesOf(*old_units);
  edit.path = was.path;
  edit.moves = std::count(was.text.begin(), was.text.end(), '\n') != std::count(is.text.begin(), is.text.end(), '\n');
  Names names(edit.tenants.begin(), edit.tenants.end());
  for (size_t i = 0; i < before.size(); ++i) {
    if (IsTable(before[i])) continue;
    const std::optional<std::string> world = WorldOf(before[i]);
    if (i == edited && (!world || WorldOf(is) != world)) return std::nullopt;
    CollectNamed(world ? *world : before[i].text, names);
  }
  for (size_t i = 0; i < before.size(); ++i) {
    edit.before.push_back({before[i].path, WithTenants(before[i], names)});
    edit.after.push_back({after[i].path, i == edited ? WithTenants(is, names) : edit.before[i].text});
  }
  return edit;
}

}  // namespace bylaw::cli
