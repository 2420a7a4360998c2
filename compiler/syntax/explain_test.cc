#include "compiler/syntax/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "BylawParser.h"
#include "compiler/syntax/expect.h"
#include "compiler/syntax/forms.h"
#include "compiler/syntax/parse.h"
#include "compiler/syntax/repair.h"

namespace bylaw::syntax {
namespace {

using testing::HasSubstr;

struct Wrong {
  const char* header;  // of the block the sentence stands in; empty for declarations
  const char* sentence;
  const char* at;  // what is underlined
  const char* message;
  const char* help;  // the first help line
};

constexpr Wrong kWrong[] = {
    {"tier t", "budget per workflow", "per", "`per` cannot stand here; expected a value",
     "write `budget $2.00 per workflow`"},
    {"tier t", "budget $3 for workflow", "for", "`for` cannot stand here; expected `per`",
     "write `budget $3 per workflow`"},
    {"tier t", "at most fifty workflows at one", "one", "`one` cannot stand here; expected `once`",
     "write `at most fifty workflows at once`"},
    {"tier t", "at most 50loan workflows at once", "50loan", "`50loan` is neither a number nor a name",
     "write `at most 50 workflows at once`"},
    {"tier t", "max 50 workflows at once", "max", "no sentence of a tier begins with `max`",
     "write `at most 50 workflows at once`"},
    {"tier t", "no more than 50 workflows in parallel", "no", "no sentence of a tier begins with `no`",
     "write, for instance, `at most 50 workflows at once`"},
    {"tier t", "at most 50 workflows concurrently", "concurrently",
     "`concurrently` cannot stand here; expected `at` or `waiting`", "write `at most 50 workflows at once`"},
    {"tier t", "budget 2 dollars per workflow", "dollars",
     "`dollars` cannot stand here; expected `per` or a unit of time", "write `budget $2 per workflow`"},
    {"tier t", "budget $2 for each workflow", "for", "`for` cannot stand here; expected `per`",
     "write `budget $2 per workflow`"},
    {"tier t", "sla 95 percent within 4 hours", "percent",
     "`percent` cannot stand here; expected `within` or a unit of time", "write `sla 95% within 4 hours`"},
    {"tier t", "route gpt-4 to gpt4-eu, gpt4-us", ",",
     "`,` cannot stand here; expected `else`, `then` or the end of the sentence",
     "a comma only separates the items of a list: give each sentence a line of its own"},
    {"tier t", "calls stay in EU", "stay", "`stay` cannot stand here; expected `go`", "write `calls go only to EU`"},
    {"exception e for tenant t", "from 1.12.2026 to 5.12.2026", "1.12.2026",
     "`1.12.2026` is neither a number nor a name", "write `from 2026-12-01 until 2026-12-05`"},
    {"test \"x\"", "when small-loan runs", "runs", "the sentence ends too early: after `runs` comes `of`",
     "write `when small-loan is submitted`"},
    {"endpoint e", "costs $0.03 per call", "call", "`call` cannot stand here; expected `million`",
     "write `costs at most $0.03 per call`"},
    {"tenant t on tier x", "retries at most 2 times", "retries at most 2 times", "this is no sentence of a tenant",
     "it belongs in a step"},
    {"tier t", "sla 95% in 4 hours", "in", "`in` cannot stand here; expected `within`",
     "write `sla 95% within 4 hours`"},
    {"tier t", "at most 500 calls per hour", "hour", "the sentence ends too early: after `hour` comes `evenly` or `to`",
     "write `at most 500 calls per hour to credit_bureau_v2`"},
    {"tier t", "budget $2.00 per workflow today", "today", "`today` cannot follow: the sentence is complete before it",
     "write `budget $2.00 per workflow`"},
    {"tier t", "weight", "weight", "the sentence ends too early: after `weight` comes a value", "write `weight 10`"},
    {"tier t", "keep audit for at least 7years", "7years", "`7years` is neither a number nor a name",
     "write `keep audit for at least 7 years`"},
    {"tier t", "may use models a b", "b", "`b` cannot follow: the sentence is complete before it",
     "write `may use models a, b`"},
    {"tier t", "at most 5,000 calls per hour to x", ",",
     "`,` cannot stand here; expected `calls`, `tokens`, `workflows` or a unit of time",
     "digits are grouped with `_`: write `at most 5_000 calls per hour to x`"},
    {"tier t", "lane fast at most 20%", "fast", "`fast` cannot stand here; expected `background`, `normal` or `urgent`",
     "write, for instance, `lane urgent at most 20%`"},
    {"tier t", "state stays in EU;", ";", "`;` has no meaning here", "write `state stays in EU`"},
    {"tier t", "set x = 5", "=", "`=` has no meaning here", "write `set x to 5`"},
    {"tier t", "expects 200 runs of x a day", "a", "`a` cannot stand here; expected `per`",
     "write `expects 200 runs of x per day`"},
    {"tier t", "prefer quick", "quick", "`quick` cannot stand here; expected `cheapest` or `fastest`",
     "write `prefer cheapest`"},
    {"tier t", "budgt $2.00 pr workflow", "budgt", "no sentence of a tier begins with `budgt`",
     "write `budget $2.00 per workflow`"},
    {"tier t", "sla 95% within 30min", "30min", "`30min` is neither a number nor a name",
     "write `sla 95% within 30 minutes`"},
    {"tier t", "delete data within 2026-7-1", "2026-7-1", "`2026-7-1` is neither a number nor a name",
     "write `delete data within 2026-07-01`"},
    {"tier t", "weight “10”", "“10”", "typographic quotes do not enclose a text", "write `weight 10`"},
    {"tier t", "budget $5k per month", "$5k", "`$5k` is neither a number nor a name",
     "write `budget $5_000 per month`"},
    {"tier t", "budget 20€ per month", "20€", "`20€` is neither a number nor a name", "write `budget €20 per month`"},
    {"tier t", "lane urgent at most 20 %", "%", "`%` has no meaning here", "write `lane urgent at most 20%`"},
    {"tier t", "budget $ 5 per workflow", "$", "`$` is neither a number nor a name", "write `budget $5 per workflow`"},
    {"tier t", "budget 5$ per workflow", "5$", "`5$` is neither a number nor a name", "write `budget $5 per workflow`"},
    {"tier t", "budget $1,000 per month", ",", "`,` cannot stand here; expected `per`",
     "digits are grouped with `_`: write `budget $1_000 per month`"},
    {"tier t", "budget $2.00/workflow", "/", "`/` has no meaning here", "write `budget $2.00 per workflow`"},
    {"tier t", "state stays in the EU", "EU", "`EU` cannot follow: the sentence is complete before it",
     "write `state stays in EU`"},
    {"tier t", "follow the ladder careful", "the", "`the` cannot stand here; expected `ladder`",
     "write `follow ladder careful`"},
    {"tier t", "at most 50 workflows simultaneously", "simultaneously",
     "`simultaneously` cannot stand here; expected `at` or `waiting`", "write `at most 50 workflows at once`"},
    {"tier t", "may use models a and b", "and", "`and` cannot follow: the sentence is complete before it",
     "write `may use models a, b`"},
    {"endpoint e", "takes about 900 ms", "ms",
     "`ms` cannot stand here; expected a unit of time or the end of the sentence",
     "write `takes about 900 milliseconds`"},
    {"endpoint e", "costs $0.03 per call", "call", "`call` cannot stand here; expected `million`",
     "write `costs at most $0.03 per call`"},
    {"tier t", "may\u00A0use models x", "may\u00A0use", "a no-break space stands between words",
     "write `may use models x`"},
    {"tier t", "together at most 5 workflows at once", "together at most 5 workflows at once",
     "this is no sentence of a tier", "it belongs in an org"},
    {"tier t", "at most 50 workflows at once bursting to 75", "75",
     "the sentence ends too early: after `75` comes `for` or a unit of time",
     "write `at most 50 workflows at once bursting to 75 for 10 minutes`"},
    {"step s", "calls gpt-4", "gpt-4", "`gpt-4` cannot stand here; expected `a`, `model` or `tool`",
     "write `calls model gpt-4`"},
    {"step s", "costs at most $0.03 per call", "per", "`per` cannot follow: the sentence is complete before it", ""},
    {"rule r", "for step a in b", "in", "`in` cannot stand here; expected `of`", "write `for step a of b`"},
    {"rule r", "for step a", "a", "the sentence ends too early: after `a` comes `of`",
     "write `for step a of support-answer`"},
    {"rule r", "when a > b", "a", "`a` cannot stand here; expected `(`", ""},
    {"rule r", "when (request.amount > 5_000)", "5_000", "`5_000`: numbers in conditions are written without `_`",
     "write `5000`"},
    {"rule r", "when (request.share > 95%)", "95%", "`95%` is not a number in a condition",
     "write a share as a number: 0.95"},
    {"rule r", "when (a > 5 and b)", "and", "`and` is no operator of conditions", "write `&&`"},
    {"rule r", "when (not a)", "not", "`not` is no operator of conditions", "write `!`"},
    {"rule r", "when (a = b)", "=", "`=` is no operator of conditions", "write `==` for equality"},
    {"rule r", "when (now > 2026-07-10)", "2026-07-10", "`2026-07-10` is not a date in a condition",
     "write `timestamp(\"2026-07-10T00:00:00Z\")`"},
    {"rule r", "when (workflow.age > 30 minutes)", "30 minutes", "`30 minutes` is not a duration in a condition",
     "write `duration(\"30m\")`"},
    {"rule r", "when (workflow.age > 2 days)", "2 days", "`2 days` is not a duration in a condition",
     "write `duration(\"48h\")`"},
    {"rule r", "when (a.b", "b", "the condition is not closed on its line: `)` is missing", "write `when (a.b)`"},
    {"rule r", "when (a == \"abc)", "\"abc)", "this text is not closed on its line",
     "end it with `\"` on the line where it begins"},
    {"rule r", "when (a b)", "b", "`b` cannot stand here in a condition; expected an operator such as `&&`, or `)`",
     ""},
    {"rule r", "when (a == )", ")", "`)` cannot stand here in a condition; expected a value, a name or `(`", ""},
    {"rule r", "when (import > 1)", "import", "`import` is a reserved word of conditions", ""},
    {"test \"x\"", "and it proceeds", "and", "no sentence of a test begins with `and`", ""},
    {"test \"x\"", "given endpoint is down", "down", "`down` cannot stand here; expected `is`",
     "write, for instance, `given endpoint gpt4-eu is down`"},
    {"test \"x\"", "given amount is $5", "amount", "`amount` is neither an input nor the result of a step",
     "for an input of the workflow: request.amount is $5"},
    {"test \"x\"", "then it goes to bed", "bed", "`bed` cannot stand here; expected a number or `reviewers`",
     "write `then it goes to reviewers bed`"},
    {"", "tenant x in tier standard", "tier", "`tier` cannot stand here; expected `class` or `org`",
     "write `tenant x on tier standard`"},
    {"", "tenant y on tire standard", "tire", "`tire` cannot stand here; expected `tier`",
     "write `tenant y on tier standard`"},
    {"", "limit x", "limit", "no declaration begins with `limit`", ""},
    {"", "weight 10", "weight 10", "this is no declaration", "it belongs in a tier, class or tenant"},
    {"", "edition 2026 {", "edition 2026", "this sentence has no block", "write it without braces: edition 2026"},
    {"", "endpoint e", "endpoint e", "`endpoint e` needs a block", ""},
    {"", "window w is monday 08:00 to 12:00", "monday", "", "write `window w is Monday 08:00 to 12:00`"},
    {"tier t", "budget $1.1234567 per workflow", "$1.1234567", "$1.1234567 cannot be held exactly",
     "write at most six decimals"},
    {"regulation r", "delete data within 1.5 days", "1.5 days",
     "`1.5 days` is not a whole number of days, weeks, months or years", ""},
    {"", "adequacy from EU to US {\n  since 2026-02-30\n}", "2026-02-30", "2026-02-30 is not a date of the calendar",
     ""},
};

TEST(ExplainTest, EachWrongSentenceHasOneMessageAtItsPlaceWithTheSentenceToWrite) {
  for (const Wrong& wrong : kWrong) {
    const std::string header = wrong.header;
    std::string text = wrong.sentence;
    if (header == "step s") {
      text = "workflow w {\n  step s {\n    " + text + "\n  }\n}\n";
    } else if (!header.empty()) {
      text = header + " {\n  " + text + "\n}\n";
    } else if (text.ends_with("{")) {
      text += "\n}\n";
    }
    SCOPED_TRACE(text);
    source::SourceSet sources;
    const auto file = sources.Add("wrong.bylaw", text);
    diag::Sink sink;
    Parse(sources, file, sink);
    ASSERT_EQ(sink.diagnostics().size(), 1u);
    const diag::Diagnostic& d = sink.diagnostics().front();
    EXPECT_TRUE(d.kind == diag::Kind::kUnexpectedText || d.kind == diag::Kind::kOutOfRange);
    EXPECT_THAT(d.message, HasSubstr(wrong.message));
    EXPECT_EQ(sources.text(d.span), wrong.at);
    const size_t sentence = text.find(wrong.sentence);
    EXPECT_GE(d.span.begin, sentence);
    ASSERT_FALSE(d.help.empty());
    EXPECT_THAT(d.help.front(), HasSubstr(wrong.help));
  }
}

// Without the places where a token is what models are paid by.
std::string WithoutOurTokens(std::string text) {
  for (const std::string ours : {"input tokens", "output tokens", "tokens per", "`tokens`", "`token`"}) {
    for (size_t at = text.find(ours); at != std::string::npos; at = text.find(ours)) text.erase(at, ours.size());
  }
  return text;
}

TEST(ExplainTest, NothingSoundsLikeAParserGenerator) {
  for (const Wrong& wrong : kWrong) {
    source::SourceSet sources;
    const auto file = sources.Add("wrong.bylaw", wrong.sentence);
    diag::Sink sink;
    Parse(sources, file, sink);
    for (const auto& d : sink.diagnostics()) {
      for (const char* alien :
           {"viable", "mismatched", "extraneous", "token", "input '", "<EOF>", "K_", "C_", "NAME"}) {
        EXPECT_THAT(WithoutOurTokens(d.message), testing::Not(HasSubstr(alien)));
        for (const std::string& help : d.help) {
          EXPECT_THAT(WithoutOurTokens(help), testing::Not(HasSubstr(alien)));
        }
      }
      EXPECT_FALSE(d.message.ends_with('.'));
    }
  }
}

// Twelve mistakes of different kinds in one file: twelve messages, one on each line, and everything between is read.
TEST(ExplainTest, TwelveMistakesGiveTwelveMessages) {
  const std::string text = R"(edition 2026
tier one {
  weight 10
  budgte $2 per workflow
  at most 50 workflows at onec
  sla 95% whithin 4 hours
  budget $2 per workflow
}
tier two on {
  weight nonsense of a bad header is not read
}
tenant a on tier one {
  state stays at EU
  route gpt-4 gpt4-eu
  set x to 50loan
}
workflow w {
  step s {
    calls model
    when (a >= 30 minutes)
  }
  setp t {
  }
}
test "x" {
  given nothing at all
  when step s of w runs
  then it explodes
}
rule r {
  deny
}}
tier three {
  weight 3
}
)";
  source::SourceSet sources;
  const auto file = sources.Add("twelve.bylaw", text);
  diag::Sink sink;
  const File tree = Parse(sources, file, sink);
  sink.SortByPlace();
  std::vector<uint32_t> lines;
  for (const auto& d : sink.diagnostics()) lines.push_back(sources.begin(d.span).line);
  EXPECT_THAT(lines, testing::ElementsAre(4, 5, 6, 9, 13, 14, 15, 19, 20, 22, 26, 28, 32));
  ASSERT_EQ(tree.decls.size(), 7u);
  const auto& one = std::get<TierDecl>(tree.decls[1].decl);
  EXPECT_EQ(one.clauses.size(), 2u);
  EXPECT_TRUE(tree.decls[1].incomplete);
  EXPECT_EQ(std::get<TierDecl>(tree.decls.back().decl).name.text, "three");
  EXPECT_FALSE(tree.decls.back().incomplete);
  ASSERT_EQ(tree.unread.size(), 1u);
  EXPECT_EQ(tree.unread[0].text, "two");
}

