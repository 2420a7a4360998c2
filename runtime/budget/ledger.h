// The two-phase budget ledger: money is reserved before a call and settled, or released, after it.
//
// Three scopes are checked and committed together: the org's month, the tenant's month and the run's own budget
// (language reference: "Budgets"). A run holds its floor, what its mandatory rest costs at least, in all three from
// OpenRun to CloseRun, so that whatever else is granted, the rest stays payable:
//
//   Reserve is granted iff   hi + floor_after ≤ available + what this run holds   in the run's own budget, and
//   what it takes beyond what it holds is available in both months (what is held stays good even when somebody else's
//   overrun has overdrawn the month).
//
// INVARIANT(all-scopes): an amount is pending in every scope of its run or in none; a refusal changes nothing.
// INVARIANT(resolve-once): a reservation is settled or released once; asking again gives the same answer and changes
// nothing. INVARIANT(held): a run holds, in its own account and in the current months, its floor plus the reserve of
// its open reservations (what the floor gave up beyond hi, kept until the attempt is resolved so that Release can undo
// it).
//
// Amounts are micro-units in [0, kAmountMaxMicros]; months are numbers that grow by one a month (limit::ZoneCalendar).
// Nothing is allocated once tables have grown to the number of runs in flight. Not thread-safe. Entry points: OpenRun,
// Reserve, Settle, Release, CloseRun.
#ifndef BYLAW_RUNTIME_BUDGET_LEDGER_H_
#define BYLAW_RUNTIME_BUDGET_LEDGER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/huge_pages.h"
#include "base/prefetch.h"
#include "runtime/abi/ids.h"
#include "runtime/budget/account.h"

namespace bylaw::budget {

// An open run's place in the ledger; stale once the run is closed.
struct RunHandle {
  uint32_t index = UINT32_MAX;
  uint32_t generation = 0;
  bool valid() const { return index != UINT32_MAX; }
  friend bool operator==(RunHandle, RunHandle) = default;
};

// Names one attempt of one call. Two reservations of a run differ in at least one part.
struct Key {
  RunHandle run;
  uint16_t step = 0;
  uint16_t visit = 0;
  uint16_t attempt = 0;
  uint16_t rung = 0;
  uint32_t endpoint = 0;
};

enum class Scope : uint8_t { kNone, kWorkflow, kTenantMonth, kOrgMonth };

enum class Verdict : uint8_t {
  kGranted,
  kRefused,     // by Grant::refused_by; nothing has changed
  kUnknownRun,  // the run was never opened, or is closed
  kOutOfRange,  // an amount below zero or above kAmountMaxMicros
};
struct Grant {
  Verdict verdict = Verdict::kUnknownRun;
  Scope refused_by = Scope::kNone;  // the innermost scope that lacks the money
  bool repeated = false;            // this key was granted before; hi is what was reserved then
  int64_t hi = 0;
  bool granted() const { return verdict == Verdict::kGranted; }
};

enum class Resolution : uint8_t {
  kSettled,
  kReleased,
  kUnknown,     // no such reservation; nothing is charged
  kOutOfRange,  // the actual cost is below zero or above kAmountMaxMicros; the reservation stays open
};
struct Receipt {
  Resolution resolution = Resolution::kUnknown;
  bool repeated = false;  // it had been resolved before; nothing is charged again
  int64_t charged = 0;
  int64_t overrun = 0;  // charged above hi
};

struct OpenedRun {
  Verdict verdict = Verdict::kRefused;
  Scope refused_by = Scope::kNone;
  RunHandle run;  // if granted
  bool granted() const { return verdict == Verdict::kGranted; }
};

class Ledger {
 public:
  // Declares or changes a scope; a lower limit takes nothing away from what is already reserved. Tables grow to hold
  // the id. Runs under way stay with the org they were opened in.
  void SetOrg(OrgId org, int64_t limit_month);
  void SetTenant(TenantId tenant, OrgId org, int64_t limit_month);  // org: None() for a tenant without one
  // Room for so many runs in flight, with so many reservations each, without further allocation.
  void Expect(uint32_t runs, uint32_t reservations_per_run);

  // Opens a run: its floor F(entry) is held in all scopes. `spent_before`: of its own budget, in another life (the
  // months of that life are brought back by CarryOver). Whoever opens it keeps the handle, and with it knows that it is
  // open: the ledger has no other name for a run.
  OpenedRun OpenRun(TenantId tenant, int32_t month, int64_t floor, int64_t limit_workflow, int64_t spent_before = 0);
  // What had been spent in a month before this ledger was made.
  void CarryOver(TenantId tenant, int32_t month, int64_t spent);
  void CarryOver(OrgId org, int32_t month, int64_t spent);
  // Reserves hi for an attempt, after which `floor_after` is what the run must still be able to pay. hi = 0 is always
  // granted; the floor then grows only as far as the scopes allow. A key that was granted is answered the same way
  // whatever the amounts; a refused one is asked anew.
  Grant Reserve(const Key& key, int32_t month, int64_t hi, int64_t floor_after);
  // The attempt may have been sent: `actual` is charged in full in the month of the reservation, even above hi.
  Receipt Settle(const Key& key, int64_t actual);
  // The attempt was provably not sent: nothing is charged, and the floor is what it was before the reservation.
  Receipt Release(const Key& key);
  // The mandatory rest has changed (a replan, a skipped step, a failed attempt). Refused if it grows beyond what is
  // available; then nothing has changed.
  Grant SetFloor(RunHandle run, int32_t month, int64_t floor);
  // The run's budget under the current policy. What is taken stays taken.
  void SetWorkflowLimit(RunHandle run, int64_t limit_workflow);
  // Ends the run: its floor is given back; reservations still open are charged in full, since they may have been sent.
  // Returns what was charged for those; the handle is stale afterwards. 0 for an unknown run.
  int64_t CloseRun(RunHandle run);

