// The theorems: proved, refuted with a witness, unknown (a limit was reached) or advisory.
//
// Verify takes a program without errors, adds a diagnostic for each refuted theorem, and returns the VerifiedProgram if
// none was refuted or unknown. Each witness that the sink has room for is first replayed through `replay` (evaluator
// and JIT, supplied by driver/, since verify/ may not depend on plan/), all of them at once, errors first; a witness
// that does not reproduce is reported as our bug, never as the user's mistake.
#ifndef BYLAW_COMPILER_VERIFY_VERIFY_H_
#define BYLAW_COMPILER_VERIFY_VERIFY_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/sema/program.h"
#include "compiler/verify/verified_program.h"
#include "compiler/verify/witness.h"

namespace bylaw::verify {

enum class Verdict : uint8_t { kProved, kRefuted, kUnknown, kAdvisory };
std::string_view VerdictName(Verdict verdict);  // "PROVED", …

struct TheoremResult {
  std::string id;  // "V1"
  Verdict verdict = Verdict::kProved;
  std::string subject;            // "loan-approval for 12 tenants on tier standard"
  std::vector<TenantId> tenants;  // whom it is about; none: no tenant in particular
  std::vector<TenantId> failing;  // of a refuted theorem: those of `tenants` for whom it does not hold
  std::vector<std::string>
      assumptions;  // "assuming gpt4-us-b is certified by dpf, checked 2026-10-01 (endpoints.bylaw:31)"
  Witness witness;  // of a refuted theorem
};

// Asks every probe of the compiled policy: a status for each witness, OK if all answers are as it says.
using ReplayFn = std::function<std::vector<absl::Status>(const VerifiedProgram& replay_only,
                                                         const std::vector<const Witness*>& witnesses)>;

struct VerifyOptions {
  ReplayFn replay;              // must be set
  size_t findings_max = 1'000;  // so many findings the sink has room for
};

struct VerifyResult {
  std::vector<TheoremResult> theorems;
  std::optional<VerifiedProgram> verified;
  // Witnesses that did not reproduce: bugs of ours, with the replay's words.
  std::vector<std::string> internal_errors;
};

VerifyResult Verify(std::shared_ptr<const sema::Program> program, const VerifyOptions& options, diag::Sink& sink);

// The program with its floors and nothing proved, for questions to both sides of a change (change/): its image is never
// published. The program has no errors.
VerifiedProgram ForReplay(std::shared_ptr<const sema::Program> program);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_VERIFY_H_
