// Life: time passes, and comes to an end.
#include <algorithm>

#include "tests/sim/life.h"

namespace bylaw::sim {

using engine::Outcome;

// Through everything that is due on the way.
void Life::Advance(DurationNs by) {
  if (sink_.broken()) return;
  const TimeNs target = Now() + by;
  for (int stops = 0; Well(); ++stops) {
    TimeNs next = std::max(Now(), engine_->NextEventTime());
    for (const auto& run : model_.live()) {
      if (model_.fairness() && run->on_slot()) next = std::min(next, run->turn_ends_at);
    }
    if (next > target) break;
    if (stops > 20'000) return model_.Wrong("time stands still");
    clock_.AdvanceTo(next);
    TimeHasPassed();
    if (model_.fairness()) EndDueTurns();
    if (Well()) TakeTurns();
  }
  clock_.AdvanceTo(std::max(Now(), target));
  if (Well()) TimeHasPassed();
}

// The wall clock alone.
void Life::Jump(DurationNs by) {
  if (kept()) return;  // what is kept has the wall clock's times: nobody could say when a run came
  // Back over a month's end the model could not say which tenants' months have begun: a run that tried in vain to
  // follow a newer policy has begun them, and nobody is told.
  const bool over_month = MonthOf(clock_.WallNow() + by) != MonthOf(clock_.WallNow());
  if (sink_.broken() || (model_.epoch() > 0 && by < 0 && over_month)) return;
  clock_.JumpWall(by);
  TimeHasPassed();
}

void Life::TimeHasPassed() {
  model_.FollowCalendar();
  ++calls_;
  engine_->Poll();
  TakeBackSlots();
  Absorb(nullptr);
  model_.Parked(*engine_);
}

void Life::EndDueTurns() {
  for (bool any = true; any && Well();) {
    any = false;
    for (const auto& run : model_.live()) {
      if (run->state != RunState::kCalling || run->turn_ends_at > Now()) continue;
      EndStep(*run, Outcome::kOk, 0, 0);
      model_.Observe();
      any = true;
      break;
    }
  }
}

// Everything accepted ends: nothing waits for ever.
void Life::Drain() {
  if (kept() && model_.wrong().empty()) Crash(0, 0), Restart();
  if (sink_.broken()) return;
  prng_ = Prng(seed_);  // the same for a script as for the draws that wrote it
  for (uint32_t e = 0; e < kEndpoints && Well(); ++e) SetHealth(e, true);
  for (int i = 0; i < 4'000 && !model_.live().empty() && Well(); ++i) {
    if (ModelRun* calling = Any(RunState::kCalling); calling != nullptr && !model_.fairness()) {
      EndStep(*calling, Outcome::kOk, calling->purse.pending, 0);
    } else if (ModelRun* asked = Any(RunState::kReview); asked != nullptr) {
      Answer(*asked, true, static_cast<uint32_t>(i));
    } else {
      Advance(kHourNs);
    }
    if (Well()) TakeTurns();
  }
  if (!Well()) return;
  if (!model_.live().empty()) return model_.Wrong("a run never ends");
  model_.CheckCounts(*engine_);
  CheckAll();
  if (!kept()) return;
  clock_.AdvanceTo(Now() + 7 * kDayNs);  // everything may be erased
  Erase();
}

}  // namespace bylaw::sim
