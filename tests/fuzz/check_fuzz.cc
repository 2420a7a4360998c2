// Any policy is checked and, without a mistake, proved and compiled: diagnostics lie in their file, a program that is
// proved gives an image, and no witness fails to reproduce.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bylaw;
  if (size > size_t{1} << 20) return 0;
  driver::CompileOptions options;
  options.texts = {{"fuzz.bylaw", std::string(reinterpret_cast<const char*>(data), size)},
                   {"institutions.csv", "tenant,org\nfuzz-bank,\n"}};
  options.as_of = Date{2026, 11, 23};
  auto compilation = driver::Check(options);
  BYLAW_CHECK(compilation.ok(), "texts need no environment");
  for (const diag::Diagnostic& diagnostic : compilation->sink.diagnostics()) {
    BYLAW_CHECK(diagnostic.span.valid(), "a diagnostic has a place");
    BYLAW_CHECK(diagnostic.span.end <= compilation->sources->text(diagnostic.span.file).size(), "inside its file");
  }
  if (compilation->sink.has_errors()) return 0;
  driver::Verify(*compilation);
  BYLAW_CHECK(compilation->internal_errors.empty(), "every witness reproduces");
  if (!compilation->verified.has_value()) return 0;
  const auto image = driver::BuildImage(*compilation->verified, driver::EngineKind::kEvaluator);
  BYLAW_CHECK(image.ok(), "what is proved can be compiled");
  return 0;
}
