// Fair sharing of what is metered in tokens: whose request a model server with continuous batching takes next.
//
// A request's cost is not known when it is taken (nobody knows how much a model will write), and it is served together
// with many others. So a tenant's tag, its service divided by its weight, counts what has been served, and ahead of
// that only the next `ahead` units that each of its requests under way is expected to take. What is expected is learnt
// from the tenant's own requests. Compared with counting only what has been served (virtual token counters: Y. Sheng et
// al., OSDI 2024) a tenant cannot have many requests taken in a row before the first of them shows in its tag.
//
// The tenant whose tag lies lowest in the *middle* of its next request is next (not at its start, as in start-time fair
// queueing): then two tenants drift apart by about one request and not by two. A tenant that begins to wait is lifted
// to the mean rank of those that wait, which is where the virtual time of the ideal fluid system lies: debt is kept,
// credit is lost.
//
// INVARIANT(ahead): a request under way is charged max(used, min(used + ahead, expected)); when it ends, exactly what
// it used. Units are the caller's (say: 1 a token read, 2 a token written). Deterministic. Not thread-safe. Enqueue,
// Take, Use and End are O(log tenants).
#ifndef BYLAW_RUNTIME_SCHED_TOKEN_FAIR_QUEUE_H_
#define BYLAW_RUNTIME_SCHED_TOKEN_FAIR_QUEUE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "runtime/sched/indexed_heap.h"
#include "runtime/sched/rules.h"

namespace bylaw::sched {

class TokenFairQueue {
 public:
  struct Options {
    int64_t ahead_units = 16;     // more helps where answers are long, and hurts where they are short
    int64_t unknown_units = 512;  // expected of a request beyond what is known of it, before any has ended
  };
  struct Request {
    uint64_t job = 0;  // the caller's
    uint32_t tenant = 0;
    int64_t known_units = 0;  // of its cost, in advance: its input
  };

  explicit TokenFairQueue(const Options& options) : options_(options) {}

  // Tenants are numbered in the order in which they are added. `weight` ≥ 1.
  uint32_t AddTenant(uint64_t weight);
  void Enqueue(const Request& request);
  // The request that Take would give; null if nothing waits.
  const Request* Next() const;
  // Takes it: from now on it is under way as the returned handle.
  struct Taken {
    uint32_t handle = 0;
    Request request;
  };
  std::optional<Taken> Take();
  // It has used so much in all; never less than before.
  void Use(uint32_t handle, int64_t units);
  // It is over, having used so much in all. Its handle is free.
  void End(uint32_t handle, int64_t units);

  bool Waits(uint32_t tenant) const { return !tenants_[tenant].waiting.empty(); }
  // What the tenant has been charged, in units: all its requests that have ended, and those under way by
  // INVARIANT(ahead).
  int64_t ChargedUnits(uint32_t tenant) const { return tenants_[tenant].charged; }
  // Everything stored, recomputed from its definition. What is wrong, or "". For tests.
  std::string CheckConsistency() const;

 private:
  struct Tenant {
    Tag tag = 0;
    uint64_t inverse_weight = 0;
    int64_t charged = 0;
    int64_t expected = -1;  // units beyond those known; negative: unknown
    std::deque<Request> waiting;
  };
  struct UnderWay {
    uint32_t tenant = UINT32_MAX;  // none: the handle is free
    int64_t known = 0, expected = 0, charged = 0;
  };

  int64_t ExpectedOf(const Request& request) const;
  Tag RankOf(uint32_t tenant) const;
  void Charge(uint32_t tenant, int64_t units);
  void Place(uint32_t tenant);
  void Learn(uint32_t tenant, int64_t units);

  Options options_;
  std::vector<Tenant> tenants_;
  std::vector<UnderWay> under_way_;
  std::vector<uint32_t> free_handles_;
  IndexedHeap heap_;  // tenants with requests waiting, by rank
  std::vector<uint32_t> positions_;
  Tag rank_sum_ = 0;   // over the heap
  Tag last_rank_ = 0;  // of the last request taken
  int64_t expected_of_all_ = -1;
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_TOKEN_FAIR_QUEUE_H_
