#include "tools/tidy/functions.h"

#include <re2/re2.h>

#include <string_view>
#include <utility>

namespace bylaw::tidy {
namespace {

enum class Scope { kContainer, kFunction, kBraces };

struct OpenBrace {
  Scope scope;
  size_t header_begin;  // where the declaration before the brace begins
  size_t body_begin;
};

// The blanked lines joined, without preprocessor lines (and what they continue on).
std::string JoinWithoutDirectives(const std::vector<std::string>& code) {
  std::string text;
  bool in_directive = false;
  for (const std::string& line : code) {
    const size_t first = line.find_first_not_of(" \t");
    const bool directive = in_directive || (first != std::string::npos && line[first] == '#');
    in_directive = directive && line.ends_with('\\');
    text += directive ? std::string(line.size(), ' ') : line;
    text += '\n';
  }
  return text;
}

Scope Classify(const std::string& header) {
  static const RE2 kNamespace(R"((^|\s)(inline\s+)?(namespace|extern)\b[^()]*$)");
  static const RE2 kType(R"(^\s*(template\s*<[^{]*>\s*)?(class|struct|union)\b)");
  static const RE2 kTypeWithoutParameters(R"(\b(class|struct|union)\b[^()]*$)");
  static const RE2 kEnum(R"(^\s*enum\b)");
  static const RE2 kInitialiser(R"([^=!<>]=\s*(\[[^\]]*\].*)?$)");
  static const RE2 kMemberInitialiser(R"((?s)\)\s*(noexcept\s*)?:[^:].*[\w>]\s*$)");
  if (RE2::PartialMatch(header, kNamespace)) return Scope::kContainer;
  if (RE2::PartialMatch(header, kEnum)) return Scope::kBraces;
  if (RE2::PartialMatch(header, kType) &&
      !RE2::PartialMatch(header, R"(\b(class|struct|union)\s+[\w:<>]+[\s*&]+[\w:]+\s*\()")) {
    return Scope::kContainer;
  }
  if (header.find('(') == std::string::npos) {
    return RE2::PartialMatch(header, kTypeWithoutParameters) ? Scope::kContainer : Scope::kBraces;
  }
  if (RE2::PartialMatch(header, kInitialiser) || RE2::PartialMatch(header, kMemberInitialiser)) return Scope::kBraces;
  return Scope::kFunction;
}

std::string NameIn(const std::string& header) {
  std::string name;
  RE2::PartialMatch(header, R"(([~\w:<>]+)\s*\()", &name);
  return name;
}

int LineAt(std::string_view text, size_t offset) {
  int line = 1;
  for (const char c : text.substr(0, offset)) line += c == '\n';
  return line;
}

class FunctionFinder {
 public:
  explicit FunctionFinder(std::string text) : text_(std::move(text)) {}

  std::vector<Function> Find() {
    for (size_t i = 0; i < text_.size(); ++i) {
      switch (text_[i]) {
        case '(':
          ++parentheses_;
          break;
        case ')':
          --parentheses_;
          break;
        case '{':
          Open(i);
          break;
        case '}':
          Close(i);
          break;
        case ';':
          if (parentheses_ == 0) header_begin_ = i + 1;
          break;
        case ':':
          if (RE2::PartialMatch(text_.substr(header_begin_, i - header_begin_),
                                R"(^\s*(public|private|protected)\s*$)")) {
            header_begin_ = i + 1;
          }
          break;
      }
    }
    return std::move(functions_);
  }

 private:
  bool InContainer() const { return open_.empty() || open_.back().scope == Scope::kContainer; }

  void Open(size_t at) {
    Scope scope = Scope::kBraces;
    if (InContainer() && parentheses_ == 0) scope = Classify(text_.substr(header_begin_, at - header_begin_));
    open_.push_back({scope, header_begin_, at + 1});
    if (scope == Scope::kContainer) header_begin_ = at + 1;
  }

  void Close(size_t at) {
    if (open_.empty()) return;
    const OpenBrace brace = open_.back();
    open_.pop_back();
    if (brace.scope == Scope::kFunction) {
      const std::string header = text_.substr(brace.header_begin, brace.body_begin - 1 - brace.header_begin);
      const size_t first = text_.find_first_not_of(" \t\n", brace.header_begin);
      functions_.push_back({NameIn(header), LineAt(text_, first), LineAt(text_, at),
                            text_.substr(brace.body_begin, at - brace.body_begin)});
    }
    // Braces of an initialiser belong to the declaration they stand in.
    header_begin_ = brace.scope == Scope::kBraces && InContainer() ? brace.header_begin : at + 1;
  }

  const std::string text_;
  std::vector<OpenBrace> open_;
  std::vector<Function> functions_;
  size_t header_begin_ = 0;
  int parentheses_ = 0;
};

}  // namespace

std::vector<Function> FindFunctions(const SourceFile& file) {
  return FunctionFinder(JoinWithoutDirectives(file.code)).Find();
}

}  // namespace bylaw::tidy
