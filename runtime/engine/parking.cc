// Engine: runs that hold no slot: on a ticket, in review, suspended; and what wakes them.
#include <algorithm>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {

// Counted in "at once" all the while; it keeps its enqueue time.
void Engine::State::ParkOnTicket(uint32_t index, TimeNs until) {
  Run& run = runs[index];
  if (!abi::Planted(abi::PlantedBug::kSlotKeptOnWait)) EndTurn(run, /*keep_at_once=*/true);
  run.state = RunState::kWaiting;
  timers.Set(index, until);
  WriteWhereabouts(audit::Event::kParked, index, abi::Verdict::kWait, static_cast<abi::Reason>(run.last.reason));
}

void Engine::State::ParkForReview(uint32_t index) {
  Run& run = runs[index];
  EndTurn(run, /*keep_at_once=*/false);
  run.state = RunState::kReview;
  timers.Set(index, Now() + options.review_max_ns);
  reviews[index] = {.asked = run.last.ask_count, .approved_by = {}};
  WriteWhereabouts(audit::Event::kParked, index, abi::Verdict::kReview, static_cast<abi::Reason>(run.last.reason));
}

// From a slot or, when a review ran out, from nowhere. State and floor are kept; the time allowed counts from the first
// suspension since the run last proceeded.
void Engine::State::Suspend(uint32_t index) {
  Run& run = runs[index];
  if (run.state == RunState::kRunning) EndTurn(run, /*keep_at_once=*/false);
  run.state = RunState::kSuspended;
  const TimeNs now = Now();
  if (run.suspended_since == kForeverNs || abi::Planted(abi::PlantedBug::kSuspendedForEver)) run.suspended_since = now;
  const abi::TenantRecord* record = RecordNow(run.tenant);
  const DurationNs stated = (record == nullptr ? run.record : record)->suspended_max_ns;
  timers.Set(index, run.suspended_since + (stated > 0 ? stated : options.suspended_max_ns));
  run.list_next = kNoRun;
  run.list_previous = suspended_tail;
  (suspended_tail == kNoRun ? suspended_head : runs[suspended_tail].list_next) = index;
  suspended_tail = index;
  if (next_date_wall == kForeverNs) next_date_wall = NextDateWall(clock->WallNow());
  if (durable != nullptr && !abi::Planted(abi::PlantedBug::kSuspensionUnkept))
    NoteRun(index);  // since when: no crash gives it more time
  WriteWhereabouts(audit::Event::kParked, index, abi::Verdict::kSuspend, static_cast<abi::Reason>(run.last.reason));
}

void Engine::State::Unlist(uint32_t index) {
  Run& run = runs[index];
  (run.list_previous == kNoRun ? suspended_head : runs[run.list_previous].list_next) = run.list_next;
  (run.list_next == kNoRun ? suspended_tail : runs[run.list_next].list_previous) = run.list_previous;
  run.list_previous = run.list_next = kNoRun;
}

// Its tenant has no legal pool any more: it waits for another policy.
void Engine::State::SuspendHomeless(uint32_t index) {
  Run& run = runs[index];
  run.last = abi::ProceedDecision();
  run.last.verdict = static_cast<uint8_t>(abi::Verdict::kSuspend);
  run.last.reason = static_cast<uint8_t>(abi::Reason::kResidency);
  run.last.clause = RecordNow(run.tenant) == nullptr ? abi::kNoClause : abi::kTenantTerm | abi::kTermPool;
  run.last_epoch = current->epoch;
  WriteDecision(index, run.last, *current);
  Suspend(index);
}

void Engine::State::WakeSuspended(uint32_t index) {
  timers.Cancel(index);
  Unlist(index);
  Requeue(index, /*held=*/false);
}

void Engine::State::WakeAllSuspended(bool only_health) {
  for (uint32_t index = suspended_head; index != kNoRun;) {
    const uint32_t next = runs[index].list_next;
    const auto reason = static_cast<abi::Reason>(runs[index].last.reason);
    const bool homeless = !tenants[runs[index].tenant.index()].home.node.valid();
    const bool by_health = reason == abi::Reason::kResidency || reason == abi::Reason::kAvailability;
    if (!homeless && (by_health || !only_health)) WakeSuspended(index);
    index = next;
  }
}

// The earliest date, on the wall clock, at which a suspended run may fare better: a new day, a change of legal places.
TimeNs Engine::State::NextDateWall(TimeNs wall_now) const {
  TimeNs next = rates.NextDayAt(wall_now);
  for (const auto& edition : policies.editions()) next = std::min(next, edition->held.masks.NextChange(wall_now));
  return next;
}

