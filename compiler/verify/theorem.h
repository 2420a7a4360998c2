// What a theorem says: its results, and a finding for each thing a person has to be told.
//
// A finding is held back until its witness has been replayed (verify.cc); theorems themselves touch no sink. Theorems
// are pure functions of Facts, and their output is deterministic: shapes, workflows and tenants are visited in the
// order of their ids.
#ifndef BYLAW_COMPILER_VERIFY_THEOREM_H_
#define BYLAW_COMPILER_VERIFY_THEOREM_H_

#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "compiler/diag/diagnostic.h"
#include "compiler/verify/facts.h"
#include "compiler/verify/verify.h"
#include "compiler/verify/witness.h"

namespace bylaw::verify {

struct Finding {
  diag::Diagnostic diagnostic;
  Witness witness;
  std::vector<TenantId> tenants;  // whom it concerns; the first one is named in the message
};

diag::Diagnostic MakeDiagnostic(diag::Kind kind, source::Span span, std::string message);

// Findings of one theorem, each reported once per sentence with all the tenants it concerns.
class Findings {
 public:
  // The finding of this kind at this place about `about`, made by `make` (returning Finding) if it is the first.
  // `tenants` join those whom it concerns.
  template <typename Make>
  void Add(diag::Kind kind, source::Span span, const std::string& about, const std::vector<TenantId>& tenants,
           Make make) {
    const auto [it, is_new] = index_.try_emplace({kind, span.file, span.begin, span.end, about}, findings_.size());
    if (is_new) findings_.push_back(make());
    std::vector<TenantId>& all = findings_[it->second].tenants;
    all.insert(all.end(), tenants.begin(), tenants.end());
  }
  // Adds the note "also: 11 more tenants on tier standard" where more than one tenant is concerned.
  std::vector<Finding> Take(const sema::Program& program);

 private:
  std::map<std::tuple<diag::Kind, source::FileId, uint32_t, uint32_t, std::string>, size_t> index_;
  std::vector<Finding> findings_;
};

// What several subjects come to together: refuted before unknown before advisory before proved.
void Weaken(Verdict& verdict, Verdict by);

struct Outcome {
  std::vector<TheoremResult> results;
  std::vector<Finding> findings;
};

// One function a theorem (verification.md), each in the file named after it.
Outcome ProveResidency(const Facts& facts);      // V1
Outcome ProveWorstCaseCost(const Facts& facts);  // V2
Outcome ProveLadderSafety(const Facts& facts);   // V3
Outcome ProveMonthBudget(const Facts& facts);    // V4
Outcome ProveRates(const Facts& facts);          // V5
Outcome ProveCaps(const Facts& facts);           // V6
Outcome ProveSla(const Facts& facts);            // V7
Outcome ProveAllowed(const Facts& facts);        // V8
Outcome ProveAvailability(const Facts& facts);   // V9
Outcome ProveRetention(const Facts& facts);      // V10
Outcome ProveGraph(const Facts& facts);          // V11
Outcome ProveTightenOnly(const Facts& facts);    // V12
Outcome ProveRules(const Facts& facts);          // V13
Outcome ProveNoStarvation(const Facts& facts);   // V16
Outcome ProveGuarantees(const Facts& facts);     // what the policy's own guarantees ask for

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_THEOREM_H_
