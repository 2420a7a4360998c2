// Test support: short ways to fill a fair queue, to serve it and to see what happened.
#ifndef BYLAW_RUNTIME_SCHED_FAIR_QUEUE_TEST_SUPPORT_H_
#define BYLAW_RUNTIME_SCHED_FAIR_QUEUE_TEST_SUPPORT_H_

#include <gtest/gtest.h>

#include <vector>

#include "runtime/sched/fair_queue.h"

namespace bylaw::sched {

inline Options WithSlots(uint32_t slots, Strategy strategy = Strategy::kPolicy) {
  Options options;
  options.slots = slots;
  options.strategy = strategy;
  return options;
}

inline std::vector<uint64_t> DispatchAll(FairQueue& queue, TimeNs now) {
  std::vector<uint64_t> jobs;
  while (auto turn = queue.Dispatch(now)) jobs.push_back(turn->job);
  return jobs;
}

// Enqueues a job of one second at `time`; the test's own time is the enqueue time.
inline JobTicket Add(FairQueue& queue, NodeId tenant, uint64_t job, abi::Lane lane = abi::Lane::kNormal,
                     TimeNs time = 0) {
  const Admission admission = queue.Enqueue(tenant, job, lane, time, kSecondNs, time);
  EXPECT_TRUE(admission.accepted);
  return admission.ticket;
}

inline std::vector<EventKind> Kinds(FairQueue& queue) {
  std::vector<Event> events;
  queue.TakeEvents(&events);
  std::vector<EventKind> kinds;
  for (const Event& event : events) kinds.push_back(event.kind);
  return kinds;
}

// Dispatches and completes one job after another on one slot.
inline std::vector<uint64_t> Serve(FairQueue& queue, int turns, TimeNs* now, DurationNs length = kSecondNs) {
  std::vector<uint64_t> jobs;
  for (int i = 0; i < turns; ++i) {
    const auto turn = queue.Dispatch(*now);
    if (!turn) break;
    jobs.push_back(turn->job);
    *now += length;
    queue.Complete(turn->id, length, *now);
    EXPECT_EQ(queue.CheckConsistency(), "");
  }
  return jobs;
}

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_FAIR_QUEUE_TEST_SUPPORT_H_
