#include "tools/bylaw/mutants.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "compiler/driver/image.h"
#include "compiler/format/spelling.h"
#include "compiler/syntax/words.h"
#include "tools/bylaw/policy_tests.h"

namespace bylaw::cli {
namespace {

using Noticed = MutantResult::Noticed;

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

// What neither admits nor decides anything: shares, declared volumes, and what is promised about them.
bool Restricts(const syntax::Clause& clause) {
  return !std::holds_alternative<syntax::WeightTerm>(clause.term) &&
         !std::holds_alternative<syntax::ExpectsTerm>(clause.term) &&
         !std::holds_alternative<syntax::SlaTerm>(clause.term) &&
         !std::holds_alternative<syntax::MayBeWaivedTerm>(clause.term);
}

std::string Joined(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line.size() <= 90 ? line : line.substr(0, 87) + "…";
}

// Spaces, but for ends of lines.
std::string Blank(std::string_view text) {
  std::string blank(text);
  for (char& c : blank) c = c == '\n' ? '\n' : ' ';
  return blank;
}

class Maker {
 public:
  explicit Maker(const driver::Compilation& compilation) : compilation_(compilation), sources_(*compilation.sources) {}

  std::vector<Mutant> Run() {
    for (size_t i = 0; i < compilation_.own_files; ++i) {
      for (const syntax::Decl& decl : compilation_.files[i]->decls) Of(decl);
    }
    return std::move(mutants_);
  }

 private:
  void Of(const syntax::Decl& decl) {
    std::visit(Overloaded{
                   [&](const syntax::TierDecl& d) { Clauses(d.clauses); },
                   [&](const syntax::ClassDecl& d) { Clauses(d.clauses); },
                   [&](const syntax::RegulationDecl& d) { Clauses(d.clauses); },
                   [&](const syntax::OrgDecl& d) { Clauses(d.clauses); },
                   [&](const syntax::TenantDecl& d) { Clauses(d.clauses); },
                   [&](const syntax::LadderDecl& d) {
                     for (const syntax::LadderRung& rung : d.rungs) Without(rung.span);
                   },
                   [&](const syntax::RuleDecl& d) {
                     Without(decl.span);
                     for (const syntax::Condition& when : d.when) Reversed(when.span);
                   },
                   [&](const syntax::ExceptionDecl&) { Without(decl.span); },
                   [&](const syntax::WorkflowDecl& d) { Steps(d); },
                   [](const auto&) {},
               },
               decl.decl);
  }

  void Clauses(const std::vector<syntax::Clause>& clauses) {
    for (const syntax::Clause& clause : clauses) {
      if (!Restricts(clause)) continue;
      Without(clause.span);
      Loosened(clause.span);
    }
  }

  void Steps(const syntax::WorkflowDecl& workflow) {
    for (const sema::Workflow& row : compilation_.program->workflows) {
      if (row.name != workflow.name.text) continue;
      for (const sema::Step& step : row.steps) {
        if (step.when) Reversed(step.when->span);
        for (const sema::Ask& ask : step.asks) {
          Without(compilation_.program->SpanOf(ask.clause));
          if (ask.when) Reversed(ask.when->span);
        }
      }
    }
  }

  void Without(source::Span span) {
    if (!span.valid()) return;
    const std::string_view text = sources_.text(span);
    mutants_.push_back(
        {span, Blank(text), fmt::format("without `{}`", Joined(text.substr(0, text.find(" {\n")))), true});
  }

  // `at most 50 …` ten times as much, a share whole.
  void Loosened(source::Span span) {
    const std::string text(sources_.text(span));
    if (!text.starts_with("at most") && !text.starts_with("budget") && !text.starts_with("together") &&
        !text.starts_with("lane")) {
      return;
    }
    for (const syntax::FileWord& word : syntax::WordsOfFile(text)) {
      const std::string value = text.substr(word.begin, word.end - word.begin);
      std::string looser;
      if (word.kind == syntax::WordKind::kPercent) looser = "100%";
      const bool scales = word.kind == syntax::WordKind::kNumber || word.kind == syntax::WordKind::kMoney;
      if (scales && value.find('.') == std::string::npos) looser = value + "0";
      if (scales && value.find('.') != std::string::npos) looser = ShiftedPoint(value);
      if (looser.empty()) continue;
      looser = format::Spelling(word.kind, looser);
      const std::string mutated = text.substr(0, word.begin) + looser + text.substr(word.end);
      mutants_.push_back({span, mutated, fmt::format("`{}` instead of `{}`", Joined(mutated), Joined(text))});
      return;
    }
  }

  // "$0.50" as "$5.0".
  static std::string ShiftedPoint(std::string value) {
    const size_t point = value.find('.');
    std::swap(value[point], value[point + 1]);
    if (value.ends_with('.')) value.pop_back();
    const size_t first = value.find_first_of("0123456789");
    if (value[first] == '0' && first + 1 < value.size() && value[first + 1] != '.') value.erase(first, 1);
    return value;
  }

  void Reversed(source::Span span) {
    if (!span.valid()) return;
    std::string_view text = sources_.text(span);
    const bool enclosed = text.starts_with('(') && text.ends_with(')');
    mutants_.push_back({span, enclosed ? fmt::format("(!{})", text) : fmt::format("!({})", text),
                        fmt::format("the opposite of `{}`", Joined(text))});
  }

