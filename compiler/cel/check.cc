#include "compiler/cel/check.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "compiler/cel/checker.h"
#include "compiler/cel/cost.h"

namespace bylaw::cel {

std::string TypeText(const Term& term) {
  switch (term.kind) {
    case Term::Kind::kBool:
      return "yes or no";
    case Term::Kind::kInt:
      return "a count";
    case Term::Kind::kDouble:
      return "a number";
    case Term::Kind::kString:
      return "text";
    case Term::Kind::kMoney:
      return "money";
    case Term::Kind::kDuration:
      return "a duration";
    case Term::Kind::kTimestamp:
      return "a date";
    case Term::Kind::kUint:
      return "an unsigned count";
    case Term::Kind::kBytes:
      return "bytes";
    case Term::Kind::kNull:
      return "null";
    case Term::Kind::kList:
      return term.params[0]->kind == Term::Kind::kString ? "a list of text" : "a list";
    case Term::Kind::kMap:
      return "a map";
    case Term::Kind::kType:
      return "a type";
    case Term::Kind::kAbstract:
      return IsOptional(term) ? "an optional value" : term.name;
    case Term::Kind::kDyn:
    case Term::Kind::kParam:
      return "a value of any type";
  }
  BYLAW_UNREACHABLE("type");
}

TypedExprPtr Checker::Make(Op op, TermPtr term, const syntax::CelExpr& expr) const {
  auto node = std::make_unique<TypedExpr>();
  node->op = op;
  node->term = Checked() ? std::move(term) : Dyn();
  node->span = expr.span;
  return node;
}

TypedExprPtr Checker::Make(Op op, TermPtr term, const syntax::CelExpr& expr, Nodes args) const {
  TypedExprPtr node = Make(op, std::move(term), expr);
  node->args = std::move(args);
  return node;
}

TypedExprPtr Checker::Fail(const syntax::CelExpr& expr, std::string message, std::string help, value::Error error) {
  if (!Checked()) {
    TypedExprPtr node = Make(Op::kFailure, Dyn(), expr);
    node->int_value = static_cast<int64_t>(error);
    return node;
  }
  diag::Diagnostic& diagnostic = sink_.Add(diag::Kind::kConditionType, expr.span, std::move(message));
  if (!help.empty()) diagnostic.help.push_back(std::move(help));
  return nullptr;
}

TypedExprPtr Checker::Unknown(diag::Kind kind, const syntax::CelExpr& expr, std::string message,
                              const std::string& name, const std::vector<std::string_view>& known) {
  if (!Checked()) return Fail(expr, std::move(message), "", value::Error::kUnknownName);
  diag::Diagnostic& diagnostic = sink_.Add(kind, expr.span, std::move(message));
  const std::string nearest = diag::NearestName(name, known);
  if (!nearest.empty()) diagnostic.help.push_back(fmt::format("did you mean `{}`?", nearest));
  return nullptr;
}

TypedExprPtr Checker::Infer(const syntax::CelExpr& expr) {
  using Kind = syntax::CelExpr::Kind;
  switch (expr.kind) {
    case Kind::kNull:
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDouble:
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kMoney:
      return Literal(expr);
    case Kind::kIdent:
      return Name(expr);
    case Kind::kSelect:
      return Select(expr);
    case Kind::kCall:
      return Call(expr);
    case Kind::kMember:
      return Member(expr);
    case Kind::kList:
      return List(expr);
    case Kind::kMap:
      return Map(expr);
  }
  BYLAW_UNREACHABLE("expression kind");
}

TypedExprPtr Checker::Run(const syntax::CelExpr& expr) {
  TypedExprPtr typed = Infer(expr);
  if (typed != nullptr) Finish(*typed);
  return typed;
}

TypedExprPtr Check(const syntax::CelExpr& expr, const Scope& scope, diag::Sink& sink) {
  TypedExprPtr typed = Checker(scope, sink).Run(expr);
  if (typed == nullptr) return nullptr;
  if (typed->term->kind != Term::Kind::kBool) {
    diag::Diagnostic& diagnostic =
        sink.Add(diag::Kind::kConditionType, expr.span,
                 fmt::format("a condition must be true or false, and this is {}", TypeText(*typed->term)));
    diagnostic.help.push_back("compare it with something, as in `request.amount > $500`");
    return nullptr;
  }
  if (const std::optional<ExcessiveCost> excess = FindExcessiveCost(*typed)) {
    diag::Diagnostic& diagnostic =
        sink.Add(diag::Kind::kInputTooLarge, excess->span,
                 fmt::format("this may take {} steps, and a condition has {}", excess->cost_text, CostText(kCostMax)));
    diagnostic.help.push_back("go through one list at a time, or compare with `in`");
    return nullptr;
  }
  return typed;
}

TypedExprPtr Check(const syntax::CelExpr& expr, const Environment& environment, diag::Sink& sink) {
  return Checker(environment, sink).Run(expr);
}

}  // namespace bylaw::cel
