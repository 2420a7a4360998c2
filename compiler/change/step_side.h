// One step of one tenant in one policy.
#ifndef BYLAW_COMPILER_CHANGE_STEP_SIDE_H_
#define BYLAW_COMPILER_CHANGE_STEP_SIDE_H_

#include <string>
#include <vector>

#include "compiler/cel/typed.h"
#include "compiler/change/spelling.h"
#include "compiler/plan/plan.h"

namespace bylaw::change {

struct StepSide {
  const plan::Plan* plan = nullptr;
  const Speller* speller = nullptr;
  const abi::TenantRecord* record = nullptr;
  WorkflowId workflow;
  StepId step;

  const abi::StepEntry& entry() const { return plan->tables.shape_workflow(*record, workflow).steps[step.index()]; }
  const plan::StepProgram& program() const { return *static_cast<const plan::StepProgram*>(entry().program); }
  // The conditions of the step: its own, its rules' and asks'.
  std::vector<const cel::TypedExpr*> Conditions() const;
  // What these read.
  Reads AllReads() const;
};

// The tenant's values of the settings that are read, exactly; and what conditions may read of the tenant itself.
std::string SettingsText(const StepSide& side, const Reads& reads);
std::string TenantTexts(const StepSide& side);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_STEP_SIDE_H_
