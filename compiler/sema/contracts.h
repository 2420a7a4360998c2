// Clauses of contracts: from sentences to the Terms of one level, before inheritance.
//
// Internal to sema/. A term stated twice at one level is `repeated-term`; a term that its level may not state is
// `unexpected-text`. limits.cc reads the terms with numbers, choices.cc the others.
#ifndef BYLAW_COMPILER_SEMA_CONTRACTS_H_
#define BYLAW_COMPILER_SEMA_CONTRACTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "compiler/sema/context.h"
#include "compiler/sema/names.h"

namespace bylaw::sema {

// Settings first, then tiers, classes, regulations and orgs: everything that tenants inherit.
void ReadSettings(Context& context, const Inventory& inventory);
void ReadContracts(Context& context, const Inventory& inventory);

// Reads the clauses of one contract.
class ClauseReader {
 public:
  // `org` and `regulation` take the terms that only they may state; null elsewhere.
  ClauseReader(Context& context, Terms& terms, Level level, std::string owner, Org* org = nullptr,
               Regulation* regulation = nullptr)
      : context_(context), terms_(terms), level_(level), owner_(std::move(owner)), org_(org), regulation_(regulation) {}

  void Read(const syntax::Clause& clause);
  void Read(const std::vector<syntax::Clause>& clauses) {
    for (const syntax::Clause& clause : clauses) Read(clause);
  }

  void operator()(const syntax::WeightTerm& term);
  void operator()(const syntax::AtOnceTerm& term);
  void operator()(const syntax::AtLeastSlotsTerm& term);
  void operator()(const syntax::RateLimitTerm& term);
  void operator()(const syntax::WaitingTerm& term);
  void operator()(const syntax::BudgetTerm& term);
  void operator()(const syntax::UseModelTerm& term);
  void operator()(const syntax::MayUseTerm& term);
  void operator()(const syntax::MustNotUseTerm& term);
  void operator()(const syntax::FollowLadderTerm& term);
  void operator()(const syntax::ExpectsTerm& term);
  void operator()(const syntax::LaneQuotaTerm& term);
  void operator()(const syntax::SlaTerm& term);
  void operator()(const syntax::KeepTerm& term);
  void operator()(const syntax::DeleteDataTerm& term);
  void operator()(const syntax::PlacesTerm& term);
  void operator()(const syntax::RouteTerm& term);
  void operator()(const syntax::UseStoreTerm& term);
  void operator()(const syntax::UsePoolTerm& term);
  void operator()(const syntax::PreferTerm& term);
  void operator()(const syntax::SubjectToTerm& term);
  void operator()(const syntax::ReviewersTerm& term);
  void operator()(const syntax::SetTerm& term);
  void operator()(const syntax::MayRunTerm& term);
  void operator()(const syntax::SuspendedAtMostTerm& term);
  void operator()(const syntax::MayBeWaivedTerm& term);

 private:
  // The clause of the sentence being read; made when first asked for.
  ClauseId Clause();
  void Repeated(std::string_view term, ClauseId first) {
    context_.Repeated(term, owner_, span_, context_.program.SpanOf(first));
  }
  // States a term once.
  template <typename T>
  void State(std::string_view term, Maybe<T>& slot, T value) {
    if (slot) {
      Repeated(term, slot->clause);
    } else {
      slot = Stated<T>{std::move(value), Clause()};
    }
  }
  void Misplaced(std::string_view term, std::string_view where);
  // A model or tool by name, of the kind the sentence says.
  ResourceId ResourceOf(const syntax::Name& name, bool model);
  ResourceId AnyResourceOf(const syntax::Name& name);
  std::vector<ResourceId> ResourceList(const std::vector<syntax::Name>& names, bool models);

  Context& context_;
  Terms& terms_;
  Level level_;
  std::string owner_;
  Org* org_;
  Regulation* regulation_;
  Span span_;
  ClauseId clause_;
};

// The names of resources that an endpoint serves: models, tools or both.
std::vector<std::string_view> ServedNames(const Context& context, bool models, bool tools);
// A model (or tool) that steps, rungs, rules and choices name; none, with a diagnostic, if nothing serves or lists it.
ResourceId ResolveResource(Context& context, const syntax::Name& name, bool model);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_CONTRACTS_H_
