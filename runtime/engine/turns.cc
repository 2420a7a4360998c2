// Engine: runs come in, get their turns, and end.
#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "runtime/engine/fault.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {

sched::CostEstimator& Engine::State::EstimatorOf(const Run& run) {
  return estimators[run.record->tenant.index() * tables->workflow_count() + run.plan->workflow.index()];
}

// The slot time of the next turn: of a whole run, the part that is left.
DurationNs Engine::State::TurnEstimate(const Run& run) {
  const auto steps = static_cast<int64_t>(run.plan->steps.size());
  const DurationNs whole = EstimatorOf(run).estimate_ns();
  const int64_t left = std::max<int64_t>(1, steps - run.position);
  return steps == 0 ? whole : std::max<DurationNs>(1, whole / steps * left);
}

DurationNs Engine::State::EstimateOfRun(void* state, uint64_t job) {
  auto* self = static_cast<State*>(state);
  return self->TurnEstimate(self->runs[static_cast<uint32_t>(job)]);
}

SubmitResult Engine::State::Refuse(const abi::TenantRecord& record, WorkflowId workflow, const SubmitResult& why) {
  audit::Record entry;
  entry.wall_ns = clock->WallNow();
  entry.event = audit::Event::kRefused;
  entry.verdict = abi::Verdict::kDeny;
  entry.reason = why.reason;
  entry.clause = why.clause;
  entry.retry_at_ns = why.retry_at_ns;
  entry.tenant = record.tenant.value();
  entry.workflow = workflow.value();
  entry.epoch = store.current();
  Write(entry);
  return why;
}

// Why a new run of this tenant cannot even be queued, reason none if it can.
SubmitResult Engine::State::RefusalOf(const abi::TenantRecord& record, WorkflowId workflow) {
  SubmitResult no;
  no.retry_at_ns = kForeverNs;
  if (sink_failed) {
    no.reason = abi::Reason::kFailClosed;
    return no;
  }
  const abi::ShapeWorkflow& table = current->shape_workflow(record, workflow);
  if (!table.may_run) {
    no.reason = abi::Reason::kContract;
    no.clause = abi::kTenantTerm | abi::kTermMayRun;
    return no;
  }
  if (tenants[record.tenant.index()].pool == UINT32_MAX) {
    no.reason = abi::Reason::kResidency;
    no.clause = abi::kTenantTerm | abi::kTermPool;
    return no;
  }
  const int64_t floor = table.floor_entry_micros;
  if (floor > record.budget_workflow_micros) {
    no.reason = abi::Reason::kFloor;
    no.clause = abi::kTenantTerm | abi::kTermBudgetWorkflow;
    return no;
  }
  const int32_t month = rates.MonthAt(clock->WallNow());
  if (floor > AvailableMonth(ledger.tenant(record.tenant), month)) {
    no.reason = abi::Reason::kFloor;
    no.clause = abi::kTenantTerm | abi::kTermBudgetMonth;
    no.retry_at_ns = NextMonthAt();
  } else if (record.org.valid() && floor > AvailableMonth(ledger.org(record.org), month)) {
    no.reason = abi::Reason::kFloor;
    no.clause = current->orgs[record.org.index()].budget_clause.value();
    no.retry_at_ns = NextMonthAt();
  }
  return no;
}

int64_t Engine::State::AvailableMonth(const budget::MonthAccounts& months, int32_t month) {
  const budget::Account& account = months.current();
  // A month that nothing has been reserved in yet begins with what runs under way hold.
  if (month > months.month() && account.limit != budget::kUnlimitedMicros) return account.limit - account.held;
  return account.available();
}

SubmitResult Engine::State::Submit(TenantId tenant, WorkflowId workflow, std::span<const Value> inputs,
                                   std::optional<abi::Lane> lane) {
  const abi::TenantRecord& record = current->tenant(tenant);
  if (const SubmitResult no = RefusalOf(record, workflow); no.reason != abi::Reason::kNone) {
    return Refuse(record, workflow, no);
  }
  const uint32_t index = runs.Allocate();
  Run& run = runs[index];
  run.record = &record;
  run.plan = &tables->workflow(workflow);
  run.entries = current->shape_workflow(record, workflow).steps.data();
  run.block = blocks.Allocate(run.plan->block_words);
  run.lane = lane.value_or(current->workflows[workflow.index()].lane);
  run.submitted_at = Now();
  run.last = abi::ProceedDecision();
  const TenantState& state = tenants[tenant.index()];
  const sched::Admission admission = pools[state.pool].queue->Enqueue(state.node, index, run.lane, run.submitted_at,
                                                                      TurnEstimate(run), run.submitted_at);
  run.state = RunState::kQueued;
  if (!admission.accepted) {
    SubmitResult no;
    no.reason = abi::Reason::kBackpressure;
    no.clause = admission.refusal == sched::Refusal::kTenantFull ? abi::kTenantTerm | abi::kTermWaiting
                                                                 : current->pools[state.pool].clause.value();
    no.retry_at_ns = run.submitted_at + admission.retry_after_ns;
    Dispose(index);
    return Refuse(record, workflow, no);
  }
  run.ticket = admission.ticket;
  if (durable != nullptr) KeepNewRun(index);
  StoreValues(index, inputs, kNoPosition);
  WriteSchedulerEvents(state.pool);
  SubmitResult yes;
  yes.queued = true;
  yes.run = IdOf(index);
  return yes;
}

