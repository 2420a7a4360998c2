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

}  // namespace

void ShapeResidency::CheckChosen(const Promise& promise, const PlaceFault& fault, const ClauseOf& clause_of,
                                 const std::string& name) {
  for (const auto& [clause, tenants] : MembersByClause(clause_of)) {
    Promise here = promise;
    here.span = Narrow(program_, program_.SpanOf(clause), name);
    Finding finding = MakeFinding(here, fault, tenants.front());
    finding.witness.path.push_back(
        fmt::format("{}: {}", TenantName(program_, tenants.front()), fault.legality.why_not));
    finding.diagnostic.help.push_back(
        fmt::format("name one that lies inside, or leave the sentence out: "
                    "the legal ones are used then"));
    Refute(finding);
    findings_.Add(finding.diagnostic.kind, here.span, "", tenants, [&] { return std::move(finding); });
  }
}

void ShapeResidency::ReportNothingLegal(const Promise& promise, const PlaceFault& fault) {
  Promise here = promise;
  here.span = program_.SpanOf(fault.legality.clause);
  const TenantId tenant = members_.members.front();
  Finding finding = MakeFinding(here, fault, tenant);
  finding.diagnostic.message =
      fmt::format("{}nothing declared keeps {}'s {}", FromDate(fault), TenantName(program_, tenant), promise.what);
  finding.diagnostic.caret = "the last candidate is " + fault.legality.why_not;
  finding.witness.path.push_back(finding.diagnostic.message);
  Refute(finding);
  findings_.Add(finding.diagnostic.kind, here.span, promise.what, members_.members, [&] { return std::move(finding); });
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
          store.name);
      return;
    }
    if (!latest.has_value() || fault->at >= latest->at) latest = std::move(fault);
  }
  if (latest.has_value()) {
    ReportNothingLegal({PlaceSubject::kState,
                        data == DataClass::kAudit    ? "audit inside its places"
                        : data == DataClass::kState  ? "state inside its places"
                        : data == DataClass::kQueues ? "queues inside its places"
                                                     : "checkpoints inside its places",
                        {},
                        diag::Kind::kNoLegalRoute},
                       *latest);
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
          pool.name);
      return;
    }
    if (!latest.has_value() || fault->at >= latest->at) latest = std::move(fault);
  }
  if (latest.has_value()) {
    ReportNothingLegal({PlaceSubject::kCalls, "work inside its places", {}, diag::Kind::kNoLegalRoute}, *latest);
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
          program_.reviewers[id.index()].name);
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
