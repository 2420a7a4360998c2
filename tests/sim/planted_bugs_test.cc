// Every planted bug is found by the seed that docs/simulation.md names, and told in the words it quotes. BYLAW_UPDATE=1
// looks for the seeds anew and rewrites the table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "runtime/engine/crashed_lives.h"
#include "tests/sim/bugs.h"
#include "tests/sim/life.h"
#include "tests/sim/shrink.h"

namespace bylaw::sim {
namespace {

constexpr char kPage[] = "docs/simulation.md";
constexpr char kHead[] = "| bug | where | what it breaks | seed | told as |\n| --- | --- | --- | --- | --- |\n";
constexpr uint64_t kSeedsMax = 400;

// Those that a call of the engine cannot reach, or whose harm is within the bounds of a whole life.
constexpr std::pair<std::string_view, std::string_view> kElsewhere[] = {
    {"RefundIsCredit", "by `sched_mutant_test`"},
    {"ReviewsUncharged", "by `desk_mutant_test`"},
    {"SettleAgainCharges", "by `ledger_model_test`"}};

struct Row {
  std::string component, breaks, seed, told;
};

std::string ReadPage() {
  std::ifstream file(kPage);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Line(const Bug& bug, const std::string& seed, const std::string& told) {
  return fmt::format("| {} | {} | {} | {} | {} |\n", bug.name, bug.component, bug.breaks, seed, told);
}

std::map<std::string, Row> RowsOf(const std::string& page) {
  std::map<std::string, Row> rows;
  for (const absl::string_view line : absl::StrSplit(page.substr(page.find(kHead) + sizeof(kHead) - 1), '\n')) {
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    if (cells.size() != 5) break;
    rows[cells[0].substr(2)] = {cells[1], cells[2], cells[3], cells[4].substr(0, cells[4].size() - 2)};
  }
  return rows;
}

// What is told of a life with the bug, without what differs from machine to machine.
std::string Told(const Bug& bug, uint64_t seed) {
  abi::planted_bug = bug.bug;
  Script script;
  std::string told;
  if (bug.component == "durable") {  // many processes on one store, each killed somewhere
    engine::CrashedLives lives(seed);
    lives.Live(25);
    told = lives.wrong();
  } else {
    told = WrongIn(seed, kEvents, &script);
  }
  abi::planted_bug = abi::PlantedBug::kNone;
  if (const size_t check = told.find("internal check failed"); check != std::string::npos) told = told.substr(check);
  std::replace(told.begin(), told.end(), '\n', ' ');
  return told.empty() || told.back() != ' ' ? told : told.substr(0, told.size() - 1);
}

// What the table says of a bug that is found elsewhere; "" for the others.
std::string FoundElsewhere(const Bug& bug) {
  for (const auto& [name, told] : kElsewhere) {
    if (name == bug.name) return std::string(told);
  }
  return "";
}

void Rewrite() {
  std::string page = ReadPage(), table = kHead;
  for (const Bug& bug : kBugs) {
    uint64_t seed = 0;
    std::string told = FoundElsewhere(bug);
    const bool elsewhere = !told.empty();
    while (told.empty() && seed < kSeedsMax) told = Told(bug, seed++);
    table += Line(bug, elsewhere ? "–" : std::to_string(seed - 1), told);
  }
  const size_t begin = page.find(kHead);
  ASSERT_NE(begin, std::string::npos);
  const size_t end = std::min(page.find("\n\n", begin), page.size());
  page.replace(begin, end + 1 - begin, table);
  std::ofstream(kPage) << page;
}

TEST(PlantedBugsTest, EachIsFoundByItsSeed) {
  if (std::getenv("BYLAW_UPDATE") != nullptr) return Rewrite();
  const std::map<std::string, Row> rows = RowsOf(ReadPage());
  EXPECT_EQ(rows.size(), std::size(kBugs));
  for (const Bug& bug : kBugs) {
    const auto row = rows.find(std::string(bug.name));
    ASSERT_NE(row, rows.end()) << bug.name << " has no row in " << kPage;
    EXPECT_EQ(row->second.component, bug.component);
    EXPECT_EQ(row->second.breaks, bug.breaks);
    EXPECT_NE(row->second.told, "") << bug.name << " is not found";
    uint64_t seed = 0;
    if (absl::SimpleAtoi(row->second.seed, &seed)) {
      EXPECT_EQ(Told(bug, seed), row->second.told) << bug.name;
    } else {
      EXPECT_EQ(FoundElsewhere(bug), row->second.told) << bug.name;
    }
  }
}

TEST(PlantedBugsTest, AFailingLifeBecomesAShortScriptThatFailsAlike) {
  ASSERT_TRUE(Plant("OrgCapPerPool"));
  Script life;
  const std::string wrong = WrongIn(2, kEvents, &life);
  const Script small = Shrink(life);
  EXPECT_EQ(KindOf(WrongIn(small)), KindOf(wrong));
  EXPECT_LT(small.ops.size(), 20u) << ToText(small);
  EXPECT_GT(life.ops.size(), 2 * small.ops.size());
  abi::planted_bug = abi::PlantedBug::kNone;
  EXPECT_EQ(WrongIn(small), "") << "it is the bug that fails";
  EXPECT_EQ(WrongIn(life), "");
}

TEST(PlantedBugsTest, AFailureAfterACrashIsMadeSmallAsWell) {
  ASSERT_TRUE(Plant("SuspensionUnkept"));
  Script life;
  std::string wrong;
  for (uint64_t seed = 0; seed < 100 && wrong.empty(); ++seed) wrong = WrongIn(seed, kEvents, &life);
  const Script small = Shrink(life);
  EXPECT_EQ(KindOf(WrongIn(small)), KindOf(wrong));
  EXPECT_LT(small.ops.size(), 20u) << ToText(small);
  EXPECT_THAT(ToText(small), testing::ContainsRegex("crash writes=[0-9]* down=0"));
  abi::planted_bug = abi::PlantedBug::kNone;
  EXPECT_EQ(WrongIn(small), "") << "it is the bug that fails";
}

TEST(PlantedBugsTest, AFailureThatAbortsIsToldLikeAnyOther) {
  ASSERT_TRUE(Plant("HeldLostAtMonthEnd"));
  constexpr char kAborts[] = "internal check failed";
  Script life;
  std::string wrong;
  for (uint64_t seed = 0; seed < 100 && wrong.find(kAborts) == std::string::npos; ++seed) {
    wrong = WrongIn(seed, kEvents, &life);
  }
  EXPECT_NE(wrong.find(kAborts), std::string::npos) << wrong;
  EXPECT_EQ(KindOf(WrongIn(life)), KindOf(wrong)) << "a script aborts like the life that wrote it";
  abi::planted_bug = abi::PlantedBug::kNone;
  EXPECT_EQ(WrongIn(life), "");
}

}  // namespace
}  // namespace bylaw::sim
