// The wall clock jumps, forwards and back; no limit admits more than it says for that.
//
// Windows of monotonic time do not notice. A calendar limit counts by the latest wall-clock time at which it has
// admitted anything: a clock that is set back opens no day a second time, and no day so counted sees more than its
// number.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/prng.h"
#include "runtime/limit/endpoint_quota.h"
#include "runtime/limit/limit_model.h"
#include "runtime/limit/limiter_table.h"

namespace bylaw::limit {
namespace {

// Time passes, the wall clock jumps, somebody calls.
struct Move {
  DurationNs pass;
  DurationNs jump;
};
constexpr Move kMoves[] = {{0, 0}, {1, 0}, {4, 0}, {1, 7}, {1, -7}, {2, 17}, {2, -10}};

// How often each civil day has been called in, by a clock that is never set back.
class Days {
 public:
  void Call(TimeNs wall) {
    latest_ = std::max(latest_, wall);
    ++calls_[UnevenWindowEnd(abi::CalendarPeriod::kDay, latest_)];
  }
  int64_t most() const {
    int64_t most = 0;
    for (const auto& [day, calls] : calls_) most = std::max(most, calls);
    return most;
  }

 private:
  TimeNs latest_ = kBeginningOfTimeNs;
  std::map<TimeNs, int64_t> calls_;
};

constexpr int64_t kQuota = 2;
const LimitSpec kDaily = {.window = abi::RateWindow::kCalendar, .calendar = abi::CalendarPeriod::kDay, .quota = kQuota};

struct Lives {
  TimeNs now = 3;
  DurationNs offset = 1'000;
  LimiterTable table{UnevenWindowEnd};
  LimiterId daily = *table.Add(kDaily);
  EndpointQuota shared = *EndpointQuota::Create(kDaily, UnevenWindowEnd);
  std::vector<std::pair<LimiterId, LimitModel>> monotonic;
  Days of_tenant, of_endpoint;
  int64_t refused = 0, admitted = 0;

  Lives() {
    for (const abi::RateWindow window :
         {abi::RateWindow::kAnchored, abi::RateWindow::kRolling, abi::RateWindow::kEvenly}) {
      const LimitSpec spec = {.window = window, .period_ns = 5, .quota = kQuota, .burst = 1};
      monotonic.emplace_back(*table.Add(spec), LimitModel{spec, {}});
    }
  }
  void Make(const Move& move, TenantId tenant) {
    now += move.pass;
    offset += move.jump;
    table.SetWallOffset(offset);
    shared.SetWallOffset(offset);
    CallDaily();
    CallShared(tenant);
    for (auto& [limiter, model] : monotonic) {
      const bool fits = table.Check(limiter, now, 1).admitted;
      ASSERT_EQ(fits, model.Fits(now, 1)) << "at " << now;
      if (!fits) continue;
      table.Commit(limiter, now, 1);
      model.calls.push_back({now, 1});
    }
  }
  void CallDaily() {
    const Admission admission = table.Check(daily, now, 1);
    ++(admission.admitted ? admitted : refused);
    if (!admission.admitted) {
      ASSERT_GT(admission.retry_at, now);
      return;
    }
    table.Commit(daily, now, 1);
    of_tenant.Call(now + offset);
  }
  void CallShared(TenantId tenant) {
    const Admission admission = shared.Check(tenant, 1, now, 1);
    ++(admission.admitted ? admitted : refused);
    if (!admission.admitted) {
      ASSERT_GT(admission.retry_at, now);
      return;
    }
    shared.Commit(tenant, 1, now, 1);
    of_endpoint.Call(now + offset);
  }
};

TEST(ClockJump, AllSmallTracesKeepEveryLimit) {
  constexpr int kLength = 6;
  constexpr size_t kChoices = std::size(kMoves);
  size_t traces = 1;
  for (int i = 0; i < kLength; ++i) traces *= kChoices;
  int64_t admitted = 0, refused = 0;
  for (size_t number = 0; number < traces && !testing::Test::HasFailure(); ++number) {
    Lives lives;
    std::string told;
    for (size_t rest = number, i = 0; i < kLength; ++i, rest /= kChoices) {
      const Move& move = kMoves[rest % kChoices];
      told += fmt::format(" {}{:+}", move.pass, move.jump);
      lives.Make(move, TenantId(0));
    }
    EXPECT_LE(lives.of_tenant.most(), kQuota) << told;
    EXPECT_LE(lives.of_endpoint.most(), kQuota) << told;
    EXPECT_EQ(lives.shared.CheckConsistency(), "") << told;
    admitted += lives.admitted;
    refused += lives.refused;
  }
  EXPECT_GT(admitted, 100'000);
  EXPECT_GT(refused, 100'000);
}

TEST(ClockJump, LongRandomTracesKeepEveryLimit) {
  for (uint64_t seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    Prng prng(seed);
    Lives lives;
    for (int i = 0; i < 200; ++i) {
      const DurationNs jump = prng.Chance(0.1) ? prng.Between(-40, 40) : 0;
      lives.Make({prng.Between(0, 2), jump}, TenantId(static_cast<uint32_t>(prng.Below(3))));
    }
    EXPECT_LE(lives.of_tenant.most(), kQuota) << "seed " << seed;
    EXPECT_LE(lives.of_endpoint.most(), kQuota) << "seed " << seed;
    EXPECT_EQ(lives.shared.CheckConsistency(), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace bylaw::limit
