#include "compiler/change/spelling.h"

#include <fmt/format.h>

#include <algorithm>

namespace bylaw::change {
namespace {

void SortUnique(std::vector<uint32_t>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

void Collect(const cel::TypedExpr& expr, Reads& reads) {
  switch (expr.op) {
    case cel::Op::kSlot:
    case cel::Op::kHas:
      reads.slots.push_back(expr.slot);
      break;
    case cel::Op::kSetting:
      reads.settings.push_back(expr.slot);
      break;
    case cel::Op::kTenantText:
      reads.tenant = true;
      break;
    case cel::Op::kStepAttempt:
      reads.attempt = true;
      break;
    case cel::Op::kStepEstimatedCost:
      reads.estimate = true;
      break;
    case cel::Op::kWorkflowSpent:
      reads.spent = true;
      break;
    case cel::Op::kWorkflowAge:
      reads.age = true;
      break;
    case cel::Op::kBudgetRemaining:
      reads.remaining = true;
      break;
    case cel::Op::kNow:
      reads.now = true;
      break;
    default:
      break;
  }
  for (const cel::TypedExprPtr& arg : expr.args) Collect(*arg, reads);
}

template <typename IdType>
std::string NameIn(const std::vector<std::string>& names, IdType id) {
  return id.valid() ? names[id.index()] : std::string("-");
}
template <typename IdType, typename Rows>
std::string NameOf(const Rows& rows, IdType id) {
  return id.valid() ? rows[id.index()].name : std::string("-");
}

std::string SpellSlot(const abi::SlotInfo& info) {
  std::string text = fmt::format("{}:{}", info.name, static_cast<int>(info.type));
  for (const std::string& choice : info.choices) text += "|" + choice;
  return text;
}

}  // namespace

void Reads::Join(const Reads& other) {
  slots.insert(slots.end(), other.slots.begin(), other.slots.end());
  settings.insert(settings.end(), other.settings.begin(), other.settings.end());
  SortUnique(slots);
  SortUnique(settings);
  tenant = tenant || other.tenant;
  remaining = remaining || other.remaining;
  now = now || other.now;
  attempt = attempt || other.attempt;
  spent = spent || other.spent;
  age = age || other.age;
  estimate = estimate || other.estimate;
}

Reads ReadsOf(const cel::TypedExpr& expr) {
  Reads reads;
  Collect(expr, reads);
  SortUnique(reads.slots);
  SortUnique(reads.settings);
  return reads;
}

Speller::Speller(const plan::Plan& plan) : plan_(plan) {
  const auto add = [&](const sema::TypedCondition& condition) {
    conditions_.emplace(condition.expr.get(), &condition);
  };
  for (const sema::Rule& rule : plan.program().rules) {
    if (rule.when.has_value()) add(*rule.when);
  }
  for (const sema::Workflow& workflow : plan.program().workflows) {
    for (const sema::Step& step : workflow.steps) {
      if (step.when.has_value()) add(*step.when);
      for (const sema::Ask& ask : step.asks) {
        if (ask.when.has_value()) add(*ask.when);
      }
    }
  }
}

std::string_view Speller::Text(const cel::TypedExpr& expr) const {
  const auto found = conditions_.find(&expr);
  return found == conditions_.end() ? std::string_view() : std::string_view(found->second->text);
}

std::string Speller::Condition(const cel::TypedExpr& expr, WorkflowId workflow) const {
  const std::string_view written = Text(expr);
  if (written.empty()) return fmt::format("at {}", static_cast<const void*>(&expr));
  std::string text(written);
  const Reads reads = ReadsOf(expr);
  const std::vector<abi::SlotInfo>& slots = plan_.tables.workflows[workflow.index()].slots;
  for (const uint32_t slot : reads.slots) text += "; " + SpellSlot(slots[slot]);
  for (const uint32_t setting : reads.settings) text += "; set " + SpellSlot(plan_.program().settings[setting].info);
  return text;
}

std::string Speller::Spans(const plan::Server& server) const {
  std::string text;
  for (const plan::LegalSpan& span : server.spans) text += fmt::format("@{}{}", span.from, span.legal ? "+" : "-");
  return text;
}

void Speller::Call(const plan::Call& call, std::string& out) const {
  const abi::PolicyImage& tables = plan_.tables;
  out += fmt::format("call {} {}", NameIn(tables.resources, call.resource), call.allowed);
  for (const plan::Candidate& candidate : call.candidates) {
    const plan::Server& server = call.servers[candidate.server];
    out += fmt::format(" {}{} {}", NameOf(tables.endpoints, server.endpoint), Spans(server), candidate.hi_micros);
  }
  // Which endpoints are up and illegal decides nothing but the reason.
  out += "\n";
}

void Speller::Rule(const plan::Rule& rule, WorkflowId workflow, std::string& out) const {
  const abi::PolicyImage& tables = plan_.tables;
  out += "rule " + (rule.when == nullptr ? std::string("always") : Condition(*rule.when, workflow));
  for (const plan::Guard& guard : rule.guards) {
    out +=
        fmt::format(" for {} {}", NameIn(tables.tiers, guard.tier), NameIn(tables.tenant_names.vector(), guard.tenant));
  }
  out += fmt::format(" does {} {} {} {} {} {}", static_cast<int>(rule.course), NameOf(tables.reviewers, rule.reviewers),
                     rule.ask_count, rule.call == plan::kNoCall ? -1 : static_cast<int64_t>(rule.call), rule.lane,
                     rule.weak);
  if (rule.course == plan::Course::kWait) {
    const plan::Window& window = plan_.windows[rule.window];
    out += fmt::format(" {} {} {} {} {}", window.first_day, window.last_day, window.from_minute, window.to_minute,
                       tables.time_zone);
  }
  out += "\n";
}

std::string Speller::Step(const plan::StepProgram& step, WorkflowId workflow, int64_t floor) const {
  const abi::PolicyImage& tables = plan_.tables;
  std::string out = fmt::format("{} {} {} {} {} {} {} {}\n", step.workflow_name, step.step_name, step.optional,
                                step.may_run, step.calls_unknown, step.own_cost_micros, step.estimate_micros, floor);
  if (step.when != nullptr) out += "when " + Condition(*step.when, workflow) + "\n";
  for (const plan::Call& call : step.calls) Call(call, out);
  for (const plan::Rule& rule : step.rules) Rule(rule, workflow, out);
  for (const plan::Rung& rung : step.rungs) {
    out += fmt::format("rung {} {} {} {} {}\n", rung.is_percent, rung.below, static_cast<int>(rung.effect),
                       rung.call == plan::kNoCall ? -1 : static_cast<int64_t>(rung.call),
                       NameOf(tables.reviewers, rung.reviewers));
  }
  return out;
}

}  // namespace bylaw::change
