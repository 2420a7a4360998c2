#include "compiler/format/format.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/format/spelling.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/words.h"

namespace bylaw::format {
namespace {

using syntax::FileWord;
using syntax::WordKind;

constexpr size_t kIndent = 2;
constexpr size_t kContinued = 4;

// A line of the result. A line without code is a comment of its own, or blank.
struct OutLine {
  size_t indent = 0;
  std::string code;
  std::string comment;
};

// "# text" without spaces at its end; a comment of signs alone (`#---`, `#!`) stays as it is.
std::string Comment(std::string_view raw) {
  while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\t' || raw.back() == '\r')) raw.remove_suffix(1);
  const bool word = raw.size() > 1 && raw[0] == '#' && raw[1] != ' ' && raw[1] != '\t' && raw[1] != '#' &&
                    raw[1] != '!' && raw[1] != '-' && raw[1] != '=';
  return word ? "# " + std::string(raw.substr(1)) : std::string(raw);
}

// Code points: what a column is.
size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Formatter {
 public:
  explicit Formatter(std::string_view text) : text_(text) {}

  std::string Run() {
    uint32_t at = text_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    for (const FileWord& word : syntax::WordsOfFile(text_)) {
      Gap(text_.substr(at, word.begin - at));
      Take(word);
      at = word.end;
    }
    Gap(text_.substr(at));
    Flush();
    return Print();
  }

 private:
  // Spaces, comments and, inside conditions, ends of lines.
  void Gap(std::string_view gap) {
    while (!gap.empty()) {
      const size_t mark = gap.find_first_of("#/\n");
      if (mark == std::string_view::npos) return;
      if (gap[mark] == '\n') {
        Flush();
        continued_ = true;
        gap.remove_prefix(mark + 1);
        continue;
      }
      const size_t end = std::min(gap.find('\n', mark), gap.size());
      line_.comment = Comment(gap.substr(mark, end - mark));
      if (words_.empty()) Flush();
      gap.remove_prefix(end);
    }
  }

  void Take(const FileWord& word) {
    switch (word.kind) {
      case WordKind::kLineEnd:
        return LineEnd();
      case WordKind::kOpenBrace:
        Append(word, true);
        ++opened_;
        return;
      case WordKind::kCloseBrace:
        depth_ -= depth_ > 0 ? 1 : 0;
        DropBlank();
        Append(word, true);
        return;
      case WordKind::kConditionOpen:
        spacing_ = ConditionSpacing();
        return Append(word, true);
      case WordKind::kCondition:
        return Append(word, spacing_.SpaceBefore(text_.substr(word.begin, word.end - word.begin)));
      case WordKind::kComma:
      case WordKind::kColon:
        return Append(word, false);
      case WordKind::kKeyword:
      case WordKind::kName:
      case WordKind::kNumber:
      case WordKind::kPercent:
      case WordKind::kMoney:
      case WordKind::kDate:
      case WordKind::kClockTime:
      case WordKind::kText:
      case WordKind::kBad:
        return Append(word, true);
    }
  }

  void Append(const FileWord& word, bool space) {
    const std::string_view raw = text_.substr(word.begin, word.end - word.begin);
    const bool year = word.kind == WordKind::kNumber && !sentence_.empty() && sentence_.back().text == "edition";
    sentence_.push_back({word.kind, year ? std::string(raw) : Spelling(word.kind, raw)});
    Agree(sentence_);
    words_.push_back({sentence_.back().text, space});
    blank_ = false;
  }

  void LineEnd() {
    if (words_.empty() && line_.comment.empty()) {
      if (!sentence_.empty()) return;  // a list goes on below
      if (!just_flushed_) blank_ = true;
      just_flushed_ = false;
      if (blank_ && !lines_.empty() && !IsBlank(lines_.back()) && !EndsWithBrace(lines_.back())) lines_.push_back({});
      return;
    }
    const bool goes_on = !sentence_.empty() && sentence_.back().kind == WordKind::kComma;
    Flush();
    just_flushed_ = false;
    continued_ = goes_on;
    if (!goes_on) sentence_.clear();
  }

  // Ends the physical line being written.
  void Flush() {
    if (words_.empty() && line_.comment.empty()) return;
    line_.indent = kIndent * depth_ + (continued_ ? kContinued : 0);
    for (const auto& [word, space] : words_) {
      if (space && !line_.code.empty()) line_.code += ' ';
      line_.code += word;
    }
    just_flushed_ = words_.empty();
    blank_ = false;
    lines_.push_back(std::move(line_));
    line_ = {};
    words_.clear();
    depth_ += opened_;
    opened_ = 0;
  }

  static bool IsBlank(const OutLine& line) { return line.code.empty() && line.comment.empty(); }
  static bool EndsWithBrace(const OutLine& line) { return line.code.ends_with('{'); }

  void DropBlank() {
    while (!lines_.empty() && IsBlank(lines_.back())) lines_.pop_back();
  }

  // The column of the comments of a run of lines that all have code and comment.
  size_t CommentColumn(size_t first, size_t* last) const {
    size_t column = 0, i = first;
    for (; i < lines_.size() && !lines_[i].code.empty() && !lines_[i].comment.empty() &&
           lines_[i].indent == lines_[first].indent;
         ++i) {
      column = std::max(column, lines_[i].indent + Width(lines_[i].code) + 2);
    }
    *last = i;
    return column;
  }

  std::string Print() {
    DropBlank();
    std::string out;
    size_t run_end = 0, column = 0;
    for (size_t i = 0; i < lines_.size(); ++i) {
      const OutLine& line = lines_[i];
      if (!IsBlank(line)) out.append(line.indent, ' ');
      out += line.code;
      if (!line.comment.empty() && !line.code.empty()) {
        if (i >= run_end) column = CommentColumn(i, &run_end);
        out.append(column - line.indent - Width(line.code), ' ');
      }
      out += line.comment;
      out += '\n';
    }
    return out;
  }

  const std::string_view text_;
  std::vector<OutLine> lines_;
  OutLine line_;
  std::vector<std::pair<std::string, bool>> words_;  // of the physical line, and whether a space goes before
  std::vector<Word> sentence_;                       // of the whole sentence
  ConditionSpacing spacing_;
  size_t depth_ = 0;
  size_t opened_ = 0;  // blocks that begin after this line
  bool continued_ = false;
  bool blank_ = false;
  bool just_flushed_ = false;  // a comment of its own was written, and its end of line is still to come
};

}  // namespace

std::optional<std::string> Format(const source::SourceSet& sources, source::FileId file, diag::Sink& sink) {
  const size_t errors_before = sink.error_count();
  syntax::Parse(sources, file, sink);
  if (sink.error_count() > errors_before) return std::nullopt;
  return Formatter(sources.text(file)).Run();
}

}  // namespace bylaw::format
