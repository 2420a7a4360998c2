#include "tests/reload/versioned_policy.h"

#include <fmt/format.h>

#include "base/check.h"
#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"

namespace bylaw::engine {
namespace {

std::string Endpoint(const std::string& name, const std::string& serves, const std::string& region, uint32_t cents) {
  return fmt::format("endpoint {} {{\n  serves {}\n  in {}\n  costs at most ${}.{:02} per call\n}}\n", name, serves,
                     region, cents / 100, cents % 100);
}

}  // namespace

std::shared_ptr<const abi::PolicyImage> CompileOrDie(const std::string& text, driver::EngineKind engine) {
  driver::CompileOptions options;
  options.texts = {{"policy.bylaw", text}};
  options.as_of = Date{2026, 11, 23};
  auto compilation = driver::Check(options);
  BYLAW_CHECK(compilation.ok(), "a text is always there");
  driver::Verify(*compilation);
  std::string wrong;
  for (const diag::Diagnostic& diagnostic : compilation->sink.diagnostics()) {
    if (diagnostic.severity == diag::Severity::kError) {
      wrong += diag::RenderText(*compilation->sources, diagnostic, {}) + "\n";
    }
  }
  BYLAW_CHECK(compilation->verified.has_value(), wrong.c_str());
  const auto image = driver::BuildImage(*compilation->verified, engine);
  BYLAW_CHECK(image.ok(), std::string(image.status().message()).c_str());
  return *image;
}

std::string VersionText(uint32_t version) {
  const uint32_t cents = 1 + version;
  std::string text(version, '\n');
  text += "edition 2026\nuse std.places\nregion here in DE\nregion there in FR\n";
  text += "store disk {\n  keeps state, checkpoints, audit\n  in here\n}\n";
  text += "pool workers in here has 8 slots with room for 10_000 waiting\n";
  const std::string one = Endpoint("one", "model large", version % 3 == 0 ? "here" : "there", cents);
  const std::string two = Endpoint("two", "model large", "here", cents + 1);
  const std::string index = Endpoint("index", "tool search", "here", cents);
  text += version % 2 == 0 ? one + two + index : index + two + one;
  text += "workflow answer {\n  step look {\n    calls tool search\n  }\n";
  text += "  step write {\n    after look\n    calls model large\n  }\n";
  text += "  step check {\n    after write\n    calls model large\n  }\n}\n";
  text += fmt::format("tier standard {{\n  budget $200.00 per workflow\n  at most {} workflows at once\n}}\n",
                      2 + version % 5);
  text += version % 2 == 0 ? "tenant north on tier standard\ntenant south on tier standard\n"
                           : "tenant south on tier standard\ntenant north on tier standard\n";
  return text;
}

std::string MarkOf(const abi::PolicyImage& image, const abi::Decision& own, uint32_t version) {
  const int64_t cents = 1 + version;
  if (own.endpoint >= image.endpoints.size()) return "it calls an endpoint that the policy does not have";
  const abi::EndpointInfo& endpoint = image.endpoints[own.endpoint];
  const int64_t price = (endpoint.name == "two" ? cents + 1 : cents) * 10'000;
  if (own.reserved_micros != price)
    return fmt::format("{} costs {} and not {}", endpoint.name, own.reserved_micros, price);
  if (own.region != endpoint.region.value()) return "the region is not the endpoint's";
  if (own.resource != endpoint.resource.value()) return "the endpoint does not serve the model";
  const std::string& region = image.regions[own.region];
  const bool is_here = endpoint.name != "one" || version % 3 == 0;
  return region == (is_here ? "here" : "there") ? "" : fmt::format("{} is in {}", endpoint.name, region);
}

}  // namespace bylaw::engine
