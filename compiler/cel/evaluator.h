// One evaluation, shared by the two files that hold it. Not for use outside cel/.
#ifndef BYLAW_COMPILER_CEL_EVALUATOR_H_
#define BYLAW_COMPILER_CEL_EVALUATOR_H_

#include "compiler/cel/evaluate.h"
#include "compiler/value/aggregate.h"

namespace bylaw::cel {

class Evaluator {
 public:
  Evaluator(const Leaves& leaves, value::Arena& arena) : leaves_(leaves), arena_(arena) {}
  value::Value Eval(const TypedExpr& node);

 private:
  value::Value Junction(const TypedExpr& node, bool decides);
  value::Value Conditional(const TypedExpr& node);
  value::Value Native(const TypedExpr& node);
  value::Value Call(const TypedExpr& node);
  value::Value Membership(const TypedExpr& node);
  value::Value TextTest(const TypedExpr& node);
  value::Value Field(const TypedExpr& node);
  value::Value Alternative(const TypedExpr& node);

  // evaluate_macros.cc
  value::Value Aggregate(const TypedExpr& node);
  value::Value NewList(const TypedExpr& node);
  value::Value NewMap(const TypedExpr& node);
  value::Value Fold(const TypedExpr& node);
  value::Value Transform(const TypedExpr& node);
  value::Value OptionalMap(const TypedExpr& node);
  // An item or value; `present` is false for an optional that holds nothing.
  value::Value Element(const TypedExpr& node, bool* present);

  // The variables of the macros around the current node, made on first use.
  value::Value* Locals();

  const Leaves& leaves_;
  value::Arena& arena_;
  value::Value* locals_ = nullptr;
};

}  // namespace bylaw::cel

#endif  // BYLAW_COMPILER_CEL_EVALUATOR_H_