// Pins the run to the published policy and holds what its mandatory steps cost at least.
bool Engine::State::PinAndHold(uint32_t index) {
  Run& run = runs[index];
  if (run.flags & kRunPinned) return true;
  const int64_t floor = FloorBefore(run, run.position);
  const budget::OpenedRun opened =
      ledger.OpenRun(uint64_t{run.generation} << 32 | index, run.record->tenant, rates.MonthAt(clock->WallNow()),
                     kFault == Fault::kFloorNotHeld ? 0 : floor, run.record->budget_workflow_micros,
                     durable == nullptr ? 0 : durable->RunAt(index).spent_before);
  if (!opened.granted()) {
    run.last = abi::ProceedDecision();
    run.last.verdict = static_cast<uint8_t>(abi::Verdict::kSuspend);
    run.last.reason = static_cast<uint8_t>(abi::Reason::kFloor);
    run.last.clause = BudgetClause(run, opened.refused_by);
    run.last.floor_micros = floor;
    return false;
  }
  run.account = opened.run;
  run.epoch = store.Pin();
  run.flags |= kRunPinned;
  run.first_dispatch_at = Now();
  return true;
}

std::optional<Turn> Engine::State::Next(uint32_t pool) {
  Poll();
  if (sink_failed) return std::nullopt;  // INVARIANT(fail-closed): nothing it could begin would be allowed
  const TimeNs now = Now();
  for (;;) {
    const std::optional<sched::Turn> turn = pools[pool].queue->Dispatch(now, EstimateOfRun, this);
    WriteSchedulerEvents(pool);
    if (!turn.has_value()) return std::nullopt;
    const auto index = static_cast<uint32_t>(turn->job);
    Run& run = runs[index];
    BYLAW_CHECK(run.state == RunState::kQueued, "only queued runs are dispatched");
    ShareOrgCap(run);
    run.state = RunState::kRunning;
    run.turn = turn->id;
    run.turn_started_at = now;
    const bool first = (run.flags & kRunPinned) == 0;
    if (!PinAndHold(index)) {
      WriteDecision(index, run.last);
      Suspend(index);
      continue;
    }
    return Turn{.run = IdOf(index),
                .tenant = run.record->tenant,
                .workflow = run.plan->workflow,
                .step = StepOf(run),
                .lane = turn->lane,
                .first = first,
                .bursting = turn->bursting,
                .estimate_ns = turn->estimate_ns};
  }
}

// INVARIANT(slots): the slot goes back in the same call that leaves kRunning or kCalling.
void Engine::State::EndTurn(Run& run, bool keep_at_once) {
  const TimeNs now = Now();
  const DurationNs took = now - run.turn_started_at;
  run.slot_time_ns += took;
  sched::FairQueue& queue = *PoolOf(run).queue;
  keep_at_once ? queue.Park(run.turn, took, now) : queue.Complete(run.turn, took, now);
  ShareOrgCap(run);
}

// INVARIANT(together): an org's runs at once, over all pools, are at most its cap: its cap in each pool is what the
// others leave of it.
void Engine::State::ShareOrgCap(const Run& run) {
  const uint32_t spread = tenants[run.record->tenant.index()].spread_org;
  if (spread == UINT32_MAX || kFault == Fault::kOrgCapPerPool) return;
  const SpreadOrg& org = spread_orgs[spread];
  uint32_t at_once = 0;
  for (const SpreadOrg::Part& part : org.parts) at_once += pools[part.pool].queue->Counters(part.node).at_once;
  for (const SpreadOrg::Part& part : org.parts) {
    sched::FairQueue& queue = *pools[part.pool].queue;
    const uint32_t elsewhere = at_once - queue.Counters(part.node).at_once;
    queue.SetOrg(part.node, {.weight = org.terms.weight, .cap = org.terms.cap - std::min(org.terms.cap, elsewhere)},
                 Now());
  }
}

