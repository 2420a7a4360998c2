// Tests and scenarios in the files: every name is declared, every value has the type of what it stands for.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <type_traits>

#include "compiler/sema/contracts.h"
#include "compiler/sema/rules.h"
#include "compiler/sema/values.h"
#include "compiler/sema/work.h"

namespace bylaw::sema {
namespace {

// The type of an input or output of `workflow`; null if it has none of that name. Adds the names that it has.
const syntax::TypeExpr* TypeOf(Context&, const Inventory& inventory, WorkflowId workflow,
                               const syntax::TestGiven::RequestIs& given, std::vector<std::string_view>* names) {
  for (const syntax::WorkflowItem& item : inventory.workflows[workflow.index()]->items) {
    const auto* input = std::get_if<syntax::InputDecl>(&item.item);
    if (input == nullptr) continue;
    if (input->name.text == given.input.text) return &input->type;
    names->push_back(input->name.text);
  }
  return nullptr;
}
const syntax::TypeExpr* TypeOf(Context& context, const Inventory& inventory, WorkflowId workflow,
                               const syntax::TestGiven::OutputIs& given, std::vector<std::string_view>* names) {
  const StepId step = context.steps[workflow.index()].Find(given.step.text);
  if (!step.valid()) return nullptr;
  for (const syntax::StepTerm& term : inventory.steps[workflow.index()][step.index()]->terms) {
    const auto* gives = std::get_if<syntax::StepTerm::Gives>(&term.term);
    if (gives == nullptr) continue;
    if (gives->output.text == given.output.text) return &gives->type;
    names->push_back(gives->output.text);
  }
  return nullptr;
}
std::string PathOf(const syntax::TestGiven::RequestIs& given) { return "request." + given.input.text; }
std::string PathOf(const syntax::TestGiven::OutputIs& given) {
  return fmt::format("steps.{}.{}", given.step.text, given.output.text);
}
const syntax::Name& LastName(const syntax::TestGiven::RequestIs& given) { return given.input; }
const syntax::Name& LastName(const syntax::TestGiven::OutputIs& given) { return given.output; }
std::string Noun(const syntax::TestGiven::RequestIs&, std::string_view workflow) {
  return fmt::format("input of {}", workflow);
}
std::string Noun(const syntax::TestGiven::OutputIs& given, std::string_view) {
  return fmt::format("output of step {}", given.step.text);
}

// Checks one test. Inputs and outputs have types only where a workflow is named.
class TestChecker {
 public:
  TestChecker(Context& context, const Inventory& inventory, const syntax::TestDecl& decl)
      : context_(context), inventory_(inventory), decl_(decl) {}

  void Check() {
    for (const syntax::TestWhen& when : decl_.when) {
      span_ = when.span;
      std::visit(*this, when.when);
    }
    for (const syntax::TestGiven& given : decl_.given) {
      span_ = given.span;
      std::visit(*this, given.given);
    }
    for (const syntax::TestThen& then : decl_.then) CheckThen(then);
    const std::string owner = fmt::format("test \"{}\"", decl_.title.text);
    if (decl_.when.empty()) Missing(owner, "does not say when", "when step decide of loan-approval runs");
    if (decl_.then.empty()) Missing(owner, "does not say what then", "then it proceeds");
    const bool tenant = std::any_of(decl_.given.begin(), decl_.given.end(), [](const syntax::TestGiven& given) {
      return std::holds_alternative<syntax::TestGiven::Tenant>(given.given);
    });
    if (!tenant) Missing(owner, "names no tenant", "given tenant …");
  }

