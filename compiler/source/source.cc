#include "compiler/source/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace bylaw::source {

Span Join(Span a, Span b) {
  BYLAW_CHECK(a.file == b.file && a.begin <= b.end, "spans to join lie in one file, in order");
  return Span{a.file, a.begin, b.end};
}

FileId SourceSet::Add(std::string path, std::string text) {
  const FileId id(static_cast<uint32_t>(files_.size()));
  File& file = files_.emplace_back(File{std::move(path), std::move(text), {0}});
  for (size_t i = 0; i < file.text.size(); ++i) {
    if (file.text[i] == '\n') file.line_starts.push_back(static_cast<uint32_t>(i + 1));
  }
  return id;
}

absl::Status SourceSet::AddFromDisk(const std::string& path, FileId* out, size_t bytes_max) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return absl::NotFoundError(fmt::format("cannot read {}", path));
  const std::streamoff size = in.tellg();
  if (size < 0) return absl::NotFoundError(fmt::format("cannot read {}: not a regular file", path));
  if (static_cast<size_t>(size) > bytes_max) {
    return absl::ResourceExhaustedError(
        fmt::format("{} has {} bytes; a file may have at most {}", path, size, bytes_max));
  }
  in.seekg(0);
  std::string text(static_cast<size_t>(size), '\0');
  in.read(text.data(), size);
  if (!in) return absl::NotFoundError(fmt::format("cannot read {} to its end", path));
  *out = Add(path, std::move(text));
  return absl::OkStatus();
}

const std::string& SourceSet::path(FileId file) const { return files_[file.index()].path; }
std::string_view SourceSet::text(FileId file) const { return files_[file.index()].text; }

std::string_view SourceSet::text(Span span) const {
  return span.valid() ? text(span.file).substr(span.begin, span.end - span.begin) : std::string_view();
}

Position SourceSet::position(FileId file, uint32_t offset) const {
  const File& f = files_[file.index()];
  const auto next = std::upper_bound(f.line_starts.begin(), f.line_starts.end(), offset);
  const uint32_t line = static_cast<uint32_t>(std::distance(f.line_starts.begin(), next));
  uint32_t column = 1;
  for (size_t i = f.line_starts[line - 1]; i < offset && i < f.text.size(); ++i) {
    if ((static_cast<unsigned char>(f.text[i]) & 0xC0) != 0x80) ++column;
  }
  return Position{line, column};
}

std::string_view SourceSet::line_text(FileId file, uint32_t line) const {
  const File& f = files_[file.index()];
  if (line == 0 || line > f.line_starts.size()) return {};
  const size_t begin = f.line_starts[line - 1];
  size_t end = line < f.line_starts.size() ? f.line_starts[line] - 1 : f.text.size();
  if (end > begin && f.text[end - 1] == '\r') --end;
  return std::string_view(f.text).substr(begin, end - begin);
}

std::string SourceSet::Where(Span span) const {
  if (!span.valid()) return "(nowhere)";
  return fmt::format("{}:{}", path(span.file), begin(span).line);
}

std::string SourceSet::WhereColumn(Span span) const {
  if (!span.valid()) return "(nowhere)";
  const Position at = begin(span);
  return fmt::format("{}:{}:{}", path(span.file), at.line, at.column);
}

}  // namespace bylaw::source