TEST(ExplainTest, AForgottenBraceCostsOneMessage) {
  source::SourceSet sources;
  const auto file = sources.Add(
      "a.bylaw",
      "tier one {\n  weight 1\n\ntier two {\n  weight 2\n}\nworkflow w {\n  step a {\n    deny\n  step b {\n  }\n}\n");
  diag::Sink sink;
  const File tree = Parse(sources, file, sink);
  sink.SortByPlace();
  std::vector<std::string> at;
  for (const auto& d : sink.diagnostics()) at.emplace_back(sources.text(d.span));
  EXPECT_THAT(at, testing::ElementsAre("tier one", "step a", "deny"));
  ASSERT_EQ(tree.decls.size(), 3u);
  EXPECT_EQ(std::get<WorkflowDecl>(tree.decls[2].decl).items.size(), 2u);
}

TEST(ExplainTest, AForgottenOpeningBraceCostsOneMessageAndNoSentence) {
  source::SourceSet sources;
  const auto file = sources.Add("a.bylaw",
                                "tier one\n  weight 1\n  reviewers desk\n  at most 5 workflows at once\n}\n"
                                "tenant a on tier one\ntier two {\n  weight 2\n}\n");
  diag::Sink sink;
  const File tree = Parse(sources, file, sink);
  ASSERT_EQ(sink.diagnostics().size(), 1u);
  EXPECT_EQ(sources.text(sink.diagnostics()[0].span), "tier one");
  EXPECT_EQ(sink.diagnostics()[0].help[0], "write `tier one {`");
  ASSERT_EQ(tree.decls.size(), 3u);
  EXPECT_EQ(std::get<TierDecl>(tree.decls[0].decl).clauses.size(), 3u);
}

