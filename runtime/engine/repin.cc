// Engine: runs of older policies: what the published one denies them, and how they move over to it.
#include <algorithm>

#include "base/check.h"
#include "runtime/abi/planted_bug.h"
#include "runtime/engine/state.h"

namespace bylaw::engine {
namespace {

bool SameType(const abi::SlotInfo& a, const abi::SlotInfo& b) { return a.type == b.type && a.choices == b.choices; }

WorkflowLink MakeLink(const abi::WorkflowInfo& from, const abi::PolicyImage& image, WorkflowId to_id) {
  WorkflowLink link;
  link.made = true;
  link.workflow = to_id;
  link.steps.assign(from.steps.size(), StepId::None());
  link.slots.assign(from.slots.size(), kNoPosition);
  if (!to_id.valid()) return link;
  const abi::WorkflowInfo& to = image.workflows[to_id.index()];
  for (size_t i = 0; i < from.steps.size(); ++i) link.steps[i] = image.FindStep(to_id, from.steps[i].name);
  uint32_t inputs = 0;
  for (size_t i = 0; i < from.slots.size(); ++i) {
    const bool input = i < from.input_count;
    for (size_t j = 0; j < to.slots.size(); ++j) {
      if ((j < to.input_count) != input || to.slots[j].name != from.slots[i].name) continue;
      if (!SameType(to.slots[j], from.slots[i])) continue;
      link.slots[i] = static_cast<uint16_t>(j);
      inputs += input;
    }
  }
  link.inputs_given = inputs == to.input_count;
  return link;
}

uint16_t PositionOf(const WorkflowPlan& plan, StepId step) {
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].step == step) return static_cast<uint16_t>(i);
  }
  return kNoPosition;
}

// Where a run goes on in the new plan: at its own step, if exactly what lies before it there has been done. kNoPosition
// if there is no such place.
uint16_t PlaceIn(const WorkflowPlan& plan, const Run& run, const WorkflowLink& link) {
  if (run.position == 0) return 0;
  if (run.position >= run.plan->steps.size()) return kNoPosition;
  const StepId next = link.steps[run.plan->steps[run.position].step.index()];
  const uint16_t place = next.valid() ? PositionOf(plan, next) : kNoPosition;
  if (place == kNoPosition) return kNoPosition;
  uint16_t done = 0;
  for (uint16_t i = 0; i < run.position; ++i) {
    const StepId step = link.steps[run.plan->steps[i].step.index()];
    if (!step.valid()) continue;
    if (PositionOf(plan, step) >= place) return kNoPosition;
    ++done;
  }
  return done == place ? place : kNoPosition;
}

// A condition may read what steps in between will give: that it cannot be judged yet is no obstacle.
bool StandsInTheWay(const abi::Decision& decision) {
  const auto verdict = static_cast<abi::Verdict>(decision.verdict);
  if (verdict == abi::Verdict::kDeny) return true;
  return verdict == abi::Verdict::kSuspend && decision.reason != static_cast<uint8_t>(abi::Reason::kConditionError);
}

}  // namespace

WorkflowLink& Engine::State::LinkOf(Edition& from, WorkflowId workflow) {
  HeldPolicy& held = from.held;
  if (held.links.empty()) held.links.resize(held.image().workflows.size());
  WorkflowLink& link = held.links[workflow.index()];
  if (!link.made) {
    const WorkflowId to = current->held.numberings().workflows.Own(held.numberings().workflows.Known(workflow));
    link = MakeLink(held.image().workflows[workflow.index()], current->held.image(), to);
  }
  return link;
}

// The run's values as the published policy's workflow has them, into linked_values and linked_present.
void Engine::State::LinkValues(const Run& run, const WorkflowLink& link) {
  const size_t slots = current->held.image().workflows[link.workflow.index()].slots.size();
  linked_values.assign(slots + 1, {});
  linked_present.assign(slots / 64 + 1, 0);
  for (size_t slot = 0; slot < link.slots.size(); ++slot) {
    const uint16_t to = link.slots[slot];
    if (to == kNoPosition || (PresentOf(run)[slot / 64] >> (slot % 64) & 1) == 0) continue;
    linked_values[to] = ValuesOf(run)[slot];
    linked_present[to / 64] |= uint64_t{1} << (to % 64);
  }
}

