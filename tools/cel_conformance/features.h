// What cases may be about and Bylaw does not have: the list of docs/language/cel.md, which a test holds equal to this.
#ifndef BYLAW_TOOLS_CEL_CONFORMANCE_FEATURES_H_
#define BYLAW_TOOLS_CEL_CONFORMANCE_FEATURES_H_

#include <span>
#include <string>
#include <string_view>

namespace bylaw::conformance {

struct Feature {
  std::string_view name;
  std::string_view suite;  // that is about it; "" if cases of several suites are
};
std::span<const Feature> LackingFeatures();

inline constexpr std::string_view kMessages = "protobuf messages";

// Whether an expression that does not parse makes a message: `Name{field: value}` outside its texts.
bool MakesMessage(std::string_view expr);

// The feature that a case of the suite needs, or "". A case that depends on a container says so, if its file can.
std::string LackingFeature(std::string_view suite, bool has_container);

}  // namespace bylaw::conformance

#endif  // BYLAW_TOOLS_CEL_CONFORMANCE_FEATURES_H_
