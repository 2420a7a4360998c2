// Test support: an engine on a clock that stands still until told otherwise, with its records kept.
#ifndef BYLAW_RUNTIME_ENGINE_ENGINE_WORLD_H_
#define BYLAW_RUNTIME_ENGINE_ENGINE_WORLD_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gtest/gtest.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/hand_policy.h"

namespace bylaw::engine {

// Monday, 2026-11-23 09:00 UTC.
inline constexpr TimeNs kMondayMorning = 1'795'424'400 * kSecondNs;
inline constexpr int64_t kCent = 10'000;  // micros

inline abi::Verdict VerdictOf(const abi::Decision& decision) { return static_cast<abi::Verdict>(decision.verdict); }
inline abi::Reason ReasonOf(const abi::Decision& decision) { return static_cast<abi::Reason>(decision.reason); }

// verify → credit → compliance → decide, as the lending platform has it, on two slots.
struct Lending {
  HandPolicy policy;
  EndpointId identity, bureau_a, bureau_b, model;
  Lending(uint32_t slots = 2) {
    policy.AddPool("workers", slots);
    policy.AddReviewers("desk", 3);
    identity = policy.AddEndpoint("identity", "identity", 2 * kCent);
    bureau_a = policy.AddEndpoint("bureau-a", "bureau", 5 * kCent);
    bureau_b = policy.AddEndpoint("bureau-b", "bureau", 6 * kCent);
    model = policy.AddEndpoint("model", "model", 8 * kCent);
    policy.AddWorkflow("loan", {{.name = "verify", .resource = "identity"},
                                {.name = "credit", .resource = "bureau", .retries_max = 2},
                                {.name = "enrich", .resource = "bureau", .optional = true},
                                {.name = "compliance",
                                 .resource = "model",
                                 .replan_target = "credit",
                                 .replans_max = 2,
                                 .outputs = {"confidence"}},
                                {.name = "decide", .resource = "model"}});
  }
};

class EngineWorld {
 public:
  explicit EngineWorld(std::shared_ptr<const abi::PolicyImage> image, Options options = {})
      : clock(kMondayMorning), engine(Make(std::move(image), options)) {}

  void Advance(DurationNs by) {
    clock.AdvanceTo(clock.MonotonicNow() + by);
    engine->Poll();
  }
  RunId Submit(TenantId tenant, WorkflowId workflow = WorkflowId(0)) {
    const SubmitResult result = engine->Submit(tenant, workflow, {});
    EXPECT_TRUE(result.queued) << "because " << abi::ReasonName(result.reason);
    return result.run;
  }
  Turn MustGetTurn(PoolId pool = PoolId(0)) {
    const std::optional<Turn> turn = engine->Next(pool);
    EXPECT_TRUE(turn.has_value());
    return turn.value_or(Turn{});
  }
  abi::Decision Begin(RunId run) { return engine->BeginStep(run, engine->NextStep(run)); }
  // Begins and ends the next step, which must proceed; costs what was reserved.
  After Do(RunId run, Outcome outcome = Outcome::kOk) {
    const abi::Decision decision = Begin(run);
    EXPECT_EQ(VerdictOf(decision), abi::Verdict::kProceed) << abi::ToString(decision);
    return engine->EndStep(run, {.cost_micros = decision.reserved_micros}, outcome);
  }
  RunState StateOf(RunId run) const { return engine->StatusOf(run).state; }
  std::string NameOfStep(RunId run) const {
    const RunStatus status = engine->StatusOf(run);
    if (!status.step.valid()) return "";
    return engine->image().workflows[status.workflow.index()].steps[status.step.index()].name;
  }
  size_t CountRecords(audit::Event event) const {
    size_t count = 0;
    for (const audit::Record& record : sink.records()) count += record.event == event;
    return count;
  }
  // To be the last word of a test: nothing stored contradicts anything else.
  void ExpectConsistent() const { EXPECT_EQ(engine->CheckConsistency(), ""); }

  SimulatedClock clock;
  audit::MemorySink sink;
  std::unique_ptr<Engine> engine;

 private:
  std::unique_ptr<Engine> Make(std::shared_ptr<const abi::PolicyImage> image, const Options& options) {
    auto made = Engine::Create(std::move(image), &clock, &sink, options);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_ENGINE_WORLD_H_
