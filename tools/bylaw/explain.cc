// `bylaw explain KIND`: the section of docs/language/kinds.md, which is inside the binary.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/diag/diagnostic.h"
#include "kinds_page.h"
#include "tools/bylaw/commands.h"

namespace bylaw::cli {
namespace {

// The text between "## kind" and the next "## ", or nothing.
std::string_view Section(std::string_view page, std::string_view kind) {
  const std::string heading = fmt::format("\n## {}\n", kind);
  const size_t at = page.find(heading);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = page.substr(at + heading.size());
  return rest.substr(0, rest.find("\n## "));
}

// Markdown's fences and their marks are for the test of the page; a terminal shows the code indented.
std::string ForTerminal(std::string_view section) {
  std::string text;
  bool code = false;
  while (!section.empty()) {
    const size_t end = section.find('\n');
    std::string_view line = section.substr(0, end);
    section.remove_prefix(end == std::string_view::npos ? section.size() : end + 1);
    if (line.starts_with("```")) {
      code = !code;
      continue;
    }
    const size_t mark = line.find(" # error: [");
    if (mark != std::string_view::npos) line = line.substr(0, mark);
    text += code ? fmt::format("    {}\n", line) : fmt::format("{}\n", line);
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text.substr(text.find_first_not_of('\n'));
}

}  // namespace

int RunExplain(const Options& options, const std::string& kind) {
  const std::string_view page = kinds_page::EmbeddedFiles()[0].text;
  if (kind.empty()) {
    std::string text;
    for (const diag::Kind known : diag::AllKinds()) {
      text += fmt::format("{:<26} {}\n", diag::KindName(known), diag::KindMeaning(known));
    }
    return Emit(options, text, kClean);
  }
  const std::optional<diag::Kind> known = diag::KindByName(kind);
  if (!known) {
    std::vector<std::string_view> names;
    for (const diag::Kind each : diag::AllKinds()) names.push_back(diag::KindName(each));
    const std::string nearest = diag::NearestName(kind, names);
    return Fail(
        fmt::format("there is no diagnostic kind {}; {}", kind,
                    nearest.empty() ? "`bylaw explain` lists them all" : fmt::format("did you mean {}?", nearest)));
  }
  const std::string text = ForTerminal(Section(page, kind));
  if (options.format == Format::kJson) {
    const nlohmann::json report{{"format", 1}, {"kind", kind}, {"meaning", diag::KindMeaning(*known)}, {"text", text}};
    return Emit(options, report.dump(2) + "\n", kClean);
  }
  const bool error = diag::KindSeverity(*known) == diag::Severity::kError;
  return Emit(
      options,
      fmt::format("{}: {}\n\n{}", Paint(options, error ? "1;31" : "1;33", kind), diag::KindMeaning(*known), text),
      kClean);
}

}  // namespace bylaw::cli
