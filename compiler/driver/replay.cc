// Witnesses asked of the compiled policy, by both engines.

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compiler/driver/image.h"

namespace bylaw::driver {
namespace {

// The program's rows: tenants, then phases.
const abi::TenantRecord& RecordOf(const abi::PolicyImage& image, TenantId row) {
  const size_t tenants = image.tenants.size();
  return row.index() < tenants ? image.tenant(row) : image.phases[row.index() - tenants].record;
}

// What the probed decision is made from: every endpoint up but those the probe takes down, no inputs known.
abi::Decision Ask(const abi::PolicyImage& image, const verify::Probe& probe) {
  std::vector<uint64_t> permitted(image.endpoint_words() + 1, ~uint64_t{0});
  std::vector<uint64_t> up = permitted;
  for (const EndpointId down : probe.down) up[down.index() / 64] &= ~(uint64_t{1} << (down.index() % 64));
  const abi::WorkflowInfo& workflow = image.workflows[probe.workflow.index()];
  std::vector<abi::SlotValue> slots(workflow.slots.size() + 1);
  std::vector<uint64_t> present(workflow.slots.size() / 64 + 1, 0);
  for (const verify::ProbeSlot& given : probe.slots) {
    slots[given.slot] = given.value;
    present[given.slot / 64] |= uint64_t{1} << (given.slot % 64);
  }
  const abi::TenantRecord& tenant = RecordOf(image, probe.tenant);
  abi::StepRequest request;
  request.wall_now_ns = probe.at;
  request.remaining_micros = probe.remaining_micros;
  request.budget_micros = tenant.budget_workflow_micros;
  request.up = up.data();
  request.permitted = permitted.data();
  request.slots = slots.data();
  request.present = present.data();
  request.approved = 1;  // a witness is about what happens when no person stands in the way
  abi::Decision decision;
  const abi::StepEntry& entry = image.shape_workflow(tenant, probe.workflow).steps[probe.step.index()];
  entry.decide(&entry, &tenant, &request, &decision);
  return decision;
}

}  // namespace

absl::Status WitnessReplay::operator()(const verify::VerifiedProgram& replay_only, const verify::Witness& witness) {
  if (witness.probes.empty()) return absl::OkStatus();
  constexpr std::array kEngines = {EngineKind::kEvaluator, EngineKind::kJitO2};
  while (images_->size() < kEngines.size()) {
    const EngineKind engine = kEngines[images_->size()];
    absl::StatusOr<std::shared_ptr<const abi::PolicyImage>> image = BuildImage(replay_only, engine);
    if (!image.ok()) return image.status();
    images_->push_back({engine, *std::move(image)});
  }
  for (const auto& [engine, image] : *images_) {
    for (const verify::Probe& probe : witness.probes) {
      const abi::TenantRecord& tenant = RecordOf(*image, probe.tenant);
      const abi::Decision decision = probe.step.valid() ? Ask(*image, probe) : abi::ProceedDecision();
      const std::string differs = verify::Disagreement(probe, decision, image->shapes[tenant.shape.index()]);
      if (differs.empty()) continue;
      std::string asked = image->tenant_names[tenant.tenant.index()];
      if (probe.step.valid()) {
        const abi::WorkflowInfo& workflow = image->workflows[probe.workflow.index()];
        asked += fmt::format("'s step {} of {}", workflow.steps[probe.step.index()].name, workflow.name);
      }
      return absl::InternalError(fmt::format("the {} answers {} otherwise: {}",
                                             engine == EngineKind::kEvaluator ? "evaluator" : "compiled policy", asked,
                                             differs));
    }
  }
  return absl::OkStatus();
}

}  // namespace bylaw::driver
