// Conditions of a plan, evaluated: the leaves that compiler/cel/evaluate.h needs, from a request and a tenant's record.
//
// Pure; allocates nothing for conditions without lists, maps and new texts (but RE2 may, inside `matches`);
// thread-safe.
#ifndef BYLAW_COMPILER_PLAN_CEL_EVAL_H_
#define BYLAW_COMPILER_PLAN_CEL_EVAL_H_

#include <cstdint>

#include "compiler/cel/typed.h"
#include "compiler/plan/plan.h"
#include "compiler/value/arena.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::plan {

enum class Truth : uint8_t { kFalse, kTrue, kError };

struct EvalContext {
  const StepProgram* program = nullptr;
  const abi::TenantRecord* tenant = nullptr;
  const abi::StepRequest* request = nullptr;
};

Truth Evaluate(const cel::TypedExpr& expr, const EvalContext& context);

// Where the values of the conditions of this thread live, one condition after the other; reset by each call. Compiled
// code asks for it too, in conditions that make values.
value::Arena& ConditionArena();

}  // namespace bylaw::plan

#endif  // BYLAW_COMPILER_PLAN_CEL_EVAL_H_
