#include "tools/tidy/source_file.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <utility>

namespace bylaw::tidy {
namespace {

constexpr size_t kLargestFile = 4 << 20;

bool IsWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// True when the quote at `at` separates digits, as in 1'000.
bool SeparatesDigits(std::string_view text, size_t at) {
  size_t begin = at;
  while (begin > 0 && (IsWordCharacter(text[begin - 1]) || text[begin - 1] == '\'')) --begin;
  return begin < at && std::isdigit(static_cast<unsigned char>(text[begin]));
}

// The end of the raw string whose opening quote is at `at`, just past its closing quote.
size_t RawStringEnd(std::string_view text, size_t at) {
  const size_t open = text.find('(', at);
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(at + 1, open - at - 1)) + "\"";
  const size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

// The end of the literal whose opening quote is at `at`; a literal ends with its line at the latest.
size_t QuotedEnd(std::string_view text, size_t at) {
  for (size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[at]) {
      return i + 1;
    }
  }
  return std::min(text.find('\n', at), text.size());
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// In a linked worktree .git is a file.
bool IsLeftOut(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name == ".git" || name == "build" || name.starts_with("build-");
}

}  // namespace

bool IsCpp(std::string_view path) { return path.ends_with(".h") || path.ends_with(".cc") || path.ends_with(".def"); }

std::string BlankCommentsAndLiterals(std::string_view text) {
  std::string out(text);
  const auto blank = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
  };
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    size_t end = i + 1;
    if (text.substr(i, 2) == "//") {
      end = std::min(text.find('\n', i), text.size());
      blank(i, end);
    } else if (text.substr(i, 2) == "/*") {
      const size_t close = text.find("*/", i + 2);
      end = close == std::string_view::npos ? text.size() : close + 2;
      blank(i, end);
    } else if (c == '"' || (c == '\'' && !SeparatesDigits(text, i))) {
      end = c == '"' && i > 0 && text[i - 1] == 'R' ? RawStringEnd(text, i) : QuotedEnd(text, i);
      blank(i + 1, end == 0 ? 0 : end - 1);
    }
    i = end;
  }
  return out;
}

SourceFile MakeSourceFile(std::string path, std::string_view text) {
  SourceFile file;
  file.path = std::move(path);
  file.lines = SplitLines(text);
  if (IsCpp(file.path)) file.code = SplitLines(BlankCommentsAndLiterals(text));
  return file;
}

std::vector<SourceFile> ReadTree(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (auto entry = std::filesystem::recursive_directory_iterator(root); entry != std::filesystem::end(entry);
       ++entry) {
    if (entry->is_directory() && IsLeftOut(entry->path())) entry.disable_recursion_pending();
    if (!entry->is_regular_file() || IsLeftOut(entry->path()) || entry->file_size() > kLargestFile) continue;
    std::ifstream in(entry->path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (text.find('\0') != std::string::npos) continue;
    files.push_back(MakeSourceFile(entry->path().lexically_relative(root).generic_string(), text));
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace bylaw::tidy
