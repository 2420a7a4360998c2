// A step program spelled by names: what it decides, apart from ids, clauses and the numbers of tenants.
//
// Equal spellings decide equally for tenants of equal settings that are read, since a spelling holds all that a
// decision depends on. Conditions are spelled as they are written, with the types of the names they read.
#ifndef BYLAW_COMPILER_CHANGE_SPELLING_H_
#define BYLAW_COMPILER_CHANGE_SPELLING_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "compiler/plan/plan.h"
#include "compiler/sema/program.h"

namespace bylaw::change {

// What a condition reads besides constants.
struct Reads {
  std::vector<uint32_t> slots;     // sorted
  std::vector<uint32_t> settings;  // sorted
  bool tenant = false;             // its name, tier, class or org
  bool remaining = false, now = false, attempt = false, spent = false, age = false, estimate = false;
  void Join(const Reads& other);
};
Reads ReadsOf(const cel::TypedExpr& expr);

class Speller {
 public:
  // Outlived by the plan.
  explicit Speller(const plan::Plan& plan);

  // `floor`: of the step's entry.
  std::string Step(const plan::StepProgram& step, WorkflowId workflow, int64_t floor) const;
  // As written, with the names it reads and their types; unlike any other if the text is not known.
  std::string Condition(const cel::TypedExpr& expr, WorkflowId workflow) const;
  // As written.
  std::string_view Text(const cel::TypedExpr& expr) const;

 private:
  std::string Spans(const plan::Server& server) const;
  void Call(const plan::Call& call, std::string& out) const;
  void Rule(const plan::Rule& rule, WorkflowId workflow, std::string& out) const;

  const plan::Plan& plan_;
  absl::flat_hash_map<const cel::TypedExpr*, const sema::TypedCondition*> conditions_;
};

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_SPELLING_H_
