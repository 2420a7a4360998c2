// Engine: the gates of a step, and what follows from how it went.
#include <algorithm>

#include "base/check.h"
#include "base/prefetch.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {
namespace {

void Stop(abi::Decision* decision, abi::Verdict verdict, abi::Reason reason, abi::ClauseRef clause) {
  decision->verdict = static_cast<uint8_t>(verdict);
  decision->reason = static_cast<uint8_t>(reason);
  decision->clause = clause;
}

bool Is(const abi::Decision& decision, abi::Verdict verdict) {
  return decision.verdict == static_cast<uint8_t>(verdict);
}

}  // namespace

budget::Key Engine::State::KeyOf(const Run& run, const abi::Decision& decision) const {
  return {.run = run.account,
          .step = static_cast<uint16_t>(StepOf(run).value()),
          .visit = static_cast<uint16_t>(run.visit),
          .attempt = static_cast<uint16_t>(run.attempt),
          .rung = decision.rung,
          .endpoint = decision.endpoint};
}

RateCall Engine::State::CallOf(const Run& run, const abi::Decision& decision, const Estimate& estimate) const {
  const int64_t stated = estimate.input_tokens + estimate.output_tokens;
  const StepPlan& plan = run.plan->steps[run.position];
  const abi::TenantRecord* record = IsOlder(run) ? RecordNow(run.tenant) : run.record;
  const Policy::Numberings& numberings = run.edition->held.numberings();
  return {.tenant = run.tenant,
          .weight = record == nullptr ? run.record->weight : record->weight,
          .resource = numberings.resources.Known(ResourceId(decision.resource)).value(),
          .endpoint = numberings.endpoints.Known(EndpointId(decision.endpoint)).value(),
          .tokens = stated > 0 ? stated : plan.input_tokens + plan.output_tokens};
}

// Gates 1 to 4 and 6: the run's own policy decides; an older one within what the published one leaves of it.
const Edition& Engine::State::Decide(const Run& run, TimeNs now, TimeNs wall_now, int64_t remaining,
                                     abi::Decision* decision) {
  HeldPolicy& held = run.edition->held;
  const bool older = IsOlder(run);
  abi::StepRequest request;
  request.wall_now_ns = wall_now;
  request.remaining_micros = remaining;
  request.budget_micros = BudgetNow(run);
  request.up = held.overlay.up().words();
  request.permitted = abi::Planted(abi::PlantedBug::kRevocationIgnored) ? held.overlay.up().words()
                      : older                                           ? PermittedToOlder(run, wall_now)
                              : held.masks.For(run.record->shape, wall_now, held.overlay);
  request.slots = ValuesOf(run);
  request.present = PresentOf(run);
  request.spent_micros = ledger.workflow(run.account)->spent;
  request.age_ns = now - run.submitted_at;
  request.attempt = run.attempt;
  request.approved = (run.flags & kRunApproved) != 0;
  const abi::StepEntry& entry = run.entries[StepOf(run).index()];
  entry.decide(&entry, run.record, &request, decision);
  if (older && !Is(*decision, abi::Verdict::kDeny) && DeniedNow(run, request, decision)) return *current;
  return *run.edition;
}

// The workflow's budget is the published policy's; a tenant that it no longer has keeps its last one.
int64_t Engine::State::BudgetNow(const Run& run) const {
  if (!IsOlder(run)) return run.record->budget_workflow_micros;
  const abi::TenantRecord* record = RecordNow(run.tenant);
  return (record == nullptr ? run.record : record)->budget_workflow_micros;
}

// What the ladder may count on when a month has less left than the run: what it holds there is its own.
int64_t Engine::State::RemainingInMonths(const Run& run, int64_t remaining) const {
  const int64_t held = ledger.workflow(run.account)->held;
  const auto narrow = [&](const budget::Account& month) {
    if (month.limit != budget::kUnlimitedMicros) remaining = std::min(remaining, month.available() + held);
  };
  narrow(ledger.tenant(run.tenant).current());
  if (const OrgId org = tenants[run.tenant.index()].org; org.valid()) narrow(ledger.org(org).current());
  return std::max<int64_t>(0, remaining);
}

