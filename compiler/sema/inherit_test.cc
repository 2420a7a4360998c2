// Properties of inheritance, shapes and imports, over generated policies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/prng.h"
#include "compiler/sema/shapes.h"
#include "compiler/sema/testing.h"

namespace bylaw::sema {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// The limits of one level, each present or not; what is stated must win or be reported, never widen.
struct Level {
  std::map<std::string, int64_t> limits;
  std::string Text() const {
    std::string text;
    for (const auto& [pattern, value] : limits) text += "  " + fmt::format(fmt::runtime(pattern), value) + "\n";
    return text;
  }
};

const std::vector<std::string> kLimits = {"at most {} workflows at once",
                                          "budget ${} per workflow",
                                          "budget ${} per month",
                                          "at most {} workflows waiting",
                                          "at most {} calls per hour to gpt-4",
                                          "at most {} calls per minute to gpt-4",
                                          "lane urgent at most {}%",
                                          "delete data within {} days",
                                          "at most {} tokens per rolling minute to gpt-4"};

Level RandomLevel(Prng& prng, double density) {
  Level level;
  for (const std::string& limit : kLimits) {
    if (prng.Chance(density)) level.limits[limit] = prng.Between(2, 90);
  }
  return level;
}

// A regulation speaks of data only.
Level RandomRegulation(Prng& prng) {
  Level level;
  if (prng.Chance(0.7)) level.limits[kLimits[7]] = prng.Between(2, 90);
  return level;
}

int64_t Effective(const Terms& terms, const std::string& limit) {
  constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  const auto rate = [&](bool tokens, abi::RateWindow window, DurationNs length) {
    for (const Rate& r : terms.rates) {
      if (r.spec.tokens == tokens && r.spec.window == window && r.spec.window_ns == length) return r.spec.amount;
    }
    return kNone;
  };
  if (limit == kLimits[0]) return terms.at_once ? terms.at_once->value : kNone;
  if (limit == kLimits[1]) return terms.budget_workflow ? terms.budget_workflow->value / kMicrosPerUnit : kNone;
  if (limit == kLimits[2]) return terms.budget_month ? terms.budget_month->value / kMicrosPerUnit : kNone;
  if (limit == kLimits[3]) return terms.waiting ? terms.waiting->value : kNone;
  if (limit == kLimits[4]) return rate(false, abi::RateWindow::kAnchored, kHourNs);
  if (limit == kLimits[5]) return rate(false, abi::RateWindow::kAnchored, kMinuteNs);
  if (limit == kLimits[6]) return terms.lane_share_ppm[0] ? terms.lane_share_ppm[0]->value / 10'000 : kNone;
  if (limit == kLimits[7]) return terms.delete_within ? terms.delete_within->value.count : kNone;
  return rate(true, abi::RateWindow::kRolling, kMinuteNs);
}

constexpr std::string_view kWorld =
    "endpoint e {\n  serves model gpt-4\n  in here\n  costs at most $1 per call\n}\ncountry DE\nregion here in DE\n";

// Tier, class, org and tenant on the way down, with a regulation beside.
std::vector<std::string> Declarations(const std::vector<Level>& levels) {
  return {std::string(kWorld),
          "regulation R {\n" + levels[4].Text() + "}\n",
          "tier T {\n" + levels[0].Text() + "}\n",
          "class C {\n" + levels[1].Text() + "}\n",
          "org O {\n" + levels[2].Text() + "}\n",
          "tenant X on tier T in class C in org O {\n  subject to R\n" + levels[3].Text() + "}\n",
          "tenant Y on tier T\n"};
}

TEST(Inheritance, AnEffectiveLimitExceedsNoAncestor) {
  Prng prng(11);
  int reported = 0, clean = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<Level> levels;
    for (int i = 0; i < 4; ++i) levels.push_back(RandomLevel(prng, round % 2 == 0 ? 0.5 : 0.1));
    levels.push_back(RandomRegulation(prng));
    std::string text;
    for (const std::string& decl : Declarations(levels)) text += decl;
    const Analyzed a = AnalyzeText(text);
    const Terms& terms = a.program.terms(TenantId(0));
    size_t loosened = 0;
    for (const std::string& limit : kLimits) {
      int64_t least = std::numeric_limits<int64_t>::max(), above = least;
      for (size_t i : {size_t{0}, size_t{1}, size_t{2}, size_t{4}, size_t{3}}) {
        const auto stated = levels[i].limits.find(limit);
        if (stated == levels[i].limits.end()) continue;
        if (i != 4 && stated->second > above) ++loosened;  // a regulation only tightens
        above = std::min(above, stated->second);
        least = std::min(least, stated->second);
      }
      ASSERT_EQ(Effective(terms, limit), least) << limit << "\n" << text;
    }
    ASSERT_EQ(a.Reports().size(), loosened) << a.AllReports() << text;
    reported += loosened > 0;
    clean += loosened == 0;
  }
  EXPECT_GT(reported, 100);
  EXPECT_GT(clean, 5);
}

