#include "tools/cel_conformance/features.h"

namespace bylaw::conformance {
namespace {

constexpr Feature kFeatures[] = {{kMessages, ""}, {"containers that the file does not name", "namespace/namespace"}};

}  // namespace

std::span<const Feature> LackingFeatures() { return kFeatures; }

bool MakesMessage(std::string_view expr) {
  char quote = 0;  // of the text that is open
  bool after_name = false;
  for (size_t i = 0; i < expr.size(); ++i) {
    const char c = expr[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') quote = c;
    if (c == '{' && after_name) return true;
    const bool in_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (c != ' ') after_name = in_name;
  }
  return false;
}

std::string LackingFeature(std::string_view suite, bool has_container) {
  for (const Feature& feature : kFeatures) {
    if (!feature.suite.empty() && suite == feature.suite && !has_container) return std::string(feature.name);
  }
  return "";
}

}  // namespace bylaw::conformance
