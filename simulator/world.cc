#include "simulator/world.h"

#include <algorithm>

#include "base/prng.h"
#include "runtime/engine/tables.h"

namespace bylaw::simulator {
namespace {

constexpr uint64_t kMillion = 1'000'000;
constexpr uint64_t kDrawsOfValues = uint64_t{1} << 48;  // apart from the draws of outcomes

uint64_t Draw(uint64_t seed, uint64_t run, uint64_t what, uint64_t bound) {
  Prng prng(seed ^ run * 0x9E37'79B9'7F4A'7C15 ^ what * 0xC2B2'AE3D'27D4'EB4F);
  return prng.Below(bound);
}

}  // namespace

World::World(const abi::PolicyImage& image, const Scenario& scenario) : seed_(scenario.seed) {
  for (uint32_t i = 0; i < image.workflows.size(); ++i) scripts_.push_back(ScriptOf(image, scenario, WorkflowId(i)));
}

WorkflowScript World::ScriptOf(const abi::PolicyImage& image, const Scenario& scenario, WorkflowId id) {
  const abi::WorkflowInfo& info = image.workflows[id.index()];
  const engine::WorkflowPlan plan = engine::Tables(image).workflow(id);
  WorkflowScript script;
  script.steps.resize(info.steps.size());
  for (size_t i = 0; i < info.steps.size(); ++i) {
    script.steps[i].takes_ns = engine::TakesAbout(image, info.steps[i]);
    script.takes_ns += script.steps[i].takes_ns;
  }
  for (const ServiceTime& service : scenario.service) {
    if (service.workflow != id || script.takes_ns == 0) continue;
    DurationNs before = 0, given = 0;
    for (StepScript& step : script.steps) {  // shares of the whole; what rounding leaves goes to the next
      before += step.takes_ns;
      const auto until = static_cast<DurationNs>(static_cast<__int128>(service.about_ns) * before / script.takes_ns);
      step.takes_ns = until - given;
      given = until;
    }
    script.takes_ns = service.about_ns;
    script.spread_ppm = service.spread_ppm;
  }
  for (const Failures& failures : scenario.failures) {
    if (failures.workflow != id) continue;
    script.steps[failures.step.index()].fails_ppm = failures.share_ppm;
    script.steps[failures.step.index()].failure = failures.outcome;
  }
  for (const FirstFailures& failures : scenario.first_failures) {
    if (failures.workflow == id) script.steps[failures.step.index()].fails_first = failures.attempts;
  }
  for (const RealCost& cost : scenario.costs) {
    if (cost.workflow == id) script.steps[cost.step.index()].cost_micros = cost.micros;
  }
  for (uint32_t slot = 0; slot < info.slots.size(); ++slot) {
    engine::Value value = ValueOf(info.slots[slot], slot, scenario.starts_at_wall);
    bool varied = false;
    for (const UsualValue& usual : scenario.values) {
      if (usual.workflow != id || usual.value.slot != slot) continue;
      if (usual.share_ppm == 0) value = usual.value;
      if (usual.share_ppm == 0) continue;
      varied = true;
      script.shares.push_back(usual);
    }
    const uint16_t giver = plan.slot_positions[slot];
    const bool input = giver == engine::kNoPosition;
    StepScript* step = input ? nullptr : &script.steps[info.order[giver].index()];
    (input ? script.inputs : step->outputs).push_back(value);
    bool& any = input ? script.varied : step->varied;
    any = any || varied;
  }
  return script;
}

engine::Value World::ValueOf(const abi::SlotInfo& slot, uint32_t index, TimeNs starts_at) {
  engine::Value value{.slot = index, .value = {}};
  switch (slot.type) {
    case abi::SlotType::kNumber:
      value.value.number = 1.0;
      break;
    case abi::SlotType::kText:
      strings_.push_back(slot.choices.empty() ? "" : slot.choices.front());
      texts_.push_back({strings_.back().data(), strings_.back().size()});
      value.value.text = &texts_.back();
      break;
    case abi::SlotType::kTextList: {
      static constexpr abi::TextList kEmpty{nullptr, 0};
      value.value.list = &kEmpty;
      break;
    }
    case abi::SlotType::kDate:
      value.value.integer = starts_at;
      break;
    case abi::SlotType::kCount:
    case abi::SlotType::kMoney:
    case abi::SlotType::kYesNo:
    case abi::SlotType::kDuration:
      value.value.integer = 0;
      break;
  }
  return value;
}

const std::vector<engine::Value>& World::InputsOf(WorkflowId workflow, uint64_t run) {
  const WorkflowScript& script = scripts_[workflow.index()];
  return script.varied ? Drawn(script, script.inputs, run) : script.inputs;
}

const std::vector<engine::Value>& World::OutputsOf(WorkflowId workflow, StepId step, uint64_t run) {
  const WorkflowScript& script = scripts_[workflow.index()];
  const StepScript& of = script.steps[step.index()];
  return of.varied ? Drawn(script, of.outputs, run) : of.outputs;
}

// One draw a slot: the shares of its values lie side by side, what is left of the million is usual.
const std::vector<engine::Value>& World::Drawn(const WorkflowScript& script, const std::vector<engine::Value>& usual,
                                               uint64_t run) {
  drawn_ = usual;
  for (engine::Value& value : drawn_) {
    uint64_t at = Draw(seed_, run, kDrawsOfValues | value.slot, kMillion);
    for (const UsualValue& other : script.shares) {
      if (other.value.slot != value.slot) continue;
      if (at < other.share_ppm) {
        value.value = other.value.value;
        break;
      }
      at -= other.share_ppm;
    }
  }
  return drawn_;
}

DurationNs World::StepTakes(WorkflowId workflow, StepId step, uint64_t run) const {
  const WorkflowScript& script = scripts_[workflow.index()];
  const DurationNs takes = script.steps[step.index()].takes_ns;
  if (script.spread_ppm == 0) return takes;
  const uint64_t factor = kMillion - script.spread_ppm + Draw(seed_, run, 1, 2 * uint64_t{script.spread_ppm} + 1);
  return static_cast<DurationNs>(static_cast<__int128>(takes) * factor / kMillion);
}

engine::Outcome World::OutcomeOf(WorkflowId workflow, StepId step, uint64_t run, uint64_t attempt,
                                 uint32_t attempt_of_step) const {
  const StepScript& script = scripts_[workflow.index()].steps[step.index()];
  if (attempt_of_step <= script.fails_first) return engine::Outcome::kFailed;
  if (script.fails_ppm == 0) return engine::Outcome::kOk;
  const uint64_t what = 2 + (attempt << 16 | step.value());
  return Draw(seed_, run, what, kMillion) < script.fails_ppm ? script.failure : engine::Outcome::kOk;
}

}  // namespace bylaw::simulator
