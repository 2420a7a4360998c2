// Model: workers that are lost.
#include <algorithm>

#include "tests/sim/model.h"

namespace bylaw::sim {

std::vector<LostSlot> Model::TakeBackSlots() {
  std::vector<LostSlot> lost;
  if (slot_lease_ == 0) return lost;
  for (const auto& run : live_) {
    if (run->on_slot() && now() >= run->heard_at + slot_lease_) lost.push_back({run->label, run->id});
  }
  // What one no longer holds of a budget another may hold: the order counts.
  std::sort(lost.begin(), lost.end(), [](const LostSlot& a, const LostSlot& b) { return a.id.index < b.id.index; });
  for (const LostSlot& slot : lost) {
    ModelRun& run = *Find(slot.id);
    if (run.state == RunState::kCalling && !TakeBack(run)) continue;
    ++run.id.generation;
    run.dead = run.dies = false;
    Requeue(run, /*held=*/false);
  }
  return lost;
}

// The call may have been sent. False: that was its last attempt.
bool Model::TakeBack(ModelRun& run) {
  MoveTo(run, RunState::kRunning);
  money_.Settle(run.purse, run.purse.pending);
  if (AfterFailure(run) != engine::Then::kFailed) return true;
  End(run);
  return false;
}

}  // namespace bylaw::sim
