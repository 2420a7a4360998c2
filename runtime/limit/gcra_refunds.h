// What may be given back to a paced limit when a reservation turns out too large: exactly what makes its debt what it
// would be if the right cost had been known at once.
//
// If a commit had cost d less, a later commit that found b still owed would have found b − d, or nothing owed: then it
// would have started from its own instant, and only b of the d would have come through. So a refund is cut to the least
// b of the later commits. Those minima are a stack (of each suffix of the commits, b growing from the oldest to the
// newest), which later refunds lower. It is cleared when a commit finds nothing owed: nothing before can come through.
//
// At most kMinimaMax minima are kept: reservations older than a dropped one get nothing back. So the debt is never less
// than with the right costs. Not thread-safe.
#ifndef BYLAW_RUNTIME_LIMIT_GCRA_REFUNDS_H_
#define BYLAW_RUNTIME_LIMIT_GCRA_REFUNDS_H_

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "runtime/limit/states.h"

namespace bylaw::limit {

class GcraRefunds {
 public:
  static constexpr size_t kMinimaMax = 64;

  // Before a commit at `now`.
  void Observe(const GcraState& state, TimeNs now);
  // What was committed until `now` gets nothing back.
  void Forget(TimeNs now) {
    horizon_ = now + 1;
    minima_.clear();
  }
  // Gives back what still counts of `units` that were committed at `at` too many.
  void Refund(GcraState& state, TimeNs at, int64_t units);

 private:
  struct Minimum {
    TimeNs time;           // of the first commit of an instant: later ones found more
    GcraState::Span owed;  // when it came
  };

  TimeNs horizon_ = kBeginningOfTimeNs;  // what was committed before gets nothing back
  std::vector<Minimum> minima_;
};

}  // namespace bylaw::limit

#endif  // BYLAW_RUNTIME_LIMIT_GCRA_REFUNDS_H_
