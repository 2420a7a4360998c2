// Witnesses asked of the compiled policy, by both engines.

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/driver/image.h"
#include "compiler/plan/plan.h"

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

absl::Status Replay(const abi::PolicyImage& image, std::string_view engine, const verify::Witness& witness) {
  for (const verify::Probe& probe : witness.probes) {
    const abi::TenantRecord& tenant = RecordOf(image, probe.tenant);
    const abi::Decision decision = probe.step.valid() ? Ask(image, probe) : abi::ProceedDecision();
    const std::string differs = verify::Disagreement(probe, decision, image.shapes[tenant.shape.index()]);
    if (differs.empty()) continue;
    std::string asked = image.tenant_names[tenant.tenant.index()];
    if (probe.step.valid()) {
      const abi::WorkflowInfo& workflow = image.workflows[probe.workflow.index()];
      asked += fmt::format("'s step {} of {}", workflow.steps[probe.step.index()].name, workflow.name);
    }
    return absl::InternalError(fmt::format("the {} answers {} otherwise: {}", engine, asked, differs));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<absl::Status> ReplayWitnesses(const verify::VerifiedProgram& replay_only,
                                          const std::vector<const verify::Witness*>& witnesses) {
  std::vector<verify::Probe> probes;
  for (const verify::Witness* witness : witnesses) {
    probes.insert(probes.end(), witness->probes.begin(), witness->probes.end());
  }
  const std::shared_ptr<const plan::Plan> plan = plan::BuildPlanFor(replay_only, probes);
  std::vector<absl::Status> replayed(witnesses.size());
  for (const auto& [engine, name] :
       {std::pair(EngineKind::kEvaluator, "evaluator"), std::pair(EngineKind::kJitO2, "compiled policy")}) {
    const absl::StatusOr<std::shared_ptr<const abi::PolicyImage>> image = MakeImage(plan, engine);
    for (size_t i = 0; i < witnesses.size(); ++i) {
      if (!replayed[i].ok()) continue;
      replayed[i] = image.ok() ? Replay(**image, name, *witnesses[i]) : image.status();
    }
  }
  return replayed;
}

}  // namespace bylaw::driver
