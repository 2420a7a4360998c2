// V15: which runs can finish, which may go on under the new policy, which are to be drained; and that a run told to
// finish as pinned is never stopped by the change.

#include "compiler/change/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "compiler/driver/compare.h"
#include "compiler/driver/compile.h"
#include "compiler/plan/eval.h"

namespace bylaw::change {
namespace {

using abi::Hindrance;
using testing::IsEmpty;

constexpr std::string_view kPolicy = R"(edition 2026
use std.places
endpoint gpt4-us {
  serves model gpt-4
  in us-east-1
  costs at most $0.03 per call
}
endpoint gpt4-eu {
  serves model gpt-4
  in eu-west-1
  costs at most $0.04 per call
}
endpoint tool-us {
  serves tool lookup
  in us-east-1
  costs at most $0.01 per call
}
store us-data {
  keeps state, checkpoints, audit
  in us-east-1
}
store eu-data {
  keeps state, checkpoints, audit
  in eu-west-1
}
pool us-workers in us-east-1 has 80 slots with room for 100 waiting
tier standard {
  budget $0.50 per workflow
}
workflow answer {
  input amount is money
  step find {
    calls tool lookup
  }
  step think {
    after find
    calls model gpt-4
  }
  step reply {
    after think
    costs at most $0.02
  }
}
tenant alpha on tier standard
tenant beta on tier standard
)";

std::string Edited(std::string_view from, std::string_view to) {
  std::string text(kPolicy);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

driver::Comparison Compared(const std::string& after_text) {
  std::vector<driver::Compilation> sides;
  for (const std::string& text : {std::string(kPolicy), after_text}) {
    driver::CompileOptions options;
    options.texts.push_back({"policy.bylaw", text});
    options.as_of = Date{2026, 11, 23};
    absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
    EXPECT_TRUE(compilation.ok());
    for (const diag::Diagnostic& d : compilation->sink.diagnostics()) {
      if (d.severity == diag::Severity::kError) ADD_FAILURE() << d.message;
    }
    sides.push_back(*std::move(compilation));
  }
  return *driver::ComparePolicies(sides[0], sides[1]);
}

const abi::ReloadPoint& PointOf(const driver::Comparison& comparison, std::string_view tenant, std::string_view step) {
  const abi::PolicyImage& tables = comparison.before->tables;
  return comparison.reload.point(tables.FindTenant(tenant), WorkflowId(0), tables.FindStep(WorkflowId(0), step));
}

TEST(ReloadTest, NothingHindersWhenNothingChanges) {
  const driver::Comparison comparison = Compared(std::string(kPolicy));
  for (const char* step : {"find", "think", "reply"}) {
    const abi::ReloadPoint& point = PointOf(comparison, "alpha", step);
    EXPECT_EQ(point.hindrance, Hindrance::kNone);
    EXPECT_TRUE(point.repin_at.valid());
    EXPECT_EQ(point.pinned_min_micros, point.repin_min_micros);
  }
  // $0.01 + $0.04 (the dearest legal) + $0.02.
  EXPECT_EQ(PointOf(comparison, "alpha", "find").pinned_min_micros, 70'000);
  EXPECT_EQ(PointOf(comparison, "alpha", "reply").pinned_min_micros, 20'000);
  EXPECT_THAT(TellReload(*comparison.before, comparison.reload), IsEmpty());
}

TEST(ReloadTest, AToolWithoutLegalEndpointHindersUntilItsStepIsDone) {
  const driver::Comparison comparison =
      Compared(Edited("tenant beta on tier standard", "tenant beta on tier standard {\n  calls go only to EU\n}"));
  EXPECT_EQ(PointOf(comparison, "beta", "find").hindrance, Hindrance::kIllegal);
  EXPECT_EQ(PointOf(comparison, "beta", "think").hindrance, Hindrance::kNone);
  EXPECT_EQ(PointOf(comparison, "alpha", "find").hindrance, Hindrance::kNone);
  const auto told = TellReload(*comparison.before, comparison.reload);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].tenants.size(), 1u);
  EXPECT_EQ(told[0].why, "what step find calls has no endpoint that is legal under both policies");
}

TEST(ReloadTest, ADeniedModelHinders) {
  const driver::Comparison comparison = Compared(
      Edited("tenant beta on tier standard", "tenant beta on tier standard {\n  must not use models gpt-4\n}"));
  EXPECT_EQ(PointOf(comparison, "beta", "think").hindrance, Hindrance::kDenied);
  EXPECT_EQ(PointOf(comparison, "beta", "reply").hindrance, Hindrance::kNone);
}

TEST(ReloadTest, StateThatMayNotStayDrains) {
  const driver::Comparison comparison =
      Compared(Edited("tenant beta on tier standard", "tenant beta on tier standard {\n  state stays in EU\n}"));
  EXPECT_EQ(PointOf(comparison, "beta", "reply").hindrance, Hindrance::kState);
  EXPECT_TRUE(PointOf(comparison, "beta", "reply").drains());
}

TEST(ReloadTest, TenantsAndWorkflowsThatAreGoneDrain) {
  EXPECT_EQ(PointOf(Compared(Edited("tenant beta on tier standard\n", "")), "beta", "find").hindrance,
            Hindrance::kTenantGone);
  EXPECT_EQ(PointOf(Compared(Edited("workflow answer {", "workflow respond {")), "beta", "find").hindrance,
            Hindrance::kWorkflowGone);
}

TEST(ReloadTest, ANewEndpointNameMeansGoingOnUnderTheNewPolicy) {
  const driver::Comparison comparison = Compared(Edited("endpoint tool-us {", "endpoint lookup-us {"));
  const abi::ReloadPoint& point = PointOf(comparison, "alpha", "find");
  EXPECT_EQ(point.hindrance, Hindrance::kIllegal);
  EXPECT_TRUE(point.repin_at.valid());
  EXPECT_FALSE(point.drains());
}

TEST(ReloadTest, WhatTheNewOrderPutsFirstMustHaveRun) {
  const driver::Comparison comparison = Compared(Edited("  step think {\n    after find\n",
                                                        "  step check {\n    after find\n    costs at most $0.05\n  }\n"
                                                        "  step think {\n    after check\n"));
  EXPECT_TRUE(PointOf(comparison, "alpha", "find").repin_at.valid());
  EXPECT_EQ(PointOf(comparison, "alpha", "find").repin_min_micros, 120'000);
  EXPECT_FALSE(PointOf(comparison, "alpha", "think").repin_at.valid());
  // As pinned it finishes all the same.
  EXPECT_EQ(PointOf(comparison, "alpha", "think").hindrance, Hindrance::kNone);
}

TEST(ReloadTest, OtherInputsKeepARunFromGoingOn) {
  const driver::Comparison comparison = Compared(Edited("  input amount is money\n", "  input amount is a count\n"));
  EXPECT_FALSE(PointOf(comparison, "alpha", "think").repin_at.valid());
  EXPECT_EQ(comparison.reload.slots[0], std::vector<uint32_t>{abi::ReloadTable::kNoSlot});
}

// A run that may finish as pinned does: at every instant, with everything up that the new policy permits, each step
// from there on goes ahead with the floor left.
TEST(ReloadTest, WhoMayFinishFinishes) {
  const std::vector<std::string> edits = {
      std::string(kPolicy),
      Edited("tenant beta on tier standard", "tenant beta on tier standard {\n  calls go only to EU\n}"),
      Edited("tenant beta on tier standard", "tenant beta on tier standard {\n  calls go only to US\n}"),
      Edited("endpoint gpt4-us {\n  serves model gpt-4\n", "endpoint gpt4-us {\n  serves model gpt-5\n")};
  size_t asked = 0;
  for (const std::string& edit : edits) {
    const driver::Comparison comparison = Compared(edit);
    const plan::Plan& before = *comparison.before;
    for (const char* name : {"alpha", "beta"}) {
      const TenantId tenant = before.tables.FindTenant(name);
      const abi::TenantRecord& record = before.tables.tenant(tenant);
      const abi::ShapeInfo& now =
          comparison.after->tables
              .shapes[comparison.after->tables.tenant(comparison.reload.tenants[tenant.index()]).shape.index()];
      uint64_t permitted = 0;
      for (uint32_t e = 0; e < comparison.reload.endpoints.size(); ++e) {
        const EndpointId id = comparison.reload.endpoints[e];
        if (id.valid() && (now.legal[0][0] >> id.index() & 1) != 0) permitted |= uint64_t{1} << e;
      }
      for (const StepId step : before.tables.workflows[0].order) {
        const abi::ReloadPoint& point = comparison.reload.point(tenant, WorkflowId(0), step);
        if (point.hindrance != Hindrance::kNone) continue;
        const abi::StepEntry& entry = before.tables.shape_workflow(record, WorkflowId(0)).steps[step.index()];
        const uint64_t present = 0;
        const std::vector<abi::SlotValue> slots(2);
        abi::StepRequest request;
        request.wall_now_ns = before.program().activation_ns;
        request.remaining_micros = point.pinned_min_micros;
        request.budget_micros = record.budget_workflow_micros;
        request.up = request.permitted = &permitted;
        request.slots = slots.data();
        request.present = &present;
        abi::Decision decision;
        plan::EvaluateStep(&entry, &record, &request, &decision);
        EXPECT_EQ(decision.verdict, static_cast<uint8_t>(abi::Verdict::kProceed)) << abi::ToString(decision);
        ++asked;
      }
    }
  }
  EXPECT_GE(asked, 15u);
}

}  // namespace
}  // namespace bylaw::change
