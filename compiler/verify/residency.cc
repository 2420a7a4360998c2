// V1, residency: every promised place stays legal at every instant from activation to the horizon. What all promises
// share; routes are in residency_routes.cc, stores, pools and reviewers in residency_places.cc.
#include "compiler/verify/residency.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::Program;

// "gpt4-us-b is certified by dpf, checked 2026-10-01 (endpoints.bylaw:31)".
std::string CertificateText(const Program& program, const std::string& name, const sema::Certificate& certificate) {
  std::string text =
      fmt::format("assuming {} is certified by {}", name, program.certificates[certificate.certificate.index()]);
  if (certificate.has_checked) text += ", checked " + FormatDate(certificate.checked);
  return fmt::format("{} ({})", text, program.Where(certificate.clause));
}

// Adequacy decisions that somebody relies on and whose review date has come.
void ReportReviewsDue(const Program& program, const std::map<ClauseId, std::vector<TenantId>>& relied_on,
                      Findings& findings) {
  const Date today = sema::DateAt(program, program.activation_ns);
  for (const sema::Adequacy& adequacy : program.adequacies) {
    const auto it = relied_on.find(adequacy.clause);
    if (it == relied_on.end() || !adequacy.has_review_by || adequacy.review_by > today) continue;
    const source::Span span = program.SpanOf(adequacy.clause);
    findings.Add(diag::Kind::kReviewDue, span, "", it->second, [&] {
      Finding finding{
          MakeDiagnostic(diag::Kind::kReviewDue, span,
                         fmt::format("the adequacy decision from {} to {} was to be reviewed by {}",
                                     program.places[adequacy.from.index()].name,
                                     program.places[adequacy.to.index()].name, FormatDate(adequacy.review_by))),
          {},
          {}};
      finding.diagnostic.caret = fmt::format("{} relies on it", TenantName(program, it->second.front()));
      finding.diagnostic.help.push_back("review it and write the next date, or `until` with the day it ended");
      return finding;
    });
  }
}

}  // namespace

ShapeResidency::ShapeResidency(const Facts& facts, ShapeId shape, Findings& findings)
    : facts_(facts),
      program_(facts.program()),
      shape_id_(shape),
      shape_(facts.shape(shape)),
      members_(program_.shapes[shape.index()]),
      findings_(findings) {
  result_.id = "V1";
  result_.subject = "places of " + TenantsText(program_, members_.members);
  result_.tenants = members_.members;
}

std::optional<PlaceFault> ShapeResidency::FindFault(sema::PlaceSubject subject, const sema::Location& location,
                                                    const std::string& name) {
  for (const TimeNs at : facts_.instants()) {
    sema::Legality legality = sema::LegalAt(program_, *shape_.terms, subject, location, at);
    if (!legality.legal) return PlaceFault{at == facts_.instants().front(), at, std::move(legality)};
    Rely(legality, location, name);
  }
  return std::nullopt;
}

void ShapeResidency::Rely(const sema::Legality& legality, const sema::Location& location, const std::string& name) {
  std::vector<std::string> texts;
  for (const sema::Certificate& certificate : location.certificates) {
    const auto& used = legality.certificates;
    if (std::find(used.begin(), used.end(), certificate.clause) != used.end()) {
      texts.push_back(CertificateText(program_, name, certificate));
    }
  }
  for (const sema::Adequacy& adequacy : program_.adequacies) {
    const auto& used = legality.adequacies;
    if (std::find(used.begin(), used.end(), adequacy.clause) == used.end()) continue;
    adequacies_.insert(adequacy.clause);
    texts.push_back(fmt::format("assuming the adequacy decision from {} to {} ({})",
                                program_.places[adequacy.from.index()].name, program_.places[adequacy.to.index()].name,
                                program_.Where(adequacy.clause)));
  }
  for (std::string& text : texts) {
    if (std::find(result_.assumptions.begin(), result_.assumptions.end(), text) == result_.assumptions.end()) {
      result_.assumptions.push_back(std::move(text));
    }
  }
}

