// A run in flight, and the slab all runs live in.
//
// A Run carries pointers to its policy's step table, tenant record and plan: BeginStep reads three cache lines of it
// and one block. The block (laid out by WorkflowPlan) holds what differs in size between workflows: values, their
// present bits, the endpoints used, replan counters. Not thread-safe; pointers into the slab are good until the next
// Allocate.
#ifndef BYLAW_RUNTIME_ENGINE_RUN_H_
#define BYLAW_RUNTIME_ENGINE_RUN_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/huge_pages.h"
#include "base/prefetch.h"
#include "base/time.h"
#include "runtime/abi/decision.h"
#include "runtime/abi/policy_image.h"
#include "runtime/budget/ledger.h"
#include "runtime/engine/edition.h"
#include "runtime/engine/rates.h"
#include "runtime/engine/tables.h"
#include "runtime/engine/types.h"
#include "runtime/sched/fair_queue.h"

namespace bylaw::engine {

// Bits of Run::flags.
enum RunFlag : uint8_t {
  kRunPinned = 1,    // dispatched once: keeps its policy, its floor is held in the ledger
  kRunApproved = 4,  // the reviewers asked for this visit have approved
  kRunTexts = 8,     // owns copies of texts
  kRunHeld = 16,     // queued: counts in "at once" all the same, since it waited on a ticket
};

inline constexpr uint32_t kNoRun = UINT32_MAX;

struct alignas(64) Run {
  // What a step reads first.
  const abi::TenantRecord* record = nullptr;
  const abi::StepEntry* entries = nullptr;
  const WorkflowPlan* plan = nullptr;
  uint64_t* block = nullptr;
  budget::RunHandle account;  // kRunPinned: open in the ledger
  TenantId tenant;            // in the engine's numbers
  uint32_t generation = 0;
  RunState state = RunState::kGone;
  abi::Lane lane = abi::Lane::kNormal;
  uint8_t flags = 0;
  uint16_t position = 0;
  uint32_t attempt = 1;  // of this visit
  uint32_t visit = 0;    // steps begun anew, over the whole run

  Edition* edition = nullptr;  // pinned: record, entries and plan are this policy's
  TimeNs submitted_at = 0;
  TimeNs suspended_since = kForeverNs;  // kForeverNs: it has proceeded since
  RateHold rates;
  TimeNs basis_until = kBeginningOfTimeNs;  // on the wall clock: the places called are legal for one reason

  abi::Decision last;
  policy::Epoch last_epoch = 0;  // whose sentence decided `last`

  // The slot and the queue: no step reads them.
  uint32_t list_previous = kNoRun;  // of suspended runs; next free run
  uint32_t list_next = kNoRun;
  uint32_t pool = 0;   // where it is queued, holds its slot or counts in "at once"
  sched::NodeId node;  // its tenant's there
  sched::TurnId turn;
  sched::JobTicket ticket;
  TimeNs turn_started_at = 0;
  TimeNs heard_at = 0;  // with slot leases: of the last call about this turn
  DurationNs slot_time_ns = 0;
  TimeNs first_dispatch_at = 0;
};

// Blocks of 64-byte multiples, never given back to the heap, reused by size.
class BlockPool {
 public:
  uint64_t* Allocate(uint32_t words) {
    const size_t lines = LinesOf(words);
    if (lines >= free_.size()) free_.resize(lines + 1);
    std::vector<uint64_t*>& free = free_[lines];
    if (free.empty()) Grow(lines);
    uint64_t* block = free.back();
    free.pop_back();
    std::memset(block, 0, lines * 64);
    return block;
  }
  void Free(uint64_t* block, uint32_t words) { free_[LinesOf(words)].push_back(block); }
  // Makes room for `count` blocks of this size.
  void Reserve(uint32_t words, size_t count);

 private:
  struct alignas(64) Line {
    std::array<uint64_t, 8> words;
  };
  static size_t LinesOf(uint32_t words) { return (words + 7) / 8; }
  void Grow(size_t lines);

  std::vector<std::vector<uint64_t*>> free_;
  std::vector<HugeVector<Line>> chunks_;
  size_t next_chunk_blocks_ = 64;
};

class RunSlab {
 public:
  void Reserve(size_t runs) { runs_.reserve(runs); }
  // The index of a run that is not in use; its generation is kept.
  uint32_t Allocate();
  void Free(uint32_t index);
  // The run, or nullptr if the id is stale.
  Run* Find(RunId id) {
    if (id.index >= runs_.size()) return nullptr;
    Run& run = runs_[id.index];
    return run.generation == id.generation && run.state != RunState::kGone ? &run : nullptr;
  }
  void Prefetch(RunId id) const {
    if (id.index < runs_.size()) bylaw::Prefetch(&runs_[id.index]);
  }
  const Run* Find(RunId id) const { return const_cast<RunSlab*>(this)->Find(id); }
  Run& operator[](uint32_t index) { return runs_[index]; }
  const Run& operator[](uint32_t index) const { return runs_[index]; }
  uint32_t size() const { return static_cast<uint32_t>(runs_.size()); }
  uint32_t in_use() const { return in_use_; }

 private:
  HugeVector<Run> runs_;
  uint32_t free_ = kNoRun;
  uint32_t in_use_ = 0;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_RUN_H_
