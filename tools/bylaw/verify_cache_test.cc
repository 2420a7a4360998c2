// The cache never says anything else than a fresh run: random edits of policies, and entries that are not what they
// should be.

#include "tools/bylaw/verify_cache.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "base/prng.h"
#include "tools/bylaw/cache_entry.h"
#include "tools/bylaw/commands.h"
#include "tools/bylaw/options.h"
#include "tools/bylaw/policy_units.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWorld = R"(edition 2026
use std.places
use std.regulations
endpoint gpt4-us {
  serves model gpt-4
  in us-east-1
  costs at most $0.03 per call
}
endpoint gpt4-eu {
  serves model gpt-4
  in eu-west-1
  costs at most $0.034 per call
}
endpoint mini-eu {
  serves model gpt-4o-mini
  in eu-west-1
  costs at most $0.004 per call
}
store us-data {
  keeps state, checkpoints, audit
  in us-east-1
}
store eu-data {
  keeps state, checkpoints, audit
  in eu-west-1
}
reviewers eu-desk {
  based in DE, FR
}
reviewers us-desk {
  based in US
}
pool workers in eu-west-1 has 100 slots with room for 20_000 waiting
setting bar is a number from 0 to 1 by default 0.8 that tenants may only raise
regulation HOME {
  state stays in EU
  calls go only to EU
  reviewers based in EU
}
ladder careful {
  when budget below 40%: use model gpt-4o-mini
  when budget below $0.05: send to reviewers
}
workflow answer {
  input amount is money
  step classify {
    calls model gpt-4o-mini
    gives score as a number from 0 to 1
  }
  step reply {
    after classify
    calls model gpt-4
    retries at most 2 times
    asks 1 of reviewers when (steps.classify.score < tenant.bar)
  }
}
tier standard {
  at most 20 workflows at once
  at most 100 calls per hour to gpt-4
  budget $1 per workflow
  budget $500 per month
  follow ladder careful
}
org group {
  together at most 60 workflows at once
  together budget $900 per month
}
rule careful-with-one {
  for tenant row-3
  send to reviewers us-desk
}
tenants from "rows.csv" on tier standard
)";

