// all, exists, exists_one, map, filter, their forms with two variables, and the macros that name a value.
#include <fmt/format.h>

#include <utility>

#include "compiler/cel/checker.h"

namespace bylaw::cel {
namespace {

using Kind = syntax::CelExpr::Kind;

bool IsVariable(const syntax::CelExpr& expr) { return expr.kind == Kind::kIdent && !expr.text.starts_with('.'); }

}  // namespace

// The target is args[0]; a macro is recognized by its name, the number of its arguments and a plain name where a
// variable is expected.
std::optional<TypedExprPtr> Checker::Macro(const syntax::CelExpr& expr) {
  const size_t count = expr.args.size() - 1;
  const std::string& name = expr.text;
  if (count < 2 || !IsVariable(*expr.args[1])) return std::nullopt;
  const auto arg = [&](size_t i) { return expr.args[i].get(); };
  const syntax::CelExpr& target = *expr.args[0];
  if (name == "bind" && count == 3 && target.kind == Kind::kIdent && target.text == "cel") return Bind(expr);
  const bool two = count >= 3 && IsVariable(*expr.args[2]);
  const bool fold = count == 2 || (count == 3 && two);
  if (name == "all" && fold) return Fold(expr, Op::kAll, two);
  if (name == "exists" && fold) return Fold(expr, Op::kExists, two);
  if ((name == "exists_one" || name == "existsOne") && fold) return Fold(expr, Op::kExistsOne, two);
  if (name == "filter" && count == 2) return Transform(expr, Op::kTransformList, false, arg(2), nullptr);
  if (name == "map" && count == 2) return Transform(expr, Op::kTransformList, false, nullptr, arg(2));
  if (name == "map" && count == 3) return Transform(expr, Op::kTransformList, false, arg(2), arg(3));
  if (name == "optMap" && count == 2) return OptionalMap(expr, Op::kOptionalMap);
  if (name == "optFlatMap" && count == 2) return OptionalMap(expr, Op::kOptionalFlatMap);
  if (!two || count > 4) return std::nullopt;
  const syntax::CelExpr* filter = count == 4 ? arg(3) : nullptr;
  if (name == "transformList") return Transform(expr, Op::kTransformList, true, filter, arg(count));
  if (name == "transformMap") return Transform(expr, Op::kTransformMap, true, filter, arg(count));
  if (name == "transformMapEntry") return Transform(expr, Op::kTransformMapEntry, true, filter, arg(count));
  return std::nullopt;
}

bool Checker::Enter(const syntax::CelExpr& name, TermPtr term) {
  if (locals_.size() >= kLocalsMax) {
    auto& d = sink_.Add(diag::Kind::kInputTooLarge, name.span,
                        fmt::format("more than {} variables lie in one another", kLocalsMax));
    d.help.push_back("split the condition into several rules");
    return false;
  }
  locals_.push_back({name.text, std::move(term)});
  return true;
}

// The range of a macro, and the types of its variables.
TypedExprPtr Checker::Range(const syntax::CelExpr& expr, bool two, std::vector<TermPtr>* variables) {
  TypedExprPtr range = Infer(*expr.args[0]);
  if (range == nullptr) return nullptr;
  const TermPtr term = TermOf(*range);
  switch (term->kind) {
    case Term::Kind::kList:
      *variables = two ? std::vector<TermPtr>{Simple(Term::Kind::kInt), term->params[0]} : term->params;
      return range;
    case Term::Kind::kMap:
      *variables = term->params;
      if (!two) variables->pop_back();
      return range;
    case Term::Kind::kDyn:
    case Term::Kind::kParam:
      unifier_.Assignable(Dyn(), term);
      variables->assign(two ? 2 : 1, Dyn());
      return range;
    default:
      return Fail(*expr.args[0],
                  fmt::format("`{}` goes through a list or a map, and this is {}", expr.text, TypeText(*term)));
  }
}

// The range, with the variables of the macro declared for what goes through it.
TypedExprPtr Checker::EnterRange(const syntax::CelExpr& expr, bool two, std::vector<TermPtr>* variables) {
  TypedExprPtr range = Range(expr, two, variables);
  if (range == nullptr || range->op == Op::kFailure) return range;
  for (size_t i = 0; i < variables->size(); ++i) {
    if (!Enter(*expr.args[i + 1], (*variables)[i])) return nullptr;
  }
  return range;
}

TypedExprPtr Checker::Fold(const syntax::CelExpr& expr, Op op, bool two) {
  const auto slot = static_cast<uint32_t>(locals_.size());
  std::vector<TermPtr> variables;
  Nodes args;
  args.push_back(EnterRange(expr, two, &variables));
  if (args[0] == nullptr || args[0]->op == Op::kFailure) return std::move(args[0]);
  const syntax::CelExpr& predicate = *expr.args.back();
  args.push_back(AsBool(predicate, Infer(predicate)));
  Leave(variables.size());
  if (args[1] == nullptr) return nullptr;
  TypedExprPtr node = Make(op, Simple(Term::Kind::kBool), expr, std::move(args));
  node->type = Type::kBool;
  node->slot = slot;
  node->two = two;
  return node;
}

// Without `transform`: the item itself.
TypedExprPtr Checker::Transform(const syntax::CelExpr& expr, Op op, bool two, const syntax::CelExpr* filter,
                                const syntax::CelExpr* transform) {
  const auto slot = static_cast<uint32_t>(locals_.size());
  std::vector<TermPtr> variables;
  Nodes args;
  args.push_back(EnterRange(expr, two, &variables));
  if (args[0] == nullptr || args[0]->op == Op::kFailure) return std::move(args[0]);
  TypedExprPtr chosen = filter == nullptr ? nullptr : AsBool(*filter, Infer(*filter));
  args.push_back(transform == nullptr ? LocalNamed(*expr.args[1], expr.args[1]->text) : Infer(*transform));
  Leave(variables.size());
  if (args[1] == nullptr || (filter != nullptr && chosen == nullptr)) return nullptr;
  const TermPtr made = TermOf(*args[1]);
  if (chosen != nullptr) args.push_back(std::move(chosen));
  TermPtr term = made;
  if (op == Op::kTransformList) term = ListTerm(made);
  if (op == Op::kTransformMap) term = MapTerm(variables[0], made);
  if (op == Op::kTransformMapEntry && made->kind != Term::Kind::kMap && made->kind != Term::Kind::kDyn) {
    return Fail(*transform, fmt::format("transformMapEntry makes maps, and this is {}", TypeText(*made)));
  }
  TypedExprPtr node = Make(op, std::move(term), expr, std::move(args));
  node->slot = slot;
  node->two = two;
  return node;
}

// cel.bind(name, value, expression)
TypedExprPtr Checker::Bind(const syntax::CelExpr& expr) {
  Nodes args;
  args.push_back(Infer(*expr.args[2]));
  if (args[0] == nullptr) return nullptr;
  const auto slot = static_cast<uint32_t>(locals_.size());
  if (!Enter(*expr.args[1], args[0]->term)) return nullptr;
  args.push_back(Infer(*expr.args[3]));
  Leave(1);
  if (args[1] == nullptr) return nullptr;
  const TermPtr term = args[1]->term;
  TypedExprPtr node = Make(Op::kBind, term, expr, std::move(args));
  node->slot = slot;
  return node;
}

TypedExprPtr Checker::OptionalMap(const syntax::CelExpr& expr, Op op) {
  Nodes args;
  args.push_back(Infer(*expr.args[0]));
  if (args[0] == nullptr) return nullptr;
  const TermPtr held = unifier_.FreshVariable();
  const TermPtr target = TermOf(*args[0]);
  if (!unifier_.Assignable(target, OptionalTerm(held))) {
    return Fail(*expr.args[0],
                fmt::format("`{}` works on an optional value, and this is {}", expr.text, TypeText(*target)));
  }
  const auto slot = static_cast<uint32_t>(locals_.size());
  if (!Enter(*expr.args[1], unifier_.Substitute(held, false))) return nullptr;
  args.push_back(Infer(*expr.args[2]));
  Leave(1);
  if (args[1] == nullptr) return nullptr;
  TermPtr term = TermOf(*args[1]);
  if (op == Op::kOptionalMap) {
    term = OptionalTerm(term);
  } else if (!unifier_.Assignable(term, OptionalTerm(unifier_.FreshVariable()))) {
    return Fail(*expr.args[2], fmt::format("optFlatMap makes optional values, and this is {}", TypeText(*term)));
  }
  TypedExprPtr node = Make(op, std::move(term), expr, std::move(args));
  node->slot = slot;
  return node;
}

}  // namespace bylaw::cel