// What a step reads of a run, each line of which depends on the one before: the run; its record, block, accounts and
// limits; the newest reservation and the limits' numbers; the windows.
void Engine::State::PrefetchStep(const Run& run) const {
  if ((run.flags & kRunPinned) == 0) return;  // it has no account yet
  for (size_t line = 1; line < offsetof(Run, list_previous) / 64 + 1; ++line) {
    bylaw::Prefetch(reinterpret_cast<const char*>(&run) + 64 * line);
  }
  bylaw::Prefetch(run.record);
  bylaw::Prefetch(run.block);
  ledger.Prefetch(run.account, run.tenant);
  rates.Prefetch(run.tenant);
}

void Engine::State::Prefetch(std::span<const RunId> ids) const {
  for (const RunId id : ids) runs.Prefetch(id);
  const auto for_each = [&](auto visit) {
    for (const RunId id : ids) {
      if (const Run* run = runs.Find(id); run != nullptr && (run->flags & kRunPinned) != 0) visit(*run);
    }
  };
  for_each([&](const Run& run) { PrefetchStep(run); });
  for_each([&](const Run& run) {
    ledger.PrefetchEntries(run.account);
    rates.PrefetchLimits(run.tenant);
  });
  for_each([&](const Run& run) { rates.PrefetchWindows(run.tenant); });
}

// All gates. Nothing has been taken from any limit or budget unless the decision proceeds.
const Edition& Engine::State::Gate(uint32_t index, const Estimate& estimate, abi::Decision* decision) {
  Run& run = runs[index];
  // What a run among many has in no cache arrives while the clock is read and the policy decides.
  PrefetchStep(run);
  const TimeNs now = Now();
  const TimeNs wall_now = clock->WallNow();
  ledger.PrefetchEntries(run.account);
  rates.PrefetchLimits(run.tenant);
  FollowCalendar(wall_now);
  if (wall_now >= run.basis_until) [[unlikely]]
    EndBasis(index, wall_now);
  const int32_t month = rates.MonthAt(wall_now);
  if (run.edition != current || !changes.empty()) [[unlikely]]
    ledger.SetWorkflowLimit(run.account, BudgetNow(run));
  int64_t remaining = ledger.workflow(run.account)->remaining();
  rates.PrefetchWindows(run.tenant);
  for (bool asked_again = false;; asked_again = true) {
    const Edition& by = Decide(run, now, wall_now, remaining, decision);
    if (!Is(*decision, abi::Verdict::kProceed)) {
      // The policy knows the wall clock only; runs wait on the monotonic one.
      if (Is(*decision, abi::Verdict::kWait)) decision->retry_at_ns = now + (decision->retry_at_ns - wall_now);
      return by;
    }
    if (decision->ask_count > 0 && (run.flags & kRunApproved) == 0) {
      Stop(decision, abi::Verdict::kReview, abi::Reason::kApproval, decision->clause);
      return by;
    }
    const RateCall call = CallOf(run, *decision, estimate);
    const RateAnswer rate = rates.Check(call, run.rates, now, wall_now);
    if (!rate.granted) {
      const bool never = rate.retry_at_ns == kForeverNs;
      Stop(decision, never ? abi::Verdict::kSuspend : abi::Verdict::kWait, rate.reason, rate.clause);
      decision->retry_at_ns = never ? 0 : rate.retry_at_ns;
      return *current;
    }
    if (abi::Planted(abi::PlantedBug::kRateTakenOnRefusal)) rates.Commit(call, run.rates, now);
    const int64_t floor = abi::Planted(abi::PlantedBug::kFloorNotHeld) ? 0 : decision->floor_micros;
    const budget::Grant grant = ledger.Reserve(KeyOf(run, *decision), month, decision->reserved_micros, floor);
    if (grant.granted()) {
      if (!abi::Planted(abi::PlantedBug::kRateTakenOnRefusal)) rates.Commit(call, run.rates, now);
      return by;
    }
    BYLAW_CHECK(grant.verdict == budget::Verdict::kRefused, "a step reserves what a policy can state");
    if (asked_again) {
      Stop(decision, abi::Verdict::kSuspend, abi::Reason::kBudget, BudgetClause(run, grant.refused_by));
      return *current;
    }
    remaining = RemainingInMonths(run, remaining);
  }
}

