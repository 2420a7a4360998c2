#include "tools/bylaw/demonstrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "compiler/change/words.h"
#include "compiler/plan/eval.h"
#include "tools/bylaw/test_world.h"

namespace bylaw::cli {
namespace {

using syntax::TestGiven;
using syntax::TestWhen;

// More runs than these are not set up.
constexpr int64_t kRunningMax = 2'000;
constexpr size_t kShownMax = 40;

syntax::Value Count(int64_t count) {
  syntax::Value value;
  value.kind = syntax::Value::Kind::kNumber;
  value.is_integer = true;
  value.integer = count;
  return value;
}

// One event in a world under one policy: what comes of it, in words; nothing if it cannot happen there.
struct Event {
  std::vector<TestGiven> given;
  std::variant<TestWhen::StepRuns, TestWhen::Submitted> when;
};
std::optional<std::string> Happens(const plan::Plan& plan, const std::shared_ptr<const abi::PolicyImage>& image,
                                   const Event& event) {
  TestWorld world(*plan.program, image);
  for (const TestGiven& given : event.given) {
    if (!world.Given(given).empty()) return std::nullopt;
  }
  std::string problem;
  const auto* step = std::get_if<TestWhen::StepRuns>(&event.when);
  const Happening happening = step != nullptr ? world.StepRuns(*step, &problem)
                                              : world.Submitted(std::get<TestWhen::Submitted>(event.when), &problem);
  if (!problem.empty()) return std::nullopt;
  const std::string words = world.Describe(happening);
  return words.substr(0, words.find(" ("));  // the sentence that decided is told elsewhere
}

class Demonstration {
 public:
  explicit Demonstration(const driver::Comparison& comparison)
      : before_(*comparison.before),
        after_(*comparison.after),
        old_image_(plan::EvaluatorImage(comparison.before)),
        new_image_(plan::EvaluatorImage(comparison.after)) {}

  std::string Show(const change::Change& change, TenantId before) const {
    const abi::TenantRecord& was = before_.tables.tenant(before);
    const abi::TenantRecord& is = after_.tables.tenant(change.tenants.front());
    if (change.difference.kind == "workflows-at-once") return ShowCap(was, is);
    return change.difference.kind == "rate" ? ShowRate(was, is) : std::string();
  }

 private:
  // The first workflow that both may run.
  const abi::WorkflowInfo* Workflow(const abi::TenantRecord& was, const abi::TenantRecord& is) const {
    for (uint32_t w = 0; w < after_.tables.workflows.size(); ++w) {
      const abi::WorkflowInfo& workflow = after_.tables.workflows[w];
      const WorkflowId old_id = before_.tables.FindWorkflow(workflow.name);
      if (old_id.valid() && before_.tables.shape_workflow(was, old_id).may_run &&
          after_.tables.shape_workflow(is, WorkflowId(w)).may_run) {
        return &workflow;
      }
    }
    return nullptr;
  }

  std::string Told(const Event& event, const std::string& setting, const std::string& what) const {
    const auto was = Happens(before_, old_image_, event), is = Happens(after_, new_image_, event);
    if (!was || !is || *was == *is) return "";
    return fmt::format("with {}, {}: {} → {}", setting, what, *was, *is);
  }

  TestGiven TenantIs(const abi::TenantRecord& is) const {
    return {{}, TestGiven::Tenant{{after_.tables.tenant_names[is.tenant.index()], {}}}};
  }

  std::string ShowCap(const abi::TenantRecord& was, const abi::TenantRecord& is) const {
    const abi::WorkflowInfo* workflow = Workflow(was, is);
    const int64_t running = std::min(was.cap, is.cap);
    if (workflow == nullptr || running > kRunningMax) return "";
    const Event event{{TenantIs(is), {{}, TestGiven::Running{Count(running)}}},
                      TestWhen::Submitted{{workflow->name, {}}}};
    return Told(event, fmt::format("{} workflows running", change::CountText(running)),
                workflow->name + " is submitted");
  }

  // The first limit on calls whose amount is another now, and a step that calls what it limits.
  std::string ShowRate(const abi::TenantRecord& was, const abi::TenantRecord& is) const {
    const abi::WorkflowInfo* workflow = Workflow(was, is);
    if (workflow == nullptr) return "";
    for (uint32_t r = is.rates_begin; r < is.rates_end; ++r) {
      const abi::RateSpec& now = after_.tables.rates[r];
      if (now.tokens || !now.resource.valid()) continue;
      const std::string& name = after_.tables.resources[now.resource.index()];
      const int64_t then = OldAmount(was, now, name);
      const int64_t calls = std::min(then, now.amount);
      if (then == now.amount || calls > kRunningMax * 10) continue;
      for (const abi::StepInfo& step : workflow->steps) {
        if (step.resource != now.resource) continue;
        const Event event{{TenantIs(is), {{}, TestGiven::CallsMade{Count(calls), {name, {}}, {}}}},
                          TestWhen::StepRuns{{step.name, {}}, {workflow->name, {}}}};
        return Told(event, fmt::format("{} calls made to {}", change::CountText(calls), name),
                    fmt::format("step {} of {} runs", step.name, workflow->name));
      }
    }
    return "";
  }
  int64_t OldAmount(const abi::TenantRecord& was, const abi::RateSpec& now, const std::string& name) const {
    for (uint32_t r = was.rates_begin; r < was.rates_end; ++r) {
      const abi::RateSpec& then = before_.tables.rates[r];
      if (then.tokens == now.tokens && then.window == now.window && then.calendar == now.calendar &&
          then.window_ns == now.window_ns && then.resource.valid() &&
          before_.tables.resources[then.resource.index()] == name) {
        return then.amount;
      }
    }
    return INT64_MAX;
  }

  const plan::Plan& before_;
  const plan::Plan& after_;
  const std::shared_ptr<const abi::PolicyImage> old_image_, new_image_;
};

}  // namespace

std::vector<std::string> Demonstrate(const driver::Comparison& comparison) {
  std::vector<std::string> words(comparison.report.changes.size());
  if (comparison.before->tables.replay_only || comparison.after->tables.replay_only) return words;
  std::optional<Demonstration> demonstration;
  size_t shown = 0;
  for (size_t i = 0; i < words.size() && shown < kShownMax; ++i) {
    const change::Change& change = comparison.report.changes[i];
    const bool number = change.difference.kind == "workflows-at-once" || change.difference.kind == "rate";
    if (!number || change.tenants.empty()) continue;
    if (!demonstration) demonstration.emplace(comparison);
    words[i] = demonstration->Show(change, comparison.report.before[change.tenants.front().index()]);
    shown += words[i].empty() ? 0 : 1;
  }
  return words;
}

}  // namespace bylaw::cli
