// `bylaw dump --phase=tokens`.
#include <fmt/format.h>

#include <iterator>

#include "BylawParser.h"
#include "compiler/syntax/lexer.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/utf8.h"

namespace bylaw::syntax {

std::string DumpTokens(const source::SourceSet& sources, source::FileId file) {
  const BylawParser parser(nullptr);
  const antlr4::dfa::Vocabulary& vocabulary = parser.getVocabulary();
  const std::string_view text = sources.text(file);
  std::string out;
  if (FirstInvalidUtf8(text)) return out;
  for (const Lexeme& lexeme : LexFile(text, ParseLimits().tokens_max).lexemes) {
    const source::Position at = sources.position(file, lexeme.begin);
    const bool line_end = lexeme.type == BylawParser::NL;
    fmt::format_to(std::back_inserter(out), "{}:{} {}{}{}\n", at.line, at.column,
                   vocabulary.getSymbolicName(lexeme.type), line_end ? "" : " ",
                   line_end ? std::string_view() : text.substr(lexeme.begin, lexeme.end - lexeme.begin));
  }
  return out;
}

}  // namespace bylaw::syntax
