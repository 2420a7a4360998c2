#include "tools/bylaw/test_arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "compiler/sema/volume.h"
#include "simulator/simulate.h"
#include "tools/bylaw/scenarios.h"
#include "tools/bylaw/slot_values.h"

namespace bylaw::cli {
namespace {

using syntax::TestThen;

constexpr int64_t kNineOClock = 9 * 60;
constexpr DurationNs kWorkingDay = 8 * kHourNs;

// Tenants that declare alike share one load: their runs are staggered, not sent at the same instant.
void AddDeclared(simulator::Scenario& scenario, TenantId tenant, WorkflowId workflow, uint64_t runs) {
  for (simulator::Load& load : scenario.loads) {
    if (load.workflow == workflow && load.runs == runs) {
      load.tenants.push_back(tenant);
      return;
    }
  }
  scenario.loads.push_back(
      {.tenants = {tenant}, .workflow = workflow, .runs = runs, .within_ns = scenario.duration_ns});
}

// The flood from 09:00, and beside it everybody else's declared volume over a working day.
simulator::Scenario FloodScenario(const sema::Program& program, const abi::PolicyImage& image, TenantId tenant,
                                  const syntax::TestWhen::Arrive& arrive) {
  simulator::Scenario scenario;
  scenario.name = "arrivals";
  scenario.starts_at_wall = WallAt(program, kNineOClock);
  scenario.duration_ns = std::max<DurationNs>(kWorkingDay, arrive.within.integer);
  scenario.promises = PromisesOf(program);
  for (uint32_t i = 0; i < program.tenant_count(); ++i) {
    if (TenantId(i) == tenant) continue;
    for (const sema::DeclaredDay& day : sema::DeclaredDays(program.effective[program.tenants[i].effective])) {
      AddDeclared(scenario, TenantId(i), day.workflow, static_cast<uint64_t>(day.usual));
    }
  }
  scenario.loads.push_back({.tenants = {tenant},
                            .workflow = image.FindWorkflow(arrive.workflow.text),
                            .runs = static_cast<uint64_t>(arrive.runs.integer),
                            .within_ns = arrive.within.integer});
  return scenario;
}

// What the test's `given` lines say of every run of the flood. What cannot be said of many runs is a failure.
class GivenOfMany {
 public:
  GivenOfMany(const abi::PolicyImage& image, WorkflowId workflow, simulator::Scenario* scenario)
      : image_(image), workflow_(workflow), scenario_(*scenario) {}

  // "" or what is wrong.
  std::string Take(const syntax::TestGiven& given) {
    using Given = syntax::TestGiven;
    if (std::holds_alternative<Given::Tenant>(given.given)) return "";
    if (const auto* down = std::get_if<Given::EndpointDown>(&given.given)) return Gone(down->endpoint.text);
    if (const auto* revoked = std::get_if<Given::EndpointRevoked>(&given.given)) return Gone(revoked->endpoint.text);
    std::string problem;
    if (const auto value = texts_.Make(image_, workflow_, given, &problem)) {
      scenario_.values.push_back({.workflow = workflow_, .value = *value});
      return "";
    }
    return problem.empty() ? "this cannot be said of many runs: ask it of one, `when step S of W runs`" : problem;
  }

 private:
  std::string Gone(const std::string& name) {
    const EndpointId endpoint = image_.FindEndpoint(name);
    if (!endpoint.valid()) return fmt::format("there is no endpoint {}", name);
    scenario_.outages.push_back({.endpoint = endpoint});
    return "";
  }

  const abi::PolicyImage& image_;
  const WorkflowId workflow_;
  simulator::Scenario& scenario_;
  SlotValues texts_;
};

std::string Failure(const TestThen& then, const simulator::Result& result, TenantId tenant,
                    const abi::PolicyImage& image) {
  const simulator::TenantResult* flood = result.Find(tenant);
  switch (then.kind) {
    case TestThen::Kind::kNoOtherWaits: {
      for (const simulator::TenantResult& other : result.tenants) {
        if (other.tenant == tenant || other.wait.max <= then.duration->integer) continue;
        return fmt::format("{} waits up to {}", image.tenant_names[other.tenant.index()],
                           FormatDuration(other.wait.max / kSecondNs * kSecondNs));
      }
      return "";
    }
    case TestThen::Kind::kRefused:
      return flood != nullptr && flood->refused > 0 ? "" : "none of the runs is refused";
    case TestThen::Kind::kQueued:
      return flood != nullptr && flood->waiting_max > 0 ? "" : "none of the runs is queued";
    case TestThen::Kind::kProceeds:
      if (flood != nullptr && flood->completed == flood->submitted) return "";
      return fmt::format("{} of {} runs finish", flood == nullptr ? 0 : flood->completed,
                         flood == nullptr ? 0 : flood->submitted);
    case TestThen::Kind::kSkipped:
    case TestThen::Kind::kWaits:
    case TestThen::Kind::kSuspends:
    case TestThen::Kind::kDenied:
    case TestThen::Kind::kReviewers:
    case TestThen::Kind::kUsesModel:
    case TestThen::Kind::kUsesEndpoint:
    case TestThen::Kind::kKeepsInStore:
      return "many runs cannot tell: ask this of one, `when step S of W runs`";
  }
  return "";
}

}  // namespace

void CheckArrivals(const sema::Program& program, const std::shared_ptr<const abi::PolicyImage>& image, TenantId tenant,
                   const syntax::TestWhen::Arrive& arrive, const syntax::TestDecl& test,
                   std::vector<TestFailure>* failures) {
  simulator::Scenario scenario = FloodScenario(program, *image, tenant, arrive);
  GivenOfMany of_many(*image, image->FindWorkflow(arrive.workflow.text), &scenario);
  const size_t before = failures->size();
  for (const syntax::TestGiven& given : test.given) {
    if (std::string text = of_many.Take(given); !text.empty()) failures->push_back({given.span, std::move(text)});
  }
  if (failures->size() > before) return;
  const auto result = simulator::Simulate(image, scenario);
  if (!result.ok()) {
    failures->push_back({arrive.workflow.span, std::string(result.status().message())});
    return;
  }
  for (const TestThen& then : test.then) {
    if (std::string text = Failure(then, *result, tenant, *image); !text.empty()) {
      failures->push_back({then.span, std::move(text)});
    }
  }
}

}  // namespace bylaw::cli
