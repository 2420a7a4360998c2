// CEL's own conformance cases, by both engines: those of this folder always, and those of google/cel-spec where the
// environment variable BYLAW_TEST_DATA says they are.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "tools/cel_conformance/run.h"

namespace bylaw::conformance {
namespace {

// What is not as it should be when both engines run the file; "" if nothing is.
std::string Shortcomings(const std::string& path, uint64_t passed_min, uint64_t skipped_max) {
  for (const Engine engine : {Engine::kEvaluator, Engine::kJit}) {
    std::ostringstream out;
    const absl::StatusOr<Totals> totals = RunFile(path, engine, out);
    if (!totals.ok()) return std::string(totals.status().message());
    if (totals->failed > 0 || totals->passed < passed_min || totals->skipped > skipped_max) {
      return fmt::format("{}{} passed, {} skipped", out.str(), totals->passed, totals->skipped);
    }
  }
  return "";
}

TEST(CelConformance, CasesOfThisFolder) { EXPECT_EQ(Shortcomings("tests/cel/cases.jsonl", 20, 2), ""); }

TEST(CelConformance, WrongExpectationsFail) {
  for (const Engine engine : {Engine::kEvaluator, Engine::kJit}) {
    std::ostringstream out;
    const absl::StatusOr<Totals> totals = RunFile("tests/cel/wrong_cases.jsonl", engine, out);
    ASSERT_TRUE(totals.ok()) << totals.status();
    EXPECT_EQ(totals->passed, 0u) << out.str();
    EXPECT_EQ(totals->failed, 8u) << out.str();
  }
}

TEST(CelConformance, CasesOfTheSpecification) {
  const char* data = std::getenv("BYLAW_TEST_DATA");
  if (data == nullptr) GTEST_SKIP() << "BYLAW_TEST_DATA does not say where cel_conformance.jsonl is";
  EXPECT_EQ(Shortcomings(std::string(data) + "/cel_conformance.jsonl", 1'123, 2), "");
}

}  // namespace
}  // namespace bylaw::conformance