// Places then and now: what is legal under the run's own policy, has not been revoked, and is legal and the same thing
// under the published one. A tenant that the published policy no longer has keeps its last places. O(endpoints).
const uint64_t* Engine::State::PermittedToOlder(const Run& run, TimeNs wall_now) {
  HeldPolicy& own = run.edition->held;
  const abi::TenantRecord* record = RecordNow(run.tenant);
  const uint64_t* legal_then = own.masks.For(run.record->shape, wall_now, own.overlay);
  if (abi::Planted(abi::PlantedBug::kPlacesOfOldPolicyOnly)) return legal_then;
  HeldPolicy& now = current->held;
  const uint64_t* legal_now = record == nullptr ? nullptr : now.masks.For(record->shape, wall_now, now.overlay);
  permitted.assign(std::max<size_t>(1, own.image().endpoint_words()), 0);
  for (uint32_t i = 0; i < own.image().endpoints.size(); ++i) {
    if ((legal_then[i / 64] >> (i % 64) & 1) == 0) continue;
    const EndpointId known = own.numberings().endpoints.Known(EndpointId(i));
    const EndpointId there = now.numberings().endpoints.Own(known);
    if (!there.valid()) continue;
    const ResourceId resource = now.image().endpoints[there.index()].resource;
    const ResourceId resource_then = own.image().endpoints[i].resource;
    if (now.numberings().resources.Known(resource) != own.numberings().resources.Known(resource_then)) continue;
    if (record != nullptr) {
      if (now.image().shapes[record->shape.index()].Denies(resource)) continue;
      if ((legal_now[there.index() / 64] >> (there.index() % 64) & 1) == 0) continue;
    }
    permitted[i / 64] |= uint64_t{1} << (i % 64);
  }
  return permitted.data();
}

// Denials then and now: asks the published policy about the same step, if it has it, and keeps nothing but a denial.
bool Engine::State::DeniedNow(const Run& run, const abi::StepRequest& request, abi::Decision* decision) {
  const abi::TenantRecord* record = RecordNow(run.tenant);
  const WorkflowLink& link = LinkOf(*run.edition, run.plan->workflow);
  const StepId step = link.steps[StepOf(run).index()];
  if (record == nullptr || !step.valid()) return false;
  HeldPolicy& held = current->held;
  LinkValues(run, link);
  abi::StepRequest asked = request;
  asked.up = held.overlay.up().words();
  asked.permitted = held.masks.For(record->shape, request.wall_now_ns, held.overlay);
  asked.slots = linked_values.data();
  asked.present = linked_present.data();
  const abi::StepEntry& entry = held.image().shape_workflow(*record, link.workflow).steps[step.index()];
  abi::Decision answer;
  entry.decide(&entry, record, &asked, &answer);
  if (answer.verdict != static_cast<uint8_t>(abi::Verdict::kDeny)) return false;
  *decision = abi::ProceedDecision();
  decision->verdict = answer.verdict;
  decision->reason = answer.reason;
  decision->clause = answer.clause;
  return true;
}

// Whether the published policy lets the run finish from `from` on, as far as can be said before its steps have given
// their values: every step still to come is asked with every endpoint up, every approval given, and with what would be
// left if each step before it cost its floor. (V1 and V3, for one run.)
bool Engine::State::CanFinish(const Run& run, const abi::TenantRecord& record, const WorkflowLink& link,
                              uint16_t from) {
  HeldPolicy& held = current->held;
  const abi::ShapeWorkflow& table = held.image().shape_workflow(record, link.workflow);
  const WorkflowPlan& plan = held.policy->parts().tables.workflow(link.workflow);
  const auto floor_before = [&](uint16_t position) {
    return position == 0 ? table.floor_entry_micros
                         : table.steps[plan.steps[position - 1].step.index()].floor_after_micros;
  };
  LinkValues(run, link);
  const route::EndpointBits all_up(held.image().endpoints.size());
  const int64_t spent = ledger.workflow(run.account)->spent;
  const int64_t budget = record.budget_workflow_micros;
  abi::StepRequest request;
  request.wall_now_ns = clock->WallNow();
  request.budget_micros = budget;
  request.up = all_up.words();
  request.permitted = held.masks.For(record.shape, request.wall_now_ns, held.overlay);
  request.slots = linked_values.data();
  request.present = linked_present.data();
  request.spent_micros = spent;
  request.age_ns = Now() - run.submitted_at;
  request.approved = 1;
  for (uint16_t position = from; position < plan.steps.size(); ++position) {
    const bool unlimited = budget == abi::kUnlimitedMicros;
    request.remaining_micros = unlimited ? budget : budget - spent - (floor_before(from) - floor_before(position));
    const abi::StepEntry& entry = table.steps[plan.steps[position].step.index()];
    abi::Decision answer;
    entry.decide(&entry, &record, &request, &answer);
    if (!plan.steps[position].optional && StandsInTheWay(answer)) return false;
  }
  ledger.SetWorkflowLimit(run.account, budget);
  return ledger.SetFloor(run.account, rates.MonthAt(request.wall_now_ns), floor_before(from)).granted();
}

