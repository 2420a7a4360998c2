// The definitions of BasicFairQueue, for whoever instantiates it with other rules than FairRules (tests do). Users
// include fair_queue.h and link the instantiation in fair_queue.cc.
#ifndef BYLAW_RUNTIME_SCHED_FAIR_QUEUE_INL_H_
#define BYLAW_RUNTIME_SCHED_FAIR_QUEUE_INL_H_

#include "runtime/sched/fair_queue_burst_inl.h"
#include "runtime/sched/fair_queue_check_inl.h"
#include "runtime/sched/fair_queue_tree_inl.h"
#include "runtime/sched/fair_queue_turns_inl.h"

#endif  // BYLAW_RUNTIME_SCHED_FAIR_QUEUE_INL_H_
