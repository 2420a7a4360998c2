#include "compiler/sema/complete.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/candidates.h"

namespace bylaw::sema {
namespace {

bool MayRun(const Terms& terms, WorkflowId workflow) {
  return !terms.may_run || std::binary_search(terms.may_run->value.begin(), terms.may_run->value.end(), workflow);
}

void CheckModels(Context& context, const Shape& shape) {
  const Program& program = context.program;
  const Terms& terms = program.terms(shape.representative);
  for (size_t w = 0; w < program.workflows.size(); ++w) {
    const Workflow& workflow = program.workflows[w];
    if (!MayRun(terms, WorkflowId(static_cast<uint32_t>(w)))) continue;
    for (const Step& step : workflow.steps) {
      if (step.calls != Step::Calls::kAnyModel || ResourceFor(terms, step).resource.valid()) continue;
      const Tenant& tenant = program.tenants[shape.representative.index()];
      diag::Diagnostic& diagnostic = context.Report(
          Kind::kMissingTerm, step.resource_span,
          fmt::format("step {} of {} calls a model, and no contract says which", step.name, workflow.name));
      diagnostic.notes.push_back(
          {"note",
           fmt::format("for tenant {} ({}){}", tenant.name, program.Where(tenant.clause),
                       shape.members.size() > 1 ? fmt::format(" and {} more", shape.members.size() - 1) : ""),
           Span()});
      const auto model = std::find_if(program.resources.begin(), program.resources.end(),
                                      [](const Resource& resource) { return resource.is_model; });
      diagnostic.help.push_back(
          fmt::format("use model {} for step {}", model == program.resources.end() ? "gpt-4" : model->name, step.name));
    }
  }
}

// Whoever's contract names places for people must know where people are (language.md: closed world).
void CheckReviewersPlaced(Context& context, const Shape& shape) {
  const Program& program = context.program;
  const Terms& terms = program.terms(shape.representative);
  const auto named = std::find_if(terms.places.begin(), terms.places.end(), [](const PlaceConstraint& constraint) {
    return constraint.subject == PlaceSubject::kReviewers;
  });
  if (named == terms.places.end()) return;
  for (const ReviewersId id : CandidateReviewers(program, terms)) {
    const Reviewers& reviewers = program.reviewers[id.index()];
    if (!reviewers.based_in.empty()) continue;
    diag::Diagnostic& diagnostic =
        context.Report(Kind::kMissingTerm, reviewers.span,
                       fmt::format("reviewers {} do not say where they are based", reviewers.name));
    diagnostic.notes.push_back({"note", "a contract names places for reviewers", program.SpanOf(named->clause)});
    diagnostic.help.emplace_back("based in DE, FR");
  }
}

}  // namespace

void CheckComplete(Context& context) {
  for (const Shape& shape : context.program.shapes) {
    CheckModels(context, shape);
    CheckReviewersPlaced(context, shape);
  }
}

}  // namespace bylaw::sema
