// Reloads of policies that were compiled from text: what is denied now is denied to runs that began before, in the
// words of the policy that denies it.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"
#include "tests/reload/versioned_policy.h"

namespace bylaw::engine {
namespace {

using abi::Reason;
using abi::Verdict;

// `more` goes behind the rest, `terms` into the tier.
struct Text {
  std::string inputs = "  input amount is money\n  input urgent is yes or no\n";
  std::string terms = "";
  std::string more = "";
  std::string second = "write";
  std::string adequacy = "";
  std::string home = "here";
  std::string route = "large-1";

  std::string str() const {
    return "edition 2026\nuse std.places\nregion here in DE\nregion there in US\n" + adequacy +
           "store disk {\n  keeps state, checkpoints, audit\n  in here\n}\n"
           "pool workers in here has 8 slots with room for 100 waiting\n"
           "endpoint index {\n  serves tool search\n  in here\n  costs at most $0.01 per call\n}\n"
           "endpoint large-1 {\n  serves model large\n  in " +
           home +
           "\n  costs at most $0.01 per call\n}\n"
           "workflow answer {\n" +
           inputs +
           "  step look {\n    calls tool search\n    gives score as a number from 0 to 1\n  }\n"
           "  step " +
           second +
           " {\n    after look\n    calls model large\n  }\n}\n"
           "tier standard {\n  budget $1.00 per workflow\n  route large to " +
           route + " else suspend\n" + terms + "}\ntenant north on tier standard {\n}\n" + more;
  }
};

// Monday, 2026-11-23 09:00 UTC.
constexpr TimeNs kMonday = 1'795'424'400 * kSecondNs;

class CompiledReloadTest : public testing::TestWithParam<driver::EngineKind> {
 protected:
  void Start(const Text& text) { engine_ = *Engine::Create(CompileOrDie(text.str(), GetParam()), &clock_, &sink_, {}); }
  void Reload(const Text& text) { ASSERT_TRUE(engine_->Reload(CompileOrDie(text.str(), GetParam())).ok()); }
  // A run with both inputs, by the names they have in the published policy.
  RunId Submit(int64_t amount_micros, bool urgent) {
    std::vector<Value> values;
    const abi::WorkflowInfo& info = engine_->image().workflows[0];
    for (uint32_t slot = 0; slot < info.input_count; ++slot) {
      Value value{.slot = slot, .value = {}};
      value.value.integer = info.slots[slot].name == "amount" ? amount_micros : urgent;
      values.push_back(value);
    }
    const SubmitResult result = engine_->Submit(TenantId(0), WorkflowId(0), values);
    EXPECT_TRUE(result.queued) << abi::ReasonName(result.reason);
    return result.run;
  }
  StepDecision Begin(RunId run) { return engine_->BeginStep(run, engine_->NextStep(run)); }
  After Do(RunId run) {
    EXPECT_EQ(Begin(run).verdict, static_cast<uint8_t>(Verdict::kProceed));
    Value score{.slot = engine_->PolicyAt(engine_->StatusOf(run).epoch)->image().workflows[0].input_count, .value = {}};
    score.value.number = 0.5;
    const bool first = engine_->NextStep(run) == StepId(0);
    return engine_->EndStep(run, {}, Outcome::kOk, std::span(&score, first ? 1 : 0));
  }
  std::string SentenceOf(const StepDecision& decision) {
    const std::shared_ptr<const Policy> policy = engine_->PolicyAt(decision.epoch);
    if (policy == nullptr) return "of a policy that is gone";
    const abi::TenantRecord& record = policy->image().tenant(policy->image().FindTenant("north"));
    return policy->image().ClauseText(policy->image().ResolveClause(record, decision.clause));
  }
  void TearDown() override { EXPECT_EQ(engine_->CheckConsistency(), ""); }

