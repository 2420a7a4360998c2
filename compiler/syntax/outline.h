// Lexemes to lines and blocks, before any sentence is read.
//
// A line is a sentence or a header; a block belongs to the header whose line `{` ends, and closes at a `}` that stands
// alone. What does not keep to that is reported here, once, and mended by the nearest reading, so that everything after
// it is still read: a missing `}` is seen at the first line that can only stand outside, a missing `{` by what is
// indented under its header. Lines too long or too deeply
// nested to be parsed safely are reported and marked; of a file with too many braces or brackets in one another nothing
// is read.
#ifndef BYLAW_COMPILER_SYNTAX_OUTLINE_H_
#define BYLAW_COMPILER_SYNTAX_OUTLINE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/diag/diagnostic.h"
#include "compiler/syntax/lexer.h"
#include "compiler/syntax/parse.h"

namespace bylaw::syntax {

struct Line {
  uint32_t begin = 0, end = 0;  // lexemes [begin, end), without the `{` and the end of the line; never empty
  uint32_t block_end = 0;       // the lines of its block are [own index + 1, block_end)
  bool has_block = false;
  bool broken = false;     // reported already: neither the line nor its block is to be read
  uint32_t last_byte = 0;  // where the declaration ends: after its `}`, or after its last word
};

// All lines in source order, blocks after their headers.
std::vector<Line> ReadOutline(std::string_view text, source::FileId file, const std::vector<Lexeme>& lexemes,
                              const ParseLimits& limits, diag::Sink& sink);

// What one sentence may hold, so that reading it takes bounded memory and stack.
inline constexpr size_t kLineLexemesMax = 65'536;
inline constexpr size_t kConditionLexemesMax = 4'096;

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_OUTLINE_H_