abi::ClauseRef Engine::State::BudgetClause(const Run& run, budget::Scope scope) const {
  const abi::TenantRecord* record = RecordNow(run.tenant);
  if (record == nullptr) return abi::kNoClause;
  switch (scope) {
    case budget::Scope::kNone:
      return abi::kNoClause;
    case budget::Scope::kWorkflow:
      return abi::kTenantTerm | abi::kTermBudgetWorkflow;
    case budget::Scope::kTenantMonth:
      return abi::kTenantTerm | abi::kTermBudgetMonth;
    case budget::Scope::kOrgMonth:
      // The org in which the run was opened may not be its tenant's any more.
      return record->org.valid() ? current->held.image().orgs[record->org.index()].budget_clause.value()
                                 : abi::kNoClause;
  }
  BYLAW_UNREACHABLE("a scope outside the enumeration");
}

StepDecision Engine::State::Told(const Run& run, const abi::Decision& decision, policy::Epoch epoch) const {
  return {run.edition->held.policy->Known(decision), epoch};
}

StepDecision Engine::State::BeginStep(uint32_t index, StepId step, const Estimate& estimate) {
  Run& run = runs[index];
  BYLAW_CHECK(run.state == RunState::kRunning, "a step begins on a slot, after the last one has ended");
  BYLAW_CHECK(step == StepOf(run), "the step to begin is NextStep");
  if (options.slot_lease_ns > 0) HearOf(run);
  abi::Decision decision;
  if (sink_failed && !abi::Planted(abi::PlantedBug::kFailsOpen)) {
    FailClosed(index, &decision);
    return Told(run, decision, run.edition->epoch);
  }
  const Edition& by = Gate(index, estimate, &decision);
  const Edition& own = *run.edition;
  const policy::Epoch epoch = by.epoch;
  if (own.held.policy->renumbered()) [[unlikely]] {
    // The run may end, and with it its policy, before the decision is told.
    const std::shared_ptr<const Policy> policy = own.held.policy;
    Obey(index, &decision, by);
    return {policy->Known(decision), epoch};
  }
  Obey(index, &decision, by);
  return {decision, epoch};
}

// The record cannot be written: nothing goes on, nothing is lost.
void Engine::State::FailClosed(uint32_t index, abi::Decision* decision) {
  *decision = abi::ProceedDecision();
  Stop(decision, abi::Verdict::kDeny, abi::Reason::kFailClosed, abi::kNoClause);
  runs[index].last = *decision;
  runs[index].last_epoch = runs[index].edition->epoch;
  Suspend(index);
}

void Engine::State::Obey(uint32_t index, abi::Decision* decision, const Edition& by) {
  Run& run = runs[index];
  const bool proceeds = Is(*decision, abi::Verdict::kProceed);
  const bool recorded = (proceeds && decision->rung == 0) || WriteDecision(index, *decision, by);
  if (!recorded || (proceeds && sink_failed && !abi::Planted(abi::PlantedBug::kFailsOpen))) {
    if (proceeds) {
      ledger.Release(KeyOf(run, *decision));
      rates.Undo(CallOf(run, *decision, {}), run.rates);
    }
    return FailClosed(index, decision);
  }
  run.last = *decision;
  run.last_epoch = by.epoch;
  if (!Is(*decision, abi::Verdict::kWait)) rates.Forget(run.tenant, run.rates);
  if (decision->lane != abi::kLaneUnchanged) run.lane = static_cast<abi::Lane>(decision->lane);
  switch (static_cast<abi::Verdict>(decision->verdict)) {
    case abi::Verdict::kProceed:
      run.state = RunState::kCalling;
      if (run.suspended_since != kForeverNs) [[unlikely]] {
        run.suspended_since = kForeverNs;
        if (durable != nullptr && !abi::Planted(abi::PlantedBug::kResumptionUnkept)) NoteRun(index);
      }
      if (durable != nullptr && decision->reserved_micros > 0) Cover(index);
      if (decision->endpoint != abi::kNoId)
        UsedOf(run)[decision->endpoint / 64] |= uint64_t{1} << decision->endpoint % 64;
      return;
    case abi::Verdict::kSkip:
      return Advance(run);
    case abi::Verdict::kReview:
      return ParkForReview(index);
    case abi::Verdict::kWait:
      return ParkOnTicket(index, decision->retry_at_ns);
    case abi::Verdict::kSuspend:
      return Suspend(index);
    case abi::Verdict::kDeny:
      if (run.plan->steps[run.position].optional) return Advance(run);
      return End(index, abi::Verdict::kDeny, static_cast<abi::Reason>(decision->reason));
  }
}

