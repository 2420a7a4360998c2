// Whether conditions can hold together: by enumeration, and where that does not decide by the SMT solver
// (compiler/smt).
//
// A condition reads inputs, outputs, settings and what the engine knows of the run. For one tenant settings and names
// are constants; every other value is a variable. Where a variable is only ever compared with constants, finitely many
// values stand for all: each constant, its neighbours, the choices of `one of`, and the value's absence. What compares
// two variables, calculates, or looks into open text is *opaque*: trying values may show that it can hold, and only if
// the rest decides whatever it is, is anything proved about it. What is left is asked of the solver, if the context
// allows so much work: its "no" is a proof, its model counts only if the reference evaluator says the same of it.
//
// A condition is true, false or an error (an absent value, an overflow), as the reference evaluator says.
#ifndef BYLAW_COMPILER_VERIFY_CONDITION_SPACE_H_
#define BYLAW_COMPILER_VERIFY_CONDITION_SPACE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/sema/program.h"
#include "compiler/smt/smt.h"
#include "compiler/verify/witness.h"

namespace bylaw::verify {

// For whom and where conditions are asked.
struct ConditionContext {
  const sema::Program& program;
  TenantId tenant;
  WorkflowId workflow;  // none: conditions read no inputs
  StepId step;
  uint64_t* solver_units = nullptr;  // what the solver may still spend; null: it is not asked
};

using Truth = smt::Truth;

// One value of one variable.
using SpaceValue = smt::Scalar;

class ConditionSpace {
 public:
  // `conditions`: null stands for a condition that always holds.
  ConditionSpace(const ConditionContext& context, std::vector<const cel::TypedExpr*> conditions);

  // Whether some values of the variables give the conditions truths that `wanted` accepts: kYes with a model, kNo as a
  // proof, kUnknown if something opaque, or the number of combinations, stands in the way.
  enum class Answer : uint8_t { kNo, kYes, kUnknown };
  using Wanted = std::function<bool(const std::vector<Truth>&)>;
  Answer Find(const Wanted& wanted);
  // The solver's answer alone: kUnknown without a solver, without units, or if its model does not evaluate so.
  Answer FindBySolver(const Wanted& wanted);

  // Of the last kYes: "request.amount is $750_000, request.channel is web"; "" if nothing has to be so.
  std::string ModelText() const;
  // The same as a question to the compiled policy; nothing if it needs what a probe cannot state.
  bool FillProbe(Probe& probe) const;

 private:
  using Key = std::pair<cel::Op, uint32_t>;  // kSlot with its position, or one of the engine's own values
  struct Variable {
    cel::Type type = cel::Type::kBool;
    std::vector<SpaceValue> values;
  };
  // Constants of one type that appear anywhere.
  struct Constants {
    std::vector<int64_t> integers;
    std::vector<double> numbers;
    std::vector<std::string> texts;
  };
  struct Value {
    Truth state = Truth::kTrue;  // kTrue: the value below; kError; kOpen
    SpaceValue value;
  };

  void Collect(const cel::TypedExpr& expr);
  void FillValues();
  bool IsOpaque(const cel::TypedExpr& expr) const;
  static bool IsVariable(const cel::TypedExpr& expr);
  bool IsConstant(const cel::TypedExpr& expr) const;

  Value Eval(const cel::TypedExpr& expr) const;
  Value EvalJunction(const cel::TypedExpr& expr, bool decides) const;
  Value EvalArithmetic(const cel::TypedExpr& expr) const;
  Value EvalComparison(const cel::TypedExpr& expr) const;
  Value EvalText(const cel::TypedExpr& expr) const;
  Value EvalVariable(const cel::TypedExpr& expr) const;
  Value EvalSetting(const cel::TypedExpr& expr) const;
  std::string TenantText(cel::TenantText which) const;
  // What an opaque part says: the same part is the same unknown wherever it stands.
  std::string SaidBy(const cel::TypedExpr& expr) const;
  Truth TruthOf(const cel::TypedExpr* condition) const;
  Answer Enumerate(const Wanted& wanted, bool opaque_is_free);
  Answer ByEnumeration(const Wanted& wanted);
  smt::Question QuestionFor(const Wanted& wanted) const;
  // Whether the reference evaluator gives the conditions truths that `wanted` accepts, for the chosen values.
  bool Reproduces(const Wanted& wanted) const;
  std::optional<int64_t> LeastOf(const Key& key) const;
  const std::vector<std::string>* ChoicesOf(const Key& key) const;

  ConditionContext context_;
  std::vector<const cel::TypedExpr*> conditions_;
  std::map<Key, Variable> variables_;
  std::map<Key, size_t> chosen_;         // index into the variable's values
  std::map<std::string, Truth> opaque_;  // by what it says, while it is free
  std::map<cel::Type, Constants> constants_;
  bool free_ = false;
  bool has_opaque_ = false;
};

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_CONDITION_SPACE_H_
