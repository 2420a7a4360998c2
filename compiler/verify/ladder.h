// What V2 and V3 both ask about the ladder of a shape.
#ifndef BYLAW_COMPILER_VERIFY_LADDER_H_
#define BYLAW_COMPILER_VERIFY_LADDER_H_

#include "compiler/verify/facts.h"
#include "compiler/verify/ladder_game.h"

namespace bylaw::verify {

// Thresholds of one unit fall from rung to rung.
bool ThresholdsFall(const sema::Ladder& ladder);
// The first rung that does not make some model step of the shape cheaper, with that step.
struct NotCheaper {
  size_t rung = 0;
  WorkflowId workflow;
  StepId step;
  int64_t before_micros = 0;
  int64_t after_micros = 0;
};
std::optional<NotCheaper> FindNotCheaper(const ShapeFacts& shape);
// A step that still costs money under the last rung, if there is one.
struct LastRungCosts {
  WorkflowId workflow;
  StepId step;
};
std::optional<LastRungCosts> FindLastRungCosts(const sema::Program& program, const ShapeFacts& shape);

// V3 for one shape, workflow and budget: the ladder's rungs are sound and nobody gets stuck.
bool LadderSatisfiesV3(const sema::Program& program, const ShapeFacts& shape, WorkflowId workflow, int64_t budget);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_LADDER_H_
