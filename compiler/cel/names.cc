// Names and fields of expressions that stand alone, the variables of macros, and the names of types.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "compiler/cel/checker.h"

namespace bylaw::cel {
namespace {

using Kind = syntax::CelExpr::Kind;

struct TypeRow {
  std::string_view name;
  std::string_view term;
};
constexpr TypeRow kTypes[] = {{"bool", "bool"},
                              {"bytes", "bytes"},
                              {"double", "double"},
                              {"int", "int"},
                              {"list", "list(dyn)"},
                              {"map", "map(dyn, dyn)"},
                              {"money", "money"},
                              {"null_type", "null"},
                              {"optional_type", "optional(dyn)"},
                              {"string", "string"},
                              {"uint", "uint"},
                              {"google.protobuf.Duration", "duration"},
                              {"google.protobuf.Timestamp", "timestamp"}};

}  // namespace

bool Checker::IsLocal(std::string_view name) const {
  return std::any_of(locals_.begin(), locals_.end(), [&](const Local& local) { return local.name == name; });
}

TypedExprPtr Checker::LocalNamed(const syntax::CelExpr& expr, std::string_view name) {
  for (size_t i = locals_.size(); i-- > 0;) {
    if (locals_[i].name != name) continue;
    TypedExprPtr node = Make(Op::kLocal, locals_[i].term, expr);
    node->slot = static_cast<uint32_t>(i);
    return node;
  }
  return nullptr;
}

std::optional<std::string> Checker::QualifiedName(const syntax::CelExpr& expr) const {
  if (expr.kind == Kind::kIdent) return IsLocal(expr.text) ? std::nullopt : std::optional(expr.text);
  if (expr.kind != Kind::kSelect) return std::nullopt;
  std::optional<std::string> base = QualifiedName(*expr.args[0]);
  if (base) *base += "." + expr.text;
  return base;
}

TypedExprPtr Checker::TypeName(const syntax::CelExpr& expr, std::string_view name) {
  TermPtr term;
  if (name == "type") term = TypeTerm(nullptr);
  for (const TypeRow& row : kTypes) {
    if (name == row.name) term = ReadTerm(row.term);
  }
  if (term == nullptr) return nullptr;
  TypedExprPtr node = Make(Op::kConst, TypeTerm(std::move(term)), expr);
  node->type = Type::kTypeOf;
  node->text_value = name;
  return node;
}

// A variable or a type: in the container first, then in what is around it. A leading dot means outside all containers.
TypedExprPtr Checker::Declared(const syntax::CelExpr& expr, const std::string& name) {
  std::string container = environment_->container;
  std::string wanted = name;
  if (wanted.starts_with('.')) {
    wanted.erase(0, 1);
    container.clear();
  }
  while (true) {
    const std::string full = container.empty() ? wanted : container + "." + wanted;
    for (size_t i = 0; i < environment_->variables.size(); ++i) {
      if (environment_->variables[i].name != full) continue;
      TypedExprPtr node = Make(Op::kVariable, environment_->variables[i].type, expr);
      node->slot = static_cast<uint32_t>(i);
      return node;
    }
    if (TypedExprPtr type = TypeName(expr, full)) return type;
    if (container.empty()) return nullptr;
    const size_t dot = container.rfind('.');
    container.erase(dot == std::string::npos ? 0 : dot);
  }
}

TypedExprPtr Checker::Name(const syntax::CelExpr& expr) {
  if (TypedExprPtr local = LocalNamed(expr, expr.text)) return local;
  if (InPolicy()) return PolicyName(expr);
  if (TypedExprPtr declared = Declared(expr, expr.text)) return declared;
  return Unknown(diag::Kind::kUnknownName, expr, fmt::format("`{}` is not declared", expr.text), expr.text, {});
}

TypedExprPtr Checker::Select(const syntax::CelExpr& expr) {
  const std::optional<std::string> name = QualifiedName(expr);
  if (InPolicy()) {
    if (std::optional<TypedExprPtr> named = PolicySelect(expr)) return std::move(*named);
    if (name) {
      if (TypedExprPtr type = TypeName(expr, *name)) return type;
    }
  } else if (name) {
    if (TypedExprPtr declared = Declared(expr, *name)) return declared;
  }
  TypedExprPtr operand = Infer(*expr.args[0]);
  return operand == nullptr ? nullptr : Field(expr, std::move(operand), expr.text, Op::kSelect);
}

// A field of a map, or of an optional one; `op` says whether it is selected, selected if it is there, or asked for.
TypedExprPtr Checker::Field(const syntax::CelExpr& expr, TypedExprPtr operand, const std::string& name, Op op) {
  const TermPtr whole = TermOf(*operand);
  const bool optional = IsOptional(*whole);
  const TermPtr& target = optional ? whole->params[0] : whole;
  TermPtr field = Dyn();
  if (target->kind == Term::Kind::kMap) {
    if (InPolicy() && !unifier_.Assignable(Simple(Term::Kind::kString), target->params[0])) {
      return Fail(expr, fmt::format("the keys of this map are no texts, so `.{}` means nothing here", name));
    }
    field = target->params[1];
  } else if (target->kind == Term::Kind::kParam) {
    unifier_.Assignable(Dyn(), target);
  } else if (target->kind != Term::Kind::kDyn) {
    return Fail(expr, fmt::format("{} has no parts, so `.{}` means nothing here", TypeText(*target), name));
  }
  if (op == Op::kHasField) {
    field = Simple(Term::Kind::kBool);
  } else if (optional || op == Op::kSelectOptional) {
    field = OptionalTerm(field);
  }
  Nodes args;
  args.push_back(std::move(operand));
  TypedExprPtr node = Make(op, unifier_.Substitute(field, false), expr, std::move(args));
  node->text_value = name;
  return node;
}

}  // namespace bylaw::cel
