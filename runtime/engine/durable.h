// What of the engine survives the process, and what has changed of it since it was last sealed. For runtime/engine/*.cc
// only; everything here is absent (a null pointer) in an engine that keeps nothing.
//
// INVARIANT(leased): what is pending or spent of a budget (a tenant's month, an org's, a run's own) is at most what the
// lease of that budget says, and a lease is durable before anything it covers leaves the process: a grant counts once
// Engine::Await has returned OK. So a crash can strand the rest of a lease, and can never let it be spent twice.
// Noting a change is O(1), without a lock and, once the tables have grown, without an allocation; what was noted twice
// is written once.
#ifndef BYLAW_RUNTIME_ENGINE_DURABLE_H_
#define BYLAW_RUNTIME_ENGINE_DURABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/time.h"
#include "runtime/durable/directory.h"
#include "runtime/durable/journal.h"
#include "runtime/engine/types.h"

namespace bylaw::engine {

// The chunk of a month's budget that may be spent without another lease.
struct MonthLease {
  int32_t month = INT32_MIN;
  bool noted = false;
  int64_t micros_max = 0;
};

// What is known of a run besides Run, by its index.
struct KeptRun {
  durable::RunName name;  // boot 0: nothing of it is kept
  bool noted = false;
  int64_t spent_max = 0;     // the lease on its own budget
  int64_t spent_before = 0;  // in an earlier process, at most
};

struct Durable {
  explicit Durable(durable::Journal* journal) : journal(journal), directory(&journal->store()) {}

  durable::Journal* journal;
  durable::Directory directory;
  uint32_t boot = 0;
  Recovery recovery;

  std::vector<MonthLease> tenants, orgs;  // by TenantId, OrgId
  std::vector<uint32_t> noted_tenants, noted_orgs;
  std::vector<KeptRun> runs;  // by run index
  std::vector<uint32_t> noted_runs;
  std::vector<std::string> layouts;                   // as kept, by number
  absl::flat_hash_map<uint64_t, uint32_t> layout_of;  // by epoch and workflow, never iterated

  KeptRun& RunAt(uint32_t index) {
    if (index >= runs.size()) runs.resize(index + 1);
    return runs[index];
  }
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_DURABLE_H_
