#include <nlohmann/json.hpp>

#include "compiler/diag/render.h"

namespace bylaw::diag {
namespace {

using nlohmann::json;

// Bytes that are not UTF-8 come from hostile files; a JSON reader must still be able to read the rest.
std::string Utf8(const std::string& text) {
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

void AddPlace(const source::SourceSet& sources, source::Span span, json& out) {
  if (!span.valid()) return;
  const source::Position at = sources.begin(span);
  const source::Position end = sources.position(span.file, span.end);
  out["file"] = Utf8(sources.path(span.file));
  out["line"] = at.line;
  out["column"] = at.column;
  out["end_line"] = end.line;
  out["end_column"] = end.column;
}

}  // namespace

json RenderJson(const source::SourceSet& sources, const Diagnostic& diagnostic) {
  json out;
  out["kind"] = KindName(diagnostic.kind);
  out["severity"] = diagnostic.severity == Severity::kError ? "error" : "warning";
  AddPlace(sources, diagnostic.span, out);
  out["message"] = Utf8(diagnostic.message);
  out["notes"] = json::array();
  out["help"] = json::array();
  if (!diagnostic.caret.empty()) out["notes"].push_back({{"label", "here"}, {"text", Utf8(diagnostic.caret)}});
  for (const Note& note : diagnostic.notes) {
    json row{{"label", note.label}, {"text", Utf8(note.text)}};
    AddPlace(sources, note.span, row);
    out["notes"].push_back(row);
  }
  for (const std::string& help : diagnostic.help) out["help"].push_back(Utf8(help));
  out["witness"] = json::array();
  for (const std::string& line : diagnostic.witness) out["witness"].push_back(Utf8(line));
  return out;
}

}  // namespace bylaw::diag
