// `bylaw run --watch` without its terminal: a scenario lived through in pieces, and saves that become reloads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "tools/bylaw/live_view.h"
#include "tools/bylaw/policy_watch.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr char kPolicy[] = R"(edition 2026
use std.places
region here in DE
endpoint one {
  serves model large
  in here
  costs at most $0.01 per call
}
store disk {
  keeps state, checkpoints, audit
  in here
}
pool workers in here has 4 slots with room for 1_000 waiting
workflow answer {
  step think {
    calls model large
    takes about 30 seconds
  }
}
tier standard {
  at most 1 workflow at once
  route large to one else suspend
}
tenant north on tier standard {
}
tenant south on tier standard {
}
scenario morning {
  tenant north sends 60 runs of answer within 1 hour from 09:00
  tenant south sends 10 runs of answer within 1 hour from 09:00
  run from 09:00 to 11:00
}
)";

class LiveTest : public testing::Test {
 protected:
  LiveTest() : folder_(fs::path(testing::TempDir()) / ("live-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    Save(kPolicy);
  }
  ~LiveTest() override { fs::remove_all(folder_); }

  // The policy with `from` said as `to`.
  static std::string With(const std::string& from, const std::string& to) {
    std::string text = kPolicy;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }
  void Save(const std::string& text) {
    std::ofstream(folder_ / "new") << text;
    fs::rename(folder_ / "new", folder_ / "policy.bylaw");
  }
  void Start() {
    ASSERT_EQ(LoadVerified(options_, paths(), driver::EngineKind::kEvaluator, &policy_), kClean);
    const auto prepared = ScenarioNamed(policy_, "");
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    live_ = *LiveRun::Create({.image = policy_.image, .prepared = *prepared});
  }
  std::vector<std::string> paths() const { return {folder_.string()}; }
  const metrics::TenantFigures& FiguresOf(const std::string& tenant) {
    return live_->figures().at(live_->engine().policy()->names().tenants.Find(tenant).index());
  }
  static std::optional<SavedPolicy> Await(PolicyWatch& watch) {
    for (int i = 0; i < 600; ++i) {
      if (auto saved = watch.Take()) return saved;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return std::nullopt;
  }

  fs::path folder_;
  Options options_;
  VerifiedPolicy policy_;
  std::unique_ptr<LiveRun> live_;
};

TEST_F(LiveTest, AScenarioIsTheSameInPiecesOfAnySize) {
  Start();
  auto other = *LiveRun::Create({.image = policy_.image, .prepared = *ScenarioNamed(policy_, "morning")});
  live_->AdvanceTo(2 * kHourNs);
  for (TimeNs at = 0; at <= 2 * kHourNs; at += 7 * kSecondNs) other->AdvanceTo(at);
  other->AdvanceTo(2 * kHourNs);
  EXPECT_EQ(LiveLine(*live_), LiveLine(*other));
  EXPECT_EQ(FiguresOf("north").finished, 60);
  EXPECT_EQ(FiguresOf("south").finished, 10);
  EXPECT_TRUE(live_->over());
}

TEST_F(LiveTest, TheViewSaysWhoWaitsAndFitsItsScreen) {
  Start();
  live_->AdvanceTo(20 * kMinuteNs);
  const SaveReport save{.kind = SaveReport::Kind::kRefused, .headline = "09:20 broken", .details = {"error[x]: y"}};
  const std::string view = RenderLive(options_, *live_, save, 60, {.columns = 70, .rows = 16});
  EXPECT_THAT(view, HasSubstr("morning  09:20:00"));
  EXPECT_THAT(view, HasSubstr("workers"));
  EXPECT_THAT(view, HasSubstr("north"));
  EXPECT_THAT(view, HasSubstr("09:20 broken\nerror[x]: y\n"));
  std::istringstream in(view);
  int lines = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    const auto continued = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    EXPECT_LE(static_cast<ptrdiff_t>(line.size()) - std::count_if(line.begin(), line.end(), continued), 70) << line;
  }
  EXPECT_LE(lines, 16);
}

TEST_F(LiveTest, ASaveIsPublishedAndABrokenOneLeavesTheLastGoodOne) {
  Start();
  PolicyWatch watch(options_, paths(), "morning", policy_, live_->engine().policy());
  live_->AdvanceTo(10 * kMinuteNs);
  const TenantId north = live_->engine().policy()->names().tenants.Find("north");
  EXPECT_EQ(live_->engine().CountersOf(north).cap, 1u);

  Save(With("at most 1 workflow at once", "at most fifty workflows at once"));
  const auto broken = Await(watch);
  ASSERT_TRUE(broken.has_value());
  EXPECT_FALSE(broken->ready.has_value());
  EXPECT_THAT(broken->complaints, HasSubstr("error[not-a-number]"));

  Save(With("tenant north on tier standard {\n}\n", "") + "tenant acme on tier standard {\n}\n");
  const auto lacking = Await(watch);
  ASSERT_TRUE(lacking.has_value());
  EXPECT_FALSE(lacking->ready.has_value());
  EXPECT_THAT(lacking->complaints, HasSubstr("north")) << "whom the scenario names";
  EXPECT_EQ(live_->engine().epoch(), 0u);

  Save(With("tenant north on tier standard {\n}\n",
            "tenant acme on tier standard {\n}\ntenant north on tier standard {\n}\n")
           .replace(0, 0, "\n"));
  const auto good = Await(watch);
  ASSERT_TRUE(good.has_value());
  ASSERT_TRUE(good->ready.has_value()) << good->complaints;
  ASSERT_TRUE(live_->Reload(*good->ready).ok());
  EXPECT_EQ(live_->engine().epoch(), 1u);
  EXPECT_EQ(live_->drained(), 0u);

  Save(With("at most 1 workflow at once", "at most 3 workflows at once"));
  const auto wider = Await(watch);
  ASSERT_TRUE(wider.has_value() && wider->ready.has_value());
  ASSERT_TRUE(live_->Reload(*wider->ready).ok());
  EXPECT_EQ(live_->engine().CountersOf(north).cap, 3u);
  live_->AdvanceTo(2 * kHourNs);
  EXPECT_EQ(FiguresOf("north").finished, 60) << "what had arrived before a reload arrives once";
  EXPECT_EQ(live_->engine().CheckConsistency(), "");
}

// Files of good/ and bad/ are policies of their own.
TEST_F(LiveTest, WhatIsNoPartOfThePolicyIsNotPublished) {
  Start();
  fs::create_directories(folder_ / "bad");
  std::ofstream(folder_ / "bad" / "other.bylaw") << "edition 2026\n";
  PolicyWatch watch(options_, paths(), "morning", policy_, live_->engine().policy());
  std::ofstream(folder_ / "bad" / "other.bylaw") << "edition 2026\nnonsense\n";
  std::this_thread::sleep_for(std::chrono::seconds(1));  // several looks
  EXPECT_FALSE(watch.Take().has_value());
  Save(With("at most 1 workflow at once", "at most 2 workflows at once"));
  const auto saved = Await(watch);
  ASSERT_TRUE(saved.has_value());
  EXPECT_TRUE(saved->ready.has_value()) << saved->complaints;
}

}  // namespace
}  // namespace bylaw::cli
