// Expressions, evaluated by walking their typed tree: the meaning that compiled code must reproduce.
//
// Errors are values and are passed on; `&&`, `||` and the macros made of them absorb an error where the other side
// decides. Numbers follow IEEE 754 (x / 0.0 is infinite, NaN equals nothing). Pure; thread-safe on different arenas.
#ifndef BYLAW_COMPILER_CEL_EVALUATE_H_
#define BYLAW_COMPILER_CEL_EVALUATE_H_

#include <memory>
#include <span>

#include "compiler/cel/typed.h"
#include "compiler/value/arena.h"
#include "compiler/value/value.h"

namespace re2 {
class RE2;
}

namespace bylaw::cel {

// What the leaves of a tree stand for: the request and the tenant of a decision, or the variables of an expression.
class Leaves {
 public:
  virtual ~Leaves() = default;
  // The value of a leaf (kSlot … kNow, kVariable), or an error if it is absent.
  virtual value::Value Read(const TypedExpr& leaf, value::Arena& arena) const = 0;
  // The compiled pattern of a kMatches node.
  virtual const re2::RE2& Pattern(const TypedExpr& matches) const = 0;
};

value::Value Evaluate(const TypedExpr& expr, const Leaves& leaves, value::Arena& arena);

// The free variables of an expression that stands alone, by position; an error for one that is not bound. Owns the
// compiled patterns of `expr`.
class Bindings final : public Leaves {
 public:
  Bindings(const TypedExpr& expr, std::span<const value::Value> variables);
  ~Bindings() override;
  value::Value Read(const TypedExpr& leaf, value::Arena& arena) const override;
  const re2::RE2& Pattern(const TypedExpr& matches) const override;

 private:
  std::span<const value::Value> variables_;
  struct Patterns;
  std::unique_ptr<const Patterns> patterns_;
};

// Each kMatches node of the tree, in order.
template <typename Visit>
void ForEachPattern(const TypedExpr& expr, const Visit& visit) {
  if (expr.op == Op::kMatches) visit(expr);
  for (const TypedExprPtr& arg : expr.args) ForEachPattern(*arg, visit);
}

// A list that a request brings, if it is no larger than a condition may read (cost.h), else an error.
value::Value ReadList(const abi::TextList& list);
// The same of a text.
value::Value ReadText(const abi::Text& text);

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_EVALUATE_H_
