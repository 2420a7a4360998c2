#include "runtime/engine/timer_wheel.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "gtest/gtest.h"

namespace bylaw::engine {
namespace {

// The obvious structure: ordered by (time, order of setting).
class Model {
 public:
  void Set(uint32_t id, TimeNs at) {
    const std::pair<TimeNs, uint64_t> key{at, ++sequence_};
    order_[key] = id;
    keys_[id] = key;
  }
  bool Cancel(uint32_t id) {
    const auto it = keys_.find(id);
    if (it == keys_.end()) return false;
    order_.erase(it->second);
    keys_.erase(it);
    return true;
  }
  uint32_t PopDue(TimeNs now) {
    if (order_.empty() || order_.begin()->first.first > now) return TimerWheel::kNoTimer;
    const uint32_t id = order_.begin()->second;
    Cancel(id);
    return id;
  }
  TimeNs NextTime() const { return order_.empty() ? kForeverNs : order_.begin()->first.first; }

 private:
  std::map<std::pair<TimeNs, uint64_t>, uint32_t> order_;
  std::map<uint32_t, std::pair<TimeNs, uint64_t>> keys_;
  uint64_t sequence_ = 0;
};

TEST(TimerWheelTest, EqualsAnOrderedMapOnRandomTraces) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Prng prng(seed);
    TimerWheel wheel;
    Model model;
    std::set<uint32_t> set_ids;
    TimeNs now = 0;
    for (int i = 0; i < 4'000; ++i) {
      const uint32_t id = static_cast<uint32_t>(prng.Below(200));
      switch (prng.Below(4)) {
        case 0:
        case 1:
          if (set_ids.insert(id).second) {
            const TimeNs at = now + static_cast<TimeNs>(prng.Below(uint64_t{1} << prng.Below(50)));
            wheel.Set(id, at);
            model.Set(id, at);
          }
          break;
        case 2:
          ASSERT_EQ(wheel.Cancel(id), model.Cancel(id));
          set_ids.erase(id);
          break;
        default: {
          now += static_cast<TimeNs>(prng.Below(uint64_t{1} << prng.Below(46)));
          for (;;) {
            const uint32_t due = wheel.PopDue(now);
            ASSERT_EQ(due, model.PopDue(now)) << "seed " << seed;
            if (due == TimerWheel::kNoTimer) break;
            set_ids.erase(due);
          }
        }
      }
      ASSERT_EQ(wheel.NextTime(), model.NextTime()) << "seed " << seed << " step " << i;
      ASSERT_EQ(wheel.size(), set_ids.size());
    }
  }
}

TEST(TimerWheelTest, ATimeInThePastFiresAtOnce) {
  TimerWheel wheel;
  EXPECT_EQ(wheel.PopDue(1'000), TimerWheel::kNoTimer);
  wheel.Set(3, 10);
  EXPECT_EQ(wheel.PopDue(1'000), 3u);
  EXPECT_EQ(wheel.NextTime(), kForeverNs);
}

}  // namespace
}  // namespace bylaw::engine
