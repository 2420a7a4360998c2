#include "runtime/metrics/correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/check.h"

namespace bylaw::metrics {
namespace {

// Ranks from 1, with the mean of their places for equal values.
std::vector<double> RanksOf(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + 1 + end) / 2;
    begin = end;
  }
  return ranks;
}

struct Pairs {
  std::vector<double> x, y;
};

Pairs WholePairs(std::span<const double> x, std::span<const double> y) {
  Pairs pairs;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) || std::isnan(y[i])) continue;
    pairs.x.push_back(x[i]);
    pairs.y.push_back(y[i]);
  }
  return pairs;
}

std::optional<double> Pearson(const std::vector<double>& x, const std::vector<double>& y) {
  const auto count = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / count;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / count;
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

std::optional<double> Correlate(const Pairs& pairs) {
  if (pairs.x.size() < kPairsMin) return std::nullopt;
  return Pearson(RanksOf(pairs.x), RanksOf(pairs.y));
}

}  // namespace

std::optional<double> RankCorrelation(std::span<const double> x, std::span<const double> y) {
  BYLAW_CHECK(x.size() == y.size(), "series of one length");
  return Correlate(WholePairs(x, y));
}

bool LaggedCorrelation::beyond_chance() const {
  return pairs > 1 && std::abs(rho) > 3 / std::sqrt(static_cast<double>(pairs - 1));
}

std::optional<LaggedCorrelation> LaggedRankCorrelation(std::span<const double> usage, std::span<const double> latency,
                                                       size_t lag_max) {
  BYLAW_CHECK(usage.size() == latency.size(), "series of one length");
  std::optional<LaggedCorrelation> best;
  for (size_t lag = 0; lag <= lag_max && lag < usage.size(); ++lag) {
    const Pairs pairs = WholePairs(usage.first(usage.size() - lag), latency.subspan(lag));
    const std::optional<double> rho = Correlate(pairs);
    if (rho && (!best || std::abs(*rho) > std::abs(best->rho))) {
      best = LaggedCorrelation{.rho = *rho, .lag = lag, .pairs = pairs.x.size()};
    }
  }
  return best;
}

}  // namespace bylaw::metrics
