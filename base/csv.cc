#include "base/csv.h"

namespace bylaw {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

CsvReader::CsvReader(std::string_view text) : text_(text) {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

void CsvReader::SkipLineEnd() {
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] == '\n') ++at_;
}

// Up to where a row begins.
void CsvReader::CountLines() {
  for (; lines_counted_to_ < at_; ++lines_counted_to_) {
    const bool returned = lines_counted_to_ > 0 && text_[lines_counted_to_ - 1] == '\r';
    if (text_[lines_counted_to_] == '\r' || (text_[lines_counted_to_] == '\n' && !returned)) ++line_;
  }
}

bool CsvReader::Next(std::vector<CsvCell>& row) {
  row.clear();
  while (at_ < text_.size() && AtLineEnd()) {
    SkipLineEnd();
    ++row_;
  }
  CountLines();
  if (at_ >= text_.size()) return false;
  ++row_;
  while (true) {
    row.push_back(Cell());
    if (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      continue;
    }
    SkipLineEnd();
    return true;
  }
}

CsvCell CsvReader::Cell() {
  while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return QuotedCell();
  CsvCell cell;
  size_t begin = at_;
  while (!AtLineEnd() && text_[at_] != ',') ++at_;
  size_t end = at_;
  while (end > begin && IsBlank(text_[end - 1])) --end;
  cell.begin = static_cast<uint32_t>(begin);
  cell.end = static_cast<uint32_t>(end);
  cell.text = text_.substr(begin, end - begin);
  if (cell.text.find('"') != std::string_view::npos)
    cell.problem = "a quote inside a cell that does not start with one";
  return cell;
}

CsvCell CsvReader::QuotedCell() {
  CsvCell cell;
  const size_t begin = ++at_;
  bool doubled = false, closed = false;
  while (at_ < text_.size()) {
    if (text_[at_] != '"') {
      ++at_;
    } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
      doubled = true;
      at_ += 2;
    } else {
      closed = true;
      break;
    }
  }
  cell.begin = static_cast<uint32_t>(begin);
  cell.end = static_cast<uint32_t>(at_);
  cell.text = text_.substr(begin, at_ - begin);
  if (doubled) {
    std::string& plain = unescaped_.emplace_back();
    for (size_t i = 0; i < cell.text.size(); ++i) {
      plain.push_back(cell.text[i]);
      if (cell.text[i] == '"') ++i;
    }
    cell.text = plain;
    cell.verbatim = false;
  }
  if (!closed) {
    cell.problem = "the quote is never closed";
    return cell;
  }
  ++at_;
  while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
  if (!AtLineEnd() && text_[at_] != ',') {
    cell.problem = "text after the closing quote";
    while (!AtLineEnd() && text_[at_] != ',') ++at_;
  }
  return cell;
}

}  // namespace bylaw
