// Engine: what is kept of it. Leases on budgets, where runs stand, and sealing both for the next commit.
#include "runtime/engine/durable.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/durable/tenant_data.h"
#include "runtime/engine/run_layout.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {
namespace {

// Where there is no limit nothing can be overspent; what is spent is still known to within this.
constexpr int64_t kUnlimitedChunk = 100 * kMicrosPerUnit;

int64_t ChunkOf(const budget::Account& account, uint32_t share_ppm) {
  if (account.limit == budget::kUnlimitedMicros) return kUnlimitedChunk;
  return static_cast<int64_t>(static_cast<__int128>(account.limit) * share_ppm / 1'000'000);
}

// What a lease should say now: what is taken and a chunk more, but nothing of what runs hold for their mandatory rest,
// so that after a crash the rest can still be held.
int64_t LeaseFor(const budget::Account& account, int64_t chunk) {
  const int64_t taken = account.pending + account.spent;
  if (account.limit == budget::kUnlimitedMicros) return taken + chunk;
  return std::max(taken, std::min(taken + chunk, account.limit - account.held));
}

// Covers the current month; true if the lease had to change.
bool Extend(const budget::MonthAccounts& months, uint32_t share_ppm, MonthLease* lease) {
  const budget::Account& account = months.current();
  if (months.month() == lease->month && account.pending + account.spent <= lease->micros_max) return false;
  lease->month = months.month();
  lease->micros_max = LeaseFor(account, ChunkOf(account, share_ppm));
  return true;
}

void Note(MonthLease* lease, uint32_t id, std::vector<uint32_t>* noted) {
  if (lease->noted || abi::Planted(abi::PlantedBug::kLeaseForgotten)) return;
  lease->noted = true;
  noted->push_back(id);
}

}  // namespace

// INVARIANT(leased): called after everything that adds to what is pending or spent.
void Engine::State::Cover(uint32_t index) {
  const Run& run = runs[index];
  const budget::Account* own = ledger.workflow(run.account);
  KeptRun& kept = durable->RunAt(index);
  if (own != nullptr && own->pending + own->spent > kept.spent_max) {
    kept.spent_max = LeaseFor(*own, own->limit == budget::kUnlimitedMicros ? 0 : ChunkOf(*own, options.lease_run_ppm));
    NoteRun(index);
  }
  MonthLease& lease = durable->tenants[run.tenant.index()];
  if (Extend(ledger.tenant(run.tenant), options.lease_month_ppm, &lease)) {
    Note(&lease, run.tenant.value(), &durable->noted_tenants);
  }
  const OrgId org = ledger.org(run.account);
  if (!org.valid()) return;
  MonthLease& org_lease = durable->orgs[org.index()];
  if (Extend(ledger.org(org), options.lease_month_ppm, &org_lease)) {
    Note(&org_lease, org.value(), &durable->noted_orgs);
  }
}

void Engine::State::NoteRun(uint32_t index) {
  KeptRun& kept = durable->RunAt(index);
  if (kept.noted || kept.name.boot == 0) return;
  kept.noted = true;
  durable->noted_runs.push_back(index);
}

void Engine::State::NoteRun(RunId run) {
  if (durable != nullptr && runs.Find(run) != nullptr) NoteRun(run.index);
}

// A run that was accepted gets the name it keeps.
void Engine::State::KeepNewRun(uint32_t index) {
  durable->RunAt(index) = {.name = {durable->boot, index, runs[index].generation}};
  NoteRun(index);
}

// Texts are kept once, by name: a run that moves to another policy keeps its names, not its slots.
void Engine::State::KeepTexts(uint32_t index, uint32_t slot, const std::vector<std::string>& values) {
  const KeptRun& kept = durable->RunAt(index);
  if (kept.name.boot == 0) return;
  const Run& run = runs[index];
  const std::string& name = ImageOf(run).workflows[run.plan->workflow.index()].slots[slot].name;
  durable::WithTenant(durable->journal->store(), TenantName(run.tenant), [&](auto mine) {
    mine.KeepText(durable->journal->batch(), mine.Run(kept.name), name, Encode(values));
  });
}

const std::string& Engine::State::TenantName(TenantId tenant) const {
  return current->held.policy->names().tenants.NameOf(tenant);
}

uint32_t Engine::State::LayoutNumber(const Run& run) {
  const auto [at, added] =
      durable->layout_of.try_emplace(uint64_t{run.edition->epoch} << 32 | run.plan->workflow.value(), 0);
  if (!added) return at->second;
  std::string layout = Encode(LayoutOf(ImageOf(run), *run.plan));
  std::vector<std::string>& known = durable->layouts;
  const auto same = std::find(known.begin(), known.end(), layout);
  at->second = static_cast<uint32_t>(same - known.begin());
  if (same == known.end()) {
    durable->directory.KeepLayout(durable->journal->batch(), at->second, layout);
    known.push_back(std::move(layout));
  }
  return at->second;
}

