// The section of docs/language/kinds.md about a kind, which is inside the binary. Pure; thread-safe.
#ifndef BYLAW_TOOLS_BYLAW_KIND_TEXT_H_
#define BYLAW_TOOLS_BYLAW_KIND_TEXT_H_

#include <string>

#include "compiler/diag/diagnostic.h"

namespace bylaw::cli {

// Without the marks that the page's test reads, as Markdown or with indented examples.
std::string KindMarkdown(diag::Kind kind);
std::string KindForTerminal(diag::Kind kind);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_KIND_TEXT_H_
