// What a condition may cost is bounded when it is compiled, whatever is written.
#include "compiler/cel/cost.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/cel/check.h"
#include "compiler/syntax/parse.h"

namespace bylaw::cel {
namespace {

class CostTest : public testing::Test {
 protected:
  // The kind of the one mistake, or "" if the condition is taken.
  std::string Check(const std::string& condition) {
    source::SourceSet sources;
    diag::Sink sink;
    const syntax::CelExprPtr parsed = syntax::ParseCondition(sources, sources.Add("rule.bylaw", condition), sink);
    EXPECT_NE(parsed, nullptr) << condition;
    if (parsed == nullptr) return "unread";
    Scope scope;
    scope.slots = &slots_;
    scope.input_count = 3;
    const TypedExprPtr typed = cel::Check(*parsed, scope, sink);
    if (typed != nullptr) {
      cost_ = CostOf(*typed);
      return "";
    }
    EXPECT_EQ(sink.diagnostics().size(), 1u);
    return std::string(diag::KindName(sink.diagnostics()[0].kind));
  }

  uint64_t cost_ = 0;
  std::vector<abi::SlotInfo> slots_ = {
      {"tags", abi::SlotType::kTextList, {}}, {"note", abi::SlotType::kText, {}}, {"count", abi::SlotType::kCount, {}}};
};

TEST_F(CostTest, OrdinaryConditionsAreFarBelowTheBound) {
  for (const char* condition : {
           "request.count > 3 && request.note == \"web\"",
           "request.note.matches(\"^[a-z]+$\")",
           "request.tags.exists(t, t.matches(\"^eu-\") || t.startsWith(\"us-\"))",
           "request.tags.filter(t, t.size() > 3).map(t, t.lowerAscii()).all(t, t in [\"a\", \"b\"])",
           "request.tags.all(t, t in [\"a\", \"b\", \"c\"])",
       }) {
    EXPECT_EQ(Check(condition), "") << condition;
    EXPECT_LE(cost_, kCostMax) << condition;
  }
  Check("request.count > 3");
  EXPECT_LE(cost_, 10u);
}

TEST_F(CostTest, MacrosInMacrosAndGrowingTextsAreRefused) {
  const std::string cube = "request.tags.exists(a, request.tags.exists(b, request.tags.exists(c, a + b == c)))";
  EXPECT_EQ(Check(cube), "input-too-large");
  EXPECT_EQ(Check("request.note.replace(request.note, request.note).size() > 3"), "input-too-large");
  EXPECT_EQ(Check("request.tags.map(a, request.tags.map(b, a + b)).exists(l, l.exists(t, t.matches(\"x\")))"),
            "input-too-large");
  // A text split into words, once for every word of a list; compared with constants it is cheap (above).
  EXPECT_EQ(Check("request.tags.all(t, t in request.note.split(\",\", 20))"), "input-too-large");
  // Each name stands for twice the text of the one before.
  std::string doubled = "v19.size() > 3";
  for (int i = 19; i > 0; --i) doubled = fmt::format("cel.bind(v{0}, v{1} + v{1}, {2})", i, i - 1, doubled);
  EXPECT_EQ(Check("cel.bind(v0, request.note, " + doubled + ")"), "input-too-large");
}

TEST_F(CostTest, TypesThatGrowAreCutOff) {
  // Each name stands for a map of the one before to itself: a type of 2^20 words, were it written out.
  std::string nested = "size(v19) > 3";
  for (int i = 19; i > 0; --i) nested = fmt::format("cel.bind(v{0}, [[v{1}, v{1}]], {2})", i, i - 1, nested);
  const std::string outcome = Check("cel.bind(v0, request.tags, " + nested + ")");
  EXPECT_TRUE(outcome.empty() || outcome == "input-too-large") << outcome;
}

}  // namespace
}  // namespace bylaw::cel
