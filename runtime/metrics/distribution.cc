#include "runtime/metrics/distribution.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/check.h"

namespace bylaw::metrics {
namespace {

constexpr int kPrecisionBits = 7;
constexpr int64_t kPerPower = int64_t{1} << kPrecisionBits;

}  // namespace

// Below 2 · kPerPower a bucket is one value; above, the leading kPrecisionBits + 1 bits and the exponent number it.
size_t Distribution::BucketOf(int64_t sample) {
  const int shift = std::max(0, 63 - std::countl_zero(static_cast<uint64_t>(sample)) - kPrecisionBits);
  return static_cast<size_t>(shift * kPerPower + (sample >> shift));
}

int64_t Distribution::LargestIn(size_t bucket) {
  const int64_t number = static_cast<int64_t>(bucket);
  if (number < 2 * kPerPower) return number;
  const int64_t shift = number / kPerPower - 1;
  const uint64_t next = static_cast<uint64_t>(number % kPerPower + kPerPower + 1) << shift;
  return static_cast<int64_t>(next - 1);
}

void Distribution::AddToBuckets(int64_t sample, int64_t times) {
  const size_t bucket = BucketOf(sample);
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  buckets_[bucket] += times;
}

void Distribution::LeaveExact() {
  for (const int64_t sample : samples_) AddToBuckets(sample, 1);
  samples_ = {};
}

void Distribution::Add(int64_t sample) {
  sample = std::max<int64_t>(0, sample);
  ++count_;
  sum_ += sample;
  max_ = std::max(max_, sample);
  if (!buckets_.empty()) return AddToBuckets(sample, 1);
  samples_.push_back(sample);
  sorted_ = false;
  if (samples_.size() > kExactMax) LeaveExact();
}

void Distribution::Merge(const Distribution& other) {
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
  const size_t exact = samples_.size() + other.samples_.size();
  if (buckets_.empty() && other.buckets_.empty() && exact <= kExactMax) {
    samples_.insert(samples_.end(), other.samples_.begin(), other.samples_.end());
    sorted_ = false;
    return;
  }
  LeaveExact();
  for (const int64_t sample : other.samples_) AddToBuckets(sample, 1);
  buckets_.resize(std::max(buckets_.size(), other.buckets_.size()));
  for (size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
}

int64_t Distribution::Percentile(int per_mille) const {
  BYLAW_CHECK(per_mille >= 0 && per_mille <= 1'000, "a percentile is a share");
  if (count_ == 0) return 0;
  const int64_t rank =
      std::max<int64_t>(1, static_cast<int64_t>((static_cast<__int128>(count_) * per_mille + 999) / 1'000));
  if (buckets_.empty()) {
    if (!sorted_) std::sort(samples_.begin(), samples_.end());
    sorted_ = true;
    return samples_[static_cast<size_t>(rank - 1)];
  }
  int64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::min(max_, LargestIn(i));
  }
  BYLAW_UNREACHABLE("the buckets hold every sample");
}

int64_t Distribution::CountUpTo(int64_t bound) const {
  if (bound < 0) return 0;
  if (buckets_.empty()) {
    return std::count_if(samples_.begin(), samples_.end(), [=](int64_t sample) { return sample <= bound; });
  }
  const size_t end = std::min(buckets_.size(), BucketOf(bound) + 1);
  return std::accumulate(buckets_.begin(), buckets_.begin() + static_cast<ptrdiff_t>(end), int64_t{0});
}

}  // namespace bylaw::metrics
