// Any bytes as the table of `tenants from "….csv"`: rows become tenants or diagnostics of their own file.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "compiler/driver/compile.h"

namespace {

constexpr char kPolicy[] = R"(edition 2026
use std.places
endpoint m-eu {
  serves model m
  in eu-west-1
  costs at most $0.04 per call
}
endpoint m-us {
  serves model m
  in us-east-1
  costs at most $0.03 per call
}
store eu-data {
  keeps state, checkpoints, audit, queues
  in eu-west-1
}
reviewers eu-desk {
  based in DE
}
pool eu-pool in eu-west-1 has 50 slots
regulation GDPR {
  state stays in EU
  calls go only to EU
}
org alpine-group
class high-volume {
  at most 4 workflows at once
}
tier standard {
  at most 10 workflows at once
  budget $1 per workflow
}
setting threshold is a number from 0 to 1 by default 0.5 that tenants may only raise
setting mode is one of fast, slow by default fast
workflow w {
  step s {
    calls model m
  }
}
tenants from "fuzz.csv" on tier standard
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bylaw;
  if (size > size_t{1} << 20) return 0;
  driver::CompileOptions options;
  options.texts = {{"fuzz.bylaw", kPolicy}, {"fuzz.csv", std::string(reinterpret_cast<const char*>(data), size)}};
  options.as_of = Date{2026, 11, 23};
  auto compilation = driver::Check(options);
  BYLAW_CHECK(compilation.ok(), "texts need no environment");
  for (const diag::Diagnostic& diagnostic : compilation->sink.diagnostics()) {
    BYLAW_CHECK(diagnostic.span.valid(), "a diagnostic has a place");
    BYLAW_CHECK(diagnostic.span.end <= compilation->sources->text(diagnostic.span.file).size(), "inside its file");
    BYLAW_CHECK(diagnostic.kind == diag::Kind::kImportRow || diagnostic.kind == diag::Kind::kInputTooLarge,
                "the policy is sound: only the table can be wrong");
  }
  if (!compilation->sink.has_errors()) driver::Verify(*compilation);
  BYLAW_CHECK(compilation->internal_errors.empty(), "every witness reproduces");
  return 0;
}
