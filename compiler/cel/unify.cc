#include "compiler/cel/unify.h"

#include <map>
#include <utility>

namespace bylaw::cel {
namespace {

using Kind = Term::Kind;

bool IsNullable(const Term& term) {
  return term.kind == Kind::kNull || term.kind == Kind::kAbstract || term.kind == Kind::kDuration ||
         term.kind == Kind::kTimestamp;
}

// Equal, or less specific by a `dyn` somewhere.
bool IsNoMoreSpecific(const Term& a, const Term& b) {
  if (&a == &b || a.kind == Kind::kDyn || a.kind == Kind::kParam) return true;
  if (b.kind == Kind::kDyn || b.kind == Kind::kParam || a.kind != b.kind) return false;
  if (a.kind == Kind::kType) return true;
  if (a.name != b.name || a.params.size() != b.params.size()) return false;
  for (size_t i = 0; i < a.params.size(); ++i) {
    if (!IsNoMoreSpecific(*a.params[i], *b.params[i])) return false;
  }
  return true;
}

TermPtr Nullable(const TermPtr& term) {
  auto nullable = std::make_shared<Term>(*term);
  nullable->nullable = true;
  return nullable;
}

// Of two types that fit one another.
TermPtr MostGeneral(const TermPtr& a, const TermPtr& b) {
  const TermPtr& general = IsNoMoreSpecific(*a, *b) ? a : b;
  const bool with_null = (a->kind == Kind::kNull) != (b->kind == Kind::kNull) && general->kind != Kind::kDyn;
  return with_null || a->nullable || b->nullable ? Nullable(general) : general;
}

void CollectVariables(const TermPtr& term, Unifier& unifier, std::map<std::string, TermPtr>& fresh) {
  if (term->kind == Kind::kParam && !fresh.contains(term->name)) fresh.emplace(term->name, unifier.FreshVariable());
  for (const TermPtr& param : term->params) CollectVariables(param, unifier, fresh);
}

TermPtr Renamed(const TermPtr& term, const std::map<std::string, TermPtr>& fresh) {
  if (term->kind == Kind::kParam) return fresh.at(term->name);
  if (term->params.empty()) return term;
  std::vector<TermPtr> params;
  for (const TermPtr& param : term->params) params.push_back(Renamed(param, fresh));
  return WithParams(*term, std::move(params));
}

}  // namespace

TermPtr Unifier::FreshVariable() { return ParamTerm("_" + std::to_string(next_++)); }

std::vector<TermPtr> Unifier::Instantiate(const std::vector<TermPtr>& terms) {
  std::map<std::string, TermPtr> fresh;
  for (const TermPtr& term : terms) CollectVariables(term, *this, fresh);
  std::vector<TermPtr> renamed;
  for (const TermPtr& term : terms) renamed.push_back(Renamed(term, fresh));
  return renamed;
}

const TermPtr* Unifier::Find(const Term& term) const {
  if (term.kind != Kind::kParam) return nullptr;
  const auto found = bindings_.find(term.name);
  return found == bindings_.end() ? nullptr : &found->second;
}

bool Unifier::Assignable(const TermPtr& from, const TermPtr& to) {
  return Assignable(std::vector<TermPtr>{from}, std::vector<TermPtr>{to});
}

bool Unifier::Assignable(const std::vector<TermPtr>& from, const std::vector<TermPtr>& to) {
  trail_.clear();
  if (FitsAll(from, to)) return true;
  for (; !trail_.empty(); trail_.pop_back()) {
    auto& [variable, meaning] = trail_.back();
    if (meaning == nullptr) {
      bindings_.erase(variable);
    } else {
      bindings_[variable] = std::move(meaning);
    }
  }
  return false;
}

void Unifier::SetMeaning(const std::string& variable, const TermPtr& meaning) {
  TermPtr& known = bindings_[variable];
  trail_.emplace_back(variable, known);
  known = meaning;
}

TermPtr Unifier::Join(const TermPtr& previous, const TermPtr& next) {
  if (previous == nullptr) return next;
  return Assignable(previous, next) ? MostGeneral(previous, next) : nullptr;
}

bool Unifier::FitsAll(const std::vector<TermPtr>& a, const std::vector<TermPtr>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!Fits(a[i], b[i])) return false;
  }
  return true;
}

bool Unifier::Fits(const TermPtr& a, const TermPtr& b) {
  if (a == b) return true;
  if (b->kind == Kind::kParam) {
    const Substitution substitution = Bind(a, b);
    if (substitution.valid || substitution.bound) return substitution.valid;
  }
  if (a->kind == Kind::kParam) return Bind(b, a).valid;
  if (a->kind == Kind::kDyn || b->kind == Kind::kDyn) return true;
  if (a->kind == Kind::kNull) return IsNullable(*b);
  if (b->kind == Kind::kNull) return IsNullable(*a);
  if (a->kind != b->kind || a->name != b->name) return false;
  return a->kind == Kind::kType || FitsAll(a->params, b->params);
}

Unifier::Substitution Unifier::Bind(const TermPtr& term, const TermPtr& variable) {
  if (SameTerm(*term, *variable)) return {true, true};
  if (const TermPtr* known = Find(*variable)) {
    const TermPtr meaning = *known;  // bindings may move below
    if (SameTerm(*term, *meaning) && !term->nullable) return {true, true};
    if (!Fits(term, meaning)) return {false, true};
    const TermPtr general = MostGeneral(term, meaning);
    if (!Occurs(*variable, *general)) SetMeaning(variable->name, general);
    return {true, true};
  }
  if (Occurs(*variable, *term)) return {false, false};
  SetMeaning(variable->name, term);
  return {true, false};
}

bool Unifier::Occurs(const Term& variable, const Term& within) const {
  if (within.kind == Kind::kParam) {
    if (within.name == variable.name) return true;
    const TermPtr* meaning = Find(within);
    return meaning != nullptr && Occurs(variable, **meaning);
  }
  for (const TermPtr& param : within.params) {
    if (Occurs(variable, *param)) return true;
  }
  return false;
}

TermPtr Unifier::Substitute(const TermPtr& term, bool to_dyn) const {
  if (const TermPtr* meaning = Find(*term)) return Substitute(*meaning, to_dyn);
  if (term->kind == Kind::kParam) return to_dyn ? Dyn() : term;
  if (term->params.empty()) return term;
  std::vector<TermPtr> params;
  bool changed = false;
  for (const TermPtr& param : term->params) {
    params.push_back(Substitute(param, to_dyn));
    changed = changed || params.back() != param;
  }
  if (!changed) return term;
  const TermPtr substituted = WithParams(*term, std::move(params));
  return term->nullable ? Nullable(substituted) : substituted;
}

}  // namespace bylaw::cel
