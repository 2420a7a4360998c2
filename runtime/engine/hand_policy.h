// Policies written in C++ instead of Bylaw: small images for tests of the engine and the simulator, and for benchmarks.
//
// The step tables call HandDecide, which does gates 3, 4 and 6 plainly: the first endpoint of the step that is legal,
// permitted and up; `remaining − hi ≥ F(next)`; otherwise an optional step is skipped and a mandatory one suspends.
// Not for production: whoever has policy text compiles it.
#ifndef BYLAW_RUNTIME_ENGINE_HAND_POLICY_H_
#define BYLAW_RUNTIME_ENGINE_HAND_POLICY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::engine {

// The sentences a decision of HandDecide refers to.
enum HandClause : uint32_t { kClauseBudget, kClausePlaces, kClauseEndpoints, kClauseAsk, kHandClauses };

struct HandStep {
  std::string name;
  std::string resource = {};  // empty: calls nothing
  bool optional = false;
  uint32_t retries_max = 0;
  std::string replan_target = {};
  uint32_t replans_max = 0;
  DurationNs takes_about_ns = kSecondNs;
  uint32_t asks = 0;                      // reviewers to ask before the call
  bool send_to_reviewers = false;         // instead of the call
  std::vector<std::string> outputs = {};  // numbers
  int64_t input_tokens = 0, output_tokens = 0;
};

struct HandTenant {
  std::string name;
  uint32_t weight = 1;
  uint32_t cap = abi::kUnlimited;
  uint32_t burst_to = 0;
  DurationNs burst_for_ns = 0;
  uint32_t waiting_max = abi::kUnlimited;
  int64_t budget_workflow_micros = abi::kUnlimitedMicros;
  int64_t budget_month_micros = abi::kUnlimitedMicros;
  std::vector<abi::RateSpec> rates = {};
  OrgId org = OrgId::None();
  ShapeId shape = ShapeId(0);
  uint32_t slots_min = 0;
  uint32_t urgent_share_ppm = 1'000'000;
  DurationNs suspended_max_ns = 0;
  uint32_t keep_data_days = 0;
  uint32_t erase_data_days = abi::kUnlimited;
};

// A limit of so many calls; `resource` is set by the caller for a tenant's rates.
abi::RateSpec CallsPer(DurationNs window_ns, int64_t amount, ResourceId resource = ResourceId::None());
abi::RateSpec CallsEvenly(DurationNs window_ns, int64_t amount, int64_t burst, ResourceId resource);

class HandPolicy {
 public:
  HandPolicy();
  ~HandPolicy();

  PoolId AddPool(const std::string& name, uint32_t slots, uint32_t room = abi::kUnlimited);
  ReviewersId AddReviewers(const std::string& name, uint32_t staff);
  ResourceId Resource(const std::string& name);
  EndpointId AddEndpoint(const std::string& name, const std::string& resource, int64_t cost_micros,
                         std::vector<abi::RateSpec> quotas = {});
  OrgId AddOrg(const std::string& name, uint32_t cap = abi::kUnlimited,
               int64_t budget_month_micros = abi::kUnlimitedMicros);
  WorkflowId AddWorkflow(const std::string& name, const std::vector<HandStep>& steps,
                         abi::Lane lane = abi::Lane::kNormal);
  // Shape 0 exists, runs in pool 0 and may use every endpoint. Another one, in a pool of its own choice:
  ShapeId AddShape(PoolId pool, const std::vector<EndpointId>& legal);
  // From `from` on (wall clock) only these are legal for the shape.
  void ChangeLegal(ShapeId shape, TimeNs from, const std::vector<EndpointId>& legal);
  TenantId AddTenant(const HandTenant& terms);
  // From `from` until just before `until` the tenant has these terms; with as many rates as its own, of the same kinds.
  void AddPhase(TenantId tenant, TimeNs from, TimeNs until, const HandTenant& terms);

  // Floors, step tables, provenance. Call once, last.
  std::shared_ptr<const abi::PolicyImage> Build();

 private:
  struct Made;
  std::unique_ptr<Made> made_;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_HAND_POLICY_H_
