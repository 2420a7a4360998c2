// The tests in policy files, run against a compiled policy by the real engine on a clock that stands still.
//
// `given` builds a world (a tenant, endpoints down or revoked, inputs and outputs, money left, runs in flight, calls
// made, date and time), `when` makes one thing happen, and every `then` line must hold. `5_000 runs of W arrive …` is a
// simulation: every other tenant sends its declared volume meanwhile. Each test has a world of its own; their order
// never matters.
#ifndef BYLAW_TOOLS_BYLAW_POLICY_TESTS_H_
#define BYLAW_TOOLS_BYLAW_POLICY_TESTS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/program.h"
#include "compiler/source/source.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::cli {

// One `then` line that does not hold, or a `given` that cannot be.
struct TestFailure {
  source::Span span;
  std::string text;
};

struct TestOutcome {
  std::string title;
  source::Span span;
  std::vector<TestFailure> failures;
  std::vector<std::string> clauses = {};  // the sentences that decided: "tiers.bylaw:12: at most 50 workflows at once"
  bool passed() const { return failures.empty(); }
};

std::vector<TestOutcome> RunPolicyTests(const sema::Program& program, std::shared_ptr<const abi::PolicyImage> image);
// The title of some test that does not hold; those that simulate a day are tried last.
std::optional<std::string> FirstFailingTest(const sema::Program& program,
                                            const std::shared_ptr<const abi::PolicyImage>& image);

}  // namespace bylaw::cli

#endif  // BYLAW_TOOLS_BYLAW_POLICY_TESTS_H_
