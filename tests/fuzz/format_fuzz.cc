// Formatting keeps the meaning and is done once: parse(fmt(x)) = parse(x), fmt(fmt(x)) = fmt(x).
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/check.h"
#include "compiler/format/format.h"
#include "compiler/syntax/parse.h"

namespace {

using namespace bylaw;

std::optional<std::string> Formatted(const std::string& text) {
  source::SourceSet sources;
  diag::Sink sink;
  return format::Format(sources, sources.Add("fuzz.bylaw", text), sink);
}

std::string Tree(const std::string& text) {
  source::SourceSet sources;
  diag::Sink sink;
  const auto file = syntax::Parse(sources, sources.Add("fuzz.bylaw", text), sink);
  BYLAW_CHECK(!sink.has_errors(), "what can be formatted can be read");
  return syntax::TreeText(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > size_t{1} << 20) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::optional<std::string> once = Formatted(text);
  if (!once.has_value()) return 0;
  BYLAW_CHECK(Tree(*once) == Tree(text), "formatting keeps the tree");
  const std::optional<std::string> twice = Formatted(*once);
  BYLAW_CHECK(twice.has_value() && *twice == *once, "formatting twice changes nothing more");
  return 0;
}