// What a tenant gets, without the places where it is said.
std::string EffectiveText(const Analyzed& a, const std::string& tenant) {
  std::string dump = DumpProgram(a.program), text;
  const size_t begin = dump.find("tenant " + tenant + " ");
  const size_t end = dump.find("\ntenant ", begin + 1);
  std::vector<std::string> lines;
  for (size_t at = begin; at < std::min(end, dump.size());) {
    const size_t stop = std::min(dump.find('\n', at), dump.size());
    const std::string line = dump.substr(at, stop - at);
    lines.push_back(line.substr(0, line.find(line[0] == ' ' ? " (" : " shape")));
    at = stop + 1;
  }
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(Inheritance, FilesAndDeclarationsHaveNoOrder) {
  Prng prng(12);
  for (int round = 0; round < 60; ++round) {
    std::vector<Level> levels;
    for (int i = 0; i < 4; ++i) levels.push_back(RandomLevel(prng, round % 2 == 0 ? 0.5 : 0.1));
    levels.push_back(RandomRegulation(prng));
    std::vector<std::string> decls = Declarations(levels);
    std::string text;
    for (const std::string& decl : decls) text += decl;
    const Analyzed straight = AnalyzeText(text);
    for (size_t i = decls.size() - 1; i > 0; --i) std::swap(decls[i], decls[prng.Below(i + 1)]);
    std::vector<Text> files(3);
    for (size_t i = 0; i < files.size(); ++i) files[i].path = fmt::format("f{}.bylaw", i);
    for (const std::string& decl : decls) files[prng.Below(3)].text += decl;
    const Analyzed shuffled = AnalyzeTexts(files);
    ASSERT_EQ(EffectiveText(straight, "X"), EffectiveText(shuffled, "X"));
    ASSERT_EQ(EffectiveText(straight, "Y"), EffectiveText(shuffled, "Y"));
    ASSERT_EQ(straight.Reports().size(), shuffled.Reports().size());
  }
}

TEST(Inheritance, ATighterCapStatedWithoutABurstHasNone) {
  const Analyzed a = AnalyzeText(Lending("", "", "  at most 40 workflows at once\n"));
  ASSERT_FALSE(a.sink->has_errors()) << a.AllReports();
  EXPECT_EQ(a.program.terms(TenantId(0)).at_once->value, 40u);
  EXPECT_FALSE(a.program.terms(TenantId(0)).burst.has_value());
}

TEST(Inheritance, TheNearestChoiceWins) {
  const Analyzed a =
      AnalyzeText(Lending("tenant b on tier standard {\n  route gpt-4 to gpt4-us else suspend\n  use model gpt-4o-mini "
                          "for step decide\n}\n",
                          "  route gpt-4 to gpt4-eu\n  use model gpt-4 for step decide\n  use model gpt-4\n"));
  ASSERT_FALSE(a.sink->has_errors()) << a.AllReports();
  const Terms& acme = a.program.terms(TenantId(0));
  const Terms& b = a.program.terms(TenantId(1));
  ASSERT_EQ(b.routes.size(), 1u);
  EXPECT_TRUE(b.routes[0].else_suspend);
  EXPECT_FALSE(acme.routes[0].else_suspend);
  ASSERT_EQ(b.models.size(), 2u);
  EXPECT_EQ(a.program.resources[b.models[0].model.index()].name, "gpt-4o-mini");
}

ShapeId ShapeOf(const Analyzed& a, std::string_view name) {
  for (const Tenant& tenant : a.program.tenants) {
    if (tenant.name == name) return tenant.shape;
  }
  return ShapeId::None();
}

TEST(Shapes, NumbersDoNotMakeAShape) {
  const Analyzed a = AnalyzeText(Lending(R"(tenant b on tier standard {
  at most 10 workflows at once
  budget $1 per workflow
  set threshold to 0.9
}
tenant c on tier standard {
  route gpt-4 to gpt4-eu
}
tenant d on tier standard {
  route gpt-4 to gpt4-eu
  weight 3
}
tenant e on tier standard {
  subject to GDPR
}
tenant f on tier standard
rule hard {
  for tenant f
  deny
}
)"));
  ASSERT_FALSE(a.sink->has_errors()) << a.AllReports();
  EXPECT_EQ(ShapeOf(a, "acme"), ShapeOf(a, "b"));
  EXPECT_EQ(ShapeOf(a, "c"), ShapeOf(a, "d"));
  EXPECT_NE(ShapeOf(a, "acme"), ShapeOf(a, "c"));
  EXPECT_NE(ShapeOf(a, "acme"), ShapeOf(a, "e"));
  EXPECT_NE(ShapeOf(a, "acme"), ShapeOf(a, "f"));
  EXPECT_EQ(a.program.shapes.size(), 4u);
}

Analyzed Import(std::string csv, std::string_view membership = "on tier standard") {
  return AnalyzeTexts(
      {{"p.bylaw", Lending(fmt::format("tenants from \"t.csv\" {}\n", membership))}, {"t.csv", std::move(csv)}});
}

TEST(Import, ARowSaysWhatItsSentencesSay) {
  const Analyzed a = Import(
      "\xEF\xBB\xBFtenant,org,class,calls,regulations,route.gpt-4,workflows_at_once,budget_per_workflow,set."
      "threshold\r\n"
      "one,alpine,high-volume,\"EU; places adequate for EU\",GDPR,gpt4-eu;else suspend,20,$1.50,0.9\r\n"
      "\"two\",,,,,,,,\r\n");
  ASSERT_THAT(a.Reports(), ::testing::IsEmpty());
  const Analyzed b = AnalyzeText(Lending(R"(tenant one on tier standard in class high-volume in org alpine {
  calls go only to EU, places adequate for EU
  subject to GDPR
  route gpt-4 to gpt4-eu else suspend
  at most 20 workflows at once
  budget $1.50 per workflow
  set threshold to 0.9
}
tenant two on tier standard
)"));
  EXPECT_EQ(EffectiveText(a, "one"), EffectiveText(b, "one"));
  EXPECT_EQ(EffectiveText(a, "two"), EffectiveText(b, "two"));
  const Terms& one = a.program.terms(TenantId(1));
  EXPECT_EQ(a.program.clauses[one.at_once->clause.index()].owner, "t.csv, row 2");
  EXPECT_EQ(a.program.Where(one.at_once->clause), "t.csv:2");
  EXPECT_EQ(a.program.tenants[2].effective, a.program.tenants[0].effective) << "who says nothing shares";
}

TEST(Import, EveryBadCellIsNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"tenant,workflows_at_once\na,fifty\n",
       "t.csv:2 [import-row] t.csv, row 2, column workflows_at_once: \"fifty\" is not a number | write `at most 50 "
       "workflows "
       "at once"},
      {"tenant,workflows_at_once\na,5\nb,80\n",
       "t.csv:3 [import-row] t.csv, row 3, column workflows_at_once: a tenant may tighten its tier, not loosen it"},
      {"tenant,budget_per_workflow\na,2\n", "column budget_per_workflow: 2 is a plain number; money is needed here"},
      {"tenant,budget_per_workflow\na,€2\n", "a policy has one currency"},
      {"tenant,regulations\na,GDRP\n", "column regulations: no regulation is named GDRP | did you mean `GDPR`?"},
      {"tenant,state\na,EU;Mars\n", "column state: no place or region is named Mars"},
      {"tenant,set.threshold\na,0.5\n", "column set.threshold: a tenant may only raise threshold"},
      {"tenant,class\na,high-volum\n", "did you mean `high-volume`?"},
      {"tenant,route.gpt-4\na,bureau-eu\n", "endpoint bureau-eu serves credit_bureau_v2, not gpt-4"},
      {"tenant,workflow_at_once\na,5\n",
       "t.csv:1 [import-row] t.csv, row 1, column workflow_at_once: no column is named workflow_at_once | did you mean "
       "`workflows_at_once`?"},
      {"tenant,set.treshold\na,0.9\n", "did you mean `threshold`?"},
      {"name\na\n", "no column is named name"},
      {"class\nhigh-volume\n", "the header has no column `tenant`"},
      {"tenant,tenant\na,b\n", "the column stands twice in the header"},
      {"tenant\nacme\n", "tenant acme is declared twice"},
      {"tenant\n\"no name\"\n", "\"no name\" is not a name"},
      {"tenant,class\na\n", "the row has 1 cells, the header 2"},
      {"tenant,class\n\"a,b\n", "the quote is never closed"},
      {"", "the file has no header"},
  };
  for (const auto& [csv, expected] : cases) {
    EXPECT_THAT(Import(csv).Reports(), Contains(HasSubstr(expected))) << csv;
  }
  EXPECT_THAT(AnalyzeText(Lending("tenants from \"none.csv\" on tier standard\n")).Reports(),
              Contains(HasSubstr("cannot read \"none.csv\"")));
}

