#include "compiler/sema/work.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/cel/check.h"
#include "compiler/sema/contracts.h"
#include "compiler/sema/values.h"

namespace bylaw::sema {
namespace {

constexpr size_t kAsksMax = 100;  // of one step

// Reads the sentences of one step.
class StepReader {
 public:
  StepReader(Context& context, WorkflowId workflow, StepId step)
      : context_(context),
        workflow_id_(workflow),
        workflow_(context.program.workflows[workflow.index()]),
        step_(workflow_.steps[step.index()]),
        owner_(fmt::format("step {} of {}", step_.name, workflow_.name)) {}

  void Read(const syntax::StepTerm& term) {
    span_ = term.span;
    std::visit(*this, term.term);
  }

  void operator()(const syntax::StepTerm::After& term) {
    if (Again("after", after_)) return;
    for (const syntax::Name& name : term.steps) {
      const StepId id = ResolveStep(context_, workflow_id_, name);
      if (!id.valid()) continue;
      if (std::find(step_.after.begin(), step_.after.end(), id) != step_.after.end()) {
        context_.Report(Kind::kRepeatedTerm, name.span, fmt::format("step {} is named twice", name.text))
            .help.emplace_back("name each step once");
        continue;
      }
      step_.after.push_back(id);
    }
  }
  void operator()(const syntax::StepTerm::CallsTool& term) {
    if (Again("calls", calls_)) return;
    step_.calls = Step::Calls::kTool;
    step_.resource = ResolveResource(context_, term.tool, false);
    step_.resource_span = term.tool.span;
    Tokens(term.tokens);
  }
  void operator()(const syntax::StepTerm::CallsModel& term) {
    if (Again("calls", calls_)) return;
    step_.calls = term.model ? Step::Calls::kModel : Step::Calls::kAnyModel;
    step_.resource_span = term.model ? term.model->span : span_;
    if (term.model) step_.resource = ResolveResource(context_, *term.model, true);
    Tokens(term.tokens);
  }
  void operator()(const syntax::StepTerm::Reads& term) {
    if (Again("reads", reads_)) return;
    std::vector<std::string_view> names;
    for (const abi::SlotInfo& slot : workflow_.slots) names.push_back(slot.name);
    for (const syntax::Name& name : term.inputs) {
      const auto found = std::find(names.begin(), names.end(), name.text);
      if (found == names.end()) {
        context_.Unknown(fmt::format("input of {}", workflow_.name), name, names);
        continue;
      }
      const uint32_t slot = static_cast<uint32_t>(found - names.begin());
      if (std::find(step_.reads.begin(), step_.reads.end(), slot) == step_.reads.end()) step_.reads.push_back(slot);
    }
  }
  void operator()(const syntax::StepTerm::CostsAtMost& term) {
    if (Again("costs at most", costs_)) return;
    const std::optional<int64_t> micros = MicrosOf(context_, term.amount, {"costs at most {}", "$0.08"});
    if (micros) step_.cost_at_most = Stated<Money>{{*micros, context_.program.currency}, Clause()};
  }
  void operator()(const syntax::StepTerm::TakesAbout& term) {
    if (Again("takes about", about_)) return;
    const std::optional<DurationNs> duration = ClockOf(context_, term.duration, {"takes about {}", "5 seconds"});
    if (duration) step_.takes_about = Stated<DurationNs>{*duration, Clause()};
  }
  void operator()(const syntax::StepTerm::TakesAtMost& term) {
    if (Again("takes at most", at_most_)) return;
    const std::optional<DurationNs> duration = ClockOf(context_, term.duration, {"takes at most {}", "30 seconds"});
    if (duration) step_.takes_at_most = Stated<DurationNs>{*duration, Clause()};
  }
  void operator()(const syntax::StepTerm::Retries& term) {
    if (Again("retries", retries_)) return;
    const std::optional<int64_t> times = CountOf(context_, term.at_most, {"retries at most {} times", "2"}, 0, 1'000);
    if (times) step_.retries = Stated<uint32_t>{static_cast<uint32_t>(*times), Clause()};
  }
  void operator()(const syntax::StepTerm::When&) { Again("when", when_); }
  void operator()(const syntax::StepTerm::Gives&) {}  // slots are made before steps are read
  void operator()(const syntax::StepTerm::Replans& term) {
    if (Again("on failure replans", replans_)) return;
    const std::string pattern = fmt::format("on failure replans from {} at most {{}} times", term.target.text);
    const std::optional<int64_t> times = CountOf(context_, term.at_most, {pattern, "2"}, 0, 1'000);
    const StepId target = ResolveStep(context_, workflow_id_, term.target);
    if (!times || !target.valid()) return;
    step_.replan_target = target;
    step_.replans = Stated<uint32_t>{static_cast<uint32_t>(*times), Clause()};
  }
  void operator()(const syntax::StepTerm::Asks& term) {
    Ask ask;
    ask.count = static_cast<uint32_t>(CountOf(context_, term.count, {"asks {} of reviewers", "1"}, 1, 255).value_or(1));
    if (term.reviewers) {
      ask.reviewers = context_.Resolve("reviewers", *term.reviewers, context_.reviewers);
      CheckStaff(ask, *term.reviewers);
    }
    ask.clause = Clause();
    step_.asks.push_back(std::move(ask));
    if (step_.asks.size() != kAsksMax + 1) return;
    context_.Report(Kind::kInputTooLarge, span_, fmt::format("{} asks more than {} times", owner_, kAsksMax))
        .help.emplace_back("put what they have in common into one condition: asks 1 of reviewers when (…)");
  }

 private:
  bool Again(std::string_view term, std::optional<Span>& first) { return context_.Again(term, owner_, span_, first); }
  ClauseId Clause() { return context_.AddClause(span_, Level::kPlatform, owner_); }

  void CheckStaff(const Ask& ask, const syntax::Name& name) {
    if (!ask.reviewers.valid()) return;
    const Reviewers& reviewers = context_.program.reviewers[ask.reviewers.index()];
    if (!reviewers.staff || reviewers.staff->value >= ask.count) return;
    diag::Diagnostic& diagnostic = context_.Report(
        Kind::kOutOfRange, name.span,
        fmt::format("{} asks {} of {}, who are {}", owner_, ask.count, name.text, reviewers.staff->value));
    diagnostic.notes.push_back({"note", "the staff is stated here", context_.program.SpanOf(reviewers.staff->clause)});
    diagnostic.help.push_back(fmt::format("asks {} of reviewers {}", reviewers.staff->value, name.text));
  }

  void Tokens(const std::optional<syntax::TokenEstimate>& tokens) {
    if (!tokens) return;
    constexpr int64_t kTokensMax = 1'000'000'000;
    const std::optional<int64_t> input =
        CountOf(context_, tokens->input, {"for about {} input tokens, 500 output tokens", "2_000"}, 0, kTokensMax);
    const std::optional<int64_t> output =
        CountOf(context_, tokens->output, {"for about 2_000 input tokens, {} output tokens", "500"}, 0, kTokensMax);
    if (!input || !output) return;
    step_.token_terms = *tokens;
    step_.input_tokens = *input;
    step_.output_tokens = *output;
    step_.tokens_stated = true;
    step_.tokens_at_most = tokens->at_most;
  }

  Context& context_;
  WorkflowId workflow_id_;
  Workflow& workflow_;
  Step& step_;
  std::string owner_;
  Span span_;
  std::optional<Span> after_, calls_, reads_, costs_, about_, at_most_, retries_, when_, replans_;
};

// Adds a slot unless its name is taken.
void AddSlot(Context& context, Workflow& workflow, std::vector<Span>& spans, const syntax::Name& name,
             const std::string& slot_name, std::string_view noun, const syntax::TypeExpr& type) {
  CheckConditionName(context, name, noun);
  for (size_t i = 0; i < workflow.slots.size(); ++i) {
    if (workflow.slots[i].name == slot_name) return context.Duplicate(noun, {slot_name, name.span}, spans[i]);
  }
  std::optional<abi::SlotInfo> info = SlotInfoOf(context, name, type);
  if (!info) return;
  info->name = slot_name;
  workflow.slots.push_back(*std::move(info));
  spans.push_back(name.span);
}

void ReadSlots(Context& context, Workflow& workflow, const syntax::WorkflowDecl& decl,
               const std::vector<const syntax::StepDecl*>& steps) {
  std::vector<Span> spans;
  for (const syntax::WorkflowItem& item : decl.items) {
    const auto* input = std::get_if<syntax::InputDecl>(&item.item);
    if (input != nullptr) AddSlot(context, workflow, spans, input->name, input->name.text, "input", input->type);
  }
  workflow.input_count = static_cast<uint32_t>(workflow.slots.size());
  for (const syntax::StepDecl* step : steps) {
    for (const syntax::StepTerm& term : step->terms) {
      const auto* gives = std::get_if<syntax::StepTerm::Gives>(&term.term);
      if (gives == nullptr) continue;
      AddSlot(context, workflow, spans, gives->output, fmt::format("{}.{}", step->name.text, gives->output.text),
              "output", gives->type);
    }
  }
}

void ReadLane(Context& context, Workflow& workflow, const syntax::WorkflowDecl& decl) {
  std::optional<Span> first;
  for (const syntax::WorkflowItem& item : decl.items) {
    const auto* lane = std::get_if<syntax::WorkflowItem::InLane>(&item.item);
    if (lane == nullptr || context.Again("in lane", "workflow " + workflow.name, item.span, first)) continue;
    workflow.lane = static_cast<abi::Lane>(lane->lane);
  }
}

// The first amount of a policy may stand in a condition.
void FindCurrency(Context& context, const syntax::CelExpr& expr) {
  if (expr.kind == syntax::CelExpr::Kind::kMoney && !context.currency_known) {
    context.currency_known = true;
    context.currency_span = expr.span;
    context.program.currency = expr.money.currency;
  }
  for (const syntax::CelExprPtr& arg : expr.args) {
    if (arg != nullptr) FindCurrency(context, *arg);
  }
}

}  // namespace

StepId ResolveStep(Context& context, WorkflowId workflow, const syntax::Name& name) {
  const NameTable<StepId>& steps = context.steps[workflow.index()];
  const StepId id = steps.Find(name.text);
  if (!id.valid()) {
    context.Unknown(fmt::format("step of {}", context.program.workflows[workflow.index()].name), name, steps.names(),
                    Kind::kUnknownStep);
  }
  return id;
}

void ReadWorkflows(Context& context, const Inventory& inventory) {
  for (size_t i = 0; i < inventory.workflows.size(); ++i) {
    const WorkflowId id(static_cast<uint32_t>(i));
    Workflow& workflow = context.program.workflows[i];
    ReadLane(context, workflow, *inventory.workflows[i]);
    ReadSlots(context, workflow, *inventory.workflows[i], inventory.steps[i]);
    for (size_t s = 0; s < workflow.steps.size(); ++s) {
      StepReader reader(context, id, StepId(static_cast<uint32_t>(s)));
      for (const syntax::StepTerm& term : inventory.steps[i][s]->terms) reader.Read(term);
    }
    if (workflow.steps.empty()) {
      context.Report(Kind::kMissingTerm, workflow.span, fmt::format("workflow {} has no step", workflow.name))
          .help.emplace_back("step verify {");
    }
    workflow.order = OrderSteps(context, workflow);
  }
}

namespace {

cel::TypedExprPtr CheckIn(Context& context, const syntax::Condition& condition, const Workflow* workflow,
                          diag::Sink& sink) {
  if (!context.currency_known) FindCurrency(context, *condition.expr);
  std::vector<abi::SlotInfo> settings;
  for (const Setting& setting : context.program.settings) settings.push_back(setting.info);
  cel::Scope scope;
  scope.slots = workflow == nullptr ? nullptr : &workflow->slots;
  scope.input_count = workflow == nullptr ? 0 : workflow->input_count;
  scope.settings = &settings;
  scope.currency = context.program.currency;
  return cel::Check(*condition.expr, scope, sink);
}

bool ReadsRun(const syntax::CelExpr& expr) {
  const bool root = expr.kind == syntax::CelExpr::Kind::kIdent && (expr.text == "request" || expr.text == "steps");
  return root || std::any_of(expr.args.begin(), expr.args.end(), [](const auto& arg) { return ReadsRun(*arg); });
}

}  // namespace

bool HoldsIn(Context& context, const syntax::Condition& condition, const Workflow& workflow) {
  diag::Sink scratch;
  return condition.expr != nullptr && CheckIn(context, condition, &workflow, scratch) != nullptr;
}

bool ReadsRun(const syntax::Condition& condition) { return condition.expr != nullptr && ReadsRun(*condition.expr); }

std::optional<TypedCondition> TypeCondition(Context& context, const syntax::Condition& condition,
                                            const Workflow* workflow) {
  if (condition.expr == nullptr) return std::nullopt;
  TypedCondition typed;
  typed.expr = CheckIn(context, condition, workflow, context.sink);
  if (typed.expr == nullptr) return std::nullopt;
  typed.text = condition.text;
  typed.span = condition.span;
  return typed;
}

void ReadStepConditions(Context& context, const Inventory& inventory) {
  for (size_t i = 0; i < inventory.workflows.size(); ++i) {
    Workflow& workflow = context.program.workflows[i];
    for (size_t s = 0; s < workflow.steps.size(); ++s) {
      Step& step = workflow.steps[s];
      size_t asks = 0;
      for (const syntax::StepTerm& term : inventory.steps[i][s]->terms) {
        if (const auto* when = std::get_if<syntax::StepTerm::When>(&term.term); when != nullptr && !step.when) {
          step.when = TypeCondition(context, when->condition, &workflow);
        }
        if (const auto* ask = std::get_if<syntax::StepTerm::Asks>(&term.term)) {
          if (ask->when) step.asks[asks].when = TypeCondition(context, *ask->when, &workflow);
          ++asks;
        }
      }
    }
  }
}

}  // namespace bylaw::sema
