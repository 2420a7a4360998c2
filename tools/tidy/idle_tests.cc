#include <fmt/format.h>
#include <re2/re2.h>

#include "tools/tidy/checks.h"
#include "tools/tidy/functions.h"

namespace bylaw::tidy {

Findings CheckIdleTests(const std::vector<SourceFile>& files) {
  static const RE2 kTest(R"((TYPED_)?TEST(_F|_P)?|RC_GTEST(_FIXTURE)?_PROP)");
  static const RE2 kExpectation(
      R"(\b(EXPECT_\w+|ASSERT_\w+|SUCCEED|FAIL|ADD_FAILURE\w*|RC_ASSERT\w*|RC_FAIL|RC_SUCCEED_IF|rc::check|static_assert|(Expect|Check|Verify)\w*)\s*\()");
  Findings findings;
  for (const SourceFile& file : files) {
    if (!file.path.ends_with(".cc")) continue;
    for (const Function& function : FindFunctions(file)) {
      if (!RE2::FullMatch(function.name, kTest) || RE2::PartialMatch(function.body, kExpectation)) continue;
      findings.push_back({"idle-test", file.path, function.first_line,
                          "this test expects nothing: say with EXPECT_… or ASSERT_… what must hold"});
    }
  }
  return findings;
}

}  // namespace bylaw::tidy
