// The last so many lengths of something, and what they say of one that is not over yet.
//
// No shape is assumed: of answers of which some are short and some a hundred times as long, one that is longer than
// most has the most still to come. Deterministic. Not thread-safe.
#ifndef BYLAW_RUNTIME_SCHED_RECENT_LENGTHS_H_
#define BYLAW_RUNTIME_SCHED_RECENT_LENGTHS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bylaw::sched {

class RecentLengths {
 public:
  explicit RecentLengths(size_t at_most) : at_most_(at_most) {}

  size_t size() const { return lengths_.size(); }

  void Learn(int64_t length) {
    if (lengths_.size() < at_most_) return lengths_.push_back(length);
    lengths_[oldest_] = length;
    oldest_ = (oldest_ + 1) % at_most_;
  }

  // The mean of what came after `so_far` in those that were longer; 0 if none was. O(size).
  int64_t MeanRest(int64_t so_far) const {
    int64_t rest = 0, longer = 0;
    for (const int64_t length : lengths_) {
      const int64_t more = length > so_far ? length - so_far : 0;
      rest += more;
      longer += more > 0 ? 1 : 0;
    }
    return longer == 0 ? 0 : rest / longer;
  }

 private:
  size_t at_most_, oldest_ = 0;
  std::vector<int64_t> lengths_;
};

}  // namespace bylaw::sched

#endif  // BYLAW_RUNTIME_SCHED_RECENT_LENGTHS_H_
