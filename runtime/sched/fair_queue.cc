#include "runtime/sched/fair_queue_inl.h"

namespace bylaw::sched {

template class BasicFairQueue<FairRules>;

}  // namespace bylaw::sched
