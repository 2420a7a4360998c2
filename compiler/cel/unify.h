// Whether one type may stand where another is expected, and what type variables then mean.
//
// The algorithm is that of CEL's reference checker (google/cel-go, checker/types.go): unification in which `dyn` fits
// everything, of two joined types the more general one is kept, and null fits durations, timestamps and abstract types.
// One object a check; not thread-safe.
#ifndef BYLAW_COMPILER_CEL_UNIFY_H_
#define BYLAW_COMPILER_CEL_UNIFY_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/cel/term.h"

namespace bylaw::cel {

class Unifier {
 public:
  TermPtr FreshVariable();
  // The terms with their own type variables replaced by fresh ones, the same for the same name.
  std::vector<TermPtr> Instantiate(const std::vector<TermPtr>& terms);
  // Binds type variables as far as they must be; leaves everything as it was if the answer is no.
  bool Assignable(const TermPtr& from, const TermPtr& to);
  bool Assignable(const std::vector<TermPtr>& from, const std::vector<TermPtr>& to);
  // The common type of two that stand side by side, or null.
  TermPtr Join(const TermPtr& previous, const TermPtr& next);
  // Type variables replaced by what they are bound to; the others by dyn if `to_dyn`.
  TermPtr Substitute(const TermPtr& term, bool to_dyn) const;

 private:
  bool Fits(const TermPtr& a, const TermPtr& b);
  bool FitsAll(const std::vector<TermPtr>& a, const std::vector<TermPtr>& b);
  struct Substitution {
    bool valid = false;
    bool bound = false;  // the variable had a meaning before
  };
  Substitution Bind(const TermPtr& term, const TermPtr& variable);
  bool Occurs(const Term& variable, const Term& within) const;
  const TermPtr* Find(const Term& term) const;

  void SetMeaning(const std::string& variable, const TermPtr& meaning);

  absl::flat_hash_map<std::string, TermPtr> bindings_;
  // What variables meant before, since the current question began: a refused question is taken back.
  std::vector<std::pair<std::string, TermPtr>> trail_;
  uint32_t next_ = 0;
};

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_UNIFY_H_