void Engine::State::Advance(Run& run) {
  ++run.position;
  ++run.visit;
  run.attempt = 1;
  run.flags &= static_cast<uint8_t>(~kRunApproved);
}

After Engine::State::AfterThis(const Run& run) const {
  return AtEnd(run) ? After{.then = Then::kFinish, .step = StepId::None()}
                    : After{.then = Then::kStep, .step = StepOf(run)};
}

After Engine::State::EndStep(uint32_t index, const Usage& actual, Outcome outcome, std::span<const Value> outputs) {
  Run& run = runs[index];
  BYLAW_CHECK(run.state == RunState::kCalling, "a step ends once, after it has begun");
  BYLAW_CHECK(actual.cost_micros >= 0 && actual.tokens >= 0, "what was used is not negative");
  run.state = RunState::kRunning;
  if (options.slot_lease_ns > 0 && !abi::Planted(abi::PlantedBug::kEndUnheard)) HearOf(run);
  const budget::Key key = KeyOf(run, run.last);
  if (outcome == Outcome::kNotSent) {
    ledger.Release(key);
    rates.Undo(CallOf(run, run.last, {}), run.rates);
    return AfterFailure(index);
  }
  const bool free = outcome == Outcome::kFailed && abi::Planted(abi::PlantedBug::kFailedIsFree);
  const int64_t cost = free ? 0 : std::min(actual.cost_micros, budget::kAmountMaxMicros);
  const budget::Receipt receipt = ledger.Settle(key, cost);
  rates.Settle(CallOf(run, run.last, {}), run.rates, actual.tokens);
  if (receipt.overrun > 0) {
    if (durable != nullptr) Cover(index);
    audit::Record record = RecordOf(audit::Event::kOverrun, run, index);
    record.step = StepOf(run).value();
    record.endpoint = run.last.endpoint;
    record.amount_micros = receipt.overrun;
    Write(record);
  }
  if (outcome == Outcome::kFailed) return AfterFailure(index);
  StoreValues(index, outputs, run.position);
  Advance(run);
  return AfterThis(run);
}

// What is mandatory from `position` on, at least.
int64_t Engine::State::FloorBefore(const Run& run, uint16_t position) const {
  if (position == 0) return ImageOf(run).shape_workflow(*run.record, run.plan->workflow).floor_entry_micros;
  return run.entries[run.plan->steps[position - 1].step.index()].floor_after_micros;
}

// A retry, a replan, a skipped optional step, or the end. Retries are counted per visit, replans per run.
// INVARIANT(bounded): attempts ≤ (1 + retries) × (1 + all replans) for every step.
After Engine::State::AfterFailure(uint32_t index) {
  Run& run = runs[index];
  const StepPlan& plan = run.plan->steps[run.position];
  if (run.attempt <= plan.retries_max + (abi::Planted(abi::PlantedBug::kOneRetryMore) ? 1 : 0)) {
    ++run.attempt;
  } else if (plan.replan_position != kNoPosition && CountersOf(run)[plan.replan_counter] < plan.replans_max) {
    if (!abi::Planted(abi::PlantedBug::kReplansUnbounded)) ++CountersOf(run)[plan.replan_counter];
    Replan(run, plan.replan_position);
  } else if (plan.optional) {
    Advance(run);
    return AfterThis(run);
  } else {
    End(index, abi::Verdict::kDeny, abi::Reason::kNone);
    return {.then = Then::kFailed, .step = StepId::None()};
  }
  // What has to be paid again is held again as far as the budgets allow; if they do not, the step's own gate says so.
  ledger.SetFloor(run.account, rates.MonthAt(clock->WallNow()), FloorBefore(run, run.position));
  return AfterThis(run);
}

// Everything from the target on runs again; what it had given is absent until then.
void Engine::State::Replan(Run& run, uint16_t to) {
  const std::vector<uint16_t>& givers = run.plan->slot_positions;
  for (size_t slot = run.plan->input_count; slot < givers.size(); ++slot) {
    if (givers[slot] != kNoPosition && givers[slot] >= to) PresentOf(run)[slot / 64] &= ~(uint64_t{1} << (slot % 64));
  }
  run.position = to;
  ++run.visit;
  run.attempt = 1;
  run.flags &= static_cast<uint8_t>(~kRunApproved);
}

}  // namespace bylaw::engine
