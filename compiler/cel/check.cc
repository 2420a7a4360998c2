#include "compiler/cel/check.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "compiler/cel/checker.h"

namespace bylaw::cel {

std::string_view TypeText(Type type) {
  switch (type) {
    case Type::kBool:
      return "yes or no";
    case Type::kInt:
      return "a count";
    case Type::kDouble:
      return "a number";
    case Type::kString:
      return "text";
    case Type::kMoney:
      return "money";
    case Type::kDuration:
      return "a duration";
    case Type::kTimestamp:
      return "a date";
  }
  BYLAW_UNREACHABLE("type");
}

TypedExprPtr Checker::Make(Op op, Type type, const syntax::CelExpr& expr) const {
  auto node = std::make_unique<TypedExpr>();
  node->op = op;
  node->type = type;
  node->span = expr.span;
  return node;
}

TypedExprPtr Checker::Fail(const syntax::CelExpr& expr, std::string message, std::string help) {
  diag::Diagnostic& diagnostic = sink_.Add(diag::Kind::kConditionType, expr.span, std::move(message));
  if (!help.empty()) diagnostic.help.push_back(std::move(help));
  return nullptr;
}

TypedExprPtr Checker::Unknown(diag::Kind kind, const syntax::CelExpr& expr, std::string message,
                              const std::string& name, const std::vector<std::string_view>& known) {
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
      return Fail(expr, "a list may only stand to the right of `in`",
                  "when (request.channel in [\"web\", \"branch\"])");
    case Kind::kMap:
      return Fail(expr, "a condition cannot build a map", "compare the values one by one, joined by &&");
  }
  BYLAW_UNREACHABLE("expression kind");
}

TypedExprPtr Check(const syntax::CelExpr& expr, const Scope& scope, diag::Sink& sink) {
  Checker checker(scope, sink);
  TypedExprPtr typed = checker.Infer(expr);
  if (typed != nullptr && typed->type != Type::kBool) {
    diag::Diagnostic& diagnostic =
        sink.Add(diag::Kind::kConditionType, expr.span,
                 fmt::format("a condition must be true or false, and this is {}", TypeText(typed->type)));
    diagnostic.help.push_back("compare it with something, as in `request.amount > $500`");
    return nullptr;
  }
  return typed;
}

}  // namespace bylaw::cel
