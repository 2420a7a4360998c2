// The state of one check, shared by the files of this folder. Not for use outside cel/.
#ifndef BYLAW_COMPILER_CEL_CHECKER_H_
#define BYLAW_COMPILER_CEL_CHECKER_H_

#include <string>
#include <string_view>
#include <vector>

#include "compiler/cel/check.h"
#include "compiler/cel/typed.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/syntax/cel_ast.h"

namespace bylaw::cel {

class Checker {
 public:
  Checker(const Scope& scope, diag::Sink& sink) : scope_(scope), sink_(sink) {}

  // The typed tree, or null after a diagnostic.
  TypedExprPtr Infer(const syntax::CelExpr& expr);

 private:
  // literals.cc: constants, names, members.
  TypedExprPtr Literal(const syntax::CelExpr& expr);
  TypedExprPtr Name(const syntax::CelExpr& expr);
  TypedExprPtr Select(const syntax::CelExpr& expr);
  TypedExprPtr RunSlot(const syntax::CelExpr& expr, const std::string& full_name, bool input);
  TypedExprPtr TenantField(const syntax::CelExpr& expr);
  TypedExprPtr BuiltinField(const syntax::CelExpr& expr, const std::string& base);
  TypedExprPtr TimeConstant(const syntax::CelExpr& expr);

  // operators.cc: what operators and functions accept.
  TypedExprPtr Call(const syntax::CelExpr& expr);
  TypedExprPtr Logical(const syntax::CelExpr& expr);
  TypedExprPtr Comparison(const syntax::CelExpr& expr, Op op, std::string_view symbol);
  TypedExprPtr Arithmetic(const syntax::CelExpr& expr, Op op, std::string_view symbol);
  TypedExprPtr Membership(const syntax::CelExpr& expr);
  TypedExprPtr Member(const syntax::CelExpr& expr);
  TypedExprPtr Function(const syntax::CelExpr& expr);
  TypedExprPtr Has(const syntax::CelExpr& expr);
  // Whether a constant text compared with a `one of` input is one of its choices.
  bool CheckChoice(const TypedExpr& slot, const TypedExpr& constant);

  TypedExprPtr Make(Op op, Type type, const syntax::CelExpr& expr) const;
  // Adds a `condition-type` diagnostic and returns null.
  TypedExprPtr Fail(const syntax::CelExpr& expr, std::string message, std::string help = "");
  TypedExprPtr Unknown(diag::Kind kind, const syntax::CelExpr& expr, std::string message, const std::string& name,
                       const std::vector<std::string_view>& known);

  const Scope& scope_;
  diag::Sink& sink_;
};

// "money", "a number", …: as the language calls them.
std::string_view TypeText(Type type);

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_CHECKER_H_
