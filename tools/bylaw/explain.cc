// `bylaw explain KIND`: the section of docs/language/kinds.md, which is inside the binary.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "compiler/diag/diagnostic.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/kind_text.h"

namespace bylaw::cli {
namespace {

std::string KindList(Format format) {
  std::string text;
  nlohmann::json kinds = nlohmann::json::array();
  for (const diag::Kind kind : diag::AllKinds()) {
    text += fmt::format("{:<26} {}\n", diag::KindName(kind), diag::KindMeaning(kind));
    kinds.push_back({{"kind", diag::KindName(kind)}, {"meaning", diag::KindMeaning(kind)}});
  }
  if (format == Format::kText) return text;
  return nlohmann::json{{"format", 1}, {"kinds", std::move(kinds)}}.dump(2) + "\n";
}

}  // namespace

int RunExplain(const Options& options, const std::string& kind) {
  if (kind.empty()) {
    return Emit(options, [](const Options&, Format format) { return KindList(format); }, kClean);
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
  const std::string text = KindForTerminal(*known);
  const bool error = diag::KindSeverity(*known) == diag::Severity::kError;
  return Emit(
      options,
      [&](const Options& how, Format format) {
        const std::string_view meaning = diag::KindMeaning(*known);
        if (format == Format::kText) {
          return fmt::format("{}: {}\n\n{}", Paint(how, error ? "1;31" : "1;33", kind), meaning, text);
        }
        const nlohmann::json report{{"format", 1}, {"kind", kind}, {"meaning", meaning}, {"text", text}};
        return report.dump(2) + "\n";
      },
      kClean);
}

}  // namespace bylaw::cli