  void operator()(const syntax::TestWhen::StepRuns& when) {
    workflow_ = context_.Resolve("workflow", when.workflow, context_.workflows);
    if (workflow_.valid()) ResolveStep(context_, workflow_, when.step);
  }
  void operator()(const syntax::TestWhen::Submitted& when) {
    workflow_ = context_.Resolve("workflow", when.workflow, context_.workflows);
  }
  void operator()(const syntax::TestWhen::Arrive& when) {
    workflow_ = context_.Resolve("workflow", when.workflow, context_.workflows);
    CountOf(context_, when.runs, {"when {} runs of loan-approval arrive within 30 minutes", "5_000"}, 1, 10'000'000);
    ClockOf(context_, when.within, {"when 5_000 runs of loan-approval arrive within {}", "30 minutes"});
  }

  void operator()(const syntax::TestGiven::Tenant& given) {
    context_.Resolve("tenant", given.tenant, context_.tenants);
    context_.Again("given tenant", "a test", span_, tenant_);
  }
  void operator()(const syntax::TestGiven::EndpointDown& given) {
    context_.Resolve("endpoint", given.endpoint, context_.endpoints);
  }
  void operator()(const syntax::TestGiven::EndpointRevoked& given) {
    context_.Resolve("endpoint", given.endpoint, context_.endpoints);
  }
  void operator()(const syntax::TestGiven::RequestIs& given) { CheckValue(given); }
  void operator()(const syntax::TestGiven::OutputIs& given) { CheckValue(given); }
  void operator()(const syntax::TestGiven::BudgetLeft& given) {
    if (given.amount.kind == syntax::Value::Kind::kPercent) {
      ShareOf(context_, given.amount, {"{} of the budget is left", "12%"});
    } else {
      MicrosOf(context_, given.amount, {"{} is left", "$0.05"});
    }
  }
  void operator()(const syntax::TestGiven::DateIs& given) {
    DateOf(context_, given.date, {"the date is {}", "2027-08-01"});
  }
  void operator()(const syntax::TestGiven::TimeIs& given) {
    MinuteOf(context_, given.time, {"the time is {}", "22:30"});
  }
  void operator()(const syntax::TestGiven::Running& given) {
    CountOf(context_, given.workflows, {"{} workflows are running", "40"}, 0, 10'000'000);
  }
  void operator()(const syntax::TestGiven::CallsMade& given) {
    CountOf(context_, given.calls, {"{} calls were made to credit_bureau_v2 this hour", "500"}, 0, 1'000'000'000);
    if (!context_.resources.Find(given.resource.text).valid()) {
      context_.Unknown("model or tool", given.resource, ServedNames(context_, true, true));
    }
  }

 private:
  void Missing(const std::string& owner, std::string_view what, std::string_view help) {
    context_.Report(Kind::kMissingTerm, decl_.title.span, fmt::format("{} {}", owner, what)).help.emplace_back(help);
  }

  template <typename Given>
  void CheckValue(const Given& given) {
    if (!workflow_.valid()) return;
    if constexpr (std::is_same_v<Given, syntax::TestGiven::OutputIs>) {
      if (!ResolveStep(context_, workflow_, given.step).valid()) return;
    }
    std::vector<std::string_view> names;
    if (const syntax::TypeExpr* type = TypeOf(context_, inventory_, workflow_, given, &names)) {
      SlotValueOf(context_, given.value, *type, PathOf(given) + " is");
    } else {
      context_.Unknown(Noun(given, context_.program.workflows[workflow_.index()].name), LastName(given), names);
    }
  }

  void CheckThen(const syntax::TestThen& then) {
    using TK = syntax::TestThen::Kind;
    switch (then.kind) {
      case TK::kReviewers:
        if (then.name) context_.Resolve("reviewers", *then.name, context_.reviewers);
        break;
      case TK::kUsesModel:
        ResolveResource(context_, *then.name, true);
        break;
      case TK::kUsesEndpoint:
        context_.Resolve("endpoint", *then.name, context_.endpoints);
        break;
      case TK::kKeepsInStore:
        context_.Resolve("store", *then.name, context_.stores);
        break;
      case TK::kNoOtherWaits:
        ClockOf(context_, *then.duration, {"no other tenant waits more than {}", "60 seconds"});
        break;
      case TK::kProceeds:
      case TK::kSkipped:
      case TK::kWaits:
      case TK::kSuspends:
      case TK::kDenied:
      case TK::kQueued:
      case TK::kRefused:
        break;
    }
    if (then.reason && !abi::ReasonByName(then.reason->text)) {
      std::vector<std::string_view> reasons;
#define BYLAW_REASON(enumerator, name) reasons.push_back(name);
#include "runtime/abi/reason.def"
#undef BYLAW_REASON
      context_.Unknown("reason", *then.reason, reasons);
    }
  }

  Context& context_;
  const Inventory& inventory_;
  const syntax::TestDecl& decl_;
  Span span_;
  std::optional<Span> tenant_;
  WorkflowId workflow_;
};

// Checks the sentences of one scenario.
class ScenarioChecker {
 public:
  ScenarioChecker(Context& context, const Inventory& inventory, const syntax::ScenarioDecl& decl)
      : context_(context), inventory_(inventory), decl_(decl) {}

