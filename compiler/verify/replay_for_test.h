// Asks the probes of a witness of the reference evaluator, as the driver does before a witness is told.
#ifndef BYLAW_COMPILER_VERIFY_REPLAY_FOR_TEST_H_
#define BYLAW_COMPILER_VERIFY_REPLAY_FOR_TEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "compiler/plan/eval.h"
#include "compiler/plan/plan.h"
#include "compiler/verify/verified_program.h"
#include "compiler/verify/witness.h"

namespace bylaw::verify {

struct ReplayQuestion {
  TenantId tenant;
  WorkflowId workflow;
  StepId step;
  TimeNs at = 0;
  int64_t remaining_micros = abi::kUnlimitedMicros;
  uint64_t up = ~uint64_t{0};      // fewer than 64 endpoints
  std::vector<ProbeSlot> given{};  // what is known of inputs and outputs
};

inline abi::Decision AskImage(const abi::PolicyImage& image, const ReplayQuestion& question) {
  const uint64_t all = ~uint64_t{0};
  std::vector<abi::SlotValue> slots(image.workflows[question.workflow.index()].slots.size() + 1);
  std::vector<uint64_t> present(slots.size() / 64 + 1, 0);
  for (const ProbeSlot& given : question.given) {
    slots[given.slot] = given.value;
    present[given.slot / 64] |= uint64_t{1} << (given.slot % 64);
  }
  const abi::TenantRecord& tenant = image.tenant(question.tenant);
  abi::StepRequest request;
  request.wall_now_ns = question.at;
  request.remaining_micros = question.remaining_micros;
  request.budget_micros = tenant.budget_workflow_micros;
  request.up = &question.up;
  request.permitted = &all;
  request.slots = slots.data();
  request.present = present.data();
  request.approved = 1;
  abi::Decision decision;
  const abi::StepEntry& entry = image.shape_workflow(tenant, question.workflow).steps[question.step.index()];
  entry.decide(&entry, &tenant, &request, &decision);
  return decision;
}

inline absl::Status AskImage(const std::shared_ptr<const abi::PolicyImage>& image, const Witness& witness) {
  for (const Probe& probe : witness.probes) {
    ReplayQuestion question{probe.tenant, probe.workflow, probe.step, probe.at, probe.remaining_micros};
    for (const EndpointId down : probe.down) question.up &= ~(uint64_t{1} << down.index());
    question.given = probe.slots;
    const abi::Decision decision = probe.step.valid() ? AskImage(*image, question) : abi::ProceedDecision();
    const std::string differs = Disagreement(probe, decision, image->shapes[image->tenant(probe.tenant).shape.index()]);
    if (!differs.empty()) return absl::InternalError(differs);
  }
  return absl::OkStatus();
}

inline std::vector<absl::Status> ReplayByEvaluator(const VerifiedProgram& replay_only,
                                                   const std::vector<const Witness*>& witnesses) {
  const std::shared_ptr<const abi::PolicyImage> image = plan::EvaluatorImage(plan::BuildPlan(replay_only));
  std::vector<absl::Status> replayed;
  for (const Witness* witness : witnesses) replayed.push_back(AskImage(image, *witness));
  return replayed;
}

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_REPLAY_FOR_TEST_H_
