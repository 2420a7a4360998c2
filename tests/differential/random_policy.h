// Whole policies at random: small worlds in which every gate matters, far stranger than anyone would write.
#ifndef BYLAW_TESTS_DIFFERENTIAL_RANDOM_POLICY_H_
#define BYLAW_TESTS_DIFFERENTIAL_RANDOM_POLICY_H_

#include <cstdint>
#include <memory>

#include "compiler/plan/plan.h"

namespace bylaw::differential {

// The same seed always gives the same policy.
std::shared_ptr<const plan::Plan> RandomPlan(uint64_t seed);

}  // namespace bylaw::differential

#endif  // BYLAW_TESTS_DIFFERENTIAL_RANDOM_POLICY_H_