void Engine::State::Requeue(uint32_t index, bool held) {
  Run& run = runs[index];
  const TimeNs place = kFault == Fault::kPlaceInTimeLost ? Now() : run.submitted_at;
  run.ticket = PoolOf(run).queue->Wake(NodeOf(run), index, run.lane, place, TurnEstimate(run), held, Now());
  run.state = RunState::kQueued;
  run.flags = static_cast<uint8_t>(held ? run.flags | kRunHeld : run.flags & ~kRunHeld);
  WriteSchedulerEvents(tenants[run.record->tenant.index()].pool);
}

void Engine::State::StoreValues(uint32_t index, std::span<const Value> values, uint16_t giver) {
  Run& run = runs[index];
  const std::vector<abi::SlotInfo>& slots = ImageOf(run).workflows[run.plan->workflow.index()].slots;
  for (const Value& value : values) {
    BYLAW_CHECK(value.slot < slots.size() && run.plan->slot_positions[value.slot] == giver,
                "a value belongs to the inputs or to the step that gives it");
    abi::SlotValue stored = value.value;
    if (slots[value.slot].type == abi::SlotType::kText) {
      auto copy = std::make_unique<OwnedText>();
      copy->bytes.assign(value.value.text->data, value.value.text->size);
      copy->text = {copy->bytes.data(), copy->bytes.size()};
      stored.text = &copy->text;
      texts[index].push_back(std::move(copy));
      run.flags |= kRunTexts;
      if (durable != nullptr) KeepText(index, value.slot, texts[index].back()->bytes);
    }
    ValuesOf(run)[value.slot] = stored;
    PresentOf(run)[value.slot / 64] |= uint64_t{1} << (value.slot % 64);
  }
}

void Engine::State::Dispose(uint32_t index) {
  Run& run = runs[index];
  if (durable != nullptr) NoteEnd(index);
  if (run.flags & kRunTexts) texts.erase(index);
  if (run.flags & kRunPinned) store.Unpin(run.epoch);
  blocks.Free(run.block, run.plan->block_words);
  runs.Free(index);
}

RunReport Engine::State::Finish(uint32_t index) {
  Run& run = runs[index];
  BYLAW_CHECK(run.state == RunState::kRunning && AtEnd(run), "a run finishes on its slot, after its last step");
  RunReport report;
  report.submitted_at_ns = run.submitted_at;
  report.first_dispatch_ns = run.first_dispatch_at;
  report.finished_at_ns = Now();
  report.spent_micros = ledger.workflow(run.account)->spent;
  const DurationNs this_turn = report.finished_at_ns - run.turn_started_at;
  EstimatorOf(run).Learn(run.slot_time_ns + this_turn);
  report.slot_time_ns = run.slot_time_ns + this_turn;
  End(index, abi::Verdict::kProceed, abi::Reason::kNone);
  return report;
}

// Takes the run out of wherever it is. A call in flight is charged in full: it may have been sent.
void Engine::State::End(uint32_t index, abi::Verdict verdict, abi::Reason reason) {
  Run& run = runs[index];
  const TimeNs now = Now();
  rates.Forget(run.record->tenant, run.rates);
  switch (run.state) {
    case RunState::kGone:
      BYLAW_UNREACHABLE("a run ends once");
    case RunState::kQueued:
      BYLAW_CHECK(PoolOf(run).queue->Cancel(run.ticket, now), "a queued run waits in its queue");
      ShareOrgCap(run);
      break;
    case RunState::kCalling:
      ledger.Settle(KeyOf(run, run.last), run.last.reserved_micros);
      EndTurn(run, /*keep_at_once=*/false);
      break;
    case RunState::kRunning:
      EndTurn(run, /*keep_at_once=*/false);
      break;
    case RunState::kWaiting:
      timers.Cancel(index);
      PoolOf(run).queue->Unpark(NodeOf(run), now);
      ShareOrgCap(run);
      break;
    case RunState::kReview:
      timers.Cancel(index);
      reviews.erase(index);
      break;
    case RunState::kSuspended:
      timers.Cancel(index);
      Unlist(index);
      break;
  }
  WriteWhereabouts(audit::Event::kFinished, index, verdict, reason);
  ledger.CloseRun(run.account);
  const uint32_t pool = tenants[run.record->tenant.index()].pool;
  Dispose(index);
  WriteSchedulerEvents(pool);
}

}  // namespace bylaw::engine
