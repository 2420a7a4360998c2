// The two clocks everything else asks for the time, behind one interface with a simulated twin.
//
// Only base/clock.cc may read the machine's clock (tools/tidy enforces it): the engine is the same object in
// production and in simulation.
#ifndef BYLAW_BASE_CLOCK_H_
#define BYLAW_BASE_CLOCK_H_

#include "base/time.h"

namespace bylaw {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time: dates, months, when an adequacy decision lapses. May jump.
  virtual TimeNs WallNow() const = 0;
  // Monotonic time: rate windows, waits, slot time. Never goes back.
  virtual TimeNs MonotonicNow() const = 0;
};

// The machine's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  TimeNs WallNow() const override;
  TimeNs MonotonicNow() const override;
};

// What another clock said at the last Tick: for an event loop that handles many calls in a row, reads the time once for
// all of them, and waits no longer than until its next Tick. Reading it is reading a field (bench/step). `source`
// must outlive it. Not thread-safe.
class LoopClock final : public Clock {
 public:
  explicit LoopClock(const Clock* source) : source_(source) { Tick(); }
  void Tick() {
    wall_ = source_->WallNow();
    monotonic_ = source_->MonotonicNow();
  }
  TimeNs WallNow() const override { return wall_; }
  TimeNs MonotonicNow() const override { return monotonic_; }

 private:
  const Clock* source_;
  TimeNs wall_ = 0;
  TimeNs monotonic_ = 0;
};

// A clock that moves only when told to. Not thread-safe.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(TimeNs wall_start) : wall_start_(wall_start) {}
  TimeNs WallNow() const override { return wall_start_ + elapsed_; }
  TimeNs MonotonicNow() const override { return elapsed_; }
  // Moves both clocks forward to monotonic time `monotonic`; it must not lie in the past.
  void AdvanceTo(TimeNs monotonic);
  // Moves only the wall clock, as an operator or NTP would.
  void JumpWall(DurationNs by) { wall_start_ += by; }

 private:
  TimeNs wall_start_;
  DurationNs elapsed_ = 0;
};

}  // namespace bylaw

#endif  // BYLAW_BASE_CLOCK_H_
