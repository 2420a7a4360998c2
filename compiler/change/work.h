// Workflows apart from the decisions of their steps: inputs, steps, their order, how often they are tried again.
#ifndef BYLAW_COMPILER_CHANGE_WORK_H_
#define BYLAW_COMPILER_CHANGE_WORK_H_

#include <vector>

#include "compiler/change/change.h"
#include "compiler/change/match.h"
#include "compiler/sema/program.h"

namespace bylaw::change {

// The same for everyone who may run the workflow.
void CompareWorkflow(const sema::Program& old_program, const sema::Program& new_program, WorkflowId after,
                     const WorkMatch& match, std::vector<Difference>& out);

}  // namespace bylaw::change

#endif  // BYLAW_COMPILER_CHANGE_WORK_H_
