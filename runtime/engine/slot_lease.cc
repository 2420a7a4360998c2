// Engine: slots whose holders are not heard of any more.
//
// A worker that dies between Next and Finish tells nobody. With Options::slot_lease_ns a turn is given up when there
// has been no call about it for so long: what it was calling is charged in full, since it may have been sent, and
// counts as a failed attempt; the run queues again at its place in time. INVARIANT(fenced): it goes on under another
// RunId, so that a holder who was only slow is told that his run is gone, and cannot end the next one's step.
#include <algorithm>

#include "runtime/abi/planted_bug.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {

void Engine::State::HearOf(Run& run) {
  run.heard_at = Now();
  next_lease_check = std::min(next_lease_check, AddSaturating(run.heard_at, options.slot_lease_ns));
}

// A call may take as long as its endpoint says.
TimeNs Engine::State::LeaseEnd(const Run& run) const {
  DurationNs lease = options.slot_lease_ns;
  if (run.state == RunState::kCalling && run.last.endpoint != abi::kNoId) {
    lease = std::max(lease, ImageOf(run).endpoints[run.last.endpoint].takes_at_most_ns);
  }
  return AddSaturating(run.heard_at, lease);
}

// O(runs), at most once a lease while nobody is lost.
void Engine::State::TakeBackSlots(TimeNs now) {
  next_lease_check = kForeverNs;
  for (uint32_t index = 0; index < runs.size(); ++index) {
    if (runs[index].state != RunState::kRunning && runs[index].state != RunState::kCalling) continue;
    const TimeNs end = LeaseEnd(runs[index]);
    if (end <= now) {
      TakeBack(index);
    } else {
      next_lease_check = std::min(next_lease_check, end);
    }
  }
}

void Engine::State::TakeBack(uint32_t index) {
  Run& run = runs[index];
  audit::Record record = RecordOf(audit::Event::kSlotLost, run, index);
  record.step = StepOf(run).value();
  if (run.state == RunState::kCalling) {
    record.endpoint = run.last.endpoint;
    record.amount_micros = run.last.reserved_micros;
  }
  Write(record);
  if (run.state == RunState::kCalling) {
    const bool free = abi::Planted(abi::PlantedBug::kLostCallIsFree);
    ledger.Settle(KeyOf(run, run.last), free ? 0 : run.last.reserved_micros);
    run.state = RunState::kRunning;
    if (AfterFailure(index).then == Then::kFailed) return;
  }
  EndTurn(run, /*keep_at_once=*/false);
  if (!abi::Planted(abi::PlantedBug::kOldHolderHeard)) ++run.generation;
  NoteRun(IdOf(index));
  Requeue(index, /*held=*/false);
}

}  // namespace bylaw::engine
