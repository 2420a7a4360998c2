// What is wrong with a line that fits no sentence: what was read, what may stand there, and the sentence to write.
//
// Every message about the form of a sentence is made here, from the grammar's own network (expect.h) and the table of
// forms (forms.h); nothing comes from the parser generator.
#ifndef BYLAW_COMPILER_SYNTAX_EXPLAIN_H_
#define BYLAW_COMPILER_SYNTAX_EXPLAIN_H_

#include <cstddef>
#include <span>
#include <string_view>

#include "compiler/diag/diagnostic.h"
#include "compiler/syntax/lexer.h"

namespace bylaw::syntax {

// A line that did not parse at `entry`. `text` is the whole file.
struct Misfit {
  std::string_view text;
  source::FileId file;
  std::span<const Lexeme> words;
  size_t entry;
  uint16_t header;  // the word that begins the header of the block it stands in, or 0
  bool has_block;
};

void Explain(const Misfit& line, diag::Sink& sink);

// A line that opens a block where only sentences may stand.
void ExplainBlock(const Misfit& line, diag::Sink& sink);

}  // namespace bylaw::syntax

#endif  // BYLAW_COMPILER_SYNTAX_EXPLAIN_H_
