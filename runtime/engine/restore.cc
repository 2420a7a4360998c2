// Engine: runs and counters taken up where something else left them.
#include <vector>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {
namespace {

// A step number no workflow has: what was spent before the checkpoint is charged under it.
constexpr uint16_t kBeforeCheckpoint = UINT16_MAX;

uint16_t PositionOf(const WorkflowPlan& plan, StepId step) {
  uint16_t position = 0;
  while (position < plan.steps.size() && plan.steps[position].step != step) ++position;
  return position;
}

}  // namespace

SubmitResult Engine::State::Restore(TenantId tenant, WorkflowId workflow, const Checkpoint& from,
                                    std::span<const Value> values) {
  BYLAW_CHECK(from.spent_micros >= 0, "what was spent is not negative");
  const SubmitResult result = Submit(tenant, workflow, {}, std::nullopt);
  if (!result.queued) return result;
  const uint32_t index = result.run.index;
  Run& run = runs[index];
  run.position = PositionOf(*run.plan, from.step);
  for (const Value& value : values) {
    StoreValues(index, std::span(&value, 1), run.plan->slot_positions[value.slot]);
  }
  if (!PinAndHold(index)) return result;  // Next will say why
  const int32_t month = rates.MonthAt(clock->WallNow());
  const budget::Key before{.run = run.account, .step = kBeforeCheckpoint};
  const budget::Grant grant = ledger.Reserve(before, month, 0, FloorBefore(run, run.position));
  BYLAW_CHECK(grant.granted(), "reserving nothing is always granted");
  ledger.Settle(before, abi::Planted(abi::PlantedBug::kCheckpointIsFree) ? 0 : from.spent_micros);
  if (durable != nullptr) Cover(index);
  NoteRun(result.run);
  return result;
}

SubmitResult Engine::Restore(TenantId tenant, WorkflowId workflow, const Checkpoint& from,
                             std::span<const Value> values) {
  return state_->Restore(tenant, workflow, from, values);
}

void Engine::CountCalls(TenantId tenant, ResourceId resource, int64_t calls) {
  state_->FollowCalendar(state_->clock->WallNow());
  const RateCall call{.tenant = tenant, .resource = resource.value()};
  state_->rates.Count(call, calls, state_->Now(), state_->clock->WallNow());
}

}  // namespace bylaw::engine
