#include "tools/bylaw/demonstrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "compiler/change/request.h"
#include "compiler/change/words.h"
#include "compiler/plan/eval.h"
#include "compiler/verify/words.h"
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
  int64_t waiting = 0;
  int64_t spent_this_month = 0;
  bool tells_store = false;
};
std::optional<std::string> Happens(const plan::Plan& plan, const std::shared_ptr<const abi::PolicyImage>& image,
                                   const Event& event) {
  TestWorld world(plan.program(), image);
  world.Waiting(event.waiting);
  world.SpentThisMonth(event.spent_this_month);
  for (const TestGiven& given : event.given) {
    if (!world.Given(given).empty()) return std::nullopt;
  }
  std::string problem;
  const auto* step = std::get_if<TestWhen::StepRuns>(&event.when);
  const Happening happening = step != nullptr ? world.StepRuns(*step, &problem)
                                              : world.Submitted(std::get<TestWhen::Submitted>(event.when), &problem);
  if (!problem.empty()) return std::nullopt;
  if (event.tells_store) {
    const uint32_t store = happening.decision.store;
    if (happening.kind != Happening::Kind::kDecision || store >= image->stores.size()) return std::nullopt;
    return fmt::format("its state is kept in store {}", image->stores[store].name);
  }
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
    const std::string& kind = change.difference.kind;
    if (kind == "workflows-at-once") return ShowCap(was, is);
    if (kind == "workflows-waiting") return ShowWaiting(was, is);
    if (kind == "budget-per-workflow") return ShowBudget(was, is);
    if (kind == "budget-per-month") return ShowMonth(was, is);
    if (kind == "workflows") return ShowMayRun(was, is);
    if (kind == "store") return ShowStore(was, is);
    return kind == "rate" ? ShowRate(was, is) : std::string();
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
    return fmt::format("{}{}: {} → {}", setting.empty() ? "" : fmt::format("with {}, ", setting), what, *was, *is);
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

  Event Submission(const abi::TenantRecord& is, const std::string& workflow) const {
    return {{TenantIs(is)}, TestWhen::Submitted{{workflow, {}}}};
  }

  std::string ShowWaiting(const abi::TenantRecord& was, const abi::TenantRecord& is) const {
    const abi::WorkflowInfo* workflow = Workflow(was, is);
    const int64_t waiting = std::min(was.waiting_max, is.waiting_max);
    if (workflow == nullptr || waiting > kRunningMax) return "";
    Event event = Submission(is, workflow->name);
    event.waiting = waiting;
    return Told(event, fmt::format("{} waiting", change::CountText(waiting)), workflow->name + " is submitted");
  }

  // So much is spent that the floor of one more run does not fit the smaller budget.
  std::string ShowMonth(const abi::TenantRecord& was, const abi::TenantRecord& is) const {
    const int64_t budget = std::min(was.budget_month_micros, is.budget_month_micros);
    for (uint32_t w = 0; w < after_.tables.workflows.size(); ++w) {
      const std::string& name = after_.tables.workflows[w].name;
      const abi::ShapeWorkflow& now = after_.tables.shape_workflow(is, WorkflowId(w));
      const int64_t spent = budget - now.floor_entry_micros + 1;
      if (!now.may_run || now.floor_entry_micros <= 0 || spent <= 0) continue;
      Event event = Submission(is, name);
      event.spent_this_month = spent;
      std::string told =
          Told(event, verify::MoneyText(after_.program(), spent) + " spent this month", name + " is submitted");
      if (!told.empty()) return told;
    }
    return "";
  }

  // The first step that is decided otherwise with the same part of the budget left.
  std::string ShowBudget(const abi::TenantRecord& was, const abi::TenantRecord& is) const {
    constexpr int64_t kPercents[] = {100, 90, 80, 70, 60, 50, 40, 30, 20, 15, 10, 5, 2, 1};
    const int64_t old_budget = was.budget_workflow_micros, new_budget = is.budget_workflow_micros;
    if (old_budget == abi::kUnlimitedMicros || new_budget == abi::kUnlimitedMicros) return "";
    for (const abi::WorkflowInfo& workflow : after_.tables.workflows) {
      for (const abi::StepInfo& step : workflow.steps) {
        for (const int64_t percent : kPercents) {
          change::Request request;
          request.tenant = after_.tables.tenant_names[is.tenant.index()];
          request.workflow = workflow.name;
          request.step = step.name;
          request.at = after_.program().activation_ns;
          const auto answer = [&](const abi::PolicyImage& image, int64_t budget) {
            request.budget_micros = budget;
            request.remaining_micros = budget * percent / 100;
            const std::optional<abi::Decision> decision = change::Ask(image, request);
            return decision.has_value() ? change::DecisionText(image, *decision) : std::string();
          };
          if (answer(*old_image_, old_budget) == answer(*new_image_, new_budget)) continue;
          syntax::Value left = Count(percent * 10'000);
          left.kind = syntax::Value::Kind::kPercent;
          const Event event{{TenantIs(is), {{}, TestGiven::BudgetLeft{left}}},
                            TestWhen::StepRuns{{step.name, {}}, {workflow.name, {}}}};
          std::string told = Told(event, fmt::format("{}% of the budget left", percent),
                                  fmt::format("step {} of {} runs", step.name, workflow.name));
          if (!told.empty()) return told;
        }
      }
    }
    return "";
  }

  std::string ShowMayRun(const abi::TenantRecord& was, const abi::TenantRecord& is) const {
    for (uint32_t w = 0; w < after_.tables.workflows.size(); ++w) {
      const std::string& name = after_.tables.workflows[w].name;
      const WorkflowId old_id = before_.tables.FindWorkflow(name);
      if (!old_id.valid() || before_.tables.shape_workflow(was, old_id).may_run ==
                                 after_.tables.shape_workflow(is, WorkflowId(w)).may_run) {
        continue;
      }
      std::string told = Told(Submission(is, name), "", name + " is submitted");
      if (!told.empty()) return told;
    }
    return "";
  }

  std::string ShowStore(const abi::TenantRecord& was, const abi::TenantRecord& is) const {
    const abi::WorkflowInfo* workflow = Workflow(was, is);
    if (workflow == nullptr) return "";
    for (const abi::StepInfo& step : workflow->steps) {
      Event event{{TenantIs(is)}, TestWhen::StepRuns{{step.name, {}}, {workflow->name, {}}}};
      event.tells_store = true;
      std::string told = Told(event, "", fmt::format("step {} of {} runs", step.name, workflow->name));
      if (!told.empty()) return told;
    }
    return "";
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
    // A tenant that was in the old policy under the same name; what its steps do otherwise is shown with them.
    if (change.tenants.empty() || !change.difference.shown.empty()) continue;
    if (!demonstration) demonstration.emplace(comparison);
    words[i] = demonstration->Show(change, comparison.report.before[change.tenants.front().index()]);
    shown += words[i].empty() ? 0 : 1;
  }
  return words;
}

}  // namespace bylaw::cli