  SimulatedClock clock_{kMonday};
  audit::MemorySink sink_;
  std::unique_ptr<Engine> engine_;
};

TEST_P(CompiledReloadTest, ARuleThatDeniesNowDeniesToRunsThatBeganBefore) {
  Start({});
  const RunId run = Submit(600'000'000, false);
  ASSERT_TRUE(engine_->Next(PoolId(0)).has_value());
  EXPECT_EQ(Do(run).then, Then::kStep);
  Reload({.inputs = "  input urgent is yes or no\n  input amount is money\n",
          .more = "rule stop-large {\n  for step write of answer\n"
                  "  when (request.amount > $500 && steps.look.score < 0.9)\n  deny\n}\n"});
  const StepDecision denied = Begin(run);
  EXPECT_EQ(denied.verdict, static_cast<uint8_t>(Verdict::kDeny));
  EXPECT_EQ(denied.reason, static_cast<uint8_t>(Reason::kRule));
  EXPECT_EQ(denied.epoch, 1u);
  EXPECT_NE(SentenceOf(denied).find("deny"), std::string::npos) << SentenceOf(denied);
  EXPECT_EQ(engine_->StatusOf(run).state, RunState::kGone);
}

TEST_P(CompiledReloadTest, ARuleThatDeniesOthersLeavesARunAlone) {
  Start({});
  const RunId run = Submit(400'000'000, true);
  ASSERT_TRUE(engine_->Next(PoolId(0)).has_value());
  Do(run);
  Reload({.inputs = "  input urgent is yes or no\n  input amount is money\n",
          .more = "rule stop-large {\n  for step write of answer\n  when (request.amount > $500 || !request.urgent)\n"
                  "  deny\n}\n"});
  EXPECT_EQ(Do(run).then, Then::kFinish);
  EXPECT_EQ(engine_->StatusOf(run).last.epoch, 0u);
  engine_->Finish(run);
}

TEST_P(CompiledReloadTest, AToolThatTheContractForbidsNowIsDeniedAtOnce) {
  Start({});
  const RunId run = Submit(1, false);
  ASSERT_TRUE(engine_->Next(PoolId(0)).has_value());
  Do(run);
  // Its second step has no counterpart that could be asked: what the contract denies is not permitted.
  const auto image = CompileOrDie(
      "edition 2026\nuse std.places\nregion here in DE\nregion there in US\n"
      "store disk {\n  keeps state, checkpoints, audit\n  in here\n}\n"
      "pool workers in here has 8 slots with room for 100 waiting\n"
      "endpoint index {\n  serves tool search\n  in here\n  costs at most $0.01 per call\n}\n"
      "endpoint large-1 {\n  serves model large\n  in here\n  costs at most $0.01 per call\n}\n"
      "endpoint small-1 {\n  serves model small\n  in here\n  costs at most $0.01 per call\n}\n"
      "workflow answer {\n  step look {\n    calls tool search\n  }\n"
      "  step conclude {\n    after look\n    calls model small\n  }\n}\n"
      "tier standard {\n  budget $1.00 per workflow\n  must not use models large\n}\n"
      "tenant north on tier standard {\n}\n",
      GetParam());
  ASSERT_TRUE(engine_->Reload(image).ok());
  const StepDecision stopped = Begin(run);
  EXPECT_EQ(stopped.verdict, static_cast<uint8_t>(Verdict::kSuspend));
  EXPECT_EQ(stopped.reason, static_cast<uint8_t>(Reason::kRevoked));
}

TEST_P(CompiledReloadTest, AQueuedRunIsBoundAnewByTheNamesOfItsInputs) {
  const std::string rule = "rule stop-large {\n  for step look of answer\n  when (request.amount > $500)\n  deny\n}\n";
  Start({.more = rule});
  const RunId small = Submit(400'000'000, true), large = Submit(600'000'000, false);
  Reload({.inputs = "  input urgent is yes or no\n  input amount is money\n", .more = rule});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(engine_->Next(PoolId(0))->epoch, 1u);
  EXPECT_EQ(Begin(small).verdict, static_cast<uint8_t>(Verdict::kProceed));
  EXPECT_EQ(Begin(large).verdict, static_cast<uint8_t>(Verdict::kDeny));
  const RunId third = Submit(1, true);
  Reload({.inputs = "  input amount is money\n  input urgent is yes or no\n  input reason is text\n"});
  EXPECT_FALSE(engine_->Next(PoolId(0)).has_value());
  EXPECT_EQ(engine_->StatusOf(third).state, RunState::kGone) << "it cannot say what the new workflow asks for";
}

TEST_P(CompiledReloadTest, ALegalBasisThatEndsStopsCallsOfOlderRunsAtOnce) {
  const auto text = [](const std::string& until, const std::string& route) {
    return Text{
        .terms = "  calls go only to EU, places adequate for EU\n",
        .more = "endpoint large-2 {\n  serves model large\n  in here\n  costs at most $0.01 per call\n}\n",
        .adequacy = "adequacy from EU to US {\n  basis \"Decision 1\"\n  since 2023-07-10\n  until " + until + "\n}\n",
        .home = "there",
        .route = route};
  };
  const auto endpoint_of = [this](const StepDecision& decision) {
    return engine_->policy()->names().endpoints.NameOf(EndpointId(decision.endpoint));
  };
  Start(text("2029-07-10", "large-1 then large-2"));
  const RunId before = Submit(1, false), after = Submit(1, false);
  for (const RunId run : {before, after}) {
    ASSERT_TRUE(engine_->Next(PoolId(0)).has_value());
    Do(run);
  }
  EXPECT_EQ(endpoint_of(Begin(before)), "large-1");
  Reload(text("2026-11-20", "large-2"));
  const StepDecision decision = Begin(after);
  EXPECT_EQ(decision.epoch, 0u);
  EXPECT_EQ(endpoint_of(decision), "large-2") << "the next of its own route that is still legal";
}

INSTANTIATE_TEST_SUITE_P(BothEngines, CompiledReloadTest,
                         testing::Values(driver::EngineKind::kEvaluator, driver::EngineKind::kJitO2),
                         [](const auto& info) {
                           return info.param == driver::EngineKind::kEvaluator ? "Evaluator" : "Jit";
                         });

}  // namespace
}  // namespace bylaw::engine
