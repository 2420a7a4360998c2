// How much a rate limit lets through, for the proofs that count with it.
#ifndef BYLAW_COMPILER_VERIFY_RATES_H_
#define BYLAW_COMPILER_VERIFY_RATES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "compiler/verify/demand.h"
#include "compiler/verify/theorem.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::verify {

// What an unused limit lets through from the first call until `within` later, both ends included: a calendar window
// opens with the first call. Saturates.
int64_t AdmittedWithin(const abi::RateSpec& spec, DurationNs within);
// What it lets through in 31 days when it is always used up.
int64_t AdmittedPerMonth(const abi::RateSpec& spec);
// The length of its window; of a calendar window the shortest it can be.
DurationNs WindowAtLeast(const abi::RateSpec& spec);

// One workflow's uses of a limited thing.
struct Use {
  Volume volume;
  int64_t sure = 0;  // of one run
  std::optional<int64_t> most;
};
// How many of the runs can finish when so many uses are let through, the ones with the fewest uses first.
int64_t FinishInTime(const std::vector<Use>& uses, int64_t admitted, int64_t Volume::* runs);
// Whether the limit lets all uses of a peak day through within `within` of their runs, however those come.
bool CarriesPeaks(const std::vector<Use>& uses, const abi::RateSpec& spec, DurationNs within);
// The sentence with another number in it, for help.
std::string SentenceWith(const sema::Program& program, ClauseId clause, int64_t number);

// The part of V5 about the platform's own limits: each endpoint's quota lets through what all tenants together declare
// (quotas.cc).
void ProveQuotas(const Facts& facts, Findings& findings, Outcome& outcome);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_RATES_H_
