#include "tools/bylaw/kind_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "kinds_page.h"

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

std::string Written(diag::Kind kind, std::string_view fence, std::string_view indent) {
  std::string_view section = Section(kinds_page::EmbeddedFiles()[0].text, diag::KindName(kind));
  std::string text;
  bool code = false;
  while (!section.empty()) {
    const size_t end = section.find('\n');
    std::string_view line = section.substr(0, end);
    section.remove_prefix(end == std::string_view::npos ? section.size() : end + 1);
    if (line.starts_with("```")) {
      code = !code;
      if (!fence.empty()) text += fmt::format("{}\n", fence);
      continue;
    }
    if (line.starts_with("# error: [") || line.starts_with("# warning: [")) continue;  // of another file
    for (const std::string_view mark : {" # error: [", " # warning: ["}) line = line.substr(0, line.find(mark));
    while (line.ends_with(' ')) line.remove_suffix(1);
    text += fmt::format("{}{}\n", code ? indent : "", line);
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text.substr(std::min(text.find_first_not_of('\n'), text.size()));
}

}  // namespace

std::string KindMarkdown(diag::Kind kind) { return Written(kind, "```", ""); }

std::string KindForTerminal(diag::Kind kind) { return Written(kind, "", "    "); }

}  // namespace bylaw::cli
