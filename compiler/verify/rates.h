// How much a rate limit lets through, for the proofs that count with it.
#ifndef BYLAW_COMPILER_VERIFY_RATES_H_
#define BYLAW_COMPILER_VERIFY_RATES_H_

#include <cstdint>

#include "base/time.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::verify {

// What an unused limit lets through from the first call until `within` later, both ends included: a calendar window
// opens with the first call. Saturates.
int64_t AdmittedWithin(const abi::RateSpec& spec, DurationNs within);
// What it lets through in 31 days when it is always used up.
int64_t AdmittedPerMonth(const abi::RateSpec& spec);
// The length of its window; of a calendar window the shortest it can be.
DurationNs WindowAtLeast(const abi::RateSpec& spec);

}  // namespace bylaw::verify

#endif  // BYLAW_COMPILER_VERIFY_RATES_H_