TEST(FormsTest, EveryExampleIsASentenceOfItsForm) {
  for (const Form& form : Forms()) {
    const std::vector<uint16_t> types = TypesOf(WordsOf(form.example));
    bool fits = false;
    for (const Entry& entry : Entries()) {
      if (!Expect(entry.rule, types, IsForm()).fits) continue;
      for (const size_t begun : {0, 1}) {
        const Expectation e = Expect(entry.rule, std::span(types).first(begun), IsForm());
        const bool spoken = std::find(e.rules.begin(), e.rules.end(), form.rule) != e.rules.end();
        fits |= spoken &&
                (begun == types.size() || std::find(e.words.begin(), e.words.end(), types[begun]) != e.words.end());
      }
    }
    EXPECT_TRUE(fits || form.rule == BylawParser::RuleThenPhrase) << form.example;
  }
}

TEST(FormsTest, WhatMayBeginALineOfATierComesFromTheGrammar) {
  const Expectation beginning = Expect(BylawParser::RuleTierEntry, {}, IsForm());
  EXPECT_EQ(beginning.at, 0u);
  EXPECT_FALSE(beginning.fits);
  std::vector<std::string> words;
  for (const uint16_t type : beginning.at_name) words.emplace_back(SpellingOf(type));
  EXPECT_THAT(words, testing::IsSupersetOf({"at", "budget", "weight", "route", "state", "data", "sla", "lane"}));
  EXPECT_THAT(words, testing::Not(testing::Contains("together")));
}

}  // namespace
}  // namespace bylaw::syntax
