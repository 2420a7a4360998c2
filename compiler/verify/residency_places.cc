// V1 for what keeps data and who works: stores, worker pools and reviewers.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/sema/candidates.h"
#include "compiler/verify/residency.h"
#include "compiler/verify/words.h"

namespace bylaw::verify {
namespace {

using sema::PlaceSubject;
using sema::Terms;
using syntax::DataClass;

std::string KeptText(DataClass data) {
  switch (data) {
    case DataClass::kState:
      return "state is kept";
    case DataClass::kCheckpoints:
      return "checkpoints are kept";
    case DataClass::kAudit:
      return "audit is kept";
    case DataClass::kQueues:
      return "queues are kept";
  }
  return "";
}

const sema::StoreChoice* StoreChoiceFor(const Terms& terms, DataClass data) {
  for (const sema::StoreChoice& choice : terms.stores) {
    if (choice.data == data) return &choice;
  }
  return nullptr;
}

// The names of those rows all of whose places are legal at every instant.
template <typename Row, typename LocationsOf>
std::vector<std::string> NamesInside(const Facts& facts, const Terms& terms, PlaceSubject subject,
                                     const std::vector<Row>& rows, LocationsOf locations_of) {
  std::vector<std::string> names;
  for (const Row& row : rows) {
    const std::vector<sema::Location> locations = locations_of(row);
    const bool inside = std::all_of(locations.begin(), locations.end(), [&](const sema::Location& location) {
      return std::all_of(facts.instants().begin(), facts.instants().end(),
                         [&](TimeNs at) { return sema::LegalAt(facts.program(), terms, subject, location, at).legal; });
    });
    if (inside && !locations.empty()) names.push_back(row.name);
  }
  return names;
}

}  // namespace

void ShapeResidency::CheckChosen(const Promise& promise, const PlaceFault& fault, const ClauseOf& clause_of,
                                 const std::string& name, const std::vector<std::string>& inside) {
  for (const auto& [clause, tenants] : MembersByClause(clause_of)) {
    Promise here = promise;
    here.span = Narrow(program_, program_.SpanOf(clause), name);
    Finding finding = MakeFinding(here, fault, tenants.front());
    finding.witness.path.push_back(
        fmt::format("{}: {}", TenantName(program_, tenants.front()), fault.legality.why_not));
    finding.diagnostic.help.push_back(
        inside.empty() ? "none that is declared lies inside: declare one, and name it here"
                       : fmt::format("name one that lies inside ({}), or leave the sentence out: the legal ones are "
                                     "used then",
                                     JoinComma(inside)));
    Refute(finding);
    findings_.Add(finding.diagnostic.kind, here.span, "", tenants, [&] { return std::move(finding); });
  }
}

void ShapeResidency::ReportNothingLegal(std::string_view noun, const std::string& what, const std::string& form,
                                        const PlaceFault& fault) {
  const TenantId tenant = members_.members.front();
  Promise here{PlaceSubject::kState, what, program_.SpanOf(fault.legality.clause), diag::Kind::kNoLegalRoute};
  Finding finding = MakeFinding(here, fault, tenant);
  finding.diagnostic.message =
      fmt::format("{}no {} lies where {}'s {}", FromDate(fault), noun, TenantName(program_, tenant), what);
  finding.diagnostic.caret = "the last candidate is " + fault.legality.why_not;
  std::erase_if(finding.diagnostic.notes, [&](const diag::Note& note) { return note.span == here.span; });
  const sema::PlaceConstraint* places = ConstraintOf(fault.legality.clause);
  finding.diagnostic.help.push_back(
      fmt::format("declare one{}: {}", places == nullptr ? "" : " in " + PlacesText(places->places), form));
  finding.witness.path.push_back(finding.diagnostic.message);
  Refute(finding);
  findings_.Add(finding.diagnostic.kind, here.span, what, members_.members, [&] { return std::move(finding); });
}

void ShapeResidency::CheckStores() {
  for (const DataClass data : {DataClass::kState, DataClass::kCheckpoints, DataClass::kAudit, DataClass::kQueues}) {
    CheckStore(data);
  }
}

void ShapeResidency::CheckStore(DataClass data) {
  const std::vector<StoreId> candidates = sema::CandidateStores(program_, *shape_.terms, data);
  const Promise promise{PlaceSubject::kState, KeptText(data), {}, diag::Kind::kResidencyViolation};
  std::optional<PlaceFault> latest;
  for (const StoreId id : candidates) {
    const sema::Store& store = program_.stores[id.index()];
    std::optional<PlaceFault> fault = FindFault(PlaceSubject::kState, store.location, store.name);
    if (!fault.has_value()) return;
    if (StoreChoiceFor(*shape_.terms, data) != nullptr) {
      CheckChosen(
          promise, *fault,
          [&](const Terms& terms) -> std::optional<ClauseId> {
            const sema::StoreChoice* choice = StoreChoiceFor(terms, data);
            return choice == nullptr ? std::nullopt : std::optional(choice->clause);
          },
          store.name,
          NamesInside(facts_, *shape_.terms, PlaceSubject::kState, program_.stores, [&](const sema::Store& other) {
            const bool keeps = other.keeps[static_cast<size_t>(data)];
            return keeps ? std::vector{other.location} : std::vector<sema::Location>();
          }));
      return;
    }
    if (!latest.has_value() || fault->at >= latest->at) latest = std::move(fault);
  }
  if (latest.has_value()) {
    const std::string name = data == DataClass::kAudit    ? "audit"
                             : data == DataClass::kState  ? "state"
                             : data == DataClass::kQueues ? "queues"
                                                          : "checkpoints";
    ReportNothingLegal("store", name + " may be kept",
                       fmt::format("`store NAME {{` with the lines `keeps {}` and `in REGION`", name), *latest);
  }
}

void ShapeResidency::CheckPools() {
  const Promise promise{PlaceSubject::kCalls, "work runs", {}, diag::Kind::kResidencyViolation};
  std::optional<PlaceFault> latest;
  for (const PoolId id : sema::CandidatePools(program_, *shape_.terms)) {
    const sema::Pool& pool = program_.pools[id.index()];
    std::optional<PlaceFault> fault = FindFault(PlaceSubject::kCalls, pool.location, pool.name);
    if (!fault.has_value()) return;
    if (shape_.terms->pool.has_value()) {
      CheckChosen(
          promise, *fault,
          [](const Terms& terms) -> std::optional<ClauseId> {
            return terms.pool.has_value() ? std::optional(terms.pool->clause) : std::nullopt;
          },
          pool.name,
          NamesInside(facts_, *shape_.terms, PlaceSubject::kCalls, program_.pools,
                      [](const sema::Pool& other) { return std::vector{other.location}; }));
      return;
    }
    if (!latest.has_value() || fault->at >= latest->at) latest = std::move(fault);
  }
  if (latest.has_value()) {
    ReportNothingLegal("pool", "work may run", "`pool NAME in REGION has 10 slots with room for 1_000 waiting`",
                       *latest);
  }
}

std::optional<PlaceFault> ShapeResidency::FindReviewersFault(ReviewersId id) {
  const sema::Reviewers& reviewers = program_.reviewers[id.index()];
  std::optional<PlaceFault> first;
  for (const sema::Location& location : reviewers.based_in) {
    std::optional<PlaceFault> fault = FindFault(PlaceSubject::kReviewers, location, reviewers.name);
    if (fault.has_value() && (!first.has_value() || fault->at < first->at)) first = std::move(fault);
  }
  if (!reviewers.based_in.empty()) return first;
  return FindFault(PlaceSubject::kReviewers, sema::Location{}, reviewers.name);
}

void ShapeResidency::CheckReviewers() {
  const Promise promise{PlaceSubject::kReviewers, "reviewers work", {}, diag::Kind::kReviewerPlace};
  if (shape_.terms->reviewers.has_value()) {
    for (const ReviewersId id : shape_.terms->reviewers->value) {
      const std::optional<PlaceFault> fault = FindReviewersFault(id);
      if (!fault.has_value()) continue;
      CheckChosen(
          promise, *fault,
          [](const Terms& terms) -> std::optional<ClauseId> {
            return terms.reviewers.has_value() ? std::optional(terms.reviewers->clause) : std::nullopt;
          },
          program_.reviewers[id.index()].name,
          NamesInside(facts_, *shape_.terms, PlaceSubject::kReviewers, program_.reviewers,
                      [](const sema::Reviewers& other) { return other.based_in; }));
    }
  }
  for (size_t w = 0; w < program_.workflows.size(); ++w) {
    if (!shape_.works[w].runs) continue;
    for (const sema::Step& step : program_.workflows[w].steps) {
      for (const sema::Ask& ask : step.asks) {
        CheckAsked(ask.reviewers, program_.SpanOf(ask.clause),
                   fmt::format("step {} of {} asks", step.name, program_.workflows[w].name));
      }
    }
  }
  if (shape_.ladder == nullptr) return;
  for (const sema::Rung& rung : shape_.ladder->rungs) {
    if (rung.effect != sema::Rung::Effect::kSendToReviewers) continue;
    CheckAsked(rung.reviewers, rung.span, fmt::format("ladder {} sends to", shape_.ladder->name));
  }
}

// Reviewers that a step or rung needs: those named, else any that may work for the tenant.
void ShapeResidency::CheckAsked(ReviewersId named, source::Span span, const std::string& what) {
  if (!named.valid() && shape_.terms->reviewers.has_value()) return;  // checked where they are chosen
  std::vector<ReviewersId> candidates = {named};
  if (!named.valid()) candidates = sema::CandidateReviewers(program_, *shape_.terms);
  const TenantId tenant = members_.members.front();
  std::optional<PlaceFault> latest;
  for (const ReviewersId id : candidates) {
    std::optional<PlaceFault> fault = FindReviewersFault(id);
    if (!fault.has_value()) return;
    if (!latest.has_value() || fault->at >= latest->at) latest = std::move(fault);
  }
  Finding finding;
  if (latest.has_value()) {
    finding =
        MakeFinding({PlaceSubject::kReviewers, "reviewers work", span, diag::Kind::kReviewerPlace}, *latest, tenant);
    finding.diagnostic.message = fmt::format("{}{} reviewers, and none of them may work for {}", FromDate(*latest),
                                             what, TenantName(program_, tenant));
  } else {
    finding.diagnostic = MakeDiagnostic(diag::Kind::kMissingTerm, span, what + " reviewers, and none are declared");
    finding.diagnostic.help.push_back("declare them: `reviewers … { based in … }`");
  }
  finding.witness.path.push_back(finding.diagnostic.message);
  Refute(finding);
  findings_.Add(finding.diagnostic.kind, span, "", members_.members, [&] { return std::move(finding); });
}

}  // namespace bylaw::verify
