// Text to tree. The only door to the parser generator: everything it throws or says is caught behind this header.
//
// Parse never fails: what could not be read becomes diagnostics in `sink`, and the tree holds the rest. Recovery is
// anchored at line ends, so that each planted mistake gives one message. Hostile input (language.md §2: size, token
// count, nesting) is one `input-too-large` diagnostic. Thread-safe for different sinks.
#ifndef BYLAW_COMPILER_SYNTAX_PARSE_H_
#define BYLAW_COMPILER_SYNTAX_PARSE_H_

#include <cstddef>
#include <string>

#include "compiler/diag/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/ast.h"

namespace bylaw::syntax {

struct ParseLimits {
  size_t bytes_max = source::kFileBytesMax;
  size_t tokens_max = 4'000'000;
  size_t nesting_max = 64;
};

File Parse(const source::SourceSet& sources, source::FileId file, diag::Sink& sink, const ParseLimits& limits = {});

// A file that holds one condition alone, as it would stand between `when (` and `)`; newlines are spaces. Null, and a
// diagnostic, if it does not parse.
CelExprPtr ParseCondition(const source::SourceSet& sources, source::FileId file, diag::Sink& sink);

// `bylaw dump --phase=tokens`: one token a line, "12:25 NAME gpt4-us".
std::string DumpTokens(const source::SourceSet& sources, source::FileId file);
// `bylaw dump --phase=ast`: an indented tree.
std::string DumpAst(const source::SourceSet& sources, const File& file);
// The same without places: equal for two files that say the same in the same order.
std::string TreeText(const File& file);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_PARSE_H_
