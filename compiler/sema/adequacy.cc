// Adequacy decisions: between which places, on what condition, from which instant to which.
#include <fmt/format.h>

#include <set>
#include <utility>

#include "compiler/sema/values.h"
#include "compiler/sema/world.h"

namespace bylaw::sema {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

Date NextDay(Date date) { return CivilFromDays(DaysFromCivil(date) + 1); }

// The one value of a sentence that may be said once.
const syntax::Value* Single(Context& context, std::string_view term, const std::string& owner,
                            const std::vector<syntax::Value>& values) {
  for (size_t i = 1; i < values.size(); ++i) context.Repeated(term, owner, values[i].span, values[0].span);
  return values.empty() ? nullptr : &values[0];
}

void ReadAdequacy(Context& context, const syntax::AdequacyDecl& decl, const syntax::Decl& whole) {
  const std::string owner = fmt::format("adequacy from {} to {}", decl.from.text, decl.to.text);
  Adequacy adequacy;
  adequacy.from = context.Resolve("place", decl.from, context.places);
  adequacy.to = context.Resolve("place", decl.to, context.places);
  adequacy.clause = context.AddClause(whole.header.valid() ? whole.header : whole.span, Level::kPlatform, owner);
  adequacy.until_clause = adequacy.clause;
  if (const syntax::Value* basis = Single(context, "basis", owner, decl.basis)) {
    adequacy.basis = TextOf(context, *basis, {"basis {}", "\"Implementing Decision (EU) 2023/1795\""}).value_or("");
  }
  for (const syntax::Name& name : decl.certified_by) adequacy.certified_by.push_back(InternCertificate(context, name));
  std::optional<Date> since, until;
  if (const syntax::Value* value = Single(context, "since", owner, decl.since)) {
    since = DateOf(context, *value, {"since {}", "2023-07-10"});
    if (since) adequacy.since = context.Midnight(*since);
  }
  if (const syntax::Value* value = Single(context, "until", owner, decl.until)) {
    until = DateOf(context, *value, {"until {}", "2027-07-10"});
    if (until) adequacy.until = context.Midnight(NextDay(*until));
    adequacy.until_clause = context.AddClause(value->span, Level::kPlatform, owner);
  }
  if (const syntax::Value* value = Single(context, "review by", owner, decl.review_by)) {
    const std::optional<Date> review = DateOf(context, *value, {"review by {}", "2027-07-10"});
    adequacy.has_review_by = review.has_value();
    if (review) adequacy.review_by = *review;
    adequacy.review_clause = context.AddClause(value->span, Level::kPlatform, owner);
  }
  if (since && until && *until < *since) {
    diag::Diagnostic& diagnostic = context.Report(
        Kind::kOutOfRange, decl.until[0].span,
        fmt::format("the decision ends on {}, before it starts on {}", FormatDate(*until), FormatDate(*since)));
    diagnostic.notes.push_back({"note", "it starts here", decl.since[0].span});
    diagnostic.help.push_back(fmt::format("until {}, or a later date", FormatDate(*since)));
  }
  if (!adequacy.from.valid() || !adequacy.to.valid()) return;
  adequacy.to_countries = context.program.places[adequacy.to.index()].countries;
  context.program.adequacies.push_back(std::move(adequacy));
}

}  // namespace

void ReadAdequacies(Context& context, const std::vector<InputFile>& files) {
  std::set<Pair> own;
  for (const bool standard : {false, true}) {
    for (const InputFile& file : files) {
      if (file.standard != standard) continue;
      for (const syntax::Decl& whole : file.tree->decls) {
        const auto* decl = std::get_if<syntax::AdequacyDecl>(&whole.decl);
        if (decl == nullptr) continue;
        const Pair pair(decl->from.text, decl->to.text);
        if (!standard) own.insert(pair);
        if (standard && own.contains(pair)) continue;
        ReadAdequacy(context, *decl, whole);
      }
    }
  }
}

}  // namespace bylaw::sema