class VerifyCacheTest : public testing::Test {
 protected:
  VerifyCacheTest() : root_(fs::temp_directory_path() / ("verify_cache_test_" + std::to_string(getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_ / "policy");
    Write("policy/world.bylaw", std::string(kWorld));
    std::string rows = "tenant,org,regulations,reviewers,route.gpt-4,workflows_at_once,budget_per_workflow,set.bar\n";
    for (int i = 0; i < 40; ++i) rows += Row(i) + "\n";
    Write("policy/rows.csv", rows);
    std::string tenants = "edition 2026\n";
    for (int i = 0; i < 10; ++i) {
      tenants += fmt::format("tenant own-{} on tier standard {{\n  at most {} workflows at once\n", i, 5 + i);
      if (i % 2 == 0) tenants += "  subject to HOME\n  reviewers eu-desk\n";
      tenants += "}\n";
    }
    Write("policy/tenants.bylaw", tenants);
  }
  ~VerifyCacheTest() override { fs::remove_all(root_); }

  std::string Row(int i) {
    const bool home = prng_.Chance(0.3);
    return fmt::format("row-{},{},{},{},{},{},$0.{},{}", i, prng_.Chance(0.3) ? "group" : "", home ? "HOME" : "",
                       home ? "eu-desk" : "", home && prng_.Chance(0.5) ? "gpt4-eu else suspend" : "",
                       prng_.Between(1, 19), prng_.Between(30, 32), prng_.Chance(0.3) ? "0.9" : "");
  }
  std::string Path(const std::string& name) const { return (root_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ / name, std::ios::binary) << text;
  }
  std::string Read(const std::string& name) const {
    std::ifstream in(root_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  // What `verify` writes, in two forms.
  struct Said {
    int code = 0;
    std::string text, json;
    friend bool operator==(const Said&, const Said&) = default;
  };
  Said Run(const std::string& cache, bool strict = false) {
    Options options;
    options.as_of = "2026-11-23";
    options.strict = strict;
    options.outputs = {"text:" + Path("out.txt"), Path("out.json")};
    EXPECT_TRUE(Resolve(options, "verify", kReportFormats));
    fs::remove(Path("out.txt"));
    Said said;
    said.code = RunVerify(options, {{Path("policy")}, cache});
    said.text = Read("out.txt");
    said.json = Read("out.json");
    return said;
  }

  // One random edit of the files.
  void Edit() {
    const uint64_t which = prng_.Below(10);
    const std::string name =
        which == 9 ? "policy/world.bylaw" : (which < 6 ? "policy/rows.csv" : "policy/tenants.bylaw");
    std::string text = Read(name);
    if (which < 4) {  // a row
      const int i = static_cast<int>(prng_.Below(40));
      const size_t begin = text.find(fmt::format("\nrow-{},", i)) + 1;
      text.replace(begin, text.find('\n', begin) - begin, Row(i));
    } else {  // a number anywhere
      std::vector<size_t> digits;
      for (size_t at = text.find('\n'); at < text.size(); ++at) {
        if (text[at] >= '0' && text[at] <= '9') digits.push_back(at);
      }
      text[digits[prng_.Below(digits.size())]] = static_cast<char>('0' + prng_.Below(10));
    }
    Write(name, text);
  }

  Prng prng_{11};
  fs::path root_;
};

TEST_F(VerifyCacheTest, SaysWhatAFreshRunSaysAfterAnyEdit) {
  const std::string start_rows = Read("policy/rows.csv"), start_tenants = Read("policy/tenants.bylaw");
  const std::string start_world = Read("policy/world.bylaw");
  size_t clean = 0;
  for (int round = 0; round < 150; ++round) {
    if (round % 10 == 0) {
      Write("policy/rows.csv", start_rows);
      Write("policy/tenants.bylaw", start_tenants);
      Write("policy/world.bylaw", start_world);
    } else {
      Edit();
    }
    const Said fresh = Run("");
    const Said cached = Run(Path("cache"));
    ASSERT_EQ(cached.code, fresh.code) << "round " << round;
    ASSERT_EQ(cached.text, fresh.text) << "round " << round;
    ASSERT_EQ(cached.json, fresh.json) << "round " << round;
    clean += fresh.code == kClean ? 1 : 0;
  }
  EXPECT_GE(clean, 30u);
}

// The same through JudgeWithCache, which says how it came by the answer.
TEST_F(VerifyCacheTest, AnEditOfATenantsOwnNumbersIsJudgedAlone) {
  size_t whole_runs = 0, small_runs = 0;
  const JudgeFn judge = [&](const driver::CompileOptions& options,
                            const std::vector<std::string>& tenants) -> absl::StatusOr<Judged> {
    (tenants.empty() ? whole_runs : small_runs) += 1;
    absl::StatusOr<driver::Compilation> compilation = driver::Check(options);
    if (!compilation.ok()) return compilation.status();
    Judged judged;
    judged.forms["text"] = std::to_string(compilation->program->tenants.size());
    for (const std::string& tenant : tenants) judged.shared[tenant] = "";
    for (uint32_t i = 0; i < compilation->sources->size(); ++i) {
      const source::FileId file(i);
      if (compilation->sources->path(file).starts_with("std.")) continue;
      judged.texts.push_back({compilation->sources->path(file), std::string(compilation->sources->text(file))});
    }
    return judged;
  };
  driver::CompileOptions options;
  options.paths = {Path("policy")};
  const auto ask = [&] { return JudgeWithCache(Path("cache"), "q", options, judge)->found; };
  EXPECT_EQ(ask(), Found::kNothing);
  EXPECT_EQ(ask(), Found::kSame);
  std::string rows = Read("policy/rows.csv");
  const size_t at = rows.find("\nrow-7,") + 1;
  Write("policy/rows.csv", rows.replace(at, rows.find('\n', at) - at, "row-7,,,,,11,$0.31,"));
  EXPECT_EQ(ask(), Found::kEdit);
  EXPECT_EQ(ask(), Found::kSame);
  std::string tenants = Read("policy/tenants.bylaw");
  Write("policy/tenants.bylaw", tenants.replace(tenants.find("at most 8 "), 10, "at most 9 "));
  EXPECT_EQ(ask(), Found::kEdit);
  std::string world = Read("policy/world.bylaw");
  Write("policy/world.bylaw", world.replace(world.find("100 slots"), 9, "110 slots"));
  EXPECT_EQ(ask(), Found::kNothing);
  EXPECT_EQ(whole_runs, 2u);
  EXPECT_EQ(small_runs, 4u);
}

TEST_F(VerifyCacheTest, WhatIsNotAnEntryIsNotRead) {
  const Said fresh = Run("");
  ASSERT_EQ(fresh.code, kClean) << fresh.text;
  EXPECT_EQ(Run(Path("cache")), fresh);
  std::string entry;
  for (const auto& file : fs::directory_iterator(Path("cache"))) entry = "cache/" + file.path().filename().string();
  const std::string whole = Read(entry);
  Prng prng(3);
  for (int i = 0; i < 20; ++i) {
    std::string broken = whole;
    if (i % 2 == 0) {
      broken.resize(prng.Below(whole.size()));
    } else {
      broken[prng.Below(whole.size())] ^= static_cast<char>(1 + prng.Below(255));
    }
    Write(entry, broken);
    EXPECT_EQ(Run(Path("cache")), fresh);
    EXPECT_EQ(Read(entry), whole);  // written anew
  }
  // Other questions have entries of their own.
  EXPECT_EQ(Run(Path("cache"), true), Run("", true));
}

TEST_F(VerifyCacheTest, AFolderThatCannotBeWrittenDoesNotMatter) {
  const Said fresh = Run("");
  Write("file", "");
  EXPECT_EQ(Run(Path("file/cache")), fresh);
}

TEST(CacheEntryTest, KnowsThisBuild) {
  EXPECT_FALSE(BuildId().empty());
  EXPECT_NE(EntryPath("d", "a"), EntryPath("d", "b"));
}

using driver::TextFile;

TEST(PolicyUnitsTest, OnlyWholeTenantsAreTakenOut) {
  const std::vector<TextFile> before = {
      {"a.bylaw",
       "tier t {\n  weight 1\n}\ntenant x on tier t {\n  weight 1\n}\n# about y\ntenant y on tier t\n"
       "scenario s {\n  tenant y sends 5 runs of w per day\n}\ntenant z on tier t\n"}};
  const auto edited = [&](const std::string& from, const std::string& to) {
    std::string text = before[0].text;
    return FindUnitEdit(before, {{"a.bylaw", text.replace(text.find(from), from.size(), to)}});
  };
  const auto edit = edited("x on tier t {\n  weight 1", "x on tier t {\n  weight 2");
  ASSERT_TRUE(edit.has_value());
  EXPECT_THAT(edit->tenants, testing::ElementsAre("x"));
  EXPECT_EQ(edit->after[0].text,
            "tier t {\n  weight 1\n}\ntenant x on tier t {\n  weight 2\n}\n# about y\ntenant y on tier t\n"
            "scenario s {\n  tenant y sends 5 runs of w per day\n}\n");
  EXPECT_FALSE(edit->moves);
  EXPECT_FALSE(edited("tier t {\n  weight 1", "tier t {\n  weight 2").has_value());  // the world
  EXPECT_FALSE(edited("tenant z", "tenant zz").has_value());                         // a name
  EXPECT_FALSE(edited("sends 5", "sends 6").has_value());                            // a scenario
  EXPECT_FALSE(edited("# about y", "# about z").has_value());                        // between two tenants
  EXPECT_TRUE(edited("tenant z on tier t\n", "tenant z on tier t {\n  weight 1\n}\n")->moves);
  EXPECT_FALSE(edited("weight 1\n}\ntenant x", "weight 1\n}\nrule r {\n  when (a)\n  deny\n}\ntenant x").has_value());
}

TEST(PolicyUnitsTest, AContinuedListIsNoTenant) {
  const std::vector<TextFile> before = {{"a.bylaw", "place p is A,\n  tenant\ntenant x on tier t\n"}};
  const auto edit = FindUnitEdit(before, {{"a.bylaw", "place p is A,\n  tenant\ntenant x on tier u\n"}});
  ASSERT_TRUE(edit.has_value());
  EXPECT_EQ(edit->before[0].text, before[0].text);
}

TEST(PolicyUnitsTest, TablesWithQuotesAreNotTakenApart) {
  const auto edit = [](const std::string& before, const std::string& after) {
    return FindUnitEdit({{"t.csv", before}}, {{"t.csv", after}});
  };
  EXPECT_TRUE(edit("tenant,org\na,x\nb,y\n", "tenant,org\na,x\nb,z\n").has_value());
  EXPECT_EQ(edit("tenant,org\na,x\nb,y\n", "tenant,org\na,x\nb,z\n")->after[0].text, "tenant,org\nb,z\n");
  EXPECT_FALSE(edit("tenant,org\na,x\nb,\"y\"\n", "tenant,org\na,x\nb,\"z\"\n").has_value());
  EXPECT_FALSE(edit("org,tenant\nx,a\ny,b\n", "org,tenant\nx,a\nz,b\n").has_value());
  EXPECT_FALSE(edit("tenant,org\na,x\n", "tenant,class\na,x\n").has_value());
  EXPECT_FALSE(edit("tenant,org\na,x\n", "tenant,org\na,x\nb,x\n").has_value());
}

}  // namespace
}  // namespace bylaw::cli
