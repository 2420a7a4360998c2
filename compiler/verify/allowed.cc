// V8, tools and models: whatever the workflows, choices and ladders of a contract need is allowed by it and not denied.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/candidates.h"
#include "compiler/verify/theorem.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;
using sema::Step;
using sema::Terms;

// A model or tool that the contract needs, and the sentence that needs it.
struct Need {
  ResourceId resource;
  source::Span span;
  std::string text;     // "step compliance of loan-approval calls it"
  bool own = false;     // stated in the contract itself, or in a ladder: that sentence is the one to change
  WorkflowId workflow;  // where a decision shows it
  StepId step;
  bool optional = false;  // the step
};

std::vector<Need> NeedsOf(const Program& program, const ShapeFacts& shape) {
  std::vector<Need> needs;
  for (uint32_t w = 0; w < program.workflows.size(); ++w) {
    const sema::Workflow& workflow = program.workflows[w];
    if (!shape.works[w].runs) continue;
    for (uint32_t s = 0; s < workflow.steps.size(); ++s) {
      const Step& step = workflow.steps[s];
      const sema::ChosenResource chosen = sema::ResourceFor(*shape.terms, step);
      if (!chosen.resource.valid() || LeftOut(program, *shape.terms, step)) continue;
      const bool choice = chosen.clause != step.clause;
      needs.push_back({chosen.resource, choice ? program.SpanOf(chosen.clause) : step.resource_span,
                       fmt::format("step {} of {} calls it", step.name, workflow.name), choice, WorkflowId(w),
                       StepId(s), step.optional});
    }
  }
  for (const sema::ModelChoice& choice : shape.terms->models) {
    needs.push_back({choice.model, program.SpanOf(choice.clause), "the contract chooses it", true, {}, {}});
  }
  if (shape.ladder != nullptr) {
    for (const sema::Rung& rung : shape.ladder->rungs) {
      if (rung.effect != sema::Rung::Effect::kUseModel) continue;
      needs.push_back({rung.model, rung.span, fmt::format("ladder {} uses it", shape.ladder->name), true, {}, {}});
    }
  }
  return needs;
}

diag::Kind KindOf(const sema::Resource& resource, const sema::Allowed& allowed) {
  if (resource.is_model) return diag::Kind::kModelNotAllowed;
  return allowed.denied ? diag::Kind::kToolDenied : diag::Kind::kToolNotAllowed;
}

std::string Help(const Program& program, const Terms& terms, const sema::Resource& resource,
                 const sema::Allowed& allowed, const Need& need) {
  if (allowed.denied) return fmt::format("leave {} out of what is denied, or call something else", resource.name);
  if (need.optional) {
    return fmt::format("`must not use {} {}` leaves the optional step out", resource.is_model ? "models" : "tools",
                       resource.name);
  }
  const auto& list = resource.is_model ? terms.may_use_models : terms.may_use_tools;
  std::vector<std::string> names;
  for (const ResourceId id : list->value) names.push_back(program.resources[id.index()].name);
  const std::string sentence =
      fmt::format("`may use {} {}, {}`", resource.is_model ? "models" : "tools", JoinComma(names), resource.name);
  return need.own ? fmt::format("name one of {}, or say {}", JoinComma(names), sentence) : sentence;
}

