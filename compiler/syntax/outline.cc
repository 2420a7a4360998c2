#include "compiler/syntax/outline.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>

#include "BylawParser.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using diag::Kind;

// Words that begin a declaration with a block, and never a line inside a block that itself opens one.
bool BeginsBlockDeclaration(uint16_t type) {
  switch (type) {
    case P::ADEQUACY:
    case P::ENDPOINT:
    case P::STORE:
    case P::REVIEWERS:
    case P::POOL:
    case P::TIER:
    case P::CLASS:
    case P::REGULATION:
    case P::ORG:
    case P::TENANT:
    case P::WORKFLOW:
    case P::LADDER:
    case P::RULE:
    case P::EXCEPTION:
    case P::GUARANTEE:
    case P::TEST_WORD:
    case P::SCENARIO:
      return true;
    default:
      return false;
  }
}

// Words that begin a declaration and no line inside any block.
bool BeginsOnlyDeclarations(uint16_t type) {
  switch (type) {
    case P::EDITION:
    case P::COUNTRY:
    case P::REGION:
    case P::PLACE:
    case P::POOL:
    case P::TENANTS:
    case P::SETTING:
    case P::WINDOW:
      return true;
    default:
      return false;
  }
}

class Outliner {
 public:
  Outliner(std::string_view text, source::FileId file, const std::vector<Lexeme>& lexemes, const ParseLimits& limits,
           diag::Sink& sink)
      : text_(text), file_(file), lexemes_(lexemes), nesting_max_(limits.nesting_max), sink_(sink) {}

  std::vector<Line> Run() {
    if (const size_t deep = FirstTooDeep(); deep < lexemes_.size()) {
      ReportDeep(SpanOf(deep));
      return {};
    }
    while (at_ < lexemes_.size()) {
      switch (Type(at_)) {
        case P::NL:
          ++at_;
          break;
        case P::RBRACE:
          ReadClose();
          break;
        case P::LBRACE:
          ReadLooseBrace();
          break;
        default:
          ReadLine();
      }
    }
    if (!open_.empty()) ReportUnclosed(open_.back());
    while (!open_.empty()) Close(static_cast<uint32_t>(text_.size()));
    return std::move(lines_);
  }

 private:
  uint16_t Type(size_t i) const { return i < lexemes_.size() ? lexemes_[i].type : static_cast<uint16_t>(P::NL); }
  source::Span SpanOf(size_t first, size_t last) const { return {file_, lexemes_[first].begin, lexemes_[last].end}; }
  source::Span SpanOf(size_t i) const { return SpanOf(i, i); }
  std::string_view TextOf(size_t i) const {
    return text_.substr(lexemes_[i].begin, lexemes_[i].end - lexemes_[i].begin);
  }
  std::string HeaderText(const Line& line) const {
    const uint32_t begin = lexemes_[line.begin].begin;
    std::string header(text_.substr(begin, lexemes_[line.end - 1].end - begin));
    if (header.size() > 60) header = header.substr(0, header.find(' ')) + " …";
    return header;
  }

  void Close(uint32_t last_byte) {
    Line& header = lines_[open_.back()];
    header.block_end = static_cast<uint32_t>(lines_.size());
    header.last_byte = last_byte;
    open_.pop_back();
  }

  void ReportUnclosed(size_t index) {
    const Line& header = lines_[index];
    if (header.broken) return;
    auto& d = sink_.Add(Kind::kUnexpectedText, SpanOf(header.begin, header.end - 1),
                        fmt::format("the block of `{}` is never closed", HeaderText(header)));
    d.help.push_back("write `}` on a line of its own after its last sentence");
  }

  // The first lexeme that lies in too many braces and brackets, whatever they belong to; the number of lexemes if there
  // is none. Nothing of such a file is read.
  size_t FirstTooDeep() const {
    size_t braces = 0, brackets = 0;
    for (size_t i = 0; i < lexemes_.size(); ++i) {
      switch (Type(i)) {
        case P::LBRACE:
          ++braces;
          break;
        case P::RBRACE:
          braces -= std::min<size_t>(braces, 1);
          break;
        case P::LPAREN:
        case P::C_LPAREN:
        case P::C_LBRACKET:
        case P::C_LBRACE:
          ++brackets;
          break;
        case P::C_RPAREN:
        case P::C_RBRACKET:
        case P::C_RBRACE:
          brackets -= std::min<size_t>(brackets, 1);
          break;
        case P::NL:
          brackets = 0;
          break;
        default:
          break;
      }
      if (braces > nesting_max_ || brackets > nesting_max_) return i;
    }
    return lexemes_.size();
  }

  // `}` at the beginning of a line.
  void ReadClose() {
    if (open_.empty() && at_ != reported_brace_) OpenForgotten();
    if (open_.empty() && at_ != reported_brace_) {
      auto& d = sink_.Add(Kind::kUnexpectedText, SpanOf(at_), "this `}` closes nothing: no block is open here");
      d.help.push_back("remove it, or write the header of its block, such as `tier standard {`");
    } else if (!open_.empty()) {
      Close(lexemes_[at_].end);
    }
    ++at_;
    if (Type(at_) == P::NL || Type(at_) == P::RBRACE) {
      if (Type(at_) == P::RBRACE) ReportNotAlone(at_);
      return;
    }
    ReportNotAlone(at_ - 1);
  }