// Any bytes: never a crash, and whatever is wrong with a row is `import-row` in the file.
TEST(Import, SurvivesMutations) {
  const std::string seed =
      "tenant,org,class,state,calls,regulations,reviewers,route.gpt-4,workflows_at_once,budget_per_month,set."
      "threshold\r\n"
      "one,alpine,high-volume,eu-west-1,\"EU; places adequate for EU\",GDPR,eu-desk,gpt4-eu else suspend,20,$150,0.9\n"
      "two,,,,,,,,,,\n\"three\",,,EU,,,,,30,\"$1_000\",\n";
  const std::string bytes = "\",;\n\r $€%-_.0a\xEF\xBB\xBF\xFF";
  Prng prng(13);
  for (int round = 0; round < 1'000; ++round) {
    std::string csv = seed;
    for (uint64_t edits = 1 + prng.Below(6); edits > 0; --edits) {
      const size_t at = prng.Below(csv.size());
      switch (prng.Below(4)) {
        case 0:
          csv[at] = bytes[prng.Below(bytes.size())];
          break;
        case 1:
          csv.insert(at, 1, bytes[prng.Below(bytes.size())]);
          break;
        case 2:
          csv.erase(at, 1 + prng.Below(5));
          break;
        default:
          csv.insert(at, csv.substr(prng.Below(csv.size()), prng.Below(20)));
      }
      if (csv.empty()) csv = "t";
    }
    const Analyzed a = Import(csv);
    for (const diag::Diagnostic& d : a.sink->diagnostics()) {
      ASSERT_EQ(d.kind, diag::Kind::kImportRow) << a.AllReports() << "\n" << csv;
      ASSERT_EQ(a.sources->path(d.span.file), "t.csv");
      ASSERT_LE(d.span.end, csv.size());
    }
    ASSERT_EQ(a.program.tenants.empty(), false);
  }
}

}  // namespace
}  // namespace bylaw::sema
