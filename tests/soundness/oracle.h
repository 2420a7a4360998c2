// One tenant of a random platform, worked out by hand: what its runs may cost, call and take, where it may work, and
// which outages leave it without an endpoint. Shares nothing with the theorems but the meaning of a place clause.
#ifndef BYLAW_TESTS_SOUNDNESS_ORACLE_H_
#define BYLAW_TESTS_SOUNDNESS_ORACLE_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "compiler/sema/legality.h"
#include "compiler/sema/program.h"

namespace bylaw::soundness {

inline bool LegalAt(const sema::Program& program, const sema::Terms& terms, const sema::Location& location, TimeNs at) {
  return sema::LegalAt(program, terms, sema::PlaceSubject::kCalls, location, at).legal;
}

class Oracle {
 public:
  Oracle(const sema::Program& program, TenantId tenant)
      : program_(program),
        tenant_(tenant),
        terms_(program.terms(tenant)),
        workflow_(program.workflows[0]),
        instants_(sema::ChangeInstants(program, program.activation_ns, program.horizon_ns)) {
    candidates_ = terms_.routes.empty() ? std::vector<EndpointId>() : terms_.routes[0].endpoints;
    for (uint32_t i = 0; terms_.routes.empty() && i < program.endpoints.size(); ++i) {
      candidates_.push_back(EndpointId(i));
    }
    std::erase_if(candidates_, [&](EndpointId id) {
      return std::none_of(instants_.begin(), instants_.end(), [&](TimeNs at) { return Legal(id, at); });
    });
    always_served_ = std::all_of(instants_.begin(), instants_.end(), [&](TimeNs at) {
      return std::any_of(candidates_.begin(), candidates_.end(), [&](EndpointId id) { return Legal(id, at); });
    });
    for (uint32_t i = 0; i < program.pools.size(); ++i) {
      const auto legal = [&](TimeNs at) { return LegalAt(program, terms_, program.pools[i].location, at); };
      if (!pool_.valid() && std::all_of(instants_.begin(), instants_.end(), legal)) pool_ = PoolId(i);
    }
    for (uint32_t i = 0; i < program.pools.size(); ++i) {
      if (!pool_.valid() && LegalAt(program, terms_, program.pools[i].location, instants_[0])) pool_ = PoolId(i);
    }
  }

  const sema::Terms& terms() const { return terms_; }
  bool always_served() const { return always_served_; }
  PoolId pool() const { return pool_; }
  OrgId org() const { return program_.tenants[tenant_.index()].org; }
  // Runs at once, of an ordinary day, and at once on the worst.
  int64_t usual() const {
    return Least([](const sema::Expects& expects) { return expects.runs; });
  }
  int64_t daily() const {
    return Least(
        [](const sema::Expects& expects) { return expects.runs * (expects.per == syntax::PerUnit::kHour ? 24 : 1); });
  }
  int64_t peak() const {
    return Least([](const sema::Expects& expects) { return expects.peak; });
  }
  // The worst day: when its runs come (minutes), as early as they may.
  std::vector<int64_t> PeakDay() const {
    const int64_t day = Least(
        [](const sema::Expects& expects) { return expects.peak * (expects.per == syntax::PerUnit::kHour ? 24 : 1); });
    std::vector<int64_t> minutes;
    for (int64_t hour = 0; hour < 24; ++hour) {
      for (int64_t i = 0; i < peak() && std::ssize(minutes) < day; ++i) minutes.push_back(60 * hour);
    }
    return minutes;
  }

