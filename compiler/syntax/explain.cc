#include "compiler/syntax/explain.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "BylawParser.h"
#include "compiler/syntax/expect.h"

namespace bylaw::syntax {
namespace {

using P = BylawParser;
using diag::Kind;

}  // namespace

void Explain(const Misfit& line, diag::Sink& sink) {
  std::vector<uint16_t> types;
  for (const Lexeme& word : line.words) types.push_back(word.type);
  std::vector<bool> forms(1000, false);
  const Expectation expected = Expect(line.entry, types, forms);
  const Lexeme& at = line.words[std::min(expected.at, line.words.size() - 1)];
  sink.Add(Kind::kUnexpectedText, {line.file, at.begin, at.end},
           fmt::format("`{}` cannot stand here", line.text.substr(at.begin, at.end - at.begin)));
}

void ExplainBlock(const Misfit& line, diag::Sink& sink) {
  sink.Add(Kind::kUnexpectedText, {line.file, line.words.front().begin, line.words.back().end},
           "no block may stand here");
}

}  // namespace bylaw::syntax
