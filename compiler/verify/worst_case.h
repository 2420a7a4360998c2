// What a workflow costs in the worst case: every retry and replan used, optional steps included.
//
// Retries are per visit of a step, replans per workflow; a replan runs everything from its target again, in the order
// of execution. Costs are not negative, so the longest path over (step, replans left, retries) takes every replan as
// soon as it can, and each step is visited once, and once more for every replan of a step at or behind it whose target
// is at or before it.
#ifndef BYLAW_COMPILER_VERIFY_WORST_CASE_H_
#define BYLAW_COMPILER_VERIFY_WORST_CASE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/sema/program.h"
#include "compiler/verify/facts.h"

namespace bylaw::verify {

// The bounds of a workflow, by StepId; what-if questions change them.
struct Bounds {
  std::vector<int64_t> retries;  // per visit
  std::vector<int64_t> replans;  // per workflow
};
Bounds BoundsOf(const sema::Workflow& workflow);

// How often each step is attempted at most, by StepId; saturated.
std::vector<int64_t> AttemptsAtMost(const sema::Workflow& workflow, const WorkFacts& work, const Bounds& bounds);

// Saturated at INT64_MAX.
int64_t WorstCaseMicros(const sema::Workflow& workflow, const WorkFacts& work, const Bounds& bounds);

// So many steps of a run are told one by one; the others are counted.
inline constexpr size_t kStepsNamedMax = 20;

// "0.02 + 3 x 0.05 + 0.03 + 3 x 0.12 = $0.56".
std::string WorstCaseTrace(const sema::Program& program, const sema::Workflow& workflow, const WorkFacts& work);

// The attempts of the dearest run in their order, cut after `limit`.
struct TraceAttempt {
  StepId step;
  uint32_t attempt = 1;  // of this visit
};
std::vector<TraceAttempt> DearestRun(const sema::Workflow& workflow, const WorkFacts& work, size_t limit);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_WORST_CASE_H_
