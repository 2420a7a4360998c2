// A small policy for the tests of plan/: a US and an EU endpoint for gpt-4, a cheaper model, a tool, one tenant a
// shape.
//
// Workflow `loan`: verify (tool, $0.02), compliance (gpt-4), enrich (optional, tool), decide (gpt-4). The tests change
// the program before Build().
#ifndef BYLAW_COMPILER_PLAN_POLICY_FOR_TEST_H_
#define BYLAW_COMPILER_PLAN_POLICY_FOR_TEST_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "compiler/plan/eval.h"
#include "compiler/plan/plan.h"
#include "compiler/plan/verified_for_test.h"
#include "compiler/sema/program_builder.h"

namespace bylaw::plan {

struct TestPolicy {
  sema::ProgramBuilder builder;
  using PlaceId = sema::PlaceId;
  PlaceId de = builder.Country("DE"), us = builder.Country("US");
  RegionId frankfurt = builder.Region("eu-central-1", de), virginia = builder.Region("us-east-1", us);
  ResourceId gpt4 = builder.Model("gpt-4"), mini = builder.Model("gpt-4o-mini"), bureau = builder.Tool("bureau");
  EndpointId gpt4_us = builder.Serve("gpt4-us", gpt4, builder.In(virginia), 8);
  EndpointId gpt4_eu = builder.Serve("gpt4-eu", gpt4, builder.In(frankfurt), 9);
  EndpointId mini_us = builder.Serve("mini-us", mini, builder.In(virginia), 1);
  EndpointId bureau_us = builder.Serve("bureau-us", bureau, builder.In(virginia), 2);
  WorkflowId loan = builder.AddWorkflow("loan");
  TierId tier = builder.AddTier("standard");
  sema::Terms terms;
  std::vector<int64_t> floors = {0, 0, 0, 0};

  TestPolicy() {
    builder.Call(builder.AddStep(loan, "verify"), bureau);
    builder.Call(builder.AddStep(loan, "compliance"), gpt4);
    sema::Step& enrich = builder.AddStep(loan, "enrich");
    builder.Call(enrich, bureau);
    enrich.optional = true;
    builder.Call(builder.AddStep(loan, "decide"), gpt4);
    terms.budget_workflow = builder.Budget(50);
  }

  sema::Program& program() { return builder.program(); }
  sema::Step& step(uint32_t index) { return program().workflows[0].steps[index]; }
  void StayIn(PlaceId place) { terms.places.push_back(builder.Stays(sema::PlaceSubject::kCalls, {place})); }
  void RouteTo(ResourceId resource, std::vector<EndpointId> endpoints) {
    terms.routes.push_back({resource, std::move(endpoints), {}, true, builder.Say("route")});
  }
  // The ladder of language.md §6.
  void FollowLadder() {
    const LadderId ladder = builder.AddLadder("careful");
    using Effect = sema::Rung::Effect;
    sema::Rung& cheaper = builder.AddRung(ladder, Effect::kUseModel, mini);
    cheaper.is_percent = true;
    cheaper.below_ppm = 400'000;
    sema::Rung& skip = builder.AddRung(ladder, Effect::kSkipOptional);
    skip.is_percent = true;
    skip.below_ppm = 200'000;
    builder.AddRung(ladder, Effect::kSendToReviewers).below_micros = 50'000;
    terms.ladder = sema::Stated<LadderId>{ladder, builder.Say("follow ladder careful")};
  }
  ReviewersId AddReviewers(const std::string& name) {
    sema::Reviewers reviewers;
    reviewers.name = name;
    reviewers.based_in = {builder.In(virginia)};
    reviewers.clause = builder.Say("reviewers " + name);
    program().reviewers.push_back(std::move(reviewers));
    return ReviewersId(static_cast<uint32_t>(program().reviewers.size() - 1));
  }

  std::shared_ptr<const Plan> Build() {
    builder.AddTenant("bank", tier, terms);
    std::vector<std::vector<verify::Floors>> by_shape(program().shapes.size(), {{floors[0], floors}});
    return BuildPlan(verify::VerifiedProgramForTest::Make(builder.Build(), std::move(by_shape)));
  }
};

// Asks the evaluator's image of a plan, everything up and half a dollar left unless a test says otherwise.
struct Asker {
  std::shared_ptr<const abi::PolicyImage> image;
  uint64_t up = ~uint64_t{0}, permitted = ~uint64_t{0}, present = 0;
  std::vector<abi::SlotValue> slots;
  abi::StepRequest request;

  explicit Asker(std::shared_ptr<const Plan> plan) : image(EvaluatorImage(std::move(plan))), slots(8) {
    request.remaining_micros = request.budget_micros = 500'000;
  }
  void Down(EndpointId endpoint) { up &= ~(uint64_t{1} << endpoint.index()); }
  void Revoked(EndpointId endpoint) { permitted &= ~(uint64_t{1} << endpoint.index()); }

  abi::Decision Ask(std::string_view step, TenantId tenant = TenantId(0)) {
    request.up = &up;
    request.permitted = &permitted;
    request.present = &present;
    request.slots = slots.data();
    const abi::TenantRecord& record = image->tenant(tenant);
    const StepId id = image->FindStep(WorkflowId(0), step);
    BYLAW_CHECK(id.valid(), "the test names a step");
    const abi::StepEntry& entry = image->shape_workflow(record, WorkflowId(0)).steps[id.index()];
    abi::Decision decision;
    entry.decide(&entry, &record, &request, &decision);
    return decision;
  }
  // The sentence that decided.
  std::string Clause(const abi::Decision& decision, TenantId tenant = TenantId(0)) const {
    const ClauseId clause = image->ResolveClause(image->tenant(tenant), decision.clause);
    return clause.valid() ? std::string(image->clauses[clause.index()].sentence) : "";
  }
};

}  // namespace bylaw::plan

#endif  // BYLAW_COMPILER_PLAN_POLICY_FOR_TEST_H_
