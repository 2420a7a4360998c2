// Conditions as formulas of Z3. Not for use outside smt/.
#ifndef BYLAW_COMPILER_SMT_TRANSLATE_H_
#define BYLAW_COMPILER_SMT_TRANSLATE_H_

#include <z3++.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "compiler/smt/smt.h"

namespace bylaw::smt {

// A value that may be an error; where it is one, `value` says nothing.
struct Term {
  z3::expr error;
  z3::expr value;
};

class Translation {
 public:
  Translation(z3::context& z3, const Question& question);

  // Where the conditions have accepted truths, and everything that is known of the variables and unknowns.
  z3::expr Formula();
  // The variables as `model` has them.
  std::vector<Scalar> ReadModel(const z3::model& model) const;

 private:
  struct Leaf {
    z3::expr present;
    z3::expr value;
  };

  Leaf MakeLeaf(const Variable& variable, size_t index);
  Term Translate(const cel::TypedExpr& expr);
  Term TranslateLeaf(const cel::TypedExpr& expr);
  Term Constant(cel::Type type, const Scalar& scalar);
  Term Junction(const Term& a, const Term& b, bool decides);
  Term Conditional(const cel::TypedExpr& expr);
  Term Comparison(const cel::TypedExpr& expr);
  z3::expr Compare(cel::Op op, cel::Type type, const z3::expr& a, const z3::expr& b);
  Term Arithmetic(const cel::TypedExpr& expr);
  Term OnDoubles(const cel::TypedExpr& expr, const Term& a, const Term& b);
  Term TextTest(const cel::TypedExpr& expr);
  Term Negation(const cel::TypedExpr& expr);
  Term Unknown(const cel::TypedExpr& expr);
  // What no more is said of than that it is of this type: `assumed_` gets its range.
  z3::expr Fresh(cel::Type type, const std::string& name);

  z3::expr Whole(int64_t value) { return z3_.int_val(value); }
  z3::expr InRange(cel::Type type, const z3::expr& value);
  z3::expr TextValue(const std::string& text);
  z3::expr Yes() { return z3_.bool_val(true); }
  z3::expr No() { return z3_.bool_val(false); }

  z3::context& z3_;
  const Question& question_;
  z3::expr_vector assumed_;
  std::vector<Leaf> leaves_;
  std::map<std::pair<cel::Op, uint32_t>, size_t> index_;  // into leaves_
  std::map<std::string, Term> unknowns_;                  // by what they say
  std::map<std::string, int> texts_;                      // constants, by number
  // A pattern's truth as a function of the text, and an expression that has the pattern.
  std::map<std::string, std::pair<z3::func_decl, const cel::TypedExpr*>> tests_;
};

}  // namespace bylaw::smt

#endif  // BYLAW_COMPILER_SMT_TRANSLATE_H_