void Engine::State::WriteRun(uint32_t index, bool ended) {
  const Run& run = runs[index];
  KeptRun& kept = durable->RunAt(index);
  kept.noted = false;
  const TimeNs offset = clock->WallNow() - Now();
  KeptHeader header;
  header.layout = LayoutNumber(run);
  header.step = StepOf(run).value();
  header.attempt = run.attempt;
  header.visit = run.visit;
  header.lane = static_cast<uint8_t>(run.lane);
  header.approved = (run.flags & kRunApproved) != 0;
  header.ended = ended;
  header.spent_max_micros = abi::Planted(abi::PlantedBug::kOwnLeaseForgotten)
                                ? kept.spent_before
                                : std::max(kept.spent_max, kept.spent_before);
  header.submitted_wall_ns = run.submitted_at + offset;
  if (run.suspended_since != kForeverNs) header.suspended_wall_ns = run.suspended_since + offset;
  if (ended) {
    const uint32_t days =
        std::max(run.record->keep_data_days, std::min(options.keep_ended_days, run.record->erase_data_days));
    header.erase_after_wall_ns = AddSaturating(clock->WallNow(), days * kDayNs);
  }
  durable::WithTenant(durable->journal->store(), TenantName(run.tenant), [&](auto mine) {
    mine.KeepRun(durable->journal->batch(), mine.Run(kept.name), Encode(header, run.block, run.plan->block_words));
  });
}

void Engine::State::NoteEnd(uint32_t index) {
  KeptRun& kept = durable->RunAt(index);
  if (kept.name.boot == 0) return;
  if (!abi::Planted(abi::PlantedBug::kEndForgotten)) WriteRun(index, /*ended=*/true);
  kept = {};
}

// `exact`: leases shrink to what is taken.
void Engine::State::ShrinkLeases() {
  rates.ShrinkLeases();
  const auto shrink = [](const budget::MonthAccounts& months, MonthLease* lease) {
    const int64_t taken = months.current().pending + months.current().spent;
    if (months.month() != lease->month || lease->micros_max == taken) return false;
    lease->micros_max = taken;
    return true;
  };
  for (uint32_t i = 0; i < durable->tenants.size(); ++i) {
    MonthLease& lease = durable->tenants[i];
    if (shrink(ledger.tenant(TenantId(i)), &lease)) Note(&lease, i, &durable->noted_tenants);
  }
  for (uint32_t i = 0; i < durable->orgs.size(); ++i) {
    MonthLease& lease = durable->orgs[i];
    if (shrink(ledger.org(OrgId(i)), &lease)) Note(&lease, i, &durable->noted_orgs);
  }
  for (uint32_t index = 0; index < runs.size(); ++index) {
    const budget::Account* own = runs[index].state == RunState::kGone ? nullptr : ledger.workflow(runs[index].account);
    if (own == nullptr) continue;
    durable->RunAt(index).spent_max = own->pending + own->spent;
    NoteRun(index);
  }
}

void Engine::State::WriteRateLeases() {
  const policy::Directory& names = current->held.policy->names();
  const DurationNs offset = clock->WallNow() - Now();
  for (const auto& [owner, lease] : rates.leases()->TakeNoted()) {
    const std::string limit =
        EncodeLimit(owner, owner.resource == abi::kNoId ? "" : names.resources.NameOf(ResourceId(owner.resource)));
    const TimeNs until = owner.window == abi::RateWindow::kCalendar ? lease.until : AddSaturating(lease.until, offset);
    durable::Journal& journal = *durable->journal;
    if (owner.endpoint) {
      durable->directory.KeepQuota(journal.batch(), names.endpoints.NameOf(EndpointId(owner.id)), limit,
                                   lease.units_max, until);
      continue;
    }
    durable::WithTenant(journal.store(), TenantName(TenantId(owner.id)),
                        [&](auto mine) { mine.KeepLimit(journal.batch(), limit, lease.units_max, until); });
  }
}

uint64_t Engine::State::Seal(bool exact) {
  if (durable == nullptr) return 0;
  if (exact) ShrinkLeases();
  durable::Journal& journal = *durable->journal;
  for (const uint32_t index : durable->noted_runs) {
    if (durable->RunAt(index).noted) WriteRun(index, /*ended=*/false);
  }
  durable->noted_runs.clear();
  for (const uint32_t id : durable->noted_tenants) {
    MonthLease& lease = durable->tenants[id];
    lease.noted = false;
    durable::WithTenant(journal.store(), TenantName(TenantId(id)),
                        [&](auto mine) { mine.KeepMonth(journal.batch(), lease.month, lease.micros_max); });
  }
  durable->noted_tenants.clear();
  for (const uint32_t id : durable->noted_orgs) {
    MonthLease& lease = durable->orgs[id];
    lease.noted = false;
    durable->directory.KeepOrgMonth(journal.batch(), current->held.policy->names().orgs.NameOf(OrgId(id)), lease.month,
                                    lease.micros_max);
  }
  durable->noted_orgs.clear();
  WriteRateLeases();
  return journal.Seal();
}

std::string Engine::State::CheckLeases() const {
  const auto covered = [](const budget::MonthAccounts& months, const MonthLease& lease) {
    const int64_t taken = months.current().pending + months.current().spent;
    return taken == 0 || (months.month() == lease.month && taken <= lease.micros_max);
  };
  for (uint32_t i = 0; i < durable->tenants.size(); ++i) {
    if (!covered(ledger.tenant(TenantId(i)), durable->tenants[i])) return "a tenant spends beyond its lease";
  }
  for (uint32_t i = 0; i < durable->orgs.size(); ++i) {
    if (!covered(ledger.org(OrgId(i)), durable->orgs[i])) return "an org spends beyond its lease";
  }
  for (uint32_t index = 0; index < durable->runs.size() && index < runs.size(); ++index) {
    const budget::Account* own = ledger.workflow(runs[index].account);
    if (runs[index].state == RunState::kGone || own == nullptr) continue;
    if (own->pending + own->spent > durable->runs[index].spent_max) return "a run spends beyond its lease";
  }
  return rates.CheckLeases();
}

}  // namespace bylaw::engine