  // A `}` that closes nothing: the nearest header above it that has no `{`, with sentences between, has forgotten it.
  void OpenForgotten() {
    for (size_t i = lines_.size(); i-- > 0;) {
      const Line& line = lines_[i];
      if (line.has_block) return;
      const uint16_t first = Type(line.begin);
      // `reviewers`, `pool` and `time` begin sentences too.
      if (!BeginsBlockDeclaration(first) || first == P::REVIEWERS || first == P::POOL) continue;
      if (i + 1 == lines_.size() || line.broken) return;
      auto& d = sink_.Add(Kind::kUnexpectedText, SpanOf(line.begin, line.end - 1),
                          fmt::format("the block of `{}` is closed below, and never opened", HeaderText(line)));
      d.caret = "`{` is missing";
      d.help.push_back(fmt::format("write `{} {{`", HeaderText(line)));
      lines_[i].has_block = true;
      open_.push_back(static_cast<uint32_t>(i));
      return;
    }
  }

  void ReportNotAlone(size_t brace) {
    reported_brace_ = brace;
    if (brace < muted_until_) return;
    auto& d = sink_.Add(Kind::kUnexpectedText, SpanOf(brace), "`}` stands alone on its line");
    d.help.push_back("put `}` on a line of its own, and what surrounds it on the lines before and after");
  }

  // `{` at the beginning of a line: read as the brace of the line before, if that has none.
  void ReadLooseBrace() {
    auto& d = sink_.Add(Kind::kUnexpectedText, SpanOf(at_), "`{` ends the line of its header, it does not begin one");
    d.help.push_back("write it at the end of the header, as in `tier standard {`");
    const bool adopt = !lines_.empty() && !lines_.back().has_block && lines_.back().block_end == lines_.size();
    if (adopt) {
      lines_.back().has_block = true;
      open_.push_back(static_cast<uint32_t>(lines_.size() - 1));
    } else {
      SkipBraces();
      return;
    }
    ++at_;
  }

  // Passes over `{ … }` with all that is inside.
  void SkipBraces() {
    size_t depth = 0;
    for (; at_ < lexemes_.size(); ++at_) {
      if (Type(at_) == P::LBRACE) ++depth;
      if (Type(at_) == P::RBRACE && --depth == 0) {
        ++at_;
        return;
      }
    }
  }

  bool EndsHere(size_t i) const {
    if (Type(i) != P::NL) return Type(i) == P::LBRACE || Type(i) == P::RBRACE;
    if (i == at_ || Type(i - 1) != P::COMMA) return true;
    size_t next = i;
    while (next < lexemes_.size() && Type(next) == P::NL) ++next;
    return next >= lexemes_.size() || Type(next) == P::RBRACE;
  }

  void ReadLine() {
    size_t end = at_;
    while (end < lexemes_.size() && !EndsHere(end)) {
      if (Type(end) == P::NL) {  // after a comma: the list goes on
        while (Type(end) == P::NL) ++end;
      } else {
        ++end;
      }
    }
    const bool block = Type(end) == P::LBRACE;
    CloseForgotten(block);
    Line line;
    line.begin = static_cast<uint32_t>(at_);
    line.end = static_cast<uint32_t>(end);
    line.block_end = static_cast<uint32_t>(lines_.size() + 1);
    line.has_block = block;
    line.last_byte = lexemes_[end - 1].end;
    line.broken = !CheckBounds(line);
    lines_.push_back(line);
    const size_t begin = at_;
    at_ = end;
    if (block) {
      OpenBlock();
    } else if (LacksBrace(begin)) {
      OpenWithoutBrace();
    } else if (Type(at_) == P::RBRACE) {
      ReportNotAlone(at_);
      if (!open_.empty()) Close(lexemes_[at_].end);
      ++at_;
    }
  }

  // The place of a lexeme that begins its line.
  size_t ColumnOf(size_t i) const {
    const size_t begin = lexemes_[i].begin;
    const size_t newline = begin == 0 ? std::string_view::npos : text_.rfind('\n', begin - 1);
    return newline == std::string_view::npos ? begin : begin - newline - 1;
  }

  // Whether the line before `at_` is a step's header whose `{` was forgotten: what follows is indented under it, up to
  // a `}` that is not.
  bool LacksBrace(size_t header) const {
    const uint16_t first = Type(header);
    const bool step = first == P::STEP || first == P::OPTIONAL;
    const bool in_workflow = open_.size() == 1 && Type(lines_[open_.back()].begin) == P::WORKFLOW;
    if (!step || !in_workflow) return false;
    const size_t column = ColumnOf(header);
    size_t depth = 0, inside = 0;
    for (size_t i = at_; i < lexemes_.size(); ++i) {
      const bool begins_line = Type(i) != P::NL && Type(i - 1) == P::NL;
      if (begins_line && depth == 0 && ColumnOf(i) <= column) return Type(i) == P::RBRACE && inside > 0;
      inside += begins_line;
      if (Type(i) == P::LBRACE) ++depth;
      if (Type(i) == P::RBRACE && depth-- == 0) return false;
    }
    return false;
  }

