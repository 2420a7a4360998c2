// Life: workers that are lost, and runs that come from elsewhere.
#include <algorithm>

#include "tests/sim/life.h"

namespace bylaw::sim {

// A slot is taken back at its time, and once.
void Life::TakeBackSlots() {
  const std::vector<LostSlot> lost = model_.TakeBackSlots();
  const auto& records = sink_.records();
  const auto told = std::count_if(records.begin(), records.end(),
                                  [](const audit::Record& record) { return record.event == audit::Event::kSlotLost; });
  if (!sink_.broken() && static_cast<size_t>(told) != lost.size()) {
    return model_.Wrong(told > 0 ? "a slot is taken from a worker that was heard of"
                                 : "a slot stays with a lost worker");
  }
  faults_.slots_lost += lost.size();
  late_.insert(late_.end(), lost.begin(), lost.end());
  for (const LostSlot& slot : lost) {
    if (engine_->StatusOf(slot.id).state != RunState::kGone) model_.Wrong("who has lost a slot is still heard");
  }
}

void Life::Die(ModelRun& run, bool later) {
  if (SlotLeaseOf(seed_) == 0) return;
  if (later) run.dies = true;
  if (!later && run.on_slot()) run.dead = true;
}

// Whoever has lost its slot is told so, and changes nothing.
void Life::Late(uint32_t label, int64_t call) {
  const auto holder = std::find_if(late_.rbegin(), late_.rend(), [&](const LostSlot& h) { return h.label == label; });
  if (holder == late_.rend()) return;
  ++calls_;
  bool refused = false;
  switch (call) {
    case 0:
      refused = engine_->EndStep(holder->id, {.cost_micros = kCent}, engine::Outcome::kOk).then == engine::Then::kGone;
      break;
    case 1:
      refused = static_cast<abi::Verdict>(engine_->BeginStep(holder->id, StepId(0)).verdict) == abi::Verdict::kDeny;
      break;
    case 2:
      refused = engine_->Finish(holder->id).spent_micros == 0;
      break;
    case 3:
      refused = !engine_->Cancel(holder->id).ok();
      break;
    case 4:
      refused = !engine_->EndReview(holder->id, engine::ReviewOutcome::kApproved, 0).ok();
      break;
    case 5:
      refused = !engine_->Resume(holder->id).ok();
      break;
  }
  Mix(refused);
  ++faults_.late_calls;
  if (!refused || !sink_.records().empty()) return model_.Wrong("who has lost a slot is still heard");
  CheckAll();
}

void Life::Restore(const Op& op) {
  const auto& [a, b, c, d, e] = op.arguments;
  const auto label = static_cast<uint32_t>(a), tenant = static_cast<uint32_t>(b), workflow = static_cast<uint32_t>(c);
  const auto position = static_cast<size_t>(std::clamp<int64_t>(d, 0, std::ssize(StepsOf(workflow))));
  const bool at_end = position == StepsOf(workflow).size();
  labels_ = std::max(labels_, label + 1);
  const bool expected = model_.Accepts(tenant, workflow);
  ++calls_;
  const engine::Checkpoint from{.step = at_end ? StepId::None() : StepId(static_cast<uint32_t>(position)),
                                .spent_micros = std::max<int64_t>(0, e)};
  const engine::SubmitResult result = engine_->Restore(TenantId(tenant), WorkflowId(workflow), from, {});
  Mix(result.queued);
  if (result.queued != expected) return model_.Wrong("a run is restored, or is not, against the rule");
  faults_.runs_restored += result.queued;
  if (result.queued) {
    ModelRun& run = model_.Submitted(label, result.run, tenant, workflow, abi::Lane::kNormal);
    if (kept()) run.name = engine_->StatusOf(result.run).name;
    model_.Restored(run, position, from.spent_micros);
    if (engine_->StatusOf(result.run).spent_micros != run.purse.spent) model_.Wrong("another amount is spent");
  }
  Absorb(nullptr);
  model_.Observe();
}

}  // namespace bylaw::sim
