#include "compiler/sema/program.h"

namespace bylaw::sema {

bool SameRateTerm(const abi::RateSpec& a, const abi::RateSpec& b) {
  return a.resource == b.resource && a.tokens == b.tokens && a.window == b.window && a.calendar == b.calendar &&
         a.window_ns == b.window_ns;
}

std::string Program::Where(ClauseId clause) const { return sources->Where(SpanOf(clause)); }

source::Span Program::SpanOf(ClauseId clause) const {
  return clause.valid() ? clauses[clause.index()].span : source::Span();
}

const abi::Text* TextPool::Intern(std::string_view text) {
  const std::string& kept = strings_.emplace_back(text);
  return &texts_.emplace_back(abi::Text{kept.data(), kept.size()});
}

const abi::TextList* TextPool::InternList(std::string_view text) {
  return &lists_.emplace_back(abi::TextList{Intern(text), 1});
}

}  // namespace bylaw::sema