  const driver::Compilation& compilation_;
  const source::SourceSet& sources_;
  std::vector<Mutant> mutants_;
};

std::string Mutated(const source::SourceSet& sources, const Mutant& mutant) {
  std::string text(sources.text(mutant.span.file));
  return text.replace(mutant.span.begin, mutant.span.end - mutant.span.begin, mutant.text);
}

// The first error by the order of places, or "".
std::string FirstError(const driver::Compilation& compilation) {
  for (const diag::Diagnostic& d : compilation.sink.diagnostics()) {
    if (d.severity == diag::Severity::kError) return std::string(diag::KindName(d.kind));
  }
  return "";
}

// The change itself cannot be said: a number beyond its range, a burst below its cap.
bool IsMeaningless(const driver::Compilation& compilation, const Mutant& mutant) {
  const std::vector<diag::Diagnostic>& told = compilation.sink.diagnostics();
  return std::any_of(told.begin(), told.end(), [&](const diag::Diagnostic& d) {
    const bool inside = d.span.file == mutant.span.file && d.span.begin >= mutant.span.begin &&
                        d.span.begin < mutant.span.begin + mutant.text.size();
    return inside && (d.kind == diag::Kind::kOutOfRange || d.kind == diag::Kind::kUnexpectedText);
  });
}

MutantResult Try(const driver::Compilation& original, const Mutant& mutant) {
  MutantResult result{mutant, Noticed::kByVerify, ""};
  driver::CompileOptions options = original.options;
  options.paths.clear();
  options.texts.clear();
  for (size_t i = 0; i < original.own_files; ++i) {
    const source::FileId file = original.files[i]->file;
    options.texts.push_back({original.sources->path(file), file == mutant.span.file
                                                               ? Mutated(*original.sources, mutant)
                                                               : std::string(original.sources->text(file))});
  }
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  if (!compilation.ok()) {
    result.what = std::string(compilation.status().message());
    return result;
  }
  if (IsMeaningless(*compilation, mutant)) {
    result.by = Noticed::kMeaningless;
    return result;
  }
  driver::Verify(*compilation);
  result.what = FirstError(*compilation);
  if (!compilation->verified.has_value()) return result;
  const auto image = driver::BuildImage(*compilation->verified, driver::EngineKind::kEvaluator);
  if (!image.ok()) {
    result.what = std::string(image.status().message());
    return result;
  }
  const std::optional<std::string> failed = FirstFailingTest(*compilation->program, *image);
  result.by = failed ? Noticed::kByTest : Noticed::kByNothing;
  result.what = failed.value_or("");
  return result;
}

size_t Count(const std::vector<MutantResult>& results, Noticed by) {
  return static_cast<size_t>(
      std::count_if(results.begin(), results.end(), [&](const auto& result) { return result.by == by; }));
}

}  // namespace

std::vector<Mutant> MutantsOf(const driver::Compilation& compilation) { return Maker(compilation).Run(); }

std::vector<MutantResult> TryMutants(const driver::Compilation& compilation,
                                     const std::function<void(size_t, size_t)>& progress) {
  const std::vector<Mutant> mutants = MutantsOf(compilation);
  std::vector<MutantResult> results;
  for (const Mutant& mutant : mutants) {
    results.push_back(Try(compilation, mutant));
    progress(results.size(), mutants.size());
  }
  return results;
}

std::string MutantsText(const std::vector<MutantResult>& results, const source::SourceSet& sources) {
  const size_t told = results.size() - Count(results, Noticed::kMeaningless);
  std::string text = fmt::format(
      "mutants\n  {} changes that loosen: {} noticed by verify, {} by a test, {} by nothing\n", told,
      Count(results, Noticed::kByVerify), Count(results, Noticed::kByTest), Count(results, Noticed::kByNothing));
  // A sentence that can be taken away can be loosened: one line says both.
  std::set<std::pair<source::FileId, uint32_t>> told_without;
  for (const MutantResult& result : results) {
    if (result.by != Noticed::kByNothing) continue;
    const std::pair at(result.mutant.span.file, result.mutant.span.begin);
    if (result.mutant.takes_away) told_without.insert(at);
    if (!result.mutant.takes_away && told_without.contains(at)) continue;
    text += fmt::format("  nobody notices  {}: {}\n", sources.Where(result.mutant.span), result.mutant.change);
  }
  return text;
}

nlohmann::json MutantsJson(const std::vector<MutantResult>& results, const source::SourceSet& sources) {
  nlohmann::json rows = nlohmann::json::array();
  for (const MutantResult& result : results) {
    if (result.by == Noticed::kMeaningless) continue;
    const bool verify = result.by == Noticed::kByVerify;
    nlohmann::json row{{"file", sources.path(result.mutant.span.file)},
                       {"line", sources.begin(result.mutant.span).line},
                       {"change", result.mutant.change},
                       {"noticed_by", verify                          ? "verify"
                                      : result.by == Noticed::kByTest ? "test"
                                                                      : "nothing"}};
    if (!result.what.empty()) row[verify ? "kind" : "test"] = result.what;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace bylaw::cli
