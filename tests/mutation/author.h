// Writes one wrong sentence into the texts of a policy, as its author would have.
#ifndef BYLAW_TESTS_MUTATION_AUTHOR_H_
#define BYLAW_TESTS_MUTATION_AUTHOR_H_

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/sema/program.h"
#include "tests/mutation/faults.h"

namespace bylaw::mutation {

// The texts of one policy, and how a sentence gets into them.
class Author {
 public:
  Author(const sema::Program& program, const std::vector<driver::TextFile>& texts) : program_(program), texts_(texts) {}

  std::vector<Mutant> TakeMutants() { return std::move(mutants_); }

  // Adds `sentence` to the block that `header` begins ("tier free"), opening one if there is none.
  void Say(const std::string& header, const std::string& sentence, const std::string& kind) {
    std::vector<driver::TextFile> texts = texts_;
    for (driver::TextFile& file : texts) {
      const std::optional<size_t> line = LineOf(file.text, header);
      if (!line.has_value()) continue;
      size_t end = std::min(file.text.find('\n', *line), file.text.size());
      const std::string row = file.text.substr(*line, end - *line);
      const size_t open = row.find('{');
      const std::string indent(row.find_first_not_of(' ') + 2, ' ');
      file.text.insert(open != std::string::npos ? end : *line + Written(row),
                       open != std::string::npos ? "\n" + indent + sentence : " {\n" + indent + sentence + "\n}");
      mutants_.push_back({fmt::format("{}: {}", header, sentence), kind, std::move(texts)});
      return;
    }
  }
  // Puts `sentence` in the place of a clause's own.
  void Replace(ClauseId clause, const std::string& sentence, const std::string& kind) {
    ReplaceSpan(program_.SpanOf(clause), sentence, kind);
  }
  void ReplaceSpan(source::Span span, const std::string& sentence, const std::string& kind) {
    if (!span.valid()) return;
    std::vector<driver::TextFile> texts = texts_;
    for (driver::TextFile& file : texts) {
      if (file.path != program_.sources->path(span.file)) continue;
      const std::string said = file.text.substr(span.begin, span.end - span.begin);
      file.text.replace(span.begin, span.end - span.begin, sentence);
      mutants_.push_back({fmt::format("{} instead of {}", sentence, said), kind, std::move(texts)});
    }
  }
  // A declaration of its own.
  void Declare(const std::string& declaration, const std::string& kind) {
    std::vector<driver::TextFile> texts = texts_;
    texts.push_back({"fault.bylaw", "edition 2026\n" + declaration});
    mutants_.push_back({declaration, kind, std::move(texts)});
  }

 private:
  // Without the comment and the space before it.
  static size_t Written(const std::string& row) {
    const size_t comment = std::min(row.find('#'), row.size());
    return row.find_last_not_of(" \r", comment == 0 ? 0 : comment - 1) + 1;
  }
  // The line that begins with `header` as whole words.
  static std::optional<size_t> LineOf(const std::string& text, const std::string& header) {
    for (size_t at = text.find(header); at != std::string::npos; at = text.find(header, at + 1)) {
      const size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
      const size_t after = at + header.size();
      const bool whole = after >= text.size() || text[after] == ' ' || text[after] == '\n' || text[after] == '\r';
      // A scenario may speak of a tenant, an endpoint or a step too, further in or with more words.
      const bool named = header.starts_with("tenant ") || header.starts_with("endpoint ");
      const size_t next = text.find_first_not_of(' ', after);
      const bool step = header.starts_with("step ") || header.starts_with("optional step ");
      const bool declares = (begin == at || !named) && (!step || next >= text.size() || text[next] == '{');
      if (whole && declares && text.find_first_not_of(' ', begin) == at) return begin;
    }
    return std::nullopt;
  }

  const sema::Program& program_;
  const std::vector<driver::TextFile>& texts_;
  std::vector<Mutant> mutants_;
};

}  // namespace bylaw::mutation

#endif  // BYLAW_TESTS_MUTATION_AUTHOR_H_
