// Literals, lists and maps.
#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/check.h"
#include "compiler/cel/checker.h"

namespace bylaw::cel {

namespace {
using Kind = syntax::CelExpr::Kind;
}

TypedExprPtr Checker::Literal(const syntax::CelExpr& expr) {
  // What a constant is, is known whether or not types are checked.
  const auto constant = [&](Term::Kind kind) {
    TypedExprPtr made = Make(Op::kConst, Simple(kind), expr);
    made->type = Lowered(*Simple(kind));
    return made;
  };
  TypedExprPtr node;
  switch (expr.kind) {
    case Kind::kNull:
      node = constant(Term::Kind::kNull);
      break;
    case Kind::kBool:
      node = constant(Term::Kind::kBool);
      node->int_value = expr.bool_value ? 1 : 0;
      break;
    case Kind::kInt:
      node = constant(Term::Kind::kInt);
      node->int_value = expr.int_value;
      break;
    case Kind::kUint:
      node = constant(Term::Kind::kUint);
      node->int_value = static_cast<int64_t>(expr.uint_value);
      break;
    case Kind::kDouble:
      node = constant(Term::Kind::kDouble);
      node->double_value = expr.double_value;
      break;
    case Kind::kString:
    case Kind::kBytes:
      node = constant(expr.kind == Kind::kString ? Term::Kind::kString : Term::Kind::kBytes);
      node->text_value = expr.text;
      break;
    case Kind::kMoney:
      if (!currency_) currency_ = InPolicy() ? scope_->currency : expr.money.currency;
      if (expr.money.currency != *currency_) {
        sink_.Add(diag::Kind::kCurrencyMix, expr.span,
                  fmt::format("this {} counts in {}, and this amount is in {}", InPolicy() ? "policy" : "expression",
                              CurrencySymbol(*currency_), CurrencySymbol(expr.money.currency)));
        return nullptr;
      }
      node = constant(Term::Kind::kMoney);
      node->int_value = expr.money.micros;
      node->slot = static_cast<uint32_t>(*currency_);
      break;
    case Kind::kIdent:
    case Kind::kSelect:
    case Kind::kCall:
    case Kind::kMember:
    case Kind::kList:
    case Kind::kMap:
      BYLAW_UNREACHABLE("not a literal");
  }
  return node;
}

TypedExprPtr Checker::Element(const syntax::CelExpr& expr, TermPtr* term) {
  const bool maybe = expr.kind == Kind::kCall && expr.text == "?_";
  TypedExprPtr node = Infer(maybe ? *expr.args[0] : expr);
  if (node == nullptr) return nullptr;
  *term = TermOf(*node);
  if (!maybe) return node;
  const bool dyn = (*term)->kind == Term::Kind::kDyn || (*term)->kind == Term::Kind::kParam;
  if (!dyn && !IsOptional(**term)) {
    return Fail(expr, fmt::format("after `?` stands an optional value, and this is {}", TypeText(**term)));
  }
  if (!dyn) *term = (*term)->params[0];
  Nodes args;
  args.push_back(std::move(node));
  return Make(Op::kMaybe, *term, expr, std::move(args));
}

TermPtr Checker::Joined(const syntax::CelExpr& place, const TermPtr& previous, const TermPtr& next,
                        std::string_view what) {
  if (TermPtr joined = unifier_.Join(previous, next)) return joined;
  if (!InPolicy()) return Dyn();
  Fail(place, fmt::format("{} of one type, and this is {} beside {}", what, TypeText(*next), TypeText(*previous)));
  return nullptr;
}

TypedExprPtr Checker::List(const syntax::CelExpr& expr) {
  Nodes items;
  TermPtr joined;
  for (const syntax::CelExprPtr& item : expr.args) {
    TermPtr term;
    items.push_back(Element(*item, &term));
    if (items.back() == nullptr) return nullptr;
    joined = Joined(*item, joined, term, "a list holds values");
    if (joined == nullptr) return nullptr;
  }
  if (joined == nullptr) joined = unifier_.FreshVariable();
  return Make(Op::kNewList, ListTerm(std::move(joined)), expr, std::move(items));
}

TypedExprPtr Checker::Map(const syntax::CelExpr& expr) {
  Nodes parts;
  TermPtr key, value;
  for (size_t i = 0; i < expr.args.size(); i += 2) {
    // `?key: value` marks the key in the tree; it is the value that may be absent.
    const bool maybe = expr.args[i]->kind == Kind::kCall && expr.args[i]->text == "?_";
    TypedExprPtr k = Infer(maybe ? *expr.args[i]->args[0] : *expr.args[i]);
    if (k == nullptr) return nullptr;
    key = Joined(*expr.args[i], key, TermOf(*k), "a map has keys");
    TypedExprPtr v = Infer(*expr.args[i + 1]);
    if (v == nullptr || key == nullptr) return nullptr;
    TermPtr term = TermOf(*v);
    if (maybe) {
      const bool dyn = term->kind == Term::Kind::kDyn || term->kind == Term::Kind::kParam;
      if (!dyn && !IsOptional(*term)) {
        return Fail(*expr.args[i + 1], fmt::format("the value of `?key` is optional, and this is {}", TypeText(*term)));
      }
      if (!dyn) term = term->params[0];
      Nodes args;
      args.push_back(std::move(v));
      v = Make(Op::kMaybe, term, *expr.args[i + 1], std::move(args));
    }
    value = Joined(*expr.args[i + 1], value, term, "a map has values");
    if (value == nullptr) return nullptr;
    parts.push_back(std::move(k));
    parts.push_back(std::move(v));
  }
  if (key == nullptr) {
    key = unifier_.FreshVariable();
    value = unifier_.FreshVariable();
  }
  return Make(Op::kNewMap, MapTerm(std::move(key), std::move(value)), expr, std::move(parts));
}

}  // namespace bylaw::cel
