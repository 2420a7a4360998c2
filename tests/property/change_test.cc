// V14 against exhaustion: for random edits of small policies, `plan` says of every step of every tenant exactly what
// asking every request says. A thousand pairs of each sort when BYLAW_LONG is set.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "compiler/driver/compare.h"
#include "compiler/driver/compile.h"
#include "tests/property/exhaustive.h"
#include "tests/property/random_edit.h"

namespace bylaw::property {
namespace {

using change::Relation;

driver::Compilation Checked(const std::string& text) {
  driver::CompileOptions options;
  options.texts.push_back({"policy.bylaw", text});
  options.as_of = Date{2026, 11, 23};
  absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
  EXPECT_TRUE(compilation.ok());
  return *std::move(compilation);
}

std::string FirstMistake(const driver::Compilation& compilation) {
  for (const diag::Diagnostic& d : compilation.sink.diagnostics()) {
    if (d.severity == diag::Severity::kError) return compilation.sources->WhereColumn(d.span) + ": " + d.message;
  }
  return "";
}

// What the report says of the tenant's steps.
std::map<std::pair<std::string, std::string>, Relation> Told(const driver::Comparison& comparison, TenantId tenant) {
  std::map<std::pair<std::string, std::string>, Relation> told;
  for (const change::Change& change : comparison.report.changes) {
    const change::Difference& difference = change.difference;
    const bool concerned = std::find(change.tenants.begin(), change.tenants.end(), tenant) != change.tenants.end();
    if (!concerned || !difference.text.starts_with("step ")) continue;
    if (difference.kind != "step" && difference.kind != "endpoints" && !difference.kind.starts_with("step-")) continue;
    const std::string step = difference.text.substr(5, difference.text.find(' ', 5) - 5);
    told[{difference.kind, step}] = difference.relation;
  }
  return told;
}

std::map<std::pair<std::string, std::string>, Relation> Expected(const StepRelations& relations) {
  std::map<std::pair<std::string, std::string>, Relation> expected;
  for (const auto& [key, seen] : relations) expected[key] = seen.relation();
  return expected;
}

class ChangeTest : public testing::TestWithParam<bool> {
 protected:
  static uint64_t Pairs() { return std::getenv("BYLAW_LONG") != nullptr ? 1'000 : 25; }
};

TEST_P(ChangeTest, SaysWhatAskingEveryRequestSays) {
  std::set<std::string> kinds;
  size_t compared = 0, differing = 0, undecided = 0;
  for (uint64_t seed = 0; seed < Pairs(); ++seed) {
    const PolicyPair pair = RandomEdit(seed, GetParam());
    const driver::Compilation before = Checked(pair.before), after = Checked(pair.after);
    ASSERT_EQ(FirstMistake(before) + FirstMistake(after), "") << pair.before << "\n---\n" << pair.after;
    const auto comparison = driver::ComparePolicies(before, after);
    ASSERT_TRUE(comparison.ok());
    EXPECT_THAT(comparison->internal_errors, testing::IsEmpty()) << "seed " << seed;
    ++compared;
    for (uint32_t t = 0; t < after.program->tenants.size(); ++t) {
      const std::string& name = after.program->tenants[t].name;
      const auto told = Told(*comparison, TenantId(t));
      const auto expected = Expected(CompareExhaustively(*comparison->before, *comparison->after, name));
      differing += expected.size();
      for (const auto& [key, relation] : expected) kinds.insert(key.first);
      const auto at = [](const auto& map, const auto& key) {
        const auto found = map.find(key);
        return found == map.end() ? Relation::kEqual : found->second;
      };
      for (const auto* map : {&told, &expected}) {
        for (const auto& [key, relation] : *map) {
          if (at(told, key) == Relation::kUndecided) {
            ++undecided;  // it may be anything
            continue;
          }
          EXPECT_EQ(change::RelationName(at(told, key)), change::RelationName(at(expected, key)))
              << "seed " << seed << ", " << name << ", " << key.first << " of " << key.second << "\n"
              << pair.before << "\n---\n"
              << pair.after;
        }
      }
    }
    if (HasFailure()) return;
  }
  EXPECT_GE(differing, compared);
  EXPECT_THAT(kinds, testing::UnorderedElementsAre("step", "endpoints", "step-cost", "step-manner"));
  if (!GetParam()) {
    EXPECT_EQ(undecided, 0u);  // conditions that only compare are always decided
  }
}

INSTANTIATE_TEST_SUITE_P(Conditions, ChangeTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "ThatCompute" : "ThatCompare"; });

}  // namespace
}  // namespace bylaw::property
