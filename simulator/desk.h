// A desk of reviewers in a simulation: so many people, each answering one question at a time.
//
// Whose question is next: first come, first served under `fifo`; else the tenants take turns by start-time fair
// queueing over review time, by weight, so that one tenant's flood of questions holds up its own and nobody else's.
// Tiers that the desk serves first have a head start of one review a place in that order: nobody waits for ever.
// Deterministic.
#ifndef BYLAW_SIMULATOR_DESK_H_
#define BYLAW_SIMULATOR_DESK_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "base/time.h"
#include "runtime/abi/ids.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::simulator {

class Desk {
 public:
  // Without staff there is somebody for everyone.
  Desk(uint32_t staff, DurationNs takes_ns, bool first_come) : staff_(staff), takes_ns_(takes_ns), fifo_(first_come) {}
  static Desk Of(const abi::ReviewersInfo& info, DurationNs takes_ns, bool first_come);

  DurationNs takes_ns() const { return takes_ns_; }
  // Asks for `answers` of them. `run` is the caller's number.
  void Ask(const abi::TenantRecord& tenant, uint32_t run, uint32_t answers);
  // The run whose question somebody takes up now, or nothing: nobody is free or nobody asks.
  std::optional<uint32_t> Begin();
  void End() { --busy_; }
  uint64_t asked() const { return asked_; }
  uint64_t waiting_max() const { return waiting_max_; }

 private:
  struct Line {
    std::deque<uint32_t> runs;
    int64_t start = 0;       // tag, in review time over weight
    int64_t head_start = 0;  // by the tenant's tier
    uint32_t weight = 1;
  };

  uint32_t staff_;
  DurationNs takes_ns_;
  bool fifo_;
  std::map<TierId, int64_t> head_starts_;
  uint32_t busy_ = 0;
  uint64_t asked_ = 0, waiting_ = 0, waiting_max_ = 0;
  int64_t virtual_time_ = 0;
  std::map<uint32_t, Line> lines_;  // by tenant; all in line 0 under fifo
};

}  // namespace bylaw::simulator

#endif  // BYLAW_SIMULATOR_DESK_H_
