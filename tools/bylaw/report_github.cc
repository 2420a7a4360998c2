// GitHub's workflow commands: a line a diagnostic, shown at its place in the pull request.
//
// Form: https://docs.github.com/actions/reference/workflow-commands-for-github-actions. A message may have several
// lines, their ends written `%0A`.

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "tools/bylaw/report.h"

namespace bylaw::cli {
namespace {

// `property` values also have to hide what separates them.
std::string Escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool hide = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    out += hide ? fmt::format("%{:02X}", static_cast<unsigned>(c)) : std::string(1, c);
  }
  return out;
}

std::string MessageOf(const diag::Diagnostic& d, const source::SourceSet& sources) {
  std::string text = d.message;
  if (!d.caret.empty()) text += "\n" + d.caret;
  for (const diag::Note& note : d.notes) {
    text += fmt::format("\n{}: {}", note.label, note.text);
    if (note.span.valid()) text += fmt::format(" ({})", sources.Where(note.span));
  }
  for (const std::string& help : d.help) text += "\nhelp: " + help;
  return text;
}

}  // namespace

std::string AnnotationsOf(const Report& report) {
  const source::SourceSet& sources = *report.compilation->sources;
  std::string out;
  for (const diag::Diagnostic& d : report.diagnostics) {
    out += d.severity == diag::Severity::kError ? "::error " : "::warning ";
    if (d.span.valid()) {
      const source::Position begin = sources.begin(d.span);
      const source::Position end = sources.position(d.span.file, d.span.end);
      out += fmt::format("file={},line={},endLine={}", Escaped(FromRepositoryRoot(sources.path(d.span.file)), true),
                         begin.line, end.line);
      // Columns are only meant for a place within one line.
      if (begin.line == end.line) out += fmt::format(",col={},endColumn={}", begin.column, end.column);
      out += ',';
    }
    out += fmt::format("title={}::{}\n", diag::KindName(d.kind), Escaped(MessageOf(d, sources), false));
  }
  return out;
}

}  // namespace bylaw::cli
