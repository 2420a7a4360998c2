// Engine: exceptions come into force and lapse by the wall clock, to the second and without a reload.
//
// A tenant's record in force (RecordNow) becomes another; what is counted of it follows at once, as after a reload.
// Runs under way keep the step table they were admitted under; places and denials hold under both, as for an older
// policy.
#include <algorithm>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {

// Of the policy that has just been published.
void Engine::State::MakePhases() {
  const TimeNs wall_now = clock->WallNow();
  const HeldPolicy& held = current->held;
  const abi::PolicyImage& image = held.image();
  in_force.clear();
  changes.clear();
  for (const abi::TenantPhase& phase : image.phases) {
    const TenantId tenant = held.numberings().tenants.Known(phase.tenant);
    const abi::TenantRecord& after = image.RecordAt(phase.tenant, phase.until_ns);
    changes.push_back({phase.from_ns, tenant, &phase.record});
    changes.push_back({phase.until_ns, tenant, &after});
    if (phase.from_ns <= wall_now && wall_now < phase.until_ns) in_force[tenant.value()] = &phase.record;
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const PhaseChange& a, const PhaseChange& b) { return a.at < b.at; });
  next_change = 0;
  while (next_change < changes.size() && changes[next_change].at <= wall_now) ++next_change;
}

void Engine::State::AdoptPhases(TimeNs wall_now) {
  const TimeNs now = Now();
  bool moved = false;
  for (; next_change < changes.size() && changes[next_change].at <= wall_now; ++next_change) {
    const PhaseChange& change = changes[next_change];
    const abi::PolicyImage& image = current->held.image();
    const uint32_t lapses = image.PhaseOf(RecordNow(change.tenant));
    const uint32_t begins = image.PhaseOf(change.record);
    if (begins == abi::kNoId && abi::Planted(abi::PlantedBug::kExceptionOutlives)) continue;
    in_force[change.tenant.value()] = change.record;
    moved |= ApplyTenant(change.tenant, current->held.policy.get(), now);
    audit::Record entry;
    entry.wall_ns = wall_now;
    entry.event = audit::Event::kException;
    entry.tenant = change.record->tenant.value();
    const abi::ClauseRef sentence = abi::kTenantTerm | abi::kTermTenant;
    entry.clause = current->held.image().ResolveClause(*change.record, sentence).value();
    entry.epoch = current->epoch;
    entry.exception = begins == abi::kNoId ? lapses : begins;
    entry.verdict = begins == abi::kNoId ? abi::Verdict::kSkip : abi::Verdict::kProceed;
    Write(entry);
  }
  for (size_t org = 0; org < orgs.size(); ++org) ShareOrgCap(OrgId(static_cast<uint32_t>(org)));
  if (moved) MoveQueuedRuns();
  WakeRelimited();
  for (uint32_t pool = 0; pool < pools.size(); ++pool) WriteSchedulerEvents(pool);
  WakeAllSuspended(/*only_health=*/false);
}

TimeNs Engine::State::NextPhaseAt(TimeNs wall_now) const {
  return next_change < changes.size() ? std::max(wall_now, changes[next_change].at) : kForeverNs;
}

}  // namespace bylaw::engine