Finding Forbidden(const Program& program, TenantId tenant, const Need& need, const sema::Allowed& allowed) {
  const sema::Resource& resource = program.resources[need.resource.index()];
  const source::Span contract = Narrow(program, program.SpanOf(allowed.clause), resource.name);
  const std::string_view verb = allowed.denied ? "must not use" : "may not use";
  Finding finding{MakeDiagnostic(KindOf(resource, allowed), need.own ? need.span : contract,
                                 fmt::format("{} {} {} {}", TenantName(program, tenant), verb,
                                             resource.is_model ? "model" : "tool", resource.name)),
                  {},
                  {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  const std::string clause = allowed.denied ? "denied here" : "not among these";
  diagnostic.caret = need.own ? need.text : clause;
  diagnostic.notes.push_back({"note", need.own ? clause : need.text, need.own ? contract : need.span});
  diagnostic.help.push_back(Help(program, program.terms(tenant), resource, allowed, need));
  if (need.workflow.valid()) {
    const sema::Workflow& workflow = program.workflows[need.workflow.index()];
    const std::string path = fmt::format("{}, step {}", workflow.name, workflow.steps[need.step.index()].name);
    finding.witness.path.push_back(path);
    diagnostic.notes.push_back({"path", path, {}});
    const sema::Shape& shape = program.shapes[program.tenants[tenant.index()].shape.index()];
    if (IsProbeable(program, shape, need.workflow, need.step)) {
      Probe probe;
      probe.tenant = tenant;
      probe.workflow = need.workflow;
      probe.step = need.step;
      probe.at = program.activation_ns;
      probe.verdict = need.optional ? abi::Verdict::kSkip : abi::Verdict::kDeny;
      probe.reason = abi::Reason::kContract;
      finding.witness.probes.push_back(probe);
    }
  }
  return finding;
}

// `calls a model` without a choice in the contract.
void ReportUnchosen(const Program& program, const ShapeFacts& shape, const std::vector<TenantId>& members,
                    Findings& findings, TheoremResult& result) {
  for (size_t w = 0; w < program.workflows.size(); ++w) {
    if (!shape.works[w].runs) continue;
    for (const Step& step : program.workflows[w].steps) {
      if (step.calls != Step::Calls::kAnyModel || sema::ResourceFor(*shape.terms, step).resource.valid()) continue;
      result.verdict = Verdict::kRefuted;
      const source::Span span = step.resource_span.valid() ? step.resource_span : program.SpanOf(step.clause);
      findings.Add(diag::Kind::kMissingTerm, span, "", members, [&] {
        Finding finding{
            MakeDiagnostic(diag::Kind::kMissingTerm, span,
                           fmt::format("{}'s contract chooses no model for step {} of {}",
                                       TenantName(program, members.front()), step.name, program.workflows[w].name)),
            {},
            {}};
        finding.diagnostic.help.push_back(
            fmt::format("say `use model … for step {}` in the tier or the tenant", step.name));
        return finding;
      });
    }
  }
}

// The members of a shape by the sentences of their own that forbid: one group a finding.
std::vector<std::pair<sema::Allowed, std::vector<TenantId>>> ByClause(const Program& program, const sema::Shape& shape,
                                                                      ResourceId resource) {
  std::vector<std::pair<sema::Allowed, std::vector<TenantId>>> groups;
  for (const TenantId tenant : shape.members) {
    const sema::Allowed allowed = sema::IsAllowed(program, program.terms(tenant), resource);
    const auto it = std::find_if(groups.begin(), groups.end(),
                                 [&](const auto& group) { return group.first.clause == allowed.clause; });
    if (it != groups.end()) {
      it->second.push_back(tenant);
    } else {
      groups.push_back({allowed, {tenant}});
    }
  }
  return groups;
}

}  // namespace

Outcome ProveAllowed(const Facts& facts) {
  const Program& program = facts.program();
  Outcome outcome;
  Findings findings;
  for (uint32_t i = 0; i < facts.shape_count(); ++i) {
    const ShapeFacts& shape = facts.shape(ShapeId(i));
    TheoremResult result;
    result.id = "V8";
    result.subject = "models and tools of " + TenantsText(program, program.shapes[i].members);
    result.tenants = program.shapes[i].members;
    ReportUnchosen(program, shape, program.shapes[i].members, findings, result);
    for (const Need& need : NeedsOf(program, shape)) {
      if (sema::IsAllowed(program, *shape.terms, need.resource).allowed) continue;
      result.verdict = Verdict::kRefuted;
      for (const auto& [allowed, tenants] : ByClause(program, program.shapes[i], need.resource)) {
        Finding finding = Forbidden(program, tenants.front(), need, allowed);
        if (result.witness.path.empty()) result.witness = finding.witness;
        findings.Add(finding.diagnostic.kind, finding.diagnostic.span, program.resources[need.resource.index()].name,
                     tenants, [&] { return std::move(finding); });
      }
    }
    outcome.results.push_back(std::move(result));
  }
  outcome.findings = findings.Take(program);
  return outcome;
}

}  // namespace bylaw::verify
