// Test support: random lives on one store and one log in memory, each ended by a write that fails at a random moment,
// and what the books say of them.
#ifndef BYLAW_RUNTIME_ENGINE_CRASHED_LIVES_H_
#define BYLAW_RUNTIME_ENGINE_CRASHED_LIVES_H_

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "base/prng.h"
#include "base/simulated_file_system.h"
#include "runtime/audit/log.h"
#include "runtime/audit/verify_log.h"
#include "runtime/durable/memory_store.h"
#include "runtime/engine/durable_world.h"

namespace bylaw::engine {

class CrashedLives {
 public:
  explicit CrashedLives(uint64_t seed) : prng_(seed), key_(audit::SigningKey::Generate()) {}

  void Live(int lives) {
    for (int life = 0; life < lives && wrong_.empty(); ++life)
      LiveOnce(NextLifeWall(books_.last_at(), 6 * kDayNs, prng_));
    if (wrong_.empty()) wrong_ = ProblemOfLog();
  }
  // What the books, the engine or the log say is wrong; "" if nothing is.
  const std::string& wrong() const { return wrong_; }
  const Books& books() const { return books_; }

 private:
  void LiveOnce(TimeNs wall) {
    books_.BeginLife(MonthOfLife(wall));
    if (prng_.Chance(0.5)) store_.FailAfter(prng_.Below(150));
    if (prng_.Chance(0.3)) files_.FailSyncsAfter(prng_.Below(80));
    const auto log = audit::Log::Open(&files_, "audit", key_, wall, {.segment_bytes = 20'000});
    if (log.ok()) {
      Life life(&store_, log->get(), wall, prng_.Next(), [&](const Report& report) { books_.Take(report); });
      const bool began = life.Live(static_cast<int>(prng_.Below(200)), [&] { return (*log)->acknowledged(); }).ok();
      wrong_ = life.wrong();
      if (wrong_.empty() && !began && store_.status().ok()) wrong_ = "the engine did not begin";
    }
    if (wrong_.empty()) wrong_ = books_.wrong();
    store_.Restart();
    files_.Crash(prng_);
  }

  std::string ProblemOfLog() {
    if (!audit::Log::Open(&files_, "audit", key_, 0, {}).ok()) return "the log cannot be opened again";
    const absl::StatusOr<audit::Verification> verified = audit::VerifyLog(files_, "audit", {});
    if (!verified.ok() || !verified->intact) return "the log is not intact";
    const auto acknowledged = static_cast<uint64_t>(books_.records());
    if (acknowledged == 0 || verified->scan.records < acknowledged) return "audit records are lost";
    return "";
  }

  Prng prng_;
  durable::MemoryStore store_;
  SimulatedFileSystem files_;
  audit::SigningKey key_;
  Books books_;
  std::string wrong_;
};

}  // namespace bylaw::engine

#endif  // BYLAW_RUNTIME_ENGINE_CRASHED_LIVES_H_