  // The most that one run may add up to, each attempt adding `each` of the endpoint that adds most.
  int64_t MostOf(const std::function<int64_t(const sema::Endpoint&)>& each) const {
    int64_t most = 0;
    for (const EndpointId id : candidates_) most = std::max(most, each(program_.endpoints[id.index()]));
    std::vector<uint32_t> replans;
    for (const sema::Step& step : workflow_.steps)
      replans.push_back(step.replans.has_value() ? step.replans->value : 0);
    return Longest(0, replans, most);
  }
  int64_t CostMicros() const {
    return MostOf([](const sema::Endpoint& endpoint) { return endpoint.cost_per_call->value.micros; });
  }
  int64_t Calls() const {
    return MostOf([](const sema::Endpoint&) { return 1; });
  }
  // The attempts of the run with the most of them, in minutes each; nothing if some endpoint does not say.
  std::optional<std::vector<int64_t>> LongestRun() const {
    int64_t longest = 0;
    for (const EndpointId id : candidates_) {
      const auto& most = program_.endpoints[id.index()].takes_at_most;
      if (!most.has_value()) return std::nullopt;
      longest = std::max(longest, most->value / kMinuteNs);
    }
    return std::vector<int64_t>(static_cast<size_t>(Calls()), longest);
  }
  // Calls of a run without failures that surely go to this endpoint while everything is up.
  int64_t SureCallsTo(EndpointId endpoint) const {
    std::vector<EndpointId> tried = candidates_;
    if (terms_.routes.empty()) {
      const auto cost = [&](EndpointId id) { return program_.endpoints[id.index()].cost_per_call->value.micros; };
      std::stable_sort(tried.begin(), tried.end(), [&](EndpointId a, EndpointId b) { return cost(a) < cost(b); });
    }
    if (tried.empty() || tried[0] != endpoint) return 0;
    const bool always = std::all_of(instants_.begin(), instants_.end(), [&](TimeNs at) { return Legal(endpoint, at); });
    return always ? std::ssize(workflow_.steps) : 0;
  }
  bool MayCall(EndpointId endpoint) const {
    return std::find(candidates_.begin(), candidates_.end(), endpoint) != candidates_.end();
  }
  // A run without failures, each step at the endpoint that usually is the fastest.
  int64_t ShortestRunMinutes() const {
    int64_t fastest = INT64_MAX, steps = 0;
    for (const EndpointId id : candidates_) {
      const auto& about = program_.endpoints[id.index()].takes_about;
      fastest = std::min(fastest, about.has_value() ? about->value / kMinuteNs : 0);
    }
    for (const sema::Step& step : workflow_.steps) steps += step.optional ? 0 : 1;
    return candidates_.empty() ? 0 : steps * fastest;
  }

  // Whether taking away one endpoint, region or provider at some instant leaves nothing, though something was there.
  bool HasOutage() const {
    if (!terms_.routes.empty() && terms_.routes[0].else_suspend) return false;
    for (const TimeNs at : instants_) {
      for (const EndpointId gone : candidates_) {
        if (!Legal(gone, at)) continue;
        const sema::Endpoint& away = program_.endpoints[gone.index()];
        const auto left = [&](const std::function<bool(const sema::Endpoint&)>& falls) {
          return std::any_of(candidates_.begin(), candidates_.end(),
                             [&](EndpointId id) { return Legal(id, at) && !falls(program_.endpoints[id.index()]); });
        };
        if (!left([&](const sema::Endpoint& e) { return &e == &away; }) ||
            !left([&](const sema::Endpoint& e) { return e.location.text == away.location.text; }) ||
            !left([&](const sema::Endpoint& e) { return e.provider == away.provider; })) {
          return true;
        }
      }
    }
    return false;
  }

 private:
  template <typename Of>
  int64_t Least(Of of) const {
    int64_t least = terms_.expects.empty() ? 0 : INT64_MAX;
    for (const sema::Expects& expects : terms_.expects) least = std::min(least, of(expects));
    return least;
  }
  bool Legal(EndpointId id, TimeNs at) const {
    return LegalAt(program_, terms_, program_.endpoints[id.index()].location, at);
  }
  // Every run: each visit succeeds after any attempt, or fails for good and replans, or ends.
  int64_t Longest(size_t position, const std::vector<uint32_t>& replans_left, int64_t each) const {
    if (position == workflow_.steps.size()) return 0;
    const sema::Step& step = workflow_.steps[position];
    const int64_t attempts = 1 + (step.retries.has_value() ? step.retries->value : 0);
    int64_t most = each * attempts;
    for (int64_t attempt = 1; attempt <= attempts; ++attempt) {
      most = std::max(most, each * attempt + Longest(position + 1, replans_left, each));
    }
    if (replans_left[position] > 0) {
      std::vector<uint32_t> fewer = replans_left;
      --fewer[position];
      most = std::max(most, each * attempts + Longest(step.replan_target.index(), fewer, each));
    }
    return most;
  }

  const sema::Program& program_;
  TenantId tenant_;
  const sema::Terms& terms_;
  const sema::Workflow& workflow_;
  std::vector<TimeNs> instants_;
  std::vector<EndpointId> candidates_;
  PoolId pool_;
  bool always_served_ = false;
};

}  // namespace bylaw::soundness

#endif  // BYLAW_TESTS_SOUNDNESS_ORACLE_H_
