// What the engine derives from a policy image once, so that a step looks nothing up by name.
//
// Immutable once built; lives as long as its epoch. Positions are places in the order of execution
// (WorkflowInfo::order).
#ifndef BYLAW_RUNTIME_ENGINE_TABLES_H_
#define BYLAW_RUNTIME_ENGINE_TABLES_H_

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::engine {

inline constexpr uint16_t kNoPosition = UINT16_MAX;

struct StepPlan {
  StepId step;
  uint32_t retries_max = 0;  // per visit
  uint32_t replans_max = 0;  // per run
  uint16_t replan_position = kNoPosition;
  uint16_t replan_counter = kNoPosition;  // which of the run's counters counts this step's replans
  bool optional = false;
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
};

struct WorkflowPlan {
  WorkflowId workflow;
  std::vector<StepPlan> steps;           // by position
  std::vector<uint16_t> slot_positions;  // by slot: the step that gives it; kNoPosition for an input
  uint32_t input_count = 0;
  DurationNs takes_about_ns = 0;  // all steps, as declared

  // The layout of a run's block, in words: present bits, values, endpoints used, replan counters (16 bits each).
  uint32_t present_words = 0;
  uint32_t values_at = 0;
  uint32_t used_at = 0;
  uint32_t counters_at = 0;
  uint32_t block_words = 0;
};

// What a step takes, as declared by itself, or by the slowest endpoint that could serve it; a second if nobody says.
DurationNs TakesAbout(const abi::PolicyImage& image, const abi::StepInfo& step);

class Tables {
 public:
  explicit Tables(const abi::PolicyImage& image);

  const WorkflowPlan& workflow(WorkflowId id) const { return workflows_[id.index()]; }
  size_t workflow_count() const { return workflows_.size(); }
  uint32_t block_words_max() const { return block_words_max_; }

 private:
  std::vector<WorkflowPlan> workflows_;
  uint32_t block_words_max_ = 0;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_TABLES_H_
