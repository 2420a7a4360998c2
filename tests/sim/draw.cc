// Life: what happens next, by the seed's profile.
#include <algorithm>
#include <utility>

#include "tests/sim/life.h"

namespace bylaw::sim {
namespace {

// How likely each event is, in thousandths: submit end cancel answer resume health revoke reload advance jump count
// break-audit die late restore. The rest is advancing.
struct Odds {
  std::array<int, 15> of;
};
constexpr Odds kOdds[kProfiles] = {
    {{230, 360, 25, 70, 20, 40, 3, 8, 202, 3, 4, 2, 15, 8, 10}},   // storm
    {{450, 0, 25, 0, 0, 0, 0, 15, 510, 0, 0, 0, 0, 0, 0}},         // fairness
    {{230, 400, 15, 50, 5, 5, 0, 8, 240, 7, 10, 0, 12, 8, 10}},    // limits
    {{250, 440, 20, 60, 30, 10, 1, 4, 155, 10, 0, 0, 6, 4, 10}},   // money
    {{230, 380, 15, 60, 20, 25, 5, 40, 195, 0, 0, 0, 12, 8, 10}},  // reloads
};

}  // namespace

// One in this state whose worker, if it has one, is alive, each as likely as any other; null if there is none.
ModelRun* Life::Any(RunState state) {
  uint64_t seen = 0;
  ModelRun* chosen = nullptr;
  for (const auto& run : model_.live()) {
    if (run->state == state && !run->dead && prng_.Below(++seen) == 0) chosen = run.get();
  }
  return chosen;
}

Op Life::Draw() {
  if (kept() && prng_.Chance(0.25)) return DrawKept();
  const Odds& odds = kOdds[static_cast<size_t>(ProfileOf(seed_))];
  auto dice = static_cast<int>(prng_.Below(1'000));
  size_t event = 0;
  while (event < odds.of.size() && (dice -= odds.of[event]) >= 0) ++event;
  const auto endpoint = static_cast<int64_t>(prng_.Below(kEndpoints));
  switch (static_cast<Event>(event)) {
    case Event::kSubmit:
      return DrawSubmit();
    case Event::kEnd:
      return DrawEnd();
    case Event::kCancel: {
      const auto& live = model_.live();
      if (live.empty()) return DrawSubmit();
      return {Event::kCancel, {live[prng_.Below(live.size())]->label}};
    }
    case Event::kAnswer: {
      const ModelRun* run = Any(RunState::kReview);
      if (run == nullptr) return DrawEnd();
      return {Event::kAnswer, {run->label, prng_.Chance(0.85), static_cast<int64_t>(prng_.Below(4))}};
    }
    case Event::kResume: {
      const ModelRun* run = Any(RunState::kSuspended);
      return run == nullptr ? DrawEnd() : Op{Event::kResume, {run->label}};
    }
    case Event::kHealth:
      return {Event::kHealth, {endpoint, !model_.up(static_cast<uint32_t>(endpoint))}};
    case Event::kRevoke:
      return {Event::kRevoke, {endpoint % 4}};
    case Event::kReload:
      return {Event::kReload, {static_cast<int64_t>(policies_.size())}};
    case Event::kJump: {
      const DurationNs most = (prng_.Chance(0.3) ? 9 : 2) * kDayNs;  // over a month's end, now and then
      return {Event::kJump, {prng_.Between(-most, most)}};
    }
    case Event::kCount: {
      const int64_t resource = prng_.Chance(0.5) ? kBureau : kRegistry;
      return {Event::kCount, {static_cast<int64_t>(prng_.Below(kTenants)), resource, prng_.Between(1, 3)}};
    }
    case Event::kBreakAudit:
      return {Event::kBreakAudit, {}};
    case Event::kDie: {
      const auto& live = model_.live();
      if (SlotLeaseOf(seed_) == 0 || live.empty()) break;
      return {Event::kDie, {live[prng_.Below(live.size())]->label, prng_.Chance(0.6)}};
    }
    case Event::kLate: {
      if (late_.empty()) break;
      const auto call = static_cast<int64_t>(prng_.Below(kLateCalls));
      return {Event::kLate, {late_[prng_.Below(late_.size())].label, call}};
    }
    case Event::kRestore: {
      const Op run = DrawSubmit();
      const auto& [label, tenant, workflow, lane, none] = run.arguments;
      const auto steps = static_cast<int64_t>(StepsOf(static_cast<uint32_t>(workflow)).size());
      return {Event::kRestore, {label, tenant, workflow, prng_.Between(0, steps), prng_.Between(0, 40) * kCent / 2}};
    }
    case Event::kAdvance:
    case Event::kCommit:
    case Event::kCrash:
    case Event::kErase:
      break;
  }
  return DrawAdvance();
}

// A process dies some thirty times in a life: most at a write that is torn, wherever that is.
Op Life::DrawKept() {
  const uint64_t dice = prng_.Below(100);
  if (dice < 88) return {Event::kCommit, {}};
  if (dice < 92) return {Event::kErase, {}};
  const int64_t writes = prng_.Chance(0.3) ? 0 : prng_.Between(1, 12);
  const DurationNs down = prng_.Chance(0.5) ? 0 : prng_.Between(1, prng_.Chance(0.8) ? 300 : 90'000) * kSecondNs;
  return {Event::kCrash, {writes, down}};
}

Op Life::DrawSubmit() {
  const auto tenant = static_cast<int64_t>(prng_.Chance(0.25) ? seed_ % kTenants : prng_.Below(kTenants));
  const int64_t workflow = model_.fairness() ? 2 : static_cast<int64_t>(prng_.Below(kWorkflows));
  return {Event::kSubmit, {labels_, tenant, workflow, static_cast<int64_t>(prng_.Below(3))}};
}

Op Life::DrawEnd() {
  const ModelRun* run = Any(RunState::kCalling);
  if (run == nullptr) return DrawSubmit();
  const uint64_t dice = prng_.Below(20);
  const auto outcome = static_cast<int64_t>(dice < 15   ? engine::Outcome::kOk
                                            : dice < 18 ? engine::Outcome::kFailed
                                                        : engine::Outcome::kNotSent);
  const int64_t hi = run->purse.pending;
  const int64_t cost = prng_.Chance(0.05) ? hi + prng_.Between(0, 3 * kCent) : prng_.Between(hi / 2, hi);
  return {Event::kEnd, {run->label, outcome, cost, prng_.Chance(0.5) ? 0 : prng_.Between(20, 160)}};
}

Op Life::DrawAdvance() {
  if (model_.fairness()) return {Event::kAdvance, {static_cast<int64_t>(prng_.Below(900 * kMillisecondNs))}};
  const uint64_t dice = prng_.Below(1'000);
  const DurationNs most = dice < 500   ? 5 * kSecondNs
                          : dice < 900 ? 2 * kMinuteNs
                          : dice < 985 ? 20 * kMinuteNs
                          : dice < 997 ? 12 * kHourNs
                                       : 4 * kDayNs;
  return {Event::kAdvance, {static_cast<int64_t>(prng_.Below(static_cast<uint64_t>(most)))}};
}

}  // namespace bylaw::sim