std::map<ClauseId, std::vector<TenantId>> ShapeResidency::MembersByClause(const ClauseOf& clause_of) const {
  std::map<ClauseId, std::vector<TenantId>> groups;
  for (const TenantId tenant : members_.members) {
    if (const std::optional<ClauseId> clause = clause_of(program_.terms(tenant))) groups[*clause].push_back(tenant);
  }
  return groups;
}

const sema::PlaceConstraint* ShapeResidency::ConstraintOf(ClauseId clause) const {
  for (const sema::PlaceConstraint& constraint : shape_.terms->places) {
    if (constraint.clause == clause) return &constraint;
  }
  return nullptr;
}

std::string ShapeResidency::FromDate(const PlaceFault& fault) const {
  return fault.now ? "" : fmt::format("from {} ", FormatDate(sema::DateAt(program_, fault.at)));
}

void ShapeResidency::AddConstraintNote(diag::Diagnostic& diagnostic, ClauseId constraint, TenantId tenant) const {
  for (const sema::Stated<uint32_t>& subject_to : program_.terms(tenant).regulations) {
    for (const sema::PlaceConstraint& place : program_.regulations[subject_to.value].terms.places) {
      if (place.clause != constraint) continue;
      diagnostic.notes.push_back(
          {"note", fmt::format("{} ({})", SentenceText(program_, constraint), program_.Where(constraint)),
           program_.SpanOf(subject_to.clause)});
      return;
    }
  }
  diagnostic.notes.push_back(
      {"note", "nothing outside this is legal for " + TenantName(program_, tenant), program_.SpanOf(constraint)});
}

Finding ShapeResidency::MakeFinding(const Promise& promise, const PlaceFault& fault, TenantId tenant) const {
  const sema::PlaceConstraint* constraint = ConstraintOf(fault.legality.clause);
  const std::string where = constraint == nullptr ? "its legal places" : PlacesText(constraint->places);
  Finding finding{MakeDiagnostic(fault.now ? promise.kind_now : diag::Kind::kResidencyLapse, promise.span,
                                 fmt::format("{}{}'s {} outside {}", FromDate(fault), TenantName(program_, tenant),
                                             promise.what, where)),
                  {},
                  {}};
  diag::Diagnostic& diagnostic = finding.diagnostic;
  diagnostic.caret = fault.legality.why_not;
  AddConstraintNote(diagnostic, fault.legality.clause, tenant);
  if (!fault.now) {
    for (const sema::Adequacy& adequacy : program_.adequacies) {
      if (adequacy.until == fault.at) {
        diagnostic.notes.push_back({"note", "the decision lapses", program_.SpanOf(adequacy.until_clause)});
      }
    }
  }
  return finding;
}

void ShapeResidency::Refute(const Finding& finding) {
  if (result_.verdict == Verdict::kRefuted) return;
  result_.verdict = Verdict::kRefuted;
  result_.witness = finding.witness;
}

Outcome ProveResidency(const Facts& facts) {
  Outcome outcome;
  Findings findings;
  std::map<ClauseId, std::vector<TenantId>> relied_on;
  for (uint32_t i = 0; i < facts.shape_count(); ++i) {
    ShapeResidency residency(facts, ShapeId(i), findings);
    residency.CheckRoutes();
    residency.CheckServed();
    residency.CheckStores();
    residency.CheckPools();
    residency.CheckReviewers();
    for (const ClauseId clause : residency.adequacies()) {
      const std::vector<TenantId>& members = facts.program().shapes[i].members;
      relied_on[clause].insert(relied_on[clause].end(), members.begin(), members.end());
    }
    outcome.results.push_back(residency.TakeResult());
  }
  ReportReviewsDue(facts.program(), relied_on, findings);
  outcome.findings = findings.Take(facts.program());
  return outcome;
}

}  // namespace bylaw::verify
