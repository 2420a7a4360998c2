// What the solver is asked about conditions, and what the reference evaluator says of a model, whoever proposed it.
#include <algorithm>
#include <string_view>
#include <utility>

#include "compiler/cel/evaluate.h"
#include "compiler/verify/condition_parts.h"
#include "compiler/verify/condition_space.h"

namespace bylaw::verify {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExpr;
using value::Value;

// What one question may cost; a policy's conditions are far below it (docs/decisions/0140).
constexpr uint64_t kUnitsOfQuestion = 600'000;

Value ValueOf(const TypedExpr& leaf, const SpaceValue& scalar, Currency currency) {
  if (scalar.absent) return value::Fail(value::Error::kAbsent);
  switch (leaf.type) {
    case Type::kBool:
      return value::Bool(scalar.integer != 0);
    case Type::kInt:
      return value::Int(scalar.integer);
    case Type::kDouble:
      return value::Double(scalar.number);
    case Type::kString:
      return value::String(scalar.text);
    case Type::kMoney:
      return value::Amount(scalar.integer, currency);
    case Type::kDuration:
      return value::Duration(scalar.integer);
    case Type::kTimestamp:
      return value::TimestampAt(scalar.integer);
    default:
      return value::Fail(value::Error::kAbsent);  // no value of it is ever chosen
  }
}

// One condition's leaves, as values have been chosen for them.
class ChosenLeaves final : public cel::Leaves {
 public:
  using ReadFn = std::function<SpaceValue(const TypedExpr&)>;
  ChosenLeaves(const TypedExpr& condition, Currency currency, ReadFn read)
      : patterns_(condition, {}), currency_(currency), read_(std::move(read)) {}

  Value Read(const TypedExpr& leaf, value::Arena& arena) const override {
    const SpaceValue scalar = read_(leaf);
    if (leaf.op == Op::kHas) return value::Bool(scalar.integer != 0);
    const Value value = ValueOf(leaf, scalar, currency_);
    return value.is(value::Kind::kString) ? value::String(arena.Copy(value.text())) : value;
  }
  const re2::RE2& Pattern(const TypedExpr& matches) const override { return patterns_.Pattern(matches); }

 private:
  cel::Bindings patterns_;
  Currency currency_;
  ReadFn read_;
};

bool Holds(const TypedExpr& test, std::string_view text) {
  TypedExpr asked;
  asked.op = test.op;
  asked.text_value = test.text_value;
  asked.args.push_back(std::make_unique<TypedExpr>());
  asked.args[0]->op = Op::kVariable;
  asked.args[0]->type = Type::kString;
  const Value given = value::String(text);
  value::Arena arena;
  return cel::Evaluate(asked, cel::Bindings(asked, {&given, 1}), arena).is_true();
}

Truth AsTruth(const Value& value) {
  if (!value.is(value::Kind::kBool)) return Truth::kError;
  return value.integer != 0 ? Truth::kTrue : Truth::kFalse;
}

}  // namespace

bool ConditionSpace::Reproduces(const Wanted& wanted) const {
  std::vector<Truth> truths;
  for (const TypedExpr* condition : conditions_) {
    if (condition == nullptr) {
      truths.push_back(Truth::kTrue);
      continue;
    }
    bool known = true;
    const ChosenLeaves leaves(*condition, context_.program.currency, [&](const TypedExpr& leaf) {
      const Value read = Eval(leaf);
      known = known && read.state != Truth::kOpen;
      SpaceValue scalar = read.value;
      scalar.absent = read.state != Truth::kTrue;
      return scalar;
    });
    value::Arena arena;
    truths.push_back(AsTruth(cel::Evaluate(*condition, leaves, arena)));
    if (!known) return false;
  }
  return wanted(truths);
}

smt::Question ConditionSpace::QuestionFor(const Wanted& wanted) const {
  smt::Question question;
  question.conditions = conditions_;
  for (const auto& [key, variable] : variables_) {
    smt::Variable& asked = question.variables.emplace_back();
    asked.op = key.first;
    asked.slot = key.second;
    asked.type = variable.type;
    asked.may_be_absent = key.first == Op::kSlot;
    asked.least = LeastOf(key);
    if (const std::vector<std::string>* choices = ChoicesOf(key)) asked.choices = *choices;
  }
  question.constant = [this](const TypedExpr& leaf) -> std::optional<SpaceValue> {
    if (!IsConstant(leaf)) return std::nullopt;
    if (leaf.type == Type::kUint) return Whole(leaf.int_value);
    const Value read = Eval(leaf);
    if (read.state == Truth::kOpen) return std::nullopt;
    SpaceValue scalar = read.value;
    scalar.absent = read.state == Truth::kError;
    return scalar;
  };
  question.holds = Holds;
  question.said = [this](const TypedExpr& expr) { return SaidBy(expr); };
  question.accepts = wanted;
  question.units_max = std::min(*context_.solver_units, kUnitsOfQuestion);
  return question;
}

ConditionSpace::Answer ConditionSpace::FindBySolver(const Wanted& wanted) {
  if (context_.solver_units == nullptr || *context_.solver_units == 0) return Answer::kUnknown;
  const smt::Solver* const solver = smt::LoadSolver();
  if (solver == nullptr) return Answer::kUnknown;
  const smt::Answer answer = solver->Solve(QuestionFor(wanted));
  *context_.solver_units -= std::min(*context_.solver_units, answer.units);
  if (answer.verdict != smt::Verdict::kYes) {
    return answer.verdict == smt::Verdict::kNo ? Answer::kNo : Answer::kUnknown;
  }
  size_t next = 0;
  for (auto& [key, variable] : variables_) {
    chosen_[key] = variable.values.size();
    variable.values.push_back(answer.model[next++]);
  }
  free_ = false;
  return Reproduces(wanted) ? Answer::kYes : Answer::kUnknown;
}

}  // namespace bylaw::verify
