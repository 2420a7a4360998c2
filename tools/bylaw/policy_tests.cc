#include "tools/bylaw/policy_tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "tools/bylaw/test_arrivals.h"
#include "tools/bylaw/test_world.h"

namespace bylaw::cli {
namespace {

using syntax::TestThen;
using syntax::TestWhen;

bool HasVerdict(const Happening& happening, abi::Verdict verdict) {
  return happening.kind == Happening::Kind::kDecision && happening.decision.verdict == static_cast<uint8_t>(verdict);
}

template <typename Table>
bool IsNamed(const Table& table, uint32_t id, const std::string& name) {
  return id != abi::kNoId && table[id].name == name;
}

// Whether one `then` line holds, its `because` apart.
bool Holds(const abi::PolicyImage& image, const TestThen& then, const Happening& happening) {
  const abi::Decision& decision = happening.decision;
  switch (then.kind) {
    case TestThen::Kind::kProceeds:
      return happening.kind == Happening::Kind::kDispatched || HasVerdict(happening, abi::Verdict::kProceed);
    case TestThen::Kind::kSkipped:
      return HasVerdict(happening, abi::Verdict::kSkip);
    case TestThen::Kind::kWaits:
      return HasVerdict(happening, abi::Verdict::kWait);
    case TestThen::Kind::kSuspends:
      return HasVerdict(happening, abi::Verdict::kSuspend);
    case TestThen::Kind::kDenied:
      return HasVerdict(happening, abi::Verdict::kDeny);
    case TestThen::Kind::kQueued:
      return happening.kind == Happening::Kind::kQueued;
    case TestThen::Kind::kRefused:
      return happening.kind == Happening::Kind::kRefused;
    case TestThen::Kind::kReviewers:
      return HasVerdict(happening, abi::Verdict::kReview) &&
             (!then.name || IsNamed(image.reviewers, decision.reviewers, then.name->text));
    case TestThen::Kind::kUsesModel:
      return HasVerdict(happening, abi::Verdict::kProceed) && decision.resource != abi::kNoId &&
             image.resources[decision.resource] == then.name->text;
    case TestThen::Kind::kUsesEndpoint:
      return HasVerdict(happening, abi::Verdict::kProceed) &&
             IsNamed(image.endpoints, decision.endpoint, then.name->text);
    case TestThen::Kind::kKeepsInStore:
      return happening.kind == Happening::Kind::kDecision && IsNamed(image.stores, decision.store, then.name->text);
    case TestThen::Kind::kNoOtherWaits:
      return false;  // only arrivals can tell
  }
  BYLAW_UNREACHABLE("then");
}

class TestRun {
 public:
  TestRun(const sema::Program& program, std::shared_ptr<const abi::PolicyImage> image, const sema::Test& test)
      : program_(program), image_(image), test_(test), world_(program, std::move(image)) {}

  TestOutcome Run() {
    TestOutcome outcome{test_.title, test_.span, {}};
    for (const syntax::TestGiven& given : test_.decl->given) {
      if (std::string problem = world_.Given(given); !problem.empty()) {
        outcome.failures.push_back({given.span, std::move(problem)});
      }
    }
    if (!world_.tenant().valid()) {
      outcome.failures.push_back({test_.span, "the test names no tenant: begin with `given tenant NAME`"});
    }
    if (!outcome.passed()) return outcome;
    for (const TestWhen& when : test_.decl->when) Happen(when, outcome);
    return outcome;
  }

 private:
  void Happen(const TestWhen& when, TestOutcome& outcome) {
    if (const auto* arrive = std::get_if<TestWhen::Arrive>(&when.when)) {
      CheckArrivals(program_, image_, world_.tenant(), *arrive, *test_.decl, &outcome.failures);
      return;
    }
    std::string problem;
    const auto* step = std::get_if<TestWhen::StepRuns>(&when.when);
    const Happening happening = step != nullptr ? world_.StepRuns(*step, &problem)
                                                : world_.Submitted(std::get<TestWhen::Submitted>(when.when), &problem);
    if (!problem.empty()) {
      outcome.failures.push_back({when.span, std::move(problem)});
      return;
    }
    if (!happening.clause.empty()) outcome.clauses.push_back(happening.clause);
    for (const TestThen& then : test_.decl->then) Compare(then, happening, outcome);
  }

  void Compare(const TestThen& then, const Happening& happening, TestOutcome& outcome) {
    const bool holds = Holds(*image_, then, happening);
    const bool reason_holds = !then.reason || abi::ReasonName(happening.reason) == then.reason->text;
    if (holds && reason_holds) return;
    outcome.failures.push_back({then.span, world_.Describe(happening)});
  }

  const sema::Program& program_;
  std::shared_ptr<const abi::PolicyImage> image_;
  const sema::Test& test_;
  TestWorld world_;
};

}  // namespace

std::vector<TestOutcome> RunPolicyTests(const sema::Program& program, std::shared_ptr<const abi::PolicyImage> image) {
  std::vector<TestOutcome> outcomes;
  for (const sema::Test& test : program.tests) outcomes.push_back(TestRun(program, image, test).Run());
  return outcomes;
}

std::optional<std::string> FirstFailingTest(const sema::Program& program,
                                            const std::shared_ptr<const abi::PolicyImage>& image) {
  for (const bool simulates : {false, true}) {
    for (const sema::Test& test : program.tests) {
      const std::vector<TestWhen>& when = test.decl->when;
      const bool arrives = std::any_of(when.begin(), when.end(), [](const TestWhen& event) {
        return std::holds_alternative<TestWhen::Arrive>(event.when);
      });
      if (arrives == simulates && !TestRun(program, image, test).Run().passed()) return test.title;
    }
  }
  return std::nullopt;
}

}  // namespace bylaw::cli
