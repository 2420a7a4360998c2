#include "compiler/cel/check.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/syntax/parse.h"

namespace bylaw::cel {
namespace {

using abi::SlotType;

// A workflow with inputs amount, channel, note, count, day; one output compliance.confidence; a setting.
class CheckTest : public testing::Test {
 protected:
  struct Outcome {
    TypedExprPtr typed;
    std::vector<diag::Diagnostic> diagnostics;
  };

  Outcome CheckText(const std::string& condition, bool with_slots = true) {
    const source::FileId file =
        sources_.Add("rule.bylaw", fmt::format("rule r {{\n  when ({})\n  deny\n}}\n", condition));
    diag::Sink sink;
    files_.push_back(std::make_unique<syntax::File>(syntax::Parse(sources_, file, sink)));
    EXPECT_TRUE(sink.diagnostics().empty()) << condition << ": " << sink.diagnostics()[0].message;
    const auto& rule = std::get<syntax::RuleDecl>(files_.back()->decls.at(0).decl);
    Scope scope;
    if (with_slots) scope.slots = &slots_;
    scope.input_count = 5;
    scope.settings = &settings_;
    TypedExprPtr typed = Check(*rule.when.at(0).expr, scope, sink);
    return {std::move(typed), sink.diagnostics()};
  }

  // The kind and message of the one mistake in `condition`.
  std::string Mistake(const std::string& condition, bool with_slots = true) {
    const Outcome outcome = CheckText(condition, with_slots);
    EXPECT_EQ(outcome.typed, nullptr) << condition;
    if (outcome.diagnostics.size() != 1) return fmt::format("{} diagnostics", outcome.diagnostics.size());
    return fmt::format("{}: {}", diag::KindName(outcome.diagnostics[0].kind), outcome.diagnostics[0].message);
  }

  source::SourceSet sources_;
  std::vector<std::unique_ptr<syntax::File>> files_;
  std::vector<abi::SlotInfo> slots_ = {
      {"amount", SlotType::kMoney, {}}, {"channel", SlotType::kText, {"web", "branch"}},
      {"note", SlotType::kText, {}},    {"count", SlotType::kCount, {}},
      {"day", SlotType::kDate, {}},     {"compliance.confidence", SlotType::kNumber, {}}};
  std::vector<abi::SlotInfo> settings_ = {{"confidence_threshold", SlotType::kNumber, {}}};
};

TEST_F(CheckTest, AcceptsWhatTheLanguagePromises) {
  for (const char* condition : {
           "request.amount > $50000",
           "request.amount > $500000 || steps.compliance.confidence < tenant.confidence_threshold",
           "steps[\"compliance\"].confidence >= 0.5",
           "steps.compliance.confidence < 1",
           "request.channel in [\"web\", \"branch\"] && !has(request.note)",
           "request.note.matches(\"^[a-z]+$\") || request.note.startsWith(\"x\") || size(request.note) > 3",
           "request.amount * 2 - $5 <= $10 + request.amount",
           "tenant.tier == \"enterprise\" && tenant.id != \"x\" && step.attempt < 3",
           "step.estimated_cost < budget.remaining && workflow.spent > $0",
           "now < timestamp(\"2027-01-01T00:00:00Z\") || workflow.age > duration(\"2h\")",
           "request.day < now ? request.count % 2 == 0 : -request.count < 7",
       }) {
    const Outcome outcome = CheckText(condition);
    ASSERT_NE(outcome.typed, nullptr) << condition << ": " << outcome.diagnostics.at(0).message;
    EXPECT_EQ(outcome.typed->type, Type::kBool) << condition;
  }
}

TEST_F(CheckTest, ReadsTheRightSlot) {
  const Outcome outcome = CheckText("steps.compliance.confidence < tenant.confidence_threshold");
  ASSERT_NE(outcome.typed, nullptr);
  EXPECT_EQ(outcome.typed->op, Op::kLess);
  EXPECT_EQ(outcome.typed->args[0]->op, Op::kSlot);
  EXPECT_EQ(outcome.typed->args[0]->slot, 5u);
  EXPECT_EQ(outcome.typed->args[1]->op, Op::kSetting);
}

TEST_F(CheckTest, SaysWhatIsWrong) {
  EXPECT_EQ(Mistake("request.amount > 500"), "condition-type: money cannot be compared with a count");
  EXPECT_EQ(Mistake("request.amount"), "condition-type: a condition must be true or false, and this is money");
  EXPECT_EQ(Mistake("request.amont > $5"), "unknown-name: the workflow has no input `amont`");
  EXPECT_EQ(Mistake("amount > $5"), "unknown-name: `amount` is not known in a condition");
  EXPECT_EQ(Mistake("tenant.confidence_treshold < 0.5"),
            "unknown-setting: tenants have no setting `confidence_treshold`");
  EXPECT_EQ(Mistake("request.channel == \"wev\""), "condition-type: `channel` is never \"wev\"");
  EXPECT_EQ(Mistake("request.amount > €5"), "currency-mix: this policy counts in $, and this amount is in €");
  EXPECT_EQ(Mistake("request.note.matches(\"(\")"),
            "condition-type: the pattern is not a regular expression: missing ): (");
  EXPECT_EQ(Mistake("request.count in [1, 2.5]"),
            "condition-type: a list holds values of one type, and this is a number beside a count");
  EXPECT_EQ(Mistake("request.amount > $5", /*with_slots=*/false),
            "condition-type: `request.amount` is not known here: this rule holds for every workflow");
}

TEST_F(CheckTest, SuggestsTheNearestName) {
  const Outcome outcome = CheckText("request.amont > $5");
  ASSERT_EQ(outcome.diagnostics.size(), 1u);
  EXPECT_THAT(outcome.diagnostics[0].help, testing::ElementsAre("did you mean `amount`?"));
}

}  // namespace
}  // namespace bylaw::cel
