#include "compiler/sema/context.h"

#include <fmt/format.h>

#include "absl/time/civil_time.h"

namespace bylaw::sema {

diag::Diagnostic& Context::Report(Kind kind, Span span, std::string message) {
  if (import == nullptr) return sink.Add(kind, span, std::move(message));
  return sink.Add(Kind::kImportRow, import->span.valid() ? import->span : span,
                  fmt::format("{}, row {}, column {}: {}", import->file, import->row, import->column, message));
}

ClauseId Context::AddClause(Span span, Level level, std::string owner) {
  program.clauses.push_back(ClauseRecord{span, level, std::move(owner)});
  return ClauseId(static_cast<uint32_t>(program.clauses.size() - 1));
}

TimeNs Context::Midnight(Date date) const {
  const absl::CivilDay day(date.year, date.month, date.day);
  return absl::ToUnixNanos(absl::FromCivil(day, zone));
}

std::string Context::Said(Span span, std::string_view otherwise) const {
  return std::string(span.valid() ? sources.text(span) : otherwise);
}

diag::Diagnostic& Context::Unknown(std::string_view noun, const syntax::Name& name,
                                   const std::vector<std::string_view>& candidates, Kind kind) {
  diag::Diagnostic& diagnostic = Report(kind, name.span, fmt::format("no {} is named {}", noun, name.text));
  const std::string nearest = diag::NearestName(name.text, candidates);
  if (!nearest.empty()) {
    diagnostic.help.push_back(fmt::format("did you mean `{}`?", nearest));
  } else if (candidates.empty()) {
    diagnostic.help.push_back(fmt::format("these files declare no {}", noun));
  } else if (candidates.size() <= 8) {
    diagnostic.help.push_back(
        fmt::format("declared: {}", JoinNames(std::vector<std::string>(candidates.begin(), candidates.end()))));
  }
  return diagnostic;
}

void Context::Duplicate(std::string_view noun, const syntax::Name& name, Span first) {
  diag::Diagnostic& diagnostic =
      Report(Kind::kDuplicateName, name.span, fmt::format("{} {} is declared twice", noun, name.text));
  diagnostic.notes.push_back({"note", "first declared here", first});
  diagnostic.help.push_back("rename one of them, or remove it");
}

void Context::DuplicateOfLibrary(std::string_view noun, const syntax::Name& own, Span library) {
  diag::Diagnostic& diagnostic =
      Report(Kind::kDuplicateName, own.span, fmt::format("the standard library has a {} {} already", noun, own.text));
  diagnostic.notes.push_back({"note", "declared here, by what `use` brought in", library});
  diagnostic.help.push_back(fmt::format("give your own {} another name, or use the library's", noun));
}

void Context::Repeated(std::string_view term, std::string_view owner, Span span, Span first) {
  diag::Diagnostic& diagnostic =
      Report(Kind::kRepeatedTerm, span, fmt::format("`{}` is stated twice in {}", term, owner));
  diagnostic.notes.push_back({"note", "first stated here", first});
  diagnostic.help.push_back("keep one of the two sentences");
}

bool Context::Again(std::string_view term, std::string_view owner, Span span, std::optional<Span>& first) {
  if (first) {
    Repeated(term, owner, span, *first);
    return true;
  }
  first = span;
  return false;
}

std::string JoinNames(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace bylaw::sema
