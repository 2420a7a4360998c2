// Test support: small policies, said in a line each, and an engine that is reloaded with them.
#ifndef BYLAW_RUNTIME_ENGINE_RELOAD_WORLD_H_
#define BYLAW_RUNTIME_ENGINE_RELOAD_WORLD_H_

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "runtime/engine/engine_world.h"

namespace bylaw::engine {

using Image = std::shared_ptr<const abi::PolicyImage>;

// Two steps on two endpoints that serve the same; `bank` is the only tenant unless said otherwise.
struct Say {
  std::vector<std::string> endpoints = {"eu", "us"};
  std::vector<std::string> steps = {"credit", "decide"};
  std::vector<std::string> tenants = {"bank"};
  std::vector<HandTenant> terms = {};  // instead of `tenants`
  std::vector<std::string> pools = {"workers"};
  uint32_t slots = 4;
  std::string workflow = "loan";
  std::string home = "workers";         // of every tenant
  std::vector<std::string> legal = {};  // empty: all
  int64_t limit = 0;                    // calls an hour to the model
  DurationNs window_ns = kHourNs;
};

inline Image Make(const Say& say) {
  HandPolicy policy;
  PoolId home;
  for (const std::string& name : say.pools) {
    const PoolId pool = policy.AddPool(name, say.slots);
    if (name == say.home) home = pool;
  }
  std::vector<EndpointId> legal;
  for (const std::string& name : say.endpoints) {
    const EndpointId id = policy.AddEndpoint(name, "model", name == "eu" ? kCent : 2 * kCent);
    if (say.legal.empty() || std::find(say.legal.begin(), say.legal.end(), name) != say.legal.end()) {
      legal.push_back(id);
    }
  }
  std::vector<HandStep> steps;
  for (const std::string& name : say.steps) steps.push_back({.name = name, .resource = "model"});
  policy.AddWorkflow(say.workflow, steps);
  const ShapeId shape = policy.AddShape(home, legal);
  std::vector<HandTenant> terms = say.terms;
  for (const std::string& name : say.tenants) {
    if (say.terms.empty()) terms.push_back({.name = name});
  }
  for (HandTenant& tenant : terms) {
    tenant.shape = shape;
    if (say.limit > 0) tenant.rates = {CallsPer(say.window_ns, say.limit, policy.Resource("model"))};
    policy.AddTenant(tenant);
  }
  return policy.Build();
}

class ReloadTest : public testing::Test {
 protected:
  void Start(const Say& say) { world_ = std::make_unique<EngineWorld>(Make(say)); }
  void Reload(const Say& say) {
    ASSERT_TRUE(engine().Reload(Make(say)).ok());
    EXPECT_EQ(engine().CheckConsistency(), "");
  }
  void TearDown() override { world_->ExpectConsistent(); }
  Engine& engine() { return *world_->engine; }
  std::string EndpointOf(const StepDecision& decision) {
    return engine().policy()->names().endpoints.NameOf(EndpointId(decision.endpoint));
  }
  StepDecision Begin(RunId run) { return engine().BeginStep(run, engine().NextStep(run)); }
  After End(RunId run) { return engine().EndStep(run, {}, Outcome::kOk); }

  std::unique_ptr<EngineWorld> world_;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_RELOAD_WORLD_H_
