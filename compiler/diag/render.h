// Diagnostics as a person reads them, and as a program reads them.
//
// Text follows the layout of rustc: kind and message, place, the line with carets, the other places, then `= path`, `=
// note`, `= help`. JSON is part of a contract (docs/json.md): `{kind, severity, file, line, column, message, notes,
// help, witness}`. Pure; thread-safe.
#ifndef BYLAW_COMPILER_DIAG_RENDER_H_
#define BYLAW_COMPILER_DIAG_RENDER_H_

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"

namespace bylaw::diag {

struct TextStyle {
  bool color = false;
};

// One diagnostic, ending in a newline.
std::string RenderText(const source::SourceSet& sources, const Diagnostic& diagnostic, const TextStyle& style = {});

// "2 errors, 1 warning" or "no mistakes found"; mentions what the limit held back.
std::string Summary(const Sink& sink);

nlohmann::json RenderJson(const source::SourceSet& sources, const Diagnostic& diagnostic);

}  // namespace bylaw::diag

#endif  // BYLAW_COMPILER_DIAG_RENDER_H_
