// Comma-separated values as RFC 4180 says: quoted cells, doubled quotes, CRLF or LF; a byte order mark is skipped.
//
// Reads one row at a time from a text that outlives the reader. Malformed quoting is told by `problem` of the cell; the
// reader always advances and never fails. Not thread-safe.
#ifndef BYLAW_BASE_CSV_H_
#define BYLAW_BASE_CSV_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw {

struct CsvCell {
  std::string_view text;  // without quotes and surrounding blanks; a view of the file unless it had doubled quotes
  uint32_t begin = 0;     // bytes of the file that the text stands in, quotes left out
  uint32_t end = 0;
  bool verbatim = true;  // `text` is exactly the bytes [begin, end)
  const char* problem = nullptr;
};

class CsvReader {
 public:
  explicit CsvReader(std::string_view text);
  // The next row that is not blank; false at the end.
  bool Next(std::vector<CsvCell>& row);
  // The number of the row last read, counted as a spreadsheet does: the header is row 1.
  size_t row() const { return row_; }
  // The line that the row last read begins in; a quoted cell may hold line ends, so that it may be more than row().
  size_t line() const { return line_; }

 private:
  CsvCell Cell();
  CsvCell QuotedCell();
  bool AtLineEnd() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void SkipLineEnd();
  void CountLines();

  std::string_view text_;
  size_t at_ = 0;
  size_t row_ = 0;
  size_t line_ = 1, lines_counted_to_ = 0;  // bytes
  std::deque<std::string> unescaped_;
};

}  // namespace bylaw

#endif  // BYLAW_BASE_CSV_H_
