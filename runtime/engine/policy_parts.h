// What the engine derives from a policy before it is published. For runtime/engine/*.cc only.
#ifndef BYLAW_RUNTIME_ENGINE_POLICY_PARTS_H_
#define BYLAW_RUNTIME_ENGINE_POLICY_PARTS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/engine/policy.h"
#include "runtime/engine/tables.h"

namespace bylaw::engine {

struct Policy::Parts {
  explicit Parts(const abi::PolicyImage& image) : tables(image) {}

  Tables tables;
  std::vector<uint64_t> pool_weights;  // by own PoolId: of all tenants that work there

  // What differs from the policy before, in numbers of names(); everything, for a first policy.
  std::vector<TenantId> tenants;      // came, went, or have other terms than before
  std::vector<EndpointId> endpoints;  // came, went, or have other quotas
  // Which policy that was: Reload takes this one only in its place.
  std::weak_ptr<const Policy> after;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_POLICY_PARTS_H_
