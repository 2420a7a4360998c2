// Limiters and slots, minute by minute: what the soundness tests hold the closed forms of the theorems against. Nothing
// here is clever; every duration is a whole number of minutes.
#ifndef BYLAW_TESTS_SOUNDNESS_MINUTES_H_
#define BYLAW_TESTS_SOUNDNESS_MINUTES_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "runtime/abi/policy_image.h"

namespace bylaw::soundness {

// One limit, asked at rising times (in seconds, since `evenly` paces finer than minutes).
class Limiter {
 public:
  explicit Limiter(const abi::RateSpec& spec) : spec_(spec), window_(spec.window_ns / kSecondNs) {}

  bool Admit(int64_t second) {
    switch (spec_.window) {
      case abi::RateWindow::kAnchored:
        if (times_.empty() || second >= times_.front() + window_) times_.clear();
        break;
      case abi::RateWindow::kRolling:
        std::erase_if(times_, [&](int64_t time) { return time <= second - window_; });
        break;
      case abi::RateWindow::kCalendar:
        std::erase_if(times_, [&](int64_t time) { return time / kDaySeconds < second / kDaySeconds; });
        break;
      case abi::RateWindow::kEvenly: {
        // The theoretical arrival time, in units of 1 / amount of a second.
        const int64_t now = second * spec_.amount;
        if (std::max(next_, now) - now > (spec_.burst - 1) * window_) return false;
        next_ = std::max(next_, now) + window_;
        return true;
      }
    }
    if (std::ssize(times_) >= spec_.amount) return false;
    times_.push_back(second);
    return true;
  }

 private:
  static constexpr int64_t kDaySeconds = 24 * 60 * 60;
  abi::RateSpec spec_;
  int64_t window_;
  std::vector<int64_t> times_;
  int64_t next_ = 0;
};

// How many calls an unused limit lets through until `minutes` after the first, that included, if there are always more.
inline int64_t AdmittedBy(const abi::RateSpec& spec, int64_t minutes) {
  int64_t admitted = 0;
  if (spec.window == abi::RateWindow::kEvenly) {
    // From one admission to the next, exactly: in units of 1 / amount of a second.
    const int64_t pace = spec.window_ns / kSecondNs, end = minutes * 60 * spec.amount;
    for (int64_t now = 0, next = 0; now <= end; now = std::max(now, next - (spec.burst - 1) * pace), ++admitted) {
      next = std::max(next, now) + pace;
    }
    return admitted;
  }
  Limiter limiter(spec);
  for (int64_t minute = 0; minute <= minutes; ++minute) {  // every window is whole minutes
    while (limiter.Admit(minute * 60)) ++admitted;
  }
  return admitted;
}

// Runs of `each` minutes on `slots` (and on up to `burst` for runs that begin in the first `burst_for` minutes): how
// many are done within `within`.
inline int64_t FinishedBy(int64_t within, int64_t each, int64_t slots, int64_t burst, int64_t burst_for) {
  if (each == 0) return INT64_MAX;
  int64_t done = 0;
  for (int64_t slot = 0; slot < std::max(slots, burst); ++slot) {
    for (int64_t start = 0; start + each <= within && (slot < slots || start < burst_for); start += each) ++done;
  }
  return done;
}

// A pool, work-conserving within caps, that serves its tenants in an order of chance: bursts of runs, each a row of
// attempts; an attempt that its tenant's rate does not let through parks the run, which gives its slot back and queues
// again when there is a call left.
class Slots {
 public:
  struct Tenant {
    int64_t cap = 0;
    bool in_org = false;
    std::vector<int64_t> arrivals;  // minutes after its first run
    std::vector<int64_t> attempts;  // minutes each
    std::optional<abi::RateSpec> rate;
  };
  explicit Slots(uint64_t order) : prng_(order) {}

  int64_t total = 0, org_cap = 1'000;
  std::vector<Tenant> tenants;
  size_t watched = 0;

  // The longest that a run of the watched tenant takes, in minutes.
  int64_t WorstDelay() {
    for (size_t t = 0; t < tenants.size(); ++t) {
      limiters_.emplace_back();
      if (tenants[t].rate.has_value()) limiters_.back().emplace(*tenants[t].rate);
      const int64_t at = t == watched || prng_.Below(2) == 0 ? 10 : static_cast<int64_t>(prng_.Below(20));
      for (const int64_t after : tenants[t].arrivals) runs_.push_back({t, at + after});
    }
    int64_t worst = 0;
    for (int64_t minute = 0; minute < kMinutesMax; ++minute) {
      if (std::all_of(runs_.begin(), runs_.end(), [](const Run& run) { return run.state == State::kDone; })) break;
      for (Run& run : runs_) Advance(run, minute, worst);
      Dispatch(minute);
    }
    for (const Run& run : runs_) {
      if (run.tenant == watched && run.state != State::kDone) worst = kMinutesMax;
    }
    return worst;
  }

 private:
  enum class State : uint8_t { kWaiting, kRunning, kParked, kDone };
  struct Run {
    size_t tenant = 0;
    int64_t arrives = 0;
    State state = State::kWaiting;
    size_t attempt = 0;
    int64_t busy_until = 0;
  };
  static constexpr int64_t kMinutesMax = 3'000;

  // In a slot: attempts one after the other, until a rate parks the run or it is done.
  void Advance(Run& run, int64_t minute, int64_t& worst) {
    const Tenant& tenant = tenants[run.tenant];
    if (run.state == State::kParked) {
      Limiter trial = *limiters_[run.tenant];
      if (trial.Admit(minute * 60)) run.state = State::kWaiting;
    }
    if (run.state != State::kRunning || run.busy_until > minute) return;
    if (run.attempt == tenant.attempts.size()) {
      run.state = State::kDone;
      if (run.tenant == watched) worst = std::max(worst, minute - run.arrives);
      return;
    }
    Begin(run, minute);
  }
  void Begin(Run& run, int64_t minute) {
    const Tenant& tenant = tenants[run.tenant];
    if (limiters_[run.tenant].has_value() && !limiters_[run.tenant]->Admit(minute * 60)) {
      run.state = State::kParked;
      return;
    }
    run.state = State::kRunning;
    run.busy_until = minute + tenant.attempts[run.attempt++];
  }

  void Dispatch(int64_t minute) {
    for (bool more = true; more;) {
      more = false;
      std::vector<Run*> eligible;
      for (Run& run : runs_) {
        if (run.state != State::kWaiting || run.arrives > minute) continue;
        const Tenant& tenant = tenants[run.tenant];
        const auto running = [&](auto counts) {
          return std::count_if(runs_.begin(), runs_.end(),
                               [&](const Run& other) { return other.state == State::kRunning && counts(other); });
        };
        if (running([](const Run&) { return true; }) >= total) continue;
        if (running([&](const Run& other) { return other.tenant == run.tenant; }) >= tenant.cap) continue;
        if (tenant.in_org && running([&](const Run& other) { return tenants[other.tenant].in_org; }) >= org_cap)
          continue;
        eligible.push_back(&run);
      }
      if (eligible.empty()) return;
      Begin(*eligible[prng_.Below(eligible.size())], minute);
      more = true;
    }
  }

  Prng prng_;
  std::vector<std::optional<Limiter>> limiters_;
  std::vector<Run> runs_;
};

}  // namespace bylaw::soundness

#endif  // BYLAW_TESTS_SOUNDNESS_MINUTES_H_
