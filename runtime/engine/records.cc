// Engine: what is written to the audit sink, and when a failed sink stops everything.
#include <algorithm>
#include <bit>

#include "runtime/abi/planted_bug.h"
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
  record->epoch = run.edition->epoch;
  record->attempt = static_cast<uint16_t>(run.attempt);
  record->exception = ImageOf(run).PhaseOf(run.record);
}

bool Engine::State::Write(const audit::Record& record) {
  if (!sink_failed && !sink->Append(record)) sink_failed = true;
  return !sink_failed;
}

// A record names one epoch, and everything in it has that policy's own numbers.
bool Engine::State::WriteDecision(uint32_t index, const abi::Decision& decision, const Edition& by) {
  const bool suspends = decision.verdict == static_cast<uint8_t>(abi::Verdict::kSuspend);
  if (suspends && abi::Planted(abi::PlantedBug::kUnrecorded)) return true;
  const Run& run = runs[index];
  const bool own = &by == run.edition;
  const abi::Decision told = own ? decision : by.held.policy->Own(run.edition->held.policy->Known(decision));
  audit::Record record = audit::FromDecision(decision.rung > 0 ? audit::Event::kDowngrade : audit::Event::kDecision,
                                             clock->WallNow(), told);
  NameRun(&record, run, index);
  record.step = StepOf(run).value();
  if (own && record.verdict == abi::Verdict::kProceed) {
    record.basis = ImageOf(run).BasisAt(*run.record, EndpointId(record.endpoint), record.wall_ns);
  }
  // What is counted is counted by the contract of today.
  const bool counted = record.reason == abi::Reason::kRate || record.reason == abi::Reason::kEndpointQuota ||
                       record.reason == abi::Reason::kBudget;
  if (!own || (counted && run.edition == current)) record.exception = by.held.image().PhaseOf(RecordNow(run.tenant));
  if (!own) {
    const WorkflowLink& link = LinkOf(*run.edition, run.plan->workflow);
    record.tenant = by.held.numberings().tenants.Own(run.tenant).value();
    record.workflow = link.workflow.value();
    record.step = AtEnd(run) ? abi::kNoId : link.steps[StepOf(run).index()].value();
  }
  record.epoch = by.epoch;
  return Write(record);
}

// Where the run's data has been so far, and why that was legal: a record for each endpoint it called, or one that names
// none.
bool Engine::State::WriteWhereabouts(audit::Event event, uint32_t index, abi::Verdict verdict, abi::Reason reason) {
  const Run& run = runs[index];
  audit::Record record = RecordOf(event, run, index);
  record.step = StepOf(run).value();
  record.verdict = verdict;
  record.reason = reason;
  record.store = ImageOf(run).shapes[run.record->shape.index()].stores[0].value();
  record.reviewers = run.last.reviewers;
  if (const budget::Account* account = ledger.workflow(run.account)) record.amount_micros = account->spent;
  bool any = false;
  const uint64_t* used = UsedOf(run);
  const abi::PolicyImage& image = ImageOf(run);
  // INVARIANT(basis): what has been called since basis_until was set was called before it.
  const TimeNs at =
      run.basis_until == kBeginningOfTimeNs ? record.wall_ns : std::min(record.wall_ns, run.basis_until - 1);
  for (size_t word = 0; word < image.endpoint_words(); ++word) {
    for (uint64_t bits = used[word]; bits != 0; bits &= bits - 1) {
      const size_t endpoint = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      record.endpoint = static_cast<uint32_t>(endpoint);
      record.resource = image.endpoints[endpoint].resource.value();
      record.region = image.endpoints[endpoint].region.value();
      record.basis = image.BasisAt(*run.record, EndpointId(record.endpoint), at);
      any = true;
      if (!Write(record)) return false;
    }
  }
  return any || Write(record);
}

// The places that were legal for the run's tenant are legal for another reason from now on, or no longer: what it has
// called so far is written down with the reason that held then.
void Engine::State::EndBasis(uint32_t index, TimeNs wall_now) {
  Run& run = runs[index];
  const size_t words = ImageOf(run).endpoint_words();
  const bool any = std::any_of(UsedOf(run), UsedOf(run) + words, [](uint64_t word) { return word != 0; });
  if (any && !WriteWhereabouts(audit::Event::kBasisEnds, index, abi::Verdict::kProceed, abi::Reason::kNone)) return;
  std::fill_n(UsedOf(run), words, 0);
  run.basis_until = ImageOf(run).BasisUntil(*run.record, wall_now);
}

void Engine::State::WriteSchedulerEvents(uint32_t pool) {
  PoolState& state = pools[pool];
  events.clear();
  state.queue->TakeEvents(&events);
  for (const sched::Event& event : events) {
    if (event.kind != sched::EventKind::kCapHit && event.kind != sched::EventKind::kBurstStarted) continue;
    audit::Record record;
    record.wall_ns = clock->WallNow();
    record.event = event.kind == sched::EventKind::kCapHit ? audit::Event::kCapHit : audit::Event::kBurst;
    record.reason = abi::Reason::kCap;
    const TenantId tenant = state.tenant_of_node[event.node.index()];
    const OrgId org = current->held.numberings().orgs.Own(state.org_of_node[event.node.index()]);
    record.epoch = current->epoch;
    if (tenant.valid()) {
      const TenantId own = current->held.numberings().tenants.Own(tenant);
      record.tenant = own.value();
      if (own.valid()) record.clause = abi::kTenantTerm | abi::kTermCap;
      record.exception = current->held.image().PhaseOf(RecordNow(tenant));
    } else if (org.valid()) {
      record.clause = current->held.image().orgs[org.index()].cap_clause.value();
    }
    Write(record);
  }
}

}  // namespace bylaw::engine
