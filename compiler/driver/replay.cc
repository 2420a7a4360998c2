// Witnesses asked of the compiled policy, by both engines.

#include <fmt/format.h>

#include <cstdint>
#include <string>
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
  const std::vector<abi::SlotValue> slots(workflow.slots.size() + 1);
  const std::vector<uint64_t> present(workflow.slots.size() / 64 + 1, 0);
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

bool Agrees(const abi::Decision& decision, const verify::Probe& probe) {
  return decision.verdict == static_cast<uint8_t>(probe.verdict) &&
         (!probe.reason || decision.reason == static_cast<uint8_t>(*probe.reason)) &&
         (!probe.endpoint || decision.endpoint == probe.endpoint->value()) &&
         (!probe.reserved_micros || decision.reserved_micros == *probe.reserved_micros);
}

std::string Expectation(const verify::Probe& probe) {
  std::string text = fmt::format("verdict={}", abi::VerdictName(probe.verdict));
  if (probe.reason) text += fmt::format(" reason={}", abi::ReasonName(*probe.reason));
  if (probe.endpoint) text += fmt::format(" endpoint={}", probe.endpoint->value());
  if (probe.reserved_micros) text += fmt::format(" reserved_micros={}", *probe.reserved_micros);
  return text;
}

}  // namespace

absl::Status ReplayWitness(const verify::VerifiedProgram& replay_only, const verify::Witness& witness) {
  if (witness.probes.empty()) return absl::OkStatus();
  for (const EngineKind engine : {EngineKind::kEvaluator, EngineKind::kJitO2}) {
    const auto image = BuildImage(replay_only, engine);
    if (!image.ok()) return image.status();
    for (const verify::Probe& probe : witness.probes) {
      const abi::Decision decision = Ask(**image, probe);
      if (Agrees(decision, probe)) continue;
      const abi::WorkflowInfo& workflow = (*image)->workflows[probe.workflow.index()];
      return absl::InternalError(fmt::format("the {} answers {}'s step {} of {} with {}, and the witness needs {}",
                                             engine == EngineKind::kEvaluator ? "evaluator" : "compiled policy",
                                             (*image)->tenant_names[RecordOf(**image, probe.tenant).tenant.index()],
                                             workflow.steps[probe.step.index()].name, workflow.name,
                                             abi::ToString(decision), Expectation(probe)));
    }
  }
  return absl::OkStatus();
}

}  // namespace bylaw::driver
