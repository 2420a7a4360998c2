// The log in a machine that stops at any moment: nothing acknowledged is lost, and it goes on.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "runtime/audit/log_world.h"

namespace bylaw::audit {
namespace {

class CrashHistory {
 public:
  explicit CrashHistory(uint64_t seed)
      : prng_(seed),
        world_({.segment_bytes = static_cast<uint64_t>(prng_.Between(300, 3'000)),
                .ring_records = 16,
                .signed_every_records = static_cast<uint64_t>(prng_.Between(1, 20))}) {}

  void Run(int lives) {
    for (int life = 0; life < lives && !::testing::Test::HasFatalFailure(); ++life) Live();
  }
  int acknowledged() const { return static_cast<int>(appended_.size()); }

 private:
  void Live() {
    // Syncs fail from some moment on, in the opening itself perhaps; then the machine stops.
    const bool fails = prng_.Chance(0.7);
    if (fails) world_.files.FailSyncsAfter(prng_.Below(12));
    const absl::Status opened = world_.Open();
    if (!opened.ok()) {
      ASSERT_TRUE(fails && absl::IsUnavailable(opened)) << opened;
    } else {
      CheckNothingLost();
      Write();
    }
    world_.log.reset();
    world_.files.Crash(prng_);
  }

  void Write() {
    for (int i = static_cast<int>(prng_.Below(40)); i > 0; --i) {
      if (world_.Append(next_)) appended_.push_back(next_);
      ++next_;
      if (prng_.Chance(0.4) && world_.log->Commit().ok()) acknowledged_ = appended_.size();
      if (world_.log->acknowledged() > acknowledged_) acknowledged_ = world_.log->acknowledged();
    }
  }

  // The log holds what was acknowledged, then perhaps more of what was appended, in that order.
  void CheckNothingLost() {
    const std::vector<uint32_t> kept = world_.Runs();
    ASSERT_GE(kept.size(), acknowledged_);
    ASSERT_LE(kept.size(), appended_.size());
    for (size_t i = 0; i < kept.size(); ++i) ASSERT_EQ(kept[i], appended_[i]) << "record " << i + 1;
    ASSERT_TRUE(world_.Verify().intact) << world_.Verify().problem;
    appended_.resize(kept.size());
    acknowledged_ = kept.size();
  }

  Prng prng_;
  LogWorld world_;
  uint32_t next_ = 0;
  std::vector<uint32_t> appended_;  // by sequence number
  size_t acknowledged_ = 0;
};

TEST(LogCrash, NothingAcknowledgedIsLost) {
  int64_t records = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    CrashHistory history(seed);
    history.Run(12);
    records += history.acknowledged();
    ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
  }
  EXPECT_GT(records, 2'000);
}

}  // namespace
}  // namespace bylaw::audit
