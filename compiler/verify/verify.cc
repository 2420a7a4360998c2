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
    constexpr std::array kTheorems = {ProveResidency, ProveWorstCaseCost, ProveLadderSafety, ProveAllowed,
                                      ProveRetention, ProveGraph,         ProveTightenOnly,  ProveGuarantees};
    VerifyResult result;
    for (const auto theorem : kTheorems) {
      Outcome outcome = theorem(facts_);
      NameFailing(outcome);
      for (Finding& finding : outcome.findings) Report(std::move(finding), result);
      for (TheoremResult& proved : outcome.results) result.theorems.push_back(std::move(proved));
    }
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
  void Report(Finding finding, VerifyResult& result) {
    refuted_ = refuted_ || finding.diagnostic.severity == diag::Severity::kError;
    if (finding.diagnostic.kind == diag::Kind::kLoosenedTerm && ToldBySema(finding.diagnostic.span)) return;
    if (!finding.witness.probes.empty()) {
      if (!replay_only_.has_value()) replay_only_ = MakeForReplay();
      const absl::Status replayed = options_.replay(*replay_only_, finding.witness);
      if (!replayed.ok()) {
        result.internal_errors.push_back(
            fmt::format("witness does not reproduce: {} [{}] at {}: {}", finding.diagnostic.message,
                        diag::KindName(finding.diagnostic.kind), program_->sources->Where(finding.diagnostic.span),
                        std::string(replayed.message())));
        return;
      }
    }
    diag::Diagnostic& told =
        sink_.Add(finding.diagnostic.kind, finding.diagnostic.span, std::move(finding.diagnostic.message));
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
  std::optional<VerifiedProgram> replay_only_;
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