  void Check() {
    for (const syntax::ScenarioItem& item : decl_.items) {
      const auto* sends = std::get_if<syntax::ScenarioItem::Sends>(&item.item);
      const WorkflowId sent = sends == nullptr ? WorkflowId::None() : context_.workflows.Find(sends->workflow.text);
      if (sent.valid()) sent_.insert(sent);
    }
    for (const syntax::ScenarioItem& item : decl_.items) {
      span_ = item.span;
      std::visit(*this, item.item);
    }
    if (!run_) {
      context_
          .Report(Kind::kMissingTerm, decl_.name.span,
                  fmt::format("scenario {} does not say how long it runs", decl_.name.text))
          .help.emplace_back("run from 08:00 to 16:00");
    }
  }

  void operator()(const syntax::ScenarioItem::Sends& item) {
    if (item.tenant) context_.Resolve("tenant", *item.tenant, context_.tenants);
    if (item.tier) context_.Resolve("tier", *item.tier, context_.tiers);
    context_.Resolve("workflow", item.workflow, context_.workflows);
    CountOf(context_, item.runs, {"every tenant sends {} runs of loan-approval per day", "50"}, 0, 100'000'000);
    if (item.within) {
      ClockOf(context_, *item.within, {"sends 5_000 runs of loan-approval within {} from 09:00", "30 minutes"});
    }
    if (item.from) {
      MinuteOf(context_, *item.from, {"sends 5_000 runs of loan-approval within 30 minutes from {}", "09:00"});
    }
  }
  void operator()(const syntax::ScenarioItem::Takes& item) {
    context_.Resolve("workflow", item.workflow, context_.workflows);
    ClockOf(context_, item.about, {"each loan-approval takes about {}", "45 seconds"});
  }
  void operator()(const syntax::ScenarioItem::Fails& item) {
    ResolveStepOf(item.workflow, item.step);
    ShareOf(context_, item.share, {"step credit of loan-approval fails {} of the time", "5%"});
  }
  void operator()(const syntax::ScenarioItem::FailsFirst& item) {
    ResolveStepOf(item.workflow, item.step);
    CountOf(context_, item.times, {"step credit of loan-approval fails {} times", "2"}, 1, 1'000);
  }
  void operator()(const syntax::ScenarioItem::Costs& item) {
    ResolveStepOf(item.workflow, item.step);
    MicrosOf(context_, item.cost, {"step credit of loan-approval costs {}", "$0.04"});
  }
  void operator()(const syntax::ScenarioItem::UsualValue& item) {
    if (const auto* request = std::get_if<syntax::TestGiven::RequestIs>(&item.what.given)) CheckValue(*request, item);
    if (const auto* output = std::get_if<syntax::TestGiven::OutputIs>(&item.what.given)) CheckValue(*output, item);
  }
  void operator()(const syntax::ScenarioItem::Run& item) {
    if (context_.Again("run from", "scenario " + decl_.name.text, span_, run_)) return;
    const std::optional<uint16_t> from = MinuteOf(context_, item.from, {"run from {} to 16:00", "08:00"});
    const std::optional<uint16_t> to = MinuteOf(context_, item.to, {"run from 08:00 to {}", "16:00"});
    if (from && to && *to <= *from) {
      context_.Report(Kind::kOutOfRange, item.to.span, "the scenario ends before it starts")
          .help.emplace_back("run from 08:00 to 16:00");
    }
  }
  void operator()(const syntax::ScenarioItem::Down& item) {
    context_.Resolve("endpoint", item.endpoint, context_.endpoints);
    if (item.from) MinuteOf(context_, *item.from, {"endpoint gpt4-eu is down from {} to 11:00", "10:00"});
    if (item.to) MinuteOf(context_, *item.to, {"endpoint gpt4-eu is down from 10:00 to {}", "11:00"});
  }

 private:
  void ResolveStepOf(const syntax::Name& workflow_name, const syntax::Name& step) {
    const WorkflowId workflow = context_.Resolve("workflow", workflow_name, context_.workflows);
    if (workflow.valid()) ResolveStep(context_, workflow, step);
  }

  // What the lines about one value say together.
  struct Said {
    std::optional<Span> rest;
    int64_t share_ppm = 0;
  };

  // Some workflow that is sent must have it, and the value must fit each that does.
  template <typename Given>
  void CheckValue(const Given& given, const syntax::ScenarioItem::UsualValue& item) {
    std::vector<std::string_view> names;
    bool known = sent_.empty();
    for (const WorkflowId workflow : sent_) {
      const syntax::TypeExpr* type = TypeOf(context_, inventory_, workflow, given, &names);
      if (type == nullptr) continue;
      known = true;
      if (!SlotValueOf(context_, given.value, *type, PathOf(given) + " is")) break;
    }
    if (!known) {
      context_.Unknown(Noun(given, "the workflows of scenario " + decl_.name.text), LastName(given), names);
    }
    CheckShare(PathOf(given), item);
  }

  void CheckShare(const std::string& path, const syntax::ScenarioItem::UsualValue& item) {
    Said& said = said_[path];
    if (!item.share) {
      context_.Again(path + " is", "scenario " + decl_.name.text, span_, said.rest);
      return;
    }
    const std::optional<int64_t> share = ShareOf(context_, *item.share, {path + " is … in {} of runs", "15%"});
    said.share_ppm += share.value_or(0);
    if (said.share_ppm <= 1'000'000) return;
    context_
        .Report(Kind::kOutOfRange, item.share->span,
                fmt::format("the shares of {} come to more than 100% of the runs", path))
        .help.emplace_back("a line without a share speaks of all other runs");
  }

  Context& context_;
  const Inventory& inventory_;
  const syntax::ScenarioDecl& decl_;
  Span span_;
  std::optional<Span> run_;
  std::set<WorkflowId> sent_;
  std::map<std::string, Said> said_;
};

}  // namespace

void ReadTests(Context& context, const Inventory& inventory) {
  for (const syntax::Decl* whole : inventory.tests) {
    const auto& decl = std::get<syntax::TestDecl>(whole->decl);
    TestChecker(context, inventory, decl).Check();
    context.program.tests.push_back(Test{decl.title.text, decl.title.span, &decl});
  }
}

void ReadScenarios(Context& context, const Inventory& inventory) {
  for (const syntax::Decl* whole : inventory.scenarios) {
    const auto& decl = std::get<syntax::ScenarioDecl>(whole->decl);
    ScenarioChecker(context, inventory, decl).Check();
    context.program.scenarios.push_back(Scenario{decl.name.text, decl.name.span, &decl});
  }
}

}  // namespace bylaw::sema
