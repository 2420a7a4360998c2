// The reference evaluator: a plan run as it stands, without machine code.
//
// Its DecideFn reads StepEntry::program and is the meaning that the JIT must reproduce. It is also what serves when
// there is no JIT. Images are immutable and share the plan.
#ifndef BYLAW_COMPILER_PLAN_EVAL_H_
#define BYLAW_COMPILER_PLAN_EVAL_H_

#include <memory>

#include "compiler/plan/plan.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::plan {

std::shared_ptr<const abi::PolicyImage> EvaluatorImage(std::shared_ptr<const Plan> plan);

// The DecideFn of every entry of an evaluator image.
void EvaluateStep(const abi::StepEntry* entry, const abi::TenantRecord* tenant, const abi::StepRequest* request,
                  abi::Decision* out);

}  // namespace bylaw::plan

#endif  // BYLAW_COMPILER_PLAN_EVAL_H_