bool Engine::State::Rebind(uint32_t index) {
  Run& run = runs[index];
  const abi::TenantRecord* record = RecordNow(run.tenant);
  const WorkflowLink& link = LinkOf(*run.edition, run.plan->workflow);
  if (record == nullptr || !link.workflow.valid() || !link.inputs_given) return false;
  HeldPolicy& held = current->held;
  const abi::ShapeWorkflow& table = held.image().shape_workflow(*record, link.workflow);
  const WorkflowPlan& plan = held.policy->parts().tables.workflow(link.workflow);
  const uint16_t place = PlaceIn(plan, run, link);
  if (!table.may_run || place == kNoPosition) return false;
  if ((run.flags & kRunPinned) && !CanFinish(run, *record, link, place)) return false;
  MoveTo(run, *record, link, place);
  return true;
}

void Engine::State::MoveTo(Run& run, const abi::TenantRecord& record, const WorkflowLink& link, uint16_t place) {
  Edition& from = *run.edition;
  HeldPolicy& held = current->held;
  const WorkflowPlan& old_plan = *run.plan;
  const WorkflowPlan& plan = held.policy->parts().tables.workflow(link.workflow);
  LinkValues(run, link);
  uint64_t* const block = blocks.Allocate(plan.block_words);
  std::copy_n(linked_present.begin(), plan.present_words, block);
  std::copy_n(linked_values.begin(), plan.slot_positions.size(),
              reinterpret_cast<abi::SlotValue*>(block + plan.values_at));
  for (uint32_t i = 0; i < from.held.image().endpoints.size(); ++i) {
    const EndpointId there = held.numberings().endpoints.Own(from.held.numberings().endpoints.Known(EndpointId(i)));
    const bool used = (UsedOf(run)[i / 64] >> (i % 64) & 1) != 0;
    if (used && there.valid()) block[plan.used_at + there.index() / 64] |= uint64_t{1} << (there.index() % 64);
  }
  for (const StepPlan& step : old_plan.steps) {
    const StepId to = link.steps[step.step.index()];
    if (step.replan_counter == kNoPosition || !to.valid()) continue;
    const uint16_t counter = plan.steps[PositionOf(plan, to)].replan_counter;
    if (counter == kNoPosition) continue;
    reinterpret_cast<uint16_t*>(block + plan.counters_at)[counter] = CountersOf(run)[step.replan_counter];
  }
  run.last = held.policy->Own(from.held.policy->Known(run.last));
  const bool same_step = AtEnd(run) || link.steps[StepOf(run).index()] == plan.steps[place].step;
  blocks.Free(run.block, old_plan.block_words);
  run.block = block;
  run.record = &record;
  run.plan = &plan;
  run.entries = held.image().shape_workflow(record, link.workflow).steps.data();
  run.position = place;
  ++run.visit;
  if (!same_step) run.attempt = 1;
  run.flags &= static_cast<uint8_t>(~kRunApproved);
  run.edition = current;
  policies.Pin(*current);
  policies.Unpin(from);
}

// A queued run that has never had a turn follows the published policy, or ends if it has no place there. One that was
// suspended follows it if that lets it finish. Everything else keeps its own.
bool Engine::State::FollowPolicy(uint32_t index) {
  Run& run = runs[index];
  if (run.edition == current) {
    const abi::TenantRecord* record = RecordNow(run.tenant);
    if ((run.flags & kRunPinned) == 0 && record != run.record) {  // an exception came or lapsed while it waited
      run.record = record;
      run.entries = ImageOf(run).shape_workflow(*record, run.plan->workflow).steps.data();
    }
    return true;
  }
  if ((run.flags & kRunPinned) == 0) {
    if (Rebind(index)) {
      NoteRun(IdOf(index));
      return true;
    }
    run.last = abi::ProceedDecision();
    run.last.verdict = static_cast<uint8_t>(abi::Verdict::kDeny);
    run.last.reason = static_cast<uint8_t>(abi::Reason::kContract);
    WriteDecision(index, run.last, *run.edition);
    End(index, abi::Verdict::kDeny, abi::Reason::kContract);
    return false;
  }
  const bool was_suspended = run.suspended_since != kForeverNs;
  if ((was_suspended || abi::Planted(abi::PlantedBug::kPinnedRunsMove)) && Rebind(index)) {
    NoteRun(IdOf(index));
    Write(RecordOf(audit::Event::kReload, run, index));
  }
  return true;
}

}  // namespace bylaw::engine
