// How a quantity is distributed: percentiles, mean and maximum of non-negative integers (nanoseconds, micro-units).
//
// Exact for the first kExactMax samples, which is what most tenants ever have. Beyond that a log-linear histogram (as
// HdrHistogram: G. Tene): 128 buckets per power of two, so that a percentile is never below the true one and above it
// by at most 1/128; count, sum and maximum stay exact. Values below 256 stay exact as well. Memory: 4 KiB while exact,
// at most 58 KiB after. Not thread-safe.
#ifndef BYLAW_RUNTIME_METRICS_DISTRIBUTION_H_
#define BYLAW_RUNTIME_METRICS_DISTRIBUTION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bylaw::metrics {

class Distribution {
 public:
  static constexpr size_t kExactMax = 512;
  // What a percentile of a large distribution may be too high by, as a fraction.
  static constexpr double kErrorMax = 1.0 / 128;

  // A negative sample counts as 0.
  void Add(int64_t sample);
  void Merge(const Distribution& other);

  int64_t count() const { return count_; }
  int64_t max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }
  // The smallest sample with at least this share of all samples at or below it (nearest rank). 0 without samples.
  // `per_mille` in 0 … 1000: 500 is the median, 999 the 99.9th percentile.
  int64_t Percentile(int per_mille) const;
  // How many samples are at most `bound`; in a large distribution, those in the bucket of `bound` included.
  int64_t CountUpTo(int64_t bound) const;

 private:
  static size_t BucketOf(int64_t sample);
  static int64_t LargestIn(size_t bucket);
  void AddToBuckets(int64_t sample, int64_t times);
  void LeaveExact();

  int64_t count_ = 0;
  __int128 sum_ = 0;
  int64_t max_ = 0;
  mutable bool sorted_ = true;
  mutable std::vector<int64_t> samples_;  // empty once buckets_ is in use
  std::vector<int64_t> buckets_;
};

}  // namespace bylaw::metrics

#endif  // BYLAW_RUNTIME_METRICS_DISTRIBUTION_H_
