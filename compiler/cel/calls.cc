// Operators and functions: which of their forms the arguments fit, and what comes out.
#include <fmt/format.h>

#include <utility>

#include "compiler/cel/checker.h"

namespace bylaw::cel {
namespace {

using Kind = syntax::CelExpr::Kind;

// Functions that evaluate their last argument only if it is needed: forms in the library, nodes of their own.
Op LazyOp(std::string_view name) {
  if (name == "or") return Op::kOrElse;
  return name == "orValue" ? Op::kOrValue : Op::kCall;
}

}  // namespace

const std::vector<Overload>* Checker::Overloads(std::string_view name) const {
  if (environment_ != nullptr) {
    const auto declared = environment_->functions.find(name);
    if (declared != environment_->functions.end()) return &declared->second;
  }
  return FindFunction(name);
}

std::optional<Checker::Nodes> Checker::InferAll(const std::vector<syntax::CelExprPtr>& exprs, size_t from) {
  Nodes nodes;
  bool whole = true;
  for (size_t i = from; i < exprs.size(); ++i) {
    nodes.push_back(Infer(*exprs[i]));
    whole = whole && nodes.back() != nullptr;
  }
  return whole ? std::optional(std::move(nodes)) : std::nullopt;
}

TypedExprPtr Checker::AsBool(const syntax::CelExpr& place, TypedExprPtr node) {
  if (node == nullptr || !Checked()) return node;
  const TermPtr term = TermOf(*node);
  if (unifier_.Assignable(term, Simple(Term::Kind::kBool))) return node;
  return Fail(place, fmt::format("this must be true or false, and it is {}", TypeText(*term)));
}

TypedExprPtr Checker::Logical(const syntax::CelExpr& expr) {
  Nodes args;
  bool whole = true;
  for (const syntax::CelExprPtr& arg : expr.args) {
    args.push_back(AsBool(*arg, Infer(*arg)));
    whole = whole && args.back() != nullptr;
  }
  if (!whole) return nullptr;
  const Op op = expr.text == "_&&_" ? Op::kAnd : (expr.text == "_||_" ? Op::kOr : Op::kNot);
  TypedExprPtr node = Make(op, Simple(Term::Kind::kBool), expr, std::move(args));
  node->type = Type::kBool;
  return node;
}

TypedExprPtr Checker::Conditional(const syntax::CelExpr& expr) {
  std::optional<Nodes> args = InferAll(expr.args, 0);
  if (!args || ((*args)[0] = AsBool(*expr.args[0], std::move((*args)[0]))) == nullptr) return nullptr;
  if (!Checked()) return Make(Op::kConditional, Dyn(), expr, std::move(*args));
  TypedExprPtr condition = std::move((*args)[0]);
  args->erase(args->begin());
  Widen(*args);
  const TermPtr result = unifier_.FreshVariable();
  const TermPtr a = TermOf(*(*args)[0]), b = TermOf(*(*args)[1]);
  if (!unifier_.Assignable({a, b}, {result, result}) || (InPolicy() && unifier_.Substitute(result, true)->nullable)) {
    return Fail(expr, fmt::format("the two answers differ in type: {} and {}", TypeText(*a), TypeText(*b)));
  }
  args->insert(args->begin(), std::move(condition));
  return Make(Op::kConditional, unifier_.Substitute(result, false), expr, std::move(*args));
}

TypedExprPtr Checker::Has(const syntax::CelExpr& expr) {
  if (expr.args.size() != 1 || expr.args[0]->kind != Kind::kSelect) {
    return Fail(expr, "has() asks for one value by name", "has(request.amount)");
  }
  const syntax::CelExpr& select = *expr.args[0];
  if (InPolicy()) {
    if (const std::optional<TypedExprPtr> named = PolicySelect(select)) {
      if (*named == nullptr) return nullptr;
      const bool slot = (*named)->op == Op::kSlot;
      TypedExprPtr node = Make(slot ? Op::kHas : Op::kConst, Simple(Term::Kind::kBool), expr);
      node->slot = (*named)->slot;
      node->int_value = 1;
      return node;
    }
  }
  TypedExprPtr operand = Infer(*select.args[0]);
  return operand == nullptr ? nullptr : Field(expr, std::move(operand), select.text, Op::kHasField);
}

TypedExprPtr Checker::Call(const syntax::CelExpr& expr) {
  if (expr.text == "_&&_" || expr.text == "_||_" || expr.text == "!_") return Logical(expr);
  if (expr.text == "_?_:_") return Conditional(expr);
  if (expr.text == "has") return Has(expr);
  if (expr.text == "_?._") {
    TypedExprPtr operand = Infer(*expr.args[0]);
    return operand == nullptr ? nullptr : Field(expr, std::move(operand), expr.args[1]->text, Op::kSelectOptional);
  }
  if (expr.text == "?_") return Fail(expr, "`?` marks an item of a list or map, and stands nowhere else");
  std::optional<Nodes> args = InferAll(expr.args, 0);
  if (!args) return nullptr;
  const std::string_view name = expr.text;
  return Apply(expr, name.starts_with('.') ? name.substr(1) : name, std::move(*args), /*member=*/false);
}

TypedExprPtr Checker::Member(const syntax::CelExpr& expr) {
  if (std::optional<TypedExprPtr> macro = Macro(expr)) return std::move(*macro);
  // `math.abs(x)`: a function with a name of several parts.
  if (const std::optional<std::string> space = QualifiedName(*expr.args[0])) {
    const std::string name = *space + "." + expr.text;
    if (Overloads(name) != nullptr) {
      std::optional<Nodes> args = InferAll(expr.args, 1);
      return args ? Apply(expr, name, std::move(*args), /*member=*/false) : nullptr;
    }
  }
  // A receiver that cannot be read says enough; unchecked, it is an error of its own.
  std::optional<Nodes> args = InferAll(expr.args, 0);
  return args ? Apply(expr, expr.text, std::move(*args), /*member=*/true) : nullptr;
}

TypedExprPtr Checker::Apply(const syntax::CelExpr& expr, std::string_view name, Nodes args, bool member) {
  const std::vector<Overload>* overloads = Overloads(name);
  if (overloads == nullptr) return UnknownFunction(expr, name);
  // Three numbers or more are a list.
  if ((name == "math.greatest" || name == "math.least") && args.size() > 2) {
    TermPtr joined;
    for (const TypedExprPtr& arg : args) joined = Joined(expr, joined, TermOf(*arg), "a list holds values");
    if (joined == nullptr) return nullptr;
    TypedExprPtr list = Make(Op::kNewList, ListTerm(std::move(joined)), expr, std::move(args));
    args.clear();
    args.push_back(std::move(list));
  }
  if (InPolicy()) Widen(args);
  if (Checked()) return Typed(expr, name, *overloads, std::move(args), member);
  for (const Overload& overload : *overloads) {
    if (overload.member != member || overload.params.size() != args.size()) continue;
    TypedExprPtr call = Make(LazyOp(name), Dyn(), expr, std::move(args));
    call->function = overload.function;
    return call;
  }
  return Fail(expr, "no form of the function takes these arguments");
}

// All forms that the arguments fit are considered: if they give different types, the result is dyn.
TypedExprPtr Checker::Typed(const syntax::CelExpr& expr, std::string_view name, const std::vector<Overload>& overloads,
                            Nodes args, bool member) {
  std::vector<TermPtr> terms;
  for (const TypedExprPtr& arg : args) terms.push_back(arg->term);
  TermPtr result;
  value::Function function = value::Function::kNone;
  for (const Overload& overload : overloads) {
    if (overload.member != member || overload.params.size() != args.size()) continue;
    std::vector<TermPtr> form = overload.params;
    form.push_back(overload.result);
    form = unifier_.Instantiate(form);
    const TermPtr gives = form.back();
    form.pop_back();
    if (!unifier_.Assignable(terms, form)) continue;
    const TermPtr given = unifier_.Substitute(gives, false);
    function = overload.function;
    result = result == nullptr || SameTerm(*result, *given) ? given : Dyn();
  }
  if (result == nullptr || (InPolicy() && !CheckChoices(name, args))) {
    return result == nullptr ? Misfit(expr, name, args, member) : nullptr;
  }
  TypedExprPtr call = Make(LazyOp(name), std::move(result), expr, std::move(args));
  call->function = function;
  return InPolicy() ? CheckConstants(expr, std::move(call)) : std::move(call);
}

}  // namespace bylaw::cel
