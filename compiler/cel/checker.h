// The state of one check, shared by the files of this folder. Not for use outside cel/.
//
// Infer makes nodes whose terms may hold type variables; Finish (finish.cc) puts in what these turned out to be and
// makes native operators of calls whose operands are scalars. A function that returns null has added a diagnostic.
#ifndef BYLAW_COMPILER_CEL_CHECKER_H_
#define BYLAW_COMPILER_CEL_CHECKER_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/cel/check.h"
#include "compiler/cel/typed.h"
#include "compiler/cel/unify.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/syntax/cel_ast.h"
#include "compiler/value/value.h"

namespace bylaw::cel {

class Checker {
 public:
  Checker(const Scope& scope, diag::Sink& sink) : scope_(&scope), sink_(sink) {}
  Checker(const Environment& environment, diag::Sink& sink) : environment_(&environment), sink_(sink) {}

  // The finished tree, or null after a diagnostic.
  TypedExprPtr Run(const syntax::CelExpr& expr);

 private:
  using Nodes = std::vector<TypedExprPtr>;

  TypedExprPtr Infer(const syntax::CelExpr& expr);
  bool InPolicy() const { return scope_ != nullptr; }
  bool Checked() const { return InPolicy() || environment_->checked; }

  // constants.cc
  TypedExprPtr Literal(const syntax::CelExpr& expr);
  TypedExprPtr List(const syntax::CelExpr& expr);
  TypedExprPtr Map(const syntax::CelExpr& expr);
  // An item or value, which may be optional (`?item`).
  TypedExprPtr Element(const syntax::CelExpr& expr, TermPtr* term);
  // The common term of what stands side by side.
  TermPtr Joined(const syntax::CelExpr& place, const TermPtr& previous, const TermPtr& next, std::string_view what);

  // names.cc: of expressions that stand alone, and what both kinds share.
  TypedExprPtr Name(const syntax::CelExpr& expr);
  TypedExprPtr Select(const syntax::CelExpr& expr);
  TypedExprPtr Field(const syntax::CelExpr& expr, TypedExprPtr operand, const std::string& name, Op op);
  TypedExprPtr LocalNamed(const syntax::CelExpr& expr, std::string_view name);
  TypedExprPtr Declared(const syntax::CelExpr& expr, const std::string& name);
  TypedExprPtr TypeName(const syntax::CelExpr& expr, std::string_view name);
  bool IsLocal(std::string_view name) const;
  // "a.b.c" if the expression is nothing but names, the first of them not a local one.
  std::optional<std::string> QualifiedName(const syntax::CelExpr& expr) const;

  // policy_names.cc: of conditions. PolicySelect is null without a diagnostic if the base is no group of values.
  TypedExprPtr PolicyName(const syntax::CelExpr& expr);
  std::optional<TypedExprPtr> PolicySelect(const syntax::CelExpr& expr);
  TypedExprPtr RunSlot(const syntax::CelExpr& expr, const std::string& full_name, bool input);
  TypedExprPtr TenantField(const syntax::CelExpr& expr);
  TypedExprPtr BuiltinField(const syntax::CelExpr& expr, const std::string& base);

  // calls.cc: operators and functions.
  TypedExprPtr Call(const syntax::CelExpr& expr);
  TypedExprPtr Member(const syntax::CelExpr& expr);
  TypedExprPtr Logical(const syntax::CelExpr& expr);
  TypedExprPtr Conditional(const syntax::CelExpr& expr);
  TypedExprPtr Has(const syntax::CelExpr& expr);
  TypedExprPtr Apply(const syntax::CelExpr& expr, std::string_view name, Nodes args, bool member);
  TypedExprPtr Typed(const syntax::CelExpr& expr, std::string_view name, const std::vector<Overload>& overloads,
                     Nodes args, bool member);
  const std::vector<Overload>* Overloads(std::string_view name) const;
  std::optional<Nodes> InferAll(const std::vector<syntax::CelExprPtr>& exprs, size_t from);
  TypedExprPtr AsBool(const syntax::CelExpr& place, TypedExprPtr node);

  // macros.cc. Nothing if the call is no macro.
  std::optional<TypedExprPtr> Macro(const syntax::CelExpr& expr);
  TypedExprPtr Fold(const syntax::CelExpr& expr, Op op, bool two);
  TypedExprPtr Transform(const syntax::CelExpr& expr, Op op, bool two, const syntax::CelExpr* filter,
                         const syntax::CelExpr* transform);
  TypedExprPtr Bind(const syntax::CelExpr& expr);
  TypedExprPtr OptionalMap(const syntax::CelExpr& expr, Op op);
  TypedExprPtr Range(const syntax::CelExpr& expr, bool two, std::vector<TermPtr>* variables);
  TypedExprPtr EnterRange(const syntax::CelExpr& expr, bool two, std::vector<TermPtr>* variables);
  // Declares a variable of a macro; false after a diagnostic.
  bool Enter(const syntax::CelExpr& name, TermPtr term);
  void Leave(size_t count) { locals_.resize(locals_.size() - count); }

  // policy_rules.cc: what conditions ask beyond CEL.
  void Widen(Nodes& args);
  bool CheckChoices(std::string_view function, const Nodes& args);
  bool CheckChoice(const TypedExpr& slot, const TypedExpr& constant);
  TypedExprPtr CheckConstants(const syntax::CelExpr& expr, TypedExprPtr call);
  // Says why no form of the function takes these arguments.
  TypedExprPtr Misfit(const syntax::CelExpr& expr, std::string_view name, const Nodes& args, bool member);
  TypedExprPtr UnknownFunction(const syntax::CelExpr& expr, std::string_view name);

  // finish.cc. Whether the node is exact: its values are of its type, on no assumption about `dyn`.
  bool Finish(TypedExpr& node);
  bool FinishArgs(TypedExpr& node);

  TypedExprPtr Make(Op op, TermPtr term, const syntax::CelExpr& expr) const;
  TypedExprPtr Make(Op op, TermPtr term, const syntax::CelExpr& expr, Nodes args) const;
  TermPtr TermOf(const TypedExpr& node) const { return unifier_.Substitute(node.term, false); }
  // Adds a `condition-type` diagnostic and returns null; unchecked, a node that is an error when it is computed.
  TypedExprPtr Fail(const syntax::CelExpr& expr, std::string message, std::string help = "",
                    value::Error error = value::Error::kNoSuchOverload);
  TypedExprPtr Unknown(diag::Kind kind, const syntax::CelExpr& expr, std::string message, const std::string& name,
                       const std::vector<std::string_view>& known);

  struct Local {
    std::string name;
    TermPtr term;
  };
  const Scope* scope_ = nullptr;
  const Environment* environment_ = nullptr;
  diag::Sink& sink_;
  Unifier unifier_;
  std::vector<Local> locals_;                           // by local number; the innermost last
  std::array<bool, kLocalsMax + 1> exact_locals_ = {};  // by local number, while the tree is finished
  std::optional<Currency> currency_;                    // of the policy, or of the first amount
};

// "money", "a number", "a list of text", …: as the language calls them.
std::string TypeText(const Term& term);
TermPtr TermOf(abi::SlotType type);
Type Lowered(const Term& term);

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_CHECKER_H_