  // Asks memory for what a reservation of this run reads, to be called a little before; PrefetchEntries once the first
  // has arrived. No effect but on time.
  void Prefetch(RunHandle run, TenantId tenant) const {
    bylaw::Prefetch(&runs_[run.index]);
    bylaw::Prefetch(&runs_[run.index].latest);
    bylaw::Prefetch(&tenants_[tenant.index()]);
    bylaw::Prefetch(&tenants_[tenant.index()].org);
  }
  void PrefetchEntries(RunHandle run) const {
    const Run& of = runs_[run.index];
    if (of.head != kNone) bylaw::Prefetch(&blocks_[of.head].entries[of.entries % kEntriesPerBlock]);
  }

  // Null for an unknown run.
  const Account* workflow(RunHandle run) const;
  // The org it was opened in; none for an unknown run.
  OrgId org(RunHandle run) const { return IsOpen(run) ? runs_[run.index].org : OrgId::None(); }
  int64_t floor(RunHandle run) const { return IsOpen(run) ? runs_[run.index].floor : 0; }
  const MonthAccounts& tenant(TenantId id) const { return tenants_[id.index()].months; }
  const MonthAccounts& org(OrgId id) const { return orgs_[id.index()]; }
  uint32_t open_runs() const { return static_cast<uint32_t>(runs_.size() - free_runs_.size()); }

  // Recomputes every pending and held sum from the runs and compares: what is wrong, or "". O(everything).
  std::string CheckConsistency() const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kEntriesPerBlock = 3;
  enum class State : uint8_t { kOpen, kSettled, kReleased };

  struct Entry {
    uint64_t parts = 0;  // visit, step, attempt, rung
    uint32_t endpoint = 0;
    int32_t month = 0;
    int64_t hi = 0;
    int64_t charged = 0;
    int64_t floor_given_up = 0;  // by which the run's floor shrank
    State state = State::kOpen;
    int64_t reserve() const { return std::max<int64_t>(0, floor_given_up - hi); }
  };
  struct Block {
    Entry entries[kEntriesPerBlock];
    uint32_t next = kNone;
  };
  struct Run {
    Account account;
    int64_t floor = 0;
    int64_t spent_before = 0;
    TenantId tenant;
    OrgId org;
    uint32_t generation = 0;
    uint32_t head = kNone;  // the newest block
    uint32_t entries = 0;
    bool open = false;
    uint64_t latest = 0;  // the greatest Entry::parts: what lies beyond it is new, without a search
  };
  struct Tenant {
    MonthAccounts months;
    OrgId org;
  };

  bool IsOpen(RunHandle run) const {
    return run.index < runs_.size() && runs_[run.index].open && runs_[run.index].generation == run.generation;
  }
  static uint64_t Parts(const Key& key);
  void AdvanceMonths(const Run& run, int32_t month);
  // The innermost scope in which `more` does not fit; kNone if it fits everywhere. An overdrawn run may still be
  // refused what it holds, since the mandatory rest behind would be left unpayable.
  Scope Lacking(const Run& run, int64_t more, bool overdrawn_refuses) const;
  // What fits in every scope of the run.
  int64_t Room(const Run& run) const;
  // Money of a reservation, in its month; held floor, in the current month.
  void Move(Run& run, int32_t month, int64_t pending_by, int64_t held_by, int64_t spent_by);
  Scope ScopeByScope(Run& run, int64_t hi, int64_t held_by);
  Entry* FindEntry(const Run& run, const Key& key);
  Entry* Open(const Key& key);
  Entry& Append(Run& run);
  void FreeBlocks(Run& run);
  Receipt Answer(const Entry& entry, bool repeated) const;
  template <typename Visit>
  void ForEachEntry(const Run& run, Visit visit) const;

  std::vector<MonthAccounts> orgs_;
  HugeVector<Tenant> tenants_;
  HugeVector<Run> runs_;
  std::vector<uint32_t> free_runs_;
  HugeVector<Block> blocks_;
  uint32_t free_block_ = kNone;
};

template <typename Visit>
void Ledger::ForEachEntry(const Run& run, Visit visit) const {
  uint32_t in_head = run.entries == 0 ? 0 : (run.entries - 1) % kEntriesPerBlock + 1;
  for (uint32_t block = run.head; block != kNone; block = blocks_[block].next) {
    while (in_head != 0) visit(blocks_[block].entries[--in_head]);
    in_head = kEntriesPerBlock;
  }
}

}  // namespace bylaw::budget

#endif  // BYLAW_RUNTIME_BUDGET_LEDGER_H_
