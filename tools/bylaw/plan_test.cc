// `bylaw plan` as a person and as CI use it: folders, git revisions, words, JSON and exit codes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/bylaw/commands.h"
#include "tools/bylaw/options.h"
#include "tools/bylaw/subprocess.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PlanTest : public testing::Test {
 protected:
  PlanTest() : root_(fs::temp_directory_path() / ("plan_test_" + std::to_string(getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~PlanTest() override { fs::remove_all(root_); }

  std::string Path(const std::string& name) const { return (root_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  // The lending pack, with one sentence put in place of another.
  std::string Copy(const std::string& name, const std::string& file, const std::string& from, const std::string& to) {
    fs::copy("policies/lending", root_ / name, fs::copy_options::recursive);
    Edit(name + "/" + file, from, to);
    return Path(name);
  }
  void Edit(const std::string& name, const std::string& from, const std::string& to) {
    std::string text = Read(Path(name));
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    Write(name, text.replace(at, from.size(), to));
  }
  static std::string Read(const std::string& path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void Git(std::vector<std::string> words) {
    words.insert(words.begin(), {"git", "-C", root_.string(), "-c", "user.name=t", "-c", "user.email=t@example.com"});
    const auto finished = RunToEnd(words, 1 << 20);
    ASSERT_TRUE(finished.ok());
    ASSERT_EQ(finished->code, 0) << finished->err;
  }

  int Run(const std::vector<std::string>& policies, bool exit_code = false, Format format = Format::kText) {
    Options options;
    options.as_of = "2026-11-27";
    options.outputs = {std::string(FormatName(format)) + ":" + Path("out")};
    EXPECT_TRUE(Resolve(options, "plan", kDataFormats));
    fs::remove(Path("out"));
    const int code = RunPlan(options, {policies, exit_code});
    out_ = Read(Path("out"));
    return code;
  }

  fs::path root_;
  std::string out_;
};

TEST_F(PlanTest, SaysInWordsWhatAChangeMeans) {
  const std::string after = Copy("new", "tiers.bylaw", "at most 10 workflows at once", "at most 12 workflows at once");
  EXPECT_EQ(Run({"policies/lending", after}), kClean);
  EXPECT_THAT(out_, HasSubstr("credit-union and european-institution\n  at most 10 → 12 workflows at once (looser)"));
  EXPECT_THAT(out_, HasSubstr("for credit-union, with 10 workflows running, loan-approval is submitted: it is queued "
                              "because cap → it gets a slot at once"));
  EXPECT_THAT(out_, HasSubstr("205 tenants: 2 looser, 203 proved unchanged"));
  EXPECT_THAT(out_, HasSubstr("every run in flight can finish"));
}

// Each kind of sentence with what is decided otherwise: shown, not only said.
TEST_F(PlanTest, EveryChangeIsShown) {
  int n = 0;
  const auto plan = [&](const std::string& file, const std::string& from, const std::string& to) {
    const std::string after = Copy("new" + std::to_string(++n), file, from, to);
    EXPECT_THAT(Run({"policies/lending", after}), testing::AnyOf(kClean, kViolation)) << out_;
    return out_;
  };
  const auto standard = [&](const std::string& more) {
    return plan("tiers.bylaw", "at most 10 workflows at once", "at most 10 workflows at once\n  " + more);
  };
  const auto credit_union = [&](const std::string& terms) {
    return plan("tenants.bylaw", "tenant credit-union on tier standard",
                "tenant credit-union on tier standard {\n  " + terms + "\n}");
  };
  EXPECT_THAT(plan("tiers.bylaw", "budget $0.50 per workflow", "budget $0.80 per workflow"),
              testing::ContainsRegex("for [a-z-]+, with [0-9]+% of the budget left, step [a-z]+ of loan-approval runs: "
                                     "it [^\n]* → it "));
  EXPECT_THAT(standard("at most 7 workflows waiting"),
              HasSubstr("with 7 waiting, loan-approval is submitted: it gets a slot at once → it is refused because "
                        "backpressure"));
  EXPECT_THAT(
      standard("budget $30 per month"),
      testing::ContainsRegex("with .29[.][0-9]+ spent this month, loan-approval is submitted: it gets a slot at "
                             "once → it is refused because floor"));
  EXPECT_THAT(plan("tiers.bylaw", "at most 50 calls per hour", "at most 40 calls per hour"),
              testing::ContainsRegex("with 40 calls made to credit_bureau_v2, step credit of loan-approval runs: it "
                                     "proceeds[^\n]* → it waits because rate"));
  EXPECT_THAT(credit_union("state stays in EU"),
              HasSubstr("step verify of loan-approval runs: its state is kept in store us-data → its state is kept in "
                        "store eu-data"));
  EXPECT_THAT(credit_union("route credit_bureau_v2 to bureau-eu else suspend"),
              testing::ContainsRegex("step credit of loan-approval[^\n]*\n +for credit-union"));
  EXPECT_THAT(credit_union("calls go only to US"), testing::ContainsRegex("step [^\n]*\n +for credit-union, when "));
  EXPECT_THAT(standard("follow ladder careful"),
              testing::ContainsRegex("step [^\n]*\n +for credit-union, when [^\n]* is left"));
}

TEST_F(PlanTest, ExitCodesAreForCi) {
  const std::string after = Copy("new", "tiers.bylaw", "at most 10 workflows at once", "at most 12 workflows at once");
  EXPECT_EQ(Run({"policies/lending", after}, true), kChanges);
  EXPECT_EQ(Run({"policies/lending", "policies/lending"}, true), kClean);
  EXPECT_THAT(out_, HasSubstr("205 tenants: 205 proved unchanged"));
  EXPECT_EQ(Run({"policies/lending", "no-such-thing"}), kUsage);
  EXPECT_EQ(Run({"policies/lending"}), kUsage);
  EXPECT_EQ(Run({"--upload-pack=x", "policies/lending"}), kUsage);
  const std::string broken = Copy("broken", "tiers.bylaw", "at most 10 workflows", "at most fifty workflows");
  EXPECT_EQ(Run({"policies/lending", broken}), kViolation);
}

TEST_F(PlanTest, APolicyThatDoesNotVerifyIsComparedAndRefused) {
  const std::string after = Copy("new", "tiers.bylaw", "budget $0.50 per workflow", "budget $0.01 per workflow");
  EXPECT_EQ(Run({"policies/lending", after}), kViolation);
  EXPECT_THAT(out_, HasSubstr("budget $0.50 → $0.01 per workflow (stricter)"));
  EXPECT_THAT(out_, HasSubstr("the new policy does not verify"));
}

TEST_F(PlanTest, JsonHasEveryChangeWithItsRequest) {
  const std::string after = Copy("new", "tenants.bylaw", "tenant credit-union on tier standard",
                                 "tenant credit-union on tier standard {\n  subject to GDPR\n}");
  EXPECT_EQ(Run({"policies/lending", after}, false, Format::kJson), kClean);
  const auto report = nlohmann::json::parse(out_);
  EXPECT_EQ(report["format"], 1);
  EXPECT_EQ(report["verified"], true);
  EXPECT_EQ(report["summary"]["equal"], 204);
  bool shown = false;
  for (const auto& change : report["changes"]) {
    EXPECT_EQ(change["tenants"], nlohmann::json({"credit-union"}));
    if (change["kind"] != "step" || change["text"].get<std::string>().find("credit of") == std::string::npos) continue;
    EXPECT_EQ(change["relation"], "stricter");
    EXPECT_EQ(change["shown"][0]["down"], nlohmann::json({"bureau-eu"}));
    EXPECT_EQ(change["shown"][0]["after"], "suspends because residency");
    shown = true;
  }
  EXPECT_TRUE(shown);
  EXPECT_EQ(report["in_flight"][0]["drain"], true);
}

TEST_F(PlanTest, RevisionsAreReadFromGitAlone) {
  Git({"init", "-q"});
  fs::copy("policies/lending", root_ / "policies", fs::copy_options::recursive);
  Git({"add", "-A"});
  Git({"commit", "-q", "-m", "first"});
  Git({"tag", "v1"});
  Edit("policies/tiers.bylaw", "at most 10 workflows at once", "at most 12 workflows at once");
  Edit("policies/institutions.csv", "institution-7\n", "");
  Git({"commit", "-q", "-a", "-m", "second"});
  // What lies in the work tree is not part of either revision.
  Edit("policies/tiers.bylaw", "at most 3 workflows at once", "at most 1 workflow at once");
  fs::remove(root_ / "policies/institutions.csv");

  EXPECT_EQ(Run({"v1..HEAD", Path("policies")}), kClean);
  EXPECT_THAT(out_, HasSubstr("v1 → HEAD"));
  EXPECT_THAT(out_, HasSubstr("at most 10 → 12 workflows at once (looser)"));
  EXPECT_THAT(out_, HasSubstr("1 tenant gone: institution-7"));
  EXPECT_THAT(out_, testing::Not(HasSubstr("at most 3")));
  EXPECT_EQ(Run({"v1", "HEAD", Path("policies")}, true), kChanges);
  EXPECT_EQ(Run({"HEAD..HEAD", Path("policies")}, true), kClean);
  // A revision beside a folder is that folder's.
  fs::copy_file("policies/lending/institutions.csv", root_ / "policies/institutions.csv");
  EXPECT_EQ(Run({"HEAD", Path("policies")}), kClean);
  EXPECT_THAT(out_, HasSubstr("fintech-startup\n  at most 3 → 1 workflows at once (stricter)"));
  EXPECT_EQ(Run({"v9..HEAD", Path("policies")}), kUsage);
  EXPECT_EQ(Run({"v1...HEAD", Path("policies")}), kUsage);
}

TEST(SubprocessTest, RunsWithoutAShell) {
  const auto echoed = RunToEnd({"echo", "$HOME; `id`"}, 1'000);
  ASSERT_TRUE(echoed.ok());
  EXPECT_EQ(echoed->out, "$HOME; `id`\n");
  EXPECT_EQ(RunToEnd({"false"}, 10)->code, 1);
  EXPECT_TRUE(absl::IsUnavailable(RunToEnd({"no-such-program-anywhere"}, 10).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(RunToEnd({"yes"}, 10'000).status()));
}

}  // namespace
}  // namespace bylaw::cli
