// Engine: runs come in, get their turns, and end.
#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {

sched::CostEstimator& Engine::State::EstimatorOf(const Run& run) {
  const WorkflowId workflow = run.edition->held.numberings().workflows.Known(run.plan->workflow);
  return estimators[run.tenant.index() * estimator_columns + workflow.index()];
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

SubmitResult Engine::State::Refuse(const abi::TenantRecord* record, WorkflowId workflow, const SubmitResult& why) {
  audit::Record entry;
  entry.wall_ns = clock->WallNow();
  entry.event = audit::Event::kRefused;
  entry.verdict = abi::Verdict::kDeny;
  entry.reason = why.reason;
  entry.clause = why.clause;
  entry.retry_at_ns = why.retry_at_ns;
  if (record != nullptr) entry.tenant = record->tenant.value();
  entry.exception = current->held.image().PhaseOf(record);
  entry.workflow = workflow.value();
  entry.epoch = current->epoch;
  Write(entry);
  return why;
}

// Why a new run of this tenant cannot even be queued, reason none if it can. In the published policy's numbers, but for
// the tenant; without a record it is not in the policy.
SubmitResult Engine::State::RefusalOf(TenantId tenant, const abi::TenantRecord* record, WorkflowId workflow) {
  SubmitResult no;
  no.retry_at_ns = kForeverNs;
  const auto refuse = [&no](abi::Reason reason, abi::ClauseRef clause) {
    no.reason = reason;
    no.clause = clause;
    return no;
  };
  if (sink_failed) return refuse(abi::Reason::kFailClosed, abi::kNoClause);
  if (record == nullptr || !workflow.valid()) return refuse(abi::Reason::kContract, abi::kNoClause);
  const abi::PolicyImage& image = current->held.image();
  const abi::ShapeWorkflow& table = image.shape_workflow(*record, workflow);
  if (!table.may_run) return refuse(abi::Reason::kContract, abi::kTenantTerm | abi::kTermMayRun);
  if (!tenants[tenant.index()].home.node.valid()) {
    return refuse(abi::Reason::kResidency, abi::kTenantTerm | abi::kTermPool);
  }
  const int64_t floor = table.floor_entry_micros;
  if (floor > record->budget_workflow_micros) {
    return refuse(abi::Reason::kFloor, abi::kTenantTerm | abi::kTermBudgetWorkflow);
  }
  const int32_t month = rates.MonthAt(clock->WallNow());
  const OrgId org = tenants[tenant.index()].org;
  if (floor > AvailableMonth(ledger.tenant(tenant), month)) {
    no.retry_at_ns = NextMonthAt();
    return refuse(abi::Reason::kFloor, abi::kTenantTerm | abi::kTermBudgetMonth);
  }
  if (org.valid() && floor > AvailableMonth(ledger.org(org), month)) {
    no.retry_at_ns = NextMonthAt();
    return refuse(abi::Reason::kFloor, image.orgs[record->org.index()].budget_clause.value());
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
  FollowCalendar(clock->WallNow());
  const abi::PolicyImage& image = current->held.image();
  const abi::TenantRecord* record = RecordNow(tenant);
  const WorkflowId own = current->held.numberings().workflows.Own(workflow);
  if (const SubmitResult no = RefusalOf(tenant, record, own); no.reason != abi::Reason::kNone) {
    return Refuse(record, own, no);
  }
  const uint32_t index = runs.Allocate();
  Run& run = runs[index];
  run.edition = current;
  policies.Pin(*current);
  run.tenant = tenant;
  run.record = record;
  run.plan = &current->held.policy->parts().tables.workflow(own);
  run.entries = image.shape_workflow(*record, own).steps.data();
  run.block = blocks.Allocate(run.plan->block_words);
  run.lane = lane.value_or(image.workflows[own.index()].lane);
  run.submitted_at = Now();
  run.last = abi::ProceedDecision();
  run.last_epoch = current->epoch;
  const QueueNode& home = tenants[tenant.index()].home;
  run.pool = home.pool;
  run.node = home.node;
  const sched::Admission admission =
      QueueOf(run).Enqueue(run.node, index, run.lane, run.submitted_at, TurnEstimate(run), run.submitted_at);
  run.state = RunState::kQueued;
  if (!admission.accepted) {
    const PoolId pool = image.shapes[record->shape.index()].pool;
    SubmitResult no;
    no.reason = abi::Reason::kBackpressure;
    no.clause = admission.refusal == sched::Refusal::kTenantFull ? abi::kTenantTerm | abi::kTermWaiting
                                                                 : image.pools[pool.index()].clause.value();
    no.retry_at_ns = run.submitted_at + admission.retry_after_ns;
    Dispose(index);
    return Refuse(record, own, no);
  }
  run.ticket = admission.ticket;
  if (durable != nullptr) KeepNewRun(index);
  StoreValues(index, inputs, kNoPosition);
  WriteSchedulerEvents(run.pool);
  SubmitResult yes;
  yes.queued = true;
  yes.run = IdOf(index);
  return yes;
}

// The run's first turn: its policy is the one it goes by from now on, and what its mandatory steps cost at least is
// held.
bool Engine::State::PinAndHold(uint32_t index) {
  Run& run = runs[index];
  if (run.flags & kRunPinned) return true;
  const int64_t floor = FloorBefore(run, run.position);
  const budget::OpenedRun opened = ledger.OpenRun(
      run.tenant, rates.MonthAt(clock->WallNow()), abi::Planted(abi::PlantedBug::kFloorNotHeld) ? 0 : floor,
      run.record->budget_workflow_micros, durable == nullptr ? 0 : durable->RunAt(index).spent_before);
  if (!opened.granted()) {
    run.last = abi::ProceedDecision();
    run.last.verdict = static_cast<uint8_t>(abi::Verdict::kSuspend);
    run.last.reason = static_cast<uint8_t>(abi::Reason::kFloor);
    run.last.clause = BudgetClause(run, opened.refused_by);
    run.last.floor_micros = floor;
    run.last_epoch = current->epoch;
    return false;
  }
  run.account = opened.run;
  run.flags |= kRunPinned;
  if (abi::Planted(abi::PlantedBug::kPolicyNotPinned)) policies.Unpin(*run.edition);
  run.first_dispatch_at = Now();
  return true;
}

std::optional<Turn> Engine::State::Next(uint32_t pool) {
  Poll();
  if (sink_failed) return std::nullopt;  // INVARIANT(fail-closed): nothing it could begin would be allowed
  for (;;) {
    const std::optional<sched::Turn> turn = pools[pool].queue->Dispatch(Now(), EstimateOfRun, this);
    WriteSchedulerEvents(pool);
    if (!turn.has_value()) return std::nullopt;
    if (const std::optional<Turn> started = Start(*turn)) return started;
  }
}

// Nothing if the run ends, or is suspended, instead.
std::optional<Turn> Engine::State::Start(const sched::Turn& turn) {
  const auto index = static_cast<uint32_t>(turn.job);
  Run& run = runs[index];
  BYLAW_CHECK(run.state == RunState::kQueued, "only queued runs are dispatched");
  ShareCaps(run);
  run.state = RunState::kRunning;
  run.turn = turn.id;
  run.turn_started_at = Now();
  if (options.slot_lease_ns > 0) HearOf(run);
  const bool first = (run.flags & kRunPinned) == 0;
  if (!FollowPolicy(index)) return std::nullopt;
  if (!PinAndHold(index)) {
    WriteDecision(index, run.last, *current);
    Suspend(index);
    return std::nullopt;
  }
  const Policy::Numberings& numberings = run.edition->held.numberings();
  return Turn{.run = IdOf(index),
              .tenant = run.tenant,
              .workflow = numberings.workflows.Known(run.plan->workflow),
              .step = StepOf(run),
              .epoch = run.edition->epoch,
              .lane = turn.lane,
              .first = first,
              .bursting = turn.bursting,
              .estimate_ns = turn.estimate_ns};
}

// INVARIANT(slots): the slot goes back in the same call that leaves kRunning or kCalling.
void Engine::State::EndTurn(Run& run, bool keep_at_once) {
  const TimeNs now = Now();
  const DurationNs took = now - run.turn_started_at;
  run.slot_time_ns += took;
  sched::FairQueue& queue = QueueOf(run);
  keep_at_once ? queue.Park(run.turn, took, now) : queue.Complete(run.turn, took, now);
  ShareCaps(run);
}

// To where its tenant's work queues now, which another policy may have changed since.
void Engine::State::Requeue(uint32_t index, bool held) {
  Run& run = runs[index];
  const QueueNode home = tenants[run.tenant.index()].home;
  if (held && home != QueueNode{run.pool, run.node}) {
    QueueOf(run).Unpark(run.node, Now());
    ShareCaps(run);
    held = false;
  }
  // INVARIANT(in-line): only a run that counts in "at once" keeps its place in a limit's line. Those behind it there
  // may be what fills the tenant's cap.
  if (!held) rates.Forget(run.tenant, run.rates);
  if (!home.node.valid()) return SuspendHomeless(index);
  run.pool = home.pool;
  run.node = home.node;
  const TimeNs place = abi::Planted(abi::PlantedBug::kPlaceInTimeLost) ? Now() : run.submitted_at;
  run.ticket = QueueOf(run).Wake(run.node, index, run.lane, place, TurnEstimate(run), held, Now());
  run.state = RunState::kQueued;
  run.flags = static_cast<uint8_t>(held ? run.flags | kRunHeld : run.flags & ~kRunHeld);
  WriteSchedulerEvents(run.pool);
}

OwnedTexts::OwnedTexts(std::span<const abi::Text> given) {
  for (const abi::Text& text : given) bytes.emplace_back(text.data, text.size);
  for (const std::string& kept : bytes) texts.push_back({kept.data(), kept.size()});
  list = {texts.data(), texts.size()};
}

void Engine::State::StoreValues(uint32_t index, std::span<const Value> values, uint16_t giver) {
  Run& run = runs[index];
  const std::vector<abi::SlotInfo>& slots = ImageOf(run).workflows[run.plan->workflow.index()].slots;
  for (const Value& value : values) {
    BYLAW_CHECK(value.slot < slots.size() && run.plan->slot_positions[value.slot] == giver,
                "a value belongs to the inputs or to the step that gives it");
    abi::SlotValue stored = value.value;
    const abi::SlotType type = slots[value.slot].type;
    if (type == abi::SlotType::kText || type == abi::SlotType::kTextList) {
      const bool is_list = type == abi::SlotType::kTextList;
      auto copy = std::make_unique<OwnedTexts>(is_list ? std::span(value.value.list->items, value.value.list->size)
                                                       : std::span(value.value.text, 1));
      if (is_list) {
        stored.list = &copy->list;
      } else {
        stored.text = copy->texts.data();
      }
      if (texts.size() <= index) texts.resize(index + 1);
      texts[index].push_back(std::move(copy));
      run.flags |= kRunTexts;
      if (durable != nullptr) KeepTexts(index, value.slot, texts[index].back()->bytes);
    }
    ValuesOf(run)[value.slot] = stored;
    PresentOf(run)[value.slot / 64] |= uint64_t{1} << (value.slot % 64);
  }
}

void Engine::State::Dispose(uint32_t index) {
  Run& run = runs[index];
  if (durable != nullptr) NoteEnd(index);
  if (run.flags & kRunTexts) texts[index].clear();
  blocks.Free(run.block, run.plan->block_words);
  policies.Unpin(*run.edition);  // record, entries and plan may be gone now
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
  rates.Forget(run.tenant, run.rates);
  switch (run.state) {
    case RunState::kGone:
      BYLAW_UNREACHABLE("a run ends once");
    case RunState::kQueued:
      BYLAW_CHECK(QueueOf(run).Cancel(run.ticket, now), "a queued run waits in its queue");
      ShareCaps(run);
      break;
    case RunState::kCalling:
      ledger.Settle(KeyOf(run, run.last), abi::Planted(abi::PlantedBug::kCancelIsFree) ? 0 : run.last.reserved_micros);
      EndTurn(run, /*keep_at_once=*/false);
      break;
    case RunState::kRunning:
      EndTurn(run, /*keep_at_once=*/false);
      break;
    case RunState::kWaiting:
      timers.Cancel(index);
      QueueOf(run).Unpark(run.node, now);
      ShareCaps(run);
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
  const uint32_t pool = run.pool;
  Dispose(index);
  WriteSchedulerEvents(pool);
}

}  // namespace bylaw::engine
