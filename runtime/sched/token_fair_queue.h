// Fair sharing of what is metered in tokens: whose request a model server with continuous batching takes next.
//
// A request's cost is not known when it is taken (nobody knows how much a model will write), and it is served together
// with many others. A tenant's tag, its service divided by its weight, counts what has been served and nothing else.
// Its rank adds what is still to be served of its requests under way: the input that is known, and a part of the rest
// that is expected, by the tenant's own last requests. Compared with counting only what has been served (virtual token
// counters: Y. Sheng et al., OSDI 2024) a tenant cannot have many requests taken in a row before the first of them
// shows; a part only, since what was expected may not come, and since what was taken before two tenants waited together
// is served while they do. The rank also adds a quarter of the tenant's next request (it lies neither at its start, as
// in start-time fair queueing, nor at its end), so that two tenants drift apart by about one request and not by two.
//
// A tenant that begins to wait is lifted to the mean tag of those that wait: debt is kept, credit is lost. If nobody
// waits it is lifted to the highest tag there has been: nobody owes anything for having used a server that was free.
//
// INVARIANT(ahead): a tenant is ahead of its tag by the sum, over its requests under way, of what is known of each and
// not yet used, and an eighth of what is expected beyond. Units are the caller's (say: 1 a token read, 2 a token
// written). Deterministic. Not thread-safe. Enqueue, Take, Use and End are O(log tenants) and read the tenant's last 64
// lengths.
#ifndef BYLAW_RUNTIME_SCHED_TOKEN_FAIR_QUEUE_H_
#define BYLAW_RUNTIME_SCHED_TOKEN_FAIR_QUEUE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "runtime/sched/indexed_heap.h"
#include "runtime/sched/recent_lengths.h"
#include "runtime/sched/rules.h"

namespace bylaw::sched {

class TokenFairQueue {
 public:
  struct Options {
    int64_t unknown_units = 16;  // expected of a request beyond what is known of it, before any has ended
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
  // What all requests of the tenant have used, and what it is ahead of that, by INVARIANT(ahead).
  int64_t UsedUnits(uint32_t tenant) const { return tenants_[tenant].used; }
  double AheadUnits(uint32_t tenant) const { return static_cast<double>(tenants_[tenant].ahead) / 8; }
  // Everything stored, recomputed from its definition. What is wrong, or "". For tests.
  std::string CheckConsistency() const;

 private:
  static constexpr size_t kLengthsOfOne = 64, kLengthsOfAll = 256;
  static constexpr size_t kEnough = 8;  // lengths of its own, for a tenant to be judged by them

  struct Tenant {
    Tag tag = 0;
    uint64_t inverse_weight = 0;
    int64_t used = 0;
    int64_t ahead = 0;                     // in eighths of a unit
    RecentLengths lengths{kLengthsOfOne};  // beyond what was known
    std::deque<Request> waiting;
  };
  struct UnderWay {
    uint32_t tenant = UINT32_MAX;  // none: the handle is free
    int64_t known = 0, used = 0;
    int64_t ahead = 0;  // in eighths of a unit
  };

  int64_t AheadOf(uint32_t tenant, int64_t known, int64_t used) const;
  Tag RankOf(uint32_t tenant) const;
  void Progress(UnderWay& request, int64_t used, int64_t ahead);
  void Place(uint32_t tenant);

  Options options_;
  std::vector<Tenant> tenants_;
  std::vector<UnderWay> under_way_;
  std::vector<uint32_t> free_handles_;
  IndexedHeap heap_;  // tenants with requests waiting, by rank
  std::vector<uint32_t> positions_;
  Tag tag_sum_ = 0;      // over the heap
  Tag highest_tag_ = 0;  // there has been
  RecentLengths lengths_of_all_{kLengthsOfAll};
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_TOKEN_FAIR_QUEUE_H_
