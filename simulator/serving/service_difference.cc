#include "simulator/serving/service_difference.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bylaw::simulator {

ServiceDifference::ServiceDifference(std::vector<uint32_t> weights)
    : weights_(std::move(weights)), pairs_(weights_.size() * weights_.size()) {}

void ServiceDifference::Observe(const std::vector<int64_t>& service, const std::vector<bool>& waits) {
  const size_t n = weights_.size();
  for (size_t f = 0; f < n; ++f) {
    for (size_t g = f + 1; g < n; ++g) {
      Pair& pair = pairs_[f * n + g];
      if (!waits[f] || !waits[g]) {
        pair.open = false;
        continue;
      }
      const double now = static_cast<double>(service[f]) / weights_[f] - static_cast<double>(service[g]) / weights_[g];
      if (!pair.open) pair = {.open = true, .base = now, .least = now, .most = now};
      pair.least = std::min(pair.least, now);
      pair.most = std::max(pair.most, now);
      max_ = std::max(max_, pair.most - pair.least);
      sum_ += std::abs(now - pair.base);
      ++observations_;
    }
  }
}

}  // namespace bylaw::simulator
