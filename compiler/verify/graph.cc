// V11, the graph: every step is reached, every step can finish, and the bounds of retries and replans are small enough
// to be proved about.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"
#include "compiler/verify/worst_case.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Step;
using sema::Workflow;

// The most attempts of a step that one run may make.
constexpr int64_t kAttemptsMax = 100'000;

// Tarjan's strongly connected components over `after`: the circles among the steps, each in file order.
class Circles {
 public:
  explicit Circles(const Workflow& workflow) : workflow_(workflow), nodes_(workflow.steps.size()) {
    for (uint32_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].index == 0) Connect(i);
    }
    std::sort(circles_.begin(), circles_.end());
  }
  const std::vector<std::vector<uint32_t>>& found() const { return circles_; }

 private:
  struct Node {
    uint32_t index = 0, low = 0;
    bool on_stack = false;
    size_t next_edge = 0;
  };
  // Iterative, since a hostile workflow may be a chain of any length.
  void Connect(uint32_t root) {
    std::vector<uint32_t> path;
    Enter(root, path);
    while (!path.empty()) {
      const uint32_t at = path.back();
      const std::vector<StepId>& edges = workflow_.steps[at].after;
      if (nodes_[at].next_edge < edges.size()) {
        const uint32_t to = edges[nodes_[at].next_edge++].value();
        if (nodes_[to].index == 0) {
          Enter(to, path);
        } else if (nodes_[to].on_stack) {
          nodes_[at].low = std::min(nodes_[at].low, nodes_[to].index);
        }
        continue;
      }
      path.pop_back();
      if (!path.empty()) nodes_[path.back()].low = std::min(nodes_[path.back()].low, nodes_[at].low);
      if (nodes_[at].low == nodes_[at].index) Close(at);
    }
  }
  void Enter(uint32_t at, std::vector<uint32_t>& path) {
    nodes_[at].index = nodes_[at].low = ++count_;
    nodes_[at].on_stack = true;
    stack_.push_back(at);
    path.push_back(at);
  }
  void Close(uint32_t root) {
    std::vector<uint32_t> members;
    uint32_t member = 0;
    do {
      member = stack_.back();
      stack_.pop_back();
      nodes_[member].on_stack = false;
      members.push_back(member);
    } while (member != root);
    const std::vector<StepId>& after = workflow_.steps[root].after;
    const bool loop = std::find(after.begin(), after.end(), StepId(root)) != after.end();
    if (members.size() == 1 && !loop) return;
    std::sort(members.begin(), members.end());
    circles_.push_back(std::move(members));
  }

  const Workflow& workflow_;
  std::vector<Node> nodes_;
  std::vector<uint32_t> stack_;
  std::vector<std::vector<uint32_t>> circles_;
  uint32_t count_ = 0;
};

void Report(diag::Kind kind, source::Span span, std::string message, std::string help, Findings& findings,
            TheoremResult& result) {
  result.verdict = Verdict::kRefuted;
  result.witness.path.push_back(message);
  findings.Add(kind, span, message, {}, [&] {
    Finding finding{MakeDiagnostic(kind, span, std::move(message)), {}, {}};
    finding.diagnostic.help.push_back(std::move(help));
    return finding;
  });
}

// Steps in circles, and those that wait for one.
void ReportCircles(const Workflow& workflow, Findings& findings, TheoremResult& result) {
  const Circles circles(workflow);
  std::vector<bool> blocked(workflow.steps.size());
  for (const std::vector<uint32_t>& circle : circles.found()) {
    std::vector<std::string> names;
    for (const uint32_t step : circle) {
      blocked[step] = true;
      names.push_back(workflow.steps[step].name);
    }
    Report(diag::Kind::kStepCycle, workflow.steps[circle.front()].span,
           names.size() == 1 ? fmt::format("step {} waits for itself", names.front())
                             : fmt::format("steps {} wait for each other", JoinAnd(names)),
           "leave out one `after`; to run steps again, say `on failure replans from … at most 2 times`", findings,
           result);
  }
  const std::vector<bool> in_circle = blocked;
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < workflow.steps.size(); ++i) {
      if (blocked[i]) continue;
      const std::vector<StepId>& after = workflow.steps[i].after;
      blocked[i] = std::any_of(after.begin(), after.end(), [&](StepId step) { return blocked[step.index()]; });
      more = more || blocked[i];
    }
  }
  for (size_t i = 0; i < workflow.steps.size(); ++i) {
    if (!blocked[i] || in_circle[i]) continue;
    Report(diag::Kind::kUnreachableStep, workflow.steps[i].span,
           fmt::format("step {} of {} is never reached", workflow.steps[i].name, workflow.name),
           "it waits for steps that wait for each other", findings, result);
  }
}

void ReportBounds(const Program& program, const Workflow& workflow, Findings& findings, TheoremResult& result) {
  WorkFacts work;
  work.position.resize(workflow.steps.size());
  for (uint32_t i = 0; i < workflow.order.size(); ++i) work.position[workflow.order[i].index()] = i;
  int64_t attempts = 0;
  for (const int64_t n : AttemptsAtMost(workflow, work, BoundsOf(workflow))) attempts = SaturatingAdd(attempts, n);
  for (size_t s = 0; s < workflow.steps.size(); ++s) {
    const Step& step = workflow.steps[s];
    if (!step.replan_target.valid()) continue;
    if (work.position[step.replan_target.index()] > work.position[s]) {
      Report(diag::Kind::kEndlessWorkflow, step.replans ? program.SpanOf(step.replans->clause) : step.span,
             fmt::format("step {} replans from {}, which runs after it", step.name,
                         workflow.steps[step.replan_target.index()].name),
             "name the step itself or one that runs before it", findings, result);
    }
  }
  if (attempts <= kAttemptsMax) return;
  Report(
      diag::Kind::kEndlessWorkflow, workflow.span,
      fmt::format("{} may attempt its steps {} times", workflow.name,
                  attempts == abi::kUnlimitedMicros ? "more than 9_000_000_000_000_000_000" : std::to_string(attempts)),
      fmt::format("lower its retries and replans: what can be proved ends at {} attempts", kAttemptsMax), findings,
      result);
}

}  // namespace

Outcome ProveGraph(const Facts& facts) {
  const Program& program = facts.program();
  Outcome outcome;
  Findings findings;
  for (const Workflow& workflow : program.workflows) {
    TheoremResult result;
    result.id = "V11";
    result.subject = "the steps of " + workflow.name;
    ReportCircles(workflow, findings, result);
    if (result.verdict == Verdict::kProved) ReportBounds(program, workflow, findings, result);
    outcome.results.push_back(std::move(result));
  }
  outcome.findings = findings.Take(program);
  return outcome;
}

}  // namespace bylaw::verify
