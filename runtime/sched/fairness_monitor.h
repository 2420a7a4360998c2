// Test support: checks I1 and I2 on what a fair queue does, from the outside, with its own arithmetic.
//
// Service W of a node is real slot time divided by weight, counted when the turn starts. For siblings f and g, ĉ the
// largest charge of one turn, e the largest |actual − estimate| and n the most turns at once (all divided by weight):
//   I1  both eligible throughout:   |W_f − W_g| ≤ ĉ_f + ĉ_g + 2·(n_f·e_f + n_g·e_g)
//   I2  g eligible throughout, f anyhow: W_f − W_g ≤ the same
// over every interval. The factor 2: turns running at either end of the interval may each be off by e. With exact
// estimates e = 0, and the bound is that of charged service.
#ifndef BYLAW_RUNTIME_SCHED_FAIRNESS_MONITOR_H_
#define BYLAW_RUNTIME_SCHED_FAIRNESS_MONITOR_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace bylaw::sched {

class FairnessMonitor {
 public:
  // One entry a node: the index of its parent; nodes with the same parent are siblings. The root is not a node here.
  explicit FairnessMonitor(std::vector<uint32_t> parents) : nodes_(parents.size()) {
    for (uint32_t f = 0; f < parents.size(); ++f) {
      for (uint32_t g = 0; g < parents.size(); ++g) {
        if (f != g && parents[f] == parents[g]) pairs_.push_back({f, g});
      }
    }
  }

  // A turn of `node` (its org is told separately) starts; `weight` as it is now.
  void Start(uint32_t node, DurationNs estimate, DurationNs actual, double weight) {
    Node& n = nodes_[node];
    const double error = static_cast<double>(actual > estimate ? actual - estimate : estimate - actual);
    n.service += static_cast<double>(actual) / weight;
    n.charge_max = std::max(n.charge_max, static_cast<double>(estimate) / weight);
    n.error_max = std::max(n.error_max, error / weight);
    n.running_max = std::max(n.running_max, ++n.running);
  }
  // A charge from before the monitor began, which the bound has to know.
  void AllowCharge(uint32_t node, DurationNs estimate, double weight) {
    nodes_[node].charge_max = std::max(nodes_[node].charge_max, static_cast<double>(estimate) / weight);
  }
  void End(uint32_t node) { --nodes_[node].running; }
  void SetEligible(uint32_t node, bool eligible) { nodes_[node].eligible = eligible; }

  // To be called after every single change of the queue: first with the service, then with the eligibility it led to.
  void Observe() {
    for (Pair& pair : pairs_) {
      const Node& f = nodes_[pair.f];
      const Node& g = nodes_[pair.g];
      const double lead = f.service - g.service;
      const double bound = f.slack() + g.slack() + 1.0;  // 1 ns for rounding
      if (!g.eligible) {
        pair.g_open = pair.both_open = false;
        continue;
      }
      pair.least = pair.g_open ? std::min(pair.least, lead) : lead;
      pair.g_open = true;
      if (lead - pair.least > bound) ++i2_violations_;
      worst_ = std::max(worst_, (lead - pair.least) / bound);
      if (!f.eligible) {
        pair.both_open = false;
        continue;
      }
      pair.low = pair.both_open ? std::min(pair.low, lead) : lead;
      pair.high = pair.both_open ? std::max(pair.high, lead) : lead;
      pair.both_open = true;
      if (pair.high - pair.low > bound) ++i1_violations_;
    }
  }

  int64_t i1_violations() const { return i1_violations_; }
  int64_t i2_violations() const { return i2_violations_; }
  // The largest lead seen under I2, as a part of its bound: near 1 means that the bound is tight.
  double worst() const { return worst_; }
  double service(uint32_t node) const { return nodes_[node].service; }

 private:
  struct Node {
    double service = 0;
    double charge_max = 0;
    double error_max = 0;
    int64_t running = 0;
    int64_t running_max = 0;
    bool eligible = false;
    double slack() const { return charge_max + 2.0 * static_cast<double>(running_max) * error_max; }
  };
  struct Pair {
    uint32_t f, g;
    bool g_open = false, both_open = false;
    double least = 0, low = 0, high = 0;
  };

  std::vector<Node> nodes_;
  std::vector<Pair> pairs_;
  int64_t i1_violations_ = 0;
  int64_t i2_violations_ = 0;
  double worst_ = 0;
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_FAIRNESS_MONITOR_H_
