// Work: workflows, their steps, slots and order; ladders.
//
// Internal to sema/. Rows and step names have been collected. Whether every step can be reached and can finish is
// verify/'s question (V11); here a circle of `after` is `step-cycle`.
#ifndef BYLAW_COMPILER_SEMA_WORK_H_
#define BYLAW_COMPILER_SEMA_WORK_H_

#include <optional>
#include <vector>

#include "compiler/sema/context.h"
#include "compiler/sema/names.h"

namespace bylaw::sema {

// Steps and slots, without conditions.
void ReadWorkflows(Context& context, const Inventory& inventory);
void ReadLadders(Context& context, const Inventory& inventory);
// The conditions of steps; after every amount has been read, so that the policy's currency is known.
void ReadStepConditions(Context& context, const Inventory& inventory);

// A condition in the scope of `workflow` (null: of no workflow); nothing if it does not type-check.
std::optional<TypedCondition> TypeCondition(Context& context, const syntax::Condition& condition,
                                            const Workflow* workflow);
// Whether it would type-check there.
bool HoldsIn(Context& context, const syntax::Condition& condition, const Workflow& workflow);
// Whether it reads what a run brings or gives: `request.…` or `steps.…`.
bool ReadsRun(const syntax::Condition& condition);
// The steps in topological, then file order; empty, with a report, if they wait for each other in a circle.
std::vector<StepId> OrderSteps(Context& context, const Workflow& workflow);
// The step of `workflow` that is named; none, with a report.
StepId ResolveStep(Context& context, WorkflowId workflow, const syntax::Name& name);

}  // namespace bylaw::sema

#endif  // BYLAW_COMPILER_SEMA_WORK_H_
