// Conditions, evaluated by walking their typed tree: the meaning that compiled code must reproduce.
//
// Arithmetic on int64 is checked; overflow, division by zero, an absent slot and an unset setting are errors, which
// `&&` and `||` absorb when the other side decides, as CEL says. Numbers follow IEEE 754 (x / 0.0 is infinite, NaN
// equals nothing). Pure, allocates nothing (but RE2 may, inside `matches`); thread-safe.
#ifndef BYLAW_COMPILER_PLAN_CEL_EVAL_H_
#define BYLAW_COMPILER_PLAN_CEL_EVAL_H_

#include <cstdint>
#include <string_view>

#include "compiler/cel/typed.h"
#include "compiler/plan/plan.h"
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

// Code points of UTF-8 text: what `size` counts.
int64_t CodePoints(std::string_view text);

}  // namespace bylaw::plan

#endif  // BYLAW_COMPILER_PLAN_CEL_EVAL_H_
