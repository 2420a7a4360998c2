// The files of one compilation and the places in them.
//
// SourceSet owns every text (policy files, CSV files, standard library). A Span is a byte range in one file; lines and
// columns are derived from it when a person has to read them. Files are numbered in the order they were added, and the
// loader adds them sorted by path, so the same folder always gives the same numbers. Not thread-safe while files are
// added.
#ifndef BYLAW_COMPILER_SOURCE_SOURCE_H_
#define BYLAW_COMPILER_SOURCE_SOURCE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/ids.h"

namespace bylaw::source {

using FileId = Id<struct FileTag>;

// Bytes [begin, end) of one file. A default Span points nowhere (`valid()` is false).
struct Span {
  FileId file;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool valid() const { return file.valid(); }
  friend bool operator==(const Span&, const Span&) = default;
};

// From the start of `a` to the end of `b`, which lies in the same file, not before `a`.
Span Join(Span a, Span b);

// 1-based line and column; columns count UTF-8 code points.
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
};

// The default limit of language.md §2: 16 MiB a file.
inline constexpr size_t kFileBytesMax = size_t{16} << 20;

class SourceSet {
 public:
  // Takes a text under the path a person should see (relative to where they stand).
  FileId Add(std::string path, std::string text);
  // Reads a file from disk. NotFound or ResourceExhausted (larger than `bytes_max`) with the path in the message.
  absl::Status AddFromDisk(const std::string& path, FileId* out, size_t bytes_max = kFileBytesMax);

  size_t size() const { return files_.size(); }
  const std::string& path(FileId file) const;
  std::string_view text(FileId file) const;
  std::string_view text(Span span) const;
  Position position(FileId file, uint32_t offset) const;
  Position begin(Span span) const { return position(span.file, span.begin); }
  // The line `line` (1-based) without its end of line; empty past the end.
  std::string_view line_text(FileId file, uint32_t line) const;
  // "tiers.bylaw:12", or "(nowhere)" for an invalid span.
  std::string Where(Span span) const;
  // "tiers.bylaw:12:25".
  std::string WhereColumn(Span span) const;

 private:
  struct File {
    std::string path;
    std::string text;
    std::vector<uint32_t> line_starts;
  };
  std::deque<File> files_;
};

}  // namespace bylaw::source

#endif  // BYLAW_COMPILER_SOURCE_SOURCE_H_
