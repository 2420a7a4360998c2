// A thousand reloads leave nothing behind: no compiled code, no mappings, no memory, while runs come and go and some
// keep an old policy for a while.
#include <cstdint>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "runtime/audit/sink.h"
#include "runtime/engine/engine.h"
#include "tests/reload/versioned_policy.h"

namespace bylaw::engine {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;  // a sanitizer keeps what was freed
#else
constexpr bool kMemoryIsOurs = true;
#endif

class CountingSink final : public audit::AuditSink {
 public:
  bool Append(const audit::Record& record) override {
    reloads_ += record.event == audit::Event::kReload;
    return true;
  }
  absl::Status status() const override { return absl::OkStatus(); }
  uint64_t dropped() const override { return 0; }
  int reloads() const { return reloads_; }

 private:
  int reloads_ = 0;
};

size_t Mappings() {
  std::ifstream maps("/proc/self/maps");
  size_t lines = 0;
  for (std::string line; std::getline(maps, line);) ++lines;
  return lines;
}

int64_t ResidentKib() {
  std::ifstream statm("/proc/self/statm");
  int64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * 4;
}

// Three verified versions, compiled anew for every reload.
class Versions {
 public:
  Versions() {
    for (uint32_t version = 0; version < 3; ++version) {
      driver::CompileOptions options;
      options.texts = {{"policy.bylaw", VersionText(version)}};
      compilations_.push_back(*driver::Check(options));
      driver::Verify(compilations_.back());
    }
  }
  std::shared_ptr<const abi::PolicyImage> Compile(int reload) {
    return *driver::BuildImage(*compilations_[static_cast<size_t>(reload) % 3].verified, driver::EngineKind::kJitO0);
  }

 private:
  std::vector<driver::Compilation> compilations_;
};

TEST(FlatReloadTest, AThousandReloadsLeaveNothingBehind) {
  constexpr int kReloads = kMemoryIsOurs ? 1'000 : 100;
  constexpr int kWarm = kReloads / 5;
  Versions versions;
  SimulatedClock clock(1'795'424'400 * kSecondNs);
  CountingSink sink;
  const auto engine = *Engine::Create(versions.Compile(0), &clock, &sink, {});
  std::deque<RunId> running;
  std::deque<std::weak_ptr<const Policy>> old;
  size_t mappings = 0;
  int64_t resident = 0;
  for (int i = 1; i <= kReloads; ++i) {
    old.push_back(engine->policy());
    ASSERT_TRUE(engine->Submit(TenantId(i % 2), WorkflowId(0), {}).queued);
    while (const auto turn = engine->Next(PoolId(0))) {
      running.push_back(turn->run);
      ASSERT_EQ(engine->BeginStep(turn->run, turn->step).verdict, static_cast<uint8_t>(abi::Verdict::kProceed));
    }
    ASSERT_TRUE(engine->Reload(versions.Compile(i)).ok());
    if (running.size() > 3) {
      ASSERT_TRUE(engine->Cancel(running.front()).ok());
      running.pop_front();
    }
    ASSERT_EQ(engine->CheckConsistency(), "");
    while (old.size() > 6) {
      EXPECT_TRUE(old.front().expired()) << "reload " << i;
      old.pop_front();
    }
    if (i == kWarm) {
      mappings = Mappings();
      resident = ResidentKib();
    }
  }
  EXPECT_EQ(sink.reloads(), kReloads);
  if (!kMemoryIsOurs) return;
  EXPECT_LE(Mappings(), mappings + 8) << "after " << kWarm << " reloads there were " << mappings;
  EXPECT_LE(ResidentKib(), resident + 2'048) << "after " << kWarm << " reloads it was " << resident << " KiB";
  RecordProperty("mappings", static_cast<int>(Mappings()));
  RecordProperty("resident_kib", static_cast<int>(ResidentKib()));
}

}  // namespace
}  // namespace bylaw::engine