  void OpenWithoutBrace() {
    Line& header = lines_.back();
    auto& d = sink_.Add(Kind::kUnexpectedText, SpanOf(header.begin, header.end - 1),
                        fmt::format("the block of `{}` is never opened", HeaderText(header)));
    d.help.push_back(fmt::format("write `{} {{`", HeaderText(header)));
    header.has_block = true;
    open_.push_back(static_cast<uint32_t>(lines_.size() - 1));
  }

  void OpenBlock() {
    const auto index = static_cast<uint32_t>(lines_.size() - 1);
    ++at_;
    open_.push_back(index);
    if (Type(at_) != P::NL) {
      auto& d = sink_.Add(Kind::kUnexpectedText, SpanOf(at_),
                          "`{` ends its line: each sentence of a block has a line of its own");
      d.help.push_back(fmt::format("go on below: `{} {{`, then each sentence on its own line, then `}}`",
                                   HeaderText(lines_[index])));
      for (muted_until_ = at_; muted_until_ < lexemes_.size() && Type(muted_until_) != P::NL;) ++muted_until_;
    }
  }

  // Whether the blocks open here are closed before the next declaration: then the line was meant to stand inside.
  bool BracesCloseHere() const {
    size_t depth = open_.size();
    for (size_t i = at_; i < lexemes_.size(); ++i) {
      if (Type(i) == P::LBRACE) ++depth;
      if (Type(i) == P::RBRACE && --depth == 0) return true;
      const bool begins_line = i > at_ && Type(i - 1) == P::NL;
      if (begins_line && BeginsBlockDeclaration(Type(i)) && LineOpensBlock(i)) return false;
    }
    return false;
  }

  bool LineOpensBlock(size_t i) const {
    while (i < lexemes_.size() && Type(i) != P::NL && Type(i) != P::LBRACE) ++i;
    return Type(i) == P::LBRACE;
  }

  // A line that can only stand outside the open blocks: the `}` before it was forgotten.
  void CloseForgotten(bool block) {
    if (open_.empty()) return;
    const uint16_t first = Type(at_);
    const uint16_t inside = Type(lines_[open_.back()].begin);
    const bool in_step = inside == P::STEP || inside == P::OPTIONAL;
    const bool step = block && (first == P::STEP || first == P::OPTIONAL);
    const bool declaration = (block && BeginsBlockDeclaration(first)) || BeginsOnlyDeclarations(first) ||
                             (first == P::TENANT && inside != P::TEST_WORD && inside != P::SCENARIO);
    if ((!declaration && !(step && in_step)) || BracesCloseHere()) return;
    ReportUnclosed(open_.back());
    const uint32_t last_byte = lexemes_[lines_.back().end - 1].end;
    if (declaration) {
      while (!open_.empty()) Close(last_byte);
    } else {
      Close(last_byte);
    }
  }

  void ReportDeep(source::Span span) {
    auto& d = sink_.Add(Kind::kInputTooLarge, span, fmt::format("nested more than {} deep", nesting_max_));
    d.help.push_back("split it into several rules or steps");
  }

  // Whether the line can be parsed with bounded memory and stack (`a ? b : c` nests without brackets).
  bool CheckBounds(const Line& line) {
    const size_t count = line.end - line.begin;
    if (count > kLineLexemesMax) {
      auto& d = sink_.Add(Kind::kInputTooLarge, SpanOf(line.begin),
                          fmt::format("a sentence of more than {} words", kLineLexemesMax));
      d.help.push_back("split the list over several declarations");
      return false;
    }
    size_t in_conditions = 0, choices = 0;
    for (size_t i = line.begin; i < line.end; ++i) {
      const uint16_t type = Type(i);
      if (type >= P::C_LPAREN) ++in_conditions;
      if (type == P::C_QUESTION && ++choices > nesting_max_) {
        ReportDeep(SpanOf(i));
        return false;
      }
      if (in_conditions > kConditionLexemesMax) {
        auto& d = sink_.Add(Kind::kInputTooLarge, SpanOf(i),
                            fmt::format("a condition of more than {} words", kConditionLexemesMax));
        d.help.push_back("split it into several rules");
        return false;
      }
    }
    return true;
  }

  const std::string_view text_;
  const source::FileId file_;
  const std::vector<Lexeme>& lexemes_;
  const size_t nesting_max_;
  diag::Sink& sink_;
  size_t at_ = 0;
  size_t reported_brace_ = std::numeric_limits<size_t>::max();
  size_t muted_until_ = 0;  // braces before this lexeme are on a line that has its message
  std::vector<Line> lines_;
  std::vector<uint32_t> open_;  // lines whose block is open, outermost first
};

}  // namespace

std::vector<Line> ReadOutline(std::string_view text, source::FileId file, const std::vector<Lexeme>& lexemes,
                              const ParseLimits& limits, diag::Sink& sink) {
  return Outliner(text, file, lexemes, limits, sink).Run();
}

}  // namespace bylaw::syntax
