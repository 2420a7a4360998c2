// One simulated life of an engine: events drawn from a seed, or from a script, done to the real engine and to the model
// beside it, which is asked after every call.
//
// Deterministic: the same seed, or the same script, gives the same hash. The engine is the production object on a clock
// that moves when told to. After every event each idle slot asks for its turn; a turn's worker begins its steps at
// once.
#ifndef BYLAW_TESTS_SIM_LIFE_H_
#define BYLAW_TESTS_SIM_LIFE_H_

#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/prng.h"
#include "runtime/audit/sink.h"
#include "runtime/durable/journal.h"
#include "runtime/durable/memory_store.h"
#include "runtime/engine/engine.h"
#include "tests/sim/model.h"
#include "tests/sim/script.h"

namespace bylaw::sim {

// Hands on what was appended since it was last asked; refuses everything once broken, until another process has it.
class LifeSink final : public audit::AuditSink {
 public:
  bool Append(const audit::Record& record) override {
    tried_ |= broken_;
    uncommitted_ += !broken_;
    if (!broken_) records_.push_back(record);
    return !broken_;
  }
  absl::Status status() const override { return broken_ ? absl::UnavailableError("broken") : absl::OkStatus(); }
  uint64_t dropped() const override { return 0; }
  absl::Status Commit() override {
    if (!broken_) uncommitted_ = 0;
    return status();
  }
  void Restart() { *this = LifeSink(); }
  uint64_t uncommitted() const { return uncommitted_; }
  void Break() { broken_ = true; }
  bool broken() const { return broken_; }
  bool tried() const { return tried_; }  // to write, since it broke
  std::vector<audit::Record>& records() { return records_; }

 private:
  bool broken_ = false, tried_ = false;
  uint64_t uncommitted_ = 0;
  std::vector<audit::Record> records_;
};

// How many events of each seed CI draws.
inline constexpr int kEvents = 1'500;

// The engine of a seed's life, on what its journal has, if it has one.
std::unique_ptr<engine::Engine> MakeEngine(uint64_t seed, const Policy& policy, const Clock* clock,
                                           audit::AuditSink* sink, durable::Journal* journal);

class Life {
 public:
  explicit Life(uint64_t seed);

  // `events` of them drawn from the seed, then everything accepted has to end.
  void Live(int events);
  // The same with the events of a script.
  void Replay(const std::vector<Op>& ops);

  // Writes each event to the file before it happens, so that it is known what led to a process's death.
  void WriteEvents(std::FILE* out);

  // What the first thing was that went wrong, or "".
  const std::string& wrong() const { return model_.wrong(); }
  // What happened, up to there.
  const Script& script() const { return script_; }
  uint64_t hash() const { return hash_; }
  // Of the engine, queries not counted.
  uint64_t calls() const { return calls_; }
  // What has happened to whole processes and workers, and runs erased.
  struct Faults {
    uint64_t processes_died = 0, writes_torn = 0, slots_lost = 0, late_calls = 0, runs_erased = 0, runs_restored = 0;
  };
  const Faults& faults() const { return faults_; }
  // How often what happened, by verdict.
  const std::array<uint64_t, 6>& verdicts() const { return verdicts_; }

 private:
  void Do(const Op& op);
  void Apply(const Op& op);
  Op Draw();  // draw.cc
  Op DrawKept();
  Op DrawSubmit();
  Op DrawEnd();
  Op DrawAdvance();
  ModelRun* Any(RunState state);

  void Submit(const Op& op);
  void EndStep(ModelRun& run, engine::Outcome outcome, int64_t cost, int64_t tokens);
  void Cancel(ModelRun& run);
  void Answer(ModelRun& run, bool approve, uint32_t who);
  void SetHealth(uint32_t endpoint, bool up);
  void Reload(uint32_t policy);
  void TakeBackSlots();  // life_faults.cc, like what follows
  void Die(ModelRun& run, bool later);
  void Late(uint32_t label, int64_t call);
  void Restore(const Op& op);
  bool Commit();  // life_crash.cc, like what follows
  bool CommitEngine();
  void Crash(int64_t writes, DurationNs down);
  void Restart();
  Money::Carried CarriedMonths();
  void CheckStore();
  void Erase();
  void Advance(DurationNs by);  // life_time.cc, like what follows
  void Jump(DurationNs by);
  void TimeHasPassed();
  void EndDueTurns();
  void TakeTurns();
  bool TakeTurn(uint32_t pool);
  void Begin(ModelRun& run);
  void Finish(ModelRun& run);
  // What the engine recorded of runs other than `self`; the number of decisions recorded of `self`.
  size_t Absorb(const ModelRun* self);
  void Ended(ModelRun& run);
  void AbsorbWithoutRecords(const ModelRun* self);
  void CheckAll();
  void Drain();
  DurationNs PlannedLength(const engine::Turn& turn);
  bool kept() const { return journal_ != nullptr; }
  // Nothing is wrong, and the process goes on.
  bool Well() const { return model_.wrong().empty() && !dead_; }
  void Mix(uint64_t value) { hash_ = (hash_ ^ value) * 0x0000'0100'0000'01B3; }
  TimeNs Now() const { return clock_.MonotonicNow(); }

  uint64_t seed_;
  Prng prng_;
  SimulatedClock clock_;
  std::deque<Policy> policies_;
  LifeSink sink_;
  durable::MemoryStore store_;
  std::unique_ptr<durable::Journal> journal_;  // null: nothing survives the process
  std::unique_ptr<engine::Engine> engine_;
  bool dead_ = false;
  DurationNs down_ = 0;  // from its death until there is another
  Model model_;
  std::vector<LostSlot> late_;  // whose workers may have been only slow
  Script script_;
  std::FILE* out_ = nullptr;
  uint32_t labels_ = 0;
  uint64_t events_ = 0;
  uint64_t hash_ = 0xCBF2'9CE4'8422'2325;
  uint64_t calls_ = 0;
  std::array<uint64_t, kTenants> turns_ = {};
  std::array<uint64_t, 6> verdicts_ = {};
  Faults faults_;
};

}  // namespace bylaw::sim

#endif  // BYLAW_TESTS_SIM_LIFE_H_
