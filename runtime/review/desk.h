// A desk of reviewers: so many people, each answering one question at a time; whose question is next.
//
// Each `reviewers` of a policy is a desk of its own: a place (`based in`) × what it is for. A tenant that names a desk
// no other names has a dedicated one; a desk that many name is shared; and `serves tiers A, B, C in that order` says
// who has the lowest priority there. The engine parks a run (verdict review) and takes answers (EndReview) in whatever
// order they come; a platform asks the desk of the decision, and hands what Begin names to whoever is free.
//
// Tenants take turns by start-time fair queueing over review time, by weight (Goyal, Vin, Cheng 1996), so that one
// tenant's flood of questions holds up its own and nobody else's. A tier has a head start of one review for each place
// in the desk's order, in virtual time and counted once: INVARIANT(desk-fair): of two tenants that both have questions
// all the while, neither gets more review time over weight than the other by more than one review of each and the head
// start. So nobody waits for ever. First come, first served if made so, to compare with. Deterministic; O(log tenants)
// an operation. Not thread-safe.
#ifndef BYLAW_RUNTIME_REVIEW_DESK_H_
#define BYLAW_RUNTIME_REVIEW_DESK_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/time.h"
#include "runtime/abi/ids.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::review {

class Desk {
 public:
  // `takes_ns`: about how long a review takes. Without staff there is somebody for everyone.
  Desk(uint32_t staff, DurationNs takes_ns, bool first_come) : staff_(staff), takes_ns_(takes_ns), fifo_(first_come) {}
  static Desk Of(const abi::ReviewersInfo& info, DurationNs takes_ns, bool first_come);

  DurationNs takes_ns() const { return takes_ns_; }
  // Asks for `answers` of them, each another person's. `run` is the caller's number.
  void Ask(const abi::TenantRecord& tenant, uint64_t run, uint32_t answers);
  // The run whose question somebody takes up now, or nothing: nobody is free or nobody asks.
  std::optional<uint64_t> Begin();
  // Somebody is free again.
  void End() { --busy_; }
  // The run needs no answer any more: its questions that nobody has taken up leave the line. How many they were.
  uint32_t Withdraw(TenantId tenant, uint64_t run);

  uint64_t asked() const { return asked_; }
  uint64_t waiting() const { return waiting_; }
  // The longest the line has been when somebody would have been asked and nobody was free.
  uint64_t waiting_max() const { return waiting_max_; }

 private:
  struct Line {
    std::deque<uint64_t> runs;
    int64_t start = 0;       // tag, in review time over weight
    int64_t head_start = 0;  // by the tenant's tier
    uint32_t weight = 1;

    int64_t rank() const { return start + head_start; }
  };

  uint32_t LineOf(TenantId tenant) const { return fifo_ ? 0 : tenant.value(); }

  uint32_t staff_;
  DurationNs takes_ns_;
  bool fifo_;
  std::map<TierId, int64_t> head_starts_;
  uint32_t busy_ = 0;
  uint64_t asked_ = 0, waiting_ = 0, waiting_max_ = 0;
  int64_t virtual_time_ = 0;
  std::map<uint32_t, Line> lines_;                // by tenant; all in line 0 under fifo
  std::set<std::pair<int64_t, uint32_t>> turns_;  // (rank, line) of those with questions
};

}  // namespace bylaw::review

#endif  // BYLAW_RUNTIME_REVIEW_DESK_H_
