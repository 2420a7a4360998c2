// `bylaw dump --phase=…`: each phase's structure, readable.

#include <fmt/format.h>

#include <string>

#include "compiler/diag/render.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "compiler/sema/analyze.h"
#include "compiler/syntax/parse.h"
#include "tools/bylaw/commands.h"

namespace bylaw::cli {
namespace {

int Complain(const Options& options, const driver::Compilation& compilation) {
  std::string text;
  for (const diag::Diagnostic& d : compilation.sink.diagnostics()) {
    text += diag::RenderText(*compilation.sources, d, {options.color_on}) + "\n";
  }
  std::fputs(text.c_str(), stderr);
  return kViolation;
}

int DumpCompiled(const Options& options, driver::Compilation& compilation, const std::string& phase) {
  driver::Verify(compilation);
  if (!compilation.verified) return Complain(options, compilation);
  absl::StatusOr<std::string> text = driver::DumpCompiled(compilation, phase);
  if (!text.ok()) return Fail(std::string(text.status().message()));
  return Emit(options, *text, kClean);
}

}  // namespace

int RunDump(const Options& options, const DumpFlags& flags) {
  const auto compile = ToCompileOptions(options, flags.paths);
  if (!compile) return kUsage;
  absl::StatusOr<driver::Compilation> compilation = driver::Check(*compile);
  if (!compilation.ok()) return Fail(std::string(compilation.status().message()));
  std::string text;
  if (flags.phase == "tokens" || flags.phase == "ast") {
    for (size_t i = 0; i < compilation->own_files; ++i) {
      const syntax::File& file = *compilation->files[i];
      text += fmt::format("# {}\n", compilation->sources->path(file.file));
      text += flags.phase == "tokens" ? syntax::DumpTokens(*compilation->sources, file.file)
                                      : syntax::DumpAst(*compilation->sources, file);
    }
    return Emit(options, text, kClean);
  }
  if (compilation->sink.has_errors()) return Complain(options, *compilation);
  if (flags.phase == "program") return Emit(options, sema::DumpProgram(*compilation->program), kClean);
  return DumpCompiled(options, *compilation, flags.phase);
}

}  // namespace bylaw::cli
