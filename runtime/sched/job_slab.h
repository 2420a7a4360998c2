// Waiting jobs in one slab, and the queues of one tenant that link them.
//
// A job waits in exactly one place of its tenant: the first-in-first-out list of its lane or, if it arrived with an
// older time than that list's last (a woken run keeps its place in time), a heap of woken jobs. Lists are intrusive, so
// an enqueue allocates nothing once the slab has grown; cancelling is O(1) in a list and O(log n) in a heap.
// Not thread-safe.
#ifndef BYLAW_RUNTIME_SCHED_JOB_SLAB_H_
#define BYLAW_RUNTIME_SCHED_JOB_SLAB_H_

#include <cstdint>

#include "base/huge_pages.h"
#include "base/time.h"
#include "runtime/abi/decision.h"

namespace bylaw::sched {

inline constexpr uint32_t kNone = UINT32_MAX;
inline constexpr int kLanes = 3;

// Times as unsigned numbers in the same order, for heap keys.
constexpr uint64_t OrderedTime(TimeNs time) { return static_cast<uint64_t>(time) ^ (uint64_t{1} << 63); }

// Where inside its tenant a job waits.
enum class Shelf : uint8_t {
  kFresh,  // list: in the order of arrival
  kWoken,  // heap: arrived with an older time
  kHeld,   // heap: woken, and still counted in its tenant's "at once"
};
// One place inside a tenant, as a bit position.
constexpr int SourceOf(Shelf shelf, abi::Lane lane) {
  return static_cast<int>(shelf) * kLanes + static_cast<int>(lane);
}
inline constexpr uint32_t kHeldSources = 0b111u << SourceOf(Shelf::kHeld, abi::Lane::kUrgent);

struct Job {
  uint32_t previous = kNone;  // list; position in the heap on the other shelves
  uint32_t next = kNone;      // list; next free job
  uint32_t tenant = kNone;    // kNone: free
  uint32_t generation = 0;
  uint32_t sequence = 0;  // order of arrival among equal times
  abi::Lane lane = abi::Lane::kNormal;
  Shelf shelf = Shelf::kFresh;
  uint64_t id = 0;  // the caller's
  TimeNs enqueue_time = 0;
  DurationNs estimate_ns = 0;
};

class JobSlab {
 public:
  uint32_t Allocate() {
    if (free_ == kNone) {
      jobs_.emplace_back();
      return static_cast<uint32_t>(jobs_.size() - 1);
    }
    const uint32_t index = free_;
    free_ = jobs_[index].next;
    return index;
  }
  void Free(uint32_t index) {
    Job& job = jobs_[index];
    job.tenant = kNone;
    ++job.generation;
    job.next = free_;
    free_ = index;
  }
  void Reserve(size_t jobs) { jobs_.reserve(jobs); }
  size_t size() const { return jobs_.size(); }
  Job& operator[](uint32_t index) { return jobs_[index]; }
  const Job& operator[](uint32_t index) const { return jobs_[index]; }
  const Job* data() const { return jobs_.data(); }

 private:
  HugeVector<Job> jobs_;
  uint32_t free_ = kNone;
};

// An intrusive doubly linked list. The head's `previous` and the tail's `next` are never read, so that taking the head
// does not touch its successor.
struct JobList {
  uint32_t head = kNone;
  uint32_t tail = kNone;

  bool empty() const { return head == kNone; }
  void Append(JobSlab& jobs, uint32_t index) {
    jobs[index].previous = tail;
    if (head == kNone) {
      head = index;
    } else {
      jobs[tail].next = index;
    }
    tail = index;
  }
  void Remove(JobSlab& jobs, uint32_t index) {
    const Job& job = jobs[index];
    if (index == head && index == tail) {
      head = tail = kNone;
    } else if (index == head) {
      head = job.next;
    } else if (index == tail) {
      tail = job.previous;
    } else {
      jobs[job.previous].next = job.next;
      jobs[job.next].previous = job.previous;
    }
  }
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_JOB_SLAB_H_
