#include "tools/cel_conformance/features.h"

namespace bylaw::conformance {
namespace {

constexpr Feature kFeatures[] = {{"protobuf messages", ""},
                                 {"containers that the file does not name", "namespace/namespace"}};

}  // namespace

std::span<const Feature> LackingFeatures() { return kFeatures; }

std::string LackingFeature(std::string_view suite, bool has_container) {
  for (const Feature& feature : kFeatures) {
    if (!feature.suite.empty() && suite == feature.suite && !has_container) return std::string(feature.name);
  }
  return "";
}

}  // namespace bylaw::conformance
