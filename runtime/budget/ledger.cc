#include "runtime/budget/ledger.h"

#include <algorithm>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"

namespace bylaw::budget {

namespace {

bool InRange(int64_t micros) { return micros >= 0 && micros <= kAmountMaxMicros; }

}  // namespace

void Ledger::SetOrg(OrgId org, int64_t limit_month) {
  BYLAW_CHECK(org.valid() && limit_month >= 0, "an org's budget needs an org and an amount");
  if (org.index() >= orgs_.size()) orgs_.resize(org.index() + 1);
  orgs_[org.index()].SetLimit(limit_month);
}

void Ledger::SetTenant(TenantId tenant, OrgId org, int64_t limit_month) {
  BYLAW_CHECK(tenant.valid() && limit_month >= 0, "a tenant's budget needs a tenant and an amount");
  if (tenant.index() >= tenants_.size()) tenants_.resize(tenant.index() + 1);
  if (org.valid() && org.index() >= orgs_.size()) orgs_.resize(org.index() + 1);
  tenants_[tenant.index()].months.SetLimit(limit_month);
  tenants_[tenant.index()].org = org;
}

void Ledger::Expect(uint32_t runs, uint32_t reservations_per_run) {
  runs_.reserve(runs);
  free_runs_.reserve(runs);
  blocks_.reserve(size_t{runs} * ((reservations_per_run + kEntriesPerBlock - 1) / kEntriesPerBlock));
}

OpenedRun Ledger::OpenRun(TenantId tenant, int32_t month, int64_t floor, int64_t limit_workflow, int64_t spent_before) {
  BYLAW_CHECK(tenant.valid() && tenant.index() < tenants_.size(), "a run is opened for a tenant of the ledger");
  if (!InRange(floor) || !InRange(spent_before) || limit_workflow < 0) return {Verdict::kOutOfRange, Scope::kNone, {}};

  Run run;
  run.account.limit = limit_workflow;
  run.account.spent = run.spent_before = spent_before;
  run.tenant = tenant;
  run.org = tenants_[tenant.index()].org;
  AdvanceMonths(run, month);
  if (const Scope scope = Lacking(run, floor, false); scope != Scope::kNone) return {Verdict::kRefused, scope, {}};

  run.floor = floor;
  run.open = true;
  Move(run, month, 0, floor, 0);
  uint32_t index;
  if (free_runs_.empty()) {
    index = static_cast<uint32_t>(runs_.size());
    runs_.push_back(run);
  } else {
    index = free_runs_.back();
    free_runs_.pop_back();
    run.generation = runs_[index].generation;
    runs_[index] = run;
  }
  return {Verdict::kGranted, Scope::kNone, {index, run.generation}};
}

void Ledger::CarryOver(TenantId tenant, int32_t month, int64_t spent) {
  MonthAccounts& months = tenants_[tenant.index()].months;
  months.Advance(month);
  months.At(month).Add(0, 0, spent);
}

void Ledger::CarryOver(OrgId org, int32_t month, int64_t spent) {
  orgs_[org.index()].Advance(month);
  orgs_[org.index()].At(month).Add(0, 0, spent);
}

Grant Ledger::Reserve(const Key& key, int32_t month, int64_t hi, int64_t floor_after) {
  if (!IsOpen(key.run)) return {};
  Run& run = runs_[key.run.index];
  if (const Entry* entry = FindEntry(run, key)) return {Verdict::kGranted, Scope::kNone, true, entry->hi};
  if (!InRange(hi) || !InRange(floor_after)) return {Verdict::kOutOfRange};
  AdvanceMonths(run, month);

  const int64_t need = hi + floor_after - run.floor;
  Scope scope = Lacking(run, need, hi != 0);
  if (hi == 0 && scope != Scope::kNone && !abi::Planted(abi::PlantedBug::kFreeStepBlocked)) {
    floor_after = run.floor + std::clamp<int64_t>(Room(run), 0, need);
    scope = Scope::kNone;
  }
  Entry entry;
  entry.hi = hi;
  entry.floor_given_up = std::max<int64_t>(0, run.floor - floor_after);
  const int64_t held_by = floor_after + entry.reserve() - run.floor;
  if (abi::Planted(abi::PlantedBug::kScopeByScope)) {
    if (hi != 0) scope = ScopeByScope(run, hi, held_by);
  }
  if (scope != Scope::kNone) {
    if (abi::Planted(abi::PlantedBug::kRefusalKeepsPart)) run.account.Add(hi, 0, 0);
    return {Verdict::kRefused, scope};
  }
  entry.parts = Parts(key);
  entry.endpoint = key.endpoint;
  entry.month = tenants_[run.tenant.index()].months.month();
  if (!abi::Planted(abi::PlantedBug::kScopeByScope) || hi == 0) Move(run, entry.month, hi, held_by, 0);
  run.floor = floor_after;
  run.latest = std::max(run.latest, entry.parts);
  Append(run) = entry;
  return {Verdict::kGranted, Scope::kNone, false, hi};
}

Receipt Ledger::Settle(const Key& key, int64_t actual) {
  if (!InRange(actual)) return {Resolution::kOutOfRange};
  Entry* entry = Open(key);
  if (entry == nullptr) return {};
  Run& run = runs_[key.run.index];
  if (entry->state != State::kOpen) {
    if (abi::Planted(abi::PlantedBug::kSettleAgainCharges) && entry->state == State::kSettled)
      Move(run, entry->month, 0, 0, actual);
    return Answer(*entry, true);
  }
  if (abi::Planted(abi::PlantedBug::kOverrunForgotten)) actual = std::min(actual, entry->hi);
  Move(run, entry->month, -entry->hi, -entry->reserve(), actual);
  entry->state = State::kSettled;
  entry->charged = actual;
  return Answer(*entry, false);
}

Receipt Ledger::Release(const Key& key) {
  Entry* entry = Open(key);
  if (entry == nullptr) return {};
  if (entry->state != State::kOpen) return Answer(*entry, true);
  Run& run = runs_[key.run.index];
  if (abi::Planted(abi::PlantedBug::kReleaseForgetsOrg) && run.org.valid())
    orgs_[run.org.index()].At(entry->month).Add(entry->hi, 0, 0);
  const int64_t given_back = abi::Planted(abi::PlantedBug::kReleaseKeepsFloor) ? 0 : entry->floor_given_up;
  Move(run, entry->month, -entry->hi, given_back - entry->reserve(), 0);
  run.floor += given_back;
  entry->state = State::kReleased;
  return Answer(*entry, false);
}

Grant Ledger::SetFloor(RunHandle handle, int32_t month, int64_t floor) {
  if (!IsOpen(handle)) return {};
  if (!InRange(floor)) return {Verdict::kOutOfRange};
  Run& run = runs_[handle.index];
  AdvanceMonths(run, month);
  const int64_t more = floor - run.floor;
  if (const Scope scope = Lacking(run, more, false); scope != Scope::kNone) return {Verdict::kRefused, scope};
  Move(run, month, 0, more, 0);
  run.floor = floor;
  return {Verdict::kGranted};
}

void Ledger::SetWorkflowLimit(RunHandle handle, int64_t limit_workflow) {
  BYLAW_CHECK(limit_workflow >= 0, "a budget is not negative");
  if (IsOpen(handle)) runs_[handle.index].account.limit = limit_workflow;
}

int64_t Ledger::CloseRun(RunHandle handle) {
  if (!IsOpen(handle)) return 0;
  Run& run = runs_[handle.index];
  int64_t charged = 0;
  ForEachEntry(run, [&](const Entry& entry) {
    if (entry.state != State::kOpen) return;
    Move(run, entry.month, -entry.hi, -entry.reserve(), entry.hi);
    charged += entry.hi;
  });
  Move(run, INT32_MIN, 0, -run.floor, 0);
  FreeBlocks(run);
  run.open = false;
  ++run.generation;
  free_runs_.push_back(handle.index);
  return charged;
}

const Account* Ledger::workflow(RunHandle run) const { return IsOpen(run) ? &runs_[run.index].account : nullptr; }

uint64_t Ledger::Parts(const Key& key) {
  return uint64_t{key.visit} << 48 | uint64_t{key.step} << 32 | uint64_t{key.attempt} << 16 | key.rung;
}

void Ledger::AdvanceMonths(const Run& run, int32_t month) {
  // Both scopes of a run count the same month, whichever other run moved one of them on.
  MonthAccounts& tenant = tenants_[run.tenant.index()].months;
  if (!run.org.valid()) return tenant.Advance(month);
  MonthAccounts& org = orgs_[run.org.index()];
  month = std::max({month, tenant.month(), org.month()});
  tenant.Advance(month);
  org.Advance(month);
}

Scope Ledger::Lacking(const Run& run, int64_t more, bool overdrawn_refuses) const {
  if (overdrawn_refuses ? more > run.account.room() : !run.account.Fits(more)) return Scope::kWorkflow;
  const bool unchecked = abi::Planted(abi::PlantedBug::kTenantMonthUnchecked);
  if (!unchecked && !tenants_[run.tenant.index()].months.current().Fits(more)) return Scope::kTenantMonth;
  if (abi::Planted(abi::PlantedBug::kOrgMonthUnchecked)) return Scope::kNone;
  if (run.org.valid() && !orgs_[run.org.index()].current().Fits(more)) return Scope::kOrgMonth;
  return Scope::kNone;
}

int64_t Ledger::Room(const Run& run) const {
  const int64_t room = std::min(run.account.room(), tenants_[run.tenant.index()].months.current().room());
  return run.org.valid() ? std::min(room, orgs_[run.org.index()].current().room()) : room;
}

void Ledger::Move(Run& run, int32_t month, int64_t pending_by, int64_t held_by, int64_t spent_by) {
  const auto move = [&](MonthAccounts& months) {
    months.current().Add(0, held_by, 0);
    if (pending_by == 0 && spent_by == 0) return;
    months.At(month).Add(pending_by, 0, spent_by);
  };
  run.account.Add(pending_by, held_by, spent_by);
  move(tenants_[run.tenant.index()].months);
  if (run.org.valid()) move(orgs_[run.org.index()]);
}

// The fault of kScopeByScope: each scope is committed as soon as it has been checked.
Scope Ledger::ScopeByScope(Run& run, int64_t hi, int64_t held_by) {
  const auto take = [&](Account& account) {
    if (!account.Fits(hi + held_by)) return false;
    account.Add(hi, held_by, 0);
    return true;
  };
  if (!take(run.account)) return Scope::kWorkflow;
  if (!take(tenants_[run.tenant.index()].months.current())) return Scope::kTenantMonth;
  if (run.org.valid() && !take(orgs_[run.org.index()].current())) return Scope::kOrgMonth;
  return Scope::kNone;
}

Ledger::Entry* Ledger::FindEntry(const Run& run, const Key& key) {
  const uint64_t parts = Parts(key);
  if (parts > run.latest || run.entries == 0) return nullptr;
  uint32_t in_head = (run.entries - 1) % kEntriesPerBlock + 1;
  for (uint32_t block = run.head; block != kNone; block = blocks_[block].next) {
    while (in_head != 0) {
      Entry& entry = blocks_[block].entries[--in_head];
      if (entry.parts == parts && entry.endpoint == key.endpoint) return &entry;
    }
    in_head = kEntriesPerBlock;
  }
  return nullptr;
}

Ledger::Entry* Ledger::Open(const Key& key) { return IsOpen(key.run) ? FindEntry(runs_[key.run.index], key) : nullptr; }

Ledger::Entry& Ledger::Append(Run& run) {
  const uint32_t at = run.entries++ % kEntriesPerBlock;
  if (at == 0) {
    uint32_t block = free_block_;
    if (block == kNone) {
      block = static_cast<uint32_t>(blocks_.size());
      blocks_.emplace_back();
    } else {
      free_block_ = blocks_[block].next;
    }
    blocks_[block].next = run.head;
    run.head = block;
  }
  return blocks_[run.head].entries[at];
}

void Ledger::FreeBlocks(Run& run) {
  while (run.head != kNone) {
    const uint32_t next = blocks_[run.head].next;
    blocks_[run.head].next = free_block_;
    free_block_ = run.head;
    run.head = next;
  }
  run.entries = 0;
}

Receipt Ledger::Answer(const Entry& entry, bool repeated) const {
  if (entry.state == State::kReleased) return {Resolution::kReleased, repeated, 0, 0};
  return {Resolution::kSettled, repeated, entry.charged, std::max<int64_t>(0, entry.charged - entry.hi)};
}

}  // namespace bylaw::budget
