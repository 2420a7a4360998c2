#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "compiler/diag/render.h"

namespace bylaw::diag {
namespace {

constexpr size_t kExcerptColumnsMax = 160;

std::string Paint(std::string_view text, std::string_view code, const TextStyle& style) {
  return style.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// A line as it may be shown: tabs become one space (so that carets stand right), control bytes become '?'.
std::string Printable(std::string_view line) {
  std::string shown;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    shown += c == '\t' ? ' ' : (byte < 0x20 || byte == 0x7F ? '?' : c);
  }
  return shown;
}

// The first `columns` code points.
std::string_view Prefix(std::string_view text, size_t columns) {
  size_t at = 0;
  for (size_t seen = 0; at < text.size(); ++at) {
    if ((text[at] & 0xC0) != 0x80 && seen++ == columns) break;
  }
  return text.substr(0, at);
}

struct Excerpt {
  const source::SourceSet& sources;
  source::Span span;
  std::string_view arrow;  // "-->" or ":::"
  std::string_view label;
  std::string_view caret_color;
};

void AppendExcerpt(const Excerpt& excerpt, size_t gutter, const TextStyle& style, std::string& out) {
  const auto& [sources, span, arrow, label, caret_color] = excerpt;
  const source::Position at = sources.begin(span);
  const std::string shown = Printable(sources.line_text(span.file, at.line));
  const source::Position end = sources.position(span.file, span.end);
  const size_t line_columns = CodePoints(shown);
  const size_t first = std::min<size_t>(at.column - 1, line_columns);
  size_t width = end.line == at.line ? end.column - at.column : line_columns - first;
  width = std::max<size_t>(1, std::min(width, std::max<size_t>(1, line_columns - first)));
  // A very long line is shown from a little before the place.
  const size_t skipped = first > kExcerptColumnsMax / 2 && line_columns > kExcerptColumnsMax ? first - 40 : 0;
  const std::string_view from = std::string_view(shown).substr(Prefix(shown, skipped).size());
  const std::string_view visible = Prefix(from, kExcerptColumnsMax);
  const size_t indent = first - skipped;
  width = std::min(width, kExcerptColumnsMax > indent ? kExcerptColumnsMax - indent : 1);
  out += fmt::format("{:>{}}{} {}\n", "", gutter, Paint(arrow, "34", style), sources.WhereColumn(span));
  out += fmt::format("{}{}\n", Paint(fmt::format("{:>{}} | ", at.line, gutter), "34", style), visible);
  out += fmt::format("{:>{}}{}{:>{}}", "", gutter, Paint(" | ", "34", style), "", indent);
  out += Paint(std::string(width, '^'), caret_color, style);
  if (!label.empty()) out += fmt::format(" {}", Paint(label, caret_color, style));
  out += '\n';
}

size_t GutterWidth(const source::SourceSet& sources, const Diagnostic& diagnostic) {
  uint32_t line = diagnostic.span.valid() ? sources.begin(diagnostic.span).line : 1;
  for (const Note& note : diagnostic.notes) {
    if (note.span.valid()) line = std::max(line, sources.begin(note.span).line);
  }
  return std::to_string(line).size();
}

}  // namespace

std::string RenderText(const source::SourceSet& sources, const Diagnostic& diagnostic, const TextStyle& style) {
  const bool error = diagnostic.severity == Severity::kError;
  const std::string_view color = error ? "1;31" : "1;33";
  std::string out = Paint(fmt::format("{}[{}]", error ? "error" : "warning", KindName(diagnostic.kind)), color, style);
  out += fmt::format(": {}\n", Paint(diagnostic.message, "1", style));
  const size_t gutter = GutterWidth(sources, diagnostic);
  if (diagnostic.span.valid()) {
    AppendExcerpt({sources, diagnostic.span, "-->", diagnostic.caret, color}, gutter, style, out);
  }
  for (const Note& note : diagnostic.notes) {
    if (note.span.valid()) {
      AppendExcerpt({sources, note.span, ":::", note.text, "1;34"}, gutter, style, out);
    }
  }
  for (const Note& note : diagnostic.notes) {
    if (!note.span.valid()) {
      out += fmt::format("{:>{}} {} {}: {}\n", "", gutter, Paint("=", "34", style), note.label, note.text);
    }
  }
  for (const std::string& help : diagnostic.help) {
    out += fmt::format("{:>{}} {} {}: {}\n", "", gutter, Paint("=", "34", style), Paint("help", "32", style), help);
  }
  return out;
}

std::string Summary(const Sink& sink) {
  size_t warnings = 0;
  for (const Diagnostic& diagnostic : sink.diagnostics()) warnings += diagnostic.severity == Severity::kWarning;
  const auto counted = [](size_t n, std::string_view noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
  };
  std::string text;
  if (sink.error_count() > 0) text = counted(sink.error_count(), "error");
  if (warnings > 0) text += (text.empty() ? "" : ", ") + counted(warnings, "warning");
  if (text.empty()) text = "no mistakes found";
  if (sink.suppressed() > 0) text += fmt::format(" ({} of them not shown)", sink.suppressed());
  return text;
}

}  // namespace bylaw::diag
