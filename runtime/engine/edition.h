// A published policy as the engine holds it: with the health and the revocations of its endpoints in its own numbers,
// and, once it has been replaced, what its workflows have become. For runtime/engine/*.cc only. Not thread-safe.
#ifndef BYLAW_RUNTIME_ENGINE_EDITION_H_
#define BYLAW_RUNTIME_ENGINE_EDITION_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/audit/sink.h"
#include "runtime/engine/policy.h"
#include "runtime/policy/store.h"
#include "runtime/route/overlay.h"

namespace bylaw::engine {

// What a workflow of an older policy has become in the published one, by name.
struct WorkflowLink {
  bool made = false;
  WorkflowId workflow;          // in the published image; none: it is gone
  bool inputs_given = false;    // every input of the new one has a counterpart of its type in the old one
  std::vector<StepId> steps;    // by the older StepId; none: it is gone
  std::vector<uint16_t> slots;  // by the older slot; kNoPosition: gone, or of another type now
};

// INVARIANT(epoch-told): the audit sink knows an epoch's policy from before its first record until after its last.
struct HeldPolicy {
  HeldPolicy(std::shared_ptr<const Policy> held, policy::Epoch epoch, audit::AuditSink* sink)
      : policy(std::move(held)), overlay(policy->image()), masks(policy->image()), epoch(epoch), sink(sink) {
    // The sink may keep the image, and must not keep the rest of the policy.
    sink->BeginEpoch(epoch, policy->shared_image());
  }
  HeldPolicy(HeldPolicy&&) = default;
  ~HeldPolicy() { End(); }
  // The last record of the epoch is written. What is left may be freed on another thread.
  void End() {
    if (policy != nullptr && sink != nullptr) std::exchange(sink, nullptr)->EndEpoch(epoch);
  }

  std::shared_ptr<const Policy> policy;
  route::Overlay overlay;
  route::PermittedMasks masks;
  std::vector<WorkflowLink> links;  // by own WorkflowId, to the published policy; made when first needed
  policy::Epoch epoch;
  audit::AuditSink* sink;

  const abi::PolicyImage& image() const { return policy->image(); }
  const Policy::Numberings& numberings() const { return policy->numberings(); }
};

using Policies = policy::Store<HeldPolicy>;
using Edition = Policies::Edition;

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_EDITION_H_
