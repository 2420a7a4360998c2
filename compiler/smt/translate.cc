#include "compiler/smt/translate.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "compiler/value/value.h"

namespace bylaw::smt {
namespace {

using cel::Op;
using cel::Type;
using cel::TypedExpr;

bool IsWhole(Type type) {
  return type == Type::kInt || type == Type::kUint || type == Type::kMoney || type == Type::kDuration ||
         type == Type::kTimestamp;
}
bool IsTranslated(Type type) {
  return IsWhole(type) || type == Type::kBool || type == Type::kDouble || type == Type::kString;
}
bool IsComparison(Op op) { return op >= Op::kEqual && op <= Op::kGreaterEqual; }
bool IsArithmetic(Op op) { return op >= Op::kAdd && op <= Op::kModulo; }
bool IsTextTest(Op op) { return op >= Op::kMatches && op <= Op::kContains; }

// Truncated division of integers, as CEL has it; `b` is not 0.
z3::expr Quotient(const z3::expr& a, const z3::expr& b) {
  const z3::expr quotient = z3::ite(a >= 0, a, -a) / z3::ite(b >= 0, b, -b);
  return z3::ite((a >= 0) == (b >= 0), quotient, -quotient);
}

Scalar ReadDouble(const z3::expr& value) {
  Scalar scalar;
  scalar.number = std::numeric_limits<double>::quiet_NaN();
  if (Z3_fpa_is_numeral_nan(value.ctx(), value)) return scalar;
  const z3::expr bits = z3::expr(value.ctx(), Z3_mk_fpa_to_ieee_bv(value.ctx(), value)).simplify();
  const uint64_t image = bits.get_numeral_uint64();
  std::memcpy(&scalar.number, &image, sizeof image);
  return scalar;
}

}  // namespace

Translation::Translation(z3::context& z3, const Question& question) : z3_(z3), question_(question), assumed_(z3) {
  z3_.set_rounding_mode(z3::RNE);
  for (size_t i = 0; i < question.variables.size(); ++i) {
    const Variable& variable = question.variables[i];
    leaves_.push_back(MakeLeaf(variable, i));
    index_.emplace(std::pair(variable.op, variable.slot), i);
  }
}

Translation::Leaf Translation::MakeLeaf(const Variable& variable, size_t index) {
  const Type type = IsTranslated(variable.type) ? variable.type : Type::kBool;
  const z3::expr value = Fresh(type, "v" + std::to_string(index));
  const z3::expr present =
      variable.may_be_absent ? z3_.bool_const(("p" + std::to_string(index)).c_str()) : z3_.bool_val(true);
  // A moment is handed over in 64 bits.
  if (type == Type::kTimestamp) assumed_.push_back(InRange(Type::kInt, value));
  if (variable.least.has_value() && IsWhole(type)) assumed_.push_back(value >= Whole(*variable.least));
  if (!variable.choices.empty() && type == Type::kString) {
    z3::expr one_of = No();
    for (const std::string& choice : variable.choices) one_of = one_of || value == TextValue(choice);
    assumed_.push_back(one_of);
  }
  return {present, value};
}

z3::expr Translation::Fresh(Type type, const std::string& name) {
  if (type == Type::kBool) return z3_.bool_const(name.c_str());
  if (type == Type::kDouble) return z3_.constant(name.c_str(), z3_.fpa_sort<64>());
  z3::expr value = z3_.int_const(name.c_str());
  assumed_.push_back(type == Type::kString ? value >= 0 : InRange(type, value));
  return value;
}

z3::expr Translation::InRange(Type type, const z3::expr& value) {
  if (type == Type::kUint) return value >= 0 && value <= z3_.int_val(std::numeric_limits<uint64_t>::max());
  if (type == Type::kTimestamp) {
    const z3::expr second = Whole(static_cast<int64_t>(value::kSecondInNs));
    return value >= Whole(value::kTimestampSecondsMin) * second &&
           value < Whole(value::kTimestampSecondsMax + 1) * second;
  }
  return value >= Whole(std::numeric_limits<int64_t>::min()) && value <= Whole(std::numeric_limits<int64_t>::max());
}

z3::expr Translation::TextValue(const std::string& text) {
  const int number = texts_.emplace(text, static_cast<int>(texts_.size())).first->second;
  return z3_.int_val(number);
}

Term Translation::Constant(Type type, const Scalar& scalar) {
  const z3::expr error = z3_.bool_val(scalar.absent);
  if (type == Type::kBool) return {error, z3_.bool_val(scalar.integer != 0)};
  if (type == Type::kDouble) return {error, z3_.fpa_val(scalar.number)};
  if (type == Type::kString) return {error, TextValue(scalar.text)};
  if (type == Type::kUint) return {error, z3_.int_val(static_cast<uint64_t>(scalar.integer))};
  return {error, Whole(scalar.integer)};
}

Term Translation::Unknown(const TypedExpr& expr) {
  const std::string said = question_.said(expr);
  const auto found = unknowns_.find(said);
  if (found != unknowns_.end()) return found->second;
  const std::string number = std::to_string(unknowns_.size());
  const Type type = IsTranslated(expr.type) ? expr.type : Type::kBool;
  Term term{z3_.bool_const(("e" + number).c_str()), Fresh(type, "u" + number)};
  return unknowns_.emplace(said, std::move(term)).first->second;
}

Term Translation::TranslateLeaf(const TypedExpr& expr) {
  const auto variable = index_.find(std::pair(expr.op == Op::kHas ? Op::kSlot : expr.op, expr.slot));
  if (variable != index_.end()) {
    const Leaf& leaf = leaves_[variable->second];
    if (expr.op == Op::kHas) return {No(), leaf.present};
    if (question_.variables[variable->second].type == expr.type) return {!leaf.present, leaf.value};
    return Unknown(expr);
  }
  const std::optional<Scalar> constant = expr.op == Op::kHas ? std::nullopt : question_.constant(expr);
  return constant.has_value() ? Constant(expr.type, *constant) : Unknown(expr);
}

Term Translation::Junction(const Term& a, const Term& b, bool decides) {
  const auto settles = [&](const Term& side) { return !side.error && (decides ? side.value : !side.value); };
  return {!(settles(a) || settles(b)) && (a.error || b.error), decides ? a.value || b.value : a.value && b.value};
}

Term Translation::Conditional(const TypedExpr& expr) {
  const Term chosen = Translate(*expr.args[0]), a = Translate(*expr.args[1]), b = Translate(*expr.args[2]);
  return {chosen.error || z3::ite(chosen.value, a.error, b.error), z3::ite(chosen.value, a.value, b.value)};
}

z3::expr Translation::Compare(Op op, Type type, const z3::expr& a, const z3::expr& b) {
  const z3::expr equal = type == Type::kDouble ? z3::expr(z3_, Z3_mk_fpa_eq(z3_, a, b)) : a == b;
  if (op == Op::kEqual) return equal;
  if (op == Op::kNotEqual) return !equal;
  if (op == Op::kLess) return a < b;
  if (op == Op::kLessEqual) return a <= b;
  return op == Op::kGreater ? a > b : a >= b;
}

// Of `in` too: the first is compared with each of the others.
Term Translation::Comparison(const TypedExpr& expr) {
  const Type type = expr.args[0]->type;
  const bool equality = expr.op == Op::kEqual || expr.op == Op::kNotEqual || expr.op == Op::kIn;
  const bool alike =
      std::all_of(expr.args.begin(), expr.args.end(), [&](const auto& arg) { return arg->type == type; });
  const bool ordered = IsWhole(type) || type == Type::kDouble;
  if (!alike || !IsTranslated(type) || (!equality && !ordered)) return Unknown(expr);
  const Term a = Translate(*expr.args[0]);
  Term result{a.error, No()};
  for (size_t i = 1; i < expr.args.size(); ++i) {
    const Term b = Translate(*expr.args[i]);
    result.error = result.error || b.error;
    result.value = result.value || Compare(expr.op == Op::kIn ? Op::kEqual : expr.op, type, a.value, b.value);
  }
  return result;
}

Term Translation::OnDoubles(const TypedExpr& expr, const Term& a, const Term& b) {
  const z3::expr error = a.error || b.error;
  if (expr.op == Op::kAdd) return {error, a.value + b.value};
  if (expr.op == Op::kSubtract) return {error, a.value - b.value};
  return Unknown(expr);  // products and quotients of 64-bit numbers are beyond what is worth waiting for
}

Term Translation::Arithmetic(const TypedExpr& expr) {
  const Type left = expr.args[0]->type, right = expr.args[1]->type;
  const bool doubles = expr.type == Type::kDouble && left == Type::kDouble && right == Type::kDouble;
  if (!doubles && !(IsWhole(expr.type) && IsWhole(left) && IsWhole(right))) return Unknown(expr);
  const Term a = Translate(*expr.args[0]), b = Translate(*expr.args[1]);
  if (doubles) return OnDoubles(expr, a, b);
  const bool divides = expr.op == Op::kDivide || expr.op == Op::kModulo;
  const z3::expr whole = expr.op == Op::kAdd        ? a.value + b.value
                         : expr.op == Op::kSubtract ? a.value - b.value
                         : expr.op == Op::kMultiply ? a.value * b.value
                                                    : Quotient(a.value, b.value);
  // The quotient has to fit even where the remainder is asked for.
  z3::expr error = a.error || b.error || !InRange(expr.type, whole);
  if (divides) error = error || b.value == 0;
  return {error, expr.op == Op::kModulo ? a.value - whole * b.value : whole};
}

Term Translation::Negation(const TypedExpr& expr) {
  const Term a = Translate(*expr.args[0]);
  if (expr.type == Type::kDouble) return {a.error, -a.value};
  if (!IsWhole(expr.type)) return Unknown(expr);
  const z3::expr negative = -a.value;
  return {a.error || !InRange(expr.type, negative), negative};
}

Term Translation::TextTest(const TypedExpr& expr) {
  const Term a = Translate(*expr.args[0]);
  const std::string pattern = std::to_string(static_cast<int>(expr.op)) + " " + expr.text_value;
  auto found = tests_.find(pattern);
  if (found == tests_.end()) {
    const std::string name = "t" + std::to_string(tests_.size());
    const z3::func_decl test = z3_.function(name.c_str(), z3_.int_sort(), z3_.bool_sort());
    found = tests_.emplace(pattern, std::pair(test, &expr)).first;
  }
  return {a.error, found->second.first(a.value)};
}

Term Translation::Translate(const TypedExpr& expr) {
  if (!IsTranslated(expr.type)) return Unknown(expr);
  const size_t count = expr.args.size();
  if (count == 0) return TranslateLeaf(expr);
  if (expr.op == Op::kNot && expr.args[0]->type == Type::kBool) {
    const Term a = Translate(*expr.args[0]);
    return {a.error, !a.value};
  }
  const auto are = [&](Type type) {
    return std::all_of(expr.args.begin(), expr.args.end(), [&](const auto& arg) { return arg->type == type; });
  };
  if ((expr.op == Op::kAnd || expr.op == Op::kOr) && count == 2 && are(Type::kBool)) {
    return Junction(Translate(*expr.args[0]), Translate(*expr.args[1]), expr.op == Op::kOr);
  }
  const bool conditional = expr.op == Op::kConditional && count == 3 && expr.args[0]->type == Type::kBool;
  if (conditional && expr.args[1]->type == expr.type && expr.args[2]->type == expr.type) return Conditional(expr);
  if ((IsComparison(expr.op) && count == 2) || (expr.op == Op::kIn && count >= 2)) return Comparison(expr);
  if (IsArithmetic(expr.op) && count == 2) return Arithmetic(expr);
  if (expr.op == Op::kNegate && expr.args[0]->type == expr.type) return Negation(expr);
  if (IsTextTest(expr.op) && count == 1 && expr.args[0]->type == Type::kString) return TextTest(expr);
  return Unknown(expr);
}

z3::expr Translation::Formula() {
  std::vector<Term> terms;
  for (const TypedExpr* condition : question_.conditions) {
    terms.push_back(condition == nullptr ? Term{No(), Yes()} : Translate(*condition));
  }
  z3::expr accepted = No();
  std::vector<Truth> truths(terms.size(), Truth::kFalse);
  size_t combinations = 1;
  for (size_t i = 0; i < terms.size(); ++i) combinations *= 3;
  for (size_t code = 0; code < combinations; ++code) {
    z3::expr all = Yes();
    size_t rest = code;
    for (size_t i = 0; i < terms.size(); ++i, rest /= 3) {
      truths[i] = static_cast<Truth>(rest % 3);
      const z3::expr is = truths[i] == Truth::kError  ? terms[i].error
                          : truths[i] == Truth::kTrue ? !terms[i].error && terms[i].value
                                                      : !terms[i].error && !terms[i].value;
      all = all && is;
    }
    if (question_.accepts(truths)) accepted = accepted || all;
  }
  for (const auto& [pattern, test] : tests_) {
    for (const auto& [text, number] : texts_) {
      assumed_.push_back(test.first(z3_.int_val(number)) == z3_.bool_val(question_.holds(*test.second, text)));
    }
  }
  return accepted && z3::mk_and(assumed_);
}

std::vector<Scalar> Translation::ReadModel(const z3::model& model) const {
  std::vector<Scalar> scalars;
  for (size_t i = 0; i < leaves_.size(); ++i) {
    const Type type = question_.variables[i].type;
    const z3::expr value = model.eval(leaves_[i].value, true);
    Scalar scalar;
    int64_t whole = 0;
    if (type == Type::kDouble) {
      scalar = ReadDouble(value);
    } else if (type == Type::kString) {
      value.is_numeral_i64(whole);
      const auto text =
          std::find_if(texts_.begin(), texts_.end(), [&](const auto& entry) { return entry.second == whole; });
      scalar.text = text != texts_.end() ? text->first : "another text " + std::to_string(whole);
    } else if (IsWhole(type)) {
      value.is_numeral_i64(whole);
      scalar.integer = whole;
    } else {
      scalar.integer = value.is_true() ? 1 : 0;
    }
    scalar.absent = !model.eval(leaves_[i].present, true).is_true();
    scalars.push_back(std::move(scalar));
  }
  return scalars;
}

}  // namespace bylaw::smt
