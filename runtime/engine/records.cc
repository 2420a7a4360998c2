// Engine: what is written to the audit sink, and when a failed sink stops everything.
#include <bit>

#include "runtime/engine/state.h"

namespace bylaw::engine {

audit::Record Engine::State::RecordOf(audit::Event event, const Run& run, uint32_t index) const {
  audit::Record record;
  record.wall_ns = clock->WallNow();
  record.event = event;
  NameRun(&record, run, index);
  record.lane = run.lane;
  return record;
}

void Engine::State::NameRun(audit::Record* record, const Run& run, uint32_t index) const {
  record->run = index;
  record->run_generation = run.generation;
  if (durable != nullptr && index < durable->runs.size() && durable->runs[index].name.boot != 0) {
    const durable::RunName& name = durable->runs[index].name;
    record->run_boot = name.boot;
    record->run = name.index;
    record->run_generation = name.generation;
  }
  record->tenant = run.record->tenant.value();
  record->workflow = run.plan->workflow.value();
  record->epoch = run.epoch;
  record->attempt = static_cast<uint16_t>(run.attempt);
}

bool Engine::State::Write(const audit::Record& record) {
  if (!sink_failed && !sink->Append(record)) sink_failed = true;
  return !sink_failed;
}

bool Engine::State::WriteDecision(uint32_t index, const abi::Decision& decision) {
  const Run& run = runs[index];
  audit::Record record = audit::FromDecision(decision.rung > 0 ? audit::Event::kDowngrade : audit::Event::kDecision,
                                             clock->WallNow(), decision);
  NameRun(&record, run, index);
  record.step = StepOf(run).value();
  return Write(record);
}

// Where the run's data has been so far: a record for each endpoint it called, or one that names none.
bool Engine::State::WriteWhereabouts(audit::Event event, uint32_t index, abi::Verdict verdict, abi::Reason reason) {
  const Run& run = runs[index];
  audit::Record record = RecordOf(event, run, index);
  record.step = StepOf(run).value();
  record.verdict = verdict;
  record.reason = reason;
  record.store = ImageOf(run).shapes[run.record->shape.index()].state_store.value();
  record.reviewers = run.last.reviewers;
  if (const budget::Account* account = ledger.workflow(run.account)) record.amount_micros = account->spent;
  bool any = false;
  const uint64_t* used = UsedOf(run);
  for (size_t word = 0; word < current->endpoint_words(); ++word) {
    for (uint64_t bits = used[word]; bits != 0; bits &= bits - 1) {
      const size_t endpoint = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      record.endpoint = static_cast<uint32_t>(endpoint);
      record.resource = current->endpoints[endpoint].resource.value();
      record.region = current->endpoints[endpoint].region.value();
      any = true;
      if (!Write(record)) return false;
    }
  }
  return any || Write(record);
}

void Engine::State::WriteSchedulerEvents(uint32_t pool) {
  PoolState& state = pools[pool];
  events.clear();
  state.queue->TakeEvents(&events);
  for (const sched::Event& event : events) {
    if (event.kind != sched::EventKind::kCapHit && event.kind != sched::EventKind::kBurstStarted) continue;
    audit::Record record;
    record.wall_ns = clock->WallNow();
    record.epoch = store.current();
    record.event = event.kind == sched::EventKind::kCapHit ? audit::Event::kCapHit : audit::Event::kBurst;
    record.reason = abi::Reason::kCap;
    const TenantId tenant = state.tenant_of_node[event.node.index()];
    record.tenant = tenant.value();
    if (tenant.valid()) {
      record.clause = abi::kTenantTerm | abi::kTermCap;
    } else if (const OrgId org = state.org_of_node[event.node.index()]; org.valid()) {
      record.clause = current->orgs[org.index()].cap_clause.value();
    }
    Write(record);
  }
}

}  // namespace bylaw::engine
