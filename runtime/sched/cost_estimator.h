// The engine's own estimate of slot time: a smoothed mean of what turns of one kind really took.
//
// Keep one for each thing that is estimated apart (a tenant × workflow, or a workflow), started at the declared
// duration. Fixed point, deterministic. Not thread-safe.
#ifndef BYLAW_RUNTIME_SCHED_COST_ESTIMATOR_H_
#define BYLAW_RUNTIME_SCHED_COST_ESTIMATOR_H_

#include <algorithm>

#include "base/time.h"

namespace bylaw::sched {

class CostEstimator {
 public:
  // `declared_ns`: what the policy says it takes ("each loan-approval takes about 45 seconds").
  explicit CostEstimator(DurationNs declared_ns) : mean_ns_(std::max<DurationNs>(declared_ns, 1)) {}

  DurationNs estimate_ns() const { return mean_ns_; }

  // A turn took `actual_ns` ≥ 0: an eighth of the difference is believed at once.
  void Learn(DurationNs actual_ns) { mean_ns_ = std::max<DurationNs>(mean_ns_ + (actual_ns - mean_ns_) / 8, 1); }

 private:
  DurationNs mean_ns_;
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_COST_ESTIMATOR_H_
