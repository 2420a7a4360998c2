// For tests of the theorems: policies as texts, analyzed without errors, verified with the evaluator as replayer.
#ifndef BYLAW_COMPILER_VERIFY_TESTING_H_
#define BYLAW_COMPILER_VERIFY_TESTING_H_

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/diag/render.h"
#include "compiler/sema/testing.h"
#include "compiler/verify/replay_for_test.h"
#include "compiler/verify/verify.h"

namespace bylaw::verify {

struct Verified {
  std::shared_ptr<source::SourceSet> sources;
  std::shared_ptr<const sema::Program> program;
  std::unique_ptr<diag::Sink> sink;
  std::string analysis;  // what the analyser reported; nothing is verified then
  VerifyResult result;

  // One line a diagnostic: "p.bylaw:3 [kind] message".
  std::vector<std::string> Reports() const {
    std::vector<std::string> lines;
    for (const diag::Diagnostic& d : sink->diagnostics()) {
      lines.push_back(fmt::format("{} [{}] {}", sources->Where(d.span), diag::KindName(d.kind), d.message));
    }
    return lines;
  }
  // The first diagnostic of this kind as a person sees it, or "".
  std::string Rendered(diag::Kind kind) const {
    for (const diag::Diagnostic& d : sink->diagnostics()) {
      if (d.kind == kind) return diag::RenderText(*sources, d, {});
    }
    return "";
  }
  // The verdict of the first theorem `id` whose subject contains `subject`.
  std::string VerdictOf(std::string_view id, std::string_view subject = "") const {
    for (const TheoremResult& theorem : result.theorems) {
      if (theorem.id == id && theorem.subject.find(subject) != std::string::npos) {
        return std::string(VerdictName(theorem.verdict));
      }
    }
    return "none";
  }
};

inline Verified VerifyTexts(const std::vector<sema::Text>& texts, Date as_of = {2026, 11, 23}) {
  sema::Analyzed analyzed = sema::AnalyzeTexts(texts, as_of);
  Verified verified;
  verified.sources = analyzed.sources;
  verified.analysis = analyzed.sink->has_errors() ? analyzed.AllReports() : "";
  verified.sink = std::make_unique<diag::Sink>(10'000);
  verified.program = std::make_shared<const sema::Program>(std::move(analyzed.program));
  if (verified.analysis.empty()) {
    verified.result = Verify(verified.program, {.replay = ReplayByEvaluator}, *verified.sink);
    verified.sink->SortByPlace();
  }
  return verified;
}

inline Verified VerifyText(std::string text, Date as_of = {2026, 11, 23}) {
  return VerifyTexts({{"p.bylaw", std::move(text)}}, as_of);
}

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_TESTING_H_
