// Whether one tenant's usage moves with another's latency, and with what delay.
//
// Spearman's rank correlation: it sees any monotonic relation and is not carried away by one extreme value. C.
// Spearman, "The Proof and Measurement of Association between Two Things" (1904); ties get the mean of their ranks.
// Pure functions of equally long series; a NaN is a value that is missing.
#ifndef BYLAW_RUNTIME_METRICS_CORRELATION_H_
#define BYLAW_RUNTIME_METRICS_CORRELATION_H_

#include <cstddef>
#include <optional>
#include <span>

namespace bylaw::metrics {

// Fewer pairs of values say nothing.
inline constexpr size_t kPairsMin = 10;

// From −1 to 1. Nothing where fewer than kPairsMin pairs are whole, or one of the series never changes.
std::optional<double> RankCorrelation(std::span<const double> x, std::span<const double> y);

struct LaggedCorrelation {
  double rho = 0;
  size_t lag = 0;    // latency this many places after usage
  size_t pairs = 0;  // that were whole
  // Beyond what independent series show by chance: |rho| > 3 / √(pairs − 1), three of its standard deviations.
  bool beyond_chance() const;
};

// The one of the largest |rho| among latency[t] against usage[t − lag], lag from 0 to lag_max; the shortest lag of
// equals. Nothing where no lag has a correlation.
std::optional<LaggedCorrelation> LaggedRankCorrelation(std::span<const double> usage, std::span<const double> latency,
                                                       size_t lag_max);

}  // namespace bylaw::metrics

#endif  // BYLAW_RUNTIME_METRICS_CORRELATION_H_
