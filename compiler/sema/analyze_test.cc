#include "compiler/sema/analyze.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/sema/testing.h"

namespace bylaw::sema {
namespace {

using ::testing::IsEmpty;

TEST(Analyze, AValidPolicyHasNoReports) {
  const Analyzed a = AnalyzeText(Lending());
  EXPECT_THAT(a.Reports(), IsEmpty());
  ASSERT_EQ(a.program.tenants.size(), 1u);
  const Terms& terms = a.program.terms(TenantId(0));
  EXPECT_EQ(terms.at_once->value, 50u);
  EXPECT_EQ(terms.burst->value.to, 75u);
  EXPECT_EQ(terms.budget_workflow->value, 2'000'000);
  EXPECT_EQ(a.program.time_zone, "Europe/Berlin");
  EXPECT_EQ(a.program.workflows[0].order.size(), 2u);
  EXPECT_EQ(a.program.endpoints[0].location.text, "us-east-1 (US)");
  EXPECT_EQ(a.program.Where(terms.at_once->clause), "p.bylaw:64");
}

}  // namespace
}  // namespace bylaw::sema
