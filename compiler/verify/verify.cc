#include "compiler/verify/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "base/check.h"
#include "compiler/verify/theorem.h"

namespace bylaw::verify {

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kProved:
      return "PROVED";
    case Verdict::kRefuted:
      return "REFUTED";
    case Verdict::kUnknown:
      return "UNKNOWN";
    case Verdict::kAdvisory:
      return "ADVISORY";
  }
  BYLAW_UNREACHABLE("verdict");
}

// INVARIANT(verified-only): the only maker of VerifiedProgram.
class Verifier {
 public:
  Verifier(std::shared_ptr<const sema::Program> program, const VerifyOptions& options, diag::Sink& sink)
      : program_(std::move(program)), facts_(*program_), options_(options), sink_(sink) {}

  VerifyResult Run() {
    constexpr std::array kTheorems = {ProveResidency,    ProveWorstCaseCost, ProveLadderSafety, ProveMonthBudget,
                                      ProveRates,        ProveCaps,          ProveSla,          ProveAllowed,
                                      ProveAvailability, ProveRetention,     ProveGraph,        ProveTightenOnly,
                                      ProveRules,        ProveNoStarvation,  ProveGuarantees};
    VerifyResult result;
    std::vector<Finding> findings;
    for (const auto theorem : kTheorems) {
      Outcome outcome = theorem(facts_);
      NameFailing(outcome);
      std::move(outcome.findings.begin(), outcome.findings.end(), std::back_inserter(findings));
      for (TheoremResult& proved : outcome.results) result.theorems.push_back(std::move(proved));
    }
    Report(std::move(findings), result);
    const bool held = std::none_of(result.theorems.begin(), result.theorems.end(), [](const TheoremResult& theorem) {
      return theorem.verdict == Verdict::kRefuted || theorem.verdict == Verdict::kUnknown;
    });
    if (held && !refuted_) result.verified = Make(VerifiedProgram::Purpose::kRun);
    return result;
  }

  VerifiedProgram MakeForReplay() const { return Make(VerifiedProgram::Purpose::kReplay); }

 private:
  VerifiedProgram Make(VerifiedProgram::Purpose purpose) const {
    return VerifiedProgram(program_, purpose, facts_.floors());
  }

  // Of each refuted theorem, the tenants that an error of it names; all it is about if none is named.
  static void NameFailing(Outcome& outcome) {
    std::set<TenantId> named;
    for (const Finding& finding : outcome.findings) {
      if (finding.diagnostic.severity == diag::Severity::kError) {
        named.insert(finding.tenants.begin(), finding.tenants.end());
      }
    }
    for (TheoremResult& result : outcome.results) {
      if (result.verdict != Verdict::kRefuted) continue;
      std::copy_if(result.tenants.begin(), result.tenants.end(), std::back_inserter(result.failing),
                   [&](TenantId tenant) { return named.contains(tenant); });
      if (result.failing.empty()) result.failing = result.tenants;
    }
  }

  // A witness is replayed before it is told; one that does not reproduce is our bug, and the user hears nothing false.
  // What the sink has no room for is counted and not told, so nothing is asked about it.
  void Report(std::vector<Finding> findings, VerifyResult& result) {
    const auto is_error = [](const Finding& f) { return f.diagnostic.severity == diag::Severity::kError; };
    refuted_ = refuted_ || std::any_of(findings.begin(), findings.end(), is_error);
    std::erase_if(findings, [&](const Finding& f) {
      return f.diagnostic.kind == diag::Kind::kLoosenedTerm && ToldBySema(f.diagnostic.span);
    });
    std::stable_partition(findings.begin(), findings.end(), is_error);
    std::vector<const Witness*> asked;
    for (size_t i = 0; i < std::min(findings.size(), options_.findings_max); ++i) {
      if (!findings[i].witness.probes.empty()) asked.push_back(&findings[i].witness);
    }
    std::vector<absl::Status> replayed;
    if (!asked.empty()) replayed = options_.replay(MakeForReplay(), asked);
    BYLAW_CHECK(replayed.size() == asked.size(), "an answer for every witness");
    for (size_t i = 0, next = 0; i < findings.size(); ++i) {
      const bool was_asked = next < asked.size() && asked[next] == &findings[i].witness;
      if (was_asked && !replayed[next].ok()) {
        result.internal_errors.push_back(NotReproduced(findings[i].diagnostic, replayed[next]));
      } else {
        Tell(std::move(findings[i]));
      }
      next += was_asked ? 1 : 0;
    }
  }

  std::string NotReproduced(const diag::Diagnostic& diagnostic, const absl::Status& replayed) const {
    return fmt::format("witness does not reproduce: {} [{}] at {}: {}", diagnostic.message,
                       diag::KindName(diagnostic.kind), program_->sources->Where(diagnostic.span),
                       std::string(replayed.message()));
  }

  void Tell(Finding finding) {
    diag::Diagnostic& told = sink_.Add(finding.diagnostic.kind, finding.diagnostic.severity, finding.diagnostic.span,
                                       std::move(finding.diagnostic.message));
    told.caret = std::move(finding.diagnostic.caret);
    told.notes = std::move(finding.diagnostic.notes);
    told.help = std::move(finding.diagnostic.help);
    told.witness = std::move(finding.witness.path);
  }

  // What is loosened is told where contracts are inherited already; V12 proves the result once more.
  bool ToldBySema(source::Span span) const {
    const std::vector<diag::Diagnostic>& told = sink_.diagnostics();
    return std::any_of(told.begin(), told.end(), [&](const diag::Diagnostic& d) {
      return d.kind == diag::Kind::kLoosenedTerm && d.span == span;
    });
  }

  std::shared_ptr<const sema::Program> program_;
  Facts facts_;
  const VerifyOptions& options_;
  diag::Sink& sink_;
  bool refuted_ = false;
};

VerifiedProgram ForReplay(std::shared_ptr<const sema::Program> program) {
  diag::Sink unused;
  return Verifier(std::move(program), VerifyOptions(), unused).MakeForReplay();
}

VerifyResult Verify(std::shared_ptr<const sema::Program> program, const VerifyOptions& options, diag::Sink& sink) {
  BYLAW_CHECK(options.replay != nullptr, "witnesses must be replayed");
  return Verifier(std::move(program), options, sink).Run();
}

}  // namespace bylaw::verify
