#include "compiler/sema/phases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compiler/sema/legality.h"
#include "compiler/sema/testing.h"

namespace bylaw::sema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// From `from` until `until`, approved.
std::string Exception(std::string_view name, std::string_view replace, std::string_view with, std::string_view from,
                      std::string_view until) {
  return fmt::format(
      "exception {} for tenant acme {{\n  replace {}\n  with {}\n  from {} until {}\n  approved by \"A. Rossi\" on "
      "2026-11-01\n}}\n",
      name, replace, with, from, until);
}

struct Days {
  std::string name, from, last;
  friend bool operator==(const Days&, const Days&) = default;
};
void PrintTo(const Days& days, std::ostream* out) { *out << days.name << " " << days.from << ".." << days.last; }

std::vector<Days> PhasesOf(const Program& program) {
  std::vector<Days> phases;
  for (size_t i = program.tenant_count(); i < program.tenants.size(); ++i) {
    const Tenant& phase = program.tenants[i];
    EXPECT_EQ(program.TenantOf(TenantId(static_cast<uint32_t>(i))), phase.phase_of);
    phases.push_back(
        {phase.name, FormatDate(DateAt(program, phase.from_ns)), FormatDate(DateAt(program, phase.until_ns - 1))});
  }
  return phases;
}

TEST(Phases, OverlappingExceptionsAreCutIntoDisjointPhases) {
  const Analyzed a = AnalyzeText(
      Lending(Exception("cap", "at most 50 workflows at once bursting to 75 for 10 minutes",
                        "at most 80 workflows at once", "2026-12-28", "2027-01-05") +
              Exception("money", "budget $2.00 per workflow", "budget $3 per workflow", "2027-01-04", "2027-01-10")));
  EXPECT_FALSE(a.sink->has_errors()) << a.AllReports();
  EXPECT_EQ(a.program.tenant_count(), 1u);
  EXPECT_THAT(PhasesOf(a.program), ElementsAre(Days{"acme under exception cap", "2026-12-28", "2027-01-03"},
                                               Days{"acme under exception cap and money", "2027-01-04", "2027-01-05"},
                                               Days{"acme under exception money", "2027-01-06", "2027-01-10"}));
  const Terms& both = a.program.terms(TenantId(2));
  EXPECT_EQ(both.at_once->value, 80u);
  EXPECT_FALSE(both.burst.has_value()) << "the cap and its burst are one term";
  EXPECT_EQ(both.budget_workflow->value, 3'000'000);
  EXPECT_EQ(a.program.terms(TenantId(0)).at_once->value, 50u);
  EXPECT_EQ(a.program.shapes.size(), 1u) << "numbers make no shape of their own";
}

TEST(Phases, AnExceptionOnAListHasAShapeOfItsOwn) {
  const std::string exception = Exception("tools", "may use tools credit_bureau_v2",
                                          "may use tools credit_bureau_v2, mail", "2026-12-01", "2026-12-24");
  const Analyzed a = AnalyzeText(
      Lending("endpoint mail-eu {\n  serves tool mail\n  in eu-west-1\n  costs at most $0 per call\n}\n" + exception,
              "  may use tools credit_bureau_v2\n"));
  EXPECT_FALSE(a.sink->has_errors()) << a.AllReports();
  ASSERT_EQ(a.program.shapes.size(), 2u);
  EXPECT_THAT(a.program.shapes[1].members, ElementsAre(TenantId(1)));
  EXPECT_EQ(a.program.terms(TenantId(1)).may_use_tools->value.size(), 2u);
}

TEST(Phases, WithoutExceptionsThereAreNone) {
  const Analyzed a = AnalyzeText(Lending());
  EXPECT_THAT(PhasesOf(a.program), IsEmpty());
}

TEST(Analyze, StepsAreOrderedByWhatTheyComeAfterThenAsWritten) {
  std::string workflow = "workflow w {\n";
  for (const std::string_view step : {"last:a, b", "b:", "a:z", "c:", "z:"}) {
    const size_t colon = step.find(':');
    workflow += fmt::format("  step {} {{\n{}    calls model gpt-4\n  }}\n", step.substr(0, colon),
                            colon + 1 == step.size() ? "" : fmt::format("    after {}\n", step.substr(colon + 1)));
  }
  const Analyzed a = AnalyzeText(Lending(workflow + "}\n"));
  EXPECT_FALSE(a.sink->has_errors()) << a.AllReports();
  std::vector<std::string> order;
  for (const StepId step : a.program.workflows[1].order) {
    order.push_back(a.program.workflows[1].steps[step.index()].name);
  }
  EXPECT_THAT(order, ElementsAre("b", "c", "z", "a", "last"));
}

}  // namespace
}  // namespace bylaw::sema
