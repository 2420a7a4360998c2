#include "tools/bylaw/graph_dot.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "compiler/verify/worst_case.h"

namespace bylaw::cli {
namespace {

using sema::Program;

// The least and the most of an amount over several contracts.
struct Range {
  int64_t least = INT64_MAX, most = INT64_MIN;
  void Add(int64_t micros) {
    least = std::min(least, micros);
    most = std::max(most, micros);
  }
};

// What may stand in an HTML-like label.
std::string Html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
  }
  return out;
}

std::string Shortened(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  size_t end = most;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

class Drawing {
 public:
  Drawing(const verify::Facts& facts, WorkflowId workflow, TenantId tenant)
      : program_(facts.program()), id_(workflow), workflow_(program_.workflows[workflow.index()]), tenant_(tenant) {
    for (uint32_t i = 0; i < facts.shape_count(); ++i) {
      const verify::ShapeFacts& shape = facts.shape(ShapeId(i));
      const bool wanted = !tenant.valid() || program_.tenants[tenant.index()].shape == ShapeId(i);
      if (!wanted || !shape.works[workflow.index()].runs) continue;
      works_.push_back(&shape.works[workflow.index()]);
      if (shape.ladder != nullptr) ladders_.insert(static_cast<uint32_t>(shape.ladder - program_.ladders.data()));
    }
  }

  std::string Dot() const {
    std::string out = fmt::format(
        "digraph \"{}\" {{\n"
        "  rankdir=TB; nodesep=0.35; ranksep=0.45; fontname=\"Helvetica\"; labelloc=t; fontsize=16;\n"
        "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f6f8fa\", color=\"#57606a\", "
        "fontname=\"Helvetica\", "
        "fontsize=11, margin=\"0.15,0.08\"];\n"
        "  edge [color=\"#57606a\", fontname=\"Helvetica\", fontsize=10];\n"
        "  label=<{}>;\n",
        workflow_.name, Title());
    for (uint32_t i = 0; i < workflow_.steps.size(); ++i) out += Node(i);
    for (uint32_t i = 0; i < workflow_.steps.size(); ++i) out += Edges(i);
    for (const uint32_t ladder : ladders_) out += Ladder(ladder);
    return out + "}\n";
  }

 private:
  std::string Money(int64_t micros) const { return FormatMoney({micros, program_.currency}); }
  std::string Money(const Range& range) const {
    return range.least == range.most ? Money(range.most)
                                     : fmt::format("{} to {}", Money(range.least), Money(range.most));
  }
  template <typename AmountOf>
  Range Over(AmountOf amount_of) const {
    Range range;
    for (const verify::WorkFacts* work : works_) range.Add(amount_of(*work));
    return range;
  }

  std::string Title() const {
    const std::string whom = tenant_.valid() ? program_.tenants[tenant_.index()].name : "every tenant that may run it";
    std::string title = fmt::format("<b>{}</b> for {}<br/>", Html(workflow_.name), Html(whom));
    if (works_.empty()) return title + "<i>no contract allows it</i>";
    const verify::Bounds bounds = verify::BoundsOf(workflow_);
    title +=
        fmt::format("<font point-size=\"12\">worst case {}, floor F {}",
                    Money(Over([&](const auto& work) { return verify::WorstCaseMicros(workflow_, work, bounds); })),
                    Money(Over([](const auto& work) { return work.floors.entry; })));
    if (tenant_.valid()) {
      const auto& budget = program_.terms(tenant_).budget_workflow;
      title += budget ? fmt::format(", budget {}", Money(budget->value)) : ", no budget per workflow";
    }
    return title + "</font>";
  }

  std::string CallText(const sema::Step& step, size_t at) const {
    std::string text;
    switch (step.calls) {
      case sema::Step::Calls::kNothing:
        return "calls nothing";
      case sema::Step::Calls::kTool:
        return fmt::format("tool {}", program_.resources[step.resource.index()].name);
      case sema::Step::Calls::kModel:
      case sema::Step::Calls::kAnyModel:
        break;
    }
    std::set<std::string> models;
    for (const verify::WorkFacts* work : works_) {
      const ResourceId own = work->steps[at].own.resource;
      if (own.valid()) models.insert(program_.resources[own.index()].name);
    }
    if (models.empty() && step.resource.valid()) models.insert(program_.resources[step.resource.index()].name);
    return fmt::format("model {}",
                       models.empty() ? "chosen by the contract" : fmt::format("{}", fmt::join(models, " or ")));
  }

  std::string Node(uint32_t at) const {
    const sema::Step& step = workflow_.steps[at];
    std::vector<std::string> lines = {CallText(step, at)};
    if (!works_.empty()) {
      lines.push_back(fmt::format("at most {} an attempt",
                                  Money(Over([&](const auto& work) { return work.steps[at].base_hi_micros; }))));
      lines.push_back(
          fmt::format("F {} behind it", Money(Over([&](const auto& work) { return work.floors.after[at]; }))));
    }
    if (step.retries && step.retries->value > 0) {
      lines.push_back(
          fmt::format("retries at most {} time{}", step.retries->value, step.retries->value == 1 ? "" : "s"));
    }
    for (const sema::Ask& ask : step.asks) {
      const std::string whom = ask.reviewers.valid() ? " " + program_.reviewers[ask.reviewers.index()].name : "";
      lines.push_back(fmt::format("asks {} of reviewers{}{}", ask.count, whom,
                                  ask.when ? fmt::format(" when ({})", Shortened(ask.when->text, 48)) : ""));
    }
    for (const sema::Rule& rule : program_.rules) {
      const bool here = std::any_of(rule.scopes.begin(), rule.scopes.end(), [&](const sema::RuleScope& scope) {
        return scope.workflow == id_ && scope.step == StepId(at);
      });
      if (here) lines.push_back(fmt::format("rule {}", rule.name));
    }
    if (step.when) lines.push_back(fmt::format("when ({})", Shortened(step.when->text, 60)));
    std::string label = fmt::format("<b>{}</b>{}", Html(step.name), step.optional ? " (optional)" : "");
    for (const std::string& line : lines) label += fmt::format("<br/>{}", Html(line));
    return fmt::format("  s{} [label=<{}>{}];\n", at, label, step.optional ? ", style=\"rounded,filled,dashed\"" : "");
  }

  std::string Edges(uint32_t at) const {
    const sema::Step& step = workflow_.steps[at];
    std::string out;
    for (const StepId before : step.after) out += fmt::format("  s{} -> s{};\n", before.index(), at);
    if (step.replan_target.valid() && step.replans && step.replans->value > 0) {
      out += fmt::format(
          "  s{} -> s{} [style=dashed, color=\"#cf222e\", fontcolor=\"#cf222e\", constraint=false, "
          "label=\"on failure, at most {} time{}\"];\n",
          at, step.replan_target.index(), step.replans->value, step.replans->value == 1 ? "" : "s");
    }
    return out;
  }

  std::string RungText(const sema::Rung& rung) const {
    const std::string below =
        rung.is_percent ? fmt::format("{:g}%", static_cast<double>(rung.below_ppm) / 1e4) : Money(rung.below_micros);
    switch (rung.effect) {
      case sema::Rung::Effect::kUseModel:
        return fmt::format("below {}: use model {}", below, program_.resources[rung.model.index()].name);
      case sema::Rung::Effect::kSkipOptional:
        return fmt::format("below {}: skip optional steps", below);
      case sema::Rung::Effect::kSendToReviewers:
        return fmt::format("below {}: send to reviewers", below);
      case sema::Rung::Effect::kSuspend:
        return fmt::format("below {}: suspend", below);
    }
    return below;
  }

  std::string Ladder(uint32_t at) const {
    const sema::Ladder& ladder = program_.ladders[at];
    std::string label = fmt::format("<b>ladder {}</b>", Html(ladder.name));
    for (const sema::Rung& rung : ladder.rungs) {
      label += fmt::format("<br align=\"left\"/>{}", Html(RungText(rung)));
    }
    return fmt::format(
        "  ladder{} [shape=note, style=filled, fillcolor=\"#fff8c5\", label=<{}<br align=\"left\"/>>];\n", at, label);
  }

  const Program& program_;
  const WorkflowId id_;
  const sema::Workflow& workflow_;
  const TenantId tenant_;
  std::vector<const verify::WorkFacts*> works_;  // of the contracts that may run it
  std::set<uint32_t> ladders_;                   // that they follow
};

}  // namespace

std::string WorkflowDot(const verify::Facts& facts, WorkflowId workflow, TenantId tenant) {
  return Drawing(facts, workflow, tenant).Dot();
}

}  // namespace bylaw::cli