TimeNs Engine::State::NextMonthAt() const {
  const TimeNs wall_now = clock->WallNow();
  return Now() + (rates.NextMonthAt(wall_now) - wall_now);
}

void Engine::State::Poll() {
  const TimeNs now = Now();
  if (!changes.empty()) FollowCalendar(clock->WallNow());
  for (uint32_t due = timers.PopDue(now); due != TimerWheel::kNoTimer; due = timers.PopDue(now)) Fire(due);
  if (now >= next_lease_check) TakeBackSlots(now);
  if (suspended_head == kNoRun) {
    next_date_wall = kForeverNs;
    return;
  }
  const TimeNs wall_now = clock->WallNow();
  if (wall_now < next_date_wall) return;
  next_date_wall = NextDateWall(wall_now);
  WakeAllSuspended(/*only_health=*/false);
}

void Engine::State::Fire(uint32_t index) {
  Run& run = runs[index];
  switch (run.state) {
    case RunState::kWaiting:
      return Requeue(index, /*held=*/true);
    case RunState::kReview:
      return EndReviewByTimeout(index);
    case RunState::kSuspended:
      return End(index, abi::Verdict::kSuspend, static_cast<abi::Reason>(run.last.reason));
    case RunState::kGone:
    case RunState::kQueued:
    case RunState::kRunning:
    case RunState::kCalling:
      BYLAW_UNREACHABLE("only parked runs have timers");
  }
}

void Engine::State::EndReviewByTimeout(uint32_t index) {
  Run& run = runs[index];
  reviews.erase(index);
  run.last.verdict = static_cast<uint8_t>(abi::Verdict::kSuspend);
  run.last.reason = static_cast<uint8_t>(abi::Reason::kApproval);
  run.last_epoch = run.edition->epoch;
  WriteDecision(index, run.last, *run.edition);
  Suspend(index);
}

absl::Status Engine::State::EndReview(RunId id, ReviewOutcome outcome, uint32_t who, std::span<const Value> outputs) {
  const Run* run = runs.Find(id);
  if (run == nullptr) return absl::NotFoundError("no such run");
  if (run->state != RunState::kReview) return absl::FailedPreconditionError("the run is not in review");
  ReviewState& review = reviews[id.index];
  const bool answered =
      std::find(review.approved_by.begin(), review.approved_by.end(), who) != review.approved_by.end();
  if (answered && !abi::Planted(abi::PlantedBug::kReviewerCountsTwice)) {
    return absl::AlreadyExistsError("this reviewer has answered");
  }
  audit::Record record = RecordOf(audit::Event::kReview, *run, id.index);
  record.step = StepOf(*run).value();
  record.actor = who;
  record.reviewers = run->last.reviewers;
  record.verdict = outcome == ReviewOutcome::kApproved ? abi::Verdict::kProceed : abi::Verdict::kDeny;
  record.reason = abi::Reason::kApproval;
  if (!Write(record)) return absl::UnavailableError("the answer cannot be recorded");
  if (outcome == ReviewOutcome::kRejected && !run->plan->steps[run->position].optional) {
    End(id.index, abi::Verdict::kDeny, abi::Reason::kApproval);
    return absl::OkStatus();
  }
  review.approved_by.push_back(who);
  const size_t enough = abi::Planted(abi::PlantedBug::kOneApprovalIsEnough) ? 1 : review.asked;
  if (outcome == ReviewOutcome::kApproved && review.approved_by.size() < enough) return absl::OkStatus();
  if (outcome == ReviewOutcome::kRejected) {
    Advance(runs[id.index]);
  } else if (review.asked > 0) {
    runs[id.index].flags |= kRunApproved;
  } else {
    StoreValues(id.index, outputs, run->position);
    ledger.SetFloor(run->account, rates.MonthAt(clock->WallNow()), FloorBefore(*run, run->position + 1));
    Advance(runs[id.index]);
  }
  reviews.erase(id.index);
  timers.Cancel(id.index);
  Requeue(id.index, /*held=*/false);
  return absl::OkStatus();
}

TimeNs Engine::State::NextEventTime() const {
  TimeNs next = std::min(timers.NextTime(), next_lease_check);
  for (const PoolState& pool : pools) next = std::min(next, pool.queue->NextTimer());
  const bool suspended = suspended_head != kNoRun;
  if (!suspended && (runs.in_use() == 0 || next_change == changes.size())) return next;
  const TimeNs wall_now = clock->WallNow();
  const TimeNs date = std::min(suspended ? next_date_wall : kForeverNs, NextPhaseAt(wall_now));
  return date == kForeverNs ? next : std::min(next, Now() + (date - wall_now));
}

}  // namespace bylaw::engine
