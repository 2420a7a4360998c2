// How V7 tells what it found, for an SLA in a contract and for one that a guarantee asks for.
#ifndef BYLAW_COMPILER_VERIFY_SLA_H_
#define BYLAW_COMPILER_VERIFY_SLA_H_

#include <string>

#include "compiler/verify/sla_bound.h"
#include "compiler/verify/theorem.h"

namespace bylaw::verify {

// The sentence that promises, and what a refutation of it is called.
struct SlaSentence {
  diag::Kind kind = diag::Kind::kSlaInfeasible;
  source::Span span;
};
Finding SlaRefused(const Facts& facts, const SlaQuestion& question, const SlaBound::Refusal& refusal,
                   const SlaSentence& sentence);
Finding SlaUndecided(const Facts& facts, SlaBound& bound, const SlaQuestion& question, const std::string& why_not,
                     const SlaSentence& sentence);

// To the next round second, minute or ten minutes, as one would promise it.
DurationNs RoundUp(DurationNs duration);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_SLA_H_
