#include "compiler/change/exceptions.h"

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "compiler/change/match.h"
#include "compiler/change/terms.h"
#include "compiler/change/words.h"
#include "compiler/verify/words.h"

namespace bylaw::change {
namespace {

using sema::Program;
using sema::Terms;

// The sentence of the one term that an exception quotes or puts in its place, where that term is no number.
ClauseId ClauseOf(const Terms& terms) {
  if (!terms.places.empty()) return terms.places.front().clause;
  if (terms.may_use_models) return terms.may_use_models->clause;
  if (terms.may_use_tools) return terms.may_use_tools->clause;
  if (!terms.must_not_use.empty()) return terms.must_not_use.front().second;
  if (terms.may_run) return terms.may_run->clause;
  if (!terms.routes.empty()) return terms.routes.front().clause;
  if (!terms.models.empty()) return terms.models.front().clause;
  if (terms.ladder) return terms.ladder->clause;
  if (!terms.stores.empty()) return terms.stores.front().clause;
  if (terms.pool) return terms.pool->clause;
  if (terms.reviewers) return terms.reviewers->clause;
  return terms.prefer_fastest ? terms.prefer_fastest->clause : ClauseId();
}

// The day on which it was approved, as recorded; nothing if that is not a date.
std::optional<Date> ApprovedOn(const Program& program, std::string_view name) {
  for (const auto& file : program.files) {
    for (const syntax::Decl& whole : file->decls) {
      const auto* decl = std::get_if<syntax::ExceptionDecl>(&whole.decl);
      if (decl == nullptr || decl->name.text != name || decl->approvals.empty()) continue;
      const syntax::Value& on = decl->approvals.front().on;
      if (on.kind == syntax::Value::Kind::kDate) return on.date;
    }
  }
  return std::nullopt;
}

ExceptionChange Told(const Program& program, const sema::Exception& exception, ExceptionChange::Kind kind) {
  ExceptionChange told;
  told.kind = kind;
  told.name = exception.name;
  told.tenant = program.tenants[exception.tenant.index()].name;
  std::vector<Difference> differences;
  CompareNumbers(program, exception.replace, program, exception.with, differences);
  Seen seen;
  for (const Difference& difference : differences) {
    seen |= Seen::Of(difference.relation);
    told.terms += (told.terms.empty() ? "" : "; ") + difference.text;
  }
  told.relation = seen.relation();
  const ClauseId old_clause = ClauseOf(exception.replace), new_clause = ClauseOf(exception.with);
  if (told.terms.empty() && (old_clause.valid() || new_clause.valid())) {
    told.terms = FromTo(verify::SentenceText(program, old_clause), verify::SentenceText(program, new_clause));
    told.relation = Relation::kIncomparable;
  }
  told.from = exception.from;
  told.until = exception.until;
  told.because = exception.because;
  told.ticket = exception.ticket;
  told.approved_by = exception.approved_by;
  told.approved_on = ApprovedOn(program, exception.name);
  told.where = program.Where(exception.clause);
  return told;
}

bool SameException(const ExceptionChange& a, const ExceptionChange& b) {
  const auto all = [](const ExceptionChange& e) {
    return std::tie(e.tenant, e.terms, e.from, e.until, e.because, e.ticket, e.approved_by, e.approved_on);
  };
  return all(a) == all(b);
}

}  // namespace

std::vector<ExceptionChange> CompareExceptions(const Program& before, const Program& after) {
  using ExceptionId = Id<struct ExceptionRowTag>;
  using Kind = ExceptionChange::Kind;
  std::vector<ExceptionChange> changes;
  const auto match = MatchByName<ExceptionId>(after.exceptions, before.exceptions);
  for (size_t i = 0; i < match.size(); ++i) {
    ExceptionChange now = Told(after, after.exceptions[i], match[i].valid() ? Kind::kChanged : Kind::kAdded);
    if (match[i].valid() && SameException(Told(before, before.exceptions[match[i].index()], Kind::kChanged), now)) {
      continue;
    }
    changes.push_back(std::move(now));
  }
  const auto back = MatchByName<ExceptionId>(before.exceptions, after.exceptions);
  for (size_t i = 0; i < back.size(); ++i) {
    if (!back[i].valid()) changes.push_back(Told(before, before.exceptions[i], Kind::kRemoved));
  }
  return changes;
}

}  // namespace bylaw::change
