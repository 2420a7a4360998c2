// Any bytes parse: into a tree and diagnostics whose places lie in the file and whose words are ours, not the parser
// generator's.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/parse.h"

namespace {

constexpr std::string_view kForeignWords[] = {"no viable alternative", "mismatched input", "extraneous input",
                                              "token recognition error", "missing '"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  bylaw::source::SourceSet sources;
  const auto file = sources.Add("fuzz.bylaw", text);
  bylaw::diag::Sink sink;
  bylaw::syntax::Parse(sources, file, sink, {.bytes_max = size_t{1} << 20, .tokens_max = 500'000});
  for (const bylaw::diag::Diagnostic& diagnostic : sink.diagnostics()) {
    BYLAW_CHECK(diagnostic.span.valid() && diagnostic.span.begin <= diagnostic.span.end && diagnostic.span.end <= size,
                "a diagnostic points into the file");
    for (const std::string_view words : kForeignWords) {
      const bool quoted = text.find(words) != std::string::npos;
      BYLAW_CHECK(quoted || diagnostic.message.find(words) == std::string::npos, "a message is ours");
    }
  }
  return 0;
}
