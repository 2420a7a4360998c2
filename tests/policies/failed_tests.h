// Test support: which tests in the files of a verified policy fail, in the words of marks.h.
#ifndef BYLAW_TESTS_POLICIES_FAILED_TESTS_H_
#define BYLAW_TESTS_POLICIES_FAILED_TESTS_H_

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "compiler/driver/compile.h"
#include "compiler/driver/image.h"
#include "tools/bylaw/policy_tests.h"

namespace bylaw {

inline void AddFailedTests(const driver::Compilation& compilation, std::set<std::string>* said) {
  const auto image = driver::BuildImage(*compilation.verified, driver::EngineKind::kJitO2);
  ASSERT_TRUE(image.ok()) << image.status();
  for (const cli::TestOutcome& outcome : cli::RunPolicyTests(*compilation.program, *image)) {
    for (const cli::TestFailure& failure : outcome.failures) {
      said->insert(compilation.sources->Where(failure.span) + " error test-failed");
    }
  }
}

}  // namespace bylaw

#endif  // BYLAW_TESTS_POLICIES_FAILED_TESTS_H_
